"""The paired change of many patients: each of them from before to after, and the mean change with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.charts.change_style import note, shown, signed, verdict_colour
from core.charts.style import SMALL_SIZE, Theme, faded, template, theme
from core.charts.wording import unit_words
from core.grading.change import ChangeRow, Verdict
from core.grading.change_cohort import PairedChange

if TYPE_CHECKING:
    import plotly.graph_objects as go

CROWD = 30
"""From so many patients on single lines are thin and pale, and the middle of all stands in front of them."""

_HEIGHT = 400
_CROWD_LINE, _CROWD_WIDTH = 0.22, 0.8
_SPREAD = 0.45
# Fractions of multiples of the golden ratio fill a width evenly, however many there are, and never change.
_GOLDEN = 0.6180339887


def cohort_change(change: PairedChange, title: str, *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """Every patient as a line from before to after, coloured by its verdict, and beside them the mean change with its interval.

    Many patients (``CROWD``) are thin, pale lines behind their median and the middle half of them at both visits.

    Args:
        change: of ``core.grading.change_cohort.paired_change``.
        title: of the axis, with its unit.
        dark: colours for a dark page.
        narrow: for a phone: the panel of the mean below.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    rows = change.rows
    unit = rows[0].unit if rows else "points"
    lines = [*_crowd(rows, look), *_middle(rows, look)] if is_crowd(change) else [_patient(row, look) for row in rows]
    figure = go.Figure([*lines, *_mean_change(change, unit, look)])
    told = f"mean change {_interval_words(change, unit)}{',<br>' if narrow else ', '}n = {len(rows)}"
    figure.update_layout(
        template=template(dark),
        height=2 * _HEIGHT if narrow else _HEIGHT,
        showlegend=False,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 64 if narrow else 48, "b": 44},
        xaxis={
            "domain": (0, 1) if narrow else (0, 0.6),
            "anchor": "y",
            "tickvals": [0, 1],
            "ticktext": ["before", "after"],
            "range": (-0.25, 1.25),
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis={"domain": (0.5, 1) if narrow else (0, 1), "anchor": "x", "title": {"text": title}, "fixedrange": True},
        xaxis2={
            "domain": (0, 1) if narrow else (0.74, 1),
            "anchor": "y2",
            "range": (-1, 1),
            "showticklabels": False,
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis2={
            "domain": (0, 0.38) if narrow else (0, 1),
            "anchor": "x2",
            "title": {"text": f"Change, {unit_words(unit)}".rstrip(", ")},
            "range": _reach(change),
            "zeroline": True,
            "fixedrange": True,
        },
        annotations=[
            {
                "text": told,
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": 1,
                "xanchor": "left",
                "align": "left",
                "yanchor": "bottom",
                "yshift": 8,
                "showarrow": False,
                "font": {"size": SMALL_SIZE + 1, "color": look.text},
            },
            *([] if rows else [note("No patient can be compared.", look)]),
        ],
    )
    return figure


def cohort_change_alt(change: PairedChange, title: str) -> str:
    """The cohort in words."""
    unit = change.rows[0].unit if change.rows else "points"
    counted = ", ".join(f"{count} {verdict.label}" for verdict, count in change.verdicts.items() if count)
    middle = ""
    if is_crowd(change):
        told = (
            f"{shown(median, unit)} {when} (middle half {shown(low, unit)} to {shown(high, unit)})"
            for when, (low, median, high) in zip(("before", "after"), quartiles(change.rows), strict=True)
        )
        middle = f" Median {', '.join(told)}."
    return (
        f"{title} before and after, {len(change.rows)} patients compared: "
        f"mean change {_interval_words(change, unit)}.{middle} {counted or 'No patients'}."
    )


def cohort_legend(change: PairedChange, *, narrow: bool = False) -> str:
    """How the chart is to be read, in one line for the page under it; ``narrow`` as in ``cohort_change``."""
    verdicts = {row.verdict for row in change.rows}
    colours = [
        words
        for verdict, words in (
            (Verdict.IMPROVED, "teal improved"),
            (Verdict.WORSE, "brown worse"),
            (Verdict.WITHIN_ERROR, "grey within measurement error"),
        )
        if verdict in verdicts
    ]
    single = "Thin lines: single patients" if is_crowd(change) else "Lines: single patients"
    told = [f"{single} ({', '.join(colours)})." if colours else f"{single}."]
    if is_crowd(change):
        told.append("In front: the median of all at both visits; its bars span the middle half of the patients.")
    bars = ", its bars the 95 % interval" if change.mean.known else ""
    where = "Lower panel" if narrow else "Right panel"
    return " ".join([*told, f"{where}: each patient's change; the diamond is the mean{bars}."])


def is_crowd(change: PairedChange) -> bool:
    """Whether single lines would cover each other."""
    return len(change.rows) >= CROWD


def quartiles(rows: Sequence[ChangeRow]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Lower quartile, median and upper quartile of all patients before and after."""
    found = [
        np.percentile([value for value in values if value is not None], (25, 50, 75))
        for values in ([row.before for row in rows], [row.after for row in rows])
    ]
    before, after = ((float(low), float(median), float(high)) for low, median, high in found)
    return before, after


def _reach(change: PairedChange) -> tuple[float, float]:
    """Ends of the axis of changes: all of them, the interval and zero, with room for a whole dot."""
    values = [0.0, *(row.change or 0.0 for row in change.rows), *(change.mean.low or 0.0, change.mean.high or 0.0)]
    room = 0.05 * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room


def _patient(row: ChangeRow, look: Theme) -> dict[str, Any]:
    colour = verdict_colour(row.verdict, look)
    faint = row.verdict is Verdict.WITHIN_ERROR
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": row.verdict.label,
        "x": [0, 1],
        "y": [round(row.before or 0.0, 2), round(row.after or 0.0, 2)],
        "hoverinfo": "text",
        "hovertext": [_patient_words(row)] * 2,
        "line": {"color": faded(colour, 0.5) if faint else colour, "width": 1.2 if faint else 1.8},
        "marker": {"size": 6, "color": colour},
    }


def _crowd(rows: Sequence[ChangeRow], look: Theme) -> list[dict[str, Any]]:
    """All patients of one verdict as one trace, which a browser draws at once; the commonest verdict lies behind."""
    groups: dict[Verdict, list[ChangeRow]] = {}
    for row in rows:
        groups.setdefault(row.verdict, []).append(row)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": verdict.label,
            "x": [x for _ in group for x in (0, 1, None)],
            "y": [y for r in group for y in (round(r.before or 0.0, 2), round(r.after or 0.0, 2), None)],
            "hoverinfo": "text",
            "hovertext": [words for row in group for words in (_patient_words(row), _patient_words(row), "")],
            "line": {"color": faded(verdict_colour(verdict, look), _CROWD_LINE), "width": _CROWD_WIDTH},
        }
        for verdict, group in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


def _middle(rows: Sequence[ChangeRow], look: Theme) -> list[dict[str, Any]]:
    """Median of all at both visits with the middle half of the patients, on a rim that parts it from the lines behind."""
    places = quartiles(rows)
    unit = rows[0].unit
    medians = [median for _, median, _ in places]
    words = [
        f"median {shown(median, unit)}<br>middle half {shown(low, unit)} to {shown(high, unit)}"
        for low, median, high in places
    ]
    base = {"type": "scatter", "x": [0, 1], "y": [round(median, 2) for median in medians]}
    rim = {"mode": "lines", "name": "rim", "hoverinfo": "skip", "line": {"color": look.panel, "width": 8}}
    bars = {
        "type": "data",
        "symmetric": False,
        "array": [high - median for _, median, high in places],
        "arrayminus": [median - low for low, median, _ in places],
        "color": look.text,
        "thickness": 2.5,
        "width": 9,
    }
    line = {
        "mode": "lines+markers",
        "name": "median",
        "hoverinfo": "text",
        "hovertext": words,
        "line": {"color": look.text, "width": 3.5},
        "marker": {"symbol": "diamond", "size": 12, "color": look.text},
        "error_y": bars,
    }
    return [base | rim, base | line]


def _patient_words(row: ChangeRow) -> str:
    return f"{shown(row.before, row.unit)} to {shown(row.after, row.unit)}<br>{row.verdict.label}"


def _mean_change(change: PairedChange, unit: str, look: Theme) -> list[dict[str, Any]]:
    if change.mean.value is None:
        return []
    crowd = is_crowd(change)
    # Spread by order alone, so that the same patients always lie at the same places.
    places = [round(_SPREAD * (2 * ((i + 1) * _GOLDEN % 1.0) - 1), 3) for i in range(len(change.rows))]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "name": "patients",
        "xaxis": "x2",
        "yaxis": "y2",
        "x": places,
        "y": [round(row.change or 0.0, 2) for row in change.rows],
        "hoverinfo": "text",
        "hovertext": [f"{signed(row.change or 0.0, unit)}, {row.verdict.label}" for row in change.rows],
        "marker": {
            "size": 5 if crowd else 7,
            "color": [faded(verdict_colour(r.verdict, look), 0.4 if crowd else 0.6) for r in change.rows],
        },
    }
    ends = (change.mean.low, change.mean.high)
    reach = [abs(end - change.mean.value) if end is not None else 0.0 for end in ends]
    mean = {
        "type": "scatter",
        "mode": "markers",
        "name": "mean",
        "xaxis": "x2",
        "yaxis": "y2",
        "x": [0.0],
        "y": [round(change.mean.value, 3)],
        "hoverinfo": "text",
        "hovertext": [f"mean change {_interval_words(change, unit)}"],
        "marker": {"symbol": "diamond", "size": 14, "color": look.text},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [reach[1]],
            "arrayminus": [reach[0]],
            "color": look.text,
            "thickness": 2.5,
            "width": 9,
        },
    }
    return [dots, mean]


def _interval_words(change: PairedChange, unit: str) -> str:
    if change.mean.value is None:
        return "–"
    words = {"points": " points", "grade": " grades"}.get(unit, f" {unit_words(unit)}".rstrip())
    told = f"{signed(change.mean.value, 'mm')}{words}"
    if change.mean.low is None or change.mean.high is None:
        return told
    return f"{told} (95 % interval {signed(change.mean.low, 'mm')} to {signed(change.mean.high, 'mm')})"
