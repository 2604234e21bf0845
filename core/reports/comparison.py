"""The report of two visits: what changed and by how much more than measurement error, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.grading.change_types import Comparison
from core.reports import change_parts, parts
from core.reports.content import Paper, ReportExam, ReportSubject, day_words
from core.reports.sheet import SMALL, Imprint, build, cut, gap, text, width_of


@dataclass(frozen=True)
class _Detail:
    """How much is printed: size of the maps, parts of scales; at most reasons, remarks, judgements, and points of a picture."""

    maps: float
    parts: bool
    reasons: int
    remarks: int
    judged: int
    picture: float


_DETAILS = (
    _Detail(0.9, True, 14, 8, 8, 90.0),
    _Detail(0.78, True, 10, 6, 6, 78.0),
    _Detail(0.78, False, 7, 4, 4, 66.0),
    _Detail(0.6, False, 4, 2, 3, 54.0),
    _Detail(0.5, False, 3, 2, 2, 50.0),
    _Detail(0.34, False, 2, 1, 2, 46.0),
)


def comparison_report(
    subject: ReportSubject,
    before: ReportExam,
    after: ReportExam,
    comparison: Comparison,
    *,
    paper: Paper = Paper.A4,
) -> bytes:
    """A later visit against an earlier one as a PDF; the same input gives the same bytes.

    Args:
        subject: whose it is.
        before, after: the visits.
        comparison: of their results.
        paper: A4 or letter.

    Raises:
        HemifaceError: the fonts are missing.
    """
    days = f"{day_words(before.day)} and {day_words(after.day)}"
    whose = " · ".join(part for part in (subject.name, subject.record_number, days) if part)
    simulated = subject.simulated or before.result.simulated or after.result.simulated
    made_at = max(before.made_at, after.made_at)
    imprint = Imprint(
        f"Facial movement, {days} compared", "Facial movement · two visits compared", whose, simulated, made_at
    )
    width = width_of(paper)
    sheets = [
        lambda level: _first(subject, before, after, comparison, width, _DETAILS[level]),
        lambda level: _second(before, after, comparison, width, _DETAILS[level]),
    ]
    return build(sheets, len(_DETAILS), imprint, paper)


def _first(
    subject: ReportSubject,
    before: ReportExam,
    after: ReportExam,
    comparison: Comparison,
    width: float,
    detail: _Detail,
) -> list[Any]:
    """Who, and what changed."""
    results = before.result, after.result
    return [
        *parts.identification(subject, [before, after], width),
        *change_parts.notices(comparison, width),
        gap(6),
        *change_parts.headline(*results, comparison, width),
        *change_parts.maps(*results, comparison, width, detail.maps),
        *change_parts.branch_table(comparison, width),
        *change_parts.scale_table(comparison, width, with_parts=detail.parts),
        gap(3),
        change_parts.notes(comparison, with_parts=detail.parts),
        gap(4),
        parts.intended_use(),
    ]


def _second(before: ReportExam, after: ReportExam, comparison: Comparison, width: float, detail: _Detail) -> list[Any]:
    """What it rests on, and what cannot be compared."""
    story = [
        *change_parts.pictures(before, after, width, detail.picture),
        *change_parts.movement_table(comparison, width),
        *change_parts.unwanted_table(comparison, width),
        *change_parts.judgements(before, after, width, detail.judged),
        *change_parts.reasons(comparison, width, detail.reasons),
        *parts.quality_of_two((before.result, after.result), width, detail.remarks),
        *parts.methods([before, after]),
    ]
    source = change_parts.sources(comparison)
    return (
        [*story, text(cut(f"Changes are taken before rounding. Limits of change: {source}", width, 5, SMALL), SMALL)]
        if source
        else story
    )
