"""The moving skin: every landmark takes its pixel along, near skin covers far skin, and the map has neither holes nor tears."""

from dataclasses import replace

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.face.landmarks import mesh_regions
from core.phantom.condition import flaccid, healthy
from core.phantom.portrait import PORTRAIT_DISTANCE_MM
from core.phantom.warp import CHIN, FACE_OVAL, FOREHEAD, SkinWarp, skirt_around
from core.words import SIDES, Side
from tests.drawn_phantom import held, inside, portrait, sampled

R = Side.RIGHT
FACE = slice(0, 468)


@pytest.fixture(scope="module")
def person():
    return portrait()


@pytest.fixture(scope="module")
def scale(person):
    """Millimetres a pixel of the portrait and the place of its origin: the canvas puts it there."""
    canthi = person.points[[mesh_regions(side).inner_canthus for side in SIDES]]
    pupils = [mesh_regions(side).outer_canthus for side in SIDES]
    seen = person.shape_mm[:, :2] / (1 - person.shape_mm[:, 2:] / PORTRAIT_DISTANCE_MM)
    return np.ptp(seen[pupils, 0]) / np.ptp(person.points[pupils, 0]), canthi.mean(axis=0)


@pytest.fixture(scope="module")
def skirt(person, scale):
    return skirt_around(person, *scale)


@pytest.fixture(scope="module")
def warp(person, skirt):
    return SkinWarp(person, skirt)


def on_portrait(shape_mm, scale, skirt):
    """(478 + K, 3) vertices of a moved face in the pixels of its own portrait."""
    mm_per_px, origin = scale
    every = np.vstack([shape_mm, skirt.place_mm])
    seen = every[:, :2] / (1 - every[:, 2:] / PORTRAIT_DISTANCE_MM)
    return np.column_stack([origin + seen * [1, -1] / mm_per_px, -every[:, 2] / mm_per_px])


@pytest.mark.parametrize("trim", [0, 7])
def test_a_face_at_rest_is_its_portrait(person, scale, skirt, warp, trim):
    """Also in pictures of odd size."""
    vertices = on_portrait(person.shape_mm, scale, skirt)
    height, width = person.image.shape[0] - trim, person.image.shape[1] - trim
    map_x, map_y = warp.maps(vertices, width, height)
    assert map_x.shape == map_y.shape == (height, width)
    assert map_x.dtype == map_y.dtype == np.float32
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot(map_x - columns, map_y - rows)
    assert away[2:-2, 2:-2].max() < 0.02
    assert away.max() < 1


@pytest.mark.parametrize(
    ("expression", "condition"), [(E.BROW_RAISE, flaccid(R)), (E.PUCKER, healthy()), (E.SMILE_CLOSED, flaccid(R))]
)
def test_every_landmark_takes_its_pixel_along(person, scale, skirt, warp, expression, condition):
    """This is what makes the written landmarks the truth of the picture; skin hidden in a fold of the lids or lips is left out."""
    moved = held(expression, condition)[0]
    vertices = on_portrait(moved, scale, skirt)
    maps = np.dstack(warp.maps(vertices, person.image.shape[1], person.image.shape[0]))
    travelled = np.linalg.norm(vertices[FACE, :2] - person.points[FACE], axis=1)
    missed = np.linalg.norm(sampled(maps, vertices[FACE, :2]) - person.points[FACE], axis=1)
    assert travelled.max() > 8
    assert np.median(missed) < 0.05
    assert (missed < 0.6).mean() > 0.95
    brows = [i for side in SIDES for i in mesh_regions(side).brow_upper]
    assert missed[[*brows, 61, 291, 1, 152]].max() < 0.7


def test_the_whole_picture_is_drawn_by_something(person, scale, skirt, warp):
    """Also far outside the portrait, and when a face is pushed out of the picture."""
    vertices = on_portrait(person.shape_mm, scale, skirt)
    for shift in ((0, 0, 0), (900, 0, 0), (-300, -700, 0)):
        map_x, map_y = warp.maps(vertices + shift, 301, 202)
        assert map_x.shape == map_y.shape == (202, 301)
        assert np.isfinite(map_x).all()
        assert np.isfinite(map_y).all()


def test_a_moved_picture_is_the_same_picture_elsewhere(person, scale, skirt, warp):
    """Sub-pixel movement, smaller than the half resolution in which triangles are painted, is drawn exactly."""
    vertices = on_portrait(person.shape_mm, scale, skirt)
    height, width = person.image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    for shift in (0.1, 0.25, 1.0, 1.7):
        map_x, map_y = warp.maps(vertices + [shift, -shift, 0], width, height)
        missed = np.hypot(map_x - (columns - shift), map_y - (rows + shift))
        assert missed[4:-4, 4:-4].max() < 0.02


def test_skin_does_not_tear(person, scale, skirt, warp):
    """Neighbours in the picture are neighbours on the face, except where lips or lids part."""
    moved = held(E.BROW_RAISE, healthy())[0]
    maps = warp.maps(on_portrait(moved, scale, skirt), person.image.shape[1], person.image.shape[0])
    jumps = [np.abs(np.diff(each, axis=axis)).max() for each in maps for axis in (0, 1)]
    assert max(jumps) < 3


def test_near_skin_covers_far_skin(person, scale, skirt, warp):
    """In half profile the nose hides the cheek behind it, not the other way round."""
    angle = np.deg2rad(48)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    vertices = on_portrait(person.shape_mm @ turn.T, scale, skirt)
    maps = np.dstack(warp.maps(vertices, person.image.shape[1], person.image.shape[0]))
    tip = [1, 4, 5, 195]
    assert np.linalg.norm(sampled(maps, vertices[tip, :2]) - person.points[tip], axis=1).max() < 1.5
    hidden = 358  # the far wing of the nose
    assert np.linalg.norm(sampled(maps, vertices[hidden, :2]) - person.points[hidden]) > 10


def test_points_on_top_of_each_other_do_no_harm(person, scale, skirt, warp):
    shape = person.shape_mm.copy()
    shape[list(mesh_regions(R).eye_contour)] = shape[mesh_regions(R).inner_canthus]
    maps = warp.maps(on_portrait(shape, scale, skirt), person.image.shape[1], person.image.shape[0])
    assert all(np.isfinite(each).all() for each in maps)


# ------------------------------------------------------------------------------------------------------------------- skirt


def test_the_skirt_lies_around_the_face_and_reaches_the_border(person, skirt):
    size = person.image.shape[:2]
    oval = inside(person.points[list(FACE_OVAL)], size, 2)
    rows, columns = np.rint(skirt.points[:, ::-1]).astype(int).T
    assert not oval[rows, columns].any()
    corners = {(0, 0), (size[1] - 1, 0), (0, size[0] - 1), (size[1] - 1, size[0] - 1)}
    assert corners <= {(int(x), int(y)) for x, y in skirt.points}
    assert len(np.unique(np.round(skirt.points, 2), axis=0)) == len(skirt.points)


def test_the_skirt_of_a_tight_picture_stays_in_it(person, scale):
    cut = (slice(120, 440), slice(150, 411))
    tight = replace(
        person,
        image=person.image[cut],
        eye_layer=person.eye_layer[cut],
        points=person.points - [150, 120],
        background=None,
        matte=None,
        creases={},
    )
    around = skirt_around(tight, scale[0], scale[1] - [150, 120])
    assert around.points.min() == 0
    assert around.points.max(axis=0).tolist() == [260, 319]
    assert len(SkinWarp(tight, around).maps(on_portrait(person.shape_mm, scale, around), 50, 40)) == 2


def test_the_skirt_is_where_it_is_drawn(person, scale, skirt):
    """Its places in space project back onto its pixels."""
    placed = on_portrait(person.shape_mm, scale, skirt)[len(person.points) :, :2]
    assert placed == pytest.approx(skirt.points, abs=1e-6)


def test_the_head_is_stiff_and_the_shoulders_stay(person, skirt):
    chin, forehead = person.points[CHIN, 1], person.points[FOREHEAD, 1]
    above = skirt.points[:, 1] < chin
    assert (skirt.stiffness[above] == 1).all()
    assert (skirt.stiffness[skirt.points[:, 1] > chin + 0.5 * (chin - forehead)] == 0).all()
    neck = (skirt.points[:, 1] > chin + 5) & (skirt.points[:, 1] < chin + 0.35 * (chin - forehead))
    assert ((skirt.stiffness[neck] > 0) & (skirt.stiffness[neck] < 1)).all()
    assert neck.any()


def test_a_photograph_gives_way_all_around(person, scale):
    """Without a known background its edges must not slide along with the head."""
    photo = skirt_around(replace(person, matte=None, background=None), *scale)
    x, y = photo.points.T
    last = person.image.shape[0] - 1
    edge = (x == 0) | (x == last) | (y == last)
    assert photo.stiffness[edge].max() < 0.05
    drawn = skirt_around(person, *scale)
    assert drawn.stiffness[edge].max() == 1
    near = np.linalg.norm(photo.points - person.points[FOREHEAD], axis=1) < 30
    assert photo.stiffness[near].min() > 0.6


def test_the_skirt_follows_the_oval_less_and_less(person, skirt):
    centre = person.points[list(FACE_OVAL)].mean(axis=0)
    own = person.points[np.array(FACE_OVAL)[skirt.oval]]
    factor = np.linalg.norm(skirt.points - centre, axis=1) / np.linalg.norm(own - centre, axis=1)
    rings = skirt.follows > 0
    assert sorted(set(skirt.follows)) == [0.0, 0.15, 0.45, 0.75]
    assert np.corrcoef(factor[rings], skirt.follows[rings])[0, 1] < -0.9
    heading = (skirt.points - centre) / np.linalg.norm(skirt.points - centre, axis=1)[:, None]
    towards = (own - centre) / np.linalg.norm(own - centre, axis=1)[:, None]
    assert np.sum(heading * towards, axis=1)[rings].min() > 0.999
