"""The FAN: the published layout, other sizes, and files that are refused with one sentence."""

import pickle

import pytest
import torch

from core.errors import UnavailableError
from models.landmarks.checkpoints import Checkpoint, load_checkpoint, new_network, official_checkpoint
from models.landmarks.crops import OFFICIAL_CROP, SMALL_CROP, CropPlan
from models.landmarks.network import FAN
from models.weights import save_weights, shapes_of


def tiny() -> Checkpoint:
    torch.manual_seed(1)
    return Checkpoint(new_network(1, 16).state_dict(), CropPlan(64, 1.3))


@pytest.fixture(scope="module")
def official_state():
    """Zeros in the shapes of the published file, made from the package's own network."""
    theirs = pytest.importorskip("face_alignment.models.fan").FAN(4)
    return {name: torch.zeros(shape) for name, shape in shapes_of(theirs).items() if "num_batches" not in name}


def refused(load, *arguments) -> str:
    with pytest.raises(UnavailableError) as caught:
        load(*arguments)
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    return caught.value.message


def test_the_same_numbers_as_the_package_gives():
    """The architecture is rewritten; with the same weights it has to compute the same maps."""
    theirs = pytest.importorskip("face_alignment.models.fan").FAN(2).eval()
    ours = FAN(2).eval()
    ours.load_state_dict(theirs.state_dict())
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for one, other in zip(ours(picture), theirs(picture), strict=True):
            assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(("modules", "width", "size"), [(1, 16, 64), (2, 32, 128)])
def test_one_map_a_landmark_and_module(modules, width, size):
    maps = FAN(modules, width).eval()(torch.zeros(2, 3, size, size))
    assert len(maps) == modules
    assert maps[-1].shape == (2, 68, size // 4, size // 4)


@pytest.mark.parametrize(("modules", "width"), [(0, 64), (5, 64), (1, 8), (1, 40)])
def test_impossible_sizes(modules, width):
    with pytest.raises(ValueError, match="must be"):
        FAN(modules, width)


def test_our_file_comes_back_with_its_crop(tmp_path):
    start = tiny()
    back = load_checkpoint(start.save(tmp_path / "model.safetensors"))
    assert back.plan.size_px == 64
    assert back.plan.extent == pytest.approx(1.3)
    assert "1 hourglass of 16 channels, 64 x 64" in back.size_text
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(back.network().eval()(picture)[0], start.network().eval()(picture)[0])


class TestThePublishedFile:
    def test_right_shapes_are_taken(self, tmp_path, official_state):
        torch.save(official_state, tmp_path / "fan.pth.tar")
        checkpoint = official_checkpoint(tmp_path / "fan.pth.tar")
        assert checkpoint.plan == OFFICIAL_CROP
        assert checkpoint.size_text.startswith("4 hourglasses of 256 channels, 256 x 256")
        assert checkpoint.network().modules_count == 4

    def test_wrong_shapes_are_refused(self, tmp_path, official_state):
        torch.save({**official_state, "l3.weight": torch.zeros(98, 256, 1, 1)}, tmp_path / "fan.pth.tar")
        assert "l3.weight" in refused(official_checkpoint, tmp_path / "fan.pth.tar")

    def test_a_smaller_network_is_refused(self, tmp_path):
        torch.save(dict(tiny().state), tmp_path / "fan.pth.tar")
        assert "do not fit" in refused(official_checkpoint, tmp_path / "fan.pth.tar")

    def test_a_pickle_and_damage_are_refused(self, tmp_path, official_state):
        path = tmp_path / "fan.pth.tar"
        path.write_bytes(pickle.dumps({"l0.weight": print}))
        assert "not opened" in refused(official_checkpoint, path)
        torch.save(official_state, path)
        path.write_bytes(path.read_bytes()[:100_000])
        assert "damaged" in refused(official_checkpoint, path)


class TestFilesOfOurs:
    def test_a_pickle_with_our_ending(self, tmp_path):
        torch.save(dict(tiny().state), tmp_path / "m.safetensors")
        assert "pickle" in refused(load_checkpoint, tmp_path / "m.safetensors")

    def test_missing_and_unknown_tensors(self, tmp_path):
        tensors = tiny().file_tensors
        save_weights(tmp_path / "m.safetensors", {k: v for k, v in tensors.items() if k != "m0.b1_4.conv1.weight"})
        assert "m0.b1_4.conv1.weight" in refused(load_checkpoint, tmp_path / "m.safetensors")
        save_weights(tmp_path / "m.safetensors", {**tensors, "more": torch.zeros(1)})
        assert "more" in refused(load_checkpoint, tmp_path / "m.safetensors")

    def test_without_its_crop_or_with_an_impossible_one(self, tmp_path):
        tensors = tiny().file_tensors
        save_weights(tmp_path / "m.safetensors", {k: v for k, v in tensors.items() if k != "crop"})
        assert "crop" in refused(load_checkpoint, tmp_path / "m.safetensors")
        save_weights(tmp_path / "m.safetensors", {**tensors, "crop": torch.tensor([100.0, 1.3, 0.0])})
        assert "crop" in refused(load_checkpoint, tmp_path / "m.safetensors")

    def test_something_else(self, tmp_path):
        save_weights(
            tmp_path / "m.safetensors", {"layer.weight": torch.zeros(3), "crop": torch.tensor([64.0, 1.3, 0.0])}
        )
        assert "last layers" in refused(load_checkpoint, tmp_path / "m.safetensors")


def test_the_crops_fit_the_network():
    assert SMALL_CROP.size_px % 64 == OFFICIAL_CROP.size_px % 64 == 0
