"""Painting tools of eyes and mouth: covers that lie where they should to a part of a pixel, and paint that stays inside them."""

import numpy as np
import pytest

from core.phantom.layers import Window, blend, line_mask, lines_mask, polygon_mask, shade, smooth_line

WHOLE = Window(0, 0, 60, 40)
SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 8.0], [0.0, 8.0]])


def centre_of(cover):
    rows, columns = np.mgrid[0 : cover.shape[0], 0 : cover.shape[1]]
    return np.array([np.sum(columns * cover), np.sum(rows * cover)]) / cover.sum()


# ------------------------------------------------------------------------------------------------------------------ window


def test_a_window_holds_its_points_and_stays_in_the_picture():
    points = np.array([[10.4, 20.6], [30.2, 25.0]])
    window = Window.around(points, 2.5, 100, 80)
    assert (window.left, window.top) == (7, 18)
    assert window.right >= 33
    assert window.bottom >= 28
    assert window.size == (window.right - window.left, window.bottom - window.top)
    assert window.offset.tolist() == [7, 18]
    cut = Window.around(points, 50.0, 100, 80)
    assert (cut.left, cut.top, cut.right, cut.bottom) == (0, 0, 82, 76)


def test_a_window_beyond_the_picture_is_none():
    assert Window.around(np.array([[-40.0, 10.0], [-30.0, 20.0]]), 3.0, 100, 80) is None
    assert Window.around(np.array([[120.0, 10.0], [130.0, 20.0]]), 3.0, 100, 80) is None


def test_a_view_writes_into_the_picture():
    picture = np.zeros((40, 60, 3), np.uint8)
    Window(5, 6, 9, 8).of(picture)[...] = 7
    assert picture.sum() == 4 * 2 * 3 * 7
    assert (picture[6:8, 5:9] == 7).all()


# ------------------------------------------------------------------------------------------------------------------- lines


def test_a_smooth_line_runs_through_its_points_from_first_to_last():
    points = np.array([[0.0, 0.0], [4.0, 3.0], [9.0, 2.0], [15.0, -1.0]])
    line = smooth_line(points, 400)
    assert line.shape == (400, 2)
    assert line[[0, -1]] == pytest.approx(points[[0, -1]])
    for point in points:
        assert np.linalg.norm(line - point, axis=1).min() < 0.05


def test_a_smooth_line_has_no_corner():
    points = np.array([[0.0, 0.0], [5.0, 5.0], [10.0, 0.0]])
    heading = np.diff(smooth_line(points, 200), axis=0)
    angle = np.rad2deg(np.unwrap(np.arctan2(heading[:, 1], heading[:, 0])))
    assert np.abs(np.diff(angle)).max() < 3
    assert angle[0] - angle[-1] > 90


def test_repeated_points_do_no_harm():
    """Shut lids and closed lips put points on top of each other."""
    points = np.array([[0.0, 0.0], [0.0, 0.0], [4.0, 3.0], [4.0, 3.0], [9.0, 2.0]])
    assert np.isfinite(smooth_line(points)).all()
    assert smooth_line(points) == pytest.approx(smooth_line(points[[0, 2, 4]]))
    assert smooth_line(points[:4], 5) == pytest.approx(np.linspace([0, 0], [4, 3], 5))


# ------------------------------------------------------------------------------------------------------------------ covers


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 0.8])
def test_a_polygon_covers_its_place_to_a_part_of_a_pixel(shift):
    """Lids that move by a tenth of a pixel a frame must move in the picture, too."""
    cover = polygon_mask(SQUARE + [20 + shift, 15 + shift], WHOLE)
    assert cover.dtype == np.float32
    assert cover.shape == (40, 60)
    assert cover.max() == 1
    assert centre_of(cover) == pytest.approx([25 + shift, 19 + shift], abs=0.15)
    assert cover.sum() == pytest.approx(80, rel=0.07)


def test_a_cover_does_not_depend_on_its_window():
    outline = SQUARE + [20.3, 15.6]
    window = Window(12, 8, 50, 33)
    assert np.array_equal(polygon_mask(outline, window), window.of(polygon_mask(outline, WHOLE)))
    assert np.array_equal(line_mask(outline, 2.0, window), window.of(line_mask(outline, 2.0, WHOLE)))


@pytest.mark.parametrize("thickness", [1.0, 2.5, 6.0])
def test_a_line_is_as_thick_as_asked(thickness):
    line = np.array([[5.0, 20.0], [55.0, 20.0]])
    cover = line_mask(line, thickness, WHOLE)
    assert cover[:, 30].sum() == pytest.approx(thickness, abs=0.45)
    assert centre_of(cover[:, 20:40])[1] == pytest.approx(20, abs=0.1)


def test_softening_keeps_place_and_weight():
    sharp, soft = (polygon_mask(SQUARE + [25, 16], WHOLE, soften=s) for s in (0.0, 2.0))
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.01)
    assert centre_of(soft) == pytest.approx(centre_of(sharp), abs=0.02)
    assert soft.max() < sharp.max()
    softer = line_mask(np.array([[10.0, 20.0], [50.0, 20.0]]), 2.0, WHOLE, soften=1.5)
    assert softer[23, 30] > 0.05


def test_several_lines_are_not_joined():
    lines = np.array([[[5.0, 10.0], [5.0, 30.0]], [[50.0, 10.0], [50.0, 30.0]]])
    cover = lines_mask(lines, 1.0, WHOLE)
    assert cover[20, 5] > 0.9
    assert cover[20, 50] > 0.9
    assert not cover[:, 8:47].any()


# ------------------------------------------------------------------------------------------------------------------- paint


def test_blending_paints_where_the_cover_is_and_nowhere_else():
    picture = np.full((2, 3, 3), 100, np.uint8)
    blend(picture, np.array([200.0, 0.0, 100.0], np.float32), np.array([[0, 0.5, 1], [0, 0, 0]], np.float32))
    assert picture[0].tolist() == [[100, 100, 100], [150, 50, 100], [200, 0, 100]]
    assert (picture[1] == 100).all()


def test_blending_takes_a_picture_too():
    picture = np.zeros((2, 2, 3), np.uint8)
    laid = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    blend(picture, laid, np.ones((2, 2), np.float32))
    assert np.array_equal(picture, laid)


def test_colours_out_of_range_do_not_wrap_around():
    picture = np.full((1, 2, 3), 250, np.uint8)
    blend(picture, np.array([400.0, -90.0, 255.0], np.float32), np.ones((1, 2), np.float32))
    assert picture[0, 0].tolist() == [255, 0, 255]
    shade(picture, np.full((1, 2), 1.4, np.float32))
    assert (picture == 0).all()


def test_shading_darkens_by_its_part():
    picture = np.full((1, 3, 3), 200, np.uint8)
    shade(picture, np.array([[0.0, 0.25, 1.0]], np.float32))
    assert picture[0, :, 0].tolist() == [200, 150, 0]
