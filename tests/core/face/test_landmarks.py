"""The one mirror table: no index list of the project may have its sides swapped."""

import numpy as np
import pytest

from core.face.canonical import canonical_triangles, canonical_vertices_mm
from core.face.landmarks import IBUG68, MESH478, MESH478_OF_IBUG68, STABLE_POINTS, mesh_regions
from core.words import Side


@pytest.mark.parametrize("scheme", [MESH478, IBUG68], ids=lambda s: s.name)
def test_mirror_is_its_own_inverse(scheme):
    assert np.array_equal(scheme.mirror[scheme.mirror], np.arange(scheme.count))


def test_patients_right_lies_at_negative_x():
    """Patient's right is the left of an un-mirrored picture: reference B1."""
    vertices = canonical_vertices_mm()
    right = mesh_regions(Side.RIGHT)
    for index in (
        right.outer_canthus,
        right.inner_canthus,
        right.corner,
        right.ala,
        *right.brow_upper,
        *right.upper_lid,
    ):
        assert vertices[index, 0] < 0
        assert vertices[MESH478.mirror[index], 0] > 0


def test_published_pairs_of_sides():
    """Pairs checked on photographs in reference B3, irises among them."""
    left = mesh_regions(Side.LEFT)
    assert left.brow_upper == (300, 293, 334, 296, 336)
    assert left.upper_lid == (466, 388, 387, 386, 385, 384, 398)
    assert left.lower_lid == (249, 390, 373, 374, 380, 381, 382)
    assert (left.iris_centre, left.iris_nasal, left.iris_top, left.iris_temporal, left.iris_bottom) == (
        473,
        476,
        475,
        474,
        477,
    )
    assert (left.ala, left.corner, left.inner_corner, left.lower_lip_lateral) == (358, 291, 308, 405)


def test_ibug_points_mirror_as_their_mesh_equivalents():
    mesh = np.array(MESH478_OF_IBUG68)
    assert np.array_equal(MESH478.mirror[mesh], mesh[IBUG68.mirror])


def test_stable_points_are_symmetric():
    """An unsymmetric set would turn a symmetric movement into head roll."""
    assert {int(MESH478.mirror[i]) for i in STABLE_POINTS} == set(STABLE_POINTS)


def test_flip_brings_points_back():
    points = np.random.default_rng(1).uniform(0, 100, (3, 478, 3))
    assert np.allclose(MESH478.flip(MESH478.flip(points, 640), 640), points)
    flipped = MESH478.flip(points, 640)
    assert np.allclose(flipped[:, 291, 0], 639 - points[:, 61, 0])
    assert np.allclose(flipped[:, 291, 1:], points[:, 61, 1:])


def test_canonical_mesh_is_whole():
    assert canonical_vertices_mm().shape == (468, 3)
    assert canonical_triangles().shape == (898, 3)
    assert set(np.unique(canonical_triangles())) == set(range(468))
