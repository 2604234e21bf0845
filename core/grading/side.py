"""Which side is affected, decided from movement alone (reference E5, E6): the resting face cannot tell flaccid from synkinetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from core.exam.protocol import Expression
from core.grading.norms import LOW_PART_OF_NORM, MOVEMENT_NORMS
from core.measures.movement import EYE_CLOSURES, ExpressionMeasurement
from core.measures.symmetry import signed_asymmetry
from core.result import SideVote
from core.words import AffectedSide, Branch, Side

_WEIGHTS = {
    Expression.BROW_RAISE: 1.2,
    Expression.EYES_GENTLE: 1.5,
    Expression.EYES_TIGHT: 1.5,
    Expression.SMILE_OPEN: 1.3,
}
VOTE_LIMIT = 0.15
# One branch alone points to its side from this weakness on; healthy phantoms and portraits stay below 15 (docs/accuracy.md).
CLEAR_WEAKNESS = 20.0
CLEAR_SYNKINESIS = 45.0
_LOW_MOVEMENTS_NEEDED = 2


def side_votes(measurements: Mapping[Expression, ExpressionMeasurement]) -> list[SideVote]:
    """One vote for every movement that was performed: excursions in millimetres, closure fractions for the eyes."""
    votes = []
    for expression, measurement in measurements.items():
        if not measurement.performed:
            continue
        if expression in EYE_CLOSURES:
            right, left = (measurement.closure_fraction(side) for side in (Side.RIGHT, Side.LEFT))
        else:
            right, left = (measurement.excursion_mm(side) for side in (Side.RIGHT, Side.LEFT))
        if right is None or left is None:
            continue
        asymmetry = signed_asymmetry(max(right, 0.0), max(left, 0.0))
        if asymmetry is None:
            continue
        weight = _WEIGHTS.get(expression, 1.0)
        votes.append(SideVote(expression=expression, right=right, left=left, asymmetry=asymmetry, weight=weight))
    return votes


def mean_vote(votes: Iterable[SideVote]) -> float | None:
    """S over the sum of the weights, -1 to 1; positive when the left moved more, so that the right is affected."""
    votes = list(votes)
    total = sum(vote.weight for vote in votes)
    return sum(vote.weight * vote.asymmetry for vote in votes) / total if total else None


def both_sides_low(measurements: Mapping[Expression, ExpressionMeasurement]) -> list[Expression]:
    """Movements in which even the better side stayed below 60 % of the healthy mean; closure below 60 % of the fissure."""
    low = []
    for expression, measurement in measurements.items():
        if not measurement.used:
            continue
        if expression in MOVEMENT_NORMS:
            better = measurement.stronger_mm
            if better is not None and better < LOW_PART_OF_NORM * MOVEMENT_NORMS[expression].mean_mm:
                low.append(expression)
        elif expression in (Expression.EYES_GENTLE, Expression.EYES_TIGHT):
            fractions = [f for side in Side if (f := measurement.closure_fraction(side)) is not None]
            if fractions and max(fractions) < LOW_PART_OF_NORM:
                low.append(expression)
    return low


def decide_side(
    votes: list[SideVote],
    low: list[Expression],
    weakness: Mapping[Branch, Mapping[Side, float | None]],
    synkinesis: Mapping[Side, float],
) -> AffectedSide:
    """The affected side from movement.

    In this order: both sides low against the norms (bilateral); the weighted vote of all movements, when at least two agree; one
    branch that is clearly weaker on one side only (isolated branch palsy); synkinesis on one side only; none when at least two
    movements were compared and nothing stood out; else undetermined.

    Args:
        votes: from ``side_votes``.
        low: from ``both_sides_low``.
        weakness: side-to-side weakness by branch and side, from movement alone, 0 to 100.
        synkinesis: greatest side-to-side synkinesis score by side, 0 to 100.
    """
    if len(_zones(low)) >= _LOW_MOVEMENTS_NEEDED:
        return AffectedSide.BOTH
    mean = mean_vote(votes)
    if mean is not None and abs(mean) > VOTE_LIMIT:
        agreeing = [v for v in votes if np.sign(v.asymmetry) == np.sign(mean) and abs(v.asymmetry) > VOTE_LIMIT]
        if len(agreeing) >= 2:
            return AffectedSide.RIGHT if mean > 0 else AffectedSide.LEFT
    weak = {side for branch in weakness.values() for side, w in branch.items() if w is not None and w >= CLEAR_WEAKNESS}
    if len(weak) == 1:
        return AffectedSide(weak.pop().value)
    if len(weak) == 2:
        return AffectedSide.UNDETERMINED
    synkinetic = [side for side, score in synkinesis.items() if score >= CLEAR_SYNKINESIS]
    if len(synkinetic) == 1:
        return AffectedSide(synkinetic[0].value)
    return AffectedSide.NONE if len(votes) >= 2 and not synkinetic else AffectedSide.UNDETERMINED


def _zones(low: list[Expression]) -> set[str]:
    """Two eye closures are one zone of the face."""
    return {"eye" if expression in EYE_CLOSURES else expression.value for expression in low}
