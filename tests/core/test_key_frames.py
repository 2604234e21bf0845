"""Which pictures stand for the expressions of a recording, and that they are read as they were tracked."""

from dataclasses import replace

import numpy as np
import pytest

from core.analysis import Analysis, analyse_track
from core.exam.protocol import Expression as E
from core.face.landmarks import mesh_regions
from core.key_frames import (
    LONGEST_SIDE_PX,
    ChosenFrame,
    choose_key_frames,
    frames_at,
    read_key_frames,
    reduced,
    shown_moments,
)
from core.result import ImageScreening, Screening
from core.words import SIDES
from tests.exam_samples import (
    fitting,
    frame_grey,
    repeated_exam,
    short_exam,
    still_exam,
    synkinetic_exam,
    write_grey_clip,
)
from tests.synthetic import palsy, synthetic_track


def within(exam: Analysis, frame: ChosenFrame) -> bool:
    return any(
        r.used and r.start_s <= frame.time_s <= r.end_s for r in exam.result.expressions[frame.expression].repetitions
    )


def narrowed(points: np.ndarray, part: float) -> np.ndarray:
    """(478, 3) with both eyes closed by a part of their opening."""
    points = points.copy()
    for eye in map(mesh_regions, SIDES):
        for upper, lower in zip(eye.upper_lid, eye.lower_lid, strict=True):
            points[upper] += part * (points[lower] - points[upper])
    return points


def exam_at_rest(closed: dict[range, float], sharpness: np.ndarray | None = None) -> Analysis:
    """One movement after three seconds of rest in which the eyes are partly closed in the given frames."""
    track, segments = synthetic_track(palsy(0.0)[:1])
    points = track.points.copy()
    for frames, part in closed.items():
        for frame in frames:
            points[frame] = narrowed(points[frame], part)
    return analyse_track(replace(track, points=points, sharpness=sharpness), segments=segments)


def rest_of(exam: Analysis) -> ChosenFrame:
    return choose_key_frames(exam)[0]


def test_rest_and_the_key_frame_of_every_movement_in_the_order_of_the_protocol():
    exam = synkinetic_exam()
    chosen = choose_key_frames(exam)
    assert [frame.expression for frame in chosen] == [
        E.REST,
        E.BROW_RAISE,
        E.EYES_GENTLE,
        E.EYES_TIGHT,
        E.SNARL,
        E.SMILE_OPEN,
        E.PUCKER,
        E.EEE,
    ]
    assert not any(s.start_s <= chosen[0].time_s <= s.end_s for s in exam.result.segments)
    for frame in chosen[1:]:
        assert within(exam, frame)
        assert frame.time_s == exam.track.times[frame.index]
        assert abs(frame.time_s - exam.result.expressions[frame.expression].key_frame_s) < 0.02


def test_one_more_repetition_at_most_and_none_that_was_not_used():
    exam = repeated_exam()  # three smiles, the last with the head turned away
    smiles = [frame for frame in choose_key_frames(exam) if frame.expression is E.SMILE_OPEN]
    assert len(smiles) == 2
    assert all(within(exam, frame) for frame in smiles)
    used = [r.key_frame_s for r in exam.result.expressions[E.SMILE_OPEN].repetitions if r.used]
    assert [frame.time_s for frame in smiles] == pytest.approx(used, abs=0.02)


def test_a_face_that_never_moves_has_its_rest_only():
    assert [frame.expression for frame in choose_key_frames(still_exam())] == [E.REST]


def test_rest_is_away_from_a_blink_and_from_eyes_that_are_wider_than_usual():
    sharpness = np.full(len(exam_at_rest({}).track.times), np.nan)
    sharpness[[5, 20, 47, 52, 57, 75]] = [90, 80, 70, 60, 50, 5]
    wide, blink = range(40), range(50, 55)
    assert rest_of(exam_at_rest({wide: -0.3, blink: 0.95}, sharpness)).index == 75
    assert rest_of(exam_at_rest({wide: -0.3, blink: 0.95})).index not in [*wide, *range(44, 61)]


def test_rest_is_the_sharpest_of_those_that_are_as_usual():
    sharpness = np.full(len(exam_at_rest({}).track.times), np.nan)
    sharpness[[6, 12, 18, 40, 46, 52]] = [20, 25, 31, 24, 30, 60]
    # The sharpest picture of all is one in which the eyes are half closed.
    assert rest_of(exam_at_rest({range(52, 70): 0.4}, sharpness)).index == 18
    assert rest_of(exam_at_rest({}, sharpness)).index == 52


def test_rest_faces_the_camera_where_it_can():
    exam = exam_at_rest({})
    pose = exam.track.pose.copy()
    pose[:60, 0] = 20.0
    turned = replace(exam, track=replace(exam.track, pose=pose))
    assert rest_of(turned).index >= 60
    pose = np.full_like(pose, 20.0)
    assert rest_of(replace(exam, track=replace(exam.track, pose=pose))).expression is E.REST


def test_nothing_is_chosen_where_there_is_no_face():
    exam = short_exam()
    points = exam.track.points.copy()
    points[exam.track.times < 8.0] = np.nan
    lost = replace(exam, track=replace(exam.track, points=points))
    assert E.BROW_RAISE not in [frame.expression for frame in choose_key_frames(lost)]
    empty = replace(exam, track=replace(exam.track, points=np.full_like(points, np.nan)))
    assert choose_key_frames(empty) == []


def test_frames_at_moments():
    track = short_exam().track
    assert frames_at(track, [0.0, 1.0, 99.0]) == [0, 30, None]


def test_the_pictures_are_those_that_were_tracked(tmp_path):
    exam = fitting(short_exam())
    clip = write_grey_clip(tmp_path / "exam.mp4", exam.track)
    chosen = choose_key_frames(exam)
    frames = read_key_frames(clip, exam.track, chosen)
    assert [(f.expression, f.time_s) for f in frames] == [(c.expression, c.time_s) for c in chosen]
    for frame, choice in zip(frames, chosen, strict=True):
        assert frame.image.shape == (120, 160, 3)
        assert frame.image.mean() == pytest.approx(frame_grey(choice.index), abs=3)
        assert np.array_equal(frame.points, exam.track.points[choice.index])


def test_pictures_that_do_not_fit_the_track_are_left_out(tmp_path):
    clip = write_grey_clip(tmp_path / "exam.mp4", short_exam().track)
    assert read_key_frames(clip, short_exam().track, choose_key_frames(short_exam())) == []
    late = ChosenFrame(10_000, E.SMILE_OPEN, 333.0)
    assert read_key_frames(clip, fitting(short_exam()).track, [late]) == []


def test_large_pictures_are_reduced_with_their_points():
    image = np.zeros((1200, 3840, 3), np.uint8)
    image[598:602, 1918:1922] = 255
    points = np.zeros((478, 3), np.float32)
    points[0] = 1919.5, 599.5, 100.0
    small, moved = reduced(image, points)
    assert small.shape == (600, LONGEST_SIDE_PX, 3)
    assert moved[0] == pytest.approx([959.5, 299.5, 50.0])
    assert small[299:301, 959:961].min() == 255
    same, kept = reduced(image[:, :1900], points)
    assert same.shape == (1200, 1900, 3)
    assert kept is points


def test_the_result_names_what_was_shown():
    result = synkinetic_exam().result
    assert shown_moments(result) == []
    pictures = [ImageScreening(time_s=1.0, expression=E.REST, probability=0.2)]
    pictures.append(ImageScreening(time_s=None, expression=None, probability=None, reason="No face."))
    screening = Screening(
        verdict="unsure",
        probability=0.4,
        threshold=0.5,
        unsure_from=0.3,
        model="test",
        weights_sha256="",
        per_image=pictures,
    )
    assert shown_moments(result.model_copy(update={"screening": screening})) == [(E.REST, 1.0)]
