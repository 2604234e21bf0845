"""The canonical face: axes, millimetres, symmetry and topology, and the published figures on head turns that come out of it."""

from collections import Counter

import numpy as np
import pytest

from core.face.canonical import canonical_triangles, canonical_vertices_mm
from core.face.landmarks import MESH478, mesh_regions
from core.face.pose import rotation_from_angles
from core.words import SIDES, Side

R, L = Side.RIGHT, Side.LEFT


def seen_from_afar(yaw_deg=0.0, pitch_deg=0.0):
    """(468, 2) picture of the turned face in the face frame, lengths brought to the distance of the inner canthi."""
    vertices = canonical_vertices_mm()
    turned = (vertices @ rotation_from_angles(yaw_deg, pitch_deg, 0.0).T)[:, :2]
    wide = np.linalg.norm((vertices[133] - vertices[362])[:2])
    turned = turned * wide / np.linalg.norm(turned[133] - turned[362])
    across = (turned[362] - turned[133]) / wide
    up = np.array([-across[1], across[0]])
    centred = turned - (turned[133] + turned[362]) / 2
    return np.stack([centred @ across, centred @ up], axis=1)


def distance(points, one, other):
    return np.linalg.norm(points[one] - points[other])


def brow_height(points, side):
    eye = mesh_regions(side)
    return points[list(eye.brow_middle), 1].mean() - points[[eye.outer_canthus, eye.inner_canthus], 1].mean()


def fissure(points, side):
    eye = mesh_regions(side)
    return (points[list(eye.fissure_upper), 1] - points[list(eye.fissure_lower), 1]).mean()


def test_axes_are_left_up_and_towards_the_camera():
    vertices = canonical_vertices_mm()
    assert vertices[454, 0] > 0 > vertices[234, 0], "the patient's left has positive x"
    assert vertices[10, 1] > vertices[168, 1] > vertices[4, 1] > vertices[0, 1] > vertices[152, 1]
    assert vertices[:, 2].argmax() in (1, 4), "the tip of the nose is nearest to the camera"


def test_lengths_are_millimetres_of_an_adult_face():
    vertices = canonical_vertices_mm()
    assert 30 < distance(vertices, 133, 362) < 40
    assert 90 < distance(vertices, 168, 152) < 130
    assert 120 < distance(vertices, 234, 454) < 170


def test_corner_and_lower_lip_lie_as_far_before_the_lids_as_published():
    """Reference B4: the mouth corner about 4 mm, the middle of the lower lip about 17 mm nearer to the camera."""
    vertices = canonical_vertices_mm()
    lids = vertices[[159, 145, 386, 374], 2].mean()
    assert vertices[61, 2] - lids == pytest.approx(4, abs=1)
    assert vertices[17, 2] - lids == pytest.approx(17, abs=1)


def test_the_face_is_its_own_mirror_image():
    vertices = canonical_vertices_mm()
    mirror = MESH478.mirror[:468]
    assert np.allclose(vertices[mirror] * [-1, 1, 1], vertices, atol=0.02)
    assert (np.abs(vertices[mirror == np.arange(468), 0]) < 0.01).all(), "midline points have x = 0"


@pytest.mark.parametrize("side", SIDES)
def test_structures_lie_where_anatomy_has_them(side):
    vertices, eye = canonical_vertices_mm(), mesh_regions(side)
    height = vertices[:, 1]
    assert min(height[list(eye.brow_upper)]) > max(height[list(eye.upper_lid)])
    assert (height[list(eye.brow_upper)] > height[list(eye.brow_lower)]).all()
    assert (height[list(eye.fissure_upper)] > height[list(eye.fissure_lower)]).all()
    assert height[eye.ala] > height[eye.corner] > max(height[list(eye.jaw)])
    away = side.lateral_sign * vertices[:, 0]
    assert away[eye.outer_canthus] > away[eye.corner] > away[eye.ala] > away[eye.inner_canthus] * 0.5
    assert (np.diff(away[list(eye.brow_upper)]) < 0).all(), "from lateral to medial"


def test_the_mesh_is_one_sheet_with_one_border():
    """468 points, 898 triangles: a disc has points - edges + triangles = 1, and no edge has more than two triangles."""
    triangles = canonical_triangles()
    edges = Counter(frozenset(pair) for a, b, c in triangles.tolist() for pair in ((a, b), (b, c), (c, a)))
    assert 468 - len(edges) + len(triangles) == 1
    assert set(edges.values()) == {1, 2}
    border = Counter(point for edge, count in edges.items() if count == 1 for point in edge)
    assert set(border.values()) == {2}


def test_all_triangles_face_the_same_way_round():
    a, b, c = canonical_vertices_mm()[canonical_triangles()].transpose(1, 0, 2)
    facing = np.cross(b - a, c - a)[:, 2]
    assert (facing > 0).mean() > 0.97, "but for folds at the nose and lips all look at the camera"


def test_nobody_can_change_the_geometry():
    for array in (canonical_vertices_mm(), canonical_triangles()):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_a_turned_head_fakes_the_published_side_differences():
    """Reference B6, far camera, millimetres a degree of yaw: sideways measures shift, vertical ones do not."""
    straight, turned = seen_from_afar(), seen_from_afar(yaw_deg=1.0)

    def change(difference):
        return abs(difference(turned) - difference(straight))

    assert change(lambda p: distance(p, 61, 17) - distance(p, 291, 17)) == pytest.approx(0.40, abs=0.03)
    assert change(lambda p: p[61, 0] + p[291, 0]) == pytest.approx(0.22, abs=0.05)
    assert change(lambda p: p[129, 0] + p[358, 0]) == pytest.approx(0.42, abs=0.05)
    assert change(lambda p: p[164, 0]) == pytest.approx(0.40, abs=0.03)
    assert change(lambda p: p[152, 0]) == pytest.approx(0.11, abs=0.03)
    assert change(lambda p: distance(p, 33, 133) - distance(p, 263, 362)) == pytest.approx(0.20, abs=0.02)
    for vertical in (
        lambda p: p[61, 1] - p[291, 1],
        lambda p: brow_height(p, R) - brow_height(p, L),
        lambda p: fissure(p, R) - fissure(p, L),
    ):
        assert change(vertical) < 0.005


def test_a_lifted_chin_lowers_both_brows_alike():
    """Reference B6: ten degrees of pitch change the brow height by 1.5 to 1.8 mm (here up to 2), right minus left not at all."""
    straight, lifted = seen_from_afar(), seen_from_afar(pitch_deg=-10.0)
    changes = [brow_height(lifted, side) - brow_height(straight, side) for side in SIDES]
    assert changes[0] == pytest.approx(changes[1], abs=0.01)
    assert 1.4 < abs(changes[0]) < 2.1
