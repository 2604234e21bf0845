"""How good severities are: error, rank correlation, grades and coverage of the interval, per branch, with intervals over people.

Every measure takes (B, n) weights of the cases and gives (B,) values, so that ``cluster_bootstrap`` can resample people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.grading.branches import weakness_grade
from core.statistics.intervals import Interval, cluster_bootstrap
from core.words import Branch
from models.severity.features import LEARNED_BRANCHES
from models.severity.predictions import PredictionRow, column

ALL = "all branches"
METHODS: dict[str, str] = {
    "severity": "learned",
    "rule_based": "rule-based",
    "kinematics": "learned, measurements alone",
    "appearance": "learned, pictures alone",
}
"""Column of the predictions -> what it is called in tables."""


@dataclass(frozen=True)
class Score:
    """One method on some cases: how many, of how many people, and its measures.

    Attributes:
        method: column of the predictions.
        branch: value of the branch, or ``ALL``.
        cases, people: counts.
        mae: mean absolute error, points of severity.
        bias: mean of told minus true.
        spearman: rank correlation.
        adjacent: part whose grade from 0 to 4 (core.grading.branches) is at most one off.
        same: part with the same grade.
        coverage: part of the truths in the 80 % interval; only of the network that has one.
    """

    method: str
    branch: str
    cases: int
    people: int
    mae: Interval
    bias: Interval
    spearman: Interval
    adjacent: Interval
    same: Interval
    coverage: Interval | None


def affected(rows: Sequence[PredictionRow]) -> list[PredictionRow]:
    """Branches with something to find."""
    return [row for row in rows if row.truth > 0]


def spared(rows: Sequence[PredictionRow]) -> list[PredictionRow]:
    """Sound branches on a side of which another branch is weak: what is weak there must not be seen in them."""
    weak = {(row.exam, row.side) for row in rows if row.truth > 0}
    return [row for row in rows if row.truth <= 0 and (row.exam, row.side) in weak]


def common(rows: Sequence[PredictionRow], methods: Sequence[str]) -> list[PredictionRow]:
    """Cases of which every method says something, so that they are compared on the same ones."""
    return [row for row in rows if all(getattr(row, method) is not None for method in methods)]


def score(rows: Sequence[PredictionRow], method: str, branch: str = ALL, seed: int = 0) -> Score:
    """One method on the rows of one branch of which it says something."""
    some = [row for row in rows if branch in (ALL, row.branch) and getattr(row, method) is not None]
    truth, told = column(some, "truth"), column(some, method)
    people = np.array([row.person for row in some])
    steps = np.abs(_grades(truth) - _grades(told))

    def share(of: np.ndarray) -> Interval:
        return cluster_bootstrap(_mean(of.astype(float)), people, seed)

    held = None
    if method == "severity":
        held = share((column(some, "low") - 1e-6 <= truth) & (truth <= column(some, "high") + 1e-6))
    return Score(
        method,
        branch,
        len(some),
        len(np.unique(people)),
        share(np.abs(told - truth)),
        share(told - truth),
        cluster_bootstrap(lambda weights: spearman(truth, told, weights), people, seed),
        share(steps <= 1),
        share(steps == 0),
        held,
    )


def difference_of_errors(rows: Sequence[PredictionRow], one: str, other: str, seed: int = 0) -> Interval:
    """Mean absolute error of ``other`` minus that of ``one``, of the same cases; above 0 where ``one`` is better."""
    some = common(rows, (one, other))
    truth = column(some, "truth")
    change = np.abs(column(some, other) - truth) - np.abs(column(some, one) - truth)
    return cluster_bootstrap(_mean(change), np.array([row.person for row in some]), seed)


def spearman(truth: np.ndarray, told: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(B,) rank correlation of (n,) values counted with weights (B, n); ties share their mean rank; NaN without any spread."""
    ranks = [_ranks(values, weights) for values in (truth, told)]
    total = weights.sum(axis=1, keepdims=True)
    one, other = (rank - (weights * rank).sum(axis=1, keepdims=True) / total for rank in ranks)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (weights * one * other).sum(axis=1) / np.sqrt(
            (weights * one**2).sum(axis=1) * (weights * other**2).sum(axis=1)
        )
    return np.where(np.isfinite(found), found, np.nan)


def table(rows: Sequence[PredictionRow], methods: Sequence[str] = ("severity", "rule_based"), seed: int = 0) -> str:
    """Every branch and all together by each method, on cases that all of them assess; as Markdown."""
    some = common(rows, methods)
    lines = [
        "| branch | method | sides (people) | MAE (95 %) | bias | Spearman (95 %) | grade at most 1 off | same grade "
        "| in the 80 % interval |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for branch in (*(b.value for b in LEARNED_BRANCHES), ALL):
        for method in methods:
            found = score(some, method, branch, seed)
            if found.cases:
                lines.append(_line(found))
    return "\n".join(lines)


def not_assessable(rows: Sequence[PredictionRow], method: str) -> int:
    """How many cases a method says nothing of."""
    return sum(getattr(row, method) is None for row in rows)


def interval_text(interval: Interval, digits: int = 1, factor: float = 1.0) -> str:
    """A value with its interval, or what there is of them."""
    if interval.value is None:
        return "-"
    value = f"{factor * interval.value:.{digits}f}"
    if interval.low is None or interval.high is None:
        return value
    return f"{value} ({factor * interval.low:.{digits}f} to {factor * interval.high:.{digits}f})"


def _line(found: Score) -> str:
    branch = found.branch if found.branch == ALL else Branch(found.branch).label.lower()
    parts = [
        branch,
        METHODS[found.method],
        f"{found.cases} ({found.people})",
        interval_text(found.mae),
        interval_text(Interval(found.bias.value)),
        interval_text(found.spearman, 2),
        _percent(found.adjacent),
        _percent(found.same),
        "" if found.coverage is None else interval_text(found.coverage, 0, 100) + " %",
    ]
    return f"| {' | '.join(parts)} |"


def _percent(interval: Interval) -> str:
    return "-" if interval.value is None else f"{100 * interval.value:.0f} %"


def _grades(severity: np.ndarray) -> np.ndarray:
    return np.array([weakness_grade(value) for value in severity])


def _mean(values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights: weights @ values / weights.sum(axis=1)


def _ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(B, n) mean rank of every value (n,) among weighted values."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(values[order]) != 0])
    sums = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(sums, axis=1) - 0.5 * sums
    group = np.searchsorted(starts, np.arange(len(values)), side="right") - 1
    ranks = np.empty_like(weights)
    ranks[:, order] = middle[:, group]
    return ranks
