"""Synkinesis of one side as a matrix: which region moved unwanted during which movement, in mm with its score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.scores import entry_words
from core.charts.style import (
    SMALL_SIZE,
    TEXT_SIZE,
    Quantity,
    Theme,
    score_colour,
    score_scale,
    template,
    text_on,
    theme,
)
from core.charts.wording import number, quantity, region_words, short_name
from core.exam.protocol import EXPRESSIONS, Expression
from core.grading.synkinesis import Region
from core.result import ExamResult, SynkinesisEntry
from core.words import Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

FOUND_SCORE = 20.0
_ROW_PX = 46


def synkinesis_matrix(result: ExamResult, side: Side, *, dark: bool = False) -> go.Figure:
    """Rows are the movements that were made, columns the watched regions; each cell has the unwanted movement and its score.

    An empty cell (·) was not watched: the region belongs to the movement itself.

    Args:
        result: the examination.
        side: the patient's side.
        dark: colours for a dark page.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    triggers = watched_triggers(result)
    cells = {(entry.trigger, entry.region): entry for entry in result.synkinesis if entry.side is side}
    found = [[cells.get((trigger, region.value)) for region in Region] for trigger in triggers]
    heat = {
        "type": "heatmap",
        "x": list(range(len(Region))),
        "y": list(range(len(triggers))),
        "z": [[None if entry is None else entry.score for entry in row] for row in found],
        "zmin": 0,
        "zmax": 100,
        "colorscale": score_scale(Quantity.SYNKINESIS),
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "hoverongaps": False,
        "hoverinfo": "text",
        "text": [["" if entry is None else _hover(entry) for entry in row] for row in found],
    }
    figure = go.Figure([heat])
    figure.update_layout(
        template=template(dark),
        height=110 + _ROW_PX * max(len(triggers), 1),
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 96, "b": 8},
        xaxis=_axis([_two_lines(region_words(region).capitalize()) for region in Region], look)
        | {"side": "top", "tickangle": 0},
        yaxis=_axis([_two_lines(short_name(trigger)) for trigger in triggers], look) | {"autorange": "reversed"},
        annotations=[
            _heading(side, look),
            *(_cell(entry, x, y, look) for y, row in enumerate(found) for x, entry in enumerate(row)),
        ],
    )
    return figure


def synkinesis_alt(result: ExamResult, side: Side) -> str:
    """The matrix in words: what was found, worst first."""
    found = [entry_words(entry) for entry in found_entries(result) if entry.side is side]
    if not watched_triggers(result):
        return f"Synkinesis, {side.label}: no movement was recorded during which it can be watched."
    return f"Synkinesis, {side.label}: {'; '.join(found) if found else 'none found'}."


def watched_triggers(result: ExamResult) -> list[Expression]:
    """Movements during which synkinesis was watched, in the order of the protocol."""
    watched = {entry.trigger for entry in result.synkinesis}
    return [expression for expression in EXPRESSIONS if expression in watched]


def found_entries(result: ExamResult) -> list[SynkinesisEntry]:
    """Unwanted movements of at least mild degree, worst first."""
    found = [entry for entry in result.synkinesis if entry.score >= FOUND_SCORE]
    return sorted(found, key=lambda entry: -entry.score)


def _hover(entry: SynkinesisEntry) -> str:
    return (
        f"<b>{entry.pattern}</b>, {entry.side.label}<br>{entry.trigger.label}: {region_words(entry.region)} "
        f"{quantity(entry.unwanted_mm)}, other side {quantity(entry.other_side_mm)}<br>score {entry.score:.0f} of 100"
    )


def _cell(entry: SynkinesisEntry | None, x: int, y: int, look: Theme) -> dict[str, Any]:
    cell: dict[str, Any] = {"x": x, "y": y, "showarrow": False}
    if entry is None:
        return cell | {"text": "·", "font": {"size": TEXT_SIZE, "color": look.muted}}
    colour = text_on(score_colour(Quantity.SYNKINESIS, entry.score))
    score = f"<b>{entry.score:.0f}</b>" if entry.score >= FOUND_SCORE else f"{entry.score:.0f}"
    font = {"size": SMALL_SIZE, "color": colour}
    return cell | {"text": f"{number(max(entry.unwanted_mm, 0.0))} mm<br>{score}", "font": font}


def _axis(names: list[str], look: Theme) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "showgrid": False,
        "fixedrange": True,
        "tickfont": {"size": SMALL_SIZE, "color": look.text},
    }


def _heading(side: Side, look: Theme) -> dict[str, Any]:
    right = side is Side.RIGHT
    return {
        "text": f"<b>{f'◀ {side.label}' if right else f'{side.label} ▶'}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": 0 if right else 1,
        "y": 1,
        "xanchor": "left" if right else "right",
        "yanchor": "bottom",
        "yshift": 50,
        "showarrow": False,
        "font": {"size": TEXT_SIZE, "color": look.side(side)},
    }


def _two_lines(name: str) -> str:
    return name.replace(" ", "<br>", 1)
