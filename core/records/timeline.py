"""The course of a patient as one list: onset, visits, treatments, questionnaires, judgements and analyses, by their days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.records.base import find
from core.records.clinical_entries import Judgement, PromInstrument, PromTotals, Treatment
from core.records.entries import VisitSummary
from core.records.judged_items import JudgedItem, JudgedValue
from core.records.judgements import JudgementRecords, judgement_of_row, standing
from core.records.patients import PatientRecords
from core.records.proms import PromRecords, prom_totals_of_row
from core.records.tables import AnalysisRow, JudgementRow, PatientRow, PromTotalsRow, RecordingRow, VisitRow
from core.records.treatments import TreatmentRecords
from core.words import AffectedSide


class EventKind(StrEnum):
    """Kinds of events, in the order in which they are listed on one day."""

    ONSET = "onset"
    VISIT = "visit"
    ANALYSIS = "analysis"
    JUDGEMENT = "judgement"
    PROM = "prom"
    TREATMENT = "treatment"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    EventKind.ONSET: "Onset",
    EventKind.VISIT: "Visit",
    EventKind.ANALYSIS: "Analyses",
    EventKind.JUDGEMENT: "Clinician's judgement",
    EventKind.PROM: "Questionnaire",
    EventKind.TREATMENT: "Treatment",
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI")
_NO_ONE_SIDE = {
    AffectedSide.BOTH: "both sides",
    AffectedSide.NONE: "neither side",
    AffectedSide.UNDETERMINED: "not determined",
}
_ORDER = {kind: place for place, kind in enumerate(EventKind)}


@dataclass(frozen=True)
class TimelineEvent:
    """One entry of the timeline.

    Attributes:
        day: of the onset, the treatment, or the visit that it belongs to.
        title: a few words.
        detail: more of it, may be empty.
        visit_id: the visit it belongs to, None for onset and treatments.
        treatment_id: of a treatment, else None.
    """

    day: date
    kind: EventKind
    title: str
    detail: str = ""
    visit_id: str | None = None
    treatment_id: str | None = None


class TimelineRecords(PatientRecords, TreatmentRecords, JudgementRecords, PromRecords):
    """Timelines of patients."""

    def timeline(self, patient_id: str) -> list[TimelineEvent]:
        """Everything that happened, in the order of days; six queries whatever the number of visits.

        Raises:
            HemifaceError: unknown patient.
        """
        with self.database.read() as session:
            onset, cause = _onset(session, patient_id)
            judged = _judged(session, patient_id)
            totals = _totals(session, patient_id)
            analysed = _analysed(session, patient_id)
        events = [] if onset is None else [TimelineEvent(onset, EventKind.ONSET, "Onset", cause)]
        events += [treatment_event(treatment) for treatment in self.treatments(patient_id)]
        for row in self.visits(patient_id)[::-1]:
            visit = row.visit
            events.append(TimelineEvent(visit.day, EventKind.VISIT, visit.label or "Visit", _counts(row), visit.id))
            if made := analysed.get(visit.id):
                title = f"{len(made)} analyses" if len(made) > 1 else "1 analysis"
                events.append(TimelineEvent(visit.day, EventKind.ANALYSIS, title, _versions(made), visit.id))
            for who, entries in _by_author(standing(judged.get(visit.id, [])).values()):
                title, detail = (
                    f"Judged by {who}",
                    ", ".join(f"{e.item.label} {_value(e.item, e.value)}" for e in entries),
                )
                events.append(TimelineEvent(visit.day, EventKind.JUDGEMENT, title, detail, visit.id))
            for instrument, entry in totals.get(visit.id, {}).items():
                if not entry.withdrawn:
                    events.append(
                        TimelineEvent(visit.day, EventKind.PROM, instrument.label, _prom_detail(entry), visit.id)
                    )
        return sorted(events, key=lambda event: (event.day, _ORDER[event.kind]))


def treatment_event(treatment: Treatment) -> TimelineEvent:
    """A treatment in the timeline: its kind, and description, sites and units."""
    details = treatment.details
    parts = [details.description] if details.description else []
    parts += [f"{site.site}, {site.side.label}: {site.units:g} units" for site in details.sites]
    if len(details.sites) > 1:
        parts.append(f"{details.units:g} units in all")
    return TimelineEvent(
        treatment.day, EventKind.TREATMENT, treatment.kind.label, "; ".join(parts), treatment_id=treatment.id
    )


def _onset(session: Session, patient_id: str) -> tuple[date | None, str]:
    patient = find(session, PatientRow, patient_id, "patient")
    return patient.onset, patient.cause


def _judged(session: Session, patient_id: str) -> dict[str, list[Judgement]]:
    query = (
        select(JudgementRow)
        .join(VisitRow, JudgementRow.visit_id == VisitRow.id)
        .where(VisitRow.patient_id == patient_id)
        .order_by(JudgementRow.version)
    )
    found: dict[str, list[Judgement]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.visit_id].append(judgement_of_row(row))
    return found


def _totals(session: Session, patient_id: str) -> dict[str, dict[PromInstrument, PromTotals]]:
    """Visit -> questionnaire -> its newest entry."""
    query = (
        select(PromTotalsRow)
        .join(VisitRow, PromTotalsRow.visit_id == VisitRow.id)
        .where(VisitRow.patient_id == patient_id)
        .order_by(PromTotalsRow.instrument, PromTotalsRow.version)
    )
    found: dict[str, dict[PromInstrument, PromTotals]] = defaultdict(dict)
    for row in session.scalars(query):
        entry = prom_totals_of_row(row)
        found[row.visit_id][entry.instrument] = entry
    return found


def _analysed(session: Session, patient_id: str) -> dict[str, list[tuple[str, str]]]:
    """Visit -> (tracker, software version) of each analysis, oldest first."""
    query = (
        select(RecordingRow.visit_id, AnalysisRow.tracker_name, AnalysisRow.software_version)
        .join(RecordingRow, AnalysisRow.recording_id == RecordingRow.id)
        .join(VisitRow, RecordingRow.visit_id == VisitRow.id)
        .where(VisitRow.patient_id == patient_id)
        .order_by(AnalysisRow.created_at, AnalysisRow.id)
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for visit_id, tracker, version in session.execute(query):
        found[visit_id].append((tracker, version))
    return found


def _counts(row: VisitSummary) -> str:
    recordings = "no recording" if not row.recordings else f"{row.recordings} recording{'s' * (row.recordings > 1)}"
    return recordings if row.exams == row.recordings else f"{recordings}, {row.exams} analysed"


def _versions(made: list[tuple[str, str]]) -> str:
    return ", ".join(f"{tracker} (version {version})" for tracker, version in dict.fromkeys(made))


def _by_author(judgements: Iterable[Judgement]) -> Iterator[tuple[str, list[Judgement]]]:
    authors: dict[str, list[Judgement]] = defaultdict(list)
    for entry in judgements:
        authors[entry.who].append(entry)
    return iter(authors.items())


def _value(item: JudgedItem, value: JudgedValue) -> str:
    if isinstance(value, str):
        side = AffectedSide(value)
        return side.side.label if side.side is not None else _NO_ONE_SIDE[side]
    if value is not None and item in (JudgedItem.HOUSE_BRACKMANN_GRADE, JudgedItem.FNGS2_GRADE):
        return _ROMAN[int(value) - 1]
    return f"{value:g}"


def _prom_detail(entry: PromTotals) -> str:
    scales = entry.instrument.scales
    return ", ".join(f"{scales[name].label.lower()} {value:g}" for name, value in entry.totals.items())
