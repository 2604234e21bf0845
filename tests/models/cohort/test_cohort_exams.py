"""Examinations of one simulated person, made, stored and read again; and a compact examination against a video of it."""

import argparse
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.make_cohort import plans
from core.analysis import analyse_track
from core.errors import InputError
from core.exam.protocol import CORE_PROTOCOL, Expression
from core.face.pose import head_pose
from core.phantom.motion import simulate
from core.phantom.truth import exact_track
from core.words import BRANCHES, SIDES
from models.cohort import Cohort, exams
from models.cohort.conditions import Group, random_condition
from models.cohort.exams import CohortExam, PersonPlan, compact_script, person_exams
from models.cohort.store import save_person
from models.tracking.mediapipe_mesh import MediaPipeMeshFactory
from tests.drawn_phantom import portrait

PLAN = PersonPlan("drawn 9003", "drawn", "test", 9003, pictures=3, full=0)
SEED = 5


def _make(plan: PersonPlan) -> list[CohortExam]:
    return list(person_exams(plan, portrait(), MediaPipeMeshFactory(), SEED))


@cache
def _picture_exams() -> list[CohortExam]:
    return _make(PLAN)


def test_groups_are_balanced_in_a_person():
    made = _picture_exams()
    assert Counter(exam.group for exam in made) == dict.fromkeys(Group, 1)
    assert len({exam.exam for exam in made}) == 3


def test_pictures_of_an_examination():
    for exam in _picture_exams():
        assert exam.expressions == CORE_PROTOCOL
        assert exam.expressions[0] is Expression.REST
        assert exam.crops.shape == (9, 160, 160, 3)
        assert exam.views.shape == (9, 256, 256, 3)
        assert exam.points.shape == (9, 478, 3)
        assert ((exam.points[..., :2] > 0) & (exam.points[..., :2] < 256)).all()
        assert exam.result is None


def test_truth_goes_with_the_group():
    for exam in _picture_exams():
        assert (exam.side == "none") == (exam.group is Group.HEALTHY)
        assert bool(exam.truth_synkinesis) == (exam.group is Group.SYNKINETIC)
        assert set(exam.truth_weakness) == {f"{branch.value}:{side.value}" for branch in BRANCHES for side in SIDES}
        if exam.group is Group.FLACCID:
            assert max(exam.truth_weakness.values()) > 0


def test_the_same_seed_makes_the_same_pictures():
    again = _make(PLAN)
    for one, other in zip(_picture_exams(), again, strict=True):
        assert one.truth_weakness == other.truth_weakness
        assert (one.views == other.views).all()
        np.testing.assert_allclose(one.points, other.points, atol=1e-3)


class _FilmedError(Exception):
    """The first examination is set up; nothing needs to be drawn."""


def _film(group: Group, monkeypatch) -> list[object]:
    """Cameras with the seeds of their noise, script with effort, and pose of the head, when the condition is of a group."""
    log: list[object] = []

    def set_up(*given):
        log.append(tuple(given[2]))
        raise _FilmedError

    monkeypatch.setattr(exams, "random_condition", lambda _, person, random: random_condition(group, person, random))
    monkeypatch.setattr(exams, "simulate", lambda *given: log.append(given[2]))
    monkeypatch.setattr(exams, "Renderer", lambda *given, seed: log.append((given[1], seed)))
    monkeypatch.setattr(exams, "ExamPictures", set_up)
    with pytest.raises(_FilmedError):
        _make(PLAN)
    return log


def test_camera_script_and_pose_do_not_know_the_group(monkeypatch):
    healthy = _film(Group.HEALTHY, monkeypatch)
    assert len(healthy) == exams.CAMERAS + 2
    assert healthy == _film(Group.FLACCID, monkeypatch) == _film(Group.SYNKINETIC, monkeypatch)


def test_stored_cohort_reads_back(tmp_path):
    made = _picture_exams()
    save_person(tmp_path, "drawn-9003", made, dict.fromkeys(Group, 0))
    for one, other in zip(made, Cohort.load(tmp_path), strict=True):
        for name in ("exam", "person", "source", "split", "group", "side", "truth_weakness", "truth_synkinesis"):
            assert getattr(one, name) == getattr(other, name)
        assert one.expressions == other.expressions
        assert (one.points == other.points).all()
        for kind in ("crops", "views"):
            difference = getattr(one, kind).astype(float) - getattr(other, kind)
            assert np.abs(difference).mean() < 3.0, "JPEG of quality 95 changes little"


def test_a_folder_without_people_is_refused(tmp_path):
    with pytest.raises(InputError, match="no cohort"):
        Cohort.load(tmp_path)


def test_nobody_is_in_two_splits(tmp_path):
    (tmp_path / "neutral").mkdir()
    for number in range(40):
        (tmp_path / "neutral" / f"{number:03}.jpg").touch()
    people = plans(argparse.Namespace(london=tmp_path, training=(12, 2), judged=(9, 3), drawn=(6, 4, 5)))
    assert len({plan.name for plan in people}) == len(people) == 40 + 15
    assert len({plan.number for plan in people}) == len(people)
    assert {plan.split for plan in people[:6]} == {"train", "validation", "test"}


@pytest.mark.parametrize("group", list(Group))
def test_a_compact_examination_scores_like_a_video_of_it(group):
    """On exact landmarks: frames at rest and in the holds, with what lies between interpolated, against 25 frames a second."""
    random = np.random.default_rng([77, list(Group).index(group)])
    script = compact_script(random)
    condition = random_condition(group, 5, random)
    shape = portrait().shape_mm
    slow, fast = (simulate(shape, condition, script, fps, 3) for fps in (exams.FPS, 25.0))
    known = exams.ExamPictures(slow, None, np.zeros(3)).all_frames()
    track = exact_track(slow)
    points = exams.interpolated(track.points[known], track.times[known], track.times)
    assert 40 <= len(known) <= 60
    compact = replace(track, points=points, pose=head_pose(points).astype(np.float32))
    short, video = (
        analyse_track(t, segments=script.segments, side=condition.affected_side, simulated=True).result
        for t in (compact, exact_track(fast))
    )
    for branch in BRANCHES:
        for side in SIDES:
            one, other = (result.branches[branch].get(side).weakness for result in (short, video))
            assert (one is None) == (other is None)
            if one is not None:
                assert one == pytest.approx(other, abs=2.0)
    if group is Group.FLACCID:
        assert max(video.branches[branch].get(side).weakness or 0.0 for branch in BRANCHES for side in SIDES) > 20
    scores = [{(e.region, e.trigger, e.side): e.score for e in result.synkinesis} for result in (short, video)]
    assert scores[0].keys() == scores[1].keys()
    for key, score in scores[0].items():
        assert score == pytest.approx(scores[1][key], abs=2.0)
    if group is Group.SYNKINETIC:
        assert max(scores[1].values()) > 10, "there must be something to compare"
