"""Bland-Altman plot of a clinician's values against automatic ones, one dot a patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.charts.style import SMALL_SIZE, Theme, faded, series_colours, template, theme
from core.charts.wording import number
from core.statistics.agreement import BlandAltman
from core.statistics.intervals import Interval

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT_PX = 400
_LEAST_REACH = 1.0
# Labels of lines that are nearer than this part of the axis would lie over each other.
_LABEL_PART = 0.06


def judgement_plot(
    clinician: Sequence[float], automatic: Sequence[float], limits: BlandAltman, *, dark: bool = False
) -> go.Figure:
    """Differences over means.

    Args:
        clinician, automatic: values of the same patients; without any, nothing but the axes is drawn.
        limits: of clinician minus automatic.
        dark: colours for a dark page.
    """
    import plotly.graph_objects as go

    look, dots = theme(dark), series_colours(dark)[1]
    one, two = np.asarray(clinician, dtype=float), np.asarray(automatic, dtype=float)
    reach = _reach(one - two, limits)
    told = [f"clinician {a:g}, automatic {number(b)}" for a, b in zip(one, two, strict=True)]
    figure = go.Figure(
        {
            "type": "scatter",
            "mode": "markers",
            "x": (one + two) / 2,
            "y": one - two,
            "text": told,
            "marker": {"color": dots, "size": 10, "opacity": 0.75},
            "hovertemplate": "%{text}<extra></extra>",
        }
    )
    figure.update_layout(
        template=template(dark),
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        showlegend=False,
        xaxis={"title": {"text": "Mean of both, points"}, "fixedrange": True},
        yaxis={"title": {"text": "Clinician minus automatic, points"}, "range": (-reach, reach), "fixedrange": True},
        shapes=[shape for line in _lines(limits) for shape in _shapes(*line, look)],
        annotations=_labels(limits, _LABEL_PART * 2 * reach, look),
    )
    return figure


def judgement_plot_alt(label: str, limits: BlandAltman) -> str:
    """The plot in words."""
    told = f"bias {limits_words(limits.bias)}"
    if limits.lower.value is not None and limits.upper.value is not None:
        told += f", limits of agreement {signed(limits.lower.value)} to {signed(limits.upper.value)}"
    patients = "patient" if limits.count == 1 else "patients"
    return f"{label} of {limits.count} {patients}, clinician minus automatic, in points: {told}."


def limits_words(interval: Interval) -> str:
    """A value with its 95 % interval, e.g. "−2.1 (−4.0 to −0.2)", "–" where there is none."""
    if interval.value is None:
        return "–"
    if interval.low is None or interval.high is None:
        return signed(interval.value)
    return f"{signed(interval.value)} ({signed(interval.low)} to {signed(interval.high)})"


def signed(value: float) -> str:
    """A number with a true minus."""
    return number(value).replace("-", "−")


def _lines(limits: BlandAltman) -> list[tuple[Interval, str]]:
    return [(limits.bias, "solid"), (limits.lower, "dash"), (limits.upper, "dash")]


def _shapes(interval: Interval, dash: str, look: Theme) -> list[dict[str, Any]]:
    """A line and the band of its interval."""
    if interval.value is None:
        return []
    across = {"xref": "paper", "x0": 0, "x1": 1}
    line = {"color": look.text if dash == "solid" else look.rule, "width": 1.5, "dash": dash}
    shapes: list[dict[str, Any]] = [
        {"type": "line", **across, "y0": interval.value, "y1": interval.value, "line": line}
    ]
    if interval.low is not None and interval.high is not None:
        band = {"fillcolor": faded(look.rule, 0.16), "line": {"width": 0}, "layer": "below"}
        shapes.append({"type": "rect", **across, "y0": interval.low, "y1": interval.high, **band})
    return shapes


def _labels(limits: BlandAltman, apart: float, look: Theme) -> list[dict[str, Any]]:
    bias = limits.bias.value
    named = [(limits.bias.value, "bias"), (limits.lower.value, "limit"), (limits.upper.value, "limit")]
    return [
        {
            "text": f"{words} {signed(value)}",
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "y": value,
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": SMALL_SIZE, "color": look.text},
        }
        for value, words in named
        if value is not None and (words == "bias" or bias is None or abs(value - bias) >= apart)
    ]


def _reach(differences: np.ndarray, limits: BlandAltman) -> float:
    """Half of the axis: everything fits, and agreement does not look like disagreement by a small scale."""
    ends = [end for interval, _ in _lines(limits) for end in (interval.value, interval.low, interval.high)]
    sizes = [abs(end) for end in [*differences.tolist(), *ends] if end is not None]
    return max(_LEAST_REACH, 1.15 * max(sizes, default=0.0))
