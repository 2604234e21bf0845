"""Stored predictions as cases: examinations, or pictures of some expression, of some of the people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.evidence.statistics import Cases

if TYPE_CHECKING:
    from models.screening.predictions import PredictionRow

EXAM = "exam"
NEGATIVE_GROUPS = ("healthy", "flaccid")
GROUPS = (*NEGATIVE_GROUPS, "synkinetic")
SOURCES = {"photograph": "photographs of people, moved", "drawn": "drawn people", "clinic": "the clinic's people"}


def exams_of(rows: Iterable[PredictionRow]) -> list[PredictionRow]:
    """The rows of whole examinations with a probability."""
    return [row for row in rows if row.expression == EXAM and _known(row)]


def pictures_of(rows: Iterable[PredictionRow]) -> list[PredictionRow]:
    """The rows of single pictures with a probability."""
    return [row for row in rows if row.expression != EXAM and _known(row)]


def cases_of(rows: Sequence[PredictionRow]) -> Cases:
    """Rows as cases."""
    return Cases(
        np.array([bool(row.label) for row in rows], dtype=bool),
        np.array([row.probability for row in rows], dtype=np.float64),
        np.array([row.person for row in rows], dtype=str),
    )


def chosen(rows: Iterable[PredictionRow], keep: Callable[[PredictionRow], bool]) -> list[PredictionRow]:
    """Those of the rows that are to be kept."""
    return [row for row in rows if keep(row)]


def with_probabilities(rows: Sequence[PredictionRow], exams: dict[str, float]) -> Cases:
    """The examinations of ``rows`` that are in ``exams``, with the probabilities given there."""
    known = [row for row in rows if row.exam in exams]
    plain = cases_of(known)
    return Cases(plain.labels, np.array([exams[row.exam] for row in known], dtype=np.float64), plain.people)


def counted(rows: Sequence[PredictionRow]) -> str:
    """E.g. "36 examinations of 12 people"."""
    exams, people = len({row.exam for row in rows}), len({row.person for row in rows})
    return f"{exams} examination{'' if exams == 1 else 's'} of {people} {'person' if people == 1 else 'people'}"


def _known(row: PredictionRow) -> bool:
    return row.probability is not None and bool(np.isfinite(row.probability))
