"""Estimate of the House-Brackmann grade (1985; measured scheme and rules: reference D2)."""

from __future__ import annotations

import numpy as np

from core.exam.protocol import Expression
from core.grading.evidence import ScaleEvidence
from core.grading.norms import norm_reference_mm
from core.grading.resting import RESTING_DEVIATIONS
from core.measures.curves import Curves
from core.measures.movement import change_from_rest, hold_excursion, mean_or_none
from core.result import HouseBrackmann
from core.words import SIDES, Branch

_POINT_MM = 2.5
_POINTS_EACH = 4
_GRADE_FUNCTION = ((95.0, 1), (75.5, 2), (50.5, 3), (25.5, 4), (0.5, 5))
_OPEN_EYE_GAP_MM = 1.0


def measured_points(excursion_mm: float) -> int:
    """Points of the measured scheme: one a quarter of a centimetre, at most four.

    >>> measured_points(6.0)
    2
    """
    return int(np.clip(np.floor(excursion_mm / _POINT_MM), 0, _POINTS_EACH))


def grade_of_function(function_pct: float) -> int:
    """Grade of the function bands; from 95 % on grade I, to allow for healthy asymmetry."""
    return next((grade for limit, grade in _GRADE_FUNCTION if function_pct >= limit), 6)


def house_brackmann(evidence: ScaleEvidence, curves: Curves) -> HouseBrackmann:
    """Function from brow and mouth corner in relation to the healthy side (or the norm), grade by the worst rule."""
    brow = _ratio(evidence, Expression.BROW_RAISE)
    smile = _ratio(evidence, Expression.SMILE_OPEN)
    if brow is None or smile is None:
        missing = Expression.BROW_RAISE if brow is None else Expression.SMILE_OPEN
        return HouseBrackmann(
            grade=None, function_pct=None, measured_points=None, reason=evidence.reason(missing), basis=[]
        )
    function_pct = 100 * (brow + smile) / 2
    excursions = (
        evidence.measurements[Expression.BROW_RAISE].excursion_mm(evidence.side),
        _outward_mm(evidence, curves),
    )
    rules = [
        (grade_of_function(function_pct), f"brow and mouth corner move {function_pct:.0f} % of the reference"),
        *_rules(evidence),
    ]
    worst = max(grade for grade, _ in rules)
    return HouseBrackmann(
        grade=worst,
        function_pct=function_pct,
        measured_points=float(sum(measured_points(mm or 0.0) for mm in excursions)),
        reason=_without_eye(evidence),
        basis=[text for grade, text in rules if grade == worst],
    )


def _without_eye(evidence: ScaleEvidence) -> str | None:
    """A grade without the eye can be too good: the reader has to know."""
    if any(evidence.residual_gap_mm.get(e) is not None for e in (Expression.EYES_TIGHT, Expression.EYES_GENTLE)):
        return None
    return f"The closure of the eye is not counted: {evidence.reason(Expression.EYES_TIGHT)}"


def _ratio(evidence: ScaleEvidence, expression: Expression) -> float | None:
    """Excursion of the scored side over the reference's, 0 to 1."""
    if evidence.function.get(expression) is None:
        return None
    measurement = evidence.measurements[expression]
    own = measurement.excursion_mm(evidence.side)
    reference = measurement.stronger_mm if evidence.one_sided else norm_reference_mm(expression)
    if own is None or not reference:
        return None
    return float(np.clip(own / reference, 0, 1))


def _outward_mm(evidence: ScaleEvidence, curves: Curves) -> float | None:
    """Outward part of the mouth corner's movement in the open smile: the measured scheme counts no lifting."""
    side = SIDES.index(evidence.side)
    lateral = curves.values["corner_lateral"]
    return mean_or_none(
        hold_excursion(change_from_rest(lateral, repetition.baseline), repetition)[side]
        for repetition in evidence.measurements[Expression.SMILE_OPEN].used
    )


def _rules(evidence: ScaleEvidence) -> list[tuple[int, str]]:
    rules: list[tuple[int, str]] = []
    function = evidence.function
    tight = evidence.gap_at_full_effort()
    gentle = evidence.residual_gap_mm.get(Expression.EYES_GENTLE)
    if tight is not None and tight > _OPEN_EYE_GAP_MM:
        rules.append((4, f"the eye stays open by {tight:.1f} mm at full effort"))
    elif gentle is not None and gentle > _OPEN_EYE_GAP_MM:
        seen = "the eye closes only with effort" if tight is not None else "the eye does not close gently"
        rules.append((3, seen))
    brow, smile = function.get(Expression.BROW_RAISE), function.get(Expression.SMILE_OPEN)
    if brow is not None and brow < 0.1:
        rules.append((4, "no movement of the forehead"))
    if smile is not None:
        for limit, grade in ((0.05, 5), (0.30, 4), (0.60, 3), (0.85, 2)):
            if smile < limit:
                rules.append((grade, f"the mouth corner moves {100 * smile:.0f} % of the expected"))
                break
    known = [value for value in function.values() if value is not None]
    if known and max(known) < 0.05:
        rules.append((6, "no movement at all"))
    if smile is not None and smile < 0.3 and _asymmetric_at_rest(evidence):
        rules.append((5, "asymmetric at rest with little movement of the mouth"))
    worst_score = max((entry.score for entry in evidence.synkinesis), default=0.0)
    if worst_score >= 75:
        rules.append((4, "severe synkinesis"))
    elif worst_score >= 45:
        rules.append((3, "moderate synkinesis"))
    return rules


def _asymmetric_at_rest(evidence: ScaleEvidence) -> bool:
    for branch in (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL):
        deviation = RESTING_DEVIATIONS[branch]
        difference = evidence.resting_difference(deviation.measure)
        if difference is not None and abs(difference) > deviation.full_mm:
            return True
    return False
