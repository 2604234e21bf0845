"""Eyes in the picture: what is open shows the eyeball, what is shut shows skin, each side for itself, and the iris stays put."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from core.face.landmarks import MESH478, mesh_regions
from core.phantom.eyes import EyePainter
from core.phantom.layers import smooth_line
from core.phantom.render import Renderer
from core.words import SIDES, Side
from tests.drawn_phantom import (
    NEAR,
    STILL,
    at_rest,
    closed,
    grey,
    inside,
    iris_seen,
    lid_outline,
    picture,
    portrait,
    renderer,
    sampled,
    whites,
)

R, L = Side.RIGHT, Side.LEFT
FEW = 6  # of about 160 white pixels of an open eye


def upper_margin(points, side):
    """(32, 2) the middle of the upper lid margin, free of the canthi."""
    eye = mesh_regions(side)
    return smooth_line(points[[eye.outer_canthus, *eye.upper_lid, eye.inner_canthus], :2])[8:-8]


@pytest.mark.parametrize("number", [0, 6])
def test_only_shut_eyes_show_no_white(number):
    """On light and on dark skin, and at an age with folds."""
    rest = at_rest(number)
    for right, left in ((0, 0), (1, 0), (0, 1), (1, 1)):
        image, _ = picture(closed(right, left, number=number), number=number)
        for side, shut in ((R, right), (L, left)):
            seen = whites(image, rest, side)
            assert seen <= FEW if shut else seen > 120, (right, left, side)


def test_more_closure_shows_less_of_the_eye():
    parts = (-0.3, 0.0, 0.25, 0.5, 0.75, 1.0)
    wide = renderer().landmarks(closed(-0.3, -0.3), STILL, STILL)
    seen = np.array([[whites(picture(closed(p, p))[0], wide, side) for side in SIDES] for p in parts])
    assert (np.diff(seen, axis=0) < 0).all()
    assert seen[-1].max() <= FEW


@pytest.mark.parametrize("side", SIDES)
def test_closing_one_eye_changes_nothing_beside_the_other(side):
    image, _ = picture(closed(*(float(side is each) for each in SIDES)))
    changed = np.abs(image.astype(int) - picture()[0]).max(axis=2) > 1
    half = slice(None, 160) if side is R else slice(160, None)
    assert changed[:, half].sum() > 800
    assert changed.sum() == changed[:, half].sum()


@pytest.mark.parametrize("side", SIDES)
def test_a_shut_lid_is_skin(side):
    """As light and as red as the skin above it: no iris and no hole may show through."""
    image, points = picture(closed(1.0, 1.0))
    margin = upper_margin(points, side)
    opening = inside(lid_outline(at_rest(), side), image.shape[:2], 2)
    above_margin = (
        np.arange(image.shape[0])[:, None]
        < np.interp(np.arange(image.shape[1]), *margin[np.argsort(margin[:, 0])].T) - 0.9 * NEAR.px_per_mm
    )
    lid = image[opening & above_margin].astype(float)
    assert len(lid) > 200
    # Where the lid lies, the open eye was light and dark and of another colour.
    assert np.std(picture()[0][opening & above_margin].mean(axis=1)) > 40
    assert np.std(lid.mean(axis=1)) < 18
    skin = np.array(portrait().skin_rgb, float)
    assert np.abs(lid.mean(axis=0) - skin).max() < 35
    assert (lid[:, 0] > lid[:, 1]).all()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("closure", [0.0, 0.5, 1.0])
def test_lashes_line_the_upper_margin(side, closure):
    """A dark line exactly on the landmarks; this is where lid heights are measured."""
    image, points = picture(closed(closure, closure))
    margin = upper_margin(points, side)
    profile = np.array([sampled(grey(image), margin + [0, dy]) for dy in np.arange(-8.0, 8.1, 0.5)])
    on_line = profile[14:19].min(axis=0)
    assert (on_line < 75).all()
    assert profile[0].mean() > 1.8 * on_line.mean()  # skin above
    if closure == 1.0:
        assert profile[-1].mean() > 1.8 * on_line.mean()  # skin below
        darkest = np.arange(-8.0, 8.1, 0.5)[profile.argmin(axis=0)]
        assert np.abs(np.median(darkest)) <= 1.0


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("closure", [0.15, 0.4, -0.3])
def test_the_eye_shows_inside_its_lids_only(side, closure):
    image, points = picture(closed(closure, closure))
    assert whites(image, at_rest(), side) > 20
    values = image.astype(int)
    pale = (values.min(axis=2) > 165) & (np.ptp(values, axis=2) < 32)
    near = inside(lid_outline(at_rest(), side), image.shape[:2], -12)
    outside = ~inside(lid_outline(points, side), image.shape[:2], -1)
    assert not (pale & near & outside).any()


@pytest.mark.parametrize("closure", [-0.3, 0.0, 0.5, 0.9])
def test_the_whole_opening_is_eyeball(closure):
    """Seen with a green eyeball: it fills the opening to its edges, however wide or narrow, and shines through nowhere else."""
    green = replace(portrait(), eye_layer=np.full_like(portrait().eye_layer, [0, 255, 0]))
    shape = closed(closure, closure)
    image = Renderer(green, NEAR).frame(shape, STILL, STILL).astype(int)
    points = renderer().landmarks(shape, STILL, STILL)
    seen = image[..., 1] - image[..., 0] > 15
    for side in SIDES:
        outline = lid_outline(points, side)
        assert seen[inside(outline, (320, 320), 1)].mean() > 0.95
        near = inside(lid_outline(at_rest(), side), (320, 320), -14)
        assert not (seen & near & ~inside(outline, (320, 320), -2)).any()


def test_shut_lids_let_nothing_of_the_eyeball_through():
    green = replace(portrait(), eye_layer=np.full_like(portrait().eye_layer, [0, 255, 0]))
    usual, _ = picture(closed(1.0, 1.0))
    assert np.array_equal(Renderer(green, NEAR).frame(closed(1.0, 1.0), STILL, STILL), usual)


@pytest.mark.parametrize("closure", [0.0, 0.6, 1.0])
def test_both_eyes_are_painted_alike(closure):
    """The left eye of the mirrored person is the mirrored right eye, but for the grain of its skin."""
    person, width = portrait(), 320
    mirrored = replace(
        person,
        points=MESH478.flip(person.points, person.image.shape[1]),
        eye_layer=np.ascontiguousarray(person.eye_layer[:, ::-1]),
    )
    points = renderer().landmarks(closed(closure, closure), STILL, STILL)[:, :2]
    plain = np.random.default_rng(3).integers(170, 180, (320, width, 3)).astype(np.uint8)
    right, left = plain.copy(), np.ascontiguousarray(plain[:, ::-1])
    EyePainter(person, R).paint(right, points, at_rest()[:, :2], NEAR.px_per_mm)
    flipped = MESH478.flip(at_rest()[:, :2], width)
    EyePainter(mirrored, L).paint(left, MESH478.flip(points, width), flipped, NEAR.px_per_mm)
    difference = np.abs(right.astype(int) - left[:, ::-1])[(right != plain).any(axis=2)]
    assert len(difference) > 800
    assert difference.mean() < 6


@pytest.mark.parametrize("number", [0, 6])
@pytest.mark.parametrize("side", SIDES)
def test_the_iris_stays_where_it_is_while_the_lids_move(number, side):
    """Closing lids must not pull the iris along: the millimetres of the whole face hang on it (reference B4)."""
    centre = mesh_regions(side).iris_centre
    for closure in (-0.3, 0.0, 0.2):
        image, points = picture(closed(closure, closure, number=number), number=number)
        place, _ = iris_seen(image, points, side)
        assert np.abs(place - points[centre, :2]).max() < 0.5


def test_a_closing_lid_covers_the_iris_from_above():
    for side in SIDES:
        place = at_rest()[mesh_regions(side).iris_centre, :2] + [0.8 * NEAR.px_per_mm, -1.2 * NEAR.px_per_mm]
        above = [sampled(grey(picture(closed(c, c))[0]), place) for c in (0.0, 0.85)]
        assert above[0] < 110
        assert above[1] > above[0] + 30


def test_a_photograph_has_its_own_lashes_while_it_is_open():
    """A line that is painted over them would make every eye of a photograph heavy; closing brings it."""
    drawn = portrait()
    plain = np.full((320, 320, 3), 180, np.uint8)
    darkest = {}
    for is_drawn in (True, False):
        painter = EyePainter(replace(drawn, drawn=is_drawn), R)
        for closure in (0.0, 1.0):
            points = renderer().landmarks(closed(closure, closure), STILL, STILL)[:, :2]
            image = plain.copy()
            painter.paint(image, points, at_rest()[:, :2], NEAR.px_per_mm)
            darkest[is_drawn, closure] = sampled(grey(image), upper_margin(points, R) - [0, 0.5]).mean()
    assert darkest[True, 0.0] < 100
    assert darkest[False, 0.0] > darkest[True, 0.0] + 25
    assert darkest[False, 1.0] == pytest.approx(darkest[True, 1.0], abs=3)


def test_painting_stays_near_the_eye():
    image = np.full((320, 320, 3), 180, np.uint8)
    EyePainter(portrait(), R).paint(image, at_rest()[:, :2], at_rest()[:, :2], NEAR.px_per_mm)
    touched = (image != 180).any(axis=2)
    assert touched.sum() > 500
    assert not (touched & ~inside(lid_outline(at_rest(), R), (320, 320), -8)).any()


@pytest.mark.parametrize("shift", [(400, 0, 0), (70, 0, 0), (0, -110, 0)])
def test_an_eye_at_or_beyond_the_edge_of_the_picture_does_no_harm(shift):
    for shape in (closed(0, 0), closed(1, 0.5)):
        image, points = picture(shape, shift=shift)
        assert image.shape == (320, 320, 3)
    assert not np.array_equal(image, picture()[0])
    assert points[:, 0].max() > 320 or points[:, 1].max() > 320


@pytest.mark.parametrize("shift_mm", [54, 56, 58, 60])
def test_lid_skin_beyond_the_edge_of_the_picture_does_no_harm(shift_mm):
    """The eye is still in the picture, but the skin from which its lid takes the colour is not."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image, points = picture(closed(1, 1), shift=(0, shift_mm, 0))
    assert points[mesh_regions(R).iris_centre, 1] < 20
    assert image[:12, 60:260].mean() > 40


def test_a_tilted_head_shuts_its_eyes_too():
    """Lids are painted along their landmarks, not along the rows of the picture."""
    for pose in ((0, 0, 20), (0, 0, -20)):
        rest = renderer().landmarks(portrait().shape_mm, np.array(pose, float), STILL)
        image, _ = picture(closed(1, 1), pose=pose)
        opened, _ = picture(pose=pose)
        for side in SIDES:
            assert whites(image, rest, side) <= FEW
            assert whites(opened, rest, side) > 100


def test_the_colour_of_the_lid_goes_with_the_light():
    """A lid in its own colour would glow in a darkened face: it is taken from the skin beside it in this very picture."""
    dim = replace(portrait(), image=(portrait().image * 0.5).astype(np.uint8))
    image = Renderer(dim, NEAR).frame(closed(1, 1), STILL, STILL)
    usual, _ = picture(closed(1, 1))
    lid = inside(lid_outline(at_rest(), R), (320, 320), 6)
    assert image[lid].mean() < 0.75 * usual[lid].mean()
