"""Examinations with measurements, pictures and known severity: what the network learns from and is judged with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from core.checks import check_option, check_shape
from core.exam.protocol import Expression
from core.result import ExamResult
from core.words import SIDES
from models.face_crops import SIZE_PX
from models.severity.features import FEATURES, LEARNED_BRANCHES, PICTURED, kinematics

if TYPE_CHECKING:
    from models.cohort import CohortExam

SPLITS = ("train", "validation", "test")
PICTURES: tuple[Expression, ...] = (Expression.REST, *PICTURED)
"""Which pictures the network takes, one each: the face at rest, and the main movement of every branch at its key frame."""


@dataclass(frozen=True)
class ExamFacts:
    """What is known of one examination.

    Attributes:
        exam: its name, unique.
        person: who; nobody is in two splits.
        source: ``"photograph"`` or ``"drawn"`` (both simulated), or ``"clinic"``.
        split: one of ``SPLITS``.
        group: e.g. ``"healthy"``, ``"flaccid"``, ``"synkinetic"``; "" where nobody said.
        affected: affected side, ``"right"``, ``"left"`` or ``"none"``; "" where nobody said.
    """

    exam: str
    person: str
    source: str
    split: str
    group: str = ""
    affected: str = ""


@dataclass(frozen=True)
class SeverityData:
    """E examinations.

    Attributes:
        kinematics: (E, 2, F) float32 measured features, right and left; NaN where missing.
        pictures: (E, P, S, S) uint8 grey crops in the order of ``PICTURES``; black where there is none.
        seen: (E, P) bool which pictures there are.
        truth: (E, 2, B) float32 severity of the learned branches from 0 to 100, right and left; NaN where nobody knows.
        rule: (E, 2, B) float32 rule-based weakness of the same; NaN where it is not assessable.
        exams: E facts.
    """

    kinematics: np.ndarray
    pictures: np.ndarray
    seen: np.ndarray
    truth: np.ndarray
    rule: np.ndarray
    exams: tuple[ExamFacts, ...]

    def __post_init__(self) -> None:
        count = len(self.exams)
        check_shape("kinematics", self.kinematics, (count, len(SIDES), len(FEATURES)))
        check_shape("pictures", self.pictures, (count, len(PICTURES), SIZE_PX, SIZE_PX))
        check_shape("seen", self.seen, (count, len(PICTURES)))
        for name in ("truth", "rule"):
            check_shape(name, getattr(self, name), (count, len(SIDES), len(LEARNED_BRANCHES)))

    def __len__(self) -> int:
        return len(self.exams)

    @property
    def measured(self) -> np.ndarray:
        """(E,) bool: examinations with measurements, not only pictures."""
        return np.isfinite(self.kinematics).any(axis=(1, 2))

    def of(self, chosen: np.ndarray) -> SeverityData:
        """Some of the examinations: (E,) bool or indices."""
        indices = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        return SeverityData(
            self.kinematics[indices],
            self.pictures[indices],
            self.seen[indices],
            self.truth[indices],
            self.rule[indices],
            tuple(self.exams[int(i)] for i in indices),
        )

    def of_split(self, split: str) -> SeverityData:
        """The examinations of ``"train"``, ``"validation"`` or ``"test"``."""
        check_option("split", split, SPLITS)
        return self.of(np.array([exam.split == split for exam in self.exams], dtype=bool))


@dataclass(frozen=True)
class SeverityExam:
    """One examination on its way into ``SeverityData``; see there."""

    facts: ExamFacts
    kinematics: np.ndarray
    pictures: np.ndarray
    seen: np.ndarray
    truth: np.ndarray
    rule: np.ndarray


def joined(exams: Iterable[SeverityExam]) -> SeverityData:
    """Data of examinations; raises ValueError when there are none."""
    rows = list(exams)
    if not rows:
        raise ValueError("there are no examinations")
    names = ("kinematics", "pictures", "seen", "truth", "rule")
    arrays = [np.stack([getattr(row, name) for row in rows]) for name in names]
    return SeverityData(*arrays, tuple(row.facts for row in rows))


def severity_exam(
    facts: ExamFacts,
    result: ExamResult | None,
    crops: Sequence[tuple[Expression | None, np.ndarray]],
    truth: np.ndarray | None = None,
) -> SeverityExam:
    """An examination from its result and its crops.

    Args:
        facts: what is known.
        result: what was measured; None when there are pictures only.
        crops: expression and (S, S, 3) uint8 RGB ``face_crop`` of each picture; the first of an expression counts.
        truth: (2, B) severity; None where nobody knows.
    """
    pictures = np.zeros((len(PICTURES), SIZE_PX, SIZE_PX), np.uint8)
    seen = np.zeros(len(PICTURES), bool)
    for expression, crop in crops:
        if expression in PICTURES and not seen[place := PICTURES.index(expression)]:
            pictures[place], seen[place] = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), True
    nothing = np.full((len(SIDES), len(LEARNED_BRANCHES)), np.nan, np.float32)
    return SeverityExam(
        facts,
        np.full((len(SIDES), len(FEATURES)), np.nan, np.float32) if result is None else kinematics(result),
        pictures,
        seen,
        nothing if truth is None else truth.astype(np.float32),
        nothing if result is None else rule_based(result),
    )


def rule_based(result: ExamResult) -> np.ndarray:
    """(2, B) float32 weakness of the learned branches by the rules of core.grading, right and left; NaN where not assessable."""
    scores = [
        [result.branches[b].get(side).weakness if b in result.branches else None for b in LEARNED_BRANCHES]
        for side in SIDES
    ]
    return np.array(scores, dtype=np.float32)


def from_cohort(
    cohort: Iterable[CohortExam],
    *,
    measured_only: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> SeverityData:
    """The examinations of a simulated cohort; the truth is what the simulation took away, 100 times the attenuation.

    Args:
        cohort: its examinations.
        measured_only: leave out those with pictures only.
        progress: told how many were read.
    """

    def parts() -> Iterable[SeverityExam]:
        for number, exam in enumerate(cohort, 1):
            progress(number)
            if measured_only and exam.result is None:
                continue
            truth = [
                [exam.truth_weakness.get(f"{branch.value}:{side.value}", 0.0) for branch in LEARNED_BRANCHES]
                for side in SIDES
            ]
            facts = ExamFacts(exam.exam, exam.person, exam.source, exam.split, str(exam.group), exam.side)
            crops = list(zip(exam.expressions, exam.crops, strict=True))
            yield severity_exam(facts, exam.result, crops, np.array(truth))

    return joined(parts())
