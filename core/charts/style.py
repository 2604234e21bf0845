"""The one place of colours and type (mirrored in .streamlit/config.toml).

Sides are the Okabe-Ito blue and vermillion, which stay apart under every common colour-vision deficiency. Scores are shown
on sequential scales of one hue each (plum for weakness, green for synkinesis), so that no score can be taken for a side.
"Not assessable" is hatched grey and never a colour of a scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from core.words import Side

SIDE_COLOURS: dict[Side, str] = {Side.RIGHT: "#0072B2", Side.LEFT: "#D55E00"}
# On a dark page the blue is lifted for contrast (4.5:1); the hue stays the same.
_SIDE_COLOURS_DARK: dict[Side, str] = {Side.RIGHT: "#4BA6DC", Side.LEFT: "#F08A3C"}

FONT = '"Source Sans", "Source Sans Pro", "Segoe UI", "Helvetica Neue", Arial, sans-serif'
TEXT_SIZE = 15
TITLE_SIZE = 19
VALUE_SIZE = 22
SMALL_SIZE = 13
CLEAR = "rgba(0,0,0,0)"


class Quantity(StrEnum):
    """The two scores of a branch."""

    WEAKNESS = "weakness"
    SYNKINESIS = "synkinesis"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def meaning(self) -> str:
        """The ends of the scale in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Quantity.WEAKNESS: "0 normal movement, 100 no movement",
    Quantity.SYNKINESIS: "0 none, 100 severe unwanted movement",
}

# Stops at scores 0, 25, 50, 75 and 100; lightness falls evenly, so the order survives a grey print.
_SCALES: dict[Quantity, tuple[str, ...]] = {
    Quantity.WEAKNESS: ("#F6EAF3", "#DDB4D3", "#B876AE", "#873F83", "#511455"),
    Quantity.SYNKINESIS: ("#E6F3EA", "#ACD7BC", "#62AF8C", "#22785E", "#00443A"),
}


@dataclass(frozen=True)
class Theme:
    """Colours of one page background.

    Attributes:
        dark: whether it is the dark one.
        page, panel: background of the page and of raised areas.
        text, muted: text, secondary text and axis labels.
        grid, rule: grid lines; stronger lines (zero, reference).
        missing, missing_line: ground and strokes of the "not assessable" hatch.
        skin, hair, feature: ground, hair and pen of the drawn face; light in both themes, because the scores are read on it.
        warning, error: accents of quality messages.
    """

    dark: bool
    page: str
    panel: str
    text: str
    muted: str
    grid: str
    rule: str
    missing: str
    missing_line: str
    skin: str
    hair: str
    feature: str
    warning: str
    error: str

    def side(self, side: Side) -> str:
        """Colour of a side."""
        return _SIDE_COLOURS_DARK[side] if self.dark else SIDE_COLOURS[side]


LIGHT = Theme(
    dark=False, page="#FFFFFF", panel="#F5F6F8", text="#1B2430", muted="#566170", grid="#E3E7EC", rule="#8C96A3",
    missing="#E4E6E9", missing_line="#8E959E", skin="#F8F4F0", hair="#C9C3BD", feature="#4A4340",
    warning="#8A5A00", error="#A4262C",
)  # fmt: skip
DARK = Theme(
    dark=True, page="#0E1117", panel="#1A2029", text="#F2F4F7", muted="#AAB4C0", grid="#2A323D", rule="#6E7A89",
    missing="#C9CCD1", missing_line="#757C86", skin="#EFE9E3", hair="#5D5A58", feature="#3B3532",
    warning="#F0B64B", error="#FF8A80",
)  # fmt: skip


def theme(dark: bool = False) -> Theme:
    """The theme of a light or a dark page."""
    return DARK if dark else LIGHT


def score_colour(quantity: Quantity, score: float) -> str:
    """Colour ``"#RRGGBB"`` of a score from 0 to 100 (clipped) on the scale of its quantity."""
    stops = _SCALES[quantity]
    position = min(max(score, 0.0), 100.0) / 100.0 * (len(stops) - 1)
    low = min(int(position), len(stops) - 2)
    return mix(stops[low], stops[low + 1], position - low)


def score_scale(quantity: Quantity) -> list[list[Any]]:
    """The scale of a quantity as a plotly colour scale."""
    stops = _SCALES[quantity]
    return [[index / (len(stops) - 1), stop] for index, stop in enumerate(stops)]


def series_colours(dark: bool = False) -> tuple[str, ...]:
    """Colours of lines that are no side of a face and no score, so that they can be taken for neither."""
    return ("#F2F4F7", "#D9A6CF", "#7FCFA6", "#F0B64B") if dark else ("#1B2430", "#873F83", "#22785E", "#8A5A00")


def mix(first: str, second: str, share: float) -> str:
    """Colour between two ``"#RRGGBB"``, ``share`` 0 (first) to 1 (second)."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def faded(colour: str, opacity: float) -> str:
    """``"#RRGGBB"`` as an rgba() string of the given opacity, 0 to 1."""
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{opacity:g})"


def text_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast on ``colour``: 4.5 at least (WCAG 2)."""
    return max(("#FFFFFF", "#000000"), key=lambda text: contrast(text, colour))


def luminance(colour: str) -> float:
    """Relative luminance of ``"#RRGGBB"``, 0 to 1 (WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@cache
def template(dark: bool = False) -> Any:
    """Plotly template of our figures: transparent ground, large type, quiet grid."""
    import plotly.graph_objects as go

    look = theme(dark)
    axis = {
        "gridcolor": look.grid,
        "linecolor": look.rule,
        "zerolinecolor": look.rule,
        "zeroline": False,
        "ticks": "",
        "title": {"font": {"size": TEXT_SIZE, "color": look.muted}},
        "tickfont": {"size": SMALL_SIZE, "color": look.muted},
        "automargin": True,
    }
    hover = {
        "font": {"family": FONT, "size": TEXT_SIZE, "color": look.text},
        "bgcolor": look.panel,
        "bordercolor": look.rule,
        "align": "left",
        "namelength": -1,
    }
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": TEXT_SIZE}, "bgcolor": CLEAR}
    layout = go.Layout(
        font={"family": FONT, "size": TEXT_SIZE, "color": look.text},
        title={"font": {"size": TITLE_SIZE}, "x": 0, "xanchor": "left", "pad": {"l": 4}},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        colorway=[look.side(Side.RIGHT), look.side(Side.LEFT), look.muted],
        hoverlabel=hover,
        legend=legend,
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
        xaxis=axis,
        yaxis=axis,
    )
    return go.layout.Template(layout=layout)


def grade_bands(quantity: Quantity) -> Sequence[tuple[float, str]]:
    """Upper end of each grade's band of scores and its name: 0-4 for weakness (reference E3), 0-3 for synkinesis (E4)."""
    return _BANDS[quantity]


_BANDS: dict[Quantity, tuple[tuple[float, str], ...]] = {
    Quantity.WEAKNESS: ((10, "normal"), (25, "slight"), (50, "moderate"), (75, "marked"), (100, "severe")),
    Quantity.SYNKINESIS: ((20, "none"), (45, "mild"), (75, "moderate"), (100, "severe")),
}


def grade_name(quantity: Quantity, grade: int) -> str:
    """Name of a grade in words."""
    return _BANDS[quantity][grade][1]
