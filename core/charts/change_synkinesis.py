"""Synkinesis of one side before and after, as two matrices side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.change_style import NOT_COMPARABLE, row_words
from core.charts.marks import panel_heading
from core.charts.scores import entry_words
from core.charts.style import TEXT_SIZE, Theme, template, theme
from core.charts.synkinesis import (
    FOUND_SCORE,
    ROW_PX,
    cell_texts,
    cells_of,
    heat_map,
    region_axis,
    trigger_axis,
    watched_triggers,
)
from core.exam.protocol import EXPRESSIONS, Expression
from core.grading.change import Comparison, Kind
from core.result import ExamResult
from core.words import Side

if TYPE_CHECKING:
    import plotly.graph_objects as go

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
    cells = [cells_of(result, side) for result in (before, after)]
    figure = go.Figure(
        [
            heat_map(found, triggers, _VISITS[i])
            | {"name": _VISITS[i], "xaxis": f"x{_suffix(i)}", "yaxis": f"y{_suffix(i)}"}
            for i, found in enumerate(cells)
        ]
    )
    rows_px = ROW_PX * max(len(triggers), 1)
    figure.update_layout(
        template=template(dark),
        height=2 * rows_px + 3 * _NARROW_TOP_PX if narrow else rows_px + 132,
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 118, "b": 8},
        annotations=[
            panel_heading(side, look, 0 if side is Side.RIGHT else 1, yshift=86),
            *(_visit_name(i, narrow, look) for i in range(2)),
            *(
                text | {"xref": f"x{_suffix(i)}", "yref": f"y{_suffix(i)}"}
                for i, found in enumerate(cells)
                for text in cell_texts(found, triggers, look)
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


def _suffix(visit: int) -> str:
    return "" if visit == 0 else "2"


def _axes(triggers: list[Expression], narrow: bool, look: Theme) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    for visit in range(2):
        across = (0.0, 1.0) if narrow else ((0.0, _PART) if visit == 0 else (1 - _PART, 1.0))
        up = ((0.58, 1.0) if visit == 0 else (0.0, 0.42)) if narrow else (0.0, 1.0)
        axes[f"xaxis{_suffix(visit)}"] = region_axis(look) | {"domain": across, "anchor": f"y{_suffix(visit)}"}
        axes[f"yaxis{_suffix(visit)}"] = trigger_axis(triggers, look) | {
            "showticklabels": narrow or visit == 0,
            "range": (max(len(triggers), 1) - 0.5, -0.5),
            "domain": up,
            "anchor": f"x{_suffix(visit)}",
        }
    return axes


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
