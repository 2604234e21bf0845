"""Colours and words that all charts of change share.

Change is drawn on a diverging scale, teal for better and brown for worse, which stay apart under every common colour-vision
deficiency and are no colour of a side or a score. What is within measurement error is neutral, what cannot be compared is hatched
grey.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.charts.style import TEXT_SIZE, Theme, faded, mix
from core.charts.wording import number, unit_words, wrapped
from core.grading.change import ChangeRow, Verdict
from core.grading.change_verdict import gain
from core.words import SIDES

NEUTRAL = "#EDEBE6"
BETTER = ("#B9DED8", "#5BA89F", "#01665E")
WORSE = ("#EBD3AE", "#BF812D", "#7A4304")
CHANGED = "#B9BDD6"
FULL_CHANGE = 60.0
NOT_COMPARABLE = "not comparable"
MINUS = "−"

_ON_DARK = {Verdict.IMPROVED: "#66C2B5", Verdict.WORSE: "#D9A441", Verdict.CHANGED: "#A8AED6"}
_ON_LIGHT = {Verdict.IMPROVED: "#01665E", Verdict.WORSE: "#8C510A", Verdict.CHANGED: "#4A5085"}
SYMBOLS = {
    Verdict.IMPROVED: "circle",
    Verdict.WORSE: "circle",
    Verdict.CHANGED: "circle",
    Verdict.WITHIN_ERROR: "circle-open",
    Verdict.NOT_COMPARABLE: "x-thin-open",
}


def gained(row: ChangeRow) -> float | None:
    """How much better, in the unit of the row; None where there is no change or neither way is better."""
    if row.before is None or row.after is None:
        return None
    return gain(row.before, row.after, row.better, row.reference)


def change_colour(row: ChangeRow, full: float = FULL_CHANGE) -> str | None:
    """``"#RRGGBB"`` of a change, neutral within measurement error; None where it is hatched (not comparable).

    Args:
        row: the change.
        full: change in the unit of the row that has the darkest colour.
    """
    if row.verdict is Verdict.NOT_COMPARABLE:
        return None
    if row.verdict is Verdict.WITHIN_ERROR:
        return NEUTRAL
    if row.verdict is Verdict.CHANGED:
        return CHANGED
    return diverging((gained(row) or 0.0) / full)


def diverging(part: float) -> str:
    """Colour from -1 (much worse) to 1 (much better), clipped; even the smallest one is told from neutral."""
    stops = BETTER if part > 0 else WORSE
    position = min(abs(part), 1.0) * (len(stops) - 1)
    low = min(int(position), len(stops) - 2)
    return mix(stops[low], stops[low + 1], position - low)


def verdict_colour(verdict: Verdict, look: Theme) -> str:
    """Colour of lines and dots of a verdict on a page."""
    return (_ON_DARK if look.dark else _ON_LIGHT).get(verdict, look.muted)


def signed(value: float, unit: str = "points") -> str:
    """A change with its sign.

    >>> signed(-23.4), signed(0.26, "mm"), signed(0.2)
    ('−23', '+0.26', '0')
    """
    text = f"{abs(value):.0f}" if unit in ("points", "grade") else number(abs(value))
    return "0" if not text.strip("0.") else f"{MINUS if value < 0 else '+'}{text}"


def shown(value: float | None, unit: str) -> str:
    """A value as charts of change write it, without its unit."""
    if value is None:
        return "–"
    return f"{value:.0f}" if unit in ("points", "grade") else number(value)


def row_words(row: ChangeRow) -> str:
    """A row in a few words, e.g. "temporal 60 to 32, improved"."""
    if row.verdict is Verdict.NOT_COMPARABLE:
        return f"{row.label.lower()} {NOT_COMPARABLE}"
    return f"{row.label.lower()} {shown(row.before, row.unit)} to {shown(row.after, row.unit)}, {row.verdict.label}"


def row_hover(row: ChangeRow) -> str:
    """What a change says when one points at it."""
    side = f", {row.side.label}" if row.side is not None else ""
    unit = "of 100" if row.unit == "points" and row.name != "sunnybrook_composite" else unit_words(row.unit)
    lines = [f"<b>{row.kind.label}: {row.label}</b>{side}"]
    lines.append(f"{shown(row.before, row.unit)} before, {shown(row.after, row.unit)} after {unit}".strip())
    lines.append(f"<b>{row.verdict.label}</b>")
    return "<br>".join([*lines, wrapped(row.reason)])


def sides_alt(rows: Iterable[ChangeRow]) -> str:
    """Rows in words, side by side, the patient's right first."""
    rows = list(rows)
    told = [f"{side.label}: {'; '.join(row_words(r) for r in rows if r.side is side) or 'nothing'}" for side in SIDES]
    return ". ".join(told)


def note(text: str, look: Theme, *, x: float = 0.5, y: float = 0.5) -> dict[str, Any]:
    """Words in the middle of a figure that has nothing to draw."""
    place = {"xref": "paper", "yref": "paper", "x": x, "y": y, "showarrow": False}
    return place | {"text": text, "font": {"size": TEXT_SIZE, "color": look.muted}}


def band(look: Theme) -> str:
    """Fill of the band of measurement error."""
    return faded(look.muted, 0.22)
