"""The data dictionary, made from the definitions that the writers use; docs/exports.md holds it as Markdown."""

from __future__ import annotations

from typing import Any

from core.exports.columns import ALL_TABLES, TableSpec
from core.exports.measure_names import listed

_CSV_NOTE = (
    "UTF-8, comma, decimal point, ISO 8601. An empty cell is missing. Text that a spreadsheet could take for a formula has an "
    "apostrophe in front of it, and behind a separator inside it; texts that hold an apostrophe there have a second one. Take one "
    "away from such places to get the text as it was; core.exports.tidy.read_tidy does so. Numbers are never changed."
)
_SIDES_NOTE = "Right and left are the patient's own, never those of the picture."


def dictionary() -> dict[str, Any]:
    """Every table with its columns, and every measure, ready for JSON."""
    return {
        "csv": _CSV_NOTE,
        "sides": _SIDES_NOTE,
        "tables": {spec.name: _table(spec) for spec in ALL_TABLES},
        "measures": [{"name": name, "unit": unit, "meaning": words} for name, unit, words in listed()],
    }


def markdown() -> str:
    """The same for people."""
    parts = []
    for spec in ALL_TABLES:
        parts += [f"### {spec.name}", "", f"A row is {spec.words}.", "", *_columns(_rows(spec))]
    parts += [
        "### Measures",
        "",
        "Capitals stand for what varies.",
        "",
        "| measure | unit | meaning |",
        "| --- | --- | --- |",
    ]
    parts += [f"| `{name}` | {unit} | {_cell(words)} |" for name, unit, words in listed()]
    return "\n".join(parts)


def _table(spec: TableSpec) -> dict[str, Any]:
    columns = [
        {"name": name, "holds": kind, "meaning": words} | ({"unit": unit} if unit else {})
        for name, kind, unit, words in _rows(spec)
    ]
    return {"row": spec.words, "columns": columns}


def _rows(spec: TableSpec) -> list[tuple[str, str, str, str]]:
    """Name, kind, unit and meaning of the columns; those that are numbered (x_0, x_1 ...) as one."""
    rows: dict[str, tuple[str, str, str, str]] = {}
    for column in spec.columns:
        stem, _, number = column.name.rpartition("_")
        numbered = stem in ("x", "y", "z") and number.isdigit()
        key, name = (stem, f"{stem}_0 to {column.name}") if numbered else (column.name, column.name)
        rows[key] = (name, column.kind.value, column.unit, column.words)
    return list(rows.values())


def _columns(rows: list[tuple[str, str, str, str]]) -> list[str]:
    lines = ["| column | holds | unit | meaning |", "| --- | --- | --- | --- |"]
    return [*lines, *(f"| `{name}` | {kind} | {unit} | {_cell(words)} |" for name, kind, unit, words in rows), ""]


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
