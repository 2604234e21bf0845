"""Severity as a distribution over bins from 0 to 100: labels to learn, the expectation that is told, the interval around it.

Label distribution learning: the target is a distribution around the known severity, compared by Kullback-Leibler divergence (Gao et
al. 2017, 10.1109/TIP.2017.2689998), together with the error of the expectation (Gao et al., IJCAI 2018, pages 712-718).
"""

from __future__ import annotations

import numpy as np
import torch

BINS = 21
MOST = 100.0
LEVELS = (0.1, 0.9)
"""The ends of the interval: it holds 80 %."""
_STEP = MOST / (BINS - 1)
CENTRES = np.linspace(0.0, MOST, BINS)


def label_distribution(severity: torch.Tensor, spread: float) -> torch.Tensor:
    """(..., K) distribution around severities (...) from 0 to 100.

    Args:
        severity: known; NaN gives NaN.
        spread: SD of the Gaussian around it, in points of severity. With 0 it lies on the two nearest bins, in parts that make
            the expectation exact.
    """
    centres = torch.linspace(0.0, MOST, BINS, dtype=severity.dtype, device=severity.device)
    away = (centres - severity[..., None]).abs()
    if spread <= 0:
        return (1 - away / _STEP).clamp(min=0.0)
    return torch.softmax(-0.5 * (away / spread).square(), dim=-1)


def expectation(probabilities: np.ndarray) -> np.ndarray:
    """(...) mean severity of distributions (..., K)."""
    return probabilities @ CENTRES


def tempered(probabilities: np.ndarray, temperature: np.ndarray | float) -> np.ndarray:
    """(..., K) distributions made wider (temperature above 1) or narrower; a temperature for each, or one for all."""
    logits = np.log(np.clip(probabilities, 1e-12, None)) / np.asarray(temperature, dtype=float)[..., None]
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def quantiles(probabilities: np.ndarray, levels: tuple[float, ...] = LEVELS) -> np.ndarray:
    """(..., L) quantiles of distributions (..., K), linear between the middles of the bins.

    What half of the first bin holds is 0, and what half of the last one holds is 100, so that an interval can reach both.
    """
    middles = probabilities.cumsum(axis=-1) - 0.5 * probabilities
    flat = middles.reshape(-1, middles.shape[-1])
    found = np.stack([np.interp(levels, row, CENTRES) for row in flat])
    return found.reshape(*probabilities.shape[:-1], len(levels))


def interval(probabilities: np.ndarray, severity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends (...) of the 80 % interval of distributions (..., K); widened to hold ``severity`` (...) itself."""
    ends = quantiles(probabilities)
    return np.minimum(ends[..., 0], severity), np.maximum(ends[..., 1], severity)


def coverage(truth: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Part of the truths (n,) that lie in their intervals, ends included."""
    return float(((low - 1e-6 <= truth) & (truth <= high + 1e-6)).mean())


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray, wanted: float = LEVELS[1] - LEVELS[0]) -> float:
    """The smallest temperature at which the intervals hold as much of the truth as they promise.

    Both all cases and those with some weakness must be held as often: the many healthy sides alone would make it too small.

    Args:
        probabilities: (n, K) for validation people.
        truth: (n,) severity.
        wanted: part to hold.
    """
    weak = truth > 0
    for temperature in _TEMPERATURES:
        low, high = interval(tempered(probabilities, temperature), expectation(probabilities))
        groups = [np.ones_like(weak), weak] if weak.any() else [np.ones_like(weak)]
        if all(coverage(truth[g], low[g], high[g]) >= wanted for g in groups):
            return float(temperature)
    return float(_TEMPERATURES[-1])


_TEMPERATURES = np.round(np.geomspace(0.5, 8.0, 57), 3)
