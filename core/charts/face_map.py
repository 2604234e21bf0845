"""The face map, the signature picture: the territory of each branch on each side, coloured by its score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.face_geometry import (
    Y_RANGE,
    Stroke,
    Territory,
    background_strokes,
    feature_strokes,
    svg_path,
    territory,
)
from core.charts.scores import Score, branch_scores
from core.charts.style import (
    SMALL_SIZE,
    TEXT_SIZE,
    VALUE_SIZE,
    Quantity,
    Theme,
    faded,
    grade_bands,
    mix,
    score_colour,
    score_scale,
    template,
    text_on,
    theme,
)
from core.charts.wording import NOT_ASSESSABLE
from core.result import ExamResult
from core.words import SIDES, Branch, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 550
_X_LIMIT = 1.53
_NAME_X = 0.88
_HEADING_Y = 1.42
_HYPERTONIC = "◆"
_PEN = {"line": 1.6, "fine": 0.9}


def face_map(result: ExamResult, of: Quantity, *, dark: bool = False, height: int = HEIGHT) -> go.Figure:
    """The drawn face with ten coloured territories, arranged as when facing the patient: the patient's right is on the left.

    Hovering over a territory tells its score, its grade and the evidence behind it. What cannot be assessed is hatched grey
    with its reason; a hypertonic resting position is marked.

    Args:
        result: the examination.
        of: weakness or synkinesis.
        dark: colours for a dark page.
        height: pixels; the width follows the page.
    """
    import plotly.graph_objects as go

    look, scores = theme(dark), branch_scores(result, of)
    figure = go.Figure([*(_territory(score, look) for score in scores), _scale(of, look)])
    figure.update_layout(
        template=template(dark),
        height=height,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        xaxis=_axis((-_X_LIMIT, _X_LIMIT)),
        yaxis=_axis((Y_RANGE[0], _HEADING_Y + 0.1))
        | {"scaleanchor": "x", "constrain": "domain", "constraintoward": "top"},
        shapes=[
            *(_shape(stroke, look, "below") for stroke in background_strokes()),
            *(_shape(stroke, look, "above") for stroke in feature_strokes()),
            *(_leader(score, look) for score in scores),
        ],
        annotations=[
            *(_heading(side, look) for side in SIDES),
            *(_value(score, look) for score in scores),
            *(_name(score, look) for score in scores),
            *_legend(scores, look),
        ],
    )
    return figure


def face_map_alt(result: ExamResult, of: Quantity) -> str:
    """The face map in words, for readers who cannot see it."""
    parts = []
    for side in SIDES:
        told = [
            f"{score.branch.label.lower()} {score.words}{' (hypertonic)' if score.hypertonic else ''}"
            for score in branch_scores(result, of)
            if score.side is side
        ]
        parts.append(f"{side.label}: {'; '.join(told)}")
    return f"Face map of {of.label.lower()}, {of.meaning}. {'. '.join(parts)}."


def hover_text(score: Score) -> str:
    """What a territory or a bar says when one points at it."""
    head = f"<b>{score.branch.label}</b> ({score.branch.region}), {score.side.label}"
    if score.value is None:
        lines = [f"{score.quantity.label}: {NOT_ASSESSABLE}", score.reason or ""]
    else:
        lines = [f"{score.quantity.label} <b>{score.value:.0f}</b> of 100, {score.grade}"]
    if score.hypertonic:
        lines.append(f"{_HYPERTONIC} hypertonic at rest")
    return "<br>".join([head, *(_wrapped(line) for line in (*lines, *score.evidence))])


def _wrapped(line: str, width: int = 64) -> str:
    """Plotly does not break hover lines."""
    rows = [""]
    for word in line.split():
        if rows[-1] and len(rows[-1]) + len(word) >= width:
            rows.append("   ")
        rows[-1] += f"{word} "
    return "<br>".join(row.rstrip() for row in rows)


def _territory(score: Score, look: Theme) -> dict[str, Any]:
    outline = territory(score.branch, score.side).polygon.round(3)
    colour = _colour(score)
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": f"{score.side.label}, {score.branch.label.lower()}",
        "x": outline[:, 0],
        "y": outline[:, 1],
        "fill": "toself",
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": hover_text(score),
    }
    if colour is None:
        hatch = {"shape": "/", "bgcolor": look.missing, "fgcolor": look.missing_line, "size": 9, "solidity": 0.22}
        return trace | {"fillpattern": hatch, "line": {"width": 1, "color": look.missing_line}}
    return trace | {"fillcolor": colour, "line": {"width": 1.2, "color": mix(colour, look.feature, 0.35)}}


def _colour(score: Score) -> str | None:
    return None if score.value is None else score_colour(score.quantity, score.value)


def _scale(of: Quantity, look: Theme) -> dict[str, Any]:
    """An invisible trace that carries the colour scale."""
    ticks = [0, *(limit for limit, _ in grade_bands(of))]
    bar = {
        "orientation": "h",
        "y": 0,
        "yanchor": "top",
        "ypad": 4,
        "len": 0.82,
        "thickness": 14,
        "outlinewidth": 1,
        "outlinecolor": look.rule,
        "tickvals": ticks,
        "tickfont": {"size": SMALL_SIZE, "color": look.muted},
        "title": {
            "text": f"{of.label}: {of.meaning}",
            "side": "top",
            "font": {"size": SMALL_SIZE + 1, "color": look.text},
        },
    }
    marker = {
        "color": [0],
        "cmin": 0,
        "cmax": 100,
        "colorscale": score_scale(of),
        "showscale": True,
        "opacity": 0,
        "colorbar": bar,
    }
    return {"type": "scatter", "x": [0], "y": [0], "mode": "markers", "marker": marker, "hoverinfo": "skip"}


def _axis(limits: tuple[float, float]) -> dict[str, Any]:
    return {"range": limits, "visible": False, "fixedrange": True}


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


def _leader(score: Score, look: Theme) -> dict[str, Any]:
    """The thin line from a name to its territory."""
    place, sign = territory(score.branch, score.side), score.side.lateral_sign
    x, y = place.name_at
    line = {"width": 1, "color": look.rule}
    return {"type": "line", "x0": x, "y0": y, "x1": sign * (_NAME_X - 0.03), "y1": y, "line": line}


def _heading(side: Side, look: Theme) -> dict[str, Any]:
    text = f"◀ {side.label}" if side is Side.RIGHT else f"{side.label} ▶"
    return {
        "text": f"<b>{text}</b>",
        "x": side.lateral_sign * _X_LIMIT,
        "y": _HEADING_Y,
        "xanchor": "left" if side is Side.RIGHT else "right",
        "showarrow": False,
        "font": {"size": TEXT_SIZE + 2, "color": look.side(side)},
    }


def _value(score: Score, look: Theme) -> dict[str, Any]:
    place: Territory = territory(score.branch, score.side)
    colour = _colour(score)
    text = {"size": SMALL_SIZE, "color": "#1B2430"}
    plate: dict[str, Any] = {"bgcolor": look.missing, "borderpad": 1}
    if colour is not None:
        text, plate = {"size": VALUE_SIZE, "color": text_on(colour)}, {}
    shown = "n/a" if score.value is None else f"<b>{score.value:.0f}</b>"
    return {"text": shown, "x": place.label[0], "y": place.label[1], "showarrow": False, "font": text} | plate


def _name(score: Score, look: Theme) -> dict[str, Any]:
    sign = score.side.lateral_sign
    mark = f"<br><b>{_HYPERTONIC} hypertonic</b>" if score.hypertonic else ""
    return {
        "text": _branch_name(score.branch) + mark,
        "x": sign * _NAME_X,
        "y": territory(score.branch, score.side).name_at[1],
        "xanchor": "left" if score.side is Side.LEFT else "right",
        "align": "left" if score.side is Side.LEFT else "right",
        "showarrow": False,
        "font": {"size": SMALL_SIZE + 1, "color": look.text},
    }


def _branch_name(branch: Branch) -> str:
    return branch.label.replace(" ", "<br>")


def _legend(scores: list[Score], look: Theme) -> list[dict[str, Any]]:
    """Words for what is no colour: only what this map shows."""
    words = []
    if any(score.value is None for score in scores):
        words.append("hatched, n/a: not assessable")
    if any(score.hypertonic for score in scores):
        words.append(f"{_HYPERTONIC} hypertonic at rest")
    if not words:
        return []
    return [
        {
            "text": "<br>".join(words),
            "x": _X_LIMIT,
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
