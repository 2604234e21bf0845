"""Synkinesis: unwanted movement in the territory of a branch while another movement is made (reference E4, D5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.exam.protocol import Expression
from core.grading.norms import SMILE_NARROWING_MEAN, SMILE_NARROWING_SD
from core.measures.curves import Curves
from core.measures.movement import (
    ExpressionMeasurement,
    RepetitionMeasurement,
    change_from_rest,
    corner_displacement,
    mean_or_none,
)
from core.measures.signals import held_level
from core.result import SynkinesisEntry
from core.words import SIDES, Branch, Side

_SHORTEST_S = 0.3
_TREND_COUNT = 3
_DEFAULT_SMILE_DIRECTION = np.array([1.0, 1.0]) / np.sqrt(2)
_NECK_DIRECTION = np.array([0.5, -np.sqrt(0.75)])
_OUTWARD_PART = 0.3


class Region(StrEnum):
    """Watched regions of reference E4."""

    EYE = "eye"
    MOUTH_CORNER = "mouth_corner"
    BROW = "brow"
    LOWER_LIP = "lower_lip"
    NECK = "neck"


@dataclass(frozen=True)
class RegionSpec:
    """One row of the table in reference E4.

    Attributes:
        branch: whose territory it is.
        noise_mm, full_mm: unwanted movement that is ignored, and that scores 100.
        triggers: movements during which it is watched.
        allowance_mm: co-movement that a healthy side may show, used only to judge a side that has no quieter side to compare
            with (the unaffected side, and bilateral palsy); None where the eye's own published narrowing is used.
    """

    branch: Branch
    noise_mm: float
    full_mm: float
    triggers: tuple[Expression, ...]
    allowance_mm: float


_MOUTH = (Expression.SMILE_OPEN, Expression.SMILE_CLOSED, Expression.PUCKER, Expression.SNARL, Expression.EEE)

REGION_SPECS: dict[Region, RegionSpec] = {
    Region.EYE: RegionSpec(Branch.ZYGOMATIC, 0.4, 3.0, (*_MOUTH, Expression.BROW_RAISE), 2.0),
    Region.MOUTH_CORNER: RegionSpec(
        Branch.BUCCAL, 0.8, 4.0, (Expression.BROW_RAISE, Expression.EYES_GENTLE, Expression.EYES_TIGHT), 2.5
    ),
    Region.BROW: RegionSpec(
        Branch.TEMPORAL, 0.5, 3.0, (Expression.SMILE_OPEN, Expression.PUCKER, Expression.EYES_GENTLE), 2.0
    ),
    Region.LOWER_LIP: RegionSpec(
        Branch.MARGINAL_MANDIBULAR,
        1.0,  # the meshes let the lower lip rise by about as much when the eyes close (docs/accuracy.md)
        3.0,
        (Expression.BROW_RAISE, Expression.EYES_GENTLE, Expression.SMILE_OPEN),
        2.5,
    ),
    Region.NECK: RegionSpec(
        Branch.CERVICAL, 1.0, 3.0, (Expression.SMILE_OPEN, Expression.EYES_TIGHT, Expression.PUCKER), 2.0
    ),
}

PATTERN_NAMES: dict[tuple[Region, Expression], str] = {
    (Region.EYE, Expression.SMILE_OPEN): "Oral-ocular (smile)",
    (Region.EYE, Expression.SMILE_CLOSED): "Oral-ocular (smile)",
    (Region.EYE, Expression.PUCKER): "Oral-ocular",
    (Region.EYE, Expression.SNARL): "Oral-ocular (snarl)",
    (Region.EYE, Expression.EEE): "Oral-ocular (lower lip)",
    (Region.EYE, Expression.BROW_RAISE): "Fronto-ocular",
    (Region.MOUTH_CORNER, Expression.BROW_RAISE): "Fronto-oral",
    (Region.MOUTH_CORNER, Expression.EYES_GENTLE): "Ocular-oral",
    (Region.MOUTH_CORNER, Expression.EYES_TIGHT): "Ocular-oral",
}
_REGION_PATTERNS = {Region.BROW: "Brow lift", Region.LOWER_LIP: "Mentalis", Region.NECK: "Platysmal"}


def pattern_name(region: Region, trigger: Expression) -> str:
    """Name of the pattern (reference D5)."""
    return PATTERN_NAMES.get((region, trigger)) or _REGION_PATTERNS[region]


@dataclass(frozen=True)
class UnwantedMovement:
    """Movement of one region on both sides during one trigger, mean over its repetitions, mm in the region's direction."""

    region: Region
    trigger: Expression
    unwanted_mm: dict[Side, float]
    allowance_mm: dict[Side, float]

    def beyond_other_mm(self, side: Side) -> float:
        """x of reference E4: what this side moves more than the other."""
        return self.unwanted_mm[side] - self.unwanted_mm[side.opposite]

    def beyond_normal_mm(self, side: Side) -> float:
        """What this side moves more than a healthy face is allowed to."""
        return self.unwanted_mm[side] - self.allowance_mm[side]


def synkinesis_score(difference_mm: float, region: Region) -> float:
    """k of reference E4 as 0 to 100.

    >>> round(synkinesis_score(1.8, Region.EYE))
    54
    """
    spec = REGION_SPECS[region]
    return float(100 * np.clip((difference_mm - spec.noise_mm) / (spec.full_mm - spec.noise_mm), 0, 1))


def counted_mm(entry: SynkinesisEntry) -> float:
    """The millimetres behind a score, x of reference E4, at most the region's full amount; 0 for what is within the noise."""
    spec = REGION_SPECS[Region(entry.region)]
    return spec.noise_mm + entry.score / 100 * (spec.full_mm - spec.noise_mm) if entry.score > 0 else 0.0


def synkinesis_grade(score: float) -> int:
    """0 to 3: below 20, 45, 75, and above (reference E4)."""
    return int(sum(score >= limit for limit in (20, 45, 75)))


def unwanted_movements(
    curves: Curves,
    measurements: Mapping[Expression, ExpressionMeasurement],
    resting_fissure_mm: Mapping[Side, float | None],
    near_blink: np.ndarray,
) -> list[UnwantedMovement]:
    """Every watched region during every trigger that was performed.

    Args:
        curves: all measures.
        measurements: the measured expressions.
        resting_fissure_mm: palpebral fissure at rest, for the eye's normal narrowing in a smile.
        near_blink: (K,) bool, within 0.2 s of a blink; the eye is not watched there.
    """
    smile = _smile_direction(measurements)
    found = []
    for region, spec in REGION_SPECS.items():
        for trigger in spec.triggers:
            measurement = measurements.get(trigger)
            if measurement is None or not measurement.performed:
                continue
            repetitions = measurement.used
            values = {
                side: mean_or_none(
                    _unwanted_mm(curves, repetition, region, i, smile, near_blink) for repetition in repetitions
                )
                for i, side in enumerate(SIDES)
            }
            if any(value is None for value in values.values()):
                continue
            found.append(
                UnwantedMovement(
                    region,
                    trigger,
                    {side: value for side, value in values.items() if value is not None},
                    {side: _allowance_mm(region, trigger, resting_fissure_mm[side]) for side in SIDES},
                )
            )
    return found


def _smile_direction(measurements: Mapping[Expression, ExpressionMeasurement]) -> np.ndarray:
    """Unit vector (lateral, vertical) in which the stronger corner moves in a smile; up and out at 45 degrees without one."""
    for expression in (Expression.SMILE_OPEN, Expression.SMILE_CLOSED):
        measurement = measurements.get(expression)
        if measurement is None or not measurement.performed:
            continue
        vectors = [max(r.corner_mm.values(), key=lambda v: float(np.linalg.norm(v))) for r in measurement.used]
        mean = np.mean(vectors, axis=0)
        length = float(np.linalg.norm(mean))
        if length > 0:
            return mean / length
    return _DEFAULT_SMILE_DIRECTION


def _unwanted_mm(
    curves: Curves,
    repetition: RepetitionMeasurement,
    region: Region,
    side_index: int,
    smile_direction: np.ndarray,
    near_blink: np.ndarray,
) -> float | None:
    """What lasts 0.3 s of the hold in the region's direction, not below 0; None when the hold was not seen that long."""
    baseline = repetition.baseline
    if region is Region.EYE:
        change = -change_from_rest(curves.values["palpebral_fissure_height"], baseline)[:, side_index]
        change = np.where(near_blink, np.nan, change)
    elif region is Region.MOUTH_CORNER:
        change = corner_displacement(curves, baseline)[:, side_index] @ smile_direction
    elif region is Region.BROW:
        change = np.abs(change_from_rest(curves.values["brow_height_canthal"], baseline)[:, side_index])
    elif region is Region.LOWER_LIP:
        change = change_from_rest(curves.values["lower_lip_lateral_position"], baseline)[:, side_index]
    else:
        corner = corner_displacement(curves, baseline)[:, side_index]
        # The platysma pulls down and out; a limp corner that sags or is dragged to the other side goes down and in.
        change = np.where(corner[:, 0] > _OUTWARD_PART * np.abs(corner[:, 1]), corner @ _NECK_DIRECTION, 0.0)
    held = np.where(repetition.hold, change, np.nan)
    level = held_level(held, _SHORTEST_S)
    return None if level is None else max(0.0, level)


def _allowance_mm(region: Region, trigger: Expression, fissure_mm: float | None) -> float:
    if region is Region.EYE and fissure_mm and trigger in (Expression.SMILE_OPEN, Expression.SMILE_CLOSED):
        return (SMILE_NARROWING_MEAN + SMILE_NARROWING_SD) * fissure_mm
    return REGION_SPECS[region].allowance_mm


@dataclass(frozen=True)
class BranchSynkinesis:
    """Synkinesis of one branch on one side: worst and mean of the three worst; None with a reason."""

    score: float | None
    trend: float | None
    reason: str | None


def side_score(movement: UnwantedMovement, side: Side, *, against_other: bool, against_norm: bool) -> float:
    """Score of one side: what it moves beyond the other side, beyond a healthy face, or beyond both."""
    limits = []
    if against_other:
        limits.append(movement.beyond_other_mm(side))
    if against_norm:
        limits.append(movement.beyond_normal_mm(side))
    return synkinesis_score(min(limits), movement.region)


def branch_synkinesis(
    movements: list[UnwantedMovement], branch: Branch, side: Side, *, against_other: bool, against_norm: bool
) -> BranchSynkinesis:
    """K of reference E4 for one branch and side."""
    watched = [movement for movement in movements if REGION_SPECS[movement.region].branch is branch]
    if not watched:
        return BranchSynkinesis(None, None, "No movement was recorded during which this region can be watched.")
    scores = sorted(
        (side_score(m, side, against_other=against_other, against_norm=against_norm) for m in watched), reverse=True
    )
    return BranchSynkinesis(scores[0], float(np.mean(scores[:_TREND_COUNT])), None)


def synkinesis_entry(
    movement: UnwantedMovement, side: Side, *, against_other: bool, against_norm: bool
) -> SynkinesisEntry:
    """The line of the result for one region, trigger and side."""
    return SynkinesisEntry(
        region=movement.region.value,
        branch=REGION_SPECS[movement.region].branch,
        trigger=movement.trigger,
        side=side,
        unwanted_mm=movement.unwanted_mm[side],
        other_side_mm=movement.unwanted_mm[side.opposite],
        score=side_score(movement, side, against_other=against_other, against_norm=against_norm),
        pattern=pattern_name(movement.region, movement.trigger),
    )
