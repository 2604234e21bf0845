"""Statistics over many examinations; plain functions on numbers, None where there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr


def mean(values: Sequence[float]) -> float | None:
    """Mean, None of nothing."""
    return float(np.mean(values)) if len(values) else None


@dataclass(frozen=True)
class Agreement:
    """How well measured values agree with true ones.

    Attributes:
        count: pairs with both values.
        mean_absolute: mean absolute error.
        bias: mean of measured minus true.
        gain: slope of measured against true through the origin; None when every true value is about 0.
        spearman: rank correlation; None when either side is constant or there are fewer than 4 pairs.
        worst: greatest absolute error.
    """

    count: int
    mean_absolute: float | None
    bias: float | None
    gain: float | None
    spearman: float | None
    worst: float | None


def agreement(pairs: Sequence[tuple[float | None, float | None]]) -> Agreement:
    """Agreement of (true, measured) pairs; pairs with a missing value are left out."""
    known = np.array([(true, found) for true, found in pairs if true is not None and found is not None], dtype=float)
    if not len(known):
        return Agreement(0, None, None, None, None, None)
    true, found = known.T
    error = found - true
    power = float(true @ true)
    return Agreement(
        count=len(known),
        mean_absolute=float(np.abs(error).mean()),
        bias=float(error.mean()),
        gain=float(true @ found) / power if power > 1e-6 * len(known) else None,
        spearman=_spearman(true, found),
        worst=float(np.abs(error).max()),
    )


def _spearman(true: np.ndarray, found: np.ndarray) -> float | None:
    if len(true) < 4 or np.ptp(true) == 0 or np.ptp(found) == 0:
        return None
    return float(spearmanr(true, found).statistic)
