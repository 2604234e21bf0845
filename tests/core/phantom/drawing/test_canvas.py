"""The canvas: millimetres become the right pixels, covers lie where they should, and paint changes what it covers only."""

import numpy as np
import pytest

from core.phantom.drawing.canvas import (
    EYES_FROM_TOP,
    SUPERSAMPLE,
    WIDTH_MM,
    Canvas,
    Patch,
    curve,
    mixed,
    ramp,
    tinted,
)
from core.phantom.portrait import PORTRAIT_DISTANCE_MM

SQUARE = np.array([[-20.0, -10.0], [20.0, -10.0], [20.0, 30.0], [-20.0, 30.0]])


@pytest.fixture
def canvas():
    return Canvas(240)


def centre_mm(canvas, patch):
    weight = canvas.full(patch)
    return [float((field * weight).sum() / weight.sum()) for field in (canvas.x_mm, canvas.y_mm)]


def area_mm2(canvas, patch):
    return float(patch.cover.sum()) / canvas.px_per_mm**2


# ------------------------------------------------------------------------------------------------------------ millimetres


def test_the_sheet_is_wide_enough_and_finer_than_what_is_delivered(canvas):
    assert canvas.size == (480, 480)
    assert canvas.paint.shape == (480, 480, 3)
    assert canvas.px_per_mm == pytest.approx(480 / WIDTH_MM)
    assert SUPERSAMPLE == 2


def test_the_eyes_are_the_origin_and_up_is_up(canvas):
    origin = canvas.pixels(np.array([[0.0, 0.0]]))[0]
    assert origin.tolist() == [240, pytest.approx(EYES_FROM_TOP * 480)]
    moved = canvas.pixels(np.array([[10.0, 5.0]]))[0] - origin
    assert moved == pytest.approx(np.array([10, -5]) * canvas.px_per_mm)
    row, column = round(origin[1]), round(origin[0])
    assert canvas.x_mm[row, column + 30] == pytest.approx(30 / canvas.px_per_mm, abs=0.4)
    assert canvas.y_mm[row - 30, column] == pytest.approx(30 / canvas.px_per_mm, abs=0.4)


def test_near_points_look_larger(canvas):
    points = np.array([[50.0, -40.0, 0.0], [50.0, -40.0, 80.0], [50.0, -40.0, -80.0]])
    seen = canvas.seen(points)
    assert seen[0].tolist() == [50, -40]
    assert seen[1] == pytest.approx(np.array([50, -40]) / (1 - 80 / PORTRAIT_DISTANCE_MM))
    assert seen[2, 0] < 50


# ----------------------------------------------------------------------------------------------------------------- covers


@pytest.mark.parametrize("soften_mm", [0.0, 2.0])
def test_a_mask_has_its_place_and_area(canvas, soften_mm):
    mask = canvas.mask(SQUARE, soften_mm)
    assert centre_mm(canvas, mask) == pytest.approx([0, 10], abs=0.4)
    assert area_mm2(canvas, mask) == pytest.approx(40 * 40, rel=0.05)
    assert mask.cover.max() == pytest.approx(1, abs=0.01)
    assert mask.cover.size < canvas.full(mask).size / 4  # only the part that is needed is held


def test_a_line_has_its_width(canvas):
    across = canvas.line(np.array([[-60.0, 0.0], [60.0, 0.0]]), 6.0)
    column = canvas.full(across)[:, 240]
    assert 6 * canvas.px_per_mm - 1 < column.sum() < 6 * canvas.px_per_mm + 3  # the soft edge adds some pixels
    tapered = canvas.full(canvas.tapered(np.array([[-60.0, 0.0], [0.0, 0.0], [60.0, 0.0]]), np.array([2, 9, 2]), 0.0))
    assert tapered[:, 300].sum() > 2 * tapered[:, 180].sum()


def test_a_hill_has_its_height_and_spread(canvas):
    hill = canvas.blob((10.0, -20.0), (6.0, 3.0))
    field = canvas.full(hill)
    assert field.max() == pytest.approx(1, abs=0.02)
    assert centre_mm(canvas, hill) == pytest.approx([10, -20], abs=0.3)
    spread = [np.sqrt((field * (at - c) ** 2).sum() / field.sum()) for at, c in ((canvas.x_mm, 10), (canvas.y_mm, -20))]
    assert spread == pytest.approx([6, 3], rel=0.05)
    turned = canvas.full(canvas.blob((10.0, -20.0), (6.0, 3.0), 90.0))
    spread = np.sqrt((turned * (canvas.x_mm - 10) ** 2).sum() / turned.sum())
    assert spread == pytest.approx(3, rel=0.05)


def test_what_lies_beyond_the_sheet_is_left_out(canvas):
    assert canvas.full(canvas.mask(SQUARE + [2000.0, 0.0])).sum() == 0
    half = canvas.mask(SQUARE + [WIDTH_MM / 2, 0.0])
    assert area_mm2(canvas, half) == pytest.approx(20 * 40, rel=0.06)


def test_softening_keeps_the_weight_whatever_way_it_is_done(canvas):
    """Wide blurs are made at a quarter of the resolution; the difference must not show."""
    field = canvas.full(canvas.mask(SQUARE))
    for sigma_mm in (0.1, 2.0, 4.0, 12.0):
        soft = canvas.soft(field, sigma_mm)
        assert soft.shape == field.shape
        assert soft.sum() == pytest.approx(field.sum(), rel=0.01)
    narrow, wide = canvas.soft(field, 5.9), canvas.soft(field, 6.3)  # either side of the switch
    assert np.abs(narrow - wide).max() < 0.05


def test_noise_is_even_repeatable_and_as_coarse_as_asked(canvas):
    fine, coarse = (canvas.noise(np.random.default_rng(2), size) for size in (0.8, 12.0))
    assert fine.shape == canvas.size
    for noise in (fine, coarse):
        assert abs(noise.mean()) < 0.2
        assert 0.7 < noise.std() < 1.4
    steps = [np.abs(np.diff(noise, axis=1)).mean() for noise in (fine, coarse)]
    assert steps[0] > 5 * steps[1]
    assert np.array_equal(fine, canvas.noise(np.random.default_rng(2), 0.8))


# ------------------------------------------------------------------------------------------------------------ patch algebra


def filled(top, left, height, width, value=1.0):
    return Patch((slice(top, top + height), slice(left, left + width)), np.full((height, width), value, np.float32))


def test_patches_multiply_where_both_are(canvas):
    one, other = filled(10, 10, 20, 20, 0.5), filled(20, 25, 40, 40, 0.5)
    product = canvas.full(one * other)
    assert product.sum() == pytest.approx(10 * 5 * 0.25)
    assert product[25, 27] == 0.25
    assert canvas.full(one * filled(100, 100, 5, 5)).sum() == 0


def test_patches_add_up(canvas):
    total = canvas.full(filled(10, 10, 20, 20, 0.5) + filled(20, 25, 40, 40, 0.5))
    assert total.sum() == pytest.approx(400 * 0.5 + 1600 * 0.5)
    assert total[25, 27] == 1.0
    assert total[12, 12] == 0.5


def test_a_patch_times_a_field_or_a_number_stays_a_patch():
    patch = filled(10, 10, 4, 4)
    field = np.arange(480 * 480, dtype=np.float32).reshape(480, 480)
    for product in (patch * field, field * patch):
        assert isinstance(product, Patch)
        assert np.array_equal(product.cover, field[10:14, 10:14])
    assert (0.25 * patch).cover.max() == 0.25
    assert (patch * 3.0).clip().cover.max() == 1.0
    assert (patch * 0.5).power(2).cover.max() == 0.25
    assert patch.cover.max() == 1.0


# ------------------------------------------------------------------------------------------------------------------ paint


def test_paint_stays_under_its_cover(canvas):
    canvas.paint[...] = 100
    canvas.blend((200, 0, 100), filled(10, 20, 5, 5, 0.5))
    assert canvas.paint[12, 22].tolist() == [150, 50, 100]
    canvas.paint[10:15, 20:25] = 100
    assert (canvas.paint == 100).all()
    canvas.multiply((0.5, 1.0, 2.0), filled(10, 20, 5, 5))
    assert canvas.paint[12, 22].tolist() == [50, 100, 200]
    canvas.paint[10:15, 20:25] = 100
    assert (canvas.paint == 100).all()


def test_a_picture_is_laid_at_its_own_place(canvas):
    laid = np.zeros((*canvas.size, 3), np.float32)
    laid[12, 22] = [9, 8, 7]
    canvas.blend(laid, filled(10, 20, 5, 5))
    assert canvas.paint[12, 22].tolist() == [9, 8, 7]
    everywhere = np.ones(canvas.size, np.float32)
    canvas.blend((1, 2, 3), everywhere)
    assert (canvas.paint == [1, 2, 3]).all()


def test_a_union_takes_the_greater_cover(canvas):
    field = np.full(canvas.size, 0.4, np.float32)
    canvas.union(field, filled(10, 10, 5, 5, 0.9))
    canvas.union(field, filled(50, 50, 5, 5, 0.1))
    assert field[12, 12] == np.float32(0.9)
    assert field[52, 52] == np.float32(0.4)
    assert field[0, 0] == np.float32(0.4)


def test_strokes_have_their_own_colours(canvas):
    layer = np.zeros((*canvas.size, 3), np.uint8)
    lines = [np.array([[-30.0, 0.0], [-10.0, 0.0]]), np.array([[10.0, 0.0], [30.0, 0.0]])]
    canvas.strokes(layer, lines, np.array([[250, 0, 0], [0, 250, 0]]), 2.0)
    row = round(canvas.origin[1])
    assert layer[row, round(240 - 20 * canvas.px_per_mm)].tolist() == [250, 0, 0]
    assert layer[row, round(240 + 20 * canvas.px_per_mm)].tolist() == [0, 250, 0]
    assert layer[row, 240].tolist() == [0, 0, 0]


def test_colours_are_mixed_and_kept_in_range():
    assert mixed((0, 100, 200), (100, 100, 0), 0.5) == (50, 100, 100)
    assert mixed((10, 20, 30), (200, 200, 200), 0.0) == (10, 20, 30)
    assert tinted((100, 200, 50), (0.5, 2.0, 1.0)) == (50, 255, 50)
    colours = ramp(np.array([[-1.0, 0.5, 3.0]]), [(0.0, (0, 0, 0)), (1.0, (100, 200, 40))])
    assert colours[0].tolist() == [[0, 0, 0], [50, 100, 20], [100, 200, 40]]


def test_a_curve_runs_through_its_points():
    line = curve([(0, 0), (10, 5), (20, 0)], 81)
    assert line.shape == (81, 2)
    assert line[[0, -1]] == pytest.approx(np.array([[0, 0], [20, 0]]))
    assert np.linalg.norm(line - [10, 5], axis=1).min() < 0.01
