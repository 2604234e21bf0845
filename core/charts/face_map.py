"""The face map, the signature picture: the territory of each branch on each side, coloured by its score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.charts.face_layout import (
    HEIGHT,
    Place,
    colour_scale,
    face_figure,
    missing_text,
    territory_text,
    territory_trace,
)
from core.charts.scores import Score, branch_scores
from core.charts.style import VALUE_SIZE, Quantity, Theme, grade_bands, score_colour, score_scale, text_on, theme
from core.charts.wording import NOT_ASSESSABLE, wrapped
from core.result import ExamResult
from core.words import SIDES

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HYPERTONIC = "◆"


def face_map(result: ExamResult, of: Quantity, *, dark: bool = False, height: int = HEIGHT) -> go.Figure:
    """The drawn face with ten coloured territories, arranged as when facing the patient: the patient's right is on the left.

    Hovering over a territory tells its score, its grade and the evidence behind it. What cannot be assessed is hatched grey
    with its reason; a hypertonic resting position is marked.

    Args:
        result: the examination.
        of: weakness or synkinesis.
        dark: colours for a dark page.
        height: pixels; the width follows the page.
    """
    look, scores = theme(dark), branch_scores(result, of)
    return face_figure(
        [
            *(territory_trace(_place(score), _colour(score), hover_text(score), look) for score in scores),
            _scale(of, look),
        ],
        [(_place(score), f"<br><b>{_HYPERTONIC} hypertonic</b>" if score.hypertonic else "") for score in scores],
        [_value(score, look) for score in scores],
        _legend(scores),
        look,
        height=height,
    )


def face_map_alt(result: ExamResult, of: Quantity) -> str:
    """The face map in words, for readers who cannot see it."""
    parts = []
    for side in SIDES:
        told = [
            f"{score.branch.label.lower()} {score.words}{' (hypertonic)' if score.hypertonic else ''}"
            for score in branch_scores(result, of)
            if score.side is side
        ]
        parts.append(f"{side.label}: {'; '.join(told)}")
    return f"Face map of {of.label.lower()}, {of.meaning}. {'. '.join(parts)}."


def hover_text(score: Score) -> str:
    """What a territory or a bar says when one points at it."""
    head = f"<b>{score.branch.label}</b> ({score.branch.region}), {score.side.label}"
    if score.value is None:
        lines = [f"{score.quantity.label}: {NOT_ASSESSABLE}", score.reason or ""]
    else:
        lines = [f"{score.quantity.label} <b>{score.value:.0f}</b> of 100, {score.grade}"]
    if score.hypertonic:
        lines.append(f"{_HYPERTONIC} hypertonic at rest")
    return "<br>".join([head, *(wrapped(line, 64, "   ") for line in (*lines, *score.evidence))])


def _place(score: Score) -> Place:
    return score.branch, score.side


def _colour(score: Score) -> str | None:
    return None if score.value is None else score_colour(score.quantity, score.value)


def _scale(of: Quantity, look: Theme) -> dict[str, Any]:
    ticks = {"tickvals": [0, *(limit for limit, _ in grade_bands(of))]}
    return colour_scale(f"{of.label}: {of.meaning}", (0, 100), score_scale(of), ticks, look)


def _value(score: Score, look: Theme) -> dict[str, Any]:
    place, colour = territory_text(_place(score)), _colour(score)
    if score.value is None or colour is None:
        return place | missing_text("n/a", look)
    return place | {"text": f"<b>{score.value:.0f}</b>", "font": {"size": VALUE_SIZE, "color": text_on(colour)}}


def _legend(scores: list[Score]) -> list[str]:
    """Words for what is no colour: only what this map shows."""
    words = []
    if any(score.value is None for score in scores):
        words.append("hatched, n/a: not assessable")
    if any(score.hypertonic for score in scores):
        words.append(f"{_HYPERTONIC} hypertonic at rest")
    return words
