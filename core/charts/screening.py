"""The screen for synkinesis as a band: not flagged, unsure, refer, and where an examination and its pictures lie in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.style import CLEAR, SMALL_SIZE, TEXT_SIZE, Theme, faded, template, theme
from core.charts.wording import NOT_ASSESSABLE, short_name
from core.result import ImageScreening, Screening

if TYPE_CHECKING:
    import plotly.graph_objects as go

VERDICT_WORDS = {
    "flagged": "refer",
    "unsure": "unsure",
    "not_flagged": "not flagged",
    "not_assessable": NOT_ASSESSABLE,
}
_HEIGHT_PX = 176
_NARROWEST_NAMED = 0.15
_EXAM_ROW, _PICTURES_ROW, _TOP, _BOTTOM = 1.0, 0.0, 1.62, -0.55


def verdict_words(screening: Screening) -> str:
    """The verdict in a word or two: refer, unsure, not flagged, not assessable."""
    return VERDICT_WORDS[screening.verdict]


def percent(probability: float) -> str:
    """A probability as whole per cent; never 0 or 100, because nothing is certain.

    >>> percent(0.874), percent(0.999), percent(0.0)
    ('87 %', 'over 99 %', 'under 1 %')
    """
    whole = round(100 * probability)
    return "under 1 %" if whole < 1 else "over 99 %" if whole > 99 else f"{whole} %"


def interval_words(screening: Screening) -> str:
    """The interval of an examination's probability, e.g. "77 to 97 %"; "" where there is none."""
    if screening.low is None or screening.high is None:
        return ""
    low, high = (min(max(round(100 * value), 0), 100) for value in (screening.low, screening.high))
    return f"{low} to {high} %"


def probability_words(screening: Screening) -> str:
    """The probability with its interval, e.g. "87 % (95 % interval 77 to 97 %)"; "–" where there is none."""
    if screening.probability is None:
        return "–"
    interval = interval_words(screening)
    return percent(screening.probability) + (f" (95 % interval {interval})" if interval else "")


def limits_words(screening: Screening) -> str:
    """Where the verdicts begin, as a sentence."""
    return (
        f"From {percent(screening.threshold)} on: refer. Below {percent(screening.unsure_from)}: not flagged. "
        "Between: unsure."
    )


def picture_name(picture: ImageScreening) -> str:
    """What a picture shows, e.g. "Open smile, 12.4 s"."""
    name = "Picture" if picture.expression is None else short_name(picture.expression)
    return name if picture.time_s is None else f"{name}, {picture.time_s:.1f} s"


def picture_words(picture: ImageScreening) -> str:
    """What the screen says of one picture alone."""
    if picture.probability is None:
        return f"{NOT_ASSESSABLE}. {picture.reason or ''}".strip()
    return percent(picture.probability)


def probability_band(screening: Screening, *, dark: bool = False, narrow: bool = False) -> go.Figure:
    """The examination as a point with its interval, and below it one dot for each picture, over the bands of the verdicts.

    Args:
        screening: of an examination; one that is not assessable shows the bands alone.
        dark: colours for a dark page.
        narrow: for a phone.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    figure = go.Figure([_pictures(screening, look), *_examination(screening, look)])
    figure.update_layout(
        template=template(dark),
        height=_HEIGHT_PX,
        showlegend=False,
        dragmode=False,
        margin={"l": 8, "r": 24, "t": 4, "b": 26},
        xaxis={
            "range": (-0.015, 1.015),
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "ticktext": ["0", "25", "50", "75", "100 %"],
            "tickangle": 0,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "range": (_BOTTOM, _TOP),
            "tickvals": [_EXAM_ROW, _PICTURES_ROW],
            "ticktext": ["<b>Exam</b>", "Pictures"] if narrow else ["<b>Examination</b>", "Each picture"],
            "ticks": "outside",
            "ticklen": 8,
            "tickcolor": CLEAR,
            "tickfont": {"size": SMALL_SIZE, "color": look.text},
            "showgrid": False,
            "fixedrange": True,
        },
        shapes=[shape for band in _bands(screening, look) for shape in band],
        annotations=_names(screening, look, SMALL_SIZE if narrow else TEXT_SIZE),
    )
    return figure


def probability_band_alt(screening: Screening) -> str:
    """The band in words."""
    told = f"Screen for synkinesis: {verdict_words(screening)}"
    if screening.probability is None:
        return f"{told}. {screening.reason or ''}".strip()
    pictures = [f"{picture_name(picture)} {picture_words(picture)}" for picture in screening.per_image]
    alone = f" Each picture alone: {'; '.join(pictures)}." if pictures else ""
    return f"{told}, probability {probability_words(screening)}. {limits_words(screening)}{alone}"


def _examination(screening: Screening, look: Theme) -> list[dict[str, Any]]:
    if screening.probability is None:
        return []
    words = f"<b>{verdict_words(screening)}</b><br>{probability_words(screening)}"
    row: dict[str, Any] = {"type": "scatter", "hoverinfo": "text", "name": "examination"}
    traces = []
    if screening.low is not None and screening.high is not None:
        line = {"x": [screening.low, screening.high], "y": [_EXAM_ROW] * 2, "text": [words] * 2}
        traces.append(row | line | {"mode": "lines", "line": {"color": look.text, "width": 4}, "name": "interval"})
    marker = {
        "color": look.text,
        "size": 17,
        "symbol": "diamond",
        "line": {"color": look.page, "width": 2},
    }
    point = {"x": [screening.probability], "y": [_EXAM_ROW], "text": [words]}
    traces.append(row | point | {"mode": "markers", "marker": marker})
    return traces


def _pictures(screening: Screening, look: Theme) -> dict[str, Any]:
    known = [picture for picture in screening.per_image if picture.probability is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "pictures",
        "hoverinfo": "text",
        "x": [picture.probability for picture in known],
        "y": [_PICTURES_ROW] * len(known),
        "text": [f"{picture_name(picture)}: {picture_words(picture)}" for picture in known],
        "marker": {"color": faded(look.text, 0.25), "size": 11, "line": {"color": look.text, "width": 1.2}},
    }


def _zones(screening: Screening) -> list[tuple[float, float, str, float]]:
    """From, to, name and how strongly it is coloured."""
    low, high = screening.unsure_from, screening.threshold
    zones = [(0.0, low, "not_flagged", 0.0), (low, high, "unsure", 0.16), (high, 1.0, "flagged", 0.36)]
    return [(start, end, VERDICT_WORDS[verdict], strength) for start, end, verdict, strength in zones]


def _bands(screening: Screening, look: Theme) -> list[list[dict[str, Any]]]:
    base: dict[str, Any] = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    made = []
    for start, end, _, strength in _zones(screening):
        colour = faded(look.warning, strength) if strength else faded(look.muted, 0.10)
        band = base | {"type": "rect", "x0": start, "x1": end, "fillcolor": colour, "line": {"width": 0}}
        edge = base | {"type": "line", "x0": start, "x1": start, "line": {"color": look.rule, "width": 1}}
        made.append([band, edge] if start > 0 else [band])
    return made


def _names(screening: Screening, look: Theme, size: int) -> list[dict[str, Any]]:
    """Names of the bands at their top; too narrow a band is named by the sentence below the chart only."""
    return [
        {
            "text": f"<b>{name}</b>" if name == VERDICT_WORDS[screening.verdict] else name,
            "x": (start + end) / 2,
            "xref": "x",
            "y": 1,
            "yref": "paper",
            "yanchor": "top",
            "showarrow": False,
            "font": {"size": size, "color": look.text},
        }
        for start, end, name, _ in _zones(screening)
        if end - start >= _NARROWEST_NAMED
    ]
