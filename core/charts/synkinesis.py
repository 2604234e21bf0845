"""Synkinesis of one side as a matrix: which region moved unwanted during which movement, in mm with its score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.marks import panel_heading
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
ROW_PX = 46
"""Height of a row of a matrix, pixels."""

Cells = dict[tuple[Expression, str], SynkinesisEntry]
"""(trigger, region) -> what was seen."""


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
    cells = cells_of(result, side)
    figure = go.Figure([heat_map(cells, triggers)])
    figure.update_layout(
        template=template(dark),
        height=110 + ROW_PX * max(len(triggers), 1),
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 96, "b": 8},
        xaxis=region_axis(look),
        yaxis=trigger_axis(triggers, look) | {"autorange": "reversed"},
        annotations=[
            panel_heading(side, look, 0 if side is Side.RIGHT else 1, yshift=50),
            *cell_texts(cells, triggers, look),
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


def cells_of(result: ExamResult, side: Side) -> Cells:
    """What was seen on one side."""
    return {(entry.trigger, entry.region): entry for entry in result.synkinesis if entry.side is side}


def heat_map(cells: Cells, triggers: list[Expression], visit: str = "") -> dict[str, Any]:
    """The coloured cells of a matrix; ``visit`` says which one it is where there are two."""
    rows = [[cells.get((trigger, region.value)) for region in Region] for trigger in triggers]
    return {
        "type": "heatmap",
        "x": list(range(len(Region))),
        "y": list(range(len(triggers))),
        "z": [[None if entry is None else entry.score for entry in row] for row in rows],
        "zmin": 0,
        "zmax": 100,
        "colorscale": score_scale(Quantity.SYNKINESIS),
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "hoverongaps": False,
        "hoverinfo": "text",
        "text": [["" if entry is None else _hover(entry, visit) for entry in row] for row in rows],
    }


def cell_texts(cells: Cells, triggers: list[Expression], look: Theme) -> list[dict[str, Any]]:
    """Millimetres and score in every cell, · where nothing was watched: annotations."""
    return [
        {"x": x, "y": y, "showarrow": False, **_cell(cells.get((trigger, region.value)), look)}
        for y, trigger in enumerate(triggers)
        for x, region in enumerate(Region)
    ]


def region_axis(look: Theme) -> dict[str, Any]:
    """The names of the regions, above the matrix."""
    names = [_two_lines(region_words(region).capitalize()) for region in Region]
    return _axis(names, look) | {"side": "top", "tickangle": 0}


def trigger_axis(triggers: list[Expression], look: Theme) -> dict[str, Any]:
    """The names of the movements, beside the matrix."""
    return _axis([_two_lines(short_name(trigger)) for trigger in triggers], look)


def _hover(entry: SynkinesisEntry, visit: str) -> str:
    when = f", {visit}" if visit else ""
    return (
        f"<b>{entry.pattern}</b>, {entry.side.label}{when}<br>{entry.trigger.label}: {region_words(entry.region)} "
        f"{quantity(entry.unwanted_mm)}, other side {quantity(entry.other_side_mm)}<br>score {entry.score:.0f} of 100"
    )


def _cell(entry: SynkinesisEntry | None, look: Theme) -> dict[str, Any]:
    if entry is None:
        return {"text": "·", "font": {"size": TEXT_SIZE, "color": look.muted}}
    colour = text_on(score_colour(Quantity.SYNKINESIS, entry.score))
    score = f"<b>{entry.score:.0f}</b>" if entry.score >= FOUND_SCORE else f"{entry.score:.0f}"
    text = f"{number(max(entry.unwanted_mm, 0.0))} mm<br>{score}"
    return {"text": text, "font": {"size": SMALL_SIZE, "color": colour}}


def _axis(names: list[str], look: Theme) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "showgrid": False,
        "fixedrange": True,
        "tickfont": {"size": SMALL_SIZE, "color": look.text},
    }


def _two_lines(name: str) -> str:
    return name.replace(" ", "<br>", 1)
