"""Signal conditioning: true frame times to a uniform rate, gaps kept, smoothing (reference C1)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import savgol_filter

RATE_HZ = 60.0
LONGEST_BRIDGED_GAP_S = 0.150
SMOOTHING_WINDOW_S = 0.15
EYE_SMOOTHING_WINDOW_S = 0.05
_POLYNOMIAL_ORDER = 3


def uniform_times(times_s: np.ndarray, rate_hz: float = RATE_HZ) -> np.ndarray:
    """(K,) seconds from the first to the last frame at a uniform rate."""
    count = int(np.floor((times_s[-1] - times_s[0]) * rate_hz + 1e-6)) + 1
    return times_s[0] + np.arange(count) / rate_hz


def resample(
    times_s: np.ndarray, values: np.ndarray, at_s: np.ndarray, longest_gap_s: float = LONGEST_BRIDGED_GAP_S
) -> np.ndarray:
    """Linear interpolation at ``at_s`` (K,) of ``values`` (T,) given at ``times_s``; longer gaps stay NaN.

    NaN values count as missing frames.
    """
    usable = np.isfinite(values)
    if usable.sum() < 2:
        return np.full(len(at_s), np.nan)
    known_times, known = times_s[usable], values[usable]
    result = np.interp(at_s, known_times, known, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(known_times, at_s), 1, len(known_times) - 1)
    gap = known_times[after] - known_times[after - 1]
    on_frame = np.isclose(at_s, known_times[after - 1]) | np.isclose(at_s, known_times[after])
    return np.where((gap > longest_gap_s) & ~on_frame, np.nan, result)


def finite_runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Runs of True as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def smooth(values: np.ndarray, window_s: float, rate_hz: float = RATE_HZ) -> np.ndarray:
    """Savitzky-Golay filter of order 3 within every run of finite values; runs shorter than the window stay as they are.

    Args:
        values: (K,) or (K, M) at a uniform rate; columns are smoothed each by itself.
        window_s: length of the window; made odd and longer than the order.
    """
    window = max(round(window_s * rate_hz) | 1, _POLYNOMIAL_ORDER + 2)
    result = np.array(values, dtype=float)
    columns = result.reshape(len(result), -1)
    # Columns with the same gaps go through the filter together: fitting the ends of a run costs more than filtering it.
    alike_by_mask: dict[bytes, list[int]] = {}
    for index, mask in enumerate(np.isfinite(columns).T):
        alike_by_mask.setdefault(mask.tobytes(), []).append(index)
    for alike in alike_by_mask.values():
        for first, last in finite_runs(np.isfinite(columns[:, alike[0]])):
            if last - first >= window:
                columns[first:last, alike] = savgol_filter(
                    columns[first:last, alike], window, _POLYNOMIAL_ORDER, axis=0
                )
    return result


def held_level(values: np.ndarray, duration_s: float, rate_hz: float = RATE_HZ) -> float | None:
    """The highest level that a curve stays at or above for ``duration_s`` without a break; None when it is never seen that long.

    Args:
        values: (K,) at ``rate_hz``; NaN breaks a stay.
    """
    window = max(1, round(duration_s * rate_hz))
    if len(values) < window:
        return None
    lowest = sliding_window_view(np.nan_to_num(values, nan=-np.inf), window).min(axis=1).max()
    return float(lowest) if np.isfinite(lowest) else None
