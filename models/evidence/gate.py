"""The quality gate of the screen asked about examinations of a cohort: what it refused of the pictures as they were taken.

The reasons of single pictures come with the cohort (``CohortExam.refusals``, asked at 448 pixels). Changes of light can be asked
of the stored pictures of 256 pixels, for the brightness of the cheeks does not depend on the size; sharpness and the size of the
iris do, so nobody asks the gate about blur.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from core.exam.protocol import Expression
from core.exam.quality import BRIGHTEST_CHEEK, DARKEST_CHEEK
from core.face.picture import cheek_luminance
from models.evidence.stress import STRESSES, Change
from models.screening.gate import NEEDED, examination_refusal

if TYPE_CHECKING:
    from models.cohort import CohortExam
    from models.screening.data import ScreeningData


def exam_refusal(exam: CohortExam) -> str | None:
    """Why the gate refuses an examination of a cohort; None when it lets it pass."""
    return examination_refusal(exam.expressions, exam.refusals)


def refused_in_light(exam: CohortExam, change: Change) -> str | None:
    """The same once every picture is changed in its light: too dark or overexposed, beside what was refused before."""
    asked = (Expression.REST, *NEEDED)
    rows = [i for i, expression in enumerate(exam.expressions) if expression in asked]
    reasons = [exam.refusals[i] or _light(change(exam.views[i]), exam.points[i]) for i in rows]
    return examination_refusal([exam.expressions[i] for i in rows], reasons)


def refusals_under_stress(exams: Iterable[CohortExam]) -> dict[str, list[str]]:
    """Stress of light -> names of the examinations of test people that the gate refuses under it."""
    found: dict[str, list[str]] = {stress.name: [] for stress in STRESSES.values() if stress.of_light}
    for exam in exams:
        if exam.split != "test":
            continue
        for name, refused in found.items():
            if refused_in_light(exam, STRESSES[name].change) is not None:
                refused.append(exam.exam)
    return found


def usable_part(data: ScreeningData, exams: Iterable[CohortExam]) -> ScreeningData:
    """The examinations that the gate lets pass without some of their pictures, each with the usable ones alone.

    Args:
        data: of one network.
        exams: of the cohort that they are of.
    """
    refused = {
        (exam.exam, expression)
        for exam in exams
        if exam_refusal(exam) is None
        for expression, reason in zip(exam.expressions, exam.refusals, strict=True)
        if reason is not None
    }
    names = [exam.exam for exam in data.exams]
    some = data.of_exams(np.isin(names, [name for name, _ in refused]))
    whose = [some.exams[i].exam for i in some.exam_of]
    kept = np.array([(e, x) not in refused for e, x in zip(whose, some.expressions, strict=True)], bool)
    return type(data)(
        some.pictures[kept],
        some.exam_of[kept],
        tuple(x for x, there in zip(some.expressions, kept, strict=True) if there),
        some.exams,
    )


def _light(picture: np.ndarray, points: np.ndarray) -> str | None:
    cheeks = cheek_luminance(picture, points)
    if np.nanmax(cheeks) < DARKEST_CHEEK:
        return "The face is too dark."
    return "The face is overexposed." if np.nanmin(cheeks) > BRIGHTEST_CHEEK else None
