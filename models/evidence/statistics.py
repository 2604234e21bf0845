"""Measures of a screen with two classes, each with a 95 % interval over resampled people.

A measure takes cases and (B, n) weights of them and gives (B,) values, NaN where it is not defined; ``estimate`` makes an
interval of it. A proportion whose errors (or successes) come from fewer than five people has Wilson's interval for as many
trials as there are people, because resampling cannot show what it has hardly seen; it is rather too wide. Formulas of
calibration: Van Calster et al. 2019, 10.1186/s12916-019-1466-7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from core.statistics.intervals import Interval, cluster_bootstrap, wilson
from core.statistics.logistic import fit_logistic

PREVALENCES = (0.01, 0.10, 0.50)
BINS = 10
FEWEST_IN_BIN = 10
FEWEST_PEOPLE_ON_EITHER_SIDE = 5
_CLOSEST_TO_CERTAIN = 1e-6


@dataclass(frozen=True)
class Cases:
    """Cases (examinations or pictures) with what the screen said of them.

    Attributes:
        labels: (n,) bool: synkinesis.
        probabilities: (n,) 0 to 1.
        people: (n,) names.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    people: np.ndarray

    def __post_init__(self) -> None:
        if not len(self.labels) == len(self.probabilities) == len(self.people):
            raise ValueError("labels, probabilities and people must be of the same cases")
        if self.labels.dtype != bool:
            raise ValueError("labels must be bool")
        if len(self.probabilities) and not (self.probabilities.min() >= 0 and self.probabilities.max() <= 1):
            raise ValueError("probabilities must lie between 0 and 1")

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, chosen: np.ndarray) -> Cases:
        """Some of the cases: (n,) bool or indices."""
        return Cases(self.labels[chosen], self.probabilities[chosen], self.people[chosen])

    @property
    def person_count(self) -> int:
        """How many people."""
        return len(np.unique(self.people))


Measure = Callable[[Cases, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Share:
    """A measure that is a proportion: of the cases ``among`` which it is asked, those that are ``right``; (n,) bool each."""

    right: Callable[[Cases], np.ndarray]
    among: Callable[[Cases], np.ndarray]

    def __call__(self, cases: Cases, weights: np.ndarray) -> np.ndarray:
        among = self.among(cases)
        with np.errstate(invalid="ignore"):
            return (weights @ (among & self.right(cases))) / (weights @ among)


def estimate(measure: Measure, cases: Cases, seed: int = 0) -> Interval:
    """The measure with its interval over resampled people; for a proportion with rare errors Wilson's (see the module)."""
    if isinstance(measure, Share):
        among, right = measure.among(cases), measure.right(cases)
        asked = len(np.unique(cases.people[among]))
        rarer = min(len(np.unique(cases.people[among & right])), len(np.unique(cases.people[among & ~right])))
        if rarer < FEWEST_PEOPLE_ON_EITHER_SIDE:
            return wilson(asked * float((among & right).sum()) / max(int(among.sum()), 1), asked)
    return cluster_bootstrap(lambda weights: measure(cases, weights), cases.people, seed)


def proportion(successes: np.ndarray, people: np.ndarray, seed: int = 0) -> Interval:
    """Share of successes (n,) bool among cases of ``people`` (n,) names."""
    successes = np.asarray(successes, bool)
    return estimate(Share(_labels, _everybody), Cases(successes, np.zeros(len(successes)), people), seed)


def difference(measure: Measure, one: Cases, other: Cases, seed: int = 0) -> Interval:
    """The measure of ``other`` minus that of ``one`` with its interval: the same cases, seen in another way."""
    if not (np.array_equal(one.labels, other.labels) and np.array_equal(one.people, other.people)):
        raise ValueError("a paired difference needs the same cases in the same order")
    return cluster_bootstrap(lambda weights: measure(other, weights) - measure(one, weights), one.people, seed)


def auc(cases: Cases, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve: how often a case with synkinesis gets the higher probability; ties count half."""
    order = np.argsort(cases.probabilities, kind="stable")
    ordered = cases.probabilities[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sums = np.add.reduceat(np.where(cases.labels[order], weights[:, order], 0.0), starts, axis=1)
    others = np.add.reduceat(np.where(cases.labels[order], 0.0, weights[:, order]), starts, axis=1)
    below = np.cumsum(others, axis=1) - others
    with np.errstate(invalid="ignore"):
        return (sums * (below + 0.5 * others)).sum(axis=1) / (sums.sum(axis=1) * others.sum(axis=1))


def sensitivity(threshold: float) -> Share:
    """Recall: share of the cases with synkinesis at or above the threshold."""
    return Share(lambda c: c.probabilities >= threshold, _labels)


def specificity(threshold: float) -> Share:
    """Share of the cases without synkinesis below the threshold."""
    return Share(lambda c: c.probabilities < threshold, lambda c: ~c.labels)


def precision(threshold: float) -> Share:
    """Share of the cases at or above the threshold that have synkinesis; not defined when none is."""
    return Share(_labels, lambda c: c.probabilities >= threshold)


def accuracy(threshold: float) -> Share:
    """Share of the cases on the right side of the threshold."""
    return Share(lambda c: (c.probabilities >= threshold) == c.labels, _everybody)


def f1(threshold: float) -> Measure:
    """2 TP / (2 TP + FP + FN); not defined without any positive."""

    def measure(cases: Cases, weights: np.ndarray) -> np.ndarray:
        flagged = cases.probabilities >= threshold
        right = weights @ (flagged & cases.labels)
        with np.errstate(invalid="ignore"):
            return 2 * right / (2 * right + weights @ (flagged != cases.labels))

    return measure


def predictive_values(found: Interval, cleared: Interval, prevalence: float) -> tuple[Interval, Interval]:
    """PPV and NPV where ``prevalence`` of the people examined have synkinesis, by Bayes.

    Their intervals come from both ends of those of sensitivity and specificity together, so they are rather too wide.

    Args:
        found: sensitivity.
        cleared: specificity.
        prevalence: 0 to 1.
    """
    ends = [(found.value, cleared.value), (found.low, cleared.low), (found.high, cleared.high)]
    ppv, npv = [], []
    for sensitive, specific in ends:
        if sensitive is None or specific is None:
            return Interval(None), Interval(None)
        ppv.append(_by_bayes(sensitive * prevalence, (1 - specific) * (1 - prevalence)))
        npv.append(_by_bayes(specific * (1 - prevalence), (1 - sensitive) * prevalence))
    return Interval(*ppv), Interval(*npv)


def _by_bayes(right: float, wrong: float) -> float | None:
    return right / (right + wrong) if right + wrong > 0 else None


def brier(cases: Cases, weights: np.ndarray) -> np.ndarray:
    """Mean squared distance of probability and truth: 0 at best; 0.25 for always saying one half."""
    return weights @ (cases.probabilities - cases.labels) ** 2 / weights.sum(axis=1)


def calibration_intercept(cases: Cases, weights: np.ndarray) -> np.ndarray:
    """Calibration in the large: what must be added to the logits so that they are right on average; 0 at best."""
    return fit_logistic(np.zeros((len(cases), 0)), cases.labels, weights, offset=_logits(cases))[:, 0]


def calibration_slope(cases: Cases, weights: np.ndarray) -> np.ndarray:
    """Slope of the truth on the logits; 1 at best, below 1 when too sure, infinite when the logits part the classes."""
    slope = fit_logistic(_logits(cases)[:, None], cases.labels, weights)[:, 1]
    return np.where(auc(cases, weights) == 1.0, np.inf, slope)


def bin_of(cases: Cases, bins: int = BINS) -> np.ndarray:
    """(n,) number of the bin of each case by its probability: equally many in each, at least ``FEWEST_IN_BIN``."""
    count = max(1, min(bins, len(cases) // FEWEST_IN_BIN))
    ranks = np.argsort(np.argsort(cases.probabilities, kind="stable"), kind="stable")
    return ranks * count // max(len(cases), 1)


def calibration_error(cases: Cases, weights: np.ndarray) -> np.ndarray:
    """Expected calibration error: mean over the bins of all cases of |mean probability - share with synkinesis|.

    It is too large on small data: even perfect probabilities do not reach 0 (see ``chance_calibration_error``).
    """
    bins = bin_of(cases)
    member = bins[:, None] == np.arange(bins.max(initial=0) + 1)
    gap = weights @ (member * (cases.probabilities - cases.labels)[:, None])
    return np.abs(gap).sum(axis=1) / weights.sum(axis=1)


def chance_calibration_error(cases: Cases, seed: int = 0, draws: int = 2000) -> float:
    """The error that perfectly calibrated probabilities would show on average on as many cases."""
    random = np.random.default_rng(seed)
    bins = bin_of(cases)
    member = (bins[:, None] == np.arange(bins.max(initial=0) + 1)).astype(float)
    truths = random.random((draws, len(cases))) < cases.probabilities
    return float((np.abs((cases.probabilities - truths) @ member).sum(axis=1) / len(cases)).mean())


@dataclass(frozen=True)
class ReliabilityBin:
    """One bin of equal mass: how many cases, their mean probability, and the share of them with synkinesis (Wilson)."""

    count: int
    mean_probability: float
    share: Interval


def reliability_bins(cases: Cases) -> list[ReliabilityBin]:
    """Bins of equal mass, lowest probabilities first."""
    bins = bin_of(cases)
    members = [cases.of(bins == number) for number in range(bins.max(initial=-1) + 1)]
    return [
        ReliabilityBin(len(some), float(some.probabilities.mean()), wilson(int(some.labels.sum()), len(some)))
        for some in members
    ]


@dataclass(frozen=True)
class Coverage:
    """Accuracy when the screen answers only where it is surest: the share answered and how many of those were right."""

    share: float
    accuracy: Interval


def coverage_curve(cases: Cases, threshold: float, shares: tuple[float, ...], seed: int = 0) -> list[Coverage]:
    """Accuracy at each share of the cases, those farthest from the threshold (in logits) first."""
    certainty = np.abs(_logits(cases) - float(logit(np.clip(threshold, _CLOSEST_TO_CERTAIN, 1 - _CLOSEST_TO_CERTAIN))))
    order = np.argsort(-certainty, kind="stable")
    rows = []
    for share in shares:
        answered = cases.of(order[: max(1, round(share * len(cases)))])
        rows.append(Coverage(len(answered) / len(cases), estimate(accuracy(threshold), answered, seed)))
    return rows


def _logits(cases: Cases) -> np.ndarray:
    return np.asarray(logit(np.clip(cases.probabilities, _CLOSEST_TO_CERTAIN, 1 - _CLOSEST_TO_CERTAIN)))


def _labels(cases: Cases) -> np.ndarray:
    return cases.labels


def _everybody(cases: Cases) -> np.ndarray:
    return np.ones(len(cases), bool)
