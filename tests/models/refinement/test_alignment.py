"""Crops: placed by points that do not move with expression, mirrored exactly for the left half, and never across the midline."""

import cv2
import numpy as np
import pytest

from core.face.landmarks import MESH478, mesh_regions
from core.face.pose import rotation_from_angles
from core.words import SIDES, Side
from models.refinement.alignment import (
    ALIGNMENT_POINTS,
    CROP_HEIGHT,
    CROP_WIDTH,
    EYE,
    MOUTH,
    REGIONS,
    CropPlace,
    FacePlace,
)
from tests.synthetic import neutral_face

WIDTH, HEIGHT = 331, 360


def placed(roll_deg=0.0, px_per_mm=1.6, middle=(161.3, 120.8)):
    """(478, 3) pixels of the neutral face."""
    face = neutral_face()
    return face @ rotation_from_angles(0, 0, roll_deg).T * [1, -1, -1] * px_per_mm + [*middle, 0]


def noise(seed=0):
    picture = np.random.default_rng(seed).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    return cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def places(points, region):
    face = FacePlace.of(points)
    return {side: CropPlace.of(face, region, side) for side in SIDES}


def test_no_refined_point_places_a_crop():
    """A smile or a closing lid may move what is in the crop, never the crop."""
    both = [i for region in REGIONS for side in SIDES for i in region.of_side(side)]
    assert not set(both) & set(ALIGNMENT_POINTS)
    assert len(set(both)) == len(both)
    face, moved = placed(), placed()
    others = np.setdiff1d(np.arange(478), ALIGNMENT_POINTS)
    moved[others] += np.random.default_rng(1).normal(0, 9, (len(others), 3))
    assert FacePlace.of(face) == FacePlace.of(moved)


def test_alignment_points_come_in_pairs_or_on_the_midline():
    assert {int(MESH478.mirror[i]) for i in ALIGNMENT_POINTS} == set(ALIGNMENT_POINTS)


@pytest.mark.parametrize("roll_deg", [0.0, 9.0])
@pytest.mark.parametrize("px_per_mm", [0.9, 1.6, 3.1])
@pytest.mark.parametrize("region", REGIONS, ids=lambda r: r.name)
def test_the_left_half_is_the_right_half_of_the_mirror_image(region, px_per_mm, roll_deg):
    points, picture = placed(roll_deg, px_per_mm), noise()
    mirrored, flipped = MESH478.flip(points, WIDTH), cv2.flip(picture, 1)
    here, there = places(points, region), places(mirrored, region)
    for side in SIDES:
        one, other = here[side].cut(picture), there[side.opposite].cut(flipped)
        assert one.shape == (CROP_HEIGHT, CROP_WIDTH, 3)
        assert np.abs(one.astype(int) - other).max() <= 3  # cv2 samples at 1/32 pixel and rounds halves one way
        seen = here[side].to_millimetres(points[list(region.of_side(side))])
        again = there[side.opposite].to_millimetres(mirrored[list(region.of_side(side.opposite))])
        np.testing.assert_allclose(seen, again, atol=1e-9)


def test_millimetres_and_back():
    points = placed(7.0)
    for region in REGIONS:
        for side, place in places(points, region).items():
            chosen = points[list(region.of_side(side)), :2]
            np.testing.assert_allclose(place.to_pixels(place.to_millimetres(chosen)), chosen, atol=1e-9)


@pytest.mark.parametrize("region", REGIONS, ids=lambda r: r.name)
def test_refined_points_lie_inside_their_crop(region):
    """With room for every movement: the crop holds the points of a face at rest with at least 2 mm to spare, medially apart."""
    points = placed()
    for side, place in places(points, region).items():
        where = place.to_millimetres(points[list(region.of_side(side))])
        size = np.array([CROP_WIDTH, CROP_HEIGHT]) * 0.8
        assert where[:, 0].min() > 0
        assert where[:, 1].min() > 5
        assert (where < size - 2).all()


@pytest.mark.parametrize("region", REGIONS, ids=lambda r: r.name)
def test_neither_half_sees_the_other(region):
    points, picture = placed(), noise()
    place = places(points, region)[Side.RIGHT]
    before = place.cut(picture)
    midline = round(float(points[168, 0]))
    picture[:, midline + 1 :] = 255 - picture[:, midline + 1 :]
    assert np.array_equal(place.cut(picture), before)


def test_a_fine_picture_is_averaged_and_not_sampled():
    """A crop of a picture with stripes finer than its pixels is even grey and does not flicker with the place."""
    points = placed(px_per_mm=5.0, middle=(700, 600))
    picture = np.zeros((1500, 1400, 3), np.uint8)
    picture[:, ::2] = 200
    crop = places(points, EYE)[Side.RIGHT].cut(picture)
    assert np.abs(crop.astype(int) - 100).max() < 40


def test_points_that_coincide_are_refused():
    with pytest.raises(ValueError, match="coincide"):
        FacePlace.of(np.zeros((478, 3)))


def test_what_is_refined():
    face = mesh_regions(Side.RIGHT)
    assert {*face.upper_lid, *face.lower_lid, *face.brow_upper, *face.brow_lower} == set(EYE.points)
    lips = {*face.upper_lip_outer, *face.upper_lip_inner, *face.lower_lip_inner, *face.lower_lip_outer} - {
        0,
        13,
        14,
        17,
    }
    assert lips < set(MOUTH.points)
    assert face.ala in MOUTH.points
    midline = [i for i in range(468) if MESH478.mirror[i] == i]
    assert not set(midline) & {*EYE.points, *MOUTH.points}
