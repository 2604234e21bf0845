"""How a training went: one line for each quantity over its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.charts.style import series_colours, template

if TYPE_CHECKING:
    import plotly.graph_objects as go

Line = tuple[Sequence[float], Sequence[float | None]]
"""x (n,) and y (n,); None where a value was not measured."""

_HEIGHT_PX = 340
_DASHES = ("solid", "dash", "dot", "dashdot")
_DECADES_FACTOR = 50.0  # values further apart than this stand on a logarithmic axis


def training_curves(
    lines: Mapping[str, Line], *, x_title: str = "Epoch", y_title: str = "Loss", dark: bool = False
) -> go.Figure:
    """The lines of a training over a common axis, logarithmic where the values lie far apart.

    Args:
        lines: name -> points.
        x_title, y_title: with units.
        dark: colours for a dark page.
    """
    import plotly.graph_objects as go

    colours = series_colours(dark)
    figure = go.Figure(
        [
            _trace(name, line, colours[i % len(colours)], i // len(colours))
            for i, (name, line) in enumerate(lines.items())
        ]
    )
    figure.update_layout(
        template=template(dark),
        height=_HEIGHT_PX,
        hovermode="x unified",
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 44, "b": 8},
        xaxis={"title": {"text": x_title}, "showgrid": False},
        yaxis={"title": {"text": y_title}, "type": "log" if _far_apart(lines) else "linear", "fixedrange": True},
    )
    return figure


def training_curves_alt(lines: Mapping[str, Line], x_title: str = "Epoch") -> str:
    """The curves in words: first, lowest and last value of each."""
    told = []
    for name, (_, ys) in lines.items():
        known = [y for y in ys if y is not None]
        told.append(
            f"{name} from {known[0]:.3g} to {known[-1]:.3g}, lowest {min(known):.3g}"
            if known
            else f"{name} not measured"
        )
    return f"Over {x_title.lower()}: {'; '.join(told) or 'nothing'}."


def _trace(name: str, line: Line, colour: str, repeated: int) -> dict[str, Any]:
    xs, ys = line
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(xs) < 3 else "lines",
        "name": name,
        "x": list(xs),
        "y": list(ys),
        "connectgaps": True,
        "line": {"color": colour, "width": 2, "dash": _DASHES[repeated % len(_DASHES)]},
        "hovertemplate": "%{y:.4g}",
    }


def _far_apart(lines: Mapping[str, Line]) -> bool:
    known = [y for _, ys in lines.values() for y in ys if y is not None]
    return bool(known) and min(known) > 0 and max(known) / min(known) > _DECADES_FACTOR
