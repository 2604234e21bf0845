"""Random faces for training: lids that are shut are shut, sides move by themselves, and lips never cross."""

import numpy as np
import pytest

from core.exam.protocol import Expression
from core.face.landmarks import mesh_regions
from core.phantom.lids import open_fissure_mm
from core.words import SIDES, Side
from models.refinement.poses import contraction, posed, random_pose
from tests.synthetic import neutral_face

STILL = contraction(Expression.REST, 0.0, 0.0)


def test_rest_is_the_face_itself():
    face = neutral_face()
    np.testing.assert_allclose(posed(face, STILL, np.zeros(2)).shape_mm, face, atol=1e-9)


@pytest.mark.parametrize("closure", [1.0, 0.5, 0.0, -0.2])
def test_lids_close_by_the_wanted_part_on_one_side(closure):
    face = neutral_face()
    moved = posed(face, STILL, np.array([closure, 0.0])).shape_mm
    left_open = open_fissure_mm(moved) / open_fissure_mm(face)
    np.testing.assert_allclose(left_open, [1 - closure, 1.0], atol=1e-6)


def test_a_one_sided_smile_moves_that_corner_only():
    face = neutral_face()
    moved = posed(face, contraction(Expression.SMILE_CLOSED, 1.0, 0.0), np.zeros(2)).shape_mm - face
    way = [np.linalg.norm(moved[mesh_regions(side).corner]) for side in SIDES]
    assert way[0] > 5
    assert way[1] < 1.0


def test_random_faces_stay_faces():
    face, random = neutral_face(), np.random.default_rng(0)
    shut = 0
    for _ in range(200):
        moved = random_pose(face, random).shape_mm
        assert np.isfinite(moved).all()
        gaps = open_fissure_mm(moved)
        assert (gaps > -1e-6).all()
        shut += int((gaps < 0.3).sum())
        for side in SIDES:
            lips = mesh_regions(side)
            overlap = moved[list(lips.lower_lip_inner), 1] - moved[list(lips.upper_lip_inner), 1]
            assert overlap.max() < 1e-6
    assert 20 < shut < 200


def test_the_same_seed_gives_the_same_face():
    face = neutral_face()
    one, other = (random_pose(face, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one.shape_mm, other.shape_mm)
    assert Side.RIGHT is SIDES[0]  # columns of activation and closure
