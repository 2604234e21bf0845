"""Examinations, visits and pictures for tests of reports, and what can be read back from a PDF."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import numpy as np
from pypdf import PdfReader

from core.analysis import Analysis, analyse_track
from core.exam.protocol import Expression
from core.reports.content import EXPRESSIONS_SHOWN, Judgement, KeyPicture, ReportExam, ReportSubject
from core.result import ExamResult
from core.words import AffectedSide, Side
from tests.exam_samples import synkinetic_exam
from tests.opinion_samples import screening, severity_opinion
from tests.synthetic import closure_move, palsy, synthetic_track, together

NAMES = ("Łucja Müller-Ångström", "Δέσποινα Παπαδοπούλου", "Юлия Щербакова")
BEFORE, AFTER = date(2026, 3, 12), date(2026, 9, 12)


@cache
def exam_of(weakness: float, linked: float, side: AffectedSide = AffectedSide.RIGHT) -> Analysis:
    """A right side with this weakness (0 to 1) whose eye closes by this part while the mouth moves."""
    moves = []
    for move in palsy(weakness):
        if move.expression in (Expression.SMILE_OPEN, Expression.PUCKER):
            eye = closure_move(move.expression, {Side.RIGHT: linked, Side.LEFT: 0.05})
            move = together(move.expression, move, eye)
        moves.append(move)
    track, segments = synthetic_track(moves, noise_px=0.1)
    return analyse_track(track, segments=segments, side=side, simulated=True)


def result_of(weakness: float, linked: float, side: AffectedSide = AffectedSide.RIGHT) -> ExamResult:
    """What ``exam_of`` says."""
    return exam_of(weakness, linked, side).result


def subject(name: str = "Ann Example", *, simulated: bool = True) -> ReportSubject:
    return ReportSubject(name, "4711/26", 1961, "Bell's palsy (idiopathic)", date(2026, 1, 3), simulated)


def key_pictures(count: int = len(EXPRESSIONS_SHOWN)) -> list[KeyPicture]:
    """Grey squares."""
    return [
        KeyPicture(expression, np.full((90, 90, 3), 90 + 20 * number, np.uint8), float(number))
        for number, expression in enumerate(EXPRESSIONS_SHOWN[:count])
    ]


def judgements() -> list[Judgement]:
    return [Judgement("House-Brackmann: grade", "IV (moderately severe)", "III (moderate)", "Dr. B. Judge", BEFORE)]


def visit_exam(**changed: object) -> ReportExam:
    """The synkinetic examination with both second opinions, pictures and a judgement."""
    result = synkinetic_exam().result.model_copy(
        update={"screening": screening(0.87), "severity_opinion": severity_opinion()}
    )
    exam = ReportExam(
        day=BEFORE,
        result=result,
        label="before toxin",
        notes="Tears while eating.",
        recording="exam.mp4",
        analysis_id="ab12cd34ef56aa77",
        analysed_at=datetime(2026, 3, 12, 14, 5, 9, tzinfo=UTC),
        pictures=key_pictures(),
        judgements=judgements(),
    )
    return replace(exam, **changed)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def words_of(pdf: bytes) -> str:
    """All text of a PDF, every run of white space as one blank."""
    return flat(" ".join(page.extract_text() for page in read(pdf).pages))


def flat(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()


def pictures_in(pdf: bytes) -> int:
    return sum(len(page.images) for page in read(pdf).pages)


def fonts_in(pdf: bytes) -> dict[str, bool]:
    """Names of the fonts of a PDF, and whether each is embedded."""
    found: dict[str, bool] = {}
    for page in read(pdf).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            described = font.get_object()
            embedded = "/FontFile2" in described.get("/FontDescriptor", {})
            found[str(described["/BaseFont"])] = embedded
    return found
