"""Demonstrations: each shows its movement where it belongs and nothing else, and begins and ends at rest."""

import cv2
import numpy as np
import pytest

from core.exam.protocol import Expression
from core.face.landmarks import MESH478, mesh_regions
from core.phantom.demonstrations import (
    CAMERA,
    demonstration_motion,
    demonstration_script,
    peak_frame,
    write_demonstration,
    write_still,
)
from core.video.reader import FrameReader
from core.words import Side

RIGHT = mesh_regions(Side.RIGHT)
# Landmarks of the right half, the axis (0 to the patient's left, 1 up, 2 forward) and how far they must go, in millimetres.
SHOWN = {
    Expression.BROW_RAISE: (RIGHT.brow_middle, 1, 4.0),
    Expression.EYES_GENTLE: (RIGHT.fissure_upper, 1, -6.0),
    Expression.EYES_TIGHT: (RIGHT.fissure_upper, 1, -5.0),
    Expression.SNARL: ((RIGHT.ala,), 1, 1.5),
    Expression.SMILE_CLOSED: ((RIGHT.corner,), 0, -3.0),
    Expression.SMILE_OPEN: ((RIGHT.corner,), 0, -5.0),
    Expression.PUCKER: ((RIGHT.corner,), 0, 5.0),
    Expression.EEE: ((RIGHT.lower_lip_lateral,), 1, -4.0),
    Expression.PLATYSMA: ((RIGHT.corner,), 1, -2.0),
    Expression.CHEEK_PUFF: (RIGHT.cheek, 2, 2.0),
    Expression.BLINK_VOLUNTARY: (RIGHT.fissure_upper, 1, -6.0),
    Expression.FROWN: ((RIGHT.brow_upper[-1],), 0, 1.5),
    Expression.SPEECH: ((RIGHT.jaw[-1],), 1, -3.0),
}
UPPER = (*RIGHT.brow_middle, *RIGHT.fissure_upper)
LOWER = (RIGHT.corner, RIGHT.lower_lip_lateral)


@pytest.mark.parametrize("expression", [e for e in Expression if e is not Expression.REST])
def test_movement_is_shown_where_it_belongs_and_the_loop_closes(expression):
    motion = demonstration_motion(expression)
    moved = motion.shape_mm - motion.shape_mm[0]
    landmarks, axis, least_mm = SHOWN[expression]
    shown = moved[peak_frame(motion)][list(landmarks), axis].mean()
    assert abs(shown) >= abs(least_mm)
    assert np.sign(shown) == np.sign(least_mm)
    assert np.abs(moved[-1]).max() < 0.05, "the loop would jump from its last picture to its first"
    assert not motion.pose_deg.any()
    assert not motion.translation_mm.any()


@pytest.mark.parametrize(
    ("expression", "still"),
    [
        (Expression.BROW_RAISE, LOWER),
        (Expression.EYES_GENTLE, LOWER),
        (Expression.PUCKER, UPPER),
        (Expression.EEE, UPPER),
    ],
)
def test_the_rest_of_the_face_stays_still(expression, still):
    """A demonstration with a second movement would teach a synkinesis."""
    motion = demonstration_motion(expression)
    assert np.abs(motion.shape_mm[:, list(still)] - motion.shape_mm[0, list(still)]).max() < 0.5


@pytest.mark.parametrize("expression", Expression)
def test_both_sides_do_the_same(expression):
    shape = demonstration_motion(expression).shape_mm
    moved = shape - shape[0]
    np.testing.assert_allclose(moved, moved[:, MESH478.mirror] * [-1, 1, 1], atol=0.05)


def test_rest_breathes_and_blinks_once():
    motion = demonstration_motion(Expression.REST)
    shut = motion.lid_closure[:, 0] > 0.5
    assert np.count_nonzero(np.diff(shut.astype(int)) == 1) == 1
    assert motion.lid_closure.max() > 0.95
    height = motion.translation_mm[:, 1]
    assert 0.3 < np.ptp(height) < 1.0
    assert abs(height[0] - height[-1]) < 0.05
    assert np.abs(motion.shape_mm[:, LOWER] - motion.shape_mm[0, LOWER]).max() < 0.05


@pytest.mark.parametrize("expression", [Expression.BLINK_VOLUNTARY, Expression.SPEECH])
def test_five_times_as_the_prompt_asks(expression):
    motion = demonstration_motion(expression)
    done = motion.lid_closure[:, 0] if expression is Expression.BLINK_VOLUNTARY else motion.jaw_drop_mm
    high = (done > 0.5 * done.max()).astype(int)
    assert np.count_nonzero(np.diff(high) == 1) == 5


@pytest.mark.parametrize("expression", Expression)
def test_loops_are_short(expression):
    assert 2.5 <= demonstration_script(expression).duration_s <= 6.0


def test_files_show_the_movement_and_are_the_same_every_time(tmp_path):
    clips = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for clip in clips:
        write_demonstration(Expression.CHEEK_PUFF, clip)
    assert clips[0].read_bytes() == clips[1].read_bytes()
    reader = FrameReader(clips[0])
    assert (reader.probe.codec, reader.probe.width, reader.probe.height) == ("h264", CAMERA.width, CAMERA.height)
    write_still(Expression.CHEEK_PUFF, tmp_path / "still.jpg")
    still = cv2.imread(str(tmp_path / "still.jpg"))[..., ::-1].astype(int)
    frames = [frame.image.astype(int) for frame in reader]
    motion = demonstration_motion(Expression.CHEEK_PUFF)
    assert len(frames) == len(motion.times)
    differs = [np.abs(frame - still).mean() for frame in frames]
    hold = np.argmin(differs)
    assert differs[peak_frame(motion)] < differs[hold] + 0.1
    assert differs[0] > differs[hold] + 1.0
    eyes, cheeks = slice(90, 150), slice(170, 250)
    changed = np.abs(frames[peak_frame(motion)] - frames[0]).mean(axis=(1, 2))
    assert changed[cheeks].mean() > 5 * changed[eyes].mean()
