"""Movements of two visits: every repetition as a dot with its mean and the band of error; excursion curves overlaid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.charts.change_style import (
    NOT_COMPARABLE,
    band,
    note,
    row_hover,
    row_words,
    signed,
    verdict_colour,
)
from core.charts.marks import hatch, panel_heading
from core.charts.movements import mean_line, shown_expressions, used_repetitions
from core.charts.style import SMALL_SIZE, TEXT_SIZE, Theme, faded, template, theme
from core.charts.wording import number, quantity, short_name
from core.exam.protocol import Expression
from core.grading.change import ChangeRow, Comparison, Kind, Verdict
from core.measures.curves import Curves
from core.measures.movement import RepetitionMeasurement
from core.result import ExamResult
from core.words import SIDES, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

_AXES = {Side.RIGHT: ("x", "y"), Side.LEFT: ("x2", "y2")}
_PART = 0.4
_ROW_PX = 66
_ROOM = 0.3
_BEFORE_Y, _AFTER_Y, _HALF = -0.19, 0.19, 0.36
_BEFORE_S = 0.4
_CURVE_HEIGHT, _CURVE_PART = 360, 0.46


def excursion_changes(comparison: Comparison, *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """Excursions of both visits, a panel a side: repetitions as dots (hollow before, filled after), means as bars.

    The grey band around the mean before is the measurement error: a mean after outside of it has changed. Excursions run outwards
    from the middle, the patient's right on the left.

    Args:
        comparison: of two visits.
        dark: colours for a dark page.
        narrow: for a phone: without the change beside each row.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    rows = [row for row in comparison.of(Kind.EXCURSION) if row.before is not None or row.after is not None]
    names = list(dict.fromkeys(row.name for row in rows))
    most = max((value for row in rows for value in _values(row)), default=10.0) * 1.12
    least = min((value for row in rows for value in _values(row)), default=0.0)
    limits = (min(-0.04 * most, 1.12 * least), most * (1.0 if narrow else 1 + _ROOM))
    gone = [
        bar for side in SIDES for bar in _hatched([row for row in rows if row.side is side], names, limits[1], look)
    ]
    figure = go.Figure([*gone, *(trace for row in rows for trace in _dots(row, names.index(row.name), look))])
    figure.update_layout(
        template=template(dark),
        height=120 + _ROW_PX * max(len(names), 1),
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        margin={"l": 6, "r": 6, "t": 44, "b": 44},
        xaxis=_excursion_axis(Side.RIGHT, limits),
        xaxis2=_excursion_axis(Side.LEFT, limits),
        yaxis=_row_axis(len(names), "x"),
        yaxis2=_row_axis(len(names), "x2"),
        shapes=[shape for row in rows for shape in _bands(row, names.index(row.name), look)],
        annotations=[
            *(panel_heading(side, look, 0 if side is Side.RIGHT else 1) for side in SIDES),
            *(_expression_name(name, i, look) for i, name in enumerate(names)),
            *([] if narrow else [_words(row, names.index(row.name), limits, look) for row in rows]),
            *([] if rows else [note("No movement was measured.", look)]),
        ],
    )
    return figure


def excursion_changes_alt(comparison: Comparison) -> str:
    """The excursions in words."""
    told = [
        f"{side.label}: "
        + ("; ".join(f"{row_words(row)}" for row in comparison.of(Kind.EXCURSION, side)) or "nothing measured")
        for side in SIDES
    ]
    return f"Mean excursion of each expression in millimetres, before and after. {'. '.join(told)}."


def excursions_overlaid(
    before: tuple[Curves, ExamResult],
    after: tuple[Curves, ExamResult],
    expression: Expression,
    *,
    dark: bool = False,
    narrow: bool = False,
) -> go.Figure:
    """Excursion of one expression at both visits over the time from its onset, mm, a panel a side.

    Every repetition thin, their mean thick; before in grey and dashed, after in the colour of the side.

    Args:
        before, after: curves and result of both visits; a visit without the expression is left out.
        expression: which.
        dark: colours for a dark page.
        narrow: for a phone: the panels below each other.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    lines = [
        line
        for (curves, result), later in ((before, False), (after, True))
        for side in SIDES
        for line in _side_curves(curves, result, expression, side, look, later=later)
    ]
    figure = go.Figure(lines)
    figure.update_layout(
        template=template(dark),
        height=2 * _CURVE_HEIGHT if narrow else _CURVE_HEIGHT,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 72, "b": 44},
        showlegend=False,
        xaxis=_time_axis(Side.RIGHT, narrow),
        xaxis2=_time_axis(Side.LEFT, narrow),
        yaxis=_millimetre_axis(Side.RIGHT, narrow),
        yaxis2=_millimetre_axis(Side.LEFT, narrow),
        annotations=[
            *(
                panel_heading(
                    side, look, 0 if side is Side.RIGHT else 1, 0.44 if narrow and side is Side.LEFT else 1.0, 4
                )
                for side in SIDES
            ),
            *([_key(look)] if lines else []),
            *([] if lines else [note("This expression cannot be drawn for either visit.", look)]),
        ],
    )
    return figure


def excursions_overlaid_alt(before: ExamResult, after: ExamResult, expression: Expression) -> str:
    """The curves in words: the mean peak of both visits on each side."""
    told = []
    for side in SIDES:
        peaks = [
            quantity(entry.excursion_mm.get(side)) if (entry := result.expressions.get(expression)) else "–"
            for result in (before, after)
        ]
        told.append(f"{side.label} {peaks[0]} before, {peaks[1]} after")
    return f"{expression.label}, excursion over the time from its onset: {'; '.join(told)}."


def _key(look: Theme) -> dict[str, Any]:
    """What the lines are, above the panels."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 1, "yanchor": "bottom", "yshift": 34, "showarrow": False}
    return place | {"text": "dashed grey: before; solid: after", "font": {"size": SMALL_SIZE, "color": look.muted}}


def _values(row: ChangeRow) -> list[float]:
    given = [*row.repetitions_before, *row.repetitions_after, row.before, row.after]
    return [value for value in given if value is not None]


def _hatched(rows: list[ChangeRow], names: list[str], length: float, look: Theme) -> list[dict[str, Any]]:
    """Grey hatched bars behind what is not comparable on one side."""
    gone = [row for row in rows if row.verdict is Verdict.NOT_COMPARABLE]
    if not gone:
        return []
    side = gone[0].side or Side.RIGHT
    x, y = _AXES[side]
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": f"{side.label}, {NOT_COMPARABLE}",
            "xaxis": x,
            "yaxis": y,
            "x": [length] * len(gone),
            "y": [names.index(row.name) for row in gone],
            "width": 2 * _HALF,
            "hoverinfo": "text",
            "hovertext": [row_hover(row) for row in gone],
            "marker": {"color": look.missing, "line": {"width": 0}, "pattern": hatch(look)},
        }
    ]


def _dots(row: ChangeRow, place: int, look: Theme) -> list[dict[str, Any]]:
    side = row.side or Side.RIGHT
    x, y = _AXES[side]
    colour, traces = look.side(side), []
    visits = (
        ("before", row.before, row.repetitions_before, place + _BEFORE_Y, "circle-open"),
        ("after", row.after, row.repetitions_after, place + _AFTER_Y, "circle"),
    )
    for when, mean, repetitions, height, symbol in visits:
        base: dict[str, Any] = {"type": "scatter", "mode": "markers", "xaxis": x, "yaxis": y, "hoverinfo": "text"}
        base["name"] = f"{row.label}, {side.label}, {when}"
        if repetitions:
            told = [f"{row.label}, {when}, repetition {i + 1}<br>{number(v)} mm" for i, v in enumerate(repetitions)]
            dot = {"symbol": symbol, "size": 9, "color": faded(colour, 0.75), "line": {"width": 1.5, "color": colour}}
            points = {"x": [round(v, 2) for v in repetitions], "y": [height] * len(repetitions)}
            traces.append(base | points | {"hovertext": told, "marker": dot})
        if mean is not None:
            bar = {"symbol": "line-ns", "size": 18, "line": {"width": 4, "color": colour}}
            traces.append(base | {"x": [round(mean, 2)], "y": [height], "hovertext": [row_hover(row)], "marker": bar})
    return traces


def _bands(row: ChangeRow, place: int, look: Theme) -> list[dict[str, Any]]:
    """Band of error around the mean before; none around what is not comparable."""
    side = row.side or Side.RIGHT
    x, y = _AXES[side]
    if row.verdict is Verdict.NOT_COMPARABLE or row.before is None or row.detectable is None:
        return []
    return [
        {
            "type": "rect",
            "layer": "below",
            "xref": x,
            "yref": y,
            "x0": row.before - row.detectable.value,
            "x1": row.before + row.detectable.value,
            "y0": place - _HALF,
            "y1": place + _HALF,
            "line": {"width": 0},
            "fillcolor": band(look),
        }
    ]


def _words(row: ChangeRow, place: int, limits: tuple[float, float], look: Theme) -> dict[str, Any]:
    """Change and verdict at the outer edge."""
    side = row.side or Side.RIGHT
    x, y = _AXES[side]
    if row.verdict is Verdict.NOT_COMPARABLE or row.change is None:
        text, colour, plate = NOT_COMPARABLE.replace(" ", "<br>"), "#1B2430", {"bgcolor": look.missing, "borderpad": 2}
    else:
        sign = "≈ " if row.verdict is Verdict.WITHIN_ERROR else ""
        word = "" if row.verdict is Verdict.WITHIN_ERROR else f"<br>{row.verdict.value}"
        text, colour, plate = f"<b>{sign}{signed(row.change, 'mm')} mm</b>{word}", verdict_colour(row.verdict, look), {}
    return {
        "text": text,
        "xref": x,
        "yref": y,
        "x": limits[1],
        "y": place,
        "xanchor": "left" if side is Side.RIGHT else "right",
        "align": "left" if side is Side.RIGHT else "right",
        "showarrow": False,
        "font": {"size": SMALL_SIZE, "color": colour},
    } | plate


def _excursion_axis(side: Side, limits: tuple[float, float]) -> dict[str, Any]:
    right = side is Side.RIGHT
    return {
        "range": (limits[1], limits[0]) if right else limits,
        "domain": (0, _PART) if right else (1 - _PART, 1),
        "anchor": _AXES[side][1],
        "title": {"text": "Excursion, mm"},
        "zeroline": True,
        "fixedrange": True,
    }


def _row_axis(count: int, anchor: str) -> dict[str, Any]:
    axis: dict[str, Any] = {"range": (max(count, 1) - 0.5, -0.5), "anchor": anchor, "fixedrange": True}
    return axis | {"showticklabels": False, "showgrid": False}


def _expression_name(name: str, place: int, look: Theme) -> dict[str, Any]:
    return {
        "text": short_name(Expression(name)).replace(" ", "<br>", 1),
        "x": 0.5,
        "xref": "paper",
        "y": place,
        "showarrow": False,
        "font": {"size": SMALL_SIZE + 1, "color": look.text},
    }


def _side_curves(
    curves: Curves, result: ExamResult, expression: Expression, side: Side, look: Theme, *, later: bool
) -> list[dict[str, Any]]:
    if expression not in shown_expressions(curves, result):
        return []
    lines = [
        line
        for repetition in used_repetitions(curves, result, expression)
        if (line := _from_onset(curves, repetition, side)) is not None
    ]
    if not lines:
        return []
    x, y = _AXES[side]
    colour = look.side(side) if later else look.muted
    base: dict[str, Any] = {"type": "scatter", "mode": "lines", "xaxis": x, "yaxis": y, "hoverinfo": "skip"}
    thin = {"color": faded(colour, 0.4), "width": 1.2, "dash": "solid" if later else "dash"}
    traces = [
        base | {"x": _rounded(times), "y": _rounded(values), "line": thin} for times, values in lines if len(lines) > 1
    ]
    times, mean = mean_line([(at + _BEFORE_S, values) for at, values in lines])
    thick = {"color": colour, "width": 3, "dash": "solid" if later else "dash"}
    name = f"{'after' if later else 'before'}, {side.label}"
    hover = f"{name}<br>%{{x:.2f}} s: %{{y:.1f}} mm<extra></extra>"
    points = {"x": _rounded(times - _BEFORE_S), "y": _rounded(mean), "line": thick, "name": name}
    return [*traces, base | points | {"hoverinfo": None, "hovertemplate": hover}]


def _from_onset(curves: Curves, repetition: RepetitionMeasurement, side: Side) -> tuple[np.ndarray, np.ndarray] | None:
    """Excursion of one side from a little before the onset of the earlier side: times (K,) s and (K,) mm; None when not seen."""
    onsets = [onset for movement in repetition.sides.values() if (onset := movement.onset_s) is not None]
    onset = min(onsets, default=repetition.segment.start_s)
    times = curves.times_s[repetition.window] - onset
    values = repetition.excursion[repetition.window, SIDES.index(side)]
    kept = np.isfinite(values) & (times >= -_BEFORE_S)
    if kept.sum() < 2:
        return None
    # Every line begins at the same moment, so that their mean does.
    start = np.array([-_BEFORE_S])
    return np.concatenate([start, times[kept]]), np.concatenate([values[kept][:1], values[kept]])


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.round(values, 3).astype(np.float32)


def _time_axis(side: Side, narrow: bool) -> dict[str, Any]:
    right = side is Side.RIGHT
    domain = (0.0, 1.0) if narrow else ((0.0, _CURVE_PART) if right else (1 - _CURVE_PART, 1.0))
    title = "Time from onset, s" if not (narrow and right) else ""
    axis: dict[str, Any] = {
        "domain": domain,
        "anchor": _AXES[side][1],
        "title": {"text": title, "font": {"size": TEXT_SIZE}},
    }
    return axis | ({"matches": "x"} if not right else {})


def _millimetre_axis(side: Side, narrow: bool) -> dict[str, Any]:
    right = side is Side.RIGHT
    domain = ((0.56, 1.0) if right else (0.0, 0.44)) if narrow else (0.0, 1.0)
    axis: dict[str, Any] = {"domain": domain, "anchor": _AXES[side][0], "zeroline": True}
    axis["title"] = {"text": "Excursion, mm" if right or narrow else ""}
    return axis | ({"matches": "y"} if not right else {})
