"""Gates speak in plain words, and only when they must."""

from dataclasses import replace

import numpy as np
import pytest

from core.exam.quality import recording_quality
from tests.synthetic import synthetic_track


@pytest.fixture
def track():
    return synthetic_track([], uncertainty_px=0.2)[0]


def _codes(track, iris_px=24.0):
    return {entry.code for entry in recording_quality(track, iris_px)}


def test_a_good_recording_has_no_remarks(track):
    light = np.full((len(track.times), 2), 120.0)
    good = replace(track, cheek_luminance=light, sharpness=np.full(len(track.times), 20.0))
    assert _codes(good) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"complete": False}, "video_incomplete"),
        ({"fps_median": 15.0}, "frame_rate_low"),
        ({"longest_gap_s": 0.4}, "frames_missing"),
    ],
)
def test_faults_of_the_video(track, change, code):
    assert code in _codes(replace(track, video=replace(track.video, **change)))


def test_faults_of_the_picture(track):
    shape = (len(track.times), 2)
    uneven = replace(track, cheek_luminance=np.tile([60.0, 120.0], (shape[0], 1)))
    entries = recording_quality(uneven, 24.0)
    assert [e.code for e in entries] == ["light_uneven"]
    assert "patient's right cheek is 50 % darker" in entries[0].message
    assert "light_dark" in _codes(replace(track, cheek_luminance=np.full(shape, 20.0)))
    assert "light_bright" in _codes(replace(track, cheek_luminance=np.full(shape, 250.0)))
    assert "blurred" in _codes(replace(track, sharpness=np.full(shape[0], 2.0)))


def test_the_way_of_tracking_is_told(track):
    """Which options were left out matters to who reads a difference between the sides."""
    for way, code in (("mirror_averaged", "no_mirror_averaging"), ("half_faces", "no_half_faces")):
        without = replace(track, tracker=replace(track.tracker, **{way: False}))
        assert [(e.code, e.severity) for e in recording_quality(without, 24.0)] == [(code, "info")]


def test_small_and_missing_faces(track):
    assert "face_small" in _codes(track, iris_px=10.0)
    assert "no_scale" in _codes(track, iris_px=None)
    points = track.points.copy()
    points[::2] = np.nan
    assert "face_lost" in _codes(replace(track, points=points))
    assert "other_faces" in _codes(replace(track, other_faces=2))
