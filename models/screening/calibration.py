"""From logits to probabilities one can act on: calibration, its uncertainty, and the operating point. On validation people only.

Calibration is Platt's (1999): probability = sigmoid(slope * logit + intercept), fitted to his smoothed targets, so that validation
people who are told apart without an error still give a finite slope. A temperature is 1 / slope; the intercept moves the balanced
classes of training to those of the validation people. How uncertain it is, is kept as fits to resampled people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SENSITIVITY = 0.95
UNSURE_SENSITIVITY = 0.99
DRAWS = 200
_LEAST_SLOPE = 1e-3
_MOST_LOGIT = 30.0
_MOST_TRIES = 20
_STEPS = 50


@dataclass(frozen=True)
class Platt:
    """Slopes and intercepts: one fit, and ``draws`` (D, 2) of it on resampled people."""

    slope: float
    intercept: float
    draws: np.ndarray

    def probability(self, logits: np.ndarray) -> np.ndarray:
        """Probabilities of logits of any shape; NaN stays NaN."""
        return _sigmoid(self.slope * logits + self.intercept)

    def drawn(self, logits: np.ndarray) -> np.ndarray:
        """(D, n) probabilities of logits (n,) under every draw."""
        return _sigmoid(self.draws[:, :1] * logits[None] + self.draws[:, 1:])


@dataclass(frozen=True)
class OperatingPoint:
    """``threshold``: flagged from here on. ``unsure_from``: unsure from here to the threshold, not flagged below."""

    threshold: float
    unsure_from: float


@dataclass(frozen=True)
class Calibration:
    """Of examinations and of single pictures."""

    exam: Platt
    exam_point: OperatingPoint
    picture: Platt
    picture_point: OperatingPoint


def fit_platt(logits: np.ndarray, labels: np.ndarray, people: np.ndarray, seed: int, draws: int = DRAWS) -> Platt:
    """Fit to logits (n,), labels (n,) bool and the people (n,) whose they are.

    Args:
        logits: those that are NaN are left out.
        labels: both classes.
        people: resampled as a whole, with all that belongs to them.
        seed: of the resampling.
        draws: how many.

    Raises:
        ValueError: one of the classes is missing.
    """
    known = np.isfinite(logits)
    logits, labels, people = logits[known], labels[known].astype(bool), people[known]
    if labels.all() or not labels.any():
        raise ValueError("calibration needs both classes")
    slope, intercept = _fit(logits, labels)
    random = np.random.default_rng([seed, 95])
    rows = [np.flatnonzero(people == name) for name in np.unique(people)]
    drawn = [_fit(*_resampled(logits, labels, rows, random)) for _ in range(draws)]
    return Platt(slope, intercept, np.array(drawn))


def operating_point(probabilities: np.ndarray, labels: np.ndarray) -> OperatingPoint:
    """Where to flag: sensitivity is at least 0.95, and among all such thresholds the one with the most correct answers in the mean
    of both classes; of a range of equally good ones, the middle of it in logits. Unsure from where sensitivity is still 0.99.

    Args:
        probabilities: (n,); NaN is left out.
        labels: (n,) bool, both classes.
    """
    known = np.isfinite(probabilities)
    scores, labels = _logit(probabilities[known]), labels[known].astype(bool)
    yes, no = np.sort(scores[labels]), np.sort(scores[~labels])
    if not len(yes) or not len(no):
        raise ValueError("an operating point needs both classes")
    edges = np.unique(scores)
    # A threshold between two neighbouring scores; below all of them everybody is flagged.
    lows, highs = np.concatenate([[edges[0] - 2.0], edges[:-1]]), edges
    sensitivity = 1.0 - np.searchsorted(yes, highs, side="left") / len(yes)
    specificity = np.searchsorted(no, highs, side="left") / len(no)
    good = np.where(sensitivity >= SENSITIVITY, sensitivity + specificity, -1.0)
    best = good >= good.max() - 1e-12
    first = int(np.argmax(best))
    last = first + int(np.argmin(np.append(best[first:], False))) - 1  # several ranges: the lowest
    threshold = (lows[first] + highs[last]) / 2
    missed = np.searchsorted(yes, highs, side="left") / len(yes) <= 1.0 - UNSURE_SENSITIVITY + 1e-12
    unsure = min(float(highs[missed].max()), threshold)
    # Without an error the two would coincide: half the odds of the threshold are the least band.
    unsure = min(unsure, threshold - np.log(2.0))
    return OperatingPoint(float(_sigmoid(np.array(threshold))), float(_sigmoid(np.array(unsure))))


def _resampled(
    logits: np.ndarray, labels: np.ndarray, rows: list[np.ndarray], random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and labels of as many people drawn with replacement; of both classes, else all people."""
    for _ in range(_MOST_TRIES):
        chosen = np.concatenate([rows[i] for i in random.integers(0, len(rows), len(rows))])
        if labels[chosen].any() and not labels[chosen].all():
            return logits[chosen], labels[chosen]
    return logits, labels


def _fit(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the least cross entropy with Platt's targets, by Newton's method with halved steps."""
    yes, no = int(labels.sum()), int((~labels).sum())
    targets = np.where(labels, (yes + 1) / (yes + 2), 1 / (no + 2))
    scale = max(float(np.std(logits)), 1e-6)
    design = np.column_stack([logits / scale, np.ones(len(logits))])
    at = np.array([0.0, np.log((yes + 1) / (no + 1))])
    loss = _cross_entropy(design @ at, targets)
    for _ in range(_STEPS):
        probability = _sigmoid(design @ at)
        gradient = design.T @ (probability - targets)
        hessian = (design * (probability * (1 - probability))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        while (new := _cross_entropy(design @ (at - step), targets)) > loss + 1e-12 and np.abs(step).max() > 1e-9:
            step = step / 2
        at, change, loss = at - step, loss - new, new
        if change < 1e-10:
            break
    return max(float(at[0] / scale), _LEAST_SLOPE), float(at[1])


def _cross_entropy(scores: np.ndarray, targets: np.ndarray) -> float:
    return float((np.logaddexp(0.0, scores) - targets * scores).sum())


def _sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(scores, -_MOST_LOGIT, _MOST_LOGIT)))


def _logit(probabilities: np.ndarray) -> np.ndarray:
    inside = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return np.log(inside / (1 - inside))
