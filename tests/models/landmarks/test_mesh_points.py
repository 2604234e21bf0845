"""From 68 points to the mesh: exact where the network looked, smooth around, still far away, and the same on both sides."""

import numpy as np

from core.face.landmarks import IBUG68, MESH478, STABLE_POINTS, mesh_regions
from core.words import Side
from models.landmarks.mesh_points import MESH_POINTS, carrying_weights, in_mesh
from tests.synthetic import neutral_face

FACE = (neutral_face() * [4, -4, -4] + [300, 300, 0]).astype(np.float32)
FOUND = FACE[MESH_POINTS, :2].astype(np.float64)
STAY = {127, 234, 454, 356}


def test_nothing_found_elsewhere_changes_nothing():
    assert np.array_equal(in_mesh(FACE, FOUND), FACE)


def test_the_68_points_lie_where_they_were_found():
    found = FOUND + np.random.default_rng(0).normal(0, 4, FOUND.shape)
    placed = in_mesh(FACE, found)
    chosen = [i for i, point in enumerate(MESH_POINTS) if point not in STAY]
    assert np.allclose(placed[np.array(MESH_POINTS)[chosen], :2], found[chosen], atol=1e-3)
    assert np.array_equal(placed[:, 2], FACE[:, 2])
    assert placed.dtype == FACE.dtype


def test_temples_and_irises_stay_the_meshs():
    placed = in_mesh(FACE, FOUND + 5)
    for point in [*STAY, *range(468, 478)]:
        assert np.array_equal(placed[point], FACE[point])
    assert set(STABLE_POINTS) >= STAY


def test_a_lid_that_closes_takes_its_whole_margin_along_and_not_the_other_lid():
    """Points between two that moved move as far; the lower lid and the other eye stay within a tenth of that."""
    eye, other = mesh_regions(Side.RIGHT), mesh_regions(Side.LEFT)
    found = FOUND.copy()
    found[[37, 38], 1] += 20
    moved = (in_mesh(FACE, found) - FACE)[:, 1]
    assert moved[159] > 15
    assert abs(moved[list(eye.lower_lid)]).max() < 4
    assert abs(moved[list(other.upper_lid)]).max() == 0


def test_the_lips_do_not_drag_each_other():
    lower = [57, 58, 56, 66, 65, 67]
    found = FOUND.copy()
    found[lower, 1] += 20
    moved = (in_mesh(FACE, found) - FACE)[:, 1]
    for side in Side:
        lips = mesh_regions(side)
        assert moved[list(lips.lower_lip_inner[3:])].min() > 12
        assert moved[list(lips.upper_lip_inner[3:])].max() < 3


def test_a_point_far_away_was_lost_and_keeps_the_meshs_place():
    found = FOUND.copy()
    found[48] += 200
    found[30] = np.nan
    assert np.array_equal(in_mesh(FACE, found), FACE)


def test_no_point_moves_further_than_the_68():
    weights = carrying_weights()
    assert weights.min() >= 0
    assert weights.sum(axis=1).max() <= 1 + 1e-9


def test_both_sides_are_treated_alike():
    weights = carrying_weights()
    assert np.allclose(weights[np.ix_(MESH478.mirror, IBUG68.mirror)], weights, atol=1e-3)
