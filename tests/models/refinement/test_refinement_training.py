"""Training: it lowers its loss, can be repeated, and its pictures move with their points."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from models.refinement.alignment import CROP_HEIGHT, CROP_WIDTH, EYE, MM_PER_PX, MOUTH, REGIONS
from models.refinement.augment import MARGIN_MM, NONE, STORED_MM_PER_PX, STORED_SIZE, Augmentation, augmented
from models.refinement.data import Halves, split_people
from models.refinement.network import Look, RefinementNetwork, parameter_count
from models.refinement.training import TrainingOptions, lid_gaps, refinement_loss, train

PLACE_ONLY = replace(Augmentation(), pictures=False)


def spot_picture(u_mm, v_mm):
    """A stored crop with a soft bright spot at u and v."""
    rows, columns = np.mgrid[0 : STORED_SIZE[1], 0 : STORED_SIZE[0]] * STORED_MM_PER_PX - MARGIN_MM
    spot = np.exp(-((columns - u_mm) ** 2 + (rows - v_mm) ** 2) / (2 * 2.0**2))
    return np.repeat((40 + 200 * spot)[..., None], 3, axis=2).astype(np.uint8)


def synthetic_halves(count, seed):
    """Spots whose place is the truth of all points, which the mesh misses."""
    random = np.random.default_rng(seed)
    where = random.uniform([16, 22], [34, 44], (count, 2))
    pictures = np.stack([spot_picture(*place) for place in where])
    truth = {r.name: np.repeat(where[:, None], len(r.points), axis=1).astype(np.float32) for r in REGIONS}
    mesh = {k: (np.array([25.0, 33.0]) + 0 * v).astype(np.float32) for k, v in truth.items()}
    return Halves(np.array(["a"] * count), {r.name: pictures for r in REGIONS}, mesh, truth)


@pytest.fixture(scope="module")
def trained():
    options = TrainingOptions(steps=50, batch=12, check_every=25, learning_rate=2e-3, seed=5, augmentation=PLACE_ONLY)
    lines = []
    return *train(synthetic_halves(48, 0), synthetic_halves(12, 1), options, lines.append), lines


def test_training_lowers_its_loss_and_beats_the_mesh_on_others(trained):
    _, reports, lines = trained
    for region in REGIONS:
        report = reports[region.name]
        assert np.isfinite(report.loss).all()
        assert report.loss[-10:].mean() < 0.6 * report.loss[:5].mean()
        assert min(value for _, value in report.validation) < 0.8 * report.mesh_mm
        assert any(line.startswith(region.name) for line in lines)


def test_the_same_seed_gives_the_same_network():
    halves = synthetic_halves(8, 0)
    options = TrainingOptions(steps=2, batch=4, check_every=2, seed=7)
    one, other = (train(halves, halves, options, lambda _: None)[0].state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_it_begins_as_the_mesh_and_is_small():
    network = RefinementNetwork().eval()
    assert parameter_count(network) <= 1_600_000
    crops = np.random.default_rng(0).integers(0, 256, (2, CROP_HEIGHT, CROP_WIDTH, 3), dtype=np.uint8)
    for region in REGIONS:
        mesh = np.random.default_rng(1).uniform(0, 60, (2, len(region.points), 2)).astype(np.float32)
        np.testing.assert_allclose(network.refine(region.name, crops, mesh), mesh, atol=1e-5)


def test_every_point_looks_where_it_is():
    """Features that hold their own place in the crop are seen around every point at that place, on fine and coarse maps alike."""
    maps = []
    for halved in (2, 4):
        rows, columns = np.mgrid[0 : CROP_HEIGHT // halved, 0 : CROP_WIDTH // halved]
        places = np.stack([columns, rows]) * halved + (halved - 1) / 2
        maps.append(torch.from_numpy((places * MM_PER_PX)[None].astype(np.float32)))
    look = Look(2, (2, 2))
    points = torch.tensor([[[20.3, 31.7], [33.0, 14.2]]])
    seen = look.around(maps, points).reshape(1, 2, 9, 4)
    for part in (slice(0, 2), slice(2, 4)):
        torch.testing.assert_close(seen[0, :, 4, part], points[0], atol=1e-3, rtol=0)
    # One pixel of the features apart, row by row.
    torch.testing.assert_close(
        seen[0, 0, 5, :2] - seen[0, 0, 4, :2], torch.tensor([2 * MM_PER_PX, 0.0]), atol=1e-3, rtol=0
    )
    torch.testing.assert_close(
        seen[0, 0, 7, 2:] - seen[0, 0, 4, 2:], torch.tensor([0.0, 4 * MM_PER_PX]), atol=1e-3, rtol=0
    )


def test_even_grey_gives_finite_points():
    """A black or covered camera."""
    network = RefinementNetwork().eval()
    crops = np.zeros((1, CROP_HEIGHT, CROP_WIDTH, 3), np.uint8)
    assert np.isfinite(network.refine("eye", crops, np.zeros((1, len(EYE.points), 2)))).all()


def test_points_move_with_their_picture():
    random = np.random.default_rng(2)
    for _ in range(6):
        place = random.uniform([14, 16], [36, 48])
        crop, (moved,) = augmented(spot_picture(*place), (place[None],), PLACE_ONLY, random)
        assert crop.shape == (CROP_HEIGHT, CROP_WIDTH, 3)
        bright = np.clip(crop[..., 0].astype(float) - 60, 0, None)
        rows, columns = np.mgrid[0:CROP_HEIGHT, 0:CROP_WIDTH] * MM_PER_PX
        seen = np.array([(bright * columns).sum(), (bright * rows).sum()]) / bright.sum()
        np.testing.assert_allclose(seen, moved[0], atol=0.25)


def test_no_augmentation_leaves_points_alone():
    place = np.array([[20.0, 30.0]])
    _, (moved,) = augmented(spot_picture(20, 30), (place,), NONE, np.random.default_rng(0))
    np.testing.assert_allclose(moved, place, atol=1e-9)


def test_every_camera_gives_a_picture():
    random = np.random.default_rng(3)
    for _ in range(40):
        crop, _ = augmented(spot_picture(25, 30), (), Augmentation(), random)
        assert crop.dtype == np.uint8
        assert crop.shape == (CROP_HEIGHT, CROP_WIDTH, 3)


def test_the_loss_counts_the_gap_between_the_lids_beside_the_distance():
    truth = torch.zeros(1, len(EYE.points), 2)
    shifted, opened = truth + torch.tensor([0.0, 1.0]), truth.clone()
    opened[:, 7:14, 1] += 1.0
    assert torch.equal(lid_gaps(opened), torch.ones(1, 7))
    assert torch.equal(lid_gaps(shifted), torch.zeros(1, 7))
    assert float(refinement_loss(shifted, truth, EYE)) == pytest.approx(1.0, abs=0.01)
    assert float(refinement_loss(opened, truth, EYE)) == pytest.approx(7 / 24 + 0.7, abs=0.02)
    mouth = torch.zeros(1, len(MOUTH.points), 2)
    assert float(refinement_loss(mouth + torch.tensor([0.0, 1.0]), mouth, MOUTH)) == pytest.approx(1.0, abs=0.01)


def test_nobody_is_trained_and_tested_on():
    names = [f"{i:03}" for i in range(68)]
    people = split_people(reversed(names))
    assert people == split_people(names)
    assert (len(people.training), len(people.validation), len(people.test)) == (52, 8, 8)
    assert sorted((*people.training, *people.validation, *people.test)) == names
    assert people.test == tuple(names[::8][:8])  # those of the project's other tests on photographs


def test_halves_are_kept_whole(tmp_path):
    halves = synthetic_halves(3, 0)
    halves.save(tmp_path / "halves.npz")
    again = Halves.load(tmp_path / "halves.npz")
    assert list(again.person) == ["a"] * 3
    assert np.array_equal(again.crops["eye"], halves.crops["eye"])
    assert np.array_equal(again.truth_mm["mouth"], halves.truth_mm["mouth"])
    assert len(again.of(["b"])) == 0


def test_spots_are_drawn_where_they_should_be():
    """The picture of these tests itself."""
    picture = spot_picture(20.0, 30.0)
    row, column = np.unravel_index(cv2.GaussianBlur(picture[..., 0], (0, 0), 1).argmax(), picture.shape[:2])
    assert column * STORED_MM_PER_PX - MARGIN_MM == pytest.approx(20.0, abs=0.6)
    assert row * STORED_MM_PER_PX - MARGIN_MM == pytest.approx(30.0, abs=0.6)
