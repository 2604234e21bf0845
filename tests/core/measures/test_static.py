"""Static measures: hand-worked lengths on a face whose every distance is known, and their signs."""

import numpy as np
import pytest

from core.face.landmarks import MESH478, mesh_regions
from core.measures import static
from core.words import SIDES, Side
from tests.synthetic import neutral_face

LEFT, RIGHT = Side.LEFT, Side.RIGHT


@pytest.fixture
def face() -> np.ndarray:
    return neutral_face()


@pytest.mark.parametrize("side", SIDES)
def test_known_lengths(face, side):
    assert static.palpebral_fissure_height(face, side) == pytest.approx(10.0)
    assert static.palpebral_fissure_width(face, side) == pytest.approx(25.907, abs=0.01)
    assert static.eye_aspect_ratio(face, side) == pytest.approx(10 / 25.9, abs=0.02)
    assert static.dental_show(face, side) == pytest.approx(0)
    assert static.interlabial_area(face, side) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("side", SIDES)
def test_margin_reflex_distances_sum_to_the_fissure(face, side):
    mrd1 = static.upper_lid_margin_reflex_distance(face, side)
    mrd2 = static.lower_lid_margin_reflex_distance(face, side)
    assert mrd1 > 0
    assert mrd1 + mrd2 == pytest.approx(10.0, abs=0.5)


def test_ptosis_keeps_its_sign(face):
    """A lid below the middle of the iris gives a negative MRD1, not its absolute value."""
    face[list(mesh_regions(LEFT).upper_lid), 1] -= 7
    assert static.upper_lid_margin_reflex_distance(face, LEFT) < 0
    assert static.upper_lid_margin_reflex_distance(face, RIGHT) > 0


def test_brow_height_on_either_definition(face):
    before = {m: m(face, LEFT) for m in (static.brow_height, static.brow_height_canthal)}
    face[list(mesh_regions(LEFT).brow_upper), 1] += 4
    for measure, value in before.items():
        assert measure(face, LEFT) - value == pytest.approx(4)
        assert measure(face, RIGHT) == pytest.approx(value)


def test_smile_angle_and_commissure_position(face):
    """Corner 3 up and 4 out from the lower lip on the midline: distance 5, angle 90 + 36.87 degrees."""
    middle = face[17].copy()
    face[mesh_regions(RIGHT).corner] = middle + [-4, 3, 0]
    assert static.commissure_position(face, RIGHT) == pytest.approx(5)
    assert static.smile_angle(face, RIGHT) == pytest.approx(90 + np.rad2deg(np.arcsin(0.6)))


def test_mouth_cant_is_positive_when_the_left_is_higher(face):
    face[291, 1] += 3
    width = face[291, 0] - face[61, 0]
    assert static.mouth_cant(face) == pytest.approx(np.rad2deg(np.arctan2(3, width)))


def test_midline_signs(face):
    for measure, index in ((static.philtrum_deviation, 164), (static.chin_deviation, 152)):
        assert measure(face) == pytest.approx(0)
        face[index, 0] += 2
        assert measure(face) == pytest.approx(2)
    face[0, 0] += 1
    assert static.philtrum_angle(face) > 0


def test_opening_the_mouth_shows_a_gap(face):
    """Lower inner lip 6 mm down on both sides: 6 mm of lip gap, and the area of a 6 mm high slit."""
    for side in SIDES:
        face[list(mesh_regions(side).lower_lip_inner), 1] -= 6 if side is RIGHT else 0
    face[list(mesh_regions(LEFT).lower_lip_inner[:-1]), 1] -= 6
    for side in SIDES:
        assert static.dental_show(face, side) == pytest.approx(6, abs=0.05)
    reach = -face[mesh_regions(RIGHT).inner_corner, 0]
    assert static.interlabial_area(face, RIGHT) == pytest.approx(6 * reach, rel=0.1)


def test_lower_lip_height_ignores_the_jaw(face):
    """Opening the jaw takes lip and jaw line down together; depressing the lip brings it nearer the jaw line."""
    before = static.lower_lip_height(face, LEFT)
    jaw_down = face.copy()
    lips = [i for s in SIDES for i in (*mesh_regions(s).lower_lip_inner[1:], *mesh_regions(s).lower_lip_outer[1:])]
    jaws = [i for s in SIDES for i in mesh_regions(s).jaw]
    jaw_down[sorted({*lips, *jaws}), 1] -= 8
    assert static.lower_lip_height(jaw_down, LEFT) == pytest.approx(before, abs=0.6)
    face[sorted(set(lips)), 1] -= 4
    assert static.lower_lip_height(face, LEFT) == pytest.approx(before - 4, abs=0.3)


@pytest.mark.parametrize(
    "measure",
    [
        static.brow_height, static.brow_height_canthal, static.upper_lid_margin_reflex_distance,
        static.palpebral_fissure_height, static.eye_area, static.commissure_position, static.smile_angle,
        static.upper_lip_slope, static.dental_show, static.interlabial_area, static.lower_lip_height,
        static.lower_lip_lateral_height, static.upper_lip_position, static.lower_lip_position,
        static.vermilion_height_upper, static.vermilion_height_lower, static.snarl_height, static.alar_lateral,
    ],
)  # fmt: skip
def test_a_mirrored_face_swaps_the_sides(measure):
    """Every sided measure of a crooked face equals the other side's of its mirror image."""
    crooked = neutral_face() + np.random.default_rng(3).normal(0, 0.8, (478, 3))
    mirrored = crooked[MESH478.mirror] * [-1, 1, 1]
    assert measure(mirrored, LEFT) == pytest.approx(measure(crooked, RIGHT))
    assert measure(mirrored, RIGHT) == pytest.approx(measure(crooked, LEFT))


def test_many_frames_at_once_equal_one_by_one(face):
    frames = face + np.random.default_rng(4).normal(0, 0.5, (5, 478, 3))
    for measure in (static.dental_show, static.lower_lip_height, static.interlabial_area, static.brow_height):
        assert np.allclose(measure(frames, LEFT), [measure(frame, LEFT) for frame in frames])
