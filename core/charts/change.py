"""The face map of change: the territory of each branch on each side, coloured by how much better or worse it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.change_style import (
    CHANGED,
    FULL_CHANGE,
    NEUTRAL,
    change_colour,
    diverging,
    row_hover,
    sides_alt,
    signed,
)
from core.charts.face_layout import (
    HEIGHT,
    X_LIMIT,
    Place,
    colour_scale,
    face_figure,
    missing_text,
    territory_text,
    territory_trace,
)
from core.charts.style import SMALL_SIZE, VALUE_SIZE, Theme, text_on, theme
from core.grading.change import ChangeRow, Comparison, Kind, Verdict
from core.words import Branch

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NARROW_X_LIMIT = 1.08
_NO_BAND = 10.0


def change_map(
    comparison: Comparison,
    of: Kind = Kind.WEAKNESS,
    *,
    dark: bool = False,
    narrow: bool = False,
    height: int = HEIGHT,
) -> go.Figure:
    """The drawn face with ten territories, arranged as when facing the patient: the patient's right is on the left.

    The change in points is printed in each territory; what is within measurement error is neutral, what cannot be compared is
    hatched grey. The scale below shows the band of measurement error (the smallest of the branches).

    Args:
        comparison: of two visits.
        of: weakness or synkinesis.
        dark: colours for a dark page.
        narrow: for a phone: without the names beside the face, which hovering tells.
        height: pixels; the width follows the page.
    """
    look, rows = theme(dark), comparison.of(of)
    limit = _NARROW_X_LIMIT if narrow else X_LIMIT
    return face_figure(
        [
            *(territory_trace(_place(row), change_colour(row), row_hover(row), look) for row in rows),
            _scale(rows, look, narrow),
        ],
        [] if narrow else [(_place(row), _verdict(row)) for row in rows],
        [_value(row, look) for row in rows],
        _legend(rows),
        look,
        height=height,
        limit=limit,
    )


def change_map_alt(comparison: Comparison, of: Kind = Kind.WEAKNESS) -> str:
    """The map in words, for readers who cannot see it."""
    return f"Face map of the change of {of.label.lower()}, 0 to 100, less is better. {sides_alt(comparison.of(of))}."


def _place(row: ChangeRow) -> Place:
    if row.side is None:
        raise ValueError(f"A row of the face map must have a side, got {row.key}")
    return Branch(row.name), row.side


def _verdict(row: ChangeRow) -> str:
    quiet = row.verdict in (Verdict.WITHIN_ERROR, Verdict.NOT_COMPARABLE)
    return "" if quiet else f"<br><b>{row.verdict.value}</b>"


def _value(row: ChangeRow, look: Theme) -> dict[str, Any]:
    place, colour = territory_text(_place(row)), change_colour(row)
    if colour is None or row.change is None:
        return place | missing_text("n/c", look)
    size = SMALL_SIZE + 1 if row.verdict is Verdict.WITHIN_ERROR else VALUE_SIZE
    text = f"≈ {signed(row.change)}" if row.verdict is Verdict.WITHIN_ERROR else f"<b>{signed(row.change)}</b>"
    return place | {"text": text, "font": {"size": size, "color": text_on(colour)}}


def _scale(rows: list[ChangeRow], look: Theme, narrow: bool) -> dict[str, Any]:
    """The scale: worse on the left, better on the right, the band of error in the middle."""
    known = [row.detectable.value for row in rows if row.detectable is not None]
    limit = min(min(known, default=_NO_BAND), FULL_CHANGE - 1)
    edge = limit / FULL_CHANGE
    steps = [-1.0, -0.5, -edge, -edge, edge, edge, 0.5, 1.0] if edge < 0.5 else [-1.0, -edge, -edge, edge, edge, 1.0]
    inside = (steps.index(edge) - 1, steps.index(edge))
    colours = [NEUTRAL if inside[0] <= i <= inside[1] else diverging(part) for i, part in enumerate(steps)]
    ticks = {
        "tickvals": [-FULL_CHANGE, -limit, 0, limit, FULL_CHANGE],
        "ticktext": [f"{FULL_CHANGE:.0f} worse", f"{limit:.0f}", "0", f"{limit:.0f}", f"{FULL_CHANGE:.0f} better"],
    }
    title = "Change; pale: measurement error" if narrow else "Change in points; pale: within measurement error"
    scale = [[(part + 1) / 2, colour] for part, colour in zip(steps, colours, strict=True)]
    return colour_scale(title, (-FULL_CHANGE, FULL_CHANGE), scale, ticks, look)


def _legend(rows: list[ChangeRow]) -> list[str]:
    """Words for what is no colour of the scale: only what this map shows."""
    words = []
    if any(row.verdict is Verdict.WITHIN_ERROR for row in rows):
        words.append("≈ within measurement error")
    if any(row.verdict is Verdict.NOT_COMPARABLE for row in rows):
        words.append("hatched, n/c: not comparable")
    if any(change_colour(row) == CHANGED for row in rows):
        words.append("blue-grey: changed, not judged")
    return words
