"""Minimal detectable change from the repetitions of two visits (reference C8), and carried through the branch score (E3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from core.exam.protocol import Expression
from core.grading.branches import COMPLETE_CLOSURE, HEALTHY_ASYMMETRY, MOVEMENT_PART
from core.measures.movement import MOVEMENT_SPECS
from core.result import BranchSide, ExamResult, MovementEvidence
from core.words import SIDES, Side

Z95 = 1.96


def within_subject_sd(groups: Iterable[Sequence[float]]) -> float | None:
    """Within-subject SD s_w: the root of the mean variance of groups of repetitions, each weighted by its degrees of freedom.

    Groups of one repetition tell nothing and are left out; None when no group has two. With groups of equal size this is the
    root of the mean over the sides of var(E) of reference C8.

    >>> within_subject_sd([(9.0, 10.0, 11.0), (4.0, 4.0, 4.0)])
    0.7071067811865476
    """
    squares, freedom = 0.0, 0
    for group in groups:
        if len(group) > 1:
            squares += float(np.sum((np.asarray(group) - np.mean(group)) ** 2))
            freedom += len(group) - 1
    return float(np.sqrt(squares / freedom)) if freedom else None


def minimal_detectable_change(sd: float, count_before: int, count_after: int) -> float:
    """MDC95 of the change of two means: 1.96 s_w sqrt(1/k_before + 1/k_after); with equal k 1.96 sqrt(2) s_w / sqrt(k) (C8).

    >>> round(minimal_detectable_change(1.0, 3, 3), 3)
    1.6
    """
    return float(Z95 * sd * np.sqrt(1 / count_before + 1 / count_after))


def repetitions_mm(result: ExamResult, expression: Expression, side: Side) -> tuple[float, ...]:
    """Peak excursions of the usable repetitions on one side, millimetres, in order."""
    entry = result.expressions.get(expression)
    if entry is None:
        return ()
    values = (repetition.excursion_mm.get(side) for repetition in entry.repetitions if repetition.used)
    return tuple(value for value in values if value is not None)


def excursion_sd_mm(before: ExamResult, after: ExamResult, expression: Expression) -> float | None:
    """Within-subject SD of an expression's excursion over both visits and sides, millimetres; None without repetitions."""
    return within_subject_sd(repetitions_mm(result, expression, side) for result in (before, after) for side in SIDES)


def branch_change_error(before: ExamResult, after: ExamResult, sides: tuple[BranchSide, BranchSide]) -> float | None:
    """MDC95 of a change of weakness, points: the errors of the excursions behind both scores, carried through E3.

    The derivative is that of the formula at the measured values: none where a movement counts as absent or complete. Movements
    that are measured otherwise than by their primary excursion have no repetitions and do not count. None when no movement has
    repetitions.

    Args:
        before, after: the results.
        sides: the branch on the side in question, in both.
    """
    variance, known = 0.0, False
    for result, branch in zip((before, after), sides, strict=True):
        used = [movement for movement in branch.movements if movement.used]
        total = sum(movement.weight for movement in used)
        part = 100.0 * (MOVEMENT_PART if branch.resting is not None and branch.resting.score is not None else 1.0)
        for movement in used:
            sd = excursion_sd_mm(before, after, movement.expression) if _has_repetitions(movement) else None
            count = len(repetitions_mm(result, movement.expression, SIDES[0]))
            if sd is None or not count:
                continue
            known = True
            own, reference = _slopes(movement)
            variance += (part * movement.weight / total * sd) ** 2 * (own**2 + reference**2) / count
    return float(Z95 * np.sqrt(variance)) if known else None


def _has_repetitions(movement: MovementEvidence) -> bool:
    spec = MOVEMENT_SPECS.get(movement.expression)
    return spec is not None and movement.measure in (spec.measure, "closure_fraction")


def _slopes(movement: MovementEvidence) -> tuple[float, float]:
    """Derivative of v (E3) by the side's own excursion and by that of its reference, per millimetre."""
    excursion, reference, function = movement.excursion_mm, movement.reference_mm, movement.function
    if excursion is None or reference is None or function is None or not 0 < function < 1:
        return 0.0, 0.0
    if movement.measure == "closure_fraction":
        return (1 / (COMPLETE_CLOSURE * reference), 0.0) if reference > 0 else (0.0, 0.0)
    noise = MOVEMENT_SPECS[movement.expression].noise_mm
    full = (1 - HEALTHY_ASYMMETRY) * reference - noise
    if full <= 0:
        return 0.0, 0.0
    return 1 / full, (1 - HEALTHY_ASYMMETRY) * (excursion - noise) / full**2
