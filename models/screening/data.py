"""Pictures of examinations, who they are of, and whether there is synkinesis: what the networks learn from and are judged with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.checks import check_option, check_shape
from core.exam.protocol import Expression
from core.grading.synkinesis import Region
from core.words import Branch

if TYPE_CHECKING:
    from models.cohort import CohortExam

SPLITS = ("train", "validation", "test")
PAPER_PICTURES = (Expression.REST, Expression.EYES_TIGHT, Expression.SMILE_OPEN)
"""The three pictures of a patient that the published network learned from (reference F4)."""
PictureKind = Literal["crops", "views"]


@dataclass(frozen=True)
class ExamFacts:
    """What is known of one examination.

    Attributes:
        exam: its name, unique.
        person: who; nobody is in two splits.
        source: ``"photograph"`` or ``"drawn"`` (both simulated), or ``"clinic"``.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        group: e.g. ``"healthy"``, ``"flaccid"``, ``"synkinetic"``.
        side: affected side, ``"right"``, ``"left"`` or ``"none"``.
        strength: of the strongest synkinesis, 0 to 1; 0 without, NaN where nobody knows.
        synkinesis: the label.
        links: (region, trigger) -> strength of the strongest side, 0 to 1; None where nobody knows what links there are.
        weakness: branch -> part of the movement lost on the worse side, 0 to 1; None where nobody knows.
    """

    exam: str
    person: str
    source: str
    split: str
    group: str
    side: str
    strength: float
    synkinesis: bool
    links: Mapping[tuple[Region, Expression], float] | None = None
    weakness: Mapping[Branch, float] | None = None

    def shown(self, expression: Expression | None) -> bool | None:
        """Whether a picture of that expression shows synkinesis; None where nobody knows."""
        if not self.synkinesis or expression is Expression.REST:
            return False
        if self.links is None:
            return None
        return any(trigger is expression for _, trigger in self.links)


@dataclass(frozen=True)
class ScreeningData:
    """Pictures with their examinations.

    Attributes:
        pictures: (P, S, S, 3) uint8 RGB.
        exam_of: (P,) int64 to which of ``exams`` each belongs.
        expressions: of the P pictures; None where nobody knows.
        exams: E examinations.
    """

    pictures: np.ndarray
    exam_of: np.ndarray
    expressions: tuple[Expression | None, ...]
    exams: tuple[ExamFacts, ...]

    def __post_init__(self) -> None:
        check_shape("pictures", self.pictures, (None, None, self.pictures.shape[1], 3))
        check_shape("exam_of", self.exam_of, (len(self.pictures),))
        if len(self.expressions) != len(self.pictures):
            raise ValueError(f"{len(self.pictures)} pictures, but {len(self.expressions)} expressions")

    @property
    def size_px(self) -> int:
        return int(self.pictures.shape[1])

    @property
    def labels(self) -> np.ndarray:
        """(E,) bool: whose examination shows synkinesis."""
        return np.array([exam.synkinesis for exam in self.exams], dtype=bool)

    @property
    def people(self) -> np.ndarray:
        """(E,) names."""
        return np.array([exam.person for exam in self.exams])

    @property
    def telling(self) -> np.ndarray:
        """(P,) bool: not those pictures of a synkinetic examination of which it is known that they show no unwanted movement."""
        pairs = zip(self.exam_of, self.expressions, strict=True)
        return np.array([self.exams[e].shown(x) is not False or not self.exams[e].synkinesis for e, x in pairs], bool)

    def of_split(self, split: str) -> ScreeningData:
        """The examinations of ``"train"``, ``"validation"`` or ``"test"``."""
        check_option("split", split, SPLITS)
        return self.of_exams(np.array([exam.split == split for exam in self.exams], dtype=bool))

    def of_exams(self, chosen: np.ndarray) -> ScreeningData:
        """The examinations of a mask (E,) bool."""
        number = np.cumsum(chosen) - 1
        kept = np.flatnonzero(chosen[self.exam_of]) if len(self.exam_of) else np.empty(0, np.int64)
        return ScreeningData(
            self.pictures[kept],
            number[self.exam_of[kept]],
            tuple(self.expressions[i] for i in kept),
            tuple(exam for exam, there in zip(self.exams, chosen, strict=True) if there),
        )

    def of_expressions(self, chosen: Collection[Expression]) -> ScreeningData:
        """The pictures of some expressions; every examination stays, even one without a picture."""
        kept = [i for i, expression in enumerate(self.expressions) if expression in chosen]
        return ScreeningData(
            self.pictures[kept], self.exam_of[kept], tuple(self.expressions[i] for i in kept), self.exams
        )

    def with_pictures(self, pictures: np.ndarray) -> ScreeningData:
        """The same examinations with other pictures (P, S, S, 3), e.g. with everything but the background painted over."""
        check_shape("pictures", pictures, (len(self.pictures), None, None, 3))
        return replace(self, pictures=pictures)

    def with_labels(self, labels: np.ndarray) -> ScreeningData:
        """The same examinations with other labels (E,), e.g. shuffled ones."""
        check_shape("labels", labels, (len(self.exams),))
        exams = tuple(replace(exam, synkinesis=bool(label)) for exam, label in zip(self.exams, labels, strict=True))
        return replace(self, exams=exams)


def joined(parts: Iterable[tuple[ExamFacts, np.ndarray, Iterable[Expression | None]]]) -> ScreeningData:
    """Data from examinations with their pictures (n, S, S, 3) and expressions (n,); raises ValueError when there are none."""
    exams, pictures, whose, expressions = [], [], [], []
    for facts, shown, performed in parts:
        pictures.append(shown)
        expressions += list(performed)
        whose += [len(exams)] * len(shown)
        exams.append(facts)
    if not exams:
        raise ValueError("there are no examinations")
    return ScreeningData(np.concatenate(pictures), np.array(whose, np.int64), tuple(expressions), tuple(exams))


def from_cohort(
    cohort: Iterable[CohortExam],
    kind: PictureKind = "crops",
    *,
    expressions: Collection[Expression] | None = None,
    splits: Collection[str] = SPLITS,
    progress: Callable[[int], None] = lambda _done: None,
) -> ScreeningData:
    """The pictures of a simulated cohort.

    Args:
        cohort: its examinations.
        kind: aligned face crops of 160 pixels, or views, the whole picture at 256.
        expressions: which pictures; None takes all.
        splits: whose.
        progress: told how many examinations were read.
    """

    def parts() -> Iterable[tuple[ExamFacts, np.ndarray, list[Expression]]]:
        for number, exam in enumerate(cohort, 1):
            progress(number)
            kept = [i for i, e in enumerate(exam.expressions) if expressions is None or e in expressions]
            if exam.split in splits and kept:
                yield facts_of(exam), getattr(exam, kind)[kept], [exam.expressions[i] for i in kept]

    return joined(parts())


def facts_of(exam: CohortExam) -> ExamFacts:
    """What is known of an examination of the cohort; its label is whether any synkinesis was simulated."""
    strength = max(exam.truth_synkinesis.values(), default=0.0)
    links: dict[tuple[Region, Expression], float] = {}
    for name, value in exam.truth_synkinesis.items():
        region, trigger, _side = name.split(":")
        key = Region(region), Expression(trigger)
        links[key] = max(value, links.get(key, 0.0))
    weakness: dict[Branch, float] = {}
    for name, value in exam.truth_weakness.items():
        branch = Branch(name.split(":")[0])
        weakness[branch] = max(value / 100, weakness.get(branch, 0.0))
    return ExamFacts(
        exam=exam.exam,
        person=exam.person,
        source=exam.source,
        split=exam.split,
        group=str(exam.group),
        side=exam.side,
        strength=float(strength),
        synkinesis=strength > 0,
        links=links,
        weakness=weakness,
    )
