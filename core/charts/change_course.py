"""The course over months with treatments marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.charts.change_style import note
from core.charts.scales import ROMAN
from core.charts.style import SMALL_SIZE, Theme, faded, series_colours, template, theme
from core.words import Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 400
_DASHES = ("solid", "dash", "dashdot", "dot", "longdash")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "pentagon")
_ROOM = 0.06
_ALONE_MONTHS = 1.0


@dataclass(frozen=True)
class CoursePoint:
    """A quantity at one visit.

    Attributes:
        months: since onset, or since the first visit where the onset is not known.
        value: None where not assessable.
        error: half of the band of measurement error, in the unit of the value; None where it is not known.
        comparable: False where it was measured otherwise than the first visit; drawn as a cross and not joined to the others.
        label: for pointing at it, e.g. the date.
    """

    months: float
    value: float | None
    error: float | None = None
    comparable: bool = True
    label: str = ""


@dataclass(frozen=True)
class CourseLine:
    """One quantity over the visits; with a ``side`` it has that side's colour."""

    name: str
    points: tuple[CoursePoint, ...]
    side: Side | None = None


@dataclass(frozen=True)
class TreatmentMark:
    """A treatment at its time, in the same months as the points."""

    months: float
    label: str


def recovery_course(
    lines: Sequence[CourseLine],
    treatments: Sequence[TreatmentMark] = (),
    *,
    quantity: str = "Weakness, 0 to 100",
    since: str = "onset",
    limits: tuple[float, float] | None = (0.0, 100.0),
    grades: bool = False,
    dark: bool = False,
    narrow: bool = False,
) -> go.Figure:
    """Scores over the months since onset; shaded: measurement error; upright lines: treatments.

    Args:
        lines: what is followed.
        treatments: marked with their names.
        quantity: title of the axis, with its unit.
        since: what the months count from.
        limits: ends of the axis of values; None fits it to them.
        grades: the values are grades, which are written as Roman numerals.
        dark: colours for a dark page.
        narrow: for a phone: names of treatments stand upright.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    known = [point for line in lines for point in line.points if point.value is not None]
    traces = [trace for number, line in enumerate(lines) for trace in _course(line, number, grades, look)]
    figure = go.Figure(traces)
    months = [*(point.months for point in known), *(mark.months for mark in treatments)]
    low, high = min(months, default=0.0), max(months, default=1.0)
    pad = _ROOM * (high - low) or _ALONE_MONTHS
    axis: dict[str, Any] = {"title": {"text": quantity}, "fixedrange": True}
    if limits is not None:
        reach = 0.03 * (limits[1] - limits[0])
        axis["range"] = (limits[0] - reach, limits[1] + reach)
    if grades:
        axis |= {"tickvals": list(range(1, len(ROMAN) + 1)), "ticktext": list(ROMAN)}
    figure.update_layout(
        template=template(dark),
        height=_HEIGHT + (60 if narrow else 0),
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 130 if narrow else 96, "b": 44},
        legend={"yref": "container", "y": 1.0, "yanchor": "top"},
        xaxis={"title": {"text": f"Months since {since}"}, "range": (low - pad, high + pad), "showgrid": False},
        yaxis=axis,
        shapes=[_upright(mark, look) for mark in treatments],
        annotations=[
            *(_treatment(mark, i, narrow, look) for i, mark in enumerate(sorted(treatments, key=lambda m: m.months))),
            *([] if known else [note("Nothing could be assessed.", look)]),
        ],
    )
    return figure


def recovery_course_alt(
    lines: Sequence[CourseLine], treatments: Sequence[TreatmentMark] = (), *, since: str = "onset", grades: bool = False
) -> str:
    """The course in words."""
    told = []
    for line in lines:
        values = [
            f"{point.months:.1f} months {'–' if point.value is None else _value_words(point.value, grades)}"
            f"{'' if point.comparable else ' (not comparable)'}"
            for point in line.points
        ]
        told.append(f"{line.name}: {', '.join(values) or 'no visit'}")
    marks = ", ".join(f"{mark.label} at {mark.months:.1f} months" for mark in treatments) or "none entered"
    return f"Course since {since}. {'. '.join(told)}. Treatments: {marks}."


def _course(line: CourseLine, number: int, grades: bool, look: Theme) -> list[dict[str, Any]]:
    colours = (*series_colours(look.dark), look.muted)
    colour = colours[number % len(colours)] if line.side is None else look.side(line.side)
    joined = sorted((p for p in line.points if p.value is not None and p.comparable), key=lambda p: p.months)
    apart = [point for point in line.points if point.value is not None and not point.comparable]
    symbol, dash = _SYMBOLS[number % len(_SYMBOLS)], _DASHES[number % len(_DASHES)]
    base = {"type": "scatter", "hoverinfo": "text", "legendgroup": line.name}
    traces: list[dict[str, Any]] = []
    edges = [(p.months, p.value, p.error) for p in joined if p.value is not None and p.error is not None]
    if len(edges) > 1:
        outline = [(m, v + e) for m, v, e in edges] + [(m, v - e) for m, v, e in reversed(edges)]
        traces.append(
            base
            | {
                "mode": "lines",
                "x": [round(m, 3) for m, _ in outline],
                "y": [round(v, 2) for _, v in outline],
                "fill": "toself",
                "fillcolor": faded(colour, 0.14),
                "line": {"width": 0},
                "hoverinfo": "skip",
                "showlegend": False,
                "name": f"{line.name}, measurement error",
            }
        )
    traces.append(
        base
        | {
            "mode": "lines+markers",
            "name": line.name,
            "x": [round(point.months, 3) for point in joined],
            "y": [round(point.value or 0.0, 2) for point in joined],
            "hovertext": [_point_words(line, point, grades) for point in joined],
            "line": {"color": colour, "width": 2.5, "dash": dash},
            "marker": {"symbol": symbol, "size": 10, "color": colour},
        }
    )
    if apart:
        traces.append(
            base
            | {
                "mode": "markers",
                "name": f"{line.name}, not comparable",
                "x": [round(point.months, 3) for point in apart],
                "y": [round(point.value or 0.0, 2) for point in apart],
                "hovertext": [_point_words(line, point, grades) for point in apart],
                "marker": {"symbol": "x-thin-open", "size": 11, "color": look.muted, "line": {"width": 2.5}},
            }
        )
    return traces


def _point_words(line: CourseLine, point: CoursePoint, grades: bool) -> str:
    error = "" if point.error is None else f" ± {point.error:.0f}{' grade' * grades}"
    value = _value_words(point.value or 0.0, grades)
    lines = [f"<b>{line.name}</b>", f"{point.months:.1f} months: {value}{error}", point.label]
    return "<br>".join(text for text in (*lines, "" if point.comparable else "not comparable") if text)


def _value_words(value: float, grades: bool) -> str:
    return ROMAN[round(value) - 1] if grades and 1 <= round(value) <= len(ROMAN) else f"{value:.0f}"


def _upright(mark: TreatmentMark, look: Theme) -> dict[str, Any]:
    line = {"color": look.rule, "width": 1.5, "dash": "dot"}
    return {"type": "line", "x0": mark.months, "x1": mark.months, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _treatment(mark: TreatmentMark, index: int, narrow: bool, look: Theme) -> dict[str, Any]:
    """Names of treatments above the plot, in two heights so that neighbours do not lie over each other."""
    return {
        "text": mark.label,
        "x": mark.months,
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "yshift": 2 if narrow else 2 + 18 * (index % 2),
        "textangle": -90 if narrow else 0,
        "showarrow": False,
        "font": {"size": SMALL_SIZE, "color": look.text},
    }
