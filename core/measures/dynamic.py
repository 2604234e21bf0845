"""Features of one side's excursion curve during one movement (reference C2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid

from core.measures.signals import RATE_HZ, finite_runs

HOLD_LEVEL = 0.75
PEAK_PERCENTILE = 95.0
_ONSET_PART = 0.10
_ONSET_NOISE_SD = 3.0
_ONSET_HELD_S = 2 / 30


@dataclass(frozen=True)
class SideMovement:
    """Movement of one side in one repetition; None where the side did not move enough to say.

    Attributes:
        peak_mm: 95th percentile of the excursion in the hold; signed, positive in the intended direction.
        peak_velocity_mm_s: greatest speed between onset and peak.
        rise_time_s: from 10 % to 90 % of the peak.
        onset_s: time in the recording at which the movement began.
        peak_s: time in the recording of the greatest excursion in the hold.
        hold_stability: SD of the excursion in the hold over the peak.
        area_mm_s: integral of the excursion over the hold.
    """

    peak_mm: float | None = None
    peak_velocity_mm_s: float | None = None
    rise_time_s: float | None = None
    onset_s: float | None = None
    peak_s: float | None = None
    hold_stability: float | None = None
    area_mm_s: float | None = None


def hold_mask(right: np.ndarray, left: np.ndarray, level: float = HOLD_LEVEL) -> np.ndarray:
    """(K,) bool: when the stronger side is above ``level`` of its peak. Common to both sides, so that they are compared at once."""
    stacked = np.stack([right, left])
    activity = np.where(
        np.isfinite(stacked).any(axis=0), np.nanmax(np.where(np.isfinite(stacked), stacked, -np.inf), axis=0), np.nan
    )
    finite = np.isfinite(activity)
    if not finite.any():
        return np.zeros(len(right), dtype=bool)
    top = float(np.percentile(activity[finite], 98))
    if top <= 0:
        return np.zeros(len(right), dtype=bool)
    return finite & (np.where(finite, activity, 0) >= level * top)


def peak_excursion(excursion: np.ndarray, hold: np.ndarray) -> float | None:
    """E of reference C1: 95th percentile over the hold, which is less at the mercy of one frame than the maximum."""
    held = excursion[hold & np.isfinite(excursion)]
    return float(np.percentile(held, PEAK_PERCENTILE)) if held.size else None


def side_movement(times_s: np.ndarray, excursion: np.ndarray, hold: np.ndarray, noise: float) -> SideMovement:
    """Features of one side.

    Args:
        times_s: (K,) uniform seconds of the movement's window.
        excursion: (K,) change from rest, positive in the intended direction; NaN where missing.
        hold: (K,) bool from ``hold_mask``.
        noise: SD of the same curve at rest.
    """
    peak = peak_excursion(excursion, hold)
    if peak is None:
        return SideMovement()
    held = np.where(hold & np.isfinite(excursion), excursion, np.nan)
    peak_index = int(np.nanargmax(held))
    area = float(trapezoid(np.nan_to_num(held), dx=1 / RATE_HZ))
    threshold = max(_ONSET_PART * peak, _ONSET_NOISE_SD * noise)
    if peak <= threshold:
        return SideMovement(peak_mm=peak, area_mm_s=area)
    onset = _first_held(excursion[: peak_index + 1] >= threshold)
    if onset is None:
        return SideMovement(peak_mm=peak, area_mm_s=area, peak_s=float(times_s[peak_index]))
    rise = excursion[onset : peak_index + 1]
    speed = np.gradient(rise, 1 / RATE_HZ) if len(rise) > 1 else np.array([np.nan])
    low, high = _first_held(rise >= 0.1 * peak, 1), _first_held(rise >= 0.9 * peak, 1)
    return SideMovement(
        peak_mm=peak,
        peak_velocity_mm_s=float(np.nanmax(speed)) if np.isfinite(speed).any() else None,
        rise_time_s=None if low is None or high is None else (high - low) / RATE_HZ,
        onset_s=float(times_s[onset]),
        peak_s=float(times_s[peak_index]),
        hold_stability=float(np.nanstd(held) / peak),
        area_mm_s=area,
    )


def _first_held(mask: np.ndarray, samples: int = round(_ONSET_HELD_S * RATE_HZ)) -> int | None:
    """Index of the first run of True of at least ``samples`` (a run that reaches the end always counts)."""
    for first, last in finite_runs(mask):
        if last - first >= samples or last == len(mask):
            return first
    return None
