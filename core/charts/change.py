"""The face map of change: the territory of each branch on each side, coloured by how much better or worse it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.change_style import (
    CHANGED,
    FULL_CHANGE,
    NEUTRAL,
    change_colour,
    diverging,
    hatch,
    row_hover,
    sides_alt,
    signed,
)
from core.charts.face_geometry import Y_RANGE, background_strokes, feature_strokes, territory
from core.charts.face_map import HEIGHT
from core.charts.face_map import _shape as stroke_shape
from core.charts.style import SMALL_SIZE, TEXT_SIZE, VALUE_SIZE, Theme, mix, template, text_on, theme
from core.grading.change import ChangeRow, Comparison, Kind, Verdict
from core.words import SIDES, Branch, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

_X_LIMIT, _NARROW_X_LIMIT = 1.53, 1.08
_NAME_X, _HEADING_Y = 0.88, 1.42
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
    import plotly.graph_objects as go

    look, rows = theme(dark), comparison.of(of)
    limit = _NARROW_X_LIMIT if narrow else _X_LIMIT
    figure = go.Figure([*(_territory(row, look) for row in rows), _scale(rows, look, narrow)])
    axis = {"visible": False, "fixedrange": True}
    figure.update_layout(
        template=template(dark),
        height=height,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        xaxis=axis | {"range": (-limit, limit)},
        yaxis=axis
        | {
            "range": (Y_RANGE[0], _HEADING_Y + 0.1),
            "scaleanchor": "x",
            "constrain": "domain",
            "constraintoward": "top",
        },
        shapes=[
            *(stroke_shape(stroke, look, "below") for stroke in background_strokes()),
            *(stroke_shape(stroke, look, "above") for stroke in feature_strokes()),
            *([] if narrow else [_leader(row, look) for row in rows]),
        ],
        annotations=[
            *(_heading(side, look, limit) for side in SIDES),
            *(_value(row, look) for row in rows),
            *([] if narrow else [_name(row, look) for row in rows]),
            *_legend(rows, look, limit),
        ],
    )
    return figure


def change_map_alt(comparison: Comparison, of: Kind = Kind.WEAKNESS) -> str:
    """The map in words, for readers who cannot see it."""
    return f"Face map of the change of {of.label.lower()}, 0 to 100, less is better. {sides_alt(comparison.of(of))}."


def _place(row: ChangeRow) -> tuple[Branch, Side]:
    if row.side is None:
        raise ValueError(f"A row of the face map must have a side, got {row.key}")
    return Branch(row.name), row.side


def _territory(row: ChangeRow, look: Theme) -> dict[str, Any]:
    branch, side = _place(row)
    outline, colour = territory(branch, side).polygon.round(3), change_colour(row)
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": f"{side.label}, {branch.label.lower()}",
        "x": outline[:, 0],
        "y": outline[:, 1],
        "fill": "toself",
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": row_hover(row),
    }
    if colour is None:
        return trace | {"fillpattern": hatch(look), "line": {"width": 1, "color": look.missing_line}}
    return trace | {"fillcolor": colour, "line": {"width": 1.2, "color": mix(colour, look.feature, 0.35)}}


def _value(row: ChangeRow, look: Theme) -> dict[str, Any]:
    x, y = territory(*_place(row)).label
    colour = change_colour(row)
    place: dict[str, Any] = {"x": x, "y": y, "showarrow": False}
    if colour is None or row.change is None:
        font = {"size": SMALL_SIZE, "color": "#1B2430"}
        return place | {"text": "n/c", "font": font, "bgcolor": look.missing, "borderpad": 1}
    size = SMALL_SIZE + 1 if row.verdict is Verdict.WITHIN_ERROR else VALUE_SIZE
    text = f"≈ {signed(row.change)}" if row.verdict is Verdict.WITHIN_ERROR else f"<b>{signed(row.change)}</b>"
    return place | {"text": text, "font": {"size": size, "color": text_on(colour)}}


def _scale(rows: list[ChangeRow], look: Theme, narrow: bool) -> dict[str, Any]:
    """An invisible trace that carries the scale: worse on the left, better on the right, the band of error in the middle."""
    known = [row.detectable.value for row in rows if row.detectable is not None]
    limit = min(min(known, default=_NO_BAND), FULL_CHANGE - 1)
    edge = limit / FULL_CHANGE
    steps = [-1.0, -0.5, -edge, -edge, edge, edge, 0.5, 1.0] if edge < 0.5 else [-1.0, -edge, -edge, edge, edge, 1.0]
    inside = (steps.index(edge) - 1, steps.index(edge))
    colours = [NEUTRAL if inside[0] <= i <= inside[1] else diverging(part) for i, part in enumerate(steps)]
    bar = {
        "orientation": "h",
        "y": 0,
        "yanchor": "top",
        "ypad": 4,
        "len": 0.82,
        "thickness": 14,
        "outlinewidth": 1,
        "outlinecolor": look.rule,
        "tickvals": [-FULL_CHANGE, -limit, 0, limit, FULL_CHANGE],
        "ticktext": [f"{FULL_CHANGE:.0f} worse", f"{limit:.0f}", "0", f"{limit:.0f}", f"{FULL_CHANGE:.0f} better"],
        "tickfont": {"size": SMALL_SIZE, "color": look.muted},
        "title": {
            "text": "Change; pale: measurement error" if narrow else "Change in points; pale: within measurement error",
            "side": "top",
            "font": {"size": SMALL_SIZE + 1, "color": look.text},
        },
    }
    marker = {
        "color": [0],
        "cmin": -FULL_CHANGE,
        "cmax": FULL_CHANGE,
        "colorscale": [[(part + 1) / 2, colour] for part, colour in zip(steps, colours, strict=True)],
        "showscale": True,
        "opacity": 0,
        "colorbar": bar,
    }
    return {"type": "scatter", "x": [0], "y": [0], "mode": "markers", "marker": marker, "hoverinfo": "skip"}


def _leader(row: ChangeRow, look: Theme) -> dict[str, Any]:
    """The thin line from a name to its territory."""
    branch, side = _place(row)
    x, y = territory(branch, side).name_at
    line = {"width": 1, "color": look.rule}
    return {"type": "line", "x0": x, "y0": y, "x1": side.lateral_sign * (_NAME_X - 0.03), "y1": y, "line": line}


def _name(row: ChangeRow, look: Theme) -> dict[str, Any]:
    branch, side = _place(row)
    word = "" if row.verdict in (Verdict.WITHIN_ERROR, Verdict.NOT_COMPARABLE) else f"<br><b>{row.verdict.value}</b>"
    left = side is Side.LEFT
    return {
        "text": branch.label.replace(" ", "<br>") + word,
        "x": side.lateral_sign * _NAME_X,
        "y": territory(branch, side).name_at[1],
        "xanchor": "left" if left else "right",
        "align": "left" if left else "right",
        "showarrow": False,
        "font": {"size": SMALL_SIZE + 1, "color": look.text},
    }


def _heading(side: Side, look: Theme, limit: float) -> dict[str, Any]:
    right = side is Side.RIGHT
    return {
        "text": f"<b>{f'◀ {side.label}' if right else f'{side.label} ▶'}</b>",
        "x": side.lateral_sign * limit,
        "y": _HEADING_Y,
        "xanchor": "left" if right else "right",
        "showarrow": False,
        "font": {"size": TEXT_SIZE + 2, "color": look.side(side)},
    }


def _legend(rows: list[ChangeRow], look: Theme, limit: float) -> list[dict[str, Any]]:
    """Words for what is no colour of the scale: only what this map shows."""
    words = []
    if any(row.verdict is Verdict.WITHIN_ERROR for row in rows):
        words.append("≈ within measurement error")
    if any(row.verdict is Verdict.NOT_COMPARABLE for row in rows):
        words.append("hatched, n/c: not comparable")
    if any(change_colour(row) == CHANGED for row in rows):
        words.append("blue-grey: changed, not judged")
    if not words:
        return []
    return [
        {
            "text": "<br>".join(words),
            "x": limit,
            "y": Y_RANGE[0],
            "xanchor": "right",
            "yanchor": "bottom",
            "align": "right",
            "showarrow": False,
            "font": {"size": SMALL_SIZE, "color": look.muted},
            "bgcolor": look.panel,
            "borderpad": 3,
        }
    ]
