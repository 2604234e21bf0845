"""Head pose: angles come back with their signs, and the rigid fit is exact."""

import numpy as np
import pytest

from core.face.canonical import canonical_vertices_mm
from core.face.pose import angles_from_rotation, fit_similarity, head_pose, rotation_from_angles


@pytest.mark.parametrize("angles", [(0, 0, 0), (20, 0, 0), (0, -15, 0), (0, 0, 10), (12, 7, -9)])
def test_angles_survive_the_rotation(angles):
    assert np.allclose(angles_from_rotation(rotation_from_angles(*angles)), angles)


@pytest.mark.parametrize(
    ("angles", "index", "axis", "sign"),
    [
        ((10, 0, 0), 4, 0, +1),  # turning to the patient's left brings the nose to the right of the picture
        ((0, 10, 0), 4, 1, -1),  # chin up lifts the nose in the picture (y points down)
        ((0, 0, 10), 10, 0, +1),  # tilting to the patient's left shoulder brings the forehead to the right
    ],
)
def test_signs_of_the_angles(angles, index, axis, sign):
    face = np.zeros((478, 3))
    face[:468] = canonical_vertices_mm()
    before = face * [1, -1, -1]
    after = (face @ rotation_from_angles(*angles).T) * [1, -1, -1]
    assert sign * (after[index, axis] - before[index, axis]) > 5
    assert np.allclose(head_pose(after[None])[0], angles, atol=0.01)


def test_similarity_is_exact_and_keeps_missing_frames_missing():
    rng = np.random.default_rng(2)
    target = rng.normal(size=(9, 3))
    rotation = rotation_from_angles(5, -8, 12)
    source = np.stack([(target - [1, 2, 3]) @ rotation / 2.5, np.full((9, 3), np.nan)])
    fit = fit_similarity(source, target)
    assert np.allclose(fit.apply(source)[0], target)
    assert fit.scale[0] == pytest.approx(2.5)
    assert np.linalg.det(fit.rotation[0]) == pytest.approx(1)
    assert np.isnan(fit.scale[1])
    assert np.isnan(fit.apply(source)[1]).all()
