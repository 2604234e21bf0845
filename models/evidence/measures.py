"""Which measures a screen is judged by, in the order of the tables, with their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.statistics.intervals import Interval
from models.evidence import statistics
from models.evidence.statistics import Cases, Measure
from models.evidence.store import Limits
from models.evidence.words import number, percent


@dataclass(frozen=True)
class Judged:
    """One measure.

    Attributes:
        key: short name.
        title: in tables and cards.
        measure: of an operating point.
        as_percent: whether tables show per cent.
    """

    key: str
    title: str
    measure: Callable[[Limits], Measure]
    as_percent: bool

    def of(self, cases: Cases, limits: Limits, seed: int = 0) -> Interval:
        """The measure of cases with its interval."""
        return statistics.estimate(self.measure(limits), cases, seed)

    def words(self, found: Interval) -> str:
        """As tables show it."""
        return percent(found) if self.as_percent else number(found, 3)


MEASURES: tuple[Judged, ...] = (
    Judged("accuracy", "accuracy", lambda at: statistics.accuracy(at.threshold), True),
    Judged("precision", "precision", lambda at: statistics.precision(at.threshold), True),
    Judged("recall", "recall (sensitivity)", lambda at: statistics.sensitivity(at.threshold), True),
    Judged("specificity", "specificity", lambda at: statistics.specificity(at.threshold), True),
    Judged("f1", "F1", lambda at: statistics.f1(at.threshold), True),
    Judged("auc", "AUC", lambda _: statistics.auc, False),
    Judged("brier", "Brier score", lambda _: statistics.brier, False),
    Judged("intercept", "calibration intercept (ideal 0)", lambda _: statistics.calibration_intercept, False),
    Judged("slope", "calibration slope (ideal 1)", lambda _: statistics.calibration_slope, False),
)
