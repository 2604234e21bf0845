"""Indices that compare the two sides (reference B5, C3)."""

from __future__ import annotations

import numpy as np

from core.measures.signals import RATE_HZ

_DTW_BAND = 0.20
_DTW_POINTS = 60
_LAG_LIMIT_S = 0.5


def bounded_asymmetry_pct(right: float, left: float) -> float | None:
    """100 |R - L| / max(R, L), 0 to 100; None when neither is positive."""
    largest = max(right, left)
    return None if largest <= 0 else float(np.clip(100 * abs(right - left) / largest, 0, 100))


def symmetry_pct(right: float, left: float) -> float | None:
    """100 min / max, 0 to 100; None when neither is positive."""
    largest = max(right, left)
    return None if largest <= 0 else float(np.clip(100 * min(right, left) / largest, 0, 100))


def signed_asymmetry(right: float, left: float) -> float | None:
    """(L - R) / max(R, L), limited to -1 to 1: positive when the patient's left moved more (reference E6)."""
    largest = max(right, left)
    return None if largest <= 0 else float(np.clip((left - right) / largest, -1, 1))


def correlation(right: np.ndarray, left: np.ndarray, noise_right: float, noise_left: float) -> tuple[float | None, str]:
    """Pearson R of two excursion curves (K,) and, when it is None, the reason.

    A side whose curve does not exceed three times its noise at rest is flat: R would describe noise (reference C3).
    """
    both = np.isfinite(right) & np.isfinite(left)
    if both.sum() < 10:
        return None, "too few frames with a face"
    right, left = right[both], left[both]
    flat = [
        name
        for name, curve, noise in (("right", right, noise_right), ("left", left, noise_left))
        if np.ptp(curve) <= 3 * noise or np.std(curve) == 0
    ]
    if flat:
        return None, "flat side: patient's " + " and ".join(flat)
    return float(np.corrcoef(right, left)[0, 1]), ""


def dynamic_time_warping(right: np.ndarray, left: np.ndarray) -> float | None:
    """Shape distance of two excursion curves, each divided by its own peak: cost over path length, no unit.

    Sakoe-Chiba band of 20 %; both curves are brought to 60 points first, so that the result does not depend on the frame rate.
    None when a curve has no positive peak.
    """
    both = np.isfinite(right) & np.isfinite(left)
    if both.sum() < 10:
        return None
    right, left = right[both], left[both]
    peaks = right.max(), left.max()
    if min(peaks) <= 0:
        return None
    grid = np.linspace(0, len(right) - 1, _DTW_POINTS)
    one = np.interp(grid, np.arange(len(right)), right / peaks[0])
    other = np.interp(grid, np.arange(len(left)), left / peaks[1])
    band = round(_DTW_BAND * _DTW_POINTS)
    cost = np.full((_DTW_POINTS + 1, _DTW_POINTS + 1), np.inf)
    steps = np.zeros_like(cost)
    cost[0, 0] = 0.0
    for i in range(1, _DTW_POINTS + 1):
        for j in range(max(1, i - band), min(_DTW_POINTS, i + band) + 1):
            options = ((cost[i - 1, j - 1], i - 1, j - 1), (cost[i - 1, j], i - 1, j), (cost[i, j - 1], i, j - 1))
            best, before_i, before_j = min(options)
            cost[i, j] = best + abs(one[i - 1] - other[j - 1])
            steps[i, j] = steps[before_i, before_j] + 1
    return float(cost[-1, -1] / steps[-1, -1])


def amplitude_residual(right: np.ndarray, left: np.ndarray, peak_right: float, peak_left: float) -> float | None:
    """RMS of R(t) - L(t) over the larger peak, no unit; None without movement."""
    largest = max(peak_right, peak_left)
    difference = (right - left)[np.isfinite(right) & np.isfinite(left)]
    if largest <= 0 or difference.size == 0:
        return None
    return float(np.sqrt(np.mean(difference**2)) / largest)


def peak_lag_s(right: np.ndarray, left: np.ndarray, rate_hz: float = RATE_HZ) -> float | None:
    """Lag of the largest cross-correlation within half a second; positive when the right comes later."""
    both = np.isfinite(right) & np.isfinite(left)
    if both.sum() < 10:
        return None
    one, other = right[both], left[both]
    limit = min(round(_LAG_LIMIT_S * rate_hz), len(one) // 2)
    lags = np.arange(-limit, limit + 1)
    scores = [_overlap_correlation(one, other, int(lag)) for lag in lags]
    if not np.isfinite(scores).any():
        return None
    return float(lags[int(np.nanargmax(scores))] / rate_hz)


def _overlap_correlation(right: np.ndarray, left: np.ndarray, lag: int) -> float:
    """Pearson R of the overlap when ``right`` is brought forward by ``lag`` samples; NaN when either is constant there."""
    one = right[max(0, lag) : len(right) + min(0, lag)]
    other = left[max(0, -lag) : len(left) - max(0, lag)]
    if one.min() == one.max() or other.min() == other.max():
        return float("nan")
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def direction_cosine(right: np.ndarray, left: np.ndarray) -> float | None:
    """Cosine between two displacements given as (lateral, vertical): 1 when they mirror each other; None without movement."""
    lengths = np.linalg.norm(right) * np.linalg.norm(left)
    return None if not lengths > 0 else float(np.clip(np.dot(right, left) / lengths, -1, 1))


def direction_score_pct(right: np.ndarray, left: np.ndarray) -> float | None:
    """100 (1 + cos) / 2 times min / max of the lengths (reference C3, proposal)."""
    cosine = direction_cosine(right, left)
    if cosine is None:
        return None
    lengths = sorted((float(np.linalg.norm(right)), float(np.linalg.norm(left))))
    return 100 * (1 + cosine) / 2 * lengths[0] / lengths[1]
