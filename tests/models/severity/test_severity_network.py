"""The severity network: mirrored examinations give mirrored answers, what is missing does not matter, files are checked."""

import numpy as np
import pytest
import torch

from core.errors import UnavailableError
from models.severity.checkpoints import Checkpoint, load_checkpoint
from models.severity.data import PICTURES
from models.severity.features import FEATURES, LEARNED_BRANCHES
from models.severity.inference import Inputs, answerable, distributions, predict
from models.severity.network import SeverityNetwork
from models.weights import kept_state, save_weights
from tests.severity_samples import learnable

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def checkpoint():
    torch.manual_seed(1)
    return Checkpoint(kept_state(SeverityNetwork()), np.ones(len(LEARNED_BRANCHES)), 3.0)


def tensors(data):
    return torch.from_numpy(data.kinematics), torch.from_numpy(data.pictures).float(), torch.from_numpy(data.seen)


def test_mirrored_examinations_give_swapped_answers(checkpoint):
    kinematics, pictures, seen = tensors(learnable(3))
    with torch.inference_mode():
        network = checkpoint.network()
        straight = network(kinematics, pictures, seen)
        mirrored = network(kinematics.flip(1), pictures.flip(-1), seen)
    torch.testing.assert_close(mirrored.flip(1), straight, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(mirrored, straight, atol=1e-3)


def test_what_is_not_there_cannot_matter(checkpoint):
    """The numbers behind a mask: another value in a picture that is not there, and no picture at rest."""
    kinematics, pictures, seen = tensors(learnable(2))
    seen[:, 2] = False
    other = pictures.clone()
    other[:, 2] = 255 - other[:, 2]
    with torch.inference_mode():
        network = checkpoint.network()
        assert torch.equal(network(kinematics, pictures, seen), network(kinematics, other, seen))
        seen[:, 0] = False
        assert torch.isfinite(network(kinematics, pictures, seen)).all()


def test_an_answer_does_not_depend_on_the_other_examinations(checkpoint):
    data = learnable(3)
    whole = distributions(checkpoint.network(), data, CPU)
    alone = distributions(checkpoint.network(), data.of(np.array([2])), CPU)
    np.testing.assert_allclose(alone[0], whole[2], atol=1e-6)


def test_an_examination_without_pictures_or_without_measurements(checkpoint):
    data = learnable(2)
    nothing_measured = np.full_like(data.kinematics, np.nan)
    for inputs, kinematics, pictured in (
        (Inputs.KINEMATICS, data.kinematics, np.zeros_like(data.seen)),
        (Inputs.APPEARANCE, nothing_measured, data.seen),
    ):
        asked = distributions(checkpoint.network(), data, CPU, inputs=inputs)
        with torch.inference_mode():
            logits = checkpoint.network()(
                torch.from_numpy(kinematics), torch.from_numpy(data.pictures).float(), torch.from_numpy(pictured)
            )
        np.testing.assert_allclose(asked, torch.softmax(logits, -1).numpy(), atol=1e-5)


def test_nothing_is_said_of_too_little(checkpoint):
    data = learnable(2)
    data.kinematics[:] = np.nan
    data.seen[:, 1:] = False
    data.seen[0, 1:3] = True
    assert not answerable(data).any()
    data.seen[0, 1:] = True
    assert answerable(data)[0].all()
    found = predict(checkpoint, data, CPU)
    assert np.isfinite(found.severity[0]).all()
    assert np.isnan(found.severity[1:]).all()
    assert (found.low[0] <= found.severity[0]).all()
    assert (found.severity[0] <= found.high[0]).all()


def test_a_branch_without_a_movement_stays_unsaid():
    data = learnable(1, pictured=False)
    brow = [place for place, name in enumerate(FEATURES) if name.startswith("brow_raise")]
    data.kinematics[:, :, brow] = np.nan
    assert answerable(data)[0].tolist() == [False, True, True, True]


def test_weights_come_back(checkpoint, tmp_path):
    loaded = load_checkpoint(checkpoint.save(tmp_path / "severity.safetensors"))
    assert loaded.reach == checkpoint.reach
    data = learnable(1)
    np.testing.assert_allclose(
        distributions(loaded.network(), data, CPU), distributions(checkpoint.network(), data, CPU), atol=1e-9
    )


@pytest.mark.parametrize("damage", ["missing", "shape", "temperature", "spread"])
def test_other_weights_are_refused_in_one_sentence(checkpoint, tmp_path, damage):
    stored = dict(checkpoint.file_tensors)
    if damage == "missing":
        del stored["slot"]
    elif damage == "shape":
        stored["middle"] = torch.zeros(3)
    elif damage == "temperature":
        stored["calibration.temperature"] = torch.zeros(len(LEARNED_BRANCHES))
    else:
        stored["spread"] = torch.zeros(len(FEATURES))
    path = save_weights(tmp_path / "other.safetensors", stored)
    with pytest.raises(UnavailableError) as caught:
        load_checkpoint(path)
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message


def test_pictures_begin_with_rest():
    assert PICTURES[0].value == "rest"
