"""The drawn face: halves that cannot differ, territories that do not overlap, values that stand inside them."""

import numpy as np
import pytest

from core.charts.face_geometry import background_strokes, feature_strokes, mirrored, spline, territories, territory
from core.words import BRANCHES, Branch, Side


def inside(polygon, points):
    """(N,) bool by the crossing rule."""
    x, y = points.T
    odd = np.zeros(len(points), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return odd


def grid():
    return np.stack(np.meshgrid(np.linspace(-1, 1, 161), np.linspace(-1.7, 1.3, 241)), axis=-1).reshape(-1, 2)


def test_every_branch_has_a_territory_on_both_sides():
    assert {(t.branch, t.side) for t in territories()} == {(b, s) for b in BRANCHES for s in Side}


@pytest.mark.parametrize("branch", BRANCHES)
def test_halves_are_mirror_images_and_the_patients_right_is_on_the_left(branch):
    right, left = territory(branch, Side.RIGHT), territory(branch, Side.LEFT)
    assert np.allclose(mirrored(left.polygon), right.polygon)
    assert right.polygon[:, 0].max() < 0 < left.polygon[:, 0].min()
    assert right.label[0] < 0 < left.label[0]


def test_territories_do_not_overlap():
    points = grid()
    covered = sum(inside(t.polygon, points).astype(int) for t in territories())
    assert covered.max() == 1


@pytest.mark.parametrize("found", territories(), ids=lambda t: f"{t.branch}-{t.side}")
def test_values_stand_well_inside_their_territory(found):
    around = np.array(found.label) + 0.07 * np.array([(0, 0), (1, 0), (-1, 0), (0, 0.8), (0, -0.8)])
    assert inside(found.polygon, around).all()


def test_territories_of_the_face_lie_on_the_face():
    face = next(stroke for stroke in background_strokes() if stroke.name == "face")
    for found in territories():
        if found.branch is not Branch.CERVICAL:
            assert inside(face.points * 1.005, found.polygon).all(), found.branch


def test_eyes_are_in_no_value():
    """The drawing must not cover what is to be read."""
    solid = [stroke for stroke in feature_strokes() if stroke.kind in ("ink", "sclera", "iris", "pupil")]
    for found in territories():
        corners = np.array(found.label) + np.array([(x, y) for x in (-0.07, 0.07) for y in (-0.05, 0.05)])
        for stroke in solid:
            assert not inside(stroke.points, corners).any(), (found.branch, stroke.name)


def test_spline_passes_its_anchors():
    anchors = ((0.0, 0.0), (1.0, 0.4), (1.2, 2.0), (0.0, 3.0))
    curve = spline(anchors)
    for anchor in anchors:
        assert np.linalg.norm(curve - anchor, axis=1).min() < 1e-9
