"""Weakness of each branch of the facial nerve on each side, 0 to 100 (reference E2, E3, E5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.exam.protocol import Expression
from core.grading.norms import norm_reference_mm
from core.grading.resting import RestingFace, resting_evidence
from core.measures.movement import EYE_CLOSURES, ExpressionMeasurement
from core.result import MovementEvidence, RestingEvidence
from core.words import Branch, Side

HEALTHY_ASYMMETRY = 0.15
COMPLETE_CLOSURE = 0.95
MOVEMENT_PART, RESTING_PART = 0.8, 0.2
BETTER_EYE_CLOSURE = 0.7
# Movements of at least this weight together make a score more than a hint: a single minor movement gives low confidence and
# does not name the affected side.
ENOUGH_WEIGHT = 0.4

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class BranchSpec:
    """Movements that test a branch with their weights, and how far to trust the score (reference E3)."""

    weights: Mapping[Expression, float]
    confidence: Confidence


LOWER_LIP_IN_SMILE = "lower_lip_above_chin"

BRANCH_SPECS: dict[Branch, BranchSpec] = {
    Branch.TEMPORAL: BranchSpec({Expression.BROW_RAISE: 1.0}, "high"),
    # Medium: the mesh is known to follow one-sided eye closure only in part (reference C7).
    Branch.ZYGOMATIC: BranchSpec(
        {Expression.EYES_GENTLE: 0.5, Expression.EYES_TIGHT: 0.3, Expression.BLINK_VOLUNTARY: 0.2}, "medium"
    ),
    Branch.BUCCAL: BranchSpec(
        {
            Expression.SMILE_OPEN: 0.4,
            Expression.SNARL: 0.25,
            Expression.PUCKER: 0.2,
            Expression.SMILE_CLOSED: 0.15,
        },
        "high",
    ),
    Branch.MARGINAL_MANDIBULAR: BranchSpec({Expression.EEE: 0.8, Expression.SMILE_OPEN: 0.2}, "medium"),
    Branch.CERVICAL: BranchSpec({Expression.PLATYSMA: 1.0}, "low"),
}


@dataclass(frozen=True)
class BranchWeakness:
    """Weakness of one branch on one side with everything that led to it; None with a reason when it cannot be assessed."""

    weakness: float | None
    reason: str | None
    confidence: Confidence | None
    movements: tuple[MovementEvidence, ...]
    resting: RestingEvidence | None

    @property
    def tested_weight(self) -> float:
        """Weight of the movements that could be used; the standard protocol gives 1."""
        return sum(item.weight for item in self.movements if item.used)

    @property
    def hypertonic(self) -> bool:
        return self.resting is not None and self.resting.opposite


def movement_function(
    excursion_mm: float, reference_mm: float, noise_mm: float, tolerated: float = HEALTHY_ASYMMETRY
) -> float:
    """v of reference E3: part of the reference movement that is there, after the noise floor and the tolerated asymmetry.

    >>> movement_function(4.0, 10.0, 0.5)
    0.4375
    """
    full = (1 - tolerated) * reference_mm - noise_mm
    return float(np.clip((excursion_mm - noise_mm) / full, 0.0, 1.0)) if full > 0 else 1.0


def weakness_score(function: float, resting: float | None) -> float:
    """W of reference E3 from the weighted function V (0 to 1) and the resting score r (0 to 1, None where there is none).

    >>> round(weakness_score(0.4375, 0.2), 1)
    49.0
    """
    if resting is None:
        return 100 * (1 - function)
    return 100 * (MOVEMENT_PART * (1 - function) + RESTING_PART * resting)


def weakness_grade(weakness: float) -> int:
    """0 to 4 from the function 100 - W, in the bands of House-Brackmann's function (reference E3)."""
    function = 100 - weakness
    return int(sum(function < limit for limit in (90, 75, 50, 25)))


@dataclass(frozen=True)
class SecondaryMovement:
    """A movement that tests a branch with another measure than its primary one (lower lip in the open smile)."""

    excursion_mm: dict[Side, float | None]
    minimum_mm: float
    noise_mm: float
    measure: str


def branch_weakness(
    branch: Branch,
    side: Side,
    measurements: Mapping[Expression, ExpressionMeasurement],
    *,
    lower_lip_in_smile: SecondaryMovement | None,
    closure: Mapping[Expression, dict[Side, float | None]],
    normative: bool,
    resting: RestingFace | None,
) -> BranchWeakness:
    """Weakness of one branch on one side.

    Args:
        measurements: every measured expression.
        lower_lip_in_smile: depression of the lower lip in the open smile.
        closure: calibrated closure fraction of both eyes for every eye closure.
        normative: compare with published norms instead of the stronger side (reference E5).
        resting: the face at rest when resting deviations of this side shall count, else None.
    """
    spec = BRANCH_SPECS[branch]
    evidence = []
    for expression, weight in spec.weights.items():
        measurement = measurements.get(expression)
        if measurement is None:
            continue
        if branch is Branch.ZYGOMATIC:
            evidence.append(_closure_evidence(measurement, side, weight, closure[expression], normative))
        elif branch is Branch.MARGINAL_MANDIBULAR and expression is Expression.SMILE_OPEN:
            if lower_lip_in_smile is not None:
                evidence.append(_secondary_evidence(expression, lower_lip_in_smile, side, weight, normative))
        else:
            evidence.append(_excursion_evidence(measurement, side, weight, normative))
    at_rest = resting_evidence(resting, branch, side) if resting is not None else None
    used = [item for item in evidence if item.used and item.function is not None]
    if not used:
        return BranchWeakness(None, _no_movement_reason(branch, evidence), None, tuple(evidence), at_rest)
    total = sum(item.weight for item in used)
    function = sum(item.weight * (item.function or 0.0) for item in used) / total
    score = weakness_score(function, at_rest.score if at_rest is not None else None)
    confidence = spec.confidence if total >= ENOUGH_WEIGHT else "low"
    return BranchWeakness(score, None, confidence, tuple(evidence), at_rest)


def _excursion_evidence(
    measurement: ExpressionMeasurement, side: Side, weight: float, normative: bool
) -> MovementEvidence:
    expression, spec = measurement.expression, measurement.spec
    excursion = measurement.excursion_mm(side)
    if normative:
        reference, tolerated = norm_reference_mm(expression), 0.0  # the norm is the lower end of normal already
        reason = None if reference is not None else "There is no published norm for this movement."
    else:
        reference, tolerated = measurement.stronger_mm, HEALTHY_ASYMMETRY
        reason = None if measurement.performed else "The movement was too small on both sides to compare them."
    if excursion is None:
        reason = unusable_reason(measurement)
    function = None
    if reason is None and excursion is not None and reference is not None:
        function = movement_function(excursion, reference, spec.noise_mm, tolerated)
    return MovementEvidence(
        expression=expression,
        measure=spec.measure,
        excursion_mm=excursion,
        reference_mm=reference,
        function=function,
        weight=weight,
        used=function is not None,
        reason=reason,
    )


def _secondary_evidence(
    expression: Expression, movement: SecondaryMovement, side: Side, weight: float, normative: bool
) -> MovementEvidence:
    excursion = movement.excursion_mm[side]
    known = [value for value in movement.excursion_mm.values() if value is not None]
    reference = max(known, default=None)
    reason = None
    if normative:
        reason = "There is no published norm for this movement."
    elif excursion is None or reference is None:
        reason = "The lower lip was not seen during the smile."
    elif reference < movement.minimum_mm:
        reason = "The lower lip moved too little on both sides to compare them."
    function = None
    if reason is None and excursion is not None and reference is not None:
        function = movement_function(excursion, reference, movement.noise_mm)
    return MovementEvidence(
        expression=expression,
        measure=movement.measure,
        excursion_mm=excursion,
        reference_mm=reference,
        function=function,
        weight=weight,
        used=function is not None,
        reason=reason,
    )


def _closure_evidence(
    measurement: ExpressionMeasurement,
    side: Side,
    weight: float,
    closure: dict[Side, float | None],
    normative: bool,
) -> MovementEvidence:
    """Closure is absolute: a good eye beside a bad one does not change lagophthalmos (reference E3)."""
    fraction = closure[side]
    raw = [value for s in Side if (value := measurement.closure_fraction(s)) is not None]
    better = max(raw, default=None)
    reason = None
    if fraction is None:
        reason = unusable_reason(measurement)
    elif not normative and (better is None or better < BETTER_EYE_CLOSURE):
        reason = "Neither eye closed far enough to be sure that closure was tried; ask to repeat it."
    function = None if reason is not None or fraction is None else float(np.clip(fraction / COMPLETE_CLOSURE, 0, 1))
    return MovementEvidence(
        expression=measurement.expression,
        measure="closure_fraction",
        excursion_mm=measurement.excursion_mm(side),
        reference_mm=measurement.baseline_mm(side),
        function=function,
        weight=weight,
        used=function is not None,
        reason=reason,
    )


def unusable_reason(measurement: ExpressionMeasurement) -> str:
    """Why no repetition of an expression could be used."""
    reasons = [repetition.reason for repetition in measurement.repetitions if repetition.reason]
    return reasons[0] if reasons else "The movement could not be measured."


def _no_movement_reason(branch: Branch, evidence: list[MovementEvidence]) -> str:
    reasons = [item.reason for item in evidence if item.reason]
    if reasons:
        return reasons[0]
    wanted = ", ".join(expression.label.lower() for expression in BRANCH_SPECS[branch].weights)
    return f"No movement that tests this branch was recorded ({wanted})."


def calibrated_closure(
    measurements: Mapping[Expression, ExpressionMeasurement], closed_gap_mm: Mapping[Side, float]
) -> dict[Expression, dict[Side, float | None]]:
    """Closure fractions with each eye's "closed" set to what this tracker shows for a shut eye (reference C7).

    Args:
        closed_gap_mm: by side, the gap in millimetres that the tracker leaves on a shut eye in this recording.
    """
    closure: dict[Expression, dict[Side, float | None]] = {}
    for expression in EYE_CLOSURES:
        if expression not in measurements:
            continue
        measurement = measurements[expression]
        closure[expression] = {side: _calibrated(measurement, side, closed_gap_mm[side]) for side in Side}
    return closure


def _calibrated(measurement: ExpressionMeasurement, side: Side, closed_gap_mm: float) -> float | None:
    excursion, rest = measurement.excursion_mm(side), measurement.baseline_mm(side)
    if excursion is None or rest is None or rest <= closed_gap_mm:
        return None
    return float(np.clip(excursion / (rest - closed_gap_mm), 0.0, 1.0))
