"""Bland-Altman plot of two annotators, one dot a point, coloured by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.charts.style import SMALL_SIZE, Theme, template, theme
from core.charts.wording import number
from core.face.ibug68 import number as point_number
from core.face.ibug68 import point_name, side_of
from core.landmark_agreement import Direction, Limits, PointDifferences, bland_altman
from core.words import SIDES, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT_PX = 420
_SYMBOLS: dict[Side | None, str] = {Side.RIGHT: "circle", Side.LEFT: "diamond", None: "square"}
_LEAST_RANGE_PCT = 1.0
# Labels of lines that are nearer than this part of the axis would lie over each other.
_LABEL_PART = 0.05


def bland_altman_plot(differences: PointDifferences, direction: Direction, *, dark: bool = False) -> go.Figure:
    """Difference of two annotators over their mean position.

    Args:
        differences: of at least one point.
        direction: what the positions are.
        dark: colours for a dark page.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    limits = bland_altman(differences.difference_pct)
    reach = _reach(differences, limits)
    figure = go.Figure([_dots(differences, side, look) for side in (*SIDES, None)])
    figure.update_layout(
        template=template(dark),
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        xaxis={"title": {"text": f"{direction.label}, mean of both, %"}, "fixedrange": True},
        yaxis={"title": {"text": "Difference, first minus second, %"}, "range": (-reach, reach), "fixedrange": True},
        shapes=[_line(value, look, dash) for value, dash in _lines(limits)],
        annotations=[_label(value, words, look) for value, words in _labels(limits, _LABEL_PART * 2 * reach)],
    )
    return figure


def bland_altman_alt(differences: PointDifferences, direction: Direction, names: tuple[str, str]) -> str:
    """The plot in words; ``names`` of the first and the second annotator."""
    limits = bland_altman(differences.difference_pct)
    told = f"bias {_signed(limits.bias)} %"
    if limits.lower is not None and limits.upper is not None:
        told += f", limits of agreement {_signed(limits.lower)} to {_signed(limits.upper)} %"
    return (
        f"{direction.label} of {len(differences.point)} points, {names[0]} minus {names[1]}, "
        f"in per cent of the distance between the outer canthi: {told}."
    )


def _dots(differences: PointDifferences, side: Side | None, look: Theme) -> dict[str, Any]:
    own = np.array([side_of(int(point)) is side for point in differences.point], dtype=bool)
    names = [f"{point_number(int(point))} {point_name(int(point))}" for point in differences.point[own]]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "midline" if side is None else side.label,
        "x": np.round(differences.mean_pct[own], 2),
        "y": np.round(differences.difference_pct[own], 3),
        "text": names,
        "customdata": differences.frame[own] + 1,
        "marker": {
            "color": look.muted if side is None else look.side(side),
            "symbol": _SYMBOLS[side],
            "size": 8,
            "opacity": 0.75,
        },
        "hovertemplate": "%{text}<br>picture %{customdata}: %{y:.2f} %<extra></extra>",
    }


def _lines(limits: Limits) -> list[tuple[float, str]]:
    outer = [(value, "dash") for value in (limits.lower, limits.upper) if value is not None]
    return [(limits.bias, "solid"), *outer]


def _labels(limits: Limits, apart: float) -> list[tuple[float, str]]:
    outer = [
        (value, "limit")
        for value in (limits.lower, limits.upper)
        if value is not None and abs(value - limits.bias) >= apart
    ]
    return [(value, f"{words} {_signed(value)} %") for value, words in [(limits.bias, "bias"), *outer]]


def _line(value: float, look: Theme, dash: str) -> dict[str, Any]:
    line = {"color": look.text if dash == "solid" else look.rule, "width": 1.5, "dash": dash}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": line}


def _label(value: float, words: str, look: Theme) -> dict[str, Any]:
    return {
        "text": words,
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": value,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": SMALL_SIZE, "color": look.text},
    }


def _reach(differences: PointDifferences, limits: Limits) -> float:
    """Half of the axis: everything fits, and agreement does not look like disagreement by a small scale."""
    values = [*np.abs(differences.difference_pct), *(abs(value) for value, _ in _lines(limits))]
    return max(_LEAST_RANGE_PCT, 1.2 * float(max(values)))


def _signed(value: float) -> str:
    return f"{'−' if value < 0 and number(value) != '0.00' else ''}{number(abs(value))}"
