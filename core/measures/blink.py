"""Blinks: short dips of the palpebral fissure, found against its own running level (reference C6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from core.measures.signals import RATE_HZ, finite_runs

_RUNNING_LEVEL_S = 1.0
_DIP_PART = 0.25
_LONGEST_BLINK_S = 0.5
_CLOSING_START_PART = 0.10


@dataclass(frozen=True)
class EyeBlink:
    """One blink of one eye: apex time, closing ratio 1 - minimum / level, closing time and greatest closing speed."""

    apex_s: float
    closing_ratio: float
    closing_time_s: float
    closing_velocity_mm_s: float


def open_level(fissure: np.ndarray) -> float:
    """Usual height of an open eye, mm: 75th percentile over the given samples (K,); NaN when there are none."""
    finite = fissure[np.isfinite(fissure)]
    return float(np.percentile(finite, 75)) if finite.size else float("nan")


def _running_level(fissure: np.ndarray) -> np.ndarray:
    filled = np.array(fissure, dtype=float)
    known = np.flatnonzero(np.isfinite(filled))
    if known.size == 0:
        return filled
    filled = np.interp(np.arange(len(filled)), known, filled[known])
    return median_filter(filled, size=round(_RUNNING_LEVEL_S * RATE_HZ) | 1, mode="nearest")


def blink_mask(fissure: np.ndarray, level_mm: float, margin_s: float = 0.0) -> np.ndarray:
    """(K,) bool: samples in a blink of one eye.

    A dip below the running median of one second by a quarter of the open height, shorter than half a second: a held closure or
    the narrowing of a smile moves the median along and is no blink.

    Args:
        fissure: (K,) palpebral fissure height, mm, uniform rate.
        level_mm: usual open height of this eye.
        margin_s: widen every blink by this much on both sides.
    """
    dip = np.nan_to_num(_running_level(fissure) - fissure) > _DIP_PART * level_mm
    mask = np.zeros(len(fissure), dtype=bool)
    margin = round(margin_s * RATE_HZ)
    for first, last in finite_runs(dip):
        if (last - first) / RATE_HZ <= _LONGEST_BLINK_S:
            mask[max(0, first - margin) : last + margin] = True
    return mask


def eye_blinks(times_s: np.ndarray, fissure: np.ndarray, level_mm: float) -> list[EyeBlink]:
    """Blinks of one eye in time order; speeds are indicative below 60 frames a second (reference C6)."""
    found = []
    level = _running_level(fissure)
    speed = -np.gradient(np.nan_to_num(fissure), 1 / RATE_HZ)
    for first, last in finite_runs(blink_mask(fissure, level_mm)):
        apex = first + int(np.nanargmin(fissure[first:last]))
        depth = level[apex] - fissure[apex]
        start = apex
        while start > 0 and level[apex] - fissure[start] > _CLOSING_START_PART * depth:
            start -= 1
        found.append(
            EyeBlink(
                apex_s=float(times_s[apex]),
                closing_ratio=float(np.clip(depth / level[apex], 0, 1)) if level[apex] > 0 else 0.0,
                closing_time_s=float((apex - start) / RATE_HZ),
                closing_velocity_mm_s=float(np.max(speed[start : apex + 1])),
            )
        )
    return found
