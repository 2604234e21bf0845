"""What a comparison says at first sight: one line, and which branch scores have which verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from core.charts.wording import unit_words
from core.grading.change import ChangeRow, Comparison, Kind, Verdict
from core.reports import change_words as report_words
from pages.components.text import counted

BRANCH_KINDS = (Kind.WEAKNESS, Kind.SYNKINESIS)
SHORT_VERDICTS = {verdict: words.capitalize() for verdict, words in report_words.SHORT_VERDICTS.items()}


def branch_rows(comparison: Comparison, verdict: Verdict | None = None) -> list[ChangeRow]:
    """Weakness and synkinesis of every branch and side; of one verdict where asked."""
    rows = [row for kind in BRANCH_KINDS for row in comparison.of(kind)]
    return [row for row in rows if verdict in (None, row.verdict)]


def head_line(comparison: Comparison) -> str:
    """The verdict in words."""
    better, worse = (len(branch_rows(comparison, v)) for v in (Verdict.IMPROVED, Verdict.WORSE))
    if all(row.verdict is Verdict.NOT_COMPARABLE for row in branch_rows(comparison)):
        return "Not comparable"
    if not better and not worse:
        return "No branch changed by more than measurement error"
    if better and worse:
        return f"Mixed: {counted(better, 'branch score')} better, {worse} worse"
    return f"Better: {_all(better)} improved, none is worse" if better else f"Worse: {_all(worse)} worse, none improved"


def _all(number: int) -> str:
    return counted(number, "branch score")


def branch_names(rows: Sequence[ChangeRow]) -> list[str]:
    """Which branches, a line for each quantity and side: "Weakness, patient's right: temporal, buccal"."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        side = f", {row.side.label}" if row.side is not None else ""
        groups[f"{row.kind.label}{side}"].append(row.label.lower())
    return [f"{group}: {', '.join(names)}" for group, names in groups.items()]


def value_words(row: ChangeRow, value: float | None) -> str:
    """A value of a row with its unit; grades are Roman with their meaning."""
    return _with_unit(report_words.value_words(value, row.unit), row.unit)


def change_words(row: ChangeRow) -> str:
    """The change with sign and unit."""
    return _with_unit(report_words.change_words(row.change, row.unit), row.unit)


def detectable_words(row: ChangeRow) -> str:
    """The smallest change that is more than measurement error, with its unit."""
    return _with_unit(report_words.detectable_words(row), row.unit)


def _with_unit(text: str, unit: str) -> str:
    name = {"points": "", "grade": "", "deg": "°"}.get(unit, unit_words(unit))
    return text if text == report_words.MISSING else f"{text}{'' if name in ('', '°') else ' '}{name}"


def csv_number(value: float | None) -> str:
    """A number for a CSV file; empty where it is missing."""
    return "" if value is None else f"{value:.4f}"
