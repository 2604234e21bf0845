"""Simulated courses of many patients: who they are, how the palsy recovers, what is done about it, and when they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from core.records.clinical_entries import InjectionSite, TreatmentDetails, TreatmentKind
from core.records.entries import CAUSES, PatientDetails
from core.records.scaled_result import FaceState
from core.words import SIDES, AffectedSide, Branch, Side

NUMBER_PREFIX = "MANY-"
_NOTES = "A simulated course without video; its measurements were scaled from another simulated examination."
_FIRST_ONSET, _ONSET_DAYS = date(2020, 1, 6), 1460
_DAYS_A_MONTH = 30.4
_CAUSES, _CAUSE_PARTS = CAUSES[:6], (0.5, 0.14, 0.14, 0.1, 0.07, 0.05)
_OPERATED = (CAUSES[2], CAUSES[3], CAUSES[4])
_TESTED = (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL, Branch.MARGINAL_MANDIBULAR)
_TOXIN_LASTS_MONTHS, _TOXIN_REMAINS = 4.0, 0.4
_TOXIN_SITES = (
    ("Orbicularis oculi, lower lid", 2.5),
    ("Zygomaticus major", 1.25),
    ("Mentalis", 2.5),
    ("Platysma", 15.0),
)


@dataclass(frozen=True)
class PlannedVisit:
    """One visit of a course: day, label, how the affected side is, and what is entered besides."""

    day: date
    label: str
    state: FaceState
    saq_total: float | None
    house_brackmann_error: int | None


@dataclass(frozen=True)
class Course:
    """One simulated patient."""

    details: PatientDetails
    side: Side
    visits: tuple[PlannedVisit, ...]
    treatments: tuple[TreatmentDetails, ...]


@dataclass(frozen=True)
class _Recovery:
    """Weakness falls from ``start`` to ``rest`` with the time constant ``months``; synkinesis grows to ``synkinesis``."""

    start: dict[Branch, float]
    rest: dict[Branch, float]
    months: float
    synkinesis: float

    def state(self, months: float, injected: list[float]) -> FaceState:
        left = np.exp(-months / self.months)
        function = {b: float(1 - self.rest[b] - (self.start[b] - self.rest[b]) * left) for b in self.start}
        grown = self.synkinesis * float(1 - np.exp(-max(0.0, months - 3) / 4))
        calmed = any(0 < months - since <= _TOXIN_LASTS_MONTHS for since in injected)
        return FaceState(function, grown * (_TOXIN_REMAINS if calmed else 1.0))


def courses(patients: int, visits: int, seed: int) -> Iterator[Course]:
    """Courses of so many patients with so many visits in all, at least one each; the same for the same arguments.

    Raises:
        ValueError: fewer visits than patients, or no patients.
    """
    if not 0 < patients <= visits:
        raise ValueError(f"visits must be at least as many as patients, got {visits} for {patients}")
    more = np.random.default_rng(seed).multinomial(visits - patients, np.full(patients, 1 / patients))
    for number, extra in enumerate(more, 1):
        yield _course(number, 1 + int(extra), np.random.default_rng([seed, number]))


def _course(number: int, visits: int, random: np.random.Generator) -> Course:
    onset = _FIRST_ONSET + timedelta(days=int(random.integers(_ONSET_DAYS)))
    cause = str(random.choice(_CAUSES, p=_CAUSE_PARTS))
    side = SIDES[int(random.integers(2))]
    recovery = _recovery(random)
    gaps = random.uniform(1.0, 3.0, visits)
    gaps[0] = random.uniform(0.1, 1.5)
    months = np.cumsum(gaps)
    days = [onset + timedelta(days=round(_DAYS_A_MONTH * float(month))) for month in months]
    injected = _injections(recovery, months)
    planned = tuple(
        _visit(day, place, float(month), recovery, injected, random)
        for place, (day, month) in enumerate(zip(days, months, strict=True))
    )
    return Course(
        PatientDetails(
            name=f"Simulated: course {number}",
            record_number=f"{NUMBER_PREFIX}{number:04d}",
            birth_year=onset.year - int(random.integers(18, 80)),
            affected_side=AffectedSide(side.value),
            cause=cause,
            onset=onset,
            notes=_NOTES,
            simulated=True,
        ),
        side,
        planned,
        tuple(_treatments(onset, cause, side, injected, random)),
    )


def _recovery(random: np.random.Generator) -> _Recovery:
    severity = random.uniform(0.4, 1.0)
    # The more severe the palsy, the less of it recovers, and the more synkinesis comes with what does.
    lasting = severity * random.beta(1.2, 2.5)
    start = {b: float(np.clip(severity + random.normal(0, 0.08), 0.1, 1.0)) for b in _TESTED}
    rest = {b: min(start[b], float(np.clip(lasting + random.normal(0, 0.06), 0.0, 1.0))) for b in _TESTED}
    synkinesis = float(np.clip(1.6 * lasting + random.normal(0, 0.1), 0.0, 1.0)) if lasting > 0.15 else 0.0
    return _Recovery(start, rest, float(random.uniform(1.5, 6.0)), synkinesis)


def _injections(recovery: _Recovery, months: np.ndarray) -> list[float]:
    """Months at which botulinum toxin is given: on the day after a visit with much synkinesis, while no other dose works."""
    injected: list[float] = []
    for here, _ in pairwise(months):
        month = float(here) + 1 / _DAYS_A_MONTH
        resting = not injected or month - injected[-1] > _TOXIN_LASTS_MONTHS
        if resting and recovery.state(float(here), []).synkinesis > 0.45:
            injected.append(month)
    return injected


def _visit(
    day: date, place: int, month: float, recovery: _Recovery, injected: list[float], random: np.random.Generator
) -> PlannedVisit:
    label = "First visit" if place == 0 else f"{round(month)} months after onset"
    state = recovery.state(month, injected)
    burden = 20 + 80 * state.synkinesis + random.normal(0, 8)
    saq = float(np.clip(round(burden), 20, 100)) if random.random() < 0.3 else None
    judged = int(random.choice([-1, 0, 1], p=[0.15, 0.7, 0.15])) if random.random() < 0.3 else None
    return PlannedVisit(day, label, state, saq, judged)


def _treatments(
    onset: date, cause: str, side: Side, injected: list[float], random: np.random.Generator
) -> Iterator[TreatmentDetails]:
    if cause in _OPERATED:
        yield TreatmentDetails(onset + timedelta(days=int(random.integers(0, 30))), TreatmentKind.SURGERY, "Simulated.")
    elif random.random() < 0.7:
        yield TreatmentDetails(onset + timedelta(days=int(random.integers(0, 4))), TreatmentKind.STEROID, "Simulated.")
    if random.random() < 0.4:
        yield TreatmentDetails(
            onset + timedelta(days=int(random.integers(60, 200))), TreatmentKind.RETRAINING, "Simulated."
        )
    for month in injected:
        sites = tuple(InjectionSite(site, side, units) for site, units in _TOXIN_SITES)
        day = onset + timedelta(days=round(_DAYS_A_MONTH * month))
        yield TreatmentDetails(day, TreatmentKind.BOTULINUM_TOXIN, "OnabotulinumtoxinA, simulated doses.", sites)
