"""Refining a face: mirror-equivariant by construction, each half by itself, nothing else touched, harmless in doubt."""

import cv2
import numpy as np
import pytest
import torch

from core.face.landmarks import MESH478
from core.face.pose import rotation_from_angles
from core.words import SIDES, Side
from models.refinement.alignment import REGIONS
from models.refinement.network import RefinementNetwork
from models.refinement.refine import refine_face
from tests.models.refinement.test_alignment import WIDTH, noise, placed
from tests.synthetic import neutral_face

REFINED = sorted(i for region in REGIONS for side in SIDES for i in region.of_side(side))


class Shift:
    """Moves every point by the same millimetres of the crop."""

    def __init__(self, lateral=1.0, down=0.5):
        self.shift = np.array([lateral, down])

    def refine(self, region, crops, mesh_mm):  # noqa: ARG002
        return mesh_mm + self.shift


@pytest.fixture(scope="module")
def network():
    """With random weights: what holds for it holds by construction and not because it was learned."""
    torch.manual_seed(3)
    made = RefinementNetwork()
    for part in made.regions.values():
        torch.nn.init.normal_(part.out.weight, std=0.02)
    return made.eval()


def test_the_mirror_image_gives_the_mirrored_points(network):
    points, picture = placed(4.0), noise()
    here = refine_face(picture, points, network)
    there = MESH478.flip(refine_face(cv2.flip(picture, 1), MESH478.flip(points, WIDTH), network), WIDTH)
    assert np.abs(here - points).max() > 0.5  # it does something
    assert np.abs(here - there)[:, :2].max() < 0.02  # pixels; cv2 rounds a grey level differently here and there


def test_a_half_does_not_change_with_the_other(network):
    points, picture = placed(), noise()
    before = refine_face(picture, points, network)
    midline = round(float(points[168, 0]))
    picture[:, midline + 1 :] = 255 - picture[:, midline + 1 :]
    moved = points.copy()
    left = [i for region in REGIONS for i in region.of_side(Side.LEFT)]
    moved[left, 1] += 3.0
    after = refine_face(picture, moved, network)
    right = [i for region in REGIONS for i in region.of_side(Side.RIGHT)]
    np.testing.assert_allclose(after[right], before[right], atol=1e-5)
    assert np.abs(after[left] - before[left]).max() > 1.0


def test_other_points_and_all_depths_are_the_meshes(network):
    points = placed().astype(np.float32)
    refined = refine_face(noise(), points, network)
    assert refined.dtype == points.dtype
    others = np.setdiff1d(np.arange(478), REFINED)
    assert np.array_equal(refined[others], points[others])
    assert np.array_equal(refined[:, 2], points[:, 2])


def test_sides_move_away_from_the_midline():
    """One millimetre laterally is to the picture's left on the patient's right, and to its right on the left."""
    points = placed()
    moved = refine_face(noise(), points, Shift())[:, :2] - points[:, :2]
    for side in SIDES:
        eye = list(REGIONS[0].of_side(side))
        assert (np.sign(moved[eye, 0]) == side.lateral_sign).all()
        assert (moved[eye, 1] > 0).all()
    # Beside the midline, whose points stay, a lip point takes half.
    assert moved[37, 1] == pytest.approx(moved[40, 1] / 2)


@pytest.mark.parametrize(("yaw", "part"), [(0.0, 1.0), (26.0, 0.5), (40.0, 0.0)])
def test_turned_heads_are_left_to_the_mesh(yaw, part):
    points = neutral_face() @ rotation_from_angles(yaw, 0, 0).T * [1.6, -1.6, -1.6] + [160, 120, 0]
    moved = np.linalg.norm((refine_face(noise(), points, Shift()) - points)[list(REGIONS[0].points)], axis=1)
    straight = np.linalg.norm((refine_face(noise(), placed(), Shift()) - placed())[list(REGIONS[0].points)], axis=1)
    assert moved.mean() == pytest.approx(part * straight.mean(), abs=0.2 * straight.mean())


@pytest.mark.parametrize("lateral", [30.0, np.nan, np.inf])
def test_what_no_face_does_is_not_believed(lateral):
    points = placed()
    assert np.array_equal(refine_face(noise(), points, Shift(lateral)), points)


def test_a_degenerate_face_stays(network):
    points = np.zeros((478, 3), np.float32)
    assert np.array_equal(refine_face(noise(), points, network), points)
