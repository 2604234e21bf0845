"""What the screen says of loose pictures, as rows of a table and as a CSV file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.charts.screening import VERDICT_WORDS, interval_words, percent, verdict_words
from core.records.text import spreadsheet_text
from core.result import Screening

_HEADER = (
    "file",
    "verdict",
    "probability",
    "low",
    "high",
    "unsure_from",
    "refer_from",
    "reason",
    "model",
    "weights_sha256",
    "trained_on",
)
_NOT_READ = "not read"
_TRAINED_ON = "simulated patients"


@dataclass(frozen=True)
class PictureAnswer:
    """One loose picture: its file's name, and what the screen says of it or in a sentence why it could not be read."""

    name: str
    screening: Screening | None = None
    problem: str = ""

    @property
    def verdict(self) -> str:
        """In words."""
        return _NOT_READ if self.screening is None else verdict_words(self.screening)

    @property
    def probability(self) -> str:
        """With its 95 % interval, e.g. "87 % (77 to 97 %)"; "–" where there is none."""
        if self.screening is None or self.screening.probability is None:
            return "–"
        interval = interval_words(self.screening)
        return percent(self.screening.probability) + (f" ({interval})" if interval else "")

    @property
    def reason(self) -> str:
        """Why there is no probability; "" where there is one."""
        return self.problem if self.screening is None else self.screening.reason or ""


def summary(answers: Sequence[PictureAnswer]) -> str:
    """How many of each verdict, e.g. "3 pictures: 1 refer, 2 not flagged"."""
    counts = Counter(answer.verdict for answer in answers)
    told = ", ".join(f"{counts[word]} {word}" for word in (*VERDICT_WORDS.values(), _NOT_READ) if counts[word])
    return f"{len(answers)} {'picture' if len(answers) == 1 else 'pictures'}: {told}"


def csv_bytes(answers: Iterable[PictureAnswer]) -> bytes:
    """The table as UTF-8 with the mark that spreadsheets look for; no name of a file is taken for a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(_HEADER)
    for answer in answers:
        writer.writerow(_row(answer))
    return stream.getvalue().encode("utf-8-sig")


def _row(answer: PictureAnswer) -> tuple[str, ...]:
    name, reason = spreadsheet_text(answer.name), spreadsheet_text(answer.reason)
    found = answer.screening
    if found is None:
        return (name, _NOT_READ, "", "", "", "", "", reason, "", "", "")
    numbers = (found.probability, found.low, found.high, found.unsure_from, found.threshold)
    told = ("" if value is None else f"{value:.4f}" for value in numbers)
    return (name, verdict_words(found), *told, reason, found.model, found.weights_sha256, _TRAINED_ON)
