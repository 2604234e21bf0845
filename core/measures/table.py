"""The tidy table of an examination (measures.csv of the command contract)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from core.result import ExamResult, Pair

_MEASURES_HEADER = ("expression", "side", "measure", "value", "unit")
# The first that fits counts: the area under a curve is millimetres times seconds, every other _mm_s a speed.
_UNIT_SUFFIXES = (
    ("area_mm_s", "mm s"),
    ("_mm_s", "mm/s"),
    ("_mm2", "mm2"),
    ("_mm", "mm"),
    ("_s", "s"),
    ("_deg", "deg"),
    ("_pct", "%"),
)
_NOT_MEASURES = {"assessable", "reason", "measure", "repetitions", "key_frame_s", "measures", "correlation_reason"}


def write_measures_csv(path: Path, result: ExamResult) -> None:
    """Write the tidy table: one row for each expression, side and measure; missing values are left out."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_MEASURES_HEADER)
        for expression, side, measure, value, unit in measure_rows(result):
            writer.writerow((expression, side, measure, f"{value:.6g}", unit))


def measure_rows(result: ExamResult) -> Iterator[tuple[str, str, str, float, str]]:
    """Rows (expression, side, measure, value, unit) of the tidy table; side is "both" for comparisons of the sides."""
    for name, resting in result.resting.items():
        for side, value in (("right", resting.right), ("left", resting.left), ("both", resting.difference)):
            if value is not None:
                yield "rest", side, name if side != "both" else f"{name}_difference", value, resting.unit
    for expression, entry in result.expressions.items():
        fields = {name: getattr(entry, name) for name in type(entry).model_fields if name not in _NOT_MEASURES}
        for name, value in (fields | entry.measures).items():
            pairs = (("right", value.right), ("left", value.left)) if isinstance(value, Pair) else (("both", value),)
            for side, number in pairs:
                if number is not None:
                    yield expression.value, side, name, float(number), _unit(name)


def _unit(name: str) -> str:
    return next((unit for suffix, unit in _UNIT_SUFFIXES if name.endswith(suffix)), "1")
