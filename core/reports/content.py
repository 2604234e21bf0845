"""What goes into a report, as plain data: whose, which visit, its result, pictures, the clinician's judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

import numpy as np

from core.exam.protocol import Expression
from core.result import ExamResult

INTENDED_USE = (
    "Hemiface measures the movement of the face in ordinary video, so that a clinician who treats facial palsy can describe "
    "weakness and synkinesis of each facial-nerve region in numbers and follow them over time; it is software for research and "
    "teaching, not a medical device, and it makes no diagnosis."
)
"""The one sentence of docs/intended-use.md; a test holds them together."""


LEARNED = "learned from simulated patients"
"""What every opinion of a network is marked with."""

EXPRESSIONS_SHOWN: tuple[Expression, ...] = (
    Expression.REST, Expression.BROW_RAISE, Expression.EYES_GENTLE, Expression.SMILE_OPEN, Expression.SNARL,
    Expression.PUCKER, Expression.EEE,
)  # fmt: skip
"""Whose key pictures a report shows, where they were recorded."""


class Paper(StrEnum):
    """Sizes of paper."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True)
class ReportSubject:
    """Whose report it is; empty texts and None are not printed.

    Attributes:
        name: name or pseudonym.
        record_number: the clinic's own number.
        birth_year: year of birth.
        cause: of the palsy.
        onset: day on which it began.
        simulated: no patient but a phantom or a warped portrait; every page says so.
    """

    name: str
    record_number: str = ""
    birth_year: int | None = None
    cause: str = ""
    onset: date | None = None
    simulated: bool = False


@dataclass(frozen=True)
class KeyPicture:
    """One picture of an examination.

    Attributes:
        expression: what it shows.
        image: (H, W, 3) uint8 RGB, cut to the face; about square.
        time_s: when in the recording.
    """

    expression: Expression
    image: np.ndarray
    time_s: float | None = None


@dataclass(frozen=True)
class Judgement:
    """What a clinician made of one automatic item; both values stay visible.

    Attributes:
        item: its name, e.g. "House-Brackmann grade".
        automatic: the program's value in words, e.g. "III"; empty where there was none.
        clinician: the clinician's value in words.
        who: who judged.
        when: day of the judgement.
    """

    item: str
    automatic: str
    clinician: str
    who: str
    when: date


@dataclass(frozen=True)
class ReportExam:
    """One examination.

    Attributes:
        day: of the visit.
        result: of the analysis.
        label: of the visit, e.g. "3 months after onset".
        notes: of the visit.
        recording: name of the video.
        analysis_id: of the analysis.
        analysed_at: when the analysis was made; dates the document, which never reads a clock.
        pictures: in the order of the protocol; none where they shall not be printed.
        judgements: of the clinician.
        pictures_note: why there are no pictures, where they were wanted.
    """

    day: date
    result: ExamResult
    label: str = ""
    notes: str = ""
    recording: str = ""
    analysis_id: str = ""
    analysed_at: datetime | None = None
    pictures: Sequence[KeyPicture] = ()
    judgements: Sequence[Judgement] = ()
    pictures_note: str = ""

    @property
    def made_at(self) -> datetime:
        """When the document is dated: of the analysis, else midnight (UTC) of the visit."""
        return self.analysed_at or datetime.combine(self.day, time(), UTC)


def day_words(day: date) -> str:
    """A day as pages write it, whatever the language of the computer, e.g. "12 Mar 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def since_words(start: date, day: date) -> str:
    """The time between two days in the unit that fits, e.g. "3 months"; "" when ``day`` is earlier.

    >>> since_words(date(2026, 1, 1), date(2026, 1, 15)), since_words(date(2026, 1, 1), date(2026, 7, 3))
    ('14 days', '6 months')
    """
    days = (day - start).days
    if days < 0:
        return ""
    if days < 60:
        return f"{days} day{'' if days == 1 else 's'}"
    months = round(days / 30.44)
    return f"{months} months" if months < 24 else f"{days / 365.25:.1f} years"
