"""From the repetitions of one expression to its entry in the result (reference B5, C2, C3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from core.exam.protocol import EXPRESSIONS, Expression
from core.measures import symmetry
from core.measures.curves import MEASURES, Curves
from core.measures.movement import (
    EYE_CLOSURES,
    ExpressionMeasurement,
    RepetitionMeasurement,
    change_from_rest,
    mean_or_none,
)
from core.result import ExpressionResult, Pair, Repetition
from core.words import Side


def pair(of: Callable[[Side], float | None]) -> Pair:
    """Both sides of a quantity; not finite counts as missing."""
    values = {}
    for side in Side:
        value = of(side)
        values[side.value] = float(value) if value is not None and np.isfinite(value) else None
    return Pair(**values)


def not_recorded(expression: Expression) -> ExpressionResult:
    """Entry of a standard expression that the recording does not hold."""
    return ExpressionResult(assessable=False, reason=f"“{EXPRESSIONS[expression].label}” was not recorded.")


def not_measured(expression: Expression) -> ExpressionResult:
    """Entry of an expression that the landmarks cannot measure."""
    reason = f"“{EXPRESSIONS[expression].label}” was recorded, but face landmarks do not measure it."
    return ExpressionResult(assessable=False, reason=reason)


def expression_result(
    curves: Curves,
    measurement: ExpressionMeasurement,
    residual_gap_mm: dict[Side, float | None] | None,
    affected: Side | None,
) -> ExpressionResult:
    """Everything measured of one expression.

    Args:
        curves: all measures of the recording.
        measurement: its repetitions.
        residual_gap_mm: calibrated gap left in the hold, for eye closures.
        affected: the one affected side; ratios and delays are then affected against healthy side, else weaker against stronger
            and right against left.
    """
    used = measurement.used
    reason = _reason(measurement)
    right, left = (measurement.excursion_mm(side) for side in (Side.RIGHT, Side.LEFT))
    compared = reason is None and right is not None and left is not None

    def feature(name: str) -> Pair:
        return pair(lambda side: mean_or_none(getattr(r.sides[side], name) for r in used))

    def between(of: Callable[[RepetitionMeasurement], float | None]) -> float | None:
        return mean_or_none(of(r) for r in used) if compared else None

    correlations = [_correlation(repetition) for repetition in used]
    correlation = mean_or_none(value for value, _ in correlations) if compared else None
    return ExpressionResult(
        assessable=reason is None,
        reason=reason,
        measure=measurement.spec.measure,
        repetitions=[_repetition(r) for r in measurement.repetitions],
        key_frame_s=next((r.key_frame_s for r in used), None),
        excursion_mm=pair(measurement.excursion_mm),
        peak_velocity_mm_s=feature("peak_velocity_mm_s"),
        rise_time_s=feature("rise_time_s"),
        onset_s=pair(lambda side: mean_or_none(_onset_after_start(r, side) for r in used)),
        hold_stability=feature("hold_stability"),
        area_mm_s=feature("area_mm_s"),
        decay=pair(lambda side: _decay(used, side)),
        direction_deg=pair(lambda side: _direction_deg(measurement, side)),
        closure_fraction=pair(measurement.closure_fraction),
        residual_gap_mm=Pair() if residual_gap_mm is None else pair(residual_gap_mm.__getitem__),
        function_ratio=_of_both(partial(_function_ratio, affected), right, left) if compared else None,
        difference_mm=right - left if right is not None and left is not None else None,
        asymmetry_pct=_of_both(symmetry.bounded_asymmetry_pct, right, left) if compared else None,
        symmetry_pct=_of_both(symmetry.symmetry_pct, right, left) if compared else None,
        onset_asynchrony_s=_signed(between(_onset_difference), affected),
        peak_asynchrony_s=_signed(between(lambda r: symmetry.peak_lag_s(*_active(r))), affected),
        correlation_r=correlation,
        correlation_reason=next((why for _, why in correlations if why), None) if correlation is None else None,
        dtw_distance=between(lambda r: symmetry.dynamic_time_warping(*_active(r))),
        amplitude_residual=between(_amplitude_residual),
        direction_cosine=between(lambda r: _of_corners(symmetry.direction_cosine, measurement, r)),
        direction_score_pct=between(lambda r: _of_corners(symmetry.direction_score_pct, measurement, r)),
        midline_drag_mm=mean_or_none(_midline_drag(curves, r) for r in used),
        measures=_changes(curves, used),
    )


def _reason(measurement: ExpressionMeasurement) -> str | None:
    if not measurement.used:
        return next((r.reason for r in measurement.repetitions if r.reason), "No repetition could be measured.")
    if measurement.performed:
        return None
    moved = max(measurement.stronger_mm or 0.0, 0.0)
    return (
        f"Movement not performed: {moved:.1f} mm on the stronger side, {measurement.spec.minimum_mm:.1f} mm expected."
    )


def _repetition(repetition: RepetitionMeasurement) -> Repetition:
    return Repetition(
        start_s=repetition.segment.start_s,
        end_s=repetition.segment.end_s,
        hold_start_s=repetition.hold_s[0],
        hold_end_s=repetition.hold_s[1],
        key_frame_s=repetition.key_frame_s,
        excursion_mm=pair(lambda side: repetition.sides[side].peak_mm),
        used=repetition.used,
        reason=repetition.reason,
    )


def _onset_after_start(repetition: RepetitionMeasurement, side: Side) -> float | None:
    onset = repetition.sides[side].onset_s
    return None if onset is None else onset - repetition.segment.start_s


def _onset_difference(repetition: RepetitionMeasurement) -> float | None:
    """Onset of the right minus onset of the left; positive when the right comes later."""
    right, left = repetition.sides[Side.RIGHT].onset_s, repetition.sides[Side.LEFT].onset_s
    return None if right is None or left is None else right - left


def _signed(right_minus_left: float | None, affected: Side | None) -> float | None:
    """A delay as affected minus healthy side; right minus left while no one side is affected."""
    if right_minus_left is None or affected is not Side.LEFT:
        return right_minus_left
    return -right_minus_left


def _decay(used: Sequence[RepetitionMeasurement], side: Side) -> float | None:
    """Last over first repetition: below 1 when the movement tires (C2)."""
    if len(used) < 2:
        return None
    first, last = used[0].sides[side].peak_mm, used[-1].sides[side].peak_mm
    return None if not first or last is None or first <= 0 else last / first


def _direction_deg(measurement: ExpressionMeasurement, side: Side) -> float | None:
    """Direction of the mouth corner's mean path, degrees above the horizontal, 0 straight outwards; mouth movements only."""
    if not _moves_corner(measurement.expression):
        return None
    vectors = [r.corner_mm[side] for r in measurement.used if np.isfinite(r.corner_mm[side]).all()]
    if not vectors:
        return None
    lateral, vertical = np.mean(vectors, axis=0)
    return float(np.rad2deg(np.arctan2(vertical, lateral)))


def _moves_corner(expression: Expression) -> bool:
    return expression not in (*EYE_CLOSURES, Expression.BROW_RAISE, Expression.FROWN)


def _of_corners(
    index: Callable[[np.ndarray, np.ndarray], float | None],
    measurement: ExpressionMeasurement,
    repetition: RepetitionMeasurement,
) -> float | None:
    if not _moves_corner(measurement.expression):
        return None
    right, left = repetition.corner_mm[Side.RIGHT], repetition.corner_mm[Side.LEFT]
    return index(right, left) if np.isfinite([right, left]).all() else None


def _function_ratio(affected: Side | None, right: float, left: float) -> float | None:
    """Affected over healthy side (reference B5), weaker over stronger while no one side is affected; never below 0."""
    own, reference = {
        Side.RIGHT: (right, left),
        Side.LEFT: (left, right),
        None: (min(right, left), max(right, left)),
    }[affected]
    return max(own, 0.0) / reference if reference > 0 else None


def _of_both(index: Callable[[float, float], float | None], right: float | None, left: float | None) -> float | None:
    return None if right is None or left is None else index(right, left)


def _active(repetition: RepetitionMeasurement) -> tuple[np.ndarray, np.ndarray]:
    """Excursion curves of both sides within the window of the movement."""
    rows = repetition.excursion[repetition.window]
    return rows[:, 0], rows[:, 1]


def _correlation(repetition: RepetitionMeasurement) -> tuple[float | None, str]:
    noise = repetition.noise_mm
    return symmetry.correlation(*_active(repetition), noise[Side.RIGHT], noise[Side.LEFT])


def _amplitude_residual(repetition: RepetitionMeasurement) -> float | None:
    peaks = [repetition.sides[side].peak_mm for side in (Side.RIGHT, Side.LEFT)]
    if any(peak is None for peak in peaks):
        return None
    return symmetry.amplitude_residual(*_active(repetition), peaks[0] or 0.0, peaks[1] or 0.0)


def _midline_drag(curves: Curves, repetition: RepetitionMeasurement) -> float | None:
    """Median shift of the philtrum in the hold from rest, mm, positive towards the patient's left."""
    philtrum = curves.midline["philtrum_deviation"]
    held, rest = philtrum[repetition.hold], philtrum[repetition.baseline]
    if not np.isfinite(held).any() or not np.isfinite(rest).any():
        return None
    return float(np.nanmedian(held) - np.nanmedian(rest))


def _changes(curves: Curves, used: Sequence[RepetitionMeasurement]) -> dict[str, Pair]:
    """Median change of every measure in the hold from rest, mean over the repetitions, named with its unit."""
    changes = {}
    for name, spec in MEASURES.items():
        rows = [_median_change(curves.values[name], repetition) for repetition in used]
        if not rows:
            continue
        by_side = {side.value: mean_or_none(row[i] for row in rows) for i, side in enumerate((Side.RIGHT, Side.LEFT))}
        suffix = "" if spec.unit == "1" else f"_{spec.unit}"
        changes[f"{name}_change{suffix}"] = Pair(**by_side)
    return changes


def _median_change(curve: np.ndarray, repetition: RepetitionMeasurement) -> np.ndarray:
    held = change_from_rest(curve, repetition.baseline)[repetition.hold]
    held = held[np.isfinite(held).all(axis=1)]
    return np.median(held, axis=0) if len(held) else np.full(2, np.nan)
