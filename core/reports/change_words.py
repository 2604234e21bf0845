"""How a change is written: the same words and numbers in the report and on the page Compare, which adds the units."""

from __future__ import annotations

from core.charts.change_style import MINUS, shown, signed
from core.charts.scales import grade_words
from core.grading.change_types import ChangeRow, Verdict

MISSING = "–"
SHORT_VERDICTS = {
    Verdict.IMPROVED: "improved",
    Verdict.WORSE: "worse",
    Verdict.CHANGED: "changed",
    Verdict.WITHIN_ERROR: "within error",
    Verdict.NOT_COMPARABLE: "not comparable",
}
"""Verdicts in tables."""


def value_words(value: float | None, unit: str) -> str:
    """A value without its unit; grades are Roman with their meaning."""
    if value is None:
        return MISSING
    if unit == "grade":
        return grade_words(round(value))
    return shown(value, unit).replace("-", MINUS)


def change_words(change: float | None, unit: str) -> str:
    """A change with its sign, without its unit; 0 has none."""
    return MISSING if change is None else signed(change, unit)


def detectable_words(row: ChangeRow) -> str:
    """The smallest change that counts, without its unit, e.g. "±12"."""
    return MISSING if row.detectable is None else f"±{shown(row.detectable.value, row.unit)}"
