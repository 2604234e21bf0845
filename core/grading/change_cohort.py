"""Paired change over many patients: mean change with its interval, and how many patients improved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as t_distribution

from core.grading.change_types import ChangeRow, Verdict
from core.statistics.intervals import LEVEL, Interval


@dataclass(frozen=True)
class PairedChange:
    """One quantity over patients, each with one comparison.

    Attributes:
        rows: of the patients that could be compared.
        mean: change, after minus before, in the unit of the rows, with a 95 % interval by the t distribution; no interval for fewer
            than two patients or where all changed alike.
        median: None without patients.
        verdicts: how many patients have each verdict, "not comparable" included.
    """

    rows: tuple[ChangeRow, ...]
    mean: Interval
    median: float | None
    verdicts: dict[Verdict, int]


def paired_change(rows: Sequence[ChangeRow]) -> PairedChange:
    """Summary of the same quantity of several patients.

    Without a control group a mean change may be spontaneous recovery, another effort, or regression to the mean.

    Args:
        rows: one for each patient, of one kind and name; the sides may differ (the affected one of each).

    Raises:
        ValueError: the rows are of different quantities.
    """
    quantities = {(row.kind, row.name) for row in rows}
    if len(quantities) > 1:
        raise ValueError(f"rows must be of one quantity, got {sorted((kind.value, name) for kind, name in quantities)}")
    compared = tuple(row for row in rows if row.verdict is not Verdict.NOT_COMPARABLE and row.change is not None)
    counted = Counter(row.verdict for row in rows)
    changes = np.array([row.change for row in compared], dtype=float)
    return PairedChange(
        rows=compared,
        mean=_mean(changes),
        median=float(np.median(changes)) if len(changes) else None,
        verdicts={verdict: counted[verdict] for verdict in Verdict},
    )


def _mean(changes: np.ndarray) -> Interval:
    count = len(changes)
    if count == 0:
        return Interval(None)
    mean, sd = float(changes.mean()), float(changes.std(ddof=1)) if count > 1 else 0.0
    if sd == 0:
        return Interval(mean)
    half = float(t_distribution.ppf(0.5 * (1 + LEVEL), count - 1)) * sd / float(np.sqrt(count))
    return Interval(mean, mean - half, mean + half)
