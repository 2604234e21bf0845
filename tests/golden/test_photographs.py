"""Real faces: neutral photographs of consenting people, moved by the muscle model, become examinations with a known truth.

Every eighth photograph of the folder, in the order of the names; benchmarks/phantom_accuracy.py measures on the others.
"""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.analysis import analyse_track
from core.phantom.condition import Condition, flaccid, healthy, synkinetic
from core.phantom.photo import portrait_from_photo
from core.result import ExamResult
from core.track_photo import track_photo
from core.track_video import track_video
from core.words import SIDES, AffectedSide, Branch, Side
from models.tracking import tracker_factory
from tests.golden.exams import GRADED, film, scores

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "london" / "neutral"
PHOTOS = sorted(FOLDER.glob("*.jpg"))[::8][:8]
HEALTHY_LIMIT = 15.0
FOUND = 20.0  # the score from which docs/accuracy.md calls a synkinesis found

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(len(PHOTOS) < 8, reason="development data are not beside the checkout"),
]
each_photo = pytest.mark.parametrize(
    "number", [pytest.param(i, marks=pytest.mark.xdist_group(f"photo {i % 4}")) for i in range(8)]
)


@cache
def portrait(number: int):
    image = np.ascontiguousarray(cv2.imread(str(PHOTOS[number]))[..., ::-1])
    return portrait_from_photo(PHOTOS[number].stem, image, track_photo(image, tracker_factory()).points)


def examine(number: int, condition: Condition, folder: Path) -> ExamResult:
    recorded = film(portrait(number), condition, folder / "exam.mp4")
    track = track_video(recorded.video, tracker_factory())
    return analyse_track(track, segments=recorded.segments, simulated=True).result


def side_of(number: int) -> Side:
    return SIDES[number % 2]


@each_photo
def test_one_sided_weakness(number, tmp_path):
    side = side_of(number)
    result = examine(number, flaccid(side, 0.9, person=300 + number), tmp_path)
    assert result.affected_side.side is side
    found = scores(result, "weakness")
    for branch in GRADED:
        assert found[branch, side] >= 35, branch
        assert found[branch, side.opposite] < HEALTHY_LIMIT, branch
    assert result.overall.weakness.get(side) >= 55


@each_photo
def test_synkinesis(number, tmp_path):
    side = side_of(number).opposite
    result = examine(number, synkinetic(side, 1.0, 0.2, person=320 + number), tmp_path)
    assert result.affected_side.side is side
    found = scores(result, "synkinesis")
    assert found[Branch.ZYGOMATIC, side] >= FOUND
    assert max(found[branch, side.opposite] for branch in GRADED) < HEALTHY_LIMIT


@pytest.mark.parametrize("number", [0, 3])
def test_an_even_face_is_healthy(number, tmp_path):
    result = examine(number, healthy(person=340 + number), tmp_path)
    assert result.affected_side is AffectedSide.NONE
    assert max(scores(result, "weakness").values()) < HEALTHY_LIMIT
    assert max(scores(result, "synkinesis").values()) < HEALTHY_LIMIT
