"""How a chart stands on a page: with our own colours, and with its words for readers who cannot see it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

_UNSEEN = "position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;"
_WIDE_PX, _PHONE_PX = 1050, 340


def show(figure: go.Figure, alt: str, *, key: str, zoom: bool = False) -> None:
    """Draw a figure.

    Args:
        figure: from core.charts.
        alt: the figure in words.
        key: of the chart.
        zoom: whether its time axis can be zoomed.
    """
    tools = ["zoom2d", "pan2d", "resetScale2d"] if zoom else []
    config = {
        "displaylogo": False,
        # A phone knows no pointing: the buttons would always lie over the names of the sides.
        **({"displayModeBar": False} if is_phone() and not zoom else {}),
        "modeBarButtons": [["toImage", *tools]],
        "toImageButtonOptions": {"format": "png", "scale": 3, "filename": key},
        "scrollZoom": False,
    }
    with st.container(gap=None, key=f"chart_{key}"):
        st.plotly_chart(figure, theme=None, key=key, config=config)
        st.html(f'<p style="{_UNSEEN}" data-alt="{escape(key)}">{escape(alt)}</p>')


def is_phone() -> bool:
    """Whether the reader's browser says that it runs on a phone; charts are then drawn lower."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def page_width_px() -> int:
    """About how wide a chart over the whole page will be."""
    return _PHONE_PX if is_phone() else _WIDE_PX
