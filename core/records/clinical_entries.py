"""What clinicians enter about a patient's course: treatments, their own judgement of items, totals of questionnaires."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Self

from core.errors import InputError
from core.records.judged_items import JudgedItem
from core.records.text import clean_line, clean_note
from core.words import Side

INJECTION_SITES: tuple[str, ...] = (
    "Frontalis",
    "Corrugator supercilii",
    "Procerus",
    "Orbicularis oculi, upper lid",
    "Orbicularis oculi, lower lid",
    "Orbicularis oculi, lateral canthus",
    "Nasalis",
    "Levator labii superioris alaeque nasi",
    "Zygomaticus major",
    "Risorius",
    "Buccinator",
    "Orbicularis oris",
    "Depressor anguli oris",
    "Depressor labii inferioris",
    "Mentalis",
    "Platysma",
)
"""Offered when botulinum toxin is entered; any other wording may be typed."""

MOST_UNITS = 1000.0
MOST_SITES = 60
REASON_LENGTH = 300
_EARLIEST_YEAR = 1900


class TreatmentKind(StrEnum):
    """What was done."""

    SURGERY = "surgery"
    BOTULINUM_TOXIN = "botulinum_toxin"
    RETRAINING = "retraining"
    STEROID = "steroid"
    OTHER = "other"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True)
class InjectionSite:
    """One place of botulinum toxin.

    Attributes:
        site: the muscle, as in ``INJECTION_SITES`` or in the clinician's words.
        side: the patient's own.
        units: dose in the units of the product, which the treatment's description names; products are not interchangeable.
    """

    site: str
    side: Side
    units: float

    def checked(self) -> InjectionSite:
        """The same with a cleaned name; raises InputError for what cannot be right."""
        site = clean_line(self.site)
        if not site:
            raise InputError("Every injection needs its site.", code="treatment_site")
        if isinstance(self.units, bool) or not math.isfinite(self.units) or not 0 < self.units <= MOST_UNITS:
            raise InputError(
                f"The units of an injection must be more than 0 and at most {MOST_UNITS:g}.", code="treatment_units"
            )
        try:
            return InjectionSite(site, Side(self.side), float(self.units))
        except ValueError as problem:
            raise InputError("An injection is on the patient's right or left side.", code="treatment_side") from problem

    def as_json(self) -> dict[str, Any]:
        return {"site": self.site, "side": self.side.value, "units": self.units}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        return cls(entry["site"], Side(entry["side"]), float(entry["units"]))


@dataclass(frozen=True)
class TreatmentDetails:
    """A treatment as entered.

    Attributes:
        day: on which it was done or begun (local date of the clinic).
        kind: what was done.
        description: in the clinician's words; needed for ``TreatmentKind.OTHER``.
        sites: of botulinum toxin, else empty.
    """

    day: date
    kind: TreatmentKind
    description: str = ""
    sites: tuple[InjectionSite, ...] = ()

    def checked(self) -> TreatmentDetails:
        """The same with cleaned texts; raises InputError for what cannot be right, its sentence may be shown."""
        details = replace(
            self, description=clean_note(self.description), sites=tuple(site.checked() for site in self.sites)
        )
        check_past_day(details.day, "treatment")
        if details.kind is TreatmentKind.OTHER and not details.description:
            raise InputError("Another treatment needs a description.", code="treatment_description")
        if details.sites and details.kind is not TreatmentKind.BOTULINUM_TOXIN:
            raise InputError("Only botulinum toxin has injection sites.", code="treatment_sites")
        if len(details.sites) > MOST_SITES:
            raise InputError(f"At most {MOST_SITES} injection sites can be entered.", code="treatment_sites")
        return details

    @property
    def units(self) -> float:
        """Units of all sites together."""
        return sum(site.units for site in self.sites)


@dataclass(frozen=True)
class Treatment:
    """A treatment in the records.

    Attributes:
        withdrawn_at, withdrawn_by, withdrawn_reason: when, by whom and why it was taken back; None, None and "" while it
            stands. Earlier versions asked for no reason.
    """

    id: str
    patient_id: str
    details: TreatmentDetails
    who: str
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str = ""

    @property
    def day(self) -> date:
        return self.details.day

    @property
    def kind(self) -> TreatmentKind:
        return self.details.kind

    @property
    def withdrawn(self) -> bool:
        return self.withdrawn_at is not None


@dataclass(frozen=True)
class Judgement:
    """What a clinician says of one item at one visit.

    Attributes:
        analysis_id: the analysis that was looked at, None when there was none or when it was deleted.
        version: 1 for the first judgement of this item at this visit; a newer one counts instead of an older one.
        value: in the item's range; None withdraws the judgements before it.
    """

    id: str
    visit_id: str
    analysis_id: str | None
    item: JudgedItem
    version: int
    value: float | str | None
    comment: str
    who: str
    created_at: datetime

    @property
    def withdrawn(self) -> bool:
        return self.value is None


class PromInstrument(StrEnum):
    """Questionnaires whose totals can be entered; the items are their authors' and are not shown (reference D7)."""

    FDI = "FDI"
    FACE = "FaCE"
    SAQ = "SAQ"

    @property
    def label(self) -> str:
        return _PROM_LABELS[self]

    @property
    def scales(self) -> Mapping[str, PromScale]:
        """Its sub-scales by name, the total first where it has one."""
        return _PROM_SCALES[self]


@dataclass(frozen=True)
class PromScale:
    """A total or sub-scale of a questionnaire and its published range (reference D6)."""

    label: str
    minimum: float
    maximum: float
    higher_is_better: bool


_PROM_LABELS = {
    PromInstrument.FDI: "Facial Disability Index (FDI)",
    PromInstrument.FACE: "Facial Clinimetric Evaluation (FaCE)",
    PromInstrument.SAQ: "Synkinesis Assessment Questionnaire (SAQ)",
}
# FDI physical: (sum - N)/N * 100/4 with items 0 to 5; social: (sum - N)/N * 100/5 with items 1 to 6. SAQ: nine items 1 to 5.
_PROM_SCALES: dict[PromInstrument, dict[str, PromScale]] = {
    PromInstrument.FDI: {
        "physical": PromScale("Physical function", -25, 100, True),
        "social": PromScale("Social and well-being function", 0, 100, True),
    },
    PromInstrument.FACE: {
        "total": PromScale("Total", 0, 100, True),
        "facial_movement": PromScale("Facial movement", 0, 100, True),
        "facial_comfort": PromScale("Facial comfort", 0, 100, True),
        "oral_function": PromScale("Oral function", 0, 100, True),
        "eye_comfort": PromScale("Eye comfort", 0, 100, True),
        "lacrimal_control": PromScale("Lacrimal control", 0, 100, True),
        "social_function": PromScale("Social function", 0, 100, True),
    },
    PromInstrument.SAQ: {"total": PromScale("Total", 20, 100, False)},
}


@dataclass(frozen=True)
class PromTotals:
    """Totals of one questionnaire at one visit.

    Attributes:
        version: 1 for the first of this questionnaire at this visit; a newer one counts instead of an older one.
        totals: sub-scale -> total; without any the entries before it are withdrawn.
        reason: why they are withdrawn, else "".
    """

    id: str
    visit_id: str
    instrument: PromInstrument
    version: int
    totals: Mapping[str, float]
    who: str
    created_at: datetime
    reason: str = ""

    @property
    def withdrawn(self) -> bool:
        return not self.totals


def checked_reason(reason: str) -> str:
    """The cleaned reason of a withdrawal, one line of at most 300 characters; raises InputError when there is none."""
    cleaned = clean_line(reason, REASON_LENGTH)
    if not cleaned:
        raise InputError("Say in one sentence why it is withdrawn.", code="withdrawal_reason")
    return cleaned


def check_past_day(day: date, what: str) -> None:
    """Raise InputError for a day in the future or before 1900; ``what`` is named in the sentence."""
    # A clinic east of Greenwich may already be one day ahead of UTC.
    if day.toordinal() > datetime.now(UTC).date().toordinal() + 1:
        raise InputError(f"The day of the {what} lies in the future.", code=f"{what}_day")
    if day.year < _EARLIEST_YEAR:
        raise InputError(f"The day of the {what} lies before {_EARLIEST_YEAR}.", code=f"{what}_day")
