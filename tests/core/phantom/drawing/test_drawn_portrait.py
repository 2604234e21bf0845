"""A drawn portrait: its layers fit each other and its landmarks, and it is the same person at every size."""

import cv2
import numpy as np
import pytest

from core.face.landmarks import mesh_regions
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.drawing.portrait import draw_portrait
from core.phantom.drawing.shape import face_shape
from core.phantom.portrait import PORTRAIT_DISTANCE_MM, Crease
from core.phantom.warp import FACE_OVAL
from core.words import SIDES
from tests.drawn_phantom import grey, inside, iris_seen, lid_outline, lip_outline, portrait, sampled


@pytest.fixture(scope="module")
def person():
    return portrait()


def around_eyes(person, grow_px):
    size = person.image.shape[:2]
    return np.any([inside(lid_outline(person.points, side), size, -grow_px) for side in SIDES], axis=0)


def test_a_portrait_holds_all_layers_in_one_size(person):
    assert person.image.shape == person.eye_layer.shape == person.background.shape == (560, 560, 3)
    assert person.image.dtype == person.eye_layer.dtype == person.background.dtype == np.uint8
    assert person.matte.shape == (560, 560)
    assert person.matte.dtype == np.float32
    assert set(person.creases) == {(crease, side) for crease in Crease for side in SIDES}
    assert person.drawn
    assert person.name == IDENTITIES[0].name


def test_points_are_the_shape_seen_from_the_portraits_distance(person):
    shape = person.shape_mm
    assert np.array_equal(shape, face_shape(IDENTITIES[0]))
    seen = shape[:, :2] / (1 - shape[:, 2:] / PORTRAIT_DISTANCE_MM) * [1, -1]
    px_per_mm = 560 / 330
    assert person.points - person.points.mean(axis=0) == pytest.approx((seen - seen.mean(axis=0)) * px_per_mm)
    assert (person.points > 0).all()
    assert (person.points < 560).all()


def test_irises_are_drawn_on_their_points(person):
    for side in SIDES:
        eye = mesh_regions(side)
        for layer in (person.image, person.eye_layer):
            centre, across = iris_seen(layer, person.points, side)
            assert np.abs(centre - person.points[eye.iris_centre]).max() < 0.25
            known = np.linalg.norm(person.points[eye.iris_temporal] - person.points[eye.iris_nasal])
            assert across == pytest.approx(known, rel=0.03)


def test_the_eye_layer_differs_at_the_eyes_only(person):
    different = (person.image != person.eye_layer).any(axis=2)
    assert not (different & inside_all_openings(person)).any()
    assert different[around_eyes(person, 12)].mean() > 0.3  # the eyeball goes on behind the lids
    assert not (different & ~around_eyes(person, 26)).any()


def inside_all_openings(person):
    size = person.image.shape[:2]
    return np.any([inside(lid_outline(person.points, side), size, 2) for side in SIDES], axis=0)


def test_the_matte_cuts_out_the_person(person):
    matte = person.matte
    assert matte.min() == 0
    assert matte.max() == 1
    face = inside(person.points[list(FACE_OVAL)], matte.shape, 2)
    assert matte[face].min() > 0.99
    assert matte[:20].max() == 0
    assert matte[-1, 200:360].min() > 0.99  # the clothes reach the lower edge
    wall = matte == 0
    assert wall.mean() > 0.2
    assert np.abs(person.image.astype(int) - person.background)[wall].max() <= 1
    pieces, _, sizes, _ = cv2.connectedComponentsWithStats((matte > 0.5).astype(np.uint8))
    assert (sizes[1:, 4] > 10).sum() == 1
    assert pieces >= 2


def test_the_background_shows_nothing_of_the_person(person):
    wall = person.background.astype(float)
    assert np.abs(np.diff(wall, axis=0)).max() < 6
    assert np.abs(np.diff(wall, axis=1)).max() < 6
    assert np.abs(wall - IDENTITIES[0].backdrop).max() < 90


def test_features_lie_on_their_landmarks(person):
    dark = grey(person.image)
    skin = np.median(dark[inside(person.points[list(FACE_OVAL)], dark.shape, 8)])
    for side in SIDES:
        eye = mesh_regions(side)
        brow = (person.points[list(eye.brow_upper)] + person.points[list(eye.brow_lower)]) / 2
        assert sampled(dark, brow[:4]).max() < skin - 40
    nostrils = person.points[[[60, 75, 166, 79, 20], [290, 305, 392, 309, 250]]].mean(axis=1)
    assert sampled(dark, nostrils).max() < skin - 80
    seam = person.points[[81, 82, 13, 312, 311]]
    assert sampled(dark, seam).max() < skin - 40
    redness = person.image[..., 0].astype(float) / person.image[..., 1]
    lips = redness[inside(lip_outline(person.points, "outer"), redness.shape, 2)]
    assert np.percentile(lips, 10) > sampled(redness, person.points[[50, 280]]).max()


def test_colours_of_lids_lashes_and_lips_are_the_persons(person):
    identity = IDENTITIES[0]
    assert np.abs(np.array(person.skin_rgb) - identity.skin).max() < 40
    assert max(person.lash_rgb) < 60
    assert person.lip_rgb == identity.lip


def test_the_same_person_is_drawn_again_pixel_by_pixel():
    one, two = (draw_portrait(IDENTITIES[4], 160) for _ in range(2))
    assert np.array_equal(one.image, two.image)
    assert np.array_equal(one.matte, two.matte)
    assert np.array_equal(one.eye_layer, two.eye_layer)


def test_a_larger_portrait_is_the_same_person(person):
    small = draw_portrait(IDENTITIES[0], 280)
    assert (small.points + 0.5) * 2 - 0.5 == pytest.approx(person.points, abs=0.3)
    shrunk = cv2.resize(person.image, (280, 280), interpolation=cv2.INTER_AREA).astype(int)
    face = inside(small.points[list(FACE_OVAL)], (280, 280), 3)
    assert np.abs(shrunk - small.image)[face].mean() < 9
