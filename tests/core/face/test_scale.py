"""The millimetre scale: horizontal iris diameter of open eyes at rest, and nothing else (reference B4)."""

import numpy as np
import pytest

from core.face.landmarks import mesh_regions
from core.face.scale import IRIS_DIAMETER_MM, iris_diameter, iris_diameter_at_rest
from core.words import SIDES, Side
from tests.synthetic import FISSURE_MM, IRIS_MM, neutral_face

RIGHT, LEFT = Side.RIGHT, Side.LEFT


def widened(points, side, factor):
    """Iris of one eye drawn wider by a factor, in place."""
    eye = mesh_regions(side)
    centre = points[..., eye.iris_centre, 0]
    for index in (eye.iris_nasal, eye.iris_temporal):
        points[..., index, 0] = centre + factor * (points[..., index, 0] - centre)
    return points


def closed(points, side, part):
    """Upper lid of one eye brought down by a part of the fissure, in place."""
    for index in mesh_regions(side).fissure_upper:
        points[..., index, 1] -= part * FISSURE_MM
    return points


def frames(count=10):
    return np.repeat(neutral_face()[None], count, axis=0)


def test_the_constant_lies_within_the_published_population():
    """Healthy adults 11.71 +- 0.42 mm (reference B4); within a tenth of a standard deviation."""
    assert pytest.approx(11.71, abs=0.042) == IRIS_DIAMETER_MM


def test_the_diameter_is_horizontal():
    """Lids cover the top and the bottom of an iris: those points must not enter."""
    points = neutral_face()
    assert iris_diameter(points) == pytest.approx(IRIS_MM)
    for side in SIDES:
        eye = mesh_regions(side)
        points[[eye.iris_top, eye.iris_bottom], 1] = points[eye.iris_centre, 1]
    assert iris_diameter(points) == pytest.approx(IRIS_MM)


def test_depth_does_not_enter():
    points = neutral_face()
    points[mesh_regions(RIGHT).iris_nasal, 2] += 5
    assert iris_diameter(points) == pytest.approx(IRIS_MM)


@pytest.mark.parametrize("side", SIDES)
def test_the_mean_of_both_eyes_counts(side):
    """One iris of 11.7 mm and one of 12.87 mm: 12.285 mm."""
    assert iris_diameter(widened(neutral_face(), side, 1.1)) == pytest.approx(12.285)


def test_many_frames_and_pixels_give_one_diameter_each():
    points = frames(3) * np.array([1.0, 2.0, 3.5])[:, None, None]
    assert iris_diameter(points) == pytest.approx([IRIS_MM, 2 * IRIS_MM, 3.5 * IRIS_MM])


def test_the_median_over_the_rest_ignores_a_bad_frame():
    points = frames(5)
    widened(points[2], LEFT, 3.0)
    assert iris_diameter_at_rest(points, np.ones(5, dtype=bool)) == pytest.approx(IRIS_MM)


def test_frames_outside_the_rest_do_not_enter():
    points = frames(10)
    widened(points[3:], RIGHT, 2.0)
    rest = np.arange(10) < 3
    assert iris_diameter_at_rest(points, rest) == pytest.approx(IRIS_MM)
    assert iris_diameter_at_rest(points, ~rest) == pytest.approx(1.5 * IRIS_MM)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("part", "diameter"), [(0.15, 1.1), (0.25, 1.05)], ids=["narrow", "closing"])
def test_frames_in_which_either_eye_closes_by_more_than_a_fifth_do_not_enter(side, part, diameter):
    """Irises of 1.0 in three frames and 1.1 in three: median 1.05; with the four frames of a wink, drawn wider, it is 1.1."""
    points = frames(10)
    for eye in SIDES:
        widened(points[3:6], eye, 1.1)
        widened(points[6:], eye, 1.5)
    closed(points[6:], side, part)
    assert iris_diameter_at_rest(points, np.ones(10, dtype=bool)) == pytest.approx(diameter * IRIS_MM)


def test_without_a_face_at_rest_there_is_no_scale():
    points = frames(4)
    points[:2] = np.nan
    first_two = np.array([True, True, False, False])
    assert iris_diameter_at_rest(points, first_two) is None
    assert iris_diameter_at_rest(points, np.zeros(4, dtype=bool)) is None
    assert iris_diameter_at_rest(points, np.ones(4, dtype=bool)) == pytest.approx(IRIS_MM)
