"""The 68 points: sides and names by the one mirror table, and a side copied about the facial midline."""

import numpy as np
import pytest

from core.face.ibug68 import (
    Region,
    copied_from,
    ibug68_points,
    interocular_px,
    outlines,
    point_name,
    reflected,
    region_of,
    region_side_points,
    side_of,
    standard_points,
)
from core.face.landmarks import IBUG68, MESH478, MESH478_OF_IBUG68
from core.words import Side


def symmetric_face(turn_deg=0.0, shift=(300.0, 200.0)):
    """68 points that are their own mirror image about a midline turned by ``turn_deg``."""
    rng = np.random.default_rng(4)
    points = rng.uniform(-80, 80, (68, 2))
    for point in range(68):
        partner = IBUG68.mirror[point]
        if partner == point:
            points[point, 0] = 0.0
        elif side_of(point) is Side.RIGHT:
            points[point, 0] = -abs(points[point, 0]) - 1
            points[partner] = points[point] * [-1, 1]
    points[39], points[42] = (-15, 0), (15, 0)
    turn = np.deg2rad(turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return points @ rotation.T + shift


def test_regions_hold_every_point_once():
    assert sorted(point for region in Region for point in region.points) == list(range(68))
    assert [region_of(point) for point in (8, 17, 33, 42, 67)] == list(Region)


def test_published_sides():
    """Reference B1: 36 and 48 are the patient's right, 45 and 54 the left; the chin lies on the midline."""
    assert [side_of(point) for point in (0, 17, 36, 48, 60)] == [Side.RIGHT] * 5
    assert [side_of(point) for point in (16, 26, 45, 54, 64)] == [Side.LEFT] * 5
    assert [point for point in range(68) if side_of(point) is None] == [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]


def test_every_point_has_the_name_of_its_partner():
    for point in range(68):
        assert point_name(point) == point_name(int(IBUG68.mirror[point]))
    assert (point_name(54), point_name(45)) == ("corner of the mouth", "outer corner of the eye")


def test_outlines_join_points_of_their_own_region_and_leave_none_out():
    joined = [point for outline in outlines() for point in outline.points]
    assert sorted(joined) == list(range(68))
    for outline in outlines():
        assert {region_of(point) for point in outline.points} == {outline.region}


def test_mesh_and_own_points_become_the_68():
    mesh = np.arange(478 * 3, dtype=float).reshape(1, 478, 3)
    assert np.array_equal(ibug68_points(mesh, MESH478)[0, 48], mesh[0, MESH478_OF_IBUG68[48]])
    own = np.zeros((68, 2))
    assert ibug68_points(own, IBUG68) is own
    with pytest.raises(ValueError, match="scheme must be one of"):
        ibug68_points(own, None)


def test_distance_between_the_outer_canthi():
    points = np.zeros((2, 68, 2))
    points[:, 36], points[:, 45] = (100, 50), (130, 90)
    assert interocular_px(points) == pytest.approx([50, 50])


def test_a_face_to_begin_with_is_upright_in_the_middle_and_symmetric():
    points = standard_points(640, 480)
    assert np.allclose(reflected(points), points)
    assert np.ptp(points[:, 1]) == pytest.approx(0.6 * 480)
    assert (points.min(axis=0) + points.max(axis=0)) / 2 == pytest.approx((320, 240))
    assert points[8, 1] > points[27, 1]  # chin below the nose
    assert points[36, 0] < points[45, 0]  # the patient's right on the left of the picture


@pytest.mark.parametrize("turn", [0.0, 17.0, -40.0])
def test_a_symmetric_face_is_its_own_reflection_however_the_head_is_tilted(turn):
    face = symmetric_face(turn)
    assert np.allclose(reflected(face), face)


def test_reflection_by_hand():
    """Inner canthi at x = 90 and 110: the midline is x = 100, so 48 at 70 puts 54 at 130."""
    face = np.zeros((68, 2))
    face[39], face[42], face[48], face[54], face[8] = (90, 50), (110, 50), (70, 120), (150, 99), (104, 200)
    moved = reflected(face)
    assert np.allclose(moved[54], (130, 120))
    assert np.allclose(moved[48], (50, 99))
    assert np.allclose(moved[8], (96, 200))


@pytest.mark.parametrize("source", Side)
@pytest.mark.parametrize("region", Region)
def test_a_copied_region_changes_the_other_side_only(region, source):
    face = symmetric_face(12.0)
    target = region_side_points(region, source.opposite)
    spoiled = face.copy()
    movable = [point for point in target if point not in (39, 42)]  # the midline itself hangs on the inner canthi
    spoiled[movable] += [7.0, -3.0]
    assert np.allclose(copied_from(spoiled, region, source), face)
    assert np.allclose(spoiled[movable] - face[movable], [7.0, -3.0])  # what was given is left alone


def test_without_a_midline_nothing_is_copied():
    with pytest.raises(ValueError, match="inner canthi"):
        reflected(np.zeros((68, 2)))
    with pytest.raises(ValueError, match="shape"):
        reflected(np.zeros((67, 2)))
