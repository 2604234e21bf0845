"""Light and sharpness of a face: the patient's right cheek is on the left of the picture, and only what is seen counts."""

import numpy as np
import pytest

from core.face.landmarks import MESH478, mesh_regions
from core.face.picture import cheek_luminance, sharpness
from core.words import Side
from tests.synthetic import neutral_face

WIDTH, HEIGHT, MIDDLE = 320, 400, 160


def face_in_picture(px_per_mm=1.5, shift_x=0.0):
    """(478, 3) pixels of a frontal face in the middle of the picture."""
    return neutral_face() * [px_per_mm, -px_per_mm, -px_per_mm] + [MIDDLE - 0.5 + shift_x, HEIGHT / 2, 0]


def two_tone(left, right):
    """A picture whose left and right halves have one grey each."""
    image = np.full((HEIGHT, WIDTH, 3), left, np.uint8)
    image[:, MIDDLE:] = right
    return image


def textured(seed=1, cell=4):
    """Random grey cells: sharp edges everywhere."""
    cells = np.random.default_rng(seed).integers(60, 200, (HEIGHT // cell, WIDTH // cell), dtype=np.uint8)
    return np.repeat(np.repeat(np.repeat(cells, cell, 0), cell, 1)[..., None], 3, 2)


def blurred(image, width):
    """Moving average of ``width`` pixels in both directions."""
    kernel = np.ones(width) / width
    grey = image[..., 0].astype(float)
    for axis in (0, 1):
        grey = np.apply_along_axis(np.convolve, axis, grey, kernel, mode="same")
    return np.repeat(grey.astype(np.uint8)[..., None], 3, 2)


def test_the_patients_right_cheek_is_on_the_left_of_the_picture():
    assert cheek_luminance(two_tone(60, 180), face_in_picture()).tolist() == [60, 180]


def test_a_mirrored_picture_swaps_the_cheeks():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    points = face_in_picture(shift_x=7.0)
    flipped = MESH478.flip(points, WIDTH)
    one, other = cheek_luminance(image, points), cheek_luminance(np.ascontiguousarray(image[:, ::-1]), flipped)
    assert one == pytest.approx(other[::-1])
    assert one[0] != pytest.approx(one[1], abs=1e-3)


def test_colours_weigh_as_the_eye_sees_them():
    """Rec. 601: 0.299 red, 0.587 green, 0.114 blue."""
    points = face_in_picture()
    for colour, luminance in (((200, 0, 0), 59.8), ((0, 200, 0), 117.4), ((0, 0, 200), 22.8)):
        image = np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
        assert cheek_luminance(image, points) == pytest.approx(luminance, abs=0.6)


def test_only_the_cheeks_count():
    image, points = two_tone(100, 100), face_in_picture()
    for side in Side:
        cheek = points[list(mesh_regions(side).cheek), :2]
        low, high = np.floor(cheek.min(axis=0)).astype(int), np.ceil(cheek.max(axis=0)).astype(int) + 1
        image[low[1] : high[1], low[0] : high[0]] = 90
    image[image == 100] = 255
    assert cheek_luminance(image, points).tolist() == [90, 90]


def test_a_cheek_outside_the_picture_is_missing_and_a_cut_one_is_measured_where_it_is_seen():
    points = face_in_picture()
    right_cheek = points[list(mesh_regions(Side.RIGHT).cheek), 0]
    gone = points - [right_cheek.max() + 5, 0, 0]
    right, left = cheek_luminance(two_tone(60, 60), gone)
    assert np.isnan(right)
    assert left == 60
    cut = points - [right_cheek.mean(), 0, 0]
    assert cheek_luminance(two_tone(60, 60), cut).tolist() == [60, 60]
    above = points - [0, 10 * HEIGHT, 0]
    assert np.isnan(cheek_luminance(two_tone(60, 60), above)).all()


def test_an_even_picture_has_no_sharpness():
    assert sharpness(two_tone(120, 120), face_in_picture()) == 0


def test_blur_lowers_the_sharpness_step_by_step():
    points = face_in_picture()
    values = [sharpness(textured(), points), *(sharpness(blurred(textured(), n), points) for n in (3, 7, 15))]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.3 * values[0]


def test_sharpness_is_that_of_the_face_not_of_the_background():
    points = face_in_picture(px_per_mm=0.8)
    low, high = np.floor(points[:, :2].min(axis=0)).astype(int), np.ceil(points[:, :2].max(axis=0)).astype(int) + 1
    behind = textured()
    behind[low[1] : high[1], low[0] : high[0]] = 120
    assert sharpness(behind, points) == 0


def test_a_face_of_twice_as_many_pixels_is_as_sharp():
    """Both are brought to 128 px of width first, so that coming closer does not count as focus."""
    small, large = face_in_picture(px_per_mm=0.9), face_in_picture(px_per_mm=1.8)
    one, two = sharpness(textured(cell=5), small), sharpness(textured(cell=10), large)
    assert one == pytest.approx(two, rel=0.35)


@pytest.mark.parametrize("px_per_mm", [0.02, 0.03])
def test_a_face_of_a_few_pixels_has_no_sharpness(px_per_mm):
    assert np.isnan(sharpness(textured(), face_in_picture(px_per_mm)))


def test_a_face_outside_the_picture_has_no_sharpness():
    assert np.isnan(sharpness(textured(), face_in_picture(shift_x=10 * WIDTH)))
