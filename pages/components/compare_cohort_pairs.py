"""Each patient of a cohort with two visits and one measure: the pair, and whether the change is more than measurement error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from core.exam.protocol import Expression
from core.grading.change import Better, ChangeRow, Detectable, Kind, Verdict
from core.grading.change_limits import floor
from core.grading.change_verdict import judge
from core.records.clinical_entries import TreatmentKind
from core.records.cohorts import CohortRow
from core.records.summaries import ExamSummary
from core.words import BRANCHES, AffectedSide, Branch, Side


class Pairing(StrEnum):
    """Which two visits of a patient."""

    FIRST_LAST = "first and last visit"
    AROUND_TREATMENT = "last visit before and first visit after the treatment"


@dataclass(frozen=True)
class CohortMeasure:
    """What is compared; of quantities with a side the affected one of each patient is taken."""

    kind: Kind
    name: str
    label: str
    unit: str
    better: Better
    sided: bool

    def of(self, summary: ExamSummary, side: Side | None) -> float | None:
        """The value at one visit."""
        if self.sided:
            return None if side is None else self._of_side(summary, side)
        value: float | None = getattr(summary, self.name)
        return value

    def _of_side(self, summary: ExamSummary, side: Side) -> float | None:
        if self.kind is Kind.OVERALL:
            return summary.overall_weakness.get(side)
        if self.kind is Kind.EXCURSION:
            pair = summary.excursion_mm.get(Expression(self.name))
        else:
            of_branch = summary.weakness if self.kind is Kind.WEAKNESS else summary.synkinesis
            pair = of_branch.get(Branch(self.name))
        return None if pair is None else pair.get(side)


@dataclass(frozen=True)
class Pair:
    """One patient with both visits."""

    before: CohortRow
    after: CohortRow
    row: ChangeRow


def measures() -> list[CohortMeasure]:
    """What can be chosen, first what most examinations have."""
    side = "affected side"
    offered = [
        CohortMeasure(Kind.OVERALL, "weakness", f"Mean weakness, {side}", "points", Better.LOWER, True),
        CohortMeasure(
            Kind.SCALE, "sunnybrook_composite", "Sunnybrook composite (estimate)", "points", Better.HIGHER, False
        ),
        CohortMeasure(
            Kind.SCALE, "house_brackmann_grade", "House-Brackmann grade (estimate)", "grade", Better.LOWER, False
        ),
    ]
    for kind in (Kind.WEAKNESS, Kind.SYNKINESIS):
        offered += [
            CohortMeasure(
                kind, branch.value, f"{kind.label} {branch.label.lower()}, {side}", "points", Better.LOWER, True
            )
            for branch in BRANCHES
        ]
    offered += [
        CohortMeasure(
            Kind.EXCURSION, expression.value, f"Excursion “{expression.label}”, {side}", "mm", Better.HIGHER, True
        )
        for expression in (Expression.BROW_RAISE, Expression.SMILE_OPEN, Expression.PUCKER, Expression.SNARL)
    ]
    return offered


def pairs(
    rows: Iterable[CohortRow], measure: CohortMeasure, pairing: Pairing, treatment: TreatmentKind | None = None
) -> tuple[list[Pair], int]:
    """A pair for every patient with two fitting visits, and how many patients have none.

    Args:
        rows: by patient and in the order of days (``Store.cohort_rows``).
        measure: what is compared.
        pairing: which visits.
        treatment: of ``Pairing.AROUND_TREATMENT``; None is any treatment.
    """
    found, alone = [], 0
    for _, group in groupby(rows, key=lambda row: row.patient_id):
        visits = list(group)
        chosen = _first_last(visits) if pairing is Pairing.FIRST_LAST else _around(visits, treatment)
        if chosen is None:
            alone += 1
        else:
            found.append(Pair(*chosen, _change(*chosen, measure)))
    return found, alone


def _first_last(visits: Sequence[CohortRow]) -> tuple[CohortRow, CohortRow] | None:
    return (visits[0], visits[-1]) if len(visits) > 1 else None


def _around(visits: Sequence[CohortRow], kind: TreatmentKind | None) -> tuple[CohortRow, CohortRow] | None:
    """Visits of the day of the treatment count as before it: it is measured, then treated."""
    before = [visit for visit in visits if not visit.treated_before(kind)]
    after = [visit for visit in visits if visit.treated_before(kind)]
    return (before[-1], after[0]) if before and after else None


def _change(before: CohortRow, after: CohortRow, measure: CohortMeasure) -> ChangeRow:
    side = _affected(before, after)
    values = [None if row.summary is None else measure.of(row.summary, side) for row in (before, after)]
    found = floor(measure.kind, measure.name)
    detectable = None if found is None else Detectable(found.value, found.value, found.source)
    verdict, reason = judge(
        *values,
        unit=measure.unit,
        better=measure.better,
        reference=None,
        detectable=detectable,
        obstacle=_obstacle(before, after, measure, side),
    )
    known = None not in values
    return ChangeRow(
        kind=measure.kind,
        name=measure.name,
        side=side if measure.sided else None,
        label=measure.label,
        unit=measure.unit,
        before=values[0],
        after=values[1],
        change=values[1] - values[0] if known and values[0] is not None and values[1] is not None else None,
        repetitions_before=(),
        repetitions_after=(),
        detectable=detectable,
        better=measure.better,
        reference=None,
        verdict=verdict,
        reason=reason,
    )


def _affected(before: CohortRow, after: CohortRow) -> Side | None:
    """The one affected side: as entered for the patient, else as both analyses or one of them name it."""
    if before.affected_side.side is not None:
        return before.affected_side.side
    named = {row.summary.affected_side.side for row in (before, after) if row.summary is not None} - {None}
    return next(iter(named)) if len(named) == 1 else None


def _obstacle(before: CohortRow, after: CohortRow, measure: CohortMeasure, side: Side | None) -> str | None:
    """Why the two visits cannot be compared; None when they can."""
    first, second = before.summary, after.summary
    if first is None or second is None:
        return "An analysis cannot be read."
    if (before.tracker_name, before.software_version) != (after.tracker_name, after.software_version):
        return "Measured by another tracker or version. Analyse the older recording again."
    if (first.protocol, first.iris_mm) != (second.protocol, second.iris_mm):
        return "Measured by another protocol or millimetre scale."
    if measure.kind is not Kind.EXCURSION and first.mode != second.mode:
        return "Compared with the other side once and with norms once."
    if measure.kind is Kind.SCALE and first.scored_side is not second.scored_side:
        return "The scales are of different sides."
    if measure.sided and side is None:
        both = before.affected_side is AffectedSide.BOTH
        return "Both sides are affected." if both else "No one side is affected."
    return None


def left_out(found: Sequence[Pair]) -> dict[str, int]:
    """Why pairs are not comparable, with how many patients."""
    reasons: dict[str, int] = {}
    for pair in found:
        if pair.row.verdict is Verdict.NOT_COMPARABLE:
            reasons[pair.row.reason] = reasons.get(pair.row.reason, 0) + 1
    return reasons
