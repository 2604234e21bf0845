"""Muscle fields: mirrored sides, a still head, skin that does not fold over, lips that do not pass through each other."""

import numpy as np
import pytest

from core.face.canonical import canonical_triangles
from core.face.landmarks import MESH478, STABLE_POINTS, mesh_regions
from core.phantom.condition import bilateral, flaccid, healthy, synkinetic
from core.phantom.exam import short_script
from core.phantom.motion import simulate
from core.phantom.muscle_table import MUSCLES, Muscle
from core.phantom.muscles import (
    MUSCLE_INDEX,
    MUSCLE_ORDER,
    branch_of,
    crease_depths,
    displacement,
    mirror_field,
    muscle_fields,
    part_lips,
)
from core.phantom.portrait import Crease
from core.words import SIDES, Branch, Side
from tests.synthetic import neutral_face

R, L = Side.RIGHT, Side.LEFT


def test_left_fields_mirror_the_right():
    fields = muscle_fields()
    assert fields.shape == (len(Muscle), 2, 478, 3)
    assert np.array_equal(fields[:, 1], mirror_field(fields[:, 0]))
    assert np.allclose(fields[:, 0], mirror_field(fields[:, 1]))
    zygomaticus = fields[MUSCLE_INDEX[Muscle.ZYGOMATICUS_MAJOR], 0]
    assert zygomaticus[61, 0] < -5  # the right corner goes to the patient's right
    assert zygomaticus[61, 1] > 4


def test_fields_meet_their_controls():
    """The table is what the face does: the interpolation adds nothing at its own points."""
    for muscle, spec in MUSCLES.items():
        if spec.midline:
            continue
        field = muscle_fields()[MUSCLE_INDEX[muscle], 0]
        inner = set(MESH478.mirrored(_inner_lips())) | set(_inner_lips())
        for point, (lateral, up, forward) in spec.controls.items():
            if not (spec.sealed and point in inner):
                assert field[point] == pytest.approx((-lateral, up, forward), abs=1e-4), (muscle, point)


def _inner_lips():
    region = mesh_regions(R)
    return region.upper_lip_inner + region.lower_lip_inner


def test_points_of_the_rigid_fit_stay():
    """Head pose and millimetres are fitted on them; a muscle that moved them would hide its own movement."""
    both = muscle_fields().sum(axis=1)
    assert np.linalg.norm(both[:, list(STABLE_POINTS)], axis=-1).max() < 0.25


def test_lid_margins_are_left_to_the_lids():
    margins = [point for side in SIDES for point in mesh_regions(side).eye_contour]
    assert np.abs(muscle_fields()[:, :, margins]).max() < 1e-5


def test_the_far_corner_is_dragged_by_less_than_a_tenth():
    for muscle in MUSCLE_ORDER:
        if muscle is Muscle.JAW:
            continue
        field = muscle_fields()[MUSCLE_INDEX[muscle], 0]
        own, far = np.linalg.norm(field[[61, 291]], axis=1)
        assert far <= max(0.1 * own, 0.12), muscle


def test_the_upper_lip_is_dragged_to_the_smiling_side():
    """A one-sided smile pulls the philtrum (reference C3, midline drag)."""
    field = muscle_fields()[MUSCLE_INDEX[Muscle.ZYGOMATICUS_MAJOR], 1]
    assert 1.0 < field[164, 0] < field[0, 0] < 3.0


def test_displacement_is_linear():
    one = np.zeros((1, len(Muscle), 2))
    one[0, MUSCLE_INDEX[Muscle.FRONTALIS], 0] = 1.0
    assert np.allclose(displacement(0.4 * one), 0.4 * displacement(one))
    assert np.allclose(displacement(one)[0], muscle_fields()[MUSCLE_INDEX[Muscle.FRONTALIS], 0])


def test_every_branch_has_muscles():
    assert {branch_of(muscle) for muscle in Muscle} == {*Branch, None}
    assert branch_of(Muscle.JAW) is None


def test_creases_follow_their_side():
    activation = np.zeros((2, len(Muscle), 2))
    activation[1, MUSCLE_INDEX[Muscle.FRONTALIS], 1] = 0.7
    depths = crease_depths(activation)
    assert depths[Crease.FOREHEAD, L].tolist() == [0.0, pytest.approx(0.7)]
    assert depths[Crease.FOREHEAD, R].tolist() == [0.0, 0.0]


def test_lips_do_not_pass_through_each_other():
    face = neutral_face()
    moved = np.repeat(face[None], 2, axis=0)
    moved[1, 14, 1] += 3.0  # lower lip into the upper lip
    moved[1, 87, 1] -= 2.0  # an open place stays open
    part_lips(face, moved)
    assert np.array_equal(moved[0], face)
    assert moved[1, 13, 1] == pytest.approx(moved[1, 14, 1])
    assert moved[1, 13, 1] == pytest.approx(face[13, 1] + 1.5)
    assert moved[1, 82, 1] - moved[1, 87, 1] == pytest.approx(2.0)


@pytest.mark.parametrize(
    "condition", [healthy(), flaccid(R), synkinetic(L, 1.0), bilateral(1, 1)], ids=lambda c: c.name
)
def test_skin_does_not_fold_over(condition):
    """No triangle of the skin turns its back to the camera; the slivers along the lid margins are the lids' own."""
    face = neutral_face()
    lids = {point for side in SIDES for point in mesh_regions(side).eye_contour}
    mouth = {point for side in SIDES for point in (*_inner_lips(), *MESH478.mirrored(_inner_lips()))}
    skin = np.array([t for t in canonical_triangles() if not set(t) & lids and not set(t) <= mouth])
    at_rest = _signed_area(face, skin)
    skin, at_rest = skin[np.abs(at_rest) > 0.5], at_rest[np.abs(at_rest) > 0.5]
    motion = simulate(face, condition, short_script(), fps=10, seed=1)
    part = _signed_area(motion.shape_mm.astype(float), skin) / at_rest
    assert part.min() > -0.15, [tuple(skin[i]) for i in np.flatnonzero(part.min(axis=0) <= -0.15)]


def _signed_area(points, triangles):
    a, b, c = (points[..., triangles[:, corner], :2] for corner in range(3))
    return 0.5 * ((b - a)[..., 0] * (c - a)[..., 1] - (b - a)[..., 1] * (c - a)[..., 0])
