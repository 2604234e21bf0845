"""Synkinesis of one side before and after, as two matrices side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.change_style import NOT_COMPARABLE, row_words
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
from core.charts.synkinesis import FOUND_SCORE, watched_triggers
from core.charts.wording import number, quantity, region_words, short_name
from core.exam.protocol import EXPRESSIONS, Expression
from core.grading.change import Comparison, Kind
from core.grading.synkinesis import Region
from core.result import ExamResult, SynkinesisEntry
from core.words import Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ROW_PX = 46
_PART = 0.42
_VISITS = ("before", "after")
_NARROW_TOP_PX = 120


def synkinesis_change(
    before: ExamResult, after: ExamResult, side: Side, *, dark: bool = False, narrow: bool = False
) -> go.Figure:
    """Both matrices with the same rows (movements) and columns (regions); each cell has the unwanted movement and its score.

    An empty cell (·) was not watched at that visit. Whether a difference is more than error is said of the branch scores alone
    (``branch_dumbbells``): single cells vary more.

    Args:
        before, after: the results.
        side: the patient's side.
        dark: colours for a dark page.
        narrow: for a phone: below each other.
    """
    import plotly.graph_objects as go

    look = theme(dark)
    triggers = _triggers(before, after)
    cells = [_cells(result, side) for result in (before, after)]
    figure = go.Figure([_heat(found, triggers, i) for i, found in enumerate(cells)])
    rows_px = _ROW_PX * max(len(triggers), 1)
    figure.update_layout(
        template=template(dark),
        height=2 * rows_px + 3 * _NARROW_TOP_PX if narrow else rows_px + 132,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 118, "b": 8},
        annotations=[
            _heading(side, look),
            *(_visit_name(i, narrow, look) for i in range(2)),
            *(
                _cell(found.get((trigger, region.value)), x, y, i, look)
                for i, found in enumerate(cells)
                for y, trigger in enumerate(triggers)
                for x, region in enumerate(Region)
            ),
        ],
        **_axes(triggers, narrow, look),
    )
    return figure


def synkinesis_change_alt(before: ExamResult, after: ExamResult, side: Side, comparison: Comparison) -> str:
    """The matrices in words: what was found at each visit, then the verdict of each branch."""
    told = []
    for when, result in zip(_VISITS, (before, after), strict=True):
        found = [entry_words(e) for e in result.synkinesis if e.side is side and e.score >= FOUND_SCORE]
        told.append(f"{when}: {'; '.join(found) or 'none found'}")
    verdicts = "; ".join(row_words(row) for row in comparison.of(Kind.SYNKINESIS, side))
    return f"Synkinesis, {side.label}. {'. '.join(told)}. Scores of the branches: {verdicts or NOT_COMPARABLE}."


def _triggers(before: ExamResult, after: ExamResult) -> list[Expression]:
    watched = {*watched_triggers(before), *watched_triggers(after)}
    return [expression for expression in EXPRESSIONS if expression in watched]


def _cells(result: ExamResult, side: Side) -> dict[tuple[Expression, str], SynkinesisEntry]:
    return {(entry.trigger, entry.region): entry for entry in result.synkinesis if entry.side is side}


def _suffix(visit: int) -> str:
    return "" if visit == 0 else "2"


def _heat(
    found: dict[tuple[Expression, str], SynkinesisEntry], triggers: list[Expression], visit: int
) -> dict[str, Any]:
    rows = [[found.get((trigger, region.value)) for region in Region] for trigger in triggers]
    return {
        "type": "heatmap",
        "name": _VISITS[visit],
        "xaxis": f"x{_suffix(visit)}",
        "yaxis": f"y{_suffix(visit)}",
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


def _hover(entry: SynkinesisEntry, visit: int) -> str:
    return (
        f"<b>{entry.pattern}</b>, {entry.side.label}, {_VISITS[visit]}<br>{entry.trigger.label}: "
        f"{region_words(entry.region)} {quantity(entry.unwanted_mm)}, other side {quantity(entry.other_side_mm)}"
        f"<br>score {entry.score:.0f} of 100"
    )


def _cell(entry: SynkinesisEntry | None, x: int, y: int, visit: int, look: Theme) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "x": x,
        "y": y,
        "xref": f"x{_suffix(visit)}",
        "yref": f"y{_suffix(visit)}",
        "showarrow": False,
    }
    if entry is None:
        return cell | {"text": "·", "font": {"size": TEXT_SIZE, "color": look.muted}}
    score = f"<b>{entry.score:.0f}</b>" if entry.score >= FOUND_SCORE else f"{entry.score:.0f}"
    colour = text_on(score_colour(Quantity.SYNKINESIS, entry.score))
    text = f"{number(max(entry.unwanted_mm, 0.0))} mm<br>{score}"
    return cell | {"text": text, "font": {"size": SMALL_SIZE, "color": colour}}


def _axes(triggers: list[Expression], narrow: bool, look: Theme) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    for visit in range(2):
        across = (0.0, 1.0) if narrow else ((0.0, _PART) if visit == 0 else (1 - _PART, 1.0))
        up = ((0.58, 1.0) if visit == 0 else (0.0, 0.42)) if narrow else (0.0, 1.0)
        quiet = {"showgrid": False, "fixedrange": True, "tickfont": {"size": SMALL_SIZE, "color": look.text}}
        axes[f"xaxis{_suffix(visit)}"] = quiet | {
            "tickvals": list(range(len(Region))),
            "ticktext": [region_words(region).capitalize().replace(" ", "<br>", 1) for region in Region],
            "side": "top",
            "tickangle": 0,
            "domain": across,
            "anchor": f"y{_suffix(visit)}",
        }
        axes[f"yaxis{_suffix(visit)}"] = quiet | {
            "tickvals": list(range(len(triggers))),
            "ticktext": [short_name(trigger).replace(" ", "<br>", 1) for trigger in triggers],
            "showticklabels": narrow or visit == 0,
            "range": (max(len(triggers), 1) - 0.5, -0.5),
            "domain": up,
            "anchor": f"x{_suffix(visit)}",
        }
    return axes


def _heading(side: Side, look: Theme) -> dict[str, Any]:
    right = side is Side.RIGHT
    place = {"xref": "paper", "yref": "paper", "x": 0 if right else 1, "y": 1, "xanchor": "left" if right else "right"}
    return place | {
        "text": f"<b>{f'◀ {side.label}' if right else f'{side.label} ▶'}</b>",
        "yanchor": "bottom",
        "yshift": 86,
        "showarrow": False,
        "font": {"size": TEXT_SIZE, "color": look.side(side)},
    }


def _visit_name(visit: int, narrow: bool, look: Theme) -> dict[str, Any]:
    x = 0.5 if narrow else (_PART / 2 if visit == 0 else 1 - _PART / 2)
    return {
        "text": f"<b>{_VISITS[visit].capitalize()}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": 0.42 if narrow and visit == 1 else 1,
        "yanchor": "bottom",
        "yshift": 52,
        "showarrow": False,
        "font": {"size": TEXT_SIZE, "color": look.text},
    }
