"""Skin, hair, neck and clothes of drawn people: they leave the face free, fit their person and stand before the wall."""

from dataclasses import replace

import numpy as np
import pytest

from core.phantom.drawing.body import paint_background, paint_clothes, paint_neck
from core.phantom.drawing.canvas import Canvas
from core.phantom.drawing.hair import CUTS, paint_back_hair, paint_bun, paint_front_hair, paint_stubble
from core.phantom.drawing.identity import IDENTITIES, HairStyle
from core.phantom.drawing.shape import face_shape
from core.phantom.drawing.skin import head_outline, paint_ears, paint_jaw, skin_picture
from core.phantom.warp import FACE_OVAL

PERSON = IDENTITIES[0]
SHAPE = face_shape(PERSON)
# Brows, eyes, nose, cheeks, mouth and chin: what is tracked must be seen.
TRACKED = [105, 334, 70, 300, 468, 473, 33, 263, 1, 4, 50, 280, 61, 291, 0, 17, 152, 205, 425]


@pytest.fixture
def canvas():
    fresh = Canvas(160)
    fresh.paint[...] = 128
    return fresh


@pytest.fixture
def seen(canvas):
    return canvas.seen(SHAPE)


def at(canvas, field, flat_mm):
    columns, rows = np.rint(canvas.pixels(np.atleast_2d(flat_mm))).astype(int).T
    return field[rows, columns]


def skull_of(canvas, seen):
    return canvas.full(canvas.mask(head_outline(seen), 0.6))


# -------------------------------------------------------------------------------------------------------------------- skin


def test_the_head_holds_the_whole_face(canvas, seen):
    outline = head_outline(seen)
    skull = canvas.full(canvas.mask(outline))
    inner = seen[list(FACE_OVAL)] * 0.97
    assert at(canvas, skull, inner).min() == 1
    assert at(canvas, skull, [[0, 85]])[0] == 1  # the skull goes on above the forehead
    assert outline[:, 1].max() < 105
    assert np.abs(outline[:, 0].min() + outline[:, 0].max()) < 6


def test_skin_is_lit_from_above_on_the_patients_right(canvas, seen):
    skin = skin_picture(canvas, PERSON, SHAPE, seen).mean(axis=2)
    right, left = (np.median(at(canvas, skin, seen[points])) for points in ([50, 205, 36, 187], [280, 425, 266, 411]))
    assert right > left + 3
    assert np.median(at(canvas, skin, seen[[151, 108, 337, 9]])) > np.median(at(canvas, skin, seen[[199, 200, 18]]))


def test_skin_has_its_colour_and_its_texture(canvas, seen):
    for identity in (IDENTITIES[3], IDENTITIES[6]):
        skin = skin_picture(canvas, identity, SHAPE, seen)
        assert np.isfinite(skin).all()
        assert skin.min() >= 0
        assert skin.max() <= 255
        face = canvas.full(canvas.mask(seen[list(FACE_OVAL)])) > 0.5
        assert np.abs(np.median(skin[face], axis=0) - identity.skin).max() < 20
        patch = skin[face][:, 1]
        assert patch.std() > 5


def test_freckles_show_on_those_who_have_them(canvas, seen):
    none, many = (skin_picture(canvas, replace(PERSON, freckles=f), SHAPE, seen) for f in (0.0, 1.0))
    darker = (none - many).mean(axis=2) > 4
    assert darker.sum() > 100
    y = canvas.y_mm[darker]
    assert np.percentile(y, 5) > -55
    assert np.percentile(y, 95) < 10


def test_ears_stand_beside_the_face(canvas, seen):
    cover = paint_ears(canvas, PERSON, np.full((*canvas.size, 3), 180, np.float32), seen)
    assert cover.max() == pytest.approx(1, abs=0.01)
    for sign, front in ((-1, 234), (1, 454)):
        assert at(canvas, cover, seen[front] + [sign * 7, 5])[0] > 0.9
        assert at(canvas, cover, seen[front] - [sign * 20, 0])[0] == 0
    assert at(canvas, cover, seen[TRACKED]).max() == 0


def test_the_jaw_is_shaded_inside_the_face_only(canvas, seen):
    face = canvas.mask(head_outline(seen), 0.6)
    paint_jaw(canvas, seen, face)
    shaded = canvas.paint.mean(axis=2) < 126
    assert at(canvas, shaded, seen[[172, 397, 152]] * [0.97, 0.98]).all()
    assert not shaded[canvas.full(face) == 0].any()
    assert not at(canvas, shaded, seen[[1, 50, 280, 105, 334]]).any()


# -------------------------------------------------------------------------------------------------------------------- hair


@pytest.mark.parametrize("style", list(HairStyle))
def test_hair_covers_the_skull_and_leaves_the_face_free(canvas, style):
    """For every style and for faces of every width."""
    for number in (0, 6):
        identity = replace(IDENTITIES[number], style=style)
        points = canvas.seen(face_shape(identity))
        cover = paint_front_hair(canvas, identity, skull_of(canvas, points))
        assert cover.shape == canvas.size
        assert 0 <= cover.min() <= cover.max() <= 1
        assert at(canvas, cover, points[TRACKED]).max() < 0.02
        sides = [[-72, 30], [72, 30]] if style is HairStyle.BALDING else [[-62, 62], [62, 62], [0, 92]]
        assert at(canvas, canvas.soft(cover, 3.0), sides).min() > 0.25


def test_styles_differ_in_length_and_fullness(canvas, seen):
    skull = skull_of(canvas, seen)
    cover = {s: paint_front_hair(Canvas(160), replace(PERSON, style=s), skull) for s in HairStyle}
    amount = {style: float(field.sum()) for style, field in cover.items()}
    assert min(amount, key=amount.get) is HairStyle.BALDING
    assert amount[HairStyle.LONG] > amount[HairStyle.BOB] > amount[HairStyle.SHORT] > amount[HairStyle.CROPPED]
    assert at(canvas, cover[HairStyle.LONG], [[80, -100], [-80, -100]]).min() > 0.5
    assert at(canvas, cover[HairStyle.SHORT], [[80, -100], [-80, -100]]).max() == 0


@pytest.mark.parametrize("style", list(HairStyle))
def test_hair_falls_behind_the_neck_where_it_is_long(canvas, style):
    before = canvas.paint.copy()
    cover = paint_back_hair(canvas, replace(PERSON, style=style))
    painted = (canvas.paint != before).any(axis=2)
    assert bool(CUTS[style].back) == painted.any() == (cover.max() > 0)
    if painted.any():
        assert at(canvas, cover, [[-60, -30], [60, -30]]).min() > 0.9


def test_only_tied_hair_has_a_knot(canvas):
    for style in HairStyle:
        cover = paint_bun(canvas, replace(PERSON, style=style))
        assert (at(canvas, cover, [[0, 115]])[0] > 0.9) == (style is HairStyle.TIED)
    assert canvas.paint.min() < 100


def test_hair_has_its_colour(canvas, seen):
    skull = skull_of(canvas, seen)
    for identity in (IDENTITIES[3], IDENTITIES[4]):
        canvas.paint[...] = 128
        cover = paint_front_hair(canvas, identity, skull)
        colour = np.median(canvas.paint[cover > 0.95], axis=0)
        assert np.abs(colour - identity.hair).max() < 45
        assert np.std(canvas.paint[cover > 0.95].mean(axis=1)) > 6  # strands


def test_hair_is_the_same_for_the_same_seed(canvas, seen):
    skull = skull_of(canvas, seen)
    one, same = (paint_front_hair(Canvas(160), PERSON, skull) for _ in range(2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, paint_front_hair(Canvas(160), replace(PERSON, seed=7), skull))


def test_stubble_grows_on_the_jaw_and_not_on_lips_or_forehead(canvas, seen):
    face = canvas.full(canvas.mask(seen[list(FACE_OVAL)]))
    paint_stubble(canvas, replace(PERSON, stubble=0.0), seen, face)
    assert (canvas.paint == 128).all()
    paint_stubble(canvas, replace(PERSON, stubble=1.0), seen, face)
    darker = canvas.soft((128 - canvas.paint.mean(axis=2)).clip(0), 3.0)
    jaw = at(canvas, darker, seen[[150, 379]] * [0.85, 0.97])
    assert jaw.min() > 2
    assert at(canvas, darker, seen[[9, 151, 117, 346, 468, 473]]).max() < 0.2
    assert at(canvas, darker, [(seen[13] + seen[17]) / 2])[0] < 0.4 * jaw.min()


# -------------------------------------------------------------------------------------------------------------------- body


def test_the_wall_is_even_and_lighter_behind_the_head(canvas):
    paint_background(canvas, PERSON)
    wall = canvas.paint.mean(axis=2)
    assert np.abs(np.diff(wall, axis=1)).max() < 4
    assert wall[60, 160] > wall[-1, 0] + 20
    assert wall.max() <= 255


def test_neck_and_clothes_lie_below_the_face(canvas, seen):
    skin = np.full((*canvas.size, 3), 180, np.float32)
    neck = canvas.full(paint_neck(canvas, PERSON, skin, seen))
    clothes = canvas.full(paint_clothes(canvas, PERSON, seen))
    chin = seen[152]
    assert at(canvas, neck, chin - [0, 15])[0] > 0.999
    assert at(canvas, neck, seen[[1, 50, 280, 105, 334]]).max() == 0
    assert at(canvas, clothes, [chin - [0, 70], chin - [60, 70], chin - [-60, 70]]).min() > 0.99
    assert at(canvas, clothes, [chin, chin - [0, 20]]).max() == 0
    # Every pixel of the lower edge is clothed, so that no wall shows through the chest.
    assert clothes[-1, 100:220].min() > 0.99
    cloth = np.median(canvas.paint[clothes > 0.99], axis=0)
    assert np.abs(cloth - PERSON.cloth).max() < 30
