"""Parts of a drawn face, each painted alone: features, eyeballs and folds lie where their landmarks are, on their own side."""

from dataclasses import replace

import numpy as np
import pytest

from core.face.landmarks import MESH478, mesh_regions
from core.phantom.drawing.canvas import Canvas
from core.phantom.drawing.creases import draw_creases, resting_depths
from core.phantom.drawing.eyeballs import lid_openings, paint_eyeballs
from core.phantom.drawing.features import lip_outlines, paint_brows, paint_lips, paint_nose, paint_sockets
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.drawing.shape import face_shape
from core.phantom.portrait import Crease
from core.words import SIDES, Side

PERSON = IDENTITIES[0]
SHAPE = face_shape(PERSON)
SKIN = 200.0


@pytest.fixture
def canvas():
    """A canvas all of one grey."""
    fresh = Canvas(240)
    fresh.paint[...] = SKIN
    return fresh


@pytest.fixture
def seen(canvas):
    return canvas.seen(SHAPE)


def brightness(canvas):
    return canvas.paint.mean(axis=2)


def at(canvas, field, flat_mm):
    columns, rows = np.rint(canvas.pixels(np.atleast_2d(flat_mm))).astype(int).T
    return field[rows, columns]


def touched_mm(canvas):
    """(left, right, low, high) millimetres of what was painted."""
    changed = np.abs(brightness(canvas) - SKIN) > 2
    x, y = canvas.x_mm[changed], canvas.y_mm[changed]
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


# ---------------------------------------------------------------------------------------------------------------- features


def test_brows_lie_between_their_edges(canvas, seen):
    paint_brows(canvas, PERSON, seen)
    for side in SIDES:
        eye = mesh_regions(side)
        upper, lower = seen[list(eye.brow_upper)], seen[list(eye.brow_lower)]
        assert at(canvas, brightness(canvas), (upper + lower)[1:4] / 2).max() < SKIN - 40
        assert at(canvas, brightness(canvas), upper[1:4] + [0, 9]).min() > SKIN - 6
        assert at(canvas, brightness(canvas), lower[1:4] - [0, 7]).min() > SKIN - 6
        assert at(canvas, brightness(canvas), seen[eye.iris_centre])[0] == SKIN


def test_bushy_brows_are_darker_than_thin_ones():
    weights = {}
    for weight in (0.7, 1.4):
        canvas = Canvas(240)
        canvas.paint[...] = SKIN
        paint_brows(canvas, replace(PERSON, brow_weight=weight), canvas.seen(SHAPE))
        weights[weight] = float((SKIN - brightness(canvas)).clip(0).sum())
    assert weights[1.4] > 1.5 * weights[0.7]


def test_lips_are_painted_inside_their_borders(canvas, seen):
    paint_lips(canvas, PERSON, seen)
    upper, between, lower = lip_outlines(seen)
    assert between[[0, -1]] == pytest.approx(seen[[61, 291], :2])
    left, right, low, high = touched_mm(canvas)
    assert left > seen[61, 0] - 11
    assert right < seen[291, 0] + 11
    assert high < upper[:, 1].max() + 5
    assert low > lower[:, 1].min() - 12
    reddened = canvas.paint[..., 0] - canvas.paint[..., 1]
    middle = slice(20, 44)
    assert at(canvas, reddened, (upper + between)[middle] / 2).min() > 25
    assert at(canvas, reddened, (lower + between)[middle] / 2).min() > 10
    assert np.abs(at(canvas, reddened, upper[middle] + [0, 4])).max() < 8
    seam = at(canvas, brightness(canvas), between[middle])
    assert seam.max() < at(canvas, brightness(canvas), (lower + between)[middle] / 2).min()


def test_nostrils_are_dark_and_the_bridge_is_not(canvas, seen):
    paint_nose(canvas, PERSON, seen)
    nostrils = seen[[[60, 75, 166, 79, 20], [290, 305, 392, 309, 250]]].mean(axis=1)
    assert at(canvas, brightness(canvas), nostrils + [0, 0.5]).max() < 90
    assert at(canvas, brightness(canvas), seen[[6, 197]]).min() > SKIN - 15
    assert at(canvas, brightness(canvas), seen[[50, 280, 0, 17]]).min() > SKIN - 30


def test_lid_creases_lie_above_the_open_lids(canvas, seen):
    paint_sockets(canvas, PERSON, seen)
    for side in SIDES:
        eye = mesh_regions(side)
        middle = seen[eye.upper_lid[3]]
        profile = at(canvas, brightness(canvas), middle + [[0, dy] for dy in np.arange(0.0, 8.1, 0.5)])
        assert 1.5 <= 0.5 * profile.argmin() <= 5
        assert profile.min() < SKIN - 40


# ---------------------------------------------------------------------------------------------------------------- eyeballs


def test_an_eyeball_is_whole_behind_its_lids(canvas, seen):
    """The lids open wider than at rest in a palsy: white must go on where at rest there is skin."""
    canvas.paint[...] = (180, 120, 100)
    paint_eyeballs(canvas, PERSON, seen)
    for side in SIDES:
        eye = mesh_regions(side)
        centre = seen[eye.iris_centre]
        for away in ([9, 0], [-8.5, 0], [7, -5], [7, 5]):
            red, green, blue = at(canvas, canvas.paint, centre + np.array(away) * [side.lateral_sign, 1])[0]
            assert min(green, blue) > 0.8 * red
            assert red > 120
        assert at(canvas, brightness(canvas), centre)[0] < 40  # the pupil
        ring = [[4.2 * np.cos(a), 4.2 * np.sin(a)] for a in np.linspace(0, 2 * np.pi, 12, endpoint=False)]
        assert np.median(at(canvas, brightness(canvas), centre + ring)) < 130
        assert at(canvas, brightness(canvas), centre + [0, 30])[0] == pytest.approx((180 + 120 + 100) / 3)


def test_the_eye_reflects_the_light_beside_its_pupil(canvas, seen):
    """A tracker of irises expects the dark centre; the bright spot must not sit on it."""
    paint_eyeballs(canvas, PERSON, seen)
    for side in SIDES:
        centre = seen[mesh_regions(side).iris_centre]
        assert at(canvas, brightness(canvas), centre + [-1.7, 1.9])[0] > 200
        assert at(canvas, brightness(canvas), centre)[0] < 60


def test_lid_openings_are_what_the_lids_leave_open(canvas, seen):
    cover = lid_openings(canvas, seen)
    areas = []
    for side in SIDES:
        eye = mesh_regions(side)
        outline = seen[list(eye.eye_contour)]
        x, y = outline.T
        areas.append(0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))
        assert at(canvas, cover, seen[eye.iris_centre])[0] == 1
        assert at(canvas, cover, seen[[105, 334, 50, 280]]).max() == 0
    assert cover.sum() / canvas.px_per_mm**2 == pytest.approx(sum(areas), rel=0.2)


# ------------------------------------------------------------------------------------------------------------------- folds


def test_every_fold_is_drawn_for_each_side_on_its_side(canvas, seen):
    maps = draw_creases(canvas, seen)
    assert set(maps) == {(crease, side) for crease in Crease for side in SIDES}
    for (crease, side), patch in maps.items():
        field = canvas.full(patch)
        assert 0.5 < field.max() < 2.2, crease
        assert -0.8 < field.min() < 0, crease  # beside the valley the skin catches light
        weight = np.abs(field)
        own = weight[side.lateral_sign * canvas.x_mm > 0].sum()
        assert own > 0.9 * weight.sum(), crease


def test_folds_of_both_sides_mirror_each_other(canvas):
    even = (SHAPE + SHAPE[MESH478.mirror] * [-1, 1, 1]) / 2
    maps = draw_creases(canvas, canvas.seen(even))
    for crease in Crease:
        right, left = (canvas.full(maps[crease, side]) for side in (Side.RIGHT, Side.LEFT))
        # Column i mirrors to 480 - i: the midline runs through the middle of column 240.
        assert np.abs(right[:, 1:] - left[:, :0:-1]).mean() < 0.1 * np.abs(right).mean(), crease


@pytest.mark.parametrize(
    ("crease", "near", "mm"),
    [
        (Crease.FOREHEAD, 69, 35), (Crease.GLABELLA, 9, 20), (Crease.CROWS_FEET, 33, 35), (Crease.NASOLABIAL, 206, 22),
        (Crease.NOSE, 122, 18), (Crease.CHIN, 182, 25), (Crease.NECK, 152, 60),
    ],
)  # fmt: skip
def test_folds_lie_where_their_muscle_makes_them(canvas, seen, crease, near, mm):
    maps = draw_creases(canvas, seen)
    for side in SIDES:
        field = canvas.full(maps[crease, side]).clip(0)
        middle = np.array([(field * canvas.x_mm).sum(), (field * canvas.y_mm).sum()]) / field.sum()
        own = near if side is Side.RIGHT else MESH478.mirror[near]
        assert np.linalg.norm(middle - seen[own]) < mm


def test_resting_folds_deepen_with_age():
    young, middle, old = (resting_depths(replace(PERSON, age=age)) for age in (22, 50, 80))
    assert set(young) == {(Crease.NASOLABIAL, side) for side in SIDES}
    for key, depth in middle.items():
        assert depth > young.get(key, 0.0)
        assert old[key] > depth
        assert old[key] <= 0.6
    assert all(middle[crease, Side.RIGHT] == middle[crease, Side.LEFT] for crease, _ in middle)
