"""What every map on the drawn face has: the drawing, territories of the branches with their names, a scale of colours below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.charts.face_geometry import Y_RANGE, Stroke, background_strokes, feature_strokes, svg_path, territory
from core.charts.marks import hatch, side_heading
from core.charts.style import SMALL_SIZE, TEXT_SIZE, Theme, faded, mix, template
from core.words import SIDES, Branch, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 550
X_LIMIT = 1.53
ON_MISSING = "#1B2430"
"""Colour of words on the ground of what has no value."""

_NAME_X = 0.88
_HEADING_Y = 1.42
_PEN = {"line": 1.6, "fine": 0.9}

Place = tuple[Branch, Side]


def face_figure(
    traces: Sequence[dict[str, Any]],
    names: Sequence[tuple[Place, str]],
    values: Sequence[dict[str, Any]],
    words: Sequence[str],
    look: Theme,
    *,
    height: int = HEIGHT,
    limit: float = X_LIMIT,
) -> go.Figure:
    """The drawn face as when facing the patient, the patient's right on the left, with traces and values over it.

    Args:
        traces: of ``territory_trace``, and the scale.
        names: of territories, each with a line to it; what follows the branch's name, or "".
        values: annotations in the territories (``territory_text``).
        words: below each other in the corner: what is no colour of the scale.
        look: colours of the page.
        height: pixels; the width follows the page.
        limit: where the drawing ends at both sides; less where there are no names.
    """
    import plotly.graph_objects as go

    axis = {"visible": False, "fixedrange": True}
    up = {"range": (Y_RANGE[0], _HEADING_Y + 0.1), "scaleanchor": "x", "constrain": "domain", "constraintoward": "top"}
    figure = go.Figure(list(traces))
    figure.update_layout(
        template=template(look.dark),
        height=height,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        xaxis=axis | {"range": (-limit, limit)},
        yaxis=axis | up,
        shapes=[
            *(_shape(stroke, look, "below") for stroke in background_strokes()),
            *(_shape(stroke, look, "above") for stroke in feature_strokes()),
            *(_leader(place, look) for place, _ in names),
        ],
        annotations=[
            *(_heading(side, look, limit) for side in SIDES),
            *values,
            *(_name(place, more, look) for place, more in names),
            *_legend(words, look, limit),
        ],
    )
    return figure


def territory_trace(place: Place, colour: str | None, hover: str, look: Theme) -> dict[str, Any]:
    """The territory of a branch, filled with a colour, hatched where there is none."""
    branch, side = place
    outline = territory(branch, side).polygon.round(3)
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": f"{side.label}, {branch.label.lower()}",
        "x": outline[:, 0],
        "y": outline[:, 1],
        "fill": "toself",
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": hover,
    }
    if colour is None:
        return trace | {"fillpattern": hatch(look), "line": {"width": 1, "color": look.missing_line}}
    return trace | {"fillcolor": colour, "line": {"width": 1.2, "color": mix(colour, look.feature, 0.35)}}


def territory_text(place: Place) -> dict[str, Any]:
    """Where the value of a territory is printed: an annotation without its text."""
    x, y = territory(*place).label
    return {"x": x, "y": y, "showarrow": False}


def missing_text(text: str, look: Theme) -> dict[str, Any]:
    """Words in place of a value, on a plate over the hatching."""
    return {"text": text, "font": {"size": SMALL_SIZE, "color": ON_MISSING}, "bgcolor": look.missing, "borderpad": 1}


def colour_scale(
    title: str, limits: tuple[float, float], scale: Sequence[Sequence[Any]], ticks: dict[str, Any], look: Theme
) -> dict[str, Any]:
    """An invisible trace that carries the scale below the face.

    Args:
        title: what is measured.
        limits: values at both ends.
        scale: as plotly takes it.
        ticks: "tickvals", and "ticktext" where they are no numbers.
        look: colours of the page.
    """
    bar = ticks | {
        "orientation": "h",
        "y": 0,
        "yanchor": "top",
        "ypad": 4,
        "len": 0.82,
        "thickness": 14,
        "outlinewidth": 1,
        "outlinecolor": look.rule,
        "tickfont": {"size": SMALL_SIZE, "color": look.muted},
        "title": {"text": title, "side": "top", "font": {"size": SMALL_SIZE + 1, "color": look.text}},
    }
    marker = {
        "color": [0],
        "cmin": limits[0],
        "cmax": limits[1],
        "colorscale": scale,
        "showscale": True,
        "opacity": 0,
        "colorbar": bar,
    }
    return {"type": "scatter", "x": [0], "y": [0], "mode": "markers", "marker": marker, "hoverinfo": "skip"}


def _shape(stroke: Stroke, look: Theme, layer: str) -> dict[str, Any]:
    fills = {
        "skin": look.skin,
        "hair": look.hair,
        "sclera": "#FFFFFF",
        "iris": mix(look.feature, "#FFFFFF", 0.45),
        "pupil": look.feature,
        "ink": look.feature,
        "lip": faded(look.feature, 0.16),
    }
    shape: dict[str, Any] = {"type": "path", "path": svg_path(stroke.points), "layer": layer}
    if stroke.kind in fills:
        return shape | {"fillcolor": fills[stroke.kind], "line": {"width": 0}}
    colour = look.feature if stroke.kind == "line" else faded(look.feature, 0.5)
    return shape | {"line": {"width": _PEN[stroke.kind], "color": colour}}


def _leader(place: Place, look: Theme) -> dict[str, Any]:
    """The thin line from a name to its territory."""
    x, y = territory(*place).name_at
    line = {"width": 1, "color": look.rule}
    return {"type": "line", "x0": x, "y0": y, "x1": place[1].lateral_sign * (_NAME_X - 0.03), "y1": y, "line": line}


def _heading(side: Side, look: Theme, limit: float) -> dict[str, Any]:
    font = {"size": TEXT_SIZE + 2, "color": look.side(side)}
    return side_heading(side, look) | {"x": side.lateral_sign * limit, "y": _HEADING_Y, "font": font}


def _name(place: Place, more: str, look: Theme) -> dict[str, Any]:
    branch, side = place
    outwards = "left" if side is Side.LEFT else "right"
    return {
        "text": branch.label.replace(" ", "<br>") + more,
        "x": side.lateral_sign * _NAME_X,
        "y": territory(branch, side).name_at[1],
        "xanchor": outwards,
        "align": outwards,
        "showarrow": False,
        "font": {"size": SMALL_SIZE + 1, "color": look.text},
    }


def _legend(words: Sequence[str], look: Theme, limit: float) -> list[dict[str, Any]]:
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
            "bgcolor": look.panel,  # the words may lie over a shoulder
            "borderpad": 3,
        }
    ]
