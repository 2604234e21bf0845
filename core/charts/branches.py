"""Branch scores as bars from the middle outwards, the patient's right on the left of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.face_map import hover_text
from core.charts.marks import panel_heading
from core.charts.scores import Score, branch_scores
from core.charts.style import (
    CLEAR,
    SMALL_SIZE,
    Quantity,
    Theme,
    grade_bands,
    mix,
    score_colour,
    template,
    text_on,
    theme,
)
from core.charts.wording import NOT_ASSESSABLE
from core.result import ExamResult
from core.words import BRANCHES, SIDES, Branch, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 400
_AXES = {Side.RIGHT: ("x", "y"), Side.LEFT: ("x2", "y2")}
_PART = 0.38
_LIMIT = 100.0


def branch_bars(result: ExamResult, of: Quantity, *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """One bar from 0 to 100 for each branch and side; ticks stand at the limits of the grades.

    What cannot be assessed is a hatched grey bar over the whole length, never a value; pointing at it tells the reason.

    Args:
        result: the examination.
        of: weakness or synkinesis.
        dark: colours for a dark page.
        narrow: for a phone, where there is no room for the names of the grades.
    """
    import plotly.graph_objects as go

    look, scores = theme(dark), branch_scores(result, of)
    figure = go.Figure([_bars([s for s in scores if s.side is side], side, look) for side in SIDES])
    ticks = [0, *(limit for limit, _ in grade_bands(of))]
    figure.update_layout(
        template=template(dark),
        height=HEIGHT,
        showlegend=False,
        dragmode=False,
        bargap=0.28,
        margin={"l": 6, "r": 6, "t": 44, "b": 30},
        xaxis=_score_axis(Side.RIGHT, ticks),
        xaxis2=_score_axis(Side.LEFT, ticks),
        yaxis=_branch_axis("x"),
        yaxis2=_branch_axis("x2"),
        annotations=[
            *(panel_heading(side, look, 0 if side is Side.RIGHT else 1, yshift=12) for side in SIDES),
            *(_branch_name(branch, look) for branch in result.branches),
            *(_value(score, look, narrow) for score in scores),
        ],
    )
    return figure


def branch_bars_alt(result: ExamResult, of: Quantity) -> str:
    """The bars in words."""
    told = []
    for branch in result.branches:
        sides = {score.side: score.words for score in branch_scores(result, of) if score.branch is branch}
        told.append(f"{branch.label}: {', '.join(f'{side.label} {sides[side]}' for side in SIDES)}")
    return f"{of.label} of each branch, {of.meaning}. {'; '.join(told)}."


def _bars(scores: list[Score], side: Side, look: Theme) -> dict[str, Any]:
    x, y = _AXES[side]
    missing = [score.value is None for score in scores]
    colours = [look.missing if s.value is None else score_colour(s.quantity, s.value) for s in scores]
    edges = [
        look.missing_line if s.value is None else mix(c, "#303030", 0.4) for s, c in zip(scores, colours, strict=True)
    ]
    return {
        "type": "bar",
        "orientation": "h",
        "name": side.label,
        "xaxis": x,
        "yaxis": y,
        "x": [_LIMIT if score.value is None else max(score.value, 0.6) for score in scores],
        "y": [score.branch.value for score in scores],
        "hoverinfo": "text",
        "hovertext": [hover_text(score) for score in scores],
        "marker": {
            "color": colours,
            "line": {"width": 1.2, "color": edges},
            "pattern": {
                "shape": ["/" if gone else "" for gone in missing],
                "bgcolor": look.missing,
                "fgcolor": look.missing_line,
                "size": 9,
                "solidity": 0.22,
            },
        },
    }


def _score_axis(side: Side, ticks: list[float]) -> dict[str, Any]:
    right = side is Side.RIGHT
    return {
        "range": (_LIMIT + 2, 0) if right else (0, _LIMIT + 2),
        "domain": (0, _PART) if right else (1 - _PART, 1),
        "anchor": _AXES[side][1],
        "tickvals": ticks,
        "fixedrange": True,
        "tickangle": 0,
    }


def _branch_axis(anchor: str) -> dict[str, Any]:
    names = [branch.value for branch in BRANCHES]
    return {
        "categoryorder": "array",
        "categoryarray": names[::-1],
        "showticklabels": False,
        "showgrid": False,
        "fixedrange": True,
        "anchor": anchor,
    }


def _branch_name(branch: Branch, look: Theme) -> dict[str, Any]:
    return {
        "text": branch.label.replace(" ", "<br>"),
        "x": 0.5,
        "xref": "paper",
        "y": branch.value,
        "showarrow": False,
        "font": {"size": SMALL_SIZE + 1, "color": look.text},
    }


def _value(score: Score, look: Theme, narrow: bool) -> dict[str, Any]:
    """Value and grade: behind a short bar, inside a long one, on a plate over a hatched one."""
    x, y = _AXES[score.side]
    base: dict[str, Any] = {"xref": x, "yref": y, "y": score.branch.value, "showarrow": False}
    if score.value is None:
        font = {"size": SMALL_SIZE, "color": "#1B2430"}
        text = NOT_ASSESSABLE.replace(" ", "<br>") if narrow else NOT_ASSESSABLE
        return base | {"text": text, "x": _LIMIT / 2, "bgcolor": look.missing, "borderpad": 1, "font": font}
    outside = score.value <= _LIMIT / 2
    outwards_right = score.side is Side.LEFT
    colour = look.text if outside else text_on(score_colour(score.quantity, score.value))
    text = f"<b>{score.value:.0f}</b>" + ("" if narrow else f" {score.grade}")
    return base | {
        "text": text,
        "x": max(score.value, 0.6),
        "xanchor": "left" if outside == outwards_right else "right",
        "xshift": (4 if outside == outwards_right else -4),
        "bgcolor": CLEAR,
        "font": {"size": SMALL_SIZE, "color": colour},
    }
