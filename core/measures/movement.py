"""One expression measured: which curve shows it, its excursion from rest on both sides, repetition by repetition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.exam.timeline import Timeline
from core.measures.curves import Curves
from core.measures.dynamic import SideMovement, hold_mask, peak_excursion, side_movement
from core.words import SIDES, Side


@dataclass(frozen=True)
class MovementSpec:
    """Primary measure of an expression (reference A2) with the constants of reference E3.

    Attributes:
        measure: name of the curve, or "commissure" for the displacement of the mouth corner along the stronger side's direction.
        sign: +1 when the curve rises in the intended direction, else -1.
        minimum_mm: excursion of the stronger side below which the movement counts as not performed.
        noise_mm: noise floor subtracted from excursions in scores.
    """

    measure: str
    sign: int
    minimum_mm: float
    noise_mm: float


COMMISSURE = "commissure"

MOVEMENT_SPECS: dict[Expression, MovementSpec] = {
    Expression.BROW_RAISE: MovementSpec("brow_height_canthal", +1, 3.0, 0.5),
    Expression.EYES_GENTLE: MovementSpec("palpebral_fissure_height", -1, 2.0, 0.4),
    Expression.EYES_TIGHT: MovementSpec("palpebral_fissure_height", -1, 2.0, 0.4),
    Expression.BLINK_VOLUNTARY: MovementSpec("palpebral_fissure_height", -1, 2.0, 0.4),
    Expression.SNARL: MovementSpec("snarl_height", +1, 1.2, 0.6),
    Expression.SMILE_CLOSED: MovementSpec(COMMISSURE, +1, 3.0, 0.8),
    Expression.SMILE_OPEN: MovementSpec(COMMISSURE, +1, 4.0, 0.8),
    Expression.PUCKER: MovementSpec("corner_lateral", -1, 3.0, 0.8),
    Expression.EEE: MovementSpec("lower_lip_above_chin", -1, 2.0, 0.6),
    Expression.PLATYSMA: MovementSpec("corner_height", -1, 2.0, 1.0),
    Expression.FROWN: MovementSpec("brow_medial_distance", -1, 1.5, 0.5),
}

EYE_CLOSURES = (Expression.EYES_GENTLE, Expression.EYES_TIGHT, Expression.BLINK_VOLUNTARY)


@dataclass(frozen=True)
class RepetitionMeasurement:
    """One performance of an expression.

    Attributes:
        segment: from when to when.
        window: (K,) bool, samples of the curves that belong to it.
        baseline: (K,) bool, the rest that it is measured from.
        hold: (K,) bool, when the stronger side is near its peak; common to both sides.
        excursion: (K, 2) change of the primary measure from rest, intended direction positive; NaN outside the window.
        baseline_mm: value of the primary measure at rest, by side (0 for the commissure).
        noise_mm: SD of the primary measure in the baseline, by side.
        sides: features by side.
        corner_mm: mean displacement of the mouth corner in the hold, by side, as (lateral, vertical).
        hold_s: start and end of the hold in seconds.
        key_frame_s: the moment in the hold nearest the mean of both sides' peaks.
        reason: why it cannot be used, or None.
    """

    segment: Segment
    window: np.ndarray
    baseline: np.ndarray
    hold: np.ndarray
    excursion: np.ndarray
    baseline_mm: dict[Side, float]
    noise_mm: dict[Side, float]
    sides: dict[Side, SideMovement]
    corner_mm: dict[Side, np.ndarray]
    hold_s: tuple[float | None, float | None]
    key_frame_s: float | None
    reason: str | None = None

    @property
    def used(self) -> bool:
        return self.reason is None


@dataclass(frozen=True)
class ExpressionMeasurement:
    """All performances of one expression."""

    expression: Expression
    spec: MovementSpec
    repetitions: tuple[RepetitionMeasurement, ...]

    @property
    def used(self) -> list[RepetitionMeasurement]:
        return [repetition for repetition in self.repetitions if repetition.used]

    def excursion_mm(self, side: Side) -> float | None:
        """Mean peak excursion over the usable repetitions."""
        return mean_or_none(repetition.sides[side].peak_mm for repetition in self.used)

    @property
    def stronger_mm(self) -> float | None:
        """Excursion of the side that moved more."""
        values = [value for side in SIDES if (value := self.excursion_mm(side)) is not None]
        return max(values, default=None)

    def baseline_mm(self, side: Side) -> float | None:
        """Mean value of the primary measure at rest before the movements."""
        return mean_or_none(repetition.baseline_mm[side] for repetition in self.used)

    def closure_fraction(self, side: Side) -> float | None:
        """Raw part of the palpebral fissure that closed, own side (M6); None for other movements."""
        excursion, rest = self.excursion_mm(side), self.baseline_mm(side)
        if self.expression not in EYE_CLOSURES or excursion is None or not rest:
            return None
        return float(np.clip(excursion / rest, 0.0, 1.0))

    @property
    def performed(self) -> bool:
        """The stronger side moved at least the minimum."""
        return self.stronger_mm is not None and self.stronger_mm >= self.spec.minimum_mm


def mean_or_none(values: Iterable[float | None]) -> float | None:
    """Mean of the values that are there; None when there are none."""
    known = [value for value in values if value is not None and np.isfinite(value)]
    return float(np.mean(known)) if known else None


def change_from_rest(curve: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """(K, 2) curve minus its median over the baseline samples, side by side."""
    return curve - rest_value(curve, baseline)


def rest_value(curve: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """(2,) median of a (K, 2) curve over the baseline samples; NaN where there is none."""
    rows = curve[baseline]
    rows = rows[np.isfinite(rows).all(axis=1)]
    return np.median(rows, axis=0) if len(rows) else np.full(2, np.nan)


def corner_displacement(curves: Curves, baseline: np.ndarray) -> np.ndarray:
    """(K, 2, 2) displacement of the mouth corners from rest: [sample, side, (lateral, vertical)]."""
    lateral = change_from_rest(curves.values["corner_lateral"], baseline)
    vertical = change_from_rest(curves.values["corner_height"], baseline)
    return np.stack([lateral, vertical], axis=-1)


def measure_expression(
    curves: Curves,
    time: Timeline,
    expression: Expression,
    *,
    usable: np.ndarray,
) -> ExpressionMeasurement:
    """Measure every repetition of an expression.

    Args:
        curves: all measures.
        time: the segments over the same samples.
        expression: one of MOVEMENT_SPECS.
        usable: (K,) bool, samples that may serve as rest (a face, no blink).
    """
    spec = MOVEMENT_SPECS[expression]
    repetitions = [_measure_repetition(curves, time, spec, segment, usable) for segment in time.of(expression)]
    return ExpressionMeasurement(expression, spec, tuple(repetitions))


def _measure_repetition(
    curves: Curves, time: Timeline, spec: MovementSpec, segment: Segment, usable: np.ndarray
) -> RepetitionMeasurement:
    window = time.within(*time.window(segment))
    baseline = time.baseline(segment, usable)
    corners = corner_displacement(curves, baseline)
    if spec.measure == COMMISSURE:
        excursion, at_rest = _along_stronger_direction(corners, window), np.zeros(2)
    else:
        curve = curves.values[spec.measure]
        excursion, at_rest = spec.sign * change_from_rest(curve, baseline), rest_value(curve, baseline)
    noise = _spread(excursion[baseline])
    excursion = np.where(window[:, None], excursion, np.nan)
    hold = hold_mask(excursion[:, 0], excursion[:, 1])
    first, last = _bounds(window)
    part = slice(first, last)
    sides = {
        side: side_movement(time.times_s[part], excursion[part, i], hold[part], float(noise[i]))
        for i, side in enumerate(SIDES)
    }
    return RepetitionMeasurement(
        segment=segment,
        window=window,
        baseline=baseline,
        hold=hold,
        excursion=excursion,
        baseline_mm={side: float(at_rest[i]) for i, side in enumerate(SIDES)},
        noise_mm={side: float(noise[i]) for i, side in enumerate(SIDES)},
        sides=sides,
        corner_mm={side: _mean_rows(corners[hold, i]) for i, side in enumerate(SIDES)},
        hold_s=(float(time.times_s[hold][0]), float(time.times_s[hold][-1])) if hold.any() else (None, None),
        key_frame_s=_key_frame(time.times_s, hold, sides),
        reason=_unusable_reason(excursion, window, hold),
    )


def _along_stronger_direction(corners: np.ndarray, window: np.ndarray) -> np.ndarray:
    """(K, 2) displacement of each corner projected on the direction in which the stronger side moved (reference E3).

    A corner that is pulled the other way, across the midline for instance, gets a negative excursion and earns no credit.
    """
    lengths = np.linalg.norm(corners, axis=-1)
    lengths[~window] = np.nan
    hold = hold_mask(lengths[:, 0], lengths[:, 1])
    means = np.stack([_mean_rows(corners[hold, i]) for i in range(2)])
    strengths = np.linalg.norm(means, axis=1)
    if not np.isfinite(strengths).any() or np.nanmax(strengths) == 0:
        return np.full(corners.shape[:2], np.nan)
    stronger = int(np.nanargmax(strengths))
    return corners @ (means[stronger] / strengths[stronger])


def _mean_rows(rows: np.ndarray) -> np.ndarray:
    rows = rows[np.isfinite(rows).all(axis=1)]
    return rows.mean(axis=0) if len(rows) else np.full(rows.shape[1], np.nan)


def _spread(rows: np.ndarray) -> np.ndarray:
    """(2,) robust SD, from the median absolute deviation."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) < 3:
        return np.zeros(2)
    return 1.4826 * np.median(np.abs(rows - np.median(rows, axis=0)), axis=0)


def _bounds(mask: np.ndarray) -> tuple[int, int]:
    indices = np.flatnonzero(mask)
    return (int(indices[0]), int(indices[-1]) + 1) if indices.size else (0, 0)


def _key_frame(times_s: np.ndarray, hold: np.ndarray, sides: dict[Side, SideMovement]) -> float | None:
    held = times_s[hold]
    peaks = [movement.peak_s for movement in sides.values() if movement.peak_s is not None]
    if not held.size:
        return None
    wanted = float(np.mean(peaks)) if peaks else float(np.median(held))
    return float(held[np.argmin(np.abs(held - wanted))])


def _unusable_reason(excursion: np.ndarray, window: np.ndarray, hold: np.ndarray) -> str | None:
    if not window.any():
        return "The segment lies outside the recording."
    seen = np.isfinite(excursion[window]).all(axis=1).mean()
    if seen < 0.5:
        return "The face was not seen for most of this movement."
    if not hold.any():
        return "No movement in the intended direction was seen."
    return None


def hold_excursion(
    change: np.ndarray, repetition: RepetitionMeasurement, exclude: np.ndarray | None = None
) -> np.ndarray:
    """(2,) 95th percentile, over the hold, of a (K, 2) change from rest; NaN where nothing is left.

    Args:
        change: change from rest with the direction of interest positive.
        repetition: whose hold.
        exclude: (K,) bool samples to ignore, e.g. around blinks.
    """
    hold = repetition.hold if exclude is None else repetition.hold & ~exclude
    values = [peak_excursion(change[:, i], hold) for i in range(2)]
    return np.array([np.nan if value is None else value for value in values])
