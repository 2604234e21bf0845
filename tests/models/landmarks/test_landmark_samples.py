"""Crops and what is done to them: points stay on what they mark, and a mirrored face has its sides renamed."""

from dataclasses import replace

import numpy as np
import pytest

from core.face.landmarks import IBUG68
from models.landmarks.crops import OFFICIAL_CROP, SMALL_CROP, Crop, CropPlan
from models.landmarks.manifest import read_manifest
from models.landmarks.samples import BOX_ERROR, USUAL, Samples, mirrored
from tests.landmark_samples import SIDE_PX, face_points, picture_of, small_manifest

RIGHT_CORNER, LEFT_CORNER, RIGHT_BROW, LEFT_BROW = 48, 54, 17, 26


def redness(picture: np.ndarray, point: np.ndarray) -> float:
    """Red minus blue where a point lies; above 0 in the picture's left half of the test pictures."""
    x, y = np.rint(point).astype(int)
    red, _, blue = picture[y, x].astype(float)
    return red - blue


def test_a_mirrored_face_has_its_points_renamed():
    """The spot of the right corner of the mouth is then on the other side of the picture and is the left corner's."""
    points = face_points()
    picture = picture_of(points)
    flipped, renamed = mirrored(picture, points)
    for right, left in ((RIGHT_CORNER, LEFT_CORNER), (RIGHT_BROW, LEFT_BROW)):
        assert points[right, 0] < points[left, 0]
        assert renamed[right, 0] < renamed[left, 0]
        assert redness(picture, points[right]) > 0
        assert redness(flipped, renamed[right]) < 0
        assert np.allclose(renamed[right], [SIDE_PX - 1 - points[left, 0], points[left, 1]])
    again = mirrored(flipped, renamed)
    assert np.array_equal(again[0], picture)
    assert np.allclose(again[1], points)


def test_the_mirror_table_is_the_projects_one():
    assert np.array_equal(mirrored(np.zeros((9, 9, 3), np.uint8), face_points())[1], IBUG68.flip(face_points(), 9))


@pytest.mark.parametrize("plan", [OFFICIAL_CROP, SMALL_CROP, CropPlan(64, 1.2)])
def test_the_way_to_the_crop_and_back(plan):
    points = face_points()
    crop = Crop.around(points, plan, turn_deg=11, zoom=1.1, shift=(0.02, -0.04))
    assert np.allclose(crop.to_picture(crop.to_crop(points)), points)
    assert crop.cut(picture_of(points)).shape == (plan.size_px, plan.size_px, 3)
    plain = Crop.around(points, plan).to_crop(points)
    assert plain.min() > 0
    assert plain.max() < plan.size_px - 1


def test_a_crop_is_upright_and_shows_what_the_points_mark():
    """However the head is tilted, and whatever the size of the picture: the points lie on their spots in the crop."""
    points = face_points()
    angle = np.radians(25)
    turned = (points - 80) @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + 80
    crop = Crop.around(turned, CropPlan(128, 1.4))
    placed = crop.to_crop(turned)
    assert placed[36, 1] == pytest.approx(placed[45, 1])
    assert np.allclose(placed, Crop.around(points, CropPlan(128, 1.4)).to_crop(points), atol=4)
    cut = crop.cut(picture_of(turned))
    assert cut[tuple(np.rint(placed[30]).astype(int)[::-1])].max() > 150


def test_a_mirrored_picture_gives_the_mirrored_crop():
    points = face_points(np.random.default_rng(2))
    flipped, renamed = mirrored(picture_of(points), points)
    one = Crop.around(points, SMALL_CROP).cut(picture_of(points))
    other = Crop.around(renamed, SMALL_CROP).cut(flipped)
    assert np.abs(one[:, ::-1].astype(int) - other).mean() < 1


class TestBatches:
    @pytest.fixture(scope="class")
    @classmethod
    def samples(cls, tmp_path_factory):
        cls.items = read_manifest(small_manifest(tmp_path_factory.mktemp("data")))
        return Samples(cls.items, CropPlan(64, 1.4))

    def test_shapes_and_ranges(self, samples):
        pictures, points, visible, crops = samples.batch([0, 3, 5], np.random.default_rng(0), USUAL)
        assert pictures.shape == (3, 3, 64, 64)
        assert pictures.dtype == points.dtype == np.float32
        assert 0 <= pictures.min() < pictures.max() <= 1
        assert points.shape == (3, 68, 2)
        assert visible.shape == (3, 68)
        assert visible.all()
        assert len(crops) == 3

    def test_the_way_back_to_the_picture(self, samples):
        _, points, _, crops = samples.batch(range(8), np.random.default_rng(0), BOX_ERROR)
        for item, found, crop in zip(self.items, points, crops, strict=True):
            assert np.allclose(crop.to_picture(found.astype(float)), item.points, atol=1e-3)

    def test_right_stays_right_in_every_augmented_picture(self, samples):
        random = np.random.default_rng(1)
        for _ in range(10):
            _, points, _, _ = samples.batch(range(8), random, USUAL)
            assert (points[:, RIGHT_CORNER, 0] < points[:, LEFT_CORNER, 0]).all()
            assert (points[:, 36, 0] < points[:, 45, 0]).all()

    def test_the_same_seed_gives_the_same_batch(self, samples):
        one, other = (samples.batch([1, 2], np.random.default_rng(9), USUAL)[0] for _ in range(2))
        assert np.array_equal(one, other)


def test_what_cannot_be_seen_changes_sides_with_its_point(tmp_path):
    """A hidden right corner of the mouth is a hidden left one in a mirror."""
    item = read_manifest(small_manifest(tmp_path, patients=1, pictures=1))[0]
    seen = np.ones(68, bool)
    seen[RIGHT_CORNER] = False
    samples = Samples([replace(item, visible=seen)], CropPlan(64, 1.4))
    for mirror, hidden in ((0.0, RIGHT_CORNER), (1.0, LEFT_CORNER)):
        _, _, visible, _ = samples.batch([0], np.random.default_rng(0), replace(USUAL, mirror=mirror))
        assert np.flatnonzero(~visible[0]).tolist() == [hidden]
