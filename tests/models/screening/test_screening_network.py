"""Networks of the screen: batch normalisation is part of them, a picture's answer is its own, and mirror images are the same."""

import numpy as np
import pytest
import torch

from core.errors import UnavailableError
from models.screening.checkpoints import Checkpoint, Layout, load_checkpoint, new_network
from models.weights import kept_state, save_weights
from tests.screening_samples import tiny_data


@pytest.fixture(scope="module")
def pictures():
    shown = tiny_data(people=3).pictures[:6]
    return torch.from_numpy(shown).permute(0, 3, 1, 2).float() / 255


@pytest.mark.parametrize("layout", list(Layout))
def test_a_pictures_answer_does_not_depend_on_its_neighbours(layout, pictures):
    """The public code makes batch normalisation anew at every call, so that it does (reference F4)."""
    torch.manual_seed(0)
    network = new_network(layout, 64).eval()
    assert any(name.endswith("running_mean") for name in network.state_dict())
    with torch.inference_mode():
        together = network.picture_logits(network.embed(pictures))
        alone = torch.cat([network.picture_logits(network.embed(one[None])) for one in pictures])
    assert torch.allclose(together, alone, atol=1e-5)


def test_a_mirror_image_gives_the_same_answer(pictures):
    torch.manual_seed(0)
    network = new_network(Layout.HEMIFACE, 64).eval()
    with torch.inference_mode():
        one, other = (network.picture_logits(network.embed(shown)) for shown in (pictures, pictures.flip(3)))
    assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("name", ["inside", "hidden.weight"])
def test_weights_of_something_else_are_refused(tmp_path, name):
    path = save_weights(tmp_path / "other.safetensors", {name: torch.zeros(3, 3)})
    with pytest.raises(UnavailableError, match="screening network"):
        load_checkpoint(path)


def test_weights_without_calibration_are_refused(tmp_path):
    checkpoint = Checkpoint(Layout.HEMIFACE, 64, kept_state(new_network(Layout.HEMIFACE, 64)))
    with pytest.raises(UnavailableError, match="calibration is missing"):
        load_checkpoint(checkpoint.save(tmp_path / "new.safetensors"))
    assert np.isfinite(checkpoint.state["inside"].numpy()).all()
