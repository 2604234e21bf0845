"""Blinks: short dips of the palpebral fissure, found against its own running level (reference C6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from core.measures.signals import RATE_HZ, finite_runs
from core.result import Blink, Pair

_RUNNING_LEVEL_S = 1.0
_DIP_PART = 0.25
_LONGEST_BLINK_S = 0.5
_CLOSING_START_PART = 0.10
_SAME_BLINK_S = 0.20
_SHORTEST_WATCH_S = 3.0
_MARGIN_S = 0.2


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


def near_blink(fissure: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """(K,) bool: within 0.2 s of a blink of either eye; the open level of each eye is taken from the rest.

    Args:
        fissure: (K, 2) palpebral fissure height of the right and the left eye, mm.
        rest: (K,) bool.
    """
    level = fissure[rest] if rest.any() else fissure
    return np.any([blink_mask(fissure[:, i], open_level(level[:, i]), _MARGIN_S) for i in range(2)], axis=0)


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


def blink_summary(times_s: np.ndarray, fissure: np.ndarray, rest: np.ndarray) -> Blink:
    """Blinks at rest: a blink of either eye counts, and both eyes are measured at its apex.

    Args:
        times_s: (K,) seconds.
        fissure: (K, 2) palpebral fissure height of the right and the left eye, mm.
        rest: (K,) bool.
    """
    seen = rest & np.isfinite(fissure).all(axis=1)
    watched_s = seen.sum() / RATE_HZ
    if watched_s < _SHORTEST_WATCH_S:
        reason = f"Only {watched_s:.1f} s of rest with a face; blinks need {_SHORTEST_WATCH_S:.0f} s."
        return Blink(
            count=0,
            rate_per_minute=None,
            closing_ratio=Pair(),
            closing_time_s=Pair(),
            peak_closing_velocity_mm_s=Pair(),
            side_delay_s=None,
            reason=reason,
        )
    levels = [open_level(fissure[seen, i]) for i in range(2)]
    by_eye = [[b for b in eye_blinks(times_s, fissure[:, i], levels[i]) if _within(b, times_s, seen)] for i in range(2)]
    apexes = _merged_apexes(by_eye)
    dips = [[_dip_at(times_s, fissure[:, i], levels[i], apex) for apex in apexes] for i in range(2)]

    def feature(name: str) -> Pair:
        means = [float(np.mean([getattr(b, name) for b in blinks])) if blinks else None for blinks in by_eye]
        return Pair(right=means[0], left=means[1])

    ratios = [float(np.mean(d)) if d else None for d in dips]
    return Blink(
        count=len(apexes),
        rate_per_minute=60 * len(apexes) / watched_s,
        closing_ratio=Pair(right=ratios[0], left=ratios[1]),
        closing_time_s=feature("closing_time_s"),
        peak_closing_velocity_mm_s=feature("closing_velocity_mm_s"),
        side_delay_s=_side_delay(by_eye),
        reason=None if apexes else f"No blink was seen in {watched_s:.0f} s of rest.",
    )


def _within(blink: EyeBlink, times_s: np.ndarray, mask: np.ndarray) -> bool:
    return bool(mask[min(int(np.searchsorted(times_s, blink.apex_s)), len(mask) - 1)])


def _merged_apexes(by_eye: list[list[EyeBlink]]) -> list[float]:
    merged: list[float] = []
    for apex in sorted(blink.apex_s for blinks in by_eye for blink in blinks):
        if not merged or apex - merged[-1] > _SAME_BLINK_S:
            merged.append(apex)
    return merged


def _dip_at(times_s: np.ndarray, fissure: np.ndarray, level_mm: float, apex_s: float) -> float:
    near = np.abs(times_s - apex_s) <= _SAME_BLINK_S
    return float(np.clip(1 - np.nanmin(fissure[near]) / level_mm, 0, 1)) if level_mm > 0 else 0.0


def _side_delay(by_eye: list[list[EyeBlink]]) -> float | None:
    """Mean apex of the right minus the left over the blinks that both eyes made."""
    right, left = by_eye
    delays = [
        r.apex_s - min(left, key=lambda b: abs(b.apex_s - r.apex_s)).apex_s
        for r in right
        if left and min(abs(b.apex_s - r.apex_s) for b in left) <= _SAME_BLINK_S
    ]
    return float(np.mean(delays)) if delays else None
