"""Small examinations of a cohort from one drawn face at rest; synkinetic ones have a bright square on one cheek in movement."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from core.exam.protocol import Expression
from core.result import ExamResult
from models.cohort.conditions import Group
from models.cohort.exams import VIEW_PX, CohortExam
from tests.drawn_phantom import picture

EXPRESSIONS = (Expression.REST, Expression.EYES_TIGHT, Expression.SMILE_OPEN)


@cache
def view() -> tuple[np.ndarray, np.ndarray]:
    """(256, 256, 3) the whole picture and its (478, 3) landmarks, the face smaller than the picture."""
    image, points = picture()
    half = cv2.resize(image, (VIEW_PX // 2, VIEW_PX // 2), interpolation=cv2.INTER_AREA)
    edge = VIEW_PX // 4
    placed = points.astype(np.float32).copy()
    placed *= VIEW_PX / 2 / image.shape[1]
    placed[:, :2] += edge
    return cv2.copyMakeBorder(half, edge, edge, edge, edge, cv2.BORDER_REPLICATE), placed


def made_exam(
    number: int = 0,
    group: Group = Group.HEALTHY,
    *,
    person: str = "drawn 9000",
    split: str = "test",
    refusals: tuple[str | None, ...] = (None, None, None),
    result: ExamResult | None = None,
) -> CohortExam:
    """One examination with three pictures; noise differs from one to the next."""
    image, points = view()
    random = np.random.default_rng([number, len(person), *person.encode()])
    views = np.stack([np.clip(image + random.normal(0, 2, image.shape), 0, 255).astype(np.uint8) for _ in EXPRESSIONS])
    crops = np.stack([cv2.resize(v, (160, 160), interpolation=cv2.INTER_AREA) for v in views])
    shown = group is Group.SYNKINETIC
    if shown:
        crops[1:, 90:120, 20:50] = 250
    return CohortExam(
        exam=f"{person.replace(' ', '-')}-e{number:02d}",
        person=person,
        source=person.split()[0].replace("london", "photograph"),
        split=split,
        group=group,
        side="none" if group is Group.HEALTHY else "right",
        truth_weakness={"zygomatic:right": 60.0 if group is Group.FLACCID else 0.0},
        truth_synkinesis={"mouth_corner:eyes_tight:right": 0.8} if shown else {},
        expressions=EXPRESSIONS,
        crops=crops,
        views=views,
        points=np.stack([points] * len(EXPRESSIONS)),
        refusals=refusals,
        result=result,
    )


def made_cohort(people: int = 10) -> list[CohortExam]:
    """Three examinations a person, one of each group; of five people three train, one validates, one is tested on."""
    splits = ("train", "train", "train", "validation", "test")
    return [
        made_exam(number, group, person=f"drawn {9000 + person}", split=splits[person % len(splits)])
        for person in range(people)
        for number, group in enumerate(Group)
    ]
