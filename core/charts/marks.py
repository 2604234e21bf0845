"""Marks that many charts share: the hatching of what has no value, and the names of the sides."""

from __future__ import annotations

from typing import Any

from core.charts.style import TEXT_SIZE, Theme
from core.words import Side


def hatch(look: Theme) -> dict[str, Any]:
    """Pattern of what is not assessable or not comparable."""
    return {"shape": "/", "bgcolor": look.missing, "fgcolor": look.missing_line, "size": 9, "solidity": 0.22}


def side_heading(side: Side, look: Theme) -> dict[str, Any]:
    """Name of a side with an arrow to it; where it stands is for the chart to add, at its outer edge."""
    right = side is Side.RIGHT
    return {
        "text": f"<b>{f'◀ {side.label}' if right else f'{side.label} ▶'}</b>",
        "xanchor": "left" if right else "right",
        "showarrow": False,
        "font": {"size": TEXT_SIZE, "color": look.side(side)},
    }


def panel_heading(side: Side, look: Theme, x: float, y: float = 1.0, yshift: int = 10) -> dict[str, Any]:
    """Name of a side above its panel; ``x`` and ``y`` in parts of the figure, ``yshift`` in pixels."""
    place = {"xref": "paper", "yref": "paper", "x": x, "y": y, "yanchor": "bottom", "yshift": yshift}
    return side_heading(side, look) | place
