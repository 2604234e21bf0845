"""The report of one visit: two sheets, the finding on the first, what it rests on on the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.reports import findings, parts
from core.reports.content import Paper, ReportExam, ReportSubject, day_words
from core.reports.sheet import Imprint, build, gap, width_of


@dataclass(frozen=True)
class _Detail:
    """How much is printed: size of the maps and pictures (points); at most found synkinesis, lines of a text, and so on."""

    maps: float
    found: int
    lines: int
    remarks: int
    reasons: int
    judged: int
    picture: float
    across: int


_SCALE_LINES = 2
_DETAILS = (
    _Detail(0.97, 6, 5, 10, 10, 10, 118.0, 4),
    _Detail(0.9, 5, 4, 8, 8, 8, 96.0, 7),
    _Detail(0.8, 4, 3, 6, 6, 6, 86.0, 7),
    _Detail(0.7, 3, 2, 4, 4, 5, 76.0, 7),
    _Detail(0.6, 2, 2, 3, 3, 4, 66.0, 7),
    _Detail(0.5, 1, 1, 2, 2, 2, 58.0, 7),
)


def visit_report(subject: ReportSubject, exam: ReportExam, *, paper: Paper = Paper.A4) -> bytes:
    """One visit as a PDF; the same input gives the same bytes.

    Args:
        subject: whose it is.
        exam: visit, result, pictures, judgements.
        paper: A4 or letter.

    Raises:
        HemifaceError: the fonts are missing.
    """
    title = f"Facial movement, visit of {day_words(exam.day)}"
    whose = " · ".join(part for part in (subject.name, subject.record_number, day_words(exam.day)) if part)
    simulated = subject.simulated or exam.result.simulated
    imprint = Imprint(title, "Facial movement · report of a visit", whose, simulated, exam.made_at)
    width = width_of(paper)
    sheets = [
        lambda level: _first(subject, exam, width, _DETAILS[level]),
        lambda level: _second(exam, width, _DETAILS[level]),
    ]
    return build(sheets, len(_DETAILS), imprint, paper)


def _first(subject: ReportSubject, exam: ReportExam, width: float, detail: _Detail) -> list[Any]:
    """Who, and what was found."""
    result = exam.result
    return [
        *parts.identification(subject, [exam], width),
        gap(6),
        *parts.headline(result, width),
        findings.maps(result, width, detail.maps),
        *findings.branch_table(result, width),
        *findings.synkinesis_words(result, detail.found),
        gap(7),
        parts.intended_use(),
    ]


def _second(exam: ReportExam, width: float, detail: _Detail) -> list[Any]:
    """What it rests on, and what is missing."""
    result = exam.result
    return [
        *parts.key_pictures(exam, width, detail.picture, detail.across),
        *findings.movement_table(result, width),
        *findings.scale_table(result, width, max(detail.lines, _SCALE_LINES)),
        *findings.judgement_table(exam.judgements, width, detail.judged),
        *parts.notes(exam.notes, width, detail.lines),
        *parts.quality_notes(result, width, detail.remarks),
        *parts.not_assessable(result, width, detail.reasons),
        *parts.methods([exam]),
    ]
