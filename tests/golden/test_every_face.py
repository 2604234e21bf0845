"""Every drawn person, healthy and with a one-sided palsy, end to end: no face may be graded worse than another.

Slow: run with ``pytest -m slow`` before a release.
"""

from functools import cache

import pytest

from core.analysis import analyse_track
from core.phantom.condition import Condition, flaccid, healthy
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.drawing.portrait import draw_portrait
from core.result import ExamResult
from core.track_video import track_video
from core.words import SIDES, AffectedSide
from models.tracking import tracker_factory
from tests.golden.exams import CAMERA, GRADED, film, scores

HEALTHY_LIMIT = 15.0

pytestmark = pytest.mark.slow
each_face = pytest.mark.parametrize(
    "number", [pytest.param(i, marks=pytest.mark.xdist_group(f"face {i}")) for i in range(len(IDENTITIES))]
)


@cache
def portrait(number: int):
    return draw_portrait(IDENTITIES[number], round(1.25 * CAMERA.width))


def examine(number: int, condition: Condition, folder) -> ExamResult:
    recorded = film(portrait(number), condition, folder / "exam.mp4")
    return analyse_track(track_video(recorded.video, tracker_factory()), simulated=True).result


@each_face
def test_healthy(number, tmp_path):
    result = examine(number, healthy(person=400 + number), tmp_path)
    assert result.affected_side is AffectedSide.NONE
    for what in ("weakness", "synkinesis"):
        assert max(scores(result, what).values()) < HEALTHY_LIMIT, what


@each_face
@pytest.mark.parametrize("side", SIDES)
def test_one_sided_palsy(number, side, tmp_path):
    result = examine(number, flaccid(side, 0.9, person=420 + number), tmp_path)
    assert result.affected_side.side is side
    found = scores(result, "weakness")
    for branch in GRADED:
        assert found[branch, side] >= 35, branch
        assert found[branch, side.opposite] < HEALTHY_LIMIT, branch
