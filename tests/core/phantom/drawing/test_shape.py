"""The shape of drawn faces: irises and fissures of the promised size, lips together, small differences of the sides."""

from dataclasses import replace

import numpy as np
import pytest

from core.face.canonical import canonical_triangles
from core.face.landmarks import MESH478, mesh_regions
from core.face.pose import head_pose
from core.measures.static import palpebral_fissure_height
from core.phantom.drawing.identity import IDENTITIES, Identity, random_identity
from core.phantom.drawing.shape import face_shape
from core.words import SIDES

EVERYBODY = [*IDENTITIES, *(random_identity(seed) for seed in range(8))]
PLAIN = Identity("plain", 1)


@pytest.fixture(params=EVERYBODY, ids=lambda identity: identity.name)
def identity(request):
    return request.param


def asymmetry(shape):
    """(478,) millimetres between every point and the mirror image of its partner."""
    return np.linalg.norm(shape - shape[MESH478.mirror] * [-1, 1, 1], axis=1)


def test_irises_are_round_and_of_the_size_that_sets_the_scale(identity):
    """All millimetres of the project hang on 11.7 mm (reference B4)."""
    shape = face_shape(identity)
    for side in SIDES:
        eye = mesh_regions(side)
        rim = shape[[eye.iris_nasal, eye.iris_top, eye.iris_temporal, eye.iris_bottom]]
        assert np.linalg.norm(rim - shape[eye.iris_centre], axis=1) == pytest.approx(np.full(4, 5.85))
        assert (rim[2, 0] - rim[0, 0]) * side.lateral_sign > 11
        assert rim[1, 1] > rim[3, 1]


def test_fissures_have_the_height_of_the_identity(identity):
    shape = face_shape(identity)
    for side in SIDES:
        assert palpebral_fissure_height(shape, side) == pytest.approx(identity.fissure_mm, abs=0.1)
        eye = mesh_regions(side)
        # The lid rests on the upper rim of the iris; the centre is seen.
        assert shape[list(eye.upper_lid), 1].max() > shape[eye.iris_centre, 1] + 2
        assert shape[eye.iris_top, 1] > shape[eye.upper_lid[3], 1] - 0.2


def test_lips_are_together_at_rest(identity):
    """A gap would be painted as an open mouth."""
    shape = face_shape(identity)
    for side in SIDES:
        region = mesh_regions(side)
        gap = shape[list(region.upper_lip_inner)] - shape[list(region.lower_lip_inner)]
        assert np.abs(gap).max() < 0.02


def test_healthy_faces_are_nearly_symmetric(identity):
    """Half a millimetre of difference, as in people, and never so much that it looks like a palsy."""
    differences = asymmetry(face_shape(identity))
    assert 0.1 < differences.mean() < 1.0
    assert differences.max() < 2.5


def test_faces_have_human_sizes_and_look_ahead(identity):
    shape = face_shape(identity)
    assert shape.shape == (478, 3)
    assert 54 < np.linalg.norm(shape[468] - shape[473]) < 68
    assert 125 < np.ptp(shape[:, 0]) < 155
    assert 140 < shape[10, 1] - shape[152, 1] < 175
    assert 38 < shape[291, 0] - shape[61, 0] < 56
    assert abs(shape[[61, 291], 1].mean() - shape[13, 1]) < 4
    canthi = [mesh_regions(side).inner_canthus for side in SIDES]
    assert shape[canthi].mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)
    yaw, pitch, roll = head_pose(shape[None] * [1, -1, -1])[0]
    assert abs(yaw) < 3
    assert abs(roll) < 3
    assert abs(pitch) < 12


def test_no_skin_is_folded_over(identity):
    """All but the closed lips and the rims of the nostrils face the camera; a folded triangle would tear the picture."""
    shape = face_shape(identity)
    triangles = canonical_triangles()
    corners = shape[triangles, :2]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    assert (area < -0.5).sum() <= 14


def test_the_same_identity_has_the_same_shape():
    assert np.array_equal(face_shape(IDENTITIES[0]), face_shape(IDENTITIES[0]))


def test_weights_of_the_shape_model_change_the_face_on_both_sides_alike():
    usual = face_shape(PLAIN)
    for component in range(6):
        weights = np.zeros(6)
        weights[component] = 1.0
        change = face_shape(replace(PLAIN, shape=tuple(weights))) - usual
        assert np.abs(change).max() > 1.0, component
        # What is natural asymmetry cancels out of the change.
        assert asymmetry(change).max() < 0.05 * np.abs(change).max() + 0.02


def test_the_seed_changes_the_differences_of_the_sides_only():
    one, other = (face_shape(replace(PLAIN, seed=seed)) for seed in (1, 2))
    skin = slice(0, 468)
    even = [(shape + shape[MESH478.mirror] * [-1, 1, 1])[skin] / 2 for shape in (one, other)]
    assert np.abs(even[0] - even[1]).max() < 0.05
    assert np.abs(one - other).max() > 0.3


def test_arched_brows_are_higher_in_the_middle():
    flat, arched = (face_shape(replace(PLAIN, brow_shape=arch)) for arch in (0.0, 1.5))
    for side in SIDES:
        line = list(mesh_regions(side).brow_upper)
        rise = (arched - flat)[line, 1]
        assert rise == pytest.approx([0, 0.7 * 1.5, 1.5, 0.5 * 1.5, 0], abs=0.02)
