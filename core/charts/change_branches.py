"""Branch scores before and after as dumbbells, and over several visits as slopes, with the band of measurement error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.charts.change_style import (
    NOT_COMPARABLE,
    SYMBOLS,
    band,
    note,
    row_hover,
    row_words,
    sides_alt,
    signed,
    verdict_colour,
)
from core.charts.marks import hatch, panel_heading
from core.charts.style import SMALL_SIZE, Theme, series_colours, template, theme
from core.grading.change import ChangeRow, Comparison, Kind, Verdict
from core.words import BRANCHES, SIDES, Branch, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 420
_AXES = {Side.RIGHT: ("x", "y"), Side.LEFT: ("x2", "y2")}
_PART, _NARROW_PART, _SLOPE_PART = 0.41, 0.355, 0.47
_APART = 0.045
_LIMIT = 100.0
_HALF_BAND = 0.26
_DASHES = ("solid", "dash", "dashdot", "dot", "longdash")
_MARKS = ("circle", "diamond", "square", "triangle-up", "pentagon")


def branch_dumbbells(
    comparison: Comparison, of: Kind = Kind.WEAKNESS, *, dark: bool = False, narrow: bool = False
) -> go.Figure:
    """For each branch and side a hollow dot before, a filled one after, and the line between; grey band: measurement error.

    A later value outside the band around the earlier one has changed. Scores run outwards from the middle, the patient's right on
    the left; what cannot be compared is a hatched grey bar.

    Args:
        comparison: of two visits.
        of: weakness or synkinesis.
        dark: colours for a dark page.
        narrow: for a phone: without the verdict's word beside each line.
    """
    import plotly.graph_objects as go

    look, rows = theme(dark), comparison.of(of)
    figure = go.Figure(
        [trace for side in SIDES for trace in _dumbbells([r for r in rows if r.side is side], side, look)]
    )
    names = [branch for branch in BRANCHES if any(row.name == branch for row in rows)]
    figure.update_layout(
        template=template(dark),
        height=HEIGHT,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        barmode="overlay",
        margin={"l": 6, "r": 6, "t": 44, "b": 44},
        xaxis=_score_axis(Side.RIGHT, of, narrow),
        xaxis2=_score_axis(Side.LEFT, of, narrow),
        yaxis=_row_axis(len(names), "x"),
        yaxis2=_row_axis(len(names), "x2"),
        shapes=[_error_band(row, look) for row in rows if _is_drawn(row)],
        annotations=[
            *(panel_heading(side, look, 0 if side is Side.RIGHT else 1) for side in SIDES),
            *(_branch_name(branch, i, look) for i, branch in enumerate(names)),
            *(_words(row, look, narrow) for row in rows),
        ],
    )
    return figure


def branch_dumbbells_alt(comparison: Comparison, of: Kind = Kind.WEAKNESS) -> str:
    """The dumbbells in words."""
    return f"{of.label} of each branch before and after, 0 to 100, less is better. {sides_alt(comparison.of(of))}."


def branch_slopes(
    series: Sequence[Comparison],
    labels: Sequence[str],
    of: Kind = Kind.WEAKNESS,
    *,
    dark: bool = False,
    narrow: bool = False,
) -> go.Figure:
    """Scores of every branch from the baseline over all later visits, a panel a side.

    The whisker at the baseline is the band of measurement error; later dots are filled where they have changed against the
    baseline, hollow within error, and a cross where they cannot be compared.

    Args:
        series: of ``compare_series``: the baseline against each later visit.
        labels: of the baseline and every later visit, e.g. dates.
        of: weakness or synkinesis.
        dark: colours for a dark page.
        narrow: for a phone: the panels below each other.

    Raises:
        ValueError: the number of labels is not one more than that of comparisons.
    """
    import plotly.graph_objects as go

    if len(labels) != len(series) + 1:
        raise ValueError(f"labels must have {len(series) + 1} values, got {len(labels)}")
    look = theme(dark)
    drawn = [
        _slope(series, side, branch, number, of, look)
        for side in SIDES
        for number, branch in enumerate(BRANCHES)
        if _has_values(series, side, branch, of)
    ]
    named: set[str] = set()
    for trace in drawn:
        trace["showlegend"] = trace["name"] not in named
        named.add(trace["name"])
    figure = go.Figure(drawn)
    places = {side: _slope_place(side, narrow) for side in SIDES}
    figure.update_layout(
        template=template(dark),
        height=760 if narrow else HEIGHT,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 100 if narrow else 76, "b": 44},
        legend={"y": 1.0, "yanchor": "top", "yref": "container", "font": {"size": SMALL_SIZE}},
        annotations=[
            *(panel_heading(side, look, places[side][2], places[side][3], 4) for side in SIDES),
            *([] if series else [note("There is no later visit.", look)]),
        ],
        **{
            f"{letter}axis{'' if side is Side.RIGHT else '2'}": axis
            for side in SIDES
            for letter, axis in _slope_axes(side, labels, of, places[side])
        },
    )
    return figure


def branch_slopes_alt(series: Sequence[Comparison], labels: Sequence[str], of: Kind = Kind.WEAKNESS) -> str:
    """The slopes in words: every later visit against the baseline."""
    told = [f"{label}: {sides_alt(comparison.of(of))}" for comparison, label in zip(series, labels[1:], strict=True)]
    return f"{of.label} of each branch against {labels[0]}, 0 to 100, less is better. {'. '.join(told)}."


def _is_drawn(row: ChangeRow) -> bool:
    return row.verdict is not Verdict.NOT_COMPARABLE


def _position(row: ChangeRow) -> int:
    return BRANCHES.index(Branch(row.name))


def _dumbbells(rows: list[ChangeRow], side: Side, look: Theme) -> list[dict[str, Any]]:
    x, y = _AXES[side]
    base = {"xaxis": x, "yaxis": y, "hoverinfo": "text"}
    traces: list[dict[str, Any]] = []
    gone = [row for row in rows if not _is_drawn(row)]
    if gone:
        traces.append(
            base
            | {
                "type": "bar",
                "orientation": "h",
                "name": f"{side.label}, {NOT_COMPARABLE}",
                "x": [_LIMIT] * len(gone),
                "y": [_position(row) for row in gone],
                "width": 0.5,
                "hovertext": [row_hover(row) for row in gone],
                "marker": {"color": look.missing, "line": {"width": 0}, "pattern": hatch(look)},
            }
        )
    for row in rows:
        if _is_drawn(row) and row.before is not None and row.after is not None:
            colour = verdict_colour(row.verdict, look)
            traces.append(
                base
                | {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": f"{side.label}, {row.label.lower()}",
                    "x": [round(row.before, 2), round(row.after, 2)],
                    "y": [_position(row)] * 2,
                    "hovertext": [row_hover(row)] * 2,
                    "line": {"color": colour, "width": 3},
                    "marker": {
                        "symbol": ["circle-open", "circle"],
                        "size": [13, 14],
                        "color": colour,
                        "line": {"width": 2.5, "color": colour},
                    },
                }
            )
    return traces


def _error_band(row: ChangeRow, look: Theme) -> dict[str, Any]:
    side = row.side or Side.RIGHT
    x, y = _AXES[side]
    before, limit = row.before or 0.0, row.detectable.value if row.detectable is not None else 0.0
    return {
        "type": "rect",
        "layer": "below",
        "xref": x,
        "yref": y,
        "x0": max(before - limit, 0.0),
        "x1": min(before + limit, _LIMIT),
        "y0": _position(row) - _HALF_BAND,
        "y1": _position(row) + _HALF_BAND,
        "line": {"width": 0},
        "fillcolor": band(look),
    }


def _score_axis(side: Side, of: Kind, narrow: bool) -> dict[str, Any]:
    right, part = side is Side.RIGHT, _NARROW_PART if narrow else _PART
    return {
        "range": (_LIMIT + 4, -4) if right else (-4, _LIMIT + 4),
        "domain": (0, part) if right else (1 - part, 1),
        "anchor": _AXES[side][1],
        "tickvals": [0, 50, 100] if narrow else [0, 25, 50, 75, 100],
        "title": {"text": of.label if narrow else f"{of.label}, 0 to 100"},
        "fixedrange": True,
        "tickangle": 0,
    }


def _row_axis(count: int, anchor: str) -> dict[str, Any]:
    return {
        "range": (count - 0.5, -0.5),
        "showticklabels": False,
        "showgrid": False,
        "fixedrange": True,
        "anchor": anchor,
    }


def _branch_name(branch: Branch, place: int, look: Theme) -> dict[str, Any]:
    return {
        "text": branch.label.replace(" ", "<br>"),
        "x": 0.5,
        "xref": "paper",
        "y": place,
        "showarrow": False,
        "font": {"size": SMALL_SIZE + 1, "color": look.text},
    }


def _words(row: ChangeRow, look: Theme, narrow: bool) -> dict[str, Any]:
    """Change and verdict above the line, or that it is not comparable, on its bar."""
    side = row.side or Side.RIGHT
    x, y = _AXES[side]
    place: dict[str, Any] = {"xref": x, "yref": y, "y": _position(row), "showarrow": False}
    if not _is_drawn(row) or row.change is None or row.before is None or row.after is None:
        text = NOT_COMPARABLE.replace(" ", "<br>") if narrow else NOT_COMPARABLE
        font = {"size": SMALL_SIZE, "color": "#1B2430"}
        return place | {"text": text, "x": _LIMIT / 2, "bgcolor": look.missing, "borderpad": 1, "font": font}
    word = "" if narrow or row.verdict is Verdict.WITHIN_ERROR else f" {row.verdict.value}"
    sign = "≈ " if row.verdict is Verdict.WITHIN_ERROR else ""
    middle = min(max((row.before + row.after) / 2, 18.0), _LIMIT - 18.0)
    font = {"size": SMALL_SIZE, "color": verdict_colour(row.verdict, look)}
    return place | {"text": f"<b>{sign}{signed(row.change)}</b>{word}", "x": middle, "yshift": 18, "font": font}


def _has_values(series: Sequence[Comparison], side: Side, branch: Branch, of: Kind) -> bool:
    """Whether a branch was assessable at any of the visits; one that never was has no line and no entry in the legend."""
    rows = [comparison.row(of, branch, side) for comparison in series]
    return any(row is not None and (row.before is not None or row.after is not None) for row in rows)


def _slope(
    series: Sequence[Comparison], side: Side, branch: Branch, number: int, of: Kind, look: Theme
) -> dict[str, Any]:
    x, y = _AXES[side]
    rows = [comparison.row(of, branch, side) for comparison in series]
    before = next((row.before for row in rows if row is not None and row.before is not None), None)
    limit = next((row.detectable.value for row in rows if row is not None and row.detectable is not None), None)
    values = [before, *(None if row is None else row.after for row in rows)]
    symbols = [_MARKS[number], *(_slope_symbol(row, number) for row in rows)]
    colours = series_colours(look.dark)
    colour = (*colours, look.muted)[number % (len(colours) + 1)]
    told = [f"<b>{branch.label}</b>, {side.label}<br>baseline {'–' if before is None else f'{before:.0f}'}"]
    errors = [limit if before is not None else None, *[None] * len(rows)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": branch.label,
        "legendgroup": branch.value,
        "xaxis": x,
        "yaxis": y,
        # A little beside each other, so that whiskers and dots of the branches can be told apart.
        "x": [round(place + _APART * (number - 2), 3) for place in range(len(values))],
        "y": [None if value is None else round(value, 2) for value in values],
        "connectgaps": True,
        "hoverinfo": "text",
        "hovertext": told + ["" if row is None else row_hover(row) for row in rows],
        "line": {"color": colour, "width": 2, "dash": _DASHES[number]},
        "marker": {"symbol": symbols, "size": 11, "color": colour, "line": {"width": 2, "color": colour}},
        "error_y": {"type": "data", "array": errors, "color": colour, "thickness": 1.2, "width": 5},
    }


def _slope_symbol(row: ChangeRow | None, number: int) -> str:
    if row is None or row.verdict is Verdict.NOT_COMPARABLE:
        return SYMBOLS[Verdict.NOT_COMPARABLE]
    return _MARKS[number] + ("-open" if row.verdict is Verdict.WITHIN_ERROR else "")


def _slope_place(side: Side, narrow: bool) -> tuple[tuple[float, float], tuple[float, float], float, float]:
    """Domains of x and y, and where the heading stands, in parts of the figure."""
    right = side is Side.RIGHT
    if narrow:
        y = (0.56, 1.0) if right else (0.0, 0.44)
        return (0.0, 1.0), y, 0.0 if right else 1.0, y[1]
    return ((0.0, _SLOPE_PART) if right else (1 - _SLOPE_PART, 1.0)), (0.0, 1.0), 0.0 if right else 1.0, 1.0


def _slope_axes(
    side: Side, labels: Sequence[str], of: Kind, place: tuple[tuple[float, float], tuple[float, float], float, float]
) -> list[tuple[str, dict[str, Any]]]:
    x, y = _AXES[side]
    across = {
        "domain": place[0],
        "anchor": y,
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "range": (-0.3, len(labels) - 0.7),
        "fixedrange": True,
        "showgrid": False,
    }
    up = {
        "domain": place[1],
        "anchor": x,
        "range": (-3, 103),
        "tickvals": [0, 25, 50, 75, 100],
        "fixedrange": True,
        "title": {"text": of.label if side is Side.RIGHT else ""},
    }
    return [("x", across), ("y", up)]


def changed_branches(comparison: Comparison, of: Kind = Kind.WEAKNESS) -> list[str]:
    """What changed, in a few words each, for a caption: "temporal 60 to 32, improved (patient's right)"."""
    return [
        f"{row_words(row)} ({row.side.label})"
        for row in comparison.of(of)
        if row.side is not None and row.verdict in (Verdict.IMPROVED, Verdict.WORSE, Verdict.CHANGED)
    ]
