"""Landmarks over the video: on the right side, and packed without loss that could be seen."""

import numpy as np
import pytest

from core.charts.overlay import MISSING, QUARTER, contours, drawn_landmarks, packed_contours, packed_points
from core.face.canonical import canonical_vertices_mm
from core.face.landmarks import MESH478
from core.tracking import FaceTrack
from core.words import Side
from tests.exam_samples import short_exam


@pytest.mark.parametrize("contour", contours(), ids=lambda c: f"{c.name}-{c.side}")
def test_every_contour_lies_on_its_own_side(contour):
    points = canonical_vertices_mm()[[i for i in contour.landmarks if i < 468]]
    if contour.side is None:
        assert np.abs(points[:, 0]).max() < 0.1
    elif len(points):
        assert (contour.side.lateral_sign * points[:, 0]).min() > -0.1  # x grows towards the patient's left


def test_left_contours_are_the_mirrored_right_ones():
    right = [c for c in contours() if c.side is Side.RIGHT]
    left = [c for c in contours() if c.side is Side.LEFT]
    assert [c.name for c in right] == [c.name for c in left]
    for one, other in zip(right, left, strict=True):
        assert MESH478.mirrored(one.landmarks) == other.landmarks


def test_packed_points_are_quarter_pixels():
    track = short_exam().track
    packed = packed_points(track)
    assert packed.dtype == np.dtype("<i2")
    assert packed.shape == (len(track.times), len(drawn_landmarks()), 2)
    wanted = track.points[:, list(drawn_landmarks()), :2]
    assert np.abs(packed / QUARTER - wanted).max() <= 0.5 / QUARTER + 1e-3


def test_pictures_without_a_face_are_missing_and_points_outside_are_clipped():
    track = short_exam().track
    points = track.points.copy()
    points[3] = np.nan
    points[4, :, 0] = 60_000.0
    points[5, :, 0] = -60_000.0
    lost = FaceTrack(track.times, points, track.scheme, track.pose, None, track.tracker, track.video)
    packed = packed_points(lost)
    assert (packed[3] == MISSING).all()
    assert (packed[4, :, 0] == 32767).all()
    assert (packed[5, :, 0] == MISSING + 1).all()


def test_contours_for_the_browser_point_into_the_packed_points():
    drawn = drawn_landmarks()
    for contour, sent in zip(contours(), packed_contours(), strict=True):
        assert tuple(drawn[place] for place in sent["at"]) == contour.landmarks
        assert sent["side"] == (contour.side.value if contour.side else "")
