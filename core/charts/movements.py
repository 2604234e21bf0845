"""One expression at a time: both sides over its repetitions, left against right, and every repetition as a dot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.charts.style import SMALL_SIZE, TEXT_SIZE, Theme, faded, template, theme
from core.charts.wording import measure_words, number, quantity, short_name
from core.exam.protocol import Expression
from core.exam.timeline import timeline
from core.measures.blink import near_blink
from core.measures.curves import Curves
from core.measures.movement import COMMISSURE, MOVEMENT_SPECS, RepetitionMeasurement, measure_expression
from core.result import ExamResult, ExpressionResult
from core.words import SIDES, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 360
_STEP_S = 1 / 60
_ROW_PX = 62
_MARKERS = {Side.RIGHT: "circle", Side.LEFT: "diamond"}


def shown_expressions(curves: Curves, result: ExamResult) -> list[Expression]:
    """Expressions with a usable repetition whose curve is there, in the order of the protocol.

    An analysis by a version that measured an expression otherwise is left out: its curve would not show what was graded.
    """
    return [
        expression
        for expression, entry in result.expressions.items()
        if any(repetition.used for repetition in entry.repetitions) and _has_curve(curves, expression, entry)
    ]


def _has_curve(curves: Curves, expression: Expression, entry: ExpressionResult) -> bool:
    spec = MOVEMENT_SPECS.get(expression)
    return spec is not None and spec.measure == entry.measure and (spec.measure in (COMMISSURE, *curves.values))


def used_repetitions(curves: Curves, result: ExamResult, expression: Expression) -> list[RepetitionMeasurement]:
    """The repetitions of an expression that the result used, with their excursion curves."""
    time = timeline(curves.times_s, result.segments)
    fissure = curves.values["palpebral_fissure_height"]
    usable = np.isfinite(fissure).all(axis=1) & ~near_blink(fissure, time.rest)
    measured = measure_expression(curves, time, expression, usable=usable).repetitions
    return [
        m
        for m, repetition in zip(measured, result.expressions[expression].repetitions, strict=True)
        if repetition.used and m.used
    ]


def excursion_over_time(
    curves: Curves, result: ExamResult, expression: Expression, *, dark: bool = False, height: int = HEIGHT
) -> go.Figure:
    """Excursion of both sides from the start of the movement, mm: every repetition thin, their mean thick."""
    import plotly.graph_objects as go

    look = theme(dark)
    repetitions = used_repetitions(curves, result, expression)
    figure = go.Figure([trace for side in SIDES for trace in _side_lines(curves, repetitions, side, look)])
    figure.update_layout(
        template=template(dark),
        height=height,
        hovermode="x unified",
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={"title": {"text": "Time from the start of the movement, s"}, "hoverformat": ".2f"},
        yaxis={"title": {"text": "Excursion, mm"}, "zeroline": True, "hoverformat": ".1f"},
    )
    return figure


def excursion_alt(result: ExamResult, expression: Expression) -> str:
    """The excursion of both sides in words."""
    entry = result.expressions[expression]
    sides = ", ".join(f"{side.label} {quantity(entry.excursion_mm.get(side))}" for side in SIDES)
    return f"{expression.label}, {measure_words(entry.measure)}: {sides}. {correlation_words(entry)}."


def side_against_side(
    curves: Curves, result: ExamResult, expression: Expression, *, dark: bool = False, height: int = HEIGHT
) -> go.Figure:
    """Excursion of the patient's left over the patient's right, mm, with the line of equal movement and R."""
    import plotly.graph_objects as go

    look = theme(dark)
    repetitions = used_repetitions(curves, result, expression)
    loops = [repetition.excursion[repetition.window] for repetition in repetitions]
    known = np.concatenate([loop[np.isfinite(loop).all(axis=1)] for loop in loops]) if loops else np.zeros((0, 2))
    low, high = (min(float(known.min()), 0.0), max(float(known.max()), 1.0)) if len(known) else (0.0, 1.0)
    pad = 0.06 * (high - low)
    limits = (low - pad, high + pad)
    equal = {
        "type": "scatter",
        "mode": "lines",
        "name": "equal movement",
        "x": limits,
        "y": limits,
        "line": {"color": look.rule, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    figure = go.Figure([equal, *(_loop(loop, i, look) for i, loop in enumerate(loops))])
    figure.update_layout(
        template=template(dark),
        height=height,
        showlegend=False,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis=_side_axis(Side.RIGHT, limits, look) | {"constrain": "domain"},
        yaxis=_side_axis(Side.LEFT, limits, look) | {"scaleanchor": "x", "constrain": "domain"},
        annotations=[
            _corner_note(correlation_words(result.expressions[expression]), look),
            _equal_note(limits, look),
        ],
    )
    return figure


def correlation_words(entry: ExpressionResult) -> str:
    """The correlation of the two sides, or why there is none."""
    if entry.correlation_r is not None:
        return f"R = {entry.correlation_r:.2f}"
    return f"no R: {entry.correlation_reason or 'not enough movement'}"


def repetition_dots(result: ExamResult, *, dark: bool = False) -> go.Figure:
    """Every repetition of every expression as a dot, both sides, with the mean as a bar; hollow dots were not used."""
    import plotly.graph_objects as go

    look = theme(dark)
    shown = _with_repetitions(result)
    figure = go.Figure([trace for side in SIDES for trace in _dots(shown, side, look)])
    figure.update_layout(
        template=template(dark),
        height=110 + _ROW_PX * max(len(shown), 1),
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={"title": {"text": "Excursion, mm"}, "zeroline": True, "rangemode": "tozero", "fixedrange": True},
        yaxis={
            "tickvals": list(range(len(shown))),
            "ticktext": [_two_lines(short_name(expression)) for expression in shown],
            "range": (len(shown) - 0.5, -0.5),
            "tickfont": {"color": look.text, "size": SMALL_SIZE + 1},
            "showgrid": False,
            "fixedrange": True,
        },
        shapes=[_row_line(i, look) for i in range(1, len(shown))],
    )
    return figure


def repetition_dots_alt(result: ExamResult) -> str:
    """The repetitions in words."""
    told = []
    for expression, entry in _with_repetitions(result).items():
        used = sum(repetition.used for repetition in entry.repetitions)
        sides = ", ".join(f"{side.label} {quantity(entry.excursion_mm.get(side))}" for side in SIDES)
        told.append(f"{short_name(expression)} ({used} of {len(entry.repetitions)} used): {sides}")
    return f"Mean excursion of each expression. {'; '.join(told)}."


def _with_repetitions(result: ExamResult) -> dict[Expression, ExpressionResult]:
    return {expression: entry for expression, entry in result.expressions.items() if entry.repetitions}


def _side_lines(
    curves: Curves, repetitions: list[RepetitionMeasurement], side: Side, look: Theme
) -> list[dict[str, Any]]:
    colour, column = look.side(side), SIDES.index(side)
    lines = []
    for repetition in repetitions:
        times = curves.times_s[repetition.window] - repetition.segment.start_s
        lines.append((times, repetition.excursion[repetition.window, column]))
    if not lines:
        return []
    thin = {"color": faded(colour, 0.45), "width": 1.2}
    traces = [_line(times, values, thin) | {"hoverinfo": "skip", "showlegend": False} for times, values in lines]
    times, mean = mean_line(lines)
    thick = {"color": colour, "width": 3, "dash": "solid" if side is Side.RIGHT else "dashdot"}
    return [*(traces if len(lines) > 1 else []), _line(times, mean, thick) | {"name": side.label}]


def mean_line(lines: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Mean over repetitions while all of them last.

    Args:
        lines: times (K,) s from 0 and values (K,) of each repetition.

    Returns:
        Times (M,) s and means (M,).
    """
    length = min(times[-1] for times, _ in lines)
    grid = np.arange(0.0, length, _STEP_S)
    return grid, np.mean([np.interp(grid, times, values) for times, values in lines], axis=0)


def _line(x: np.ndarray, y: np.ndarray, line: dict[str, Any]) -> dict[str, Any]:
    points = {"x": np.round(x, 3).astype(np.float32), "y": np.round(y, 3).astype(np.float32)}
    return {"type": "scatter", "mode": "lines", "line": line} | points


def _loop(loop: np.ndarray, index: int, look: Theme) -> dict[str, Any]:
    line = {"color": faded(look.text, 0.85 if index == 0 else 0.45), "width": 2}
    hover = "right %{x:.1f} mm<br>left %{y:.1f} mm<extra></extra>"
    return _line(loop[:, 0], loop[:, 1], line) | {"name": f"repetition {index + 1}", "hovertemplate": hover}


def _side_axis(side: Side, limits: tuple[float, float], look: Theme) -> dict[str, Any]:
    title = {"text": f"{side.label}, mm", "font": {"color": look.side(side), "size": TEXT_SIZE}}
    return {"title": title, "range": limits, "zeroline": True, "fixedrange": True}


def _corner_note(text: str, look: Theme) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "yshift": 6}
    return place | {"text": f"<b>{text}</b>", "showarrow": False, "font": {"size": TEXT_SIZE, "color": look.text}}


def _equal_note(limits: tuple[float, float], look: Theme) -> dict[str, Any]:
    at = limits[0] + 0.8 * (limits[1] - limits[0])
    font = {"size": SMALL_SIZE, "color": look.muted}
    return {"text": "equal", "x": at, "y": at, "textangle": -45, "yshift": 10, "showarrow": False, "font": font}


def _dots(shown: dict[Expression, ExpressionResult], side: Side, look: Theme) -> list[dict[str, Any]]:
    colour, shift = look.side(side), -0.17 if side is Side.RIGHT else 0.17
    dots: dict[str, list[Any]] = {"x": [], "y": [], "hovertext": []}
    symbols = []
    means: dict[str, list[Any]] = {"x": [], "y": [], "hovertext": []}
    for row, (expression, entry) in enumerate(shown.items()):
        for index, repetition in enumerate(entry.repetitions, start=1):
            excursion = repetition.excursion_mm.get(side)
            if excursion is None:
                continue
            why = "" if repetition.used else f"<br>not used: {repetition.reason}"
            dots["x"].append(round(excursion, 2))
            dots["y"].append(row + shift)
            dots["hovertext"].append(
                f"{expression.label}, repetition {index}<br>{side.label} {number(excursion)} mm{why}"
            )
            symbols.append(_MARKERS[side] + ("" if repetition.used else "-open"))
        mean = entry.excursion_mm.get(side)
        if mean is not None:
            means["x"].append(round(mean, 2))
            means["y"].append(row + shift)
            means["hovertext"].append(f"{expression.label}, mean<br>{side.label} {number(mean)} mm")
    group = {"type": "scatter", "mode": "markers", "hoverinfo": "text", "legendgroup": side.value}
    dot = {"symbol": symbols, "size": 10, "color": faded(colour, 0.75), "line": {"width": 1.5, "color": colour}}
    bar = {"symbol": "line-ns", "size": 20, "line": {"width": 4, "color": colour}}
    return [
        group | dots | {"name": side.label, "marker": dot},
        group | means | {"name": f"{side.label}, mean", "marker": bar, "showlegend": False},
    ]


def _two_lines(name: str) -> str:
    return name.replace(" ", "<br>", 1)


def _row_line(row: int, look: Theme) -> dict[str, Any]:
    line = {"color": look.grid, "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": row - 0.5, "y1": row - 0.5, "line": line}
