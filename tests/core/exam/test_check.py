"""The quick look at a recording: what spoils a movement is told apart from what could be better, and each has its sentence."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UnavailableError, VideoError
from core.exam.check import (
    LOOK_EVERY_S,
    MovementCheck,
    SampledFaces,
    check_movements,
    look_at_video,
    to_repeat,
)
from core.exam.protocol import Expression as E
from core.exam.segments import Segment
from core.face.scale import iris_diameter
from tests.fake_tracker import HEIGHT, WIDTH, Square, SquareTrackerFactory, square_clip

DURATION_S, FPS = 12.0, 30.0
MOVEMENT = Segment(expression=E.PUCKER, start_s=4.0, end_s=8.0)
STILL = Square(150, 120, 100)


def good(fps=FPS):
    """A recording in which nothing is wrong, looked at four times a second."""
    times = np.arange(0, DURATION_S, LOOK_EVERY_S)
    yes = np.ones(len(times), bool)
    return SampledFaces(
        times_s=times,
        found=yes,
        inside=yes,
        several=~yes,
        pose_deg=np.tile([0.0, 0.0, 0.0], (len(times), 1)),
        iris_px=np.full(len(times), 24.0),
        cheeks=np.tile([120.0, 130.0], (len(times), 1)),
        frame_times_s=np.arange(0, DURATION_S, 1 / fps),
    )


def during(seen, start_s, end_s, **values):
    """The same with other values from ``start_s`` to before ``end_s``."""
    within = (seen.times_s >= start_s) & (seen.times_s < end_s)
    changed = {}
    for name, value in values.items():
        changed[name] = getattr(seen, name).copy()
        changed[name][within] = value
    return replace(seen, **changed)


def without_frames(seen, start_s, end_s):
    """The same with a hole: nothing was filmed between the two times."""
    frames = seen.frame_times_s
    looks = (seen.times_s <= start_s) | (seen.times_s >= end_s)
    kept = {
        name: getattr(seen, name)[looks]
        for name in ("times_s", "found", "inside", "several", "pose_deg", "iris_px", "cheeks")
    }
    return SampledFaces(**kept, frame_times_s=frames[(frames <= start_s) | (frames >= end_s)])


def checked(seen, segment=MOVEMENT):
    [check] = check_movements(seen, [segment])
    return check


NAN3 = [np.nan] * 3
LOST = {"found": False, "inside": False, "pose_deg": NAN3, "iris_px": np.nan, "cheeks": [np.nan, np.nan]}


def test_nothing_is_said_of_a_good_movement():
    check = checked(good())
    assert (check.ok, check.code, check.message) == (True, "", "")
    assert (check.expression, check.repetition, check.start_s, check.end_s) == (E.PUCKER, 1, 4.0, 8.0)


@pytest.mark.parametrize(
    ("seen", "code", "words"),
    [
        (during(good(), 4, 5, **LOST), "face_lost", "left the picture"),
        (during(good(), 4, 5, inside=False), "face_cut", "outside the picture"),
        (during(good(), 4, 6, pose_deg=[6, 0, 0]), "head", "turned to the side"),
        (during(good(), 4, 6, pose_deg=[0, -11, 0]), "head", "tilted up or down"),
        (during(good(), 4, 6, pose_deg=[0, 0, -16]), "head", "tilted to a shoulder"),
        (without_frames(good(), 5, 5.5), "stuck", "skips for 0.5"),
    ],
)
def test_what_spoils_a_movement(seen, code, words):
    """An analysis would leave it out, so the patient is asked for it once more."""
    check = checked(seen)
    assert (check.ok, check.code) == (False, code)
    assert words in check.message
    assert check.message.endswith(".")


@pytest.mark.parametrize(
    ("seen", "code", "words"),
    [
        (without_frames(good(), 5, 5.2), "gap", "skips for 0.2"),
        (during(good(), 4, 6, several=True), "face_many", "Another person"),
        (during(good(), 0, 12, iris_px=12.3), "small", "the iris measures 12 pixels of 17"),
        (during(good(), 0, 12, cheeks=[30, 20]), "dark", "very dark"),
        (during(good(), 0, 12, cheeks=[240, 250]), "bright", "overexposed"),
        (during(good(), 0, 12, cheeks=[60, 120]), "uneven", "One side"),
        (during(good(), 0, 12, cheeks=[120, 60]), "uneven", "One side"),
    ],
)
def test_what_could_be_better(seen, code, words):
    check = checked(seen)
    assert (check.ok, check.code) == (True, code)
    assert words in check.message
    assert check.message.endswith(".")


def test_the_gravest_is_told():
    bad_everywhere = during(good(), 0, 12, inside=False, pose_deg=[30, 0, 0], cheeks=[10, 5], iris_px=5)
    assert checked(bad_everywhere).code == "face_cut"
    assert checked(during(bad_everywhere, 4, 6, **LOST)).code == "face_lost"
    assert checked(during(good(), 0, 12, pose_deg=[30, 0, 0], cheeks=[10, 5])).code == "head"


def test_what_happens_outside_a_movement_does_not_touch_it():
    seen = during(during(good(), 0, 4, **LOST), 8.25, 12, several=True, cheeks=[1, 1], pose_deg=[40, 0, 0])
    assert checked(without_frames(seen, 9, 10)).code == ""


def test_a_moment_is_forgiven():
    """One look of seventeen without a face, a short glance aside."""
    assert checked(during(good(), 5, 5.25, **LOST)).code == ""
    assert checked(during(good(), 5, 6, pose_deg=[20, 0, 0])).code == ""


def test_a_part_that_was_never_filmed():
    assert checked(good(), Segment(expression=E.SNARL, start_s=20, end_s=24)).code == "not_filmed"
    empty = without_frames(good(), -1, 100)
    assert (len(empty.times_s), checked(empty).code, checked(empty).ok) == (0, "not_filmed", False)


@pytest.mark.parametrize(("start_s", "end_s"), [(2.0, 6.0), (6.0, 10.0), (6.0, 100.0), (4.5, 7.5)])
def test_a_camera_that_stood_still_for_half_of_the_movement(start_s, end_s):
    """Also when the pictures come back after its end, or never: what was filmed of it looks good."""
    check = checked(without_frames(good(), start_s, end_s))
    assert (check.ok, check.code) == (False, "stuck")


@pytest.mark.parametrize("fps", [15.0, 24.0, 29.97, 60.0])
def test_no_usual_frame_rate_is_a_gap_not_even_at_the_ends_of_a_recording(fps):
    whole = Segment(expression=E.PUCKER, start_s=0.0, end_s=DURATION_S)
    assert checked(good(fps), whole).code == ""


def test_pitch_counts_from_how_this_face_looks_at_the_camera():
    """The average face's zero is not everybody's: who always looks up by 15 degrees looks straight."""
    assert checked(during(good(), 0, 12, pose_deg=[0, 15, 0])).code == ""
    assert checked(during(during(good(), 0, 12, pose_deg=[0, 15, 0]), 4, 8.25, pose_deg=[0, 0, 0])).code == "head"


def test_repetitions_are_counted_and_short_rests_left_out():
    segments = [
        Segment(expression=E.PUCKER, start_s=8, end_s=10),
        Segment(expression=E.REST, start_s=0, end_s=3),
        Segment(expression=E.REST, start_s=7, end_s=7.4),
        Segment(expression=E.PUCKER, start_s=4, end_s=6),
        Segment(expression=E.EEE, start_s=10, end_s=11),
    ]
    checks = check_movements(good(), segments)
    assert [(check.expression, check.repetition, check.start_s) for check in checks] == [
        (E.REST, 1, 0), (E.PUCKER, 1, 4), (E.PUCKER, 2, 8), (E.EEE, 1, 10),
    ]  # fmt: skip
    assert check_movements(good(), []) == []


def told(expression, ok):
    return MovementCheck(expression, 1, 0.0, 1.0, ok)


def test_only_a_movement_without_one_good_performance_is_repeated():
    checks = [
        told(E.REST, False),
        told(E.EEE, False), told(E.SNARL, False), told(E.SNARL, True), told(E.EEE, False), told(E.PUCKER, True),
        told(E.FROWN, False),
    ]  # fmt: skip
    assert to_repeat(checks) == [E.EEE, E.FROWN]
    assert to_repeat([]) == []


def test_a_check_survives_its_file():
    for check in (checked(good()), checked(without_frames(good(), 5, 6))):
        assert MovementCheck.from_json(json.loads(json.dumps(check.as_json(), allow_nan=False))) == check


# ------------------------------------------------------------------------------------------------------- with a video


@pytest.fixture
def factory():
    return SquareTrackerFactory()


def test_a_few_pictures_a_second_are_looked_at_and_the_times_of_all_are_known(tmp_path, factory):
    seconds = []
    clip = square_clip(tmp_path / "a.mp4", [[STILL]] * 60)
    seen = look_at_video(clip, factory, progress=lambda done, total: seconds.append((done, total)))
    assert factory.asked_faces == [2]
    assert factory.detections == len(seen.times_s) == 8
    assert not factory.open, "the tracker is closed"
    assert np.diff(seen.times_s).min() >= LOOK_EVERY_S
    assert seen.frame_times_s == pytest.approx(np.arange(60) / 30, abs=0.001)
    assert seconds[0][0] == 1
    assert seconds[-1] == (57, 60)
    assert (seen.found.all(), seen.inside.all(), seen.several.any()) == (True, True, False)
    # The tracker lays a face of known size over the square; its light is the square's.
    points = factory.create()._points(100, 70, 100, 100)
    assert seen.iris_px == pytest.approx(np.full(8, float(iris_diameter(points))), abs=0.3)
    assert seen.pose_deg == pytest.approx(np.zeros((8, 3)), abs=0.5)
    assert seen.cheeks == pytest.approx(np.full((8, 2), STILL.level), abs=4)


def test_what_is_seen_in_a_video_leads_to_the_checks(tmp_path, factory):
    """Three seconds each: good, nobody, cut off at the edge, two people."""
    cut, other = replace(STILL, x=WIDTH - 30), replace(STILL, x=270, side=60)
    clip = square_clip(tmp_path / "b.mp4", [[STILL]] * 36 + [[]] * 36 + [[cut]] * 36 + [[STILL, other]] * 36, fps=12.0)
    seen = look_at_video(clip, factory)
    assert np.isnan(seen.pose_deg[~seen.found]).all()
    assert np.isnan(seen.iris_px[~seen.found]).all()
    segments = [
        Segment(expression=e, start_s=3 * i, end_s=3 * i + 2.8)
        for i, e in enumerate([E.REST, E.SNARL, E.EEE, E.PUCKER])
    ]
    checks = check_movements(seen, segments)
    assert [(check.code, check.ok) for check in checks] == [
        ("small", True), ("face_lost", False), ("face_cut", False), ("face_many", True),
    ]  # fmt: skip
    assert to_repeat(checks) == [E.SNARL, E.EEE]


def test_a_face_below_the_picture_is_cut_as_well(tmp_path, factory):
    low = replace(STILL, y=HEIGHT - 20)
    assert not look_at_video(square_clip(tmp_path / "c.mp4", [[low]] * 40), factory).inside.any()


def test_who_cancels_gets_what_was_seen_so_far(tmp_path, factory):
    clip = square_clip(tmp_path / "a.mp4", [[STILL]] * 60)
    seen = look_at_video(clip, factory, cancelled=lambda: factory.detections == 3)
    assert len(seen.times_s) == len(seen.pose_deg) == 3
    assert not factory.open


def test_problems_keep_their_sentence_and_close_the_tracker(tmp_path, factory):
    (tmp_path / "text.mp4").write_text("no video", encoding="utf-8")
    with pytest.raises(VideoError, match="not a video"):
        look_at_video(tmp_path / "text.mp4", factory)
    clip = square_clip(tmp_path / "a.mp4", [[STILL]] * 60)
    with pytest.raises(UnavailableError, match="missing"):
        look_at_video(clip, replace(factory, reason="The model is missing."))
    factory.fails_at_s = 1.0
    with pytest.raises(RuntimeError, match="the graph broke"):
        look_at_video(clip, factory)
    assert not factory.open


def test_a_slow_camera_is_no_gap_but_a_pause_of_it_is():
    """Nine pictures a second have 0.11 s between all of them; what stands out from that is a gap."""
    slow = good(9.0)
    assert checked(slow).code == ""
    assert checked(without_frames(slow, 5.0, 5.3)).code == "gap"
