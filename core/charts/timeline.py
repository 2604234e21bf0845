"""A patient's course on one axis of time: a lane for each kind of event, treatments as lines through all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from core.charts.style import SMALL_SIZE, Theme, series_colours, template, theme
from core.records.timeline import EventKind, TimelineEvent

if TYPE_CHECKING:
    import plotly.graph_objects as go

_LANE_PX, _FRAME_PX = 58, 70
_MOST_MARKED = 8
_HOVER_WIDTH, _HOVER_LINES = 52, 8
_MARGIN_PART, _LEAST_MARGIN = 0.06, timedelta(days=12)
_SYMBOLS: dict[EventKind, str] = {
    EventKind.ONSET: "star",
    EventKind.VISIT: "circle",
    EventKind.ANALYSIS: "circle-open",
    EventKind.JUDGEMENT: "square",
    EventKind.PROM: "square-open",
    EventKind.TREATMENT: "triangle-down",
}


def timeline_figure(events: Sequence[TimelineEvent], *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """A patient's course.

    Args:
        events: at least one, in the order of their days.
        dark: colours for a dark page.
        narrow: for a phone: fewer marks on the axis, no words beside the treatments.

    Raises:
        ValueError: there is no event.
    """
    import plotly.graph_objects as go

    _check(events)

    look, lanes = theme(dark), _lanes(events)
    figure = go.Figure([_lane(events, kind, place, look) for place, kind in enumerate(lanes)])
    treated = _days(events, EventKind.TREATMENT)
    figure.update_layout(
        template=template(dark),
        height=_FRAME_PX + _LANE_PX * len(lanes),
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        showlegend=False,
        hovermode="closest",
        xaxis={
            "type": "date",
            "range": _span(events),
            "fixedrange": True,
            "nticks": 4 if narrow else 9,
            "tickformat": "%b %Y" if _is_long(events) else "%-d %b %Y",
        },
        yaxis={"visible": False, "range": (len(lanes) - 0.55, -0.75), "fixedrange": True},
        shapes=[_rule(place, look) for place in range(len(lanes))] + [_mark(day, look) for day in treated],
        annotations=[
            *(_name(kind, place, look) for place, kind in enumerate(lanes)),
            *([] if narrow or len(treated) > _MOST_MARKED else _treatment_names(events, lanes, look)),
        ],
    )
    return figure


def timeline_alt(events: Sequence[TimelineEvent]) -> str:
    """The figure in words; raises ValueError where there is no event."""
    _check(events)
    first, last = events[0].day, events[-1].day
    span = f"on {day_words(first)}" if first == last else f"from {day_words(first)} to {day_words(last)}"
    lanes = []
    for kind in _lanes(events):
        days = ", ".join(day_words(day) for day in _days(events, kind))
        lanes.append(f"{kind.label}: {days}")
    return f"Course {span}. {'. '.join(lanes)}."


def day_words(day: date) -> str:
    """A day as the pages write it, e.g. "3 Mar 2026"."""
    return f"{day.day} {day:%b %Y}"


def _check(events: Sequence[TimelineEvent]) -> None:
    if not events:
        raise ValueError("events must hold at least one event, got none")


def _lanes(events: Sequence[TimelineEvent]) -> list[EventKind]:
    found = {event.kind for event in events}
    return [kind for kind in EventKind if kind in found]


def _days(events: Sequence[TimelineEvent], kind: EventKind) -> list[date]:
    return list(dict.fromkeys(event.day for event in events if event.kind is kind))


def _lane(events: Sequence[TimelineEvent], kind: EventKind, place: int, look: Theme) -> dict[str, Any]:
    told: dict[date, list[TimelineEvent]] = defaultdict(list)
    for event in events:
        if event.kind is kind:
            told[event.day].append(event)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": kind.label,
        "x": list(told),
        "y": [place] * len(told),
        "marker": {
            "symbol": _SYMBOLS[kind],
            "size": 15,
            "color": _colour(kind, look),
            "line": {"width": 2 if _SYMBOLS[kind].endswith("-open") else 0},
        },
        "hovertext": [f"<b>{day_words(day)}</b><br>{_hover(entries)}" for day, entries in told.items()],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _hover(events: Sequence[TimelineEvent]) -> str:
    """Words of users among them are escaped: plotly reads a small part of HTML."""
    lines: list[str] = []
    for event in events:
        lines += wrap(f"{event.title}: {event.detail}" if event.detail else event.title, _HOVER_WIDTH)
    if len(lines) > _HOVER_LINES:
        lines = [*lines[: _HOVER_LINES - 1], "…"]
    return "<br>".join(escape(line) for line in lines)


def _colour(kind: EventKind, look: Theme) -> str:
    plain, plum, green, ochre = series_colours(look.dark)
    return {EventKind.ONSET: ochre, EventKind.TREATMENT: plum, EventKind.JUDGEMENT: green, EventKind.PROM: green}.get(
        kind, plain
    )


def _is_long(events: Sequence[TimelineEvent]) -> bool:
    return (events[-1].day - events[0].day).days > 90


def _span(events: Sequence[TimelineEvent]) -> tuple[str, str]:
    first, last = events[0].day, events[-1].day
    margin = max((last - first) * _MARGIN_PART, _LEAST_MARGIN)
    return (first - margin).isoformat(), (last + margin).isoformat()


def _rule(place: int, look: Theme) -> dict[str, Any]:
    line = {"color": look.grid, "width": 2}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": place,
        "y1": place,
        "line": line,
        "layer": "below",
    }


def _mark(day: date, look: Theme) -> dict[str, Any]:
    line = {"color": _colour(EventKind.TREATMENT, look), "width": 1.5, "dash": "dot"}
    at = day.isoformat()
    return {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": line, "layer": "below"}


def _name(kind: EventKind, place: int, look: Theme) -> dict[str, Any]:
    return {
        "text": kind.label,
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "y": place,
        "yanchor": "bottom",
        "yshift": 8,
        "showarrow": False,
        "bgcolor": look.panel,
        "font": {"size": SMALL_SIZE, "color": look.muted},
    }


def _treatment_names(events: Sequence[TimelineEvent], lanes: Sequence[EventKind], look: Theme) -> list[dict[str, Any]]:
    """What was done, beside the marks; the last ones to the left of theirs, so that nothing is cut off."""
    place = lanes.index(EventKind.TREATMENT) if EventKind.TREATMENT in lanes else 0
    first, last = events[0].day, events[-1].day
    names: dict[date, list[str]] = defaultdict(list)
    for event in events:
        if event.kind is EventKind.TREATMENT and event.title not in names[event.day]:
            names[event.day].append(event.title)
    return [
        {
            "text": escape(", ".join(titles)),
            "x": day.isoformat(),
            "xanchor": "right" if late else "left",
            "xshift": -12 if late else 12,
            "y": place,
            "yanchor": "middle",
            "showarrow": False,
            "font": {"size": SMALL_SIZE, "color": look.text},
        }
        for day, titles in names.items()
        for late in ((day - first) > (last - first) * 0.75,)
    ]
