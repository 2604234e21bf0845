"""Intervals of 95 %: Wilson's for a proportion, and the percentiles of a bootstrap that draws people, not cases.

Several examinations or pictures of one person are no independent evidence, so the bootstrap draws whole people with replacement
(cluster bootstrap, 2,000 resamples; reliability section 5). Wilson 1927, 10.1080/01621459.1927.10502953.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95
_Z = 1.959963984540054  # of the normal distribution, 95 %
_AT_ONCE = 250  # resamples computed together, for memory
_FEWEST_DEFINED = 0.9  # of the resamples, below which there is no interval


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its interval.

    Attributes:
        value: None where it is not defined, e.g. the precision of a test that flagged nobody.
        low, high: None where there is no interval; infinite where it has no end.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def known(self) -> bool:
        """Whether there are both a value and an interval."""
        return self.value is not None and self.low is not None and self.high is not None

    def contains(self, value: float) -> bool:
        """Whether a value lies in the interval, its ends included; False where there is none."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def wilson(successes: float, count: float) -> Interval:
    """Proportion of ``successes`` in ``count`` independent trials with Wilson's interval; nothing is known of no trials.

    >>> found = wilson(31, 32)
    >>> [round(100 * part, 1) for part in (found.value, found.low, found.high)]
    [96.9, 84.3, 99.4]
    """
    if count <= 0:
        return Interval(None)
    if not 0 <= successes <= count:
        raise ValueError(f"{successes} successes in {count} trials")
    share, square = successes / count, _Z**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z / (1 + square / count) * float(np.sqrt(share * (1 - share) / count + square / (4 * count**2)))
    return Interval(share, max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share)))


def resamples(count: int, seed: int, number: int = RESAMPLES) -> np.ndarray:
    """(number, count) which of ``count`` things each resample draws, with replacement; the same seed always gives the same."""
    return np.random.default_rng(seed).integers(0, count, (number, count))


def percentile_ends(draws: np.ndarray) -> tuple[float, float]:
    """Ends of the 95 % percentile interval of draws (K,)."""
    # Infinite draws must not be interpolated with finite ones, which would give NaN.
    ends = np.percentile(draws, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], method="linear" if _finite(draws) else "nearest")
    return float(ends[0]), float(ends[1])


def cluster_weights(clusters: np.ndarray, seed: int, number: int = RESAMPLES) -> np.ndarray:
    """(number, n) how often every case counts in each resample: as often as its cluster was drawn.

    Args:
        clusters: (n,) name of the cluster (person) of every case.
        seed: of the draws.
        number: of resamples.
    """
    names, of_case = np.unique(clusters, return_inverse=True)
    picks = resamples(len(names), seed, number)
    offset = len(names) * np.arange(number)[:, None]
    counts = np.bincount((picks + offset).ravel(), minlength=number * len(names)).reshape(number, len(names))
    return counts[:, of_case].astype(np.float64)


def cluster_bootstrap(statistic: Callable[[np.ndarray], np.ndarray], clusters: np.ndarray, seed: int = 0) -> Interval:
    """The value of a statistic with its interval over resampled clusters.

    There is no interval over a single cluster, when the statistic is undefined in more than a tenth of the resamples (for
    instance because they have one class only; fewer of them are left out), or when all of them give the same value, as they do
    where nothing failed: that is no certainty.

    Args:
        statistic: (B, n) weights of the cases -> (B,) values, NaN where undefined.
        clusters: (n,) name of the cluster (person) of every case.
        seed: of the resamples.
    """
    if not len(clusters):
        return Interval(None)
    value = float(statistic(np.ones((1, len(clusters))))[0])
    if np.isnan(value):
        return Interval(None)
    if len(np.unique(clusters)) < 2:
        return Interval(value)
    weights = cluster_weights(clusters, seed)
    draws = np.concatenate([statistic(weights[at : at + _AT_ONCE]) for at in range(0, len(weights), _AT_ONCE)])
    defined = draws[~np.isnan(draws)]
    if len(defined) < _FEWEST_DEFINED * len(draws) or (defined == defined[0]).all():
        return Interval(value)
    return Interval(value, *percentile_ends(defined))


def _finite(draws: np.ndarray) -> bool:
    return bool(np.isfinite(draws).all())
