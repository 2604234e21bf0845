"""Weights of a FAN in memory and in files: our own safetensors, and the published 3D-FAN.

Our files hold the network's tensors and one more, ``crop``: size in pixels, extent and raise of the crop of its training.
The number of modules and the width follow from the tensors. The published file is what torch writes; it is opened only when its
hash is the expected one, and by a loader that builds tensors and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from core.errors import UnavailableError
from models.landmarks.crops import OFFICIAL_CROP, CropPlan
from models.landmarks.network import FAN, OFFICIAL_MODULES, OFFICIAL_WIDTH, SIZE_STEP_PX
from models.registry import ModelFiles
from models.weights import is_batch_counter, load_published, load_weights, save_weights, shapes_of

OFFICIAL_NAME = "3dfan4"
_CROP = "crop"
_MOST_WIDTH = 512
_MOST_SIZE_PX = 512


@dataclass(frozen=True)
class Checkpoint:
    """Weights and the crop that belongs to them.

    Attributes:
        state: name -> tensor of the network, on the CPU.
        plan: where the network looks.
    """

    state: Mapping[str, torch.Tensor]
    plan: CropPlan

    def network(self) -> FAN:
        """A network with these weights; raises UnavailableError when they are no FAN's."""
        modules, width = _shape(self.state)
        network = new_network(modules, width)
        expected = shapes_of(network)
        # The counters of batches are not in old files and mean nothing here.
        found = {name: tensor for name, tensor in self.state.items() if name in expected or not is_batch_counter(name)}
        missing = [name for name in expected if name not in found and not is_batch_counter(name)]
        wrong = [name for name in found if name not in expected or tuple(found[name].shape) != expected[name]]
        if missing or wrong:
            raise _no_fan(f"{(missing or wrong)[0]} does not fit")
        if not all(torch.isfinite(tensor).all() for tensor in found.values()):
            raise _no_fan("some numbers are not finite")
        whole = {name: tensor.float() for name, tensor in found.items() if not is_batch_counter(name)}
        network.load_state_dict(whole, strict=False)
        return network

    def save(self, path: Path) -> Path:
        """Write a .safetensors file."""
        return save_weights(path, self.file_tensors)

    @property
    def file_tensors(self) -> dict[str, torch.Tensor]:
        """What a file of ours holds: the tensors without counters, and the crop."""
        plan = torch.tensor([self.plan.size_px, self.plan.extent, self.plan.raised], dtype=torch.float32)
        return {**{name: tensor for name, tensor in self.state.items() if not is_batch_counter(name)}, _CROP: plan}

    @property
    def size_text(self) -> str:
        """In words, e.g. ``"1 hourglass of 64 channels, 128 x 128 pixels"``."""
        modules, width = _shape(self.state)
        hourglasses = "1 hourglass" if modules == 1 else f"{modules} hourglasses"
        return f"{hourglasses} of {width} channels, {self.plan.size_px} x {self.plan.size_px} pixels"


def new_network(modules: int, width: int) -> FAN:
    """A network with random weights."""
    return FAN(modules, width)


def load_checkpoint(name_or_path: str | Path) -> Checkpoint:
    """A shipped network by name, e.g. ``"fan_small"``, or one of our files by path.

    Raises:
        UnavailableError: there is none, or it is no FAN's; one sentence says which.
    """
    tensors = load_weights(name_or_path)
    plan = tensors.pop(_CROP, None)
    if plan is None or plan.shape != (3,):
        raise _no_fan("it does not say which crop it was trained with")
    size, extent, raised = (float(value) for value in plan)
    if size != int(size) or not SIZE_STEP_PX <= size <= _MOST_SIZE_PX or size % SIZE_STEP_PX or not 0.5 <= extent <= 8:
        raise _no_fan("its crop cannot be used")
    checkpoint = Checkpoint(tensors, CropPlan(int(size), extent, raised))
    checkpoint.network()
    return checkpoint


def load_official(files: ModelFiles) -> Checkpoint:
    """The published 3D-FAN from the models folder, after its hash was checked; raises UnavailableError."""
    return official_checkpoint(files.verified(OFFICIAL_NAME))


def official_checkpoint(path: Path) -> Checkpoint:
    """The weights in a published file, whose hash the caller has checked.

    Raises:
        UnavailableError: it is damaged, holds other things than tensors, or is no 3D-FAN.
    """
    whole = shapes_of(new_network(OFFICIAL_MODULES, OFFICIAL_WIDTH))
    try:
        state = load_published(path, whole)
    except UnavailableError:  # older versions of torch did not count batches
        state = load_published(path, {name: shape for name, shape in whole.items() if not is_batch_counter(name)})
    return Checkpoint(state, OFFICIAL_CROP)


def _shape(state: Mapping[str, torch.Tensor]) -> tuple[int, int]:
    """Modules and width that the tensors have; raises UnavailableError."""
    modules = sum(f"l{i}.weight" in state for i in range(OFFICIAL_MODULES))
    last = state.get("conv_last0.weight")
    if not modules or last is None or last.ndim != 4:
        raise _no_fan("it lacks the last layers of one")
    width = int(last.shape[0])
    if width % 16 or not 16 <= width <= _MOST_WIDTH:
        raise _no_fan(f"its width of {width} channels is not possible")
    return modules, width


def _no_fan(why: str) -> UnavailableError:
    return UnavailableError(
        f"The file does not hold the weights of a FAN: {why}.", hint="Use another file.", code="model_unavailable"
    )
