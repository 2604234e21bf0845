"""Agreement of two ways of judging the same patients: intraclass correlation, weighted kappa, Bland-Altman limits.

For a clinician's values against automatic ones, and for raters among each other. Patients must be independent of each other: of
several visits of one patient choose one, or the intervals are too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from core.checks import check_shape
from core.statistics.intervals import LEVEL, Interval, percentile_ends, resamples

LIMITS_SD = 1.96
_UPPER = 0.5 * (1 + LEVEL)
_FEWEST_DEFINED = 0.9


@dataclass(frozen=True)
class BlandAltman:
    """Differences of two methods, first minus second, in their unit (Bland and Altman 1986, 10.1016/S0140-6736(86)90837-8).

    Attributes:
        count: patients with both values.
        bias: mean difference.
        lower, upper: limits of agreement, bias -+ 1.96 SD: where 95 % of differences lie if they are normally distributed.
            All three have 95 % intervals by the t distribution; those of the limits are their approximation, with the standard
            error SD sqrt(1/n + 1.96^2 / (2 (n - 1))). Without a spread to estimate (fewer than two patients) there is only a bias.
        sd: standard deviation of the differences; None for fewer than two.
    """

    count: int
    bias: Interval
    lower: Interval
    upper: Interval
    sd: float | None


def icc_agreement(ratings: np.ndarray) -> Interval:
    """ICC(2,1): two-way random effects, absolute agreement, single measure, with its 95 % interval.

    Raters count as a sample of all raters, and a rater who is always higher lowers it. Value: Shrout and Fleiss 1979,
    10.1037/0033-2909.86.2.420; interval with Satterthwaite's degrees of freedom: McGraw and Wong 1996, 10.1037/1082-989X.1.1.30.

    Args:
        ratings: (patients, raters); rows with a missing value (NaN) are left out.

    Returns:
        No value for fewer than two patients or where nothing varies; below 0 is possible. No interval where raters and patients
        leave no residual error.

    Raises:
        ValueError: ``ratings`` is not two-dimensional or has fewer than two columns.
    """
    table = _complete(ratings)
    n, k = table.shape
    if n < 2:
        return Interval(None)
    between, raters, error = _mean_squares(table)
    whole = between + (k - 1) * error + k * (raters - error) / n
    if whole <= 0:
        return Interval(None)
    value = (between - error) / whole
    if error <= 0:
        return Interval(value)
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    freedom = (a * raters + b * error) ** 2 / ((a * raters) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)))
    low_f = float(f_distribution.ppf(_UPPER, n - 1, freedom))
    high_f = float(f_distribution.ppf(_UPPER, freedom, n - 1))
    rest = k * raters + (k * n - k - n) * error
    low = n * (between - low_f * error) / (low_f * rest + n * between)
    high = n * (high_f * between - error) / (rest + n * high_f * between)
    return Interval(value, float(low), float(high))


def icc_consistency(ratings: np.ndarray) -> Interval:
    """ICC(3,1): two-way mixed effects, consistency, single measure, with its exact 95 % interval (Shrout and Fleiss 1979).

    A rater who is always higher by the same amount does not lower it. Arguments, return and errors as ``icc_agreement``.
    """
    table = _complete(ratings)
    n, k = table.shape
    if n < 2:
        return Interval(None)
    between, _, error = _mean_squares(table)
    whole = between + (k - 1) * error
    if whole <= 0:
        return Interval(None)
    value = (between - error) / whole
    if error <= 0:
        return Interval(value)
    ratio, freedom = between / error, (n - 1) * (k - 1)
    low_f = ratio / float(f_distribution.ppf(_UPPER, n - 1, freedom))
    high_f = ratio * float(f_distribution.ppf(_UPPER, freedom, n - 1))
    return Interval(value, (low_f - 1) / (low_f + k - 1), (high_f - 1) / (high_f + k - 1))


def weighted_kappa(first: Sequence[int], second: Sequence[int], *, seed: int = 0) -> Interval:
    """Cohen's kappa of two series of grades with quadratic weights, with a 95 % bootstrap interval over the patients.

    Cohen 1968, 10.1037/h0026256; 2,000 resamples.

    Args:
        first, second: grades of the same patients, whole numbers in order of severity.
        seed: of the resamples.

    Returns:
        No value where both always give the same one grade (kappa is 0/0 there). No interval for a single patient, where more than
        a tenth of the resamples have no kappa, or where all resamples give the same one.

    Raises:
        ValueError: the lengths differ.
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != two.shape or one.ndim != 1:
        raise ValueError(f"first and second must have the same length, got {one.shape} and {two.shape}")
    if not one.size:
        return Interval(None)
    value = float(_kappa(one[None], two[None])[0])
    if np.isnan(value):
        return Interval(None)
    if one.size < 2:
        return Interval(value)
    picks = resamples(one.size, seed)
    draws = _kappa(one[picks], two[picks])
    defined = draws[~np.isnan(draws)]
    if len(defined) < _FEWEST_DEFINED * len(draws) or np.ptp(defined) == 0:
        return Interval(value)
    return Interval(value, *percentile_ends(defined))


def bland_altman(first: Sequence[float], second: Sequence[float]) -> BlandAltman:
    """Bias and limits of agreement of two methods, first minus second; pairs with a missing value (NaN) are left out.

    Raises:
        ValueError: the lengths differ.
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != two.shape or one.ndim != 1:
        raise ValueError(f"first and second must have the same length, got {one.shape} and {two.shape}")
    difference = one - two
    difference = difference[np.isfinite(difference)]
    count = len(difference)
    if count < 2:
        bias = float(difference[0]) if count else None
        return BlandAltman(count, Interval(bias), Interval(None), Interval(None), None)
    bias, sd = float(np.mean(difference)), float(np.std(difference, ddof=1))
    t = float(t_distribution.ppf(_UPPER, count - 1))
    about_bias = t * sd / np.sqrt(count)
    about_limit = t * sd * np.sqrt(1 / count + LIMITS_SD**2 / (2 * (count - 1)))
    return BlandAltman(
        count,
        _give_or_take(bias, about_bias),
        _give_or_take(bias - LIMITS_SD * sd, about_limit),
        _give_or_take(bias + LIMITS_SD * sd, about_limit),
        sd,
    )


def _give_or_take(value: float, half: float) -> Interval:
    return Interval(value, float(value - half), float(value + half))


def _complete(ratings: np.ndarray) -> np.ndarray:
    table = np.asarray(ratings, dtype=float)
    check_shape("ratings", table, (None, None))
    if table.shape[1] < 2:
        raise ValueError(f"ratings must have at least 2 columns, got {table.shape[1]}")
    return table[np.isfinite(table).all(axis=1)]


def _mean_squares(table: np.ndarray) -> tuple[float, float, float]:
    """Between patients, between raters, and residual, of a two-way analysis of variance without replication."""
    n, k = table.shape
    mean = table.mean()
    between = k * np.sum((table.mean(axis=1) - mean) ** 2)
    raters = n * np.sum((table.mean(axis=0) - mean) ** 2)
    total = np.sum((table - mean) ** 2)
    error = max(float(total - between - raters), 0.0)
    # What is left of numbers that cancel is rounding, not error.
    error = 0.0 if error <= 1e-12 * float(total) else error
    return float(between / (n - 1)), float(raters / (k - 1)), error / ((n - 1) * (k - 1))


def _kappa(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(B,) quadratic kappa of (B, n) grades: 1 - observed / expected mean square of the difference; NaN for 0/0."""
    observed = np.mean((first - second) ** 2, axis=1)
    expected = first.var(axis=1) + second.var(axis=1) + (first.mean(axis=1) - second.mean(axis=1)) ** 2
    return 1 - np.divide(observed, expected, out=np.full(len(first), np.nan), where=expected > 0)
