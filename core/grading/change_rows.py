"""The rows of a comparison: which quantities, which way is better for each, and what stands against comparing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.exam.protocol import EXPRESSIONS, Expression
from core.grading.change_error import (
    branch_change_error,
    excursion_sd_mm,
    minimal_detectable_change,
    repetitions_mm,
    within_subject_sd,
)
from core.grading.change_limits import floor
from core.grading.change_quantity import Quantity, absence
from core.grading.change_rules import (
    common_affected_side,
    mode_blocker,
    movements_reason,
    side_blocker,
    sides_contradict,
)
from core.grading.change_scales import scale_values
from core.grading.change_synkinesis import synkinesis_reason, unwanted_movements
from core.grading.change_types import Better, Blocker, ChangeRow, Detectable, Kind
from core.grading.change_verdict import judge
from core.grading.norms import MOVEMENT_NORMS
from core.measures.curves import MEASURES, MIDLINE_MEASURES, measure_label
from core.measures.movement import EYE_CLOSURES
from core.result import ExamResult
from core.words import BRANCHES, SIDES, AffectedSide, Branch, Side


def all_rows(before: ExamResult, after: ExamResult, blockers: Sequence[Blocker]) -> list[ChangeRow]:
    """Every row of a comparison, in the order in which a reader wants them.

    Args:
        before, after: the results.
        blockers: what forbids comparing anything; the first one becomes the reason of every row.
    """
    mode = mode_blocker(before, after)
    stop = blockers[0].sentence if blockers else None
    scores = mode.sentence if mode is not None else None
    quantities = [
        *_weakness(before, after, scores),
        *_synkinesis(before, after, scores),
        *unwanted_movements(before, after),
        *_overall(before, after, scores),
        *_movements(before, after),
        *_resting(before, after),
        *_scales(before, after, scores),
    ]
    return [_row(quantity, stop) for quantity in quantities]


def _row(quantity: Quantity, stop: str | None) -> ChangeRow:
    found = floor(quantity.kind, quantity.name)
    detectable = None
    if found is not None:
        detectable = Detectable(max(found.value, quantity.error or 0.0), found.value, found.source, quantity.error)
    change = None
    if quantity.before is not None and quantity.after is not None:
        change = quantity.after - quantity.before
    verdict, reason = judge(
        quantity.before,
        quantity.after,
        unit=quantity.unit,
        better=quantity.better,
        reference=quantity.reference,
        detectable=detectable,
        obstacle=stop or absence(quantity) or quantity.obstacle,
    )
    return ChangeRow(
        kind=quantity.kind,
        name=quantity.name,
        side=quantity.side,
        label=quantity.label,
        unit=quantity.unit,
        before=quantity.before,
        after=quantity.after,
        change=change,
        repetitions_before=quantity.repetitions[0],
        repetitions_after=quantity.repetitions[1],
        detectable=detectable,
        better=quantity.better,
        reference=quantity.reference,
        verdict=verdict,
        reason=reason,
    )


def _weakness(before: ExamResult, after: ExamResult, stop: str | None) -> Iterator[Quantity]:
    for side in SIDES:
        for branch in _branches(before, after):
            both = before.branches[branch].get(side), after.branches[branch].get(side)
            scored_rest = [b.resting is not None and b.resting.score is not None for b in both]
            rest = (
                f"The resting position counts only {'before' if scored_rest[0] else 'after'}. "
                "Set the affected side of both visits."
                if scored_rest[0] != scored_rest[1]
                else None
            )
            yield Quantity(
                Kind.WEAKNESS,
                branch.value,
                side,
                branch.label,
                "points",
                both[0].weakness,
                both[1].weakness,
                Better.LOWER,
                missing=(both[0].reason, both[1].reason),
                obstacle=stop or movements_reason(*both) or rest,
                error=branch_change_error(before, after, both),
            )


def _synkinesis(before: ExamResult, after: ExamResult, stop: str | None) -> Iterator[Quantity]:
    for side in SIDES:
        for branch in _branches(before, after):
            both = before.branches[branch].get(side), after.branches[branch].get(side)
            yield Quantity(
                Kind.SYNKINESIS,
                branch.value,
                side,
                branch.label,
                "points",
                both[0].synkinesis,
                both[1].synkinesis,
                Better.LOWER,
                missing=(both[0].synkinesis_reason, both[1].synkinesis_reason),
                obstacle=stop or synkinesis_reason(before, after, branch, side),
            )


def _overall(before: ExamResult, after: ExamResult, stop: str | None) -> Iterator[Quantity]:
    counted = [
        {
            branch
            for branch, found in result.branches.items()
            if branch is not Branch.CERVICAL and all(found.get(side).weakness is not None for side in SIDES)
        }
        for result in (before, after)
    ]
    obstacle = None
    if counted[0] != counted[1]:
        names = ", ".join(branch.label.lower() for branch in BRANCHES if branch in counted[0] ^ counted[1])
        obstacle = f"The means are of different branches; at one visit only: {names}."
    for side in SIDES:
        yield Quantity(
            Kind.OVERALL,
            "weakness",
            side,
            "Overall weakness",
            "points",
            before.overall.weakness.get(side),
            after.overall.weakness.get(side),
            Better.LOWER,
            missing=("No branch could be assessed.", "No branch could be assessed."),
            obstacle=stop or obstacle,
        )


def _movements(before: ExamResult, after: ExamResult) -> Iterator[Quantity]:
    """Of every expression both excursions, the ratio of the sides, and the part of the eye that closes."""
    for expression in EXPRESSIONS:
        if expression in before.expressions or expression in after.expressions:
            yield from (_excursion(before, after, expression, side) for side in SIDES)
            yield _ratio(before, after, expression)
            if expression in EYE_CLOSURES:
                yield from (_closure(before, after, expression, side) for side in SIDES)


def _excursion(before: ExamResult, after: ExamResult, expression: Expression, side: Side) -> Quantity:
    repetitions = repetitions_mm(before, expression, side), repetitions_mm(after, expression, side)
    better, reference = _excursion_direction(before, after, expression, side)
    measures = {entry.measure for r in (before, after) if (entry := r.expressions.get(expression)) and entry.measure}
    return Quantity(
        Kind.EXCURSION,
        expression.value,
        side,
        expression.label,
        "mm",
        _excursion_mm(before, expression, side),
        _excursion_mm(after, expression, side),
        better,
        reference,
        repetitions,
        (_why_not(before, expression), _why_not(after, expression)),
        "The movement was measured by another measure." if len(measures) > 1 else None,
        _error(excursion_sd_mm(before, after, expression), repetitions),
    )


def _excursion_direction(
    before: ExamResult, after: ExamResult, expression: Expression, side: Side
) -> tuple[Better, float | None]:
    """Which way is better: the affected side towards the other one, taken over both visits so that the ruler stays the same.

    Without a healthy side towards the norm where there is one; a sound side is not judged.
    """
    if common_affected_side(before, after) is side:
        others = [value for r in (before, after) if (value := _excursion_mm(r, expression, side.opposite)) is not None]
        return (Better.NEARER, sum(others) / len(others)) if others else (Better.HIGHER, None)
    if AffectedSide.BOTH in (before.affected_side, after.affected_side):
        norm = MOVEMENT_NORMS.get(expression)
        return (Better.NEARER, norm.mean_mm) if norm is not None else (Better.HIGHER, None)
    return Better.NEITHER, None


def _ratio(before: ExamResult, after: ExamResult, expression: Expression) -> Quantity:
    affected = common_affected_side(before, after)
    values = [_ratio_of_means(result, expression, affected) for result in (before, after)]
    repetitions = _ratios(before, expression, affected), _ratios(after, expression, affected)
    obstacle = None
    if affected is None:
        obstacle = "No one side is affected that the other could be compared with."
        if sides_contradict(before, after):
            obstacle = "The affected side is not the same at both visits."
    return Quantity(
        Kind.FUNCTION_RATIO,
        expression.value,
        affected,
        f"{expression.label}: affected against healthy side",
        "1",
        values[0],
        values[1],
        Better.NEARER,
        1.0,
        repetitions,
        (_why_not(before, expression), _why_not(after, expression)),
        obstacle,
        _error(within_subject_sd(repetitions), repetitions),
    )


def _ratio_of_means(result: ExamResult, expression: Expression, affected: Side | None) -> float | None:
    """Affected over healthy excursion, never below 0; 1 is even. None without an affected side."""
    if affected is None:
        return None
    own, other = (_excursion_mm(result, expression, side) for side in (affected, affected.opposite))
    return max(own, 0.0) / other if own is not None and other is not None and other > 0 else None


def _ratios(result: ExamResult, expression: Expression, affected: Side | None) -> tuple[float, ...]:
    if affected is None or _why_not(result, expression) is not None:
        return ()
    pairs = (
        (repetition.excursion_mm.get(affected), repetition.excursion_mm.get(affected.opposite))
        for repetition in result.expressions[expression].repetitions
        if repetition.used
    )
    return tuple(max(own, 0.0) / other for own, other in pairs if own is not None and other is not None and other > 0)


def _closure(before: ExamResult, after: ExamResult, expression: Expression, side: Side) -> Quantity:
    repetitions = _closures(before, expression, side), _closures(after, expression, side)
    values = [
        None if _why_not(r, expression) is not None else r.expressions[expression].closure_fraction.get(side)
        for r in (before, after)
    ]
    return Quantity(
        Kind.CLOSURE,
        expression.value,
        side,
        f"{expression.label}: part of the eye that closes",
        "1",
        values[0],
        values[1],
        Better.HIGHER,
        None,
        repetitions,
        (_why_not(before, expression), _why_not(after, expression)),
        None,
        _error(within_subject_sd(repetitions), repetitions),
    )


def _closures(result: ExamResult, expression: Expression, side: Side) -> tuple[float, ...]:
    """Part of the fissure at rest that each repetition closed."""
    if _why_not(result, expression) is not None:
        return ()
    entry = result.expressions[expression]
    fraction, mean = entry.closure_fraction.get(side), entry.excursion_mm.get(side)
    if not fraction or not mean or fraction >= 1:
        return ()
    return tuple(min(max(value * fraction / mean, 0.0), 1.0) for value in repetitions_mm(result, expression, side))


def _resting(before: ExamResult, after: ExamResult) -> Iterator[Quantity]:
    for name in (*MEASURES, *MIDLINE_MEASURES):
        entries = before.resting.get(name), after.resting.get(name)
        known = [entry for entry in entries if entry is not None]
        if known:
            yield Quantity(
                Kind.RESTING,
                name,
                None,
                measure_label(name),
                known[0].unit,
                entries[0].difference if entries[0] is not None else None,
                entries[1].difference if entries[1] is not None else None,
                Better.NEARER,
                0.0,
                missing=("The face at rest was not seen.", "The face at rest was not seen."),
            )


def _scales(before: ExamResult, after: ExamResult, stop: str | None) -> Iterator[Quantity]:
    other_side = side_blocker(before, after)
    for first, second in zip(scale_values(before.scales), scale_values(after.scales), strict=True):
        yield Quantity(
            Kind.SCALE,
            first.name,
            None,
            first.label,
            first.unit,
            first.value,
            second.value,
            first.better,
            missing=(first.reason, second.reason),
            obstacle=stop or (other_side.sentence if other_side is not None else None),
        )


def _branches(before: ExamResult, after: ExamResult) -> list[Branch]:
    return [branch for branch in BRANCHES if branch in before.branches and branch in after.branches]


def _excursion_mm(result: ExamResult, expression: Expression, side: Side) -> float | None:
    """None where the movement was not performed or not measured."""
    return None if _why_not(result, expression) is not None else result.expressions[expression].excursion_mm.get(side)


def _why_not(result: ExamResult, expression: Expression) -> str | None:
    entry = result.expressions.get(expression)
    if entry is None:
        return f"“{expression.label}” was not recorded."
    return None if entry.assessable else entry.reason or "The movement could not be measured."


def _error(sd: float | None, repetitions: tuple[tuple[float, ...], tuple[float, ...]]) -> float | None:
    counts = [len(values) for values in repetitions]
    return None if sd is None or not all(counts) else minimal_detectable_change(sd, counts[0], counts[1])
