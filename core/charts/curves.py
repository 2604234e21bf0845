"""A measure over the whole recording, both sides, with the segments shaded and named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from core.charts.style import CLEAR, SMALL_SIZE, Theme, faded, template, theme
from core.charts.wording import measure_words, short_name, unit_words
from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.measures.curves import MEASURES, MIDLINE_MEASURES, Curves, measure_label
from core.words import SIDES, Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

_PLOT_PX, _TOP_PX, _UPRIGHT_TOP_PX = 330, 52, 128
_NAME_PX = 78
_MOST_POINTS = 6000
_SHADES = (0.10, 0.05)


def measure_over_time(
    curves: Curves,
    measure: str,
    segments: Sequence[Segment],
    key_frames_s: Iterable[float] = (),
    *,
    playhead_s: float | None = None,
    dark: bool = False,
    width_px: float = 1100,
) -> go.Figure:
    """Both sides of one measure over time.

    Args:
        curves: all measures of the recording.
        measure: a name in ``curves.values`` or ``curves.midline``; a midline measure is one line.
        segments: shaded; neighbours of the same expression share one name.
        key_frames_s: dotted lines.
        playhead_s: a solid line at this moment.
        dark: colours for a dark page.
        width_px: about how wide it will be shown; names of narrow segments stand upright.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    ordered = sorted(segments, key=lambda segment: segment.start_s)
    figure = go.Figure(_lines(curves, measure, look))
    unit = unit_words(curves.units[measure])
    end_s = float(curves.times_s[-1]) if len(curves.times_s) else 1.0
    marks = [_vertical(at_s, look.rule, "dot") for at_s in key_frames_s]
    if playhead_s is not None:
        marks.append(_vertical(playhead_s, look.text, "solid"))
    runs = _runs(ordered)
    upright = _closest(runs) * width_px / max(end_s, 1e-6) < _NAME_PX
    top = _UPRIGHT_TOP_PX if upright else _TOP_PX
    figure.update_layout(
        template=template(dark),
        height=_PLOT_PX + top,
        hovermode="x unified",
        margin={"l": 8, "r": 8, "t": top, "b": 84},
        legend={"yref": "container", "y": 0.01, "yanchor": "bottom", "x": 0.5, "xanchor": "center"},
        xaxis={"title": {"text": "Time, s"}, "range": (0.0, end_s), "hoverformat": ".2f", "showgrid": False},
        yaxis={"title": {"text": unit}, "hoverformat": ".1f", "fixedrange": True},
        shapes=[*(_shade(segment, i, look) for i, segment in enumerate(ordered)), *marks],
        annotations=[_segment_name(run, look, upright) for run in runs],
    )
    return figure


def measure_over_time_alt(curves: Curves, measure: str, segments: Sequence[Segment]) -> str:
    """The curves in words: range of each side and the order of the expressions."""
    unit = unit_words(curves.units[measure])
    if measure in curves.midline:
        told = [f"midline {_range(curves.midline[measure], unit)}"]
    else:
        told = [f"{side.label} {_range(curves.side(measure, side), unit)}" for side in SIDES]
    order = ", ".join(short_name(run[0].expression) for run in _runs(sorted(segments, key=lambda s: s.start_s)))
    return f"{measure_words(measure).capitalize()} over time: {', '.join(told)}. Expressions: {order or 'none marked'}."


def measures_to_choose(curves: Curves) -> dict[str, str]:
    """Name -> label of every measure that the recording has, for a list to choose from; unknown ones are left out."""
    known = {*MEASURES, *MIDLINE_MEASURES}
    return {name: measure_label(name) for name in (*curves.values, *curves.midline) if name in known}


def _lines(curves: Curves, measure: str, look: Theme) -> list[dict[str, Any]]:
    step = max(1, -(-len(curves.times_s) // _MOST_POINTS))
    times = curves.times_s[::step].astype(np.float32)
    unit = unit_words(curves.units[measure])
    if measure in curves.midline:
        return [_line(times, curves.midline[measure][::step], "midline", look.text, "solid", unit)]
    dashes = {Side.RIGHT: "solid", Side.LEFT: "dashdot"}
    return [
        _line(times, curves.side(measure, side)[::step], side.label, look.side(side), dashes[side], unit)
        for side in SIDES
    ]


def _line(times: np.ndarray, values: np.ndarray, name: str, colour: str, dash: str, unit: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": times,
        "y": np.round(values, 3).astype(np.float32),
        "connectgaps": False,
        "line": {"color": colour, "width": 2, "dash": dash},
        "hovertemplate": f"%{{y:.1f}} {unit}",
    }


def _shade(segment: Segment, index: int, look: Theme) -> dict[str, Any]:
    """Rest is left white; neighbours differ a little in shade, so that repetitions can be counted."""
    rest = segment.expression is Expression.REST
    return {
        "type": "rect",
        "layer": "below",
        "x0": segment.start_s,
        "x1": segment.end_s,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "fillcolor": CLEAR if rest else faded(look.text, _SHADES[index % 2]),
    }


def _runs(ordered: Sequence[Segment]) -> list[list[Segment]]:
    """Neighbouring segments of the same expression together."""
    runs: list[list[Segment]] = []
    for segment in ordered:
        if runs and runs[-1][0].expression is segment.expression:
            runs[-1].append(segment)
        else:
            runs.append([segment])
    return runs


def _closest(runs: list[list[Segment]]) -> float:
    """Smallest distance between the middles of neighbouring names, s."""
    middles = [_middle_s(run) for run in runs]
    return min((b - a for a, b in pairwise(middles)), default=float("inf"))


def _middle_s(run: list[Segment]) -> float:
    return (run[0].start_s + run[-1].end_s) / 2


def _segment_name(run: list[Segment], look: Theme, upright: bool) -> dict[str, Any]:
    count = f" ×{len(run)}" if len(run) > 1 else ""
    name = short_name(run[0].expression)
    return {
        "text": (name if upright else name.replace(" ", "<br>", 1)) + count,
        "x": _middle_s(run),
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "yshift": 3,
        "textangle": -90 if upright else 0,
        "showarrow": False,
        "font": {"size": SMALL_SIZE, "color": look.text},
    }


def _vertical(at_s: float, colour: str, dash: str) -> dict[str, Any]:
    line = {"color": colour, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": at_s, "x1": at_s, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _range(values: np.ndarray, unit: str) -> str:
    known = values[np.isfinite(values)]
    return f"{known.min():.1f} to {known.max():.1f} {unit}".strip() if known.size else "not seen"
