"""Weights of a screening network with everything that belongs to them: layout, size of its pictures, calibration, operating point.

A file holds the network's tensors (large ones in half precision, so that they are small enough to ship) and those of the
calibration, whose names begin with ``calibration.``. The layout and the size follow from the tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import torch

from core.errors import UnavailableError
from models.screening.calibration import DRAWS, Calibration, OperatingPoint, Platt
from models.screening.network import SIZE_STEP_PX, ScreeningNetwork
from models.screening.published import FILTERS, PublishedNetwork
from models.weights import is_batch_counter, load_weights, save_weights, shapes_of

Network = ScreeningNetwork | PublishedNetwork

_CALIBRATION = "calibration."
_LARGE = 300_000
_MOST_SIZE_PX = 512


class Layout(StrEnum):
    """Which network."""

    HEMIFACE = "hemiface"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Checkpoint:
    """A network's weights on the CPU.

    Attributes:
        layout: which network.
        size_px: side of its pictures.
        state: name -> float32 tensor.
        calibration: None before it was calibrated.
    """

    layout: Layout
    size_px: int
    state: Mapping[str, torch.Tensor]
    calibration: Calibration | None = None

    def network(self) -> Network:
        """A network with these weights, in evaluation mode."""
        network = new_network(self.layout, self.size_px)
        network.load_state_dict(dict(self.state), strict=False)  # counters of batches are not kept
        return network.eval()

    @property
    def file_tensors(self) -> dict[str, torch.Tensor]:
        """What its file holds."""
        kept = {name: _small(tensor) for name, tensor in self.state.items() if not is_batch_counter(name)}
        return kept if self.calibration is None else {**kept, **_calibration_tensors(self.calibration)}

    def save(self, path: Path) -> Path:
        """Write a .safetensors file."""
        return save_weights(path, self.file_tensors)


def new_network(layout: Layout, size_px: int) -> Network:
    """A network with random weights for pictures of a size."""
    return ScreeningNetwork(size_px) if layout is Layout.HEMIFACE else PublishedNetwork(size_px)


def load_checkpoint(name_or_path: str | Path) -> Checkpoint:
    """A shipped screening network by name, or one of our files by path.

    Raises:
        UnavailableError: there is none, or it holds no calibrated screening network; one sentence says which.
    """
    tensors = load_weights(name_or_path)
    state = {name: tensor.float() for name, tensor in tensors.items() if not name.startswith(_CALIBRATION)}
    layout, size = _layout_and_size(state)
    expected = {n: shape for n, shape in shapes_of(new_network(layout, size)).items() if not is_batch_counter(n)}
    for name in sorted(expected.keys() | state.keys()):
        if name not in state:
            raise _refused(f"{name} is missing")
        if name not in expected:
            raise _refused(f"{name} is unknown")
        if tuple(state[name].shape) != expected[name]:
            raise _refused(f"{name} has the shape {tuple(state[name].shape)} instead of {expected[name]}")
    return Checkpoint(layout, size, state, _calibration(tensors))


def _layout_and_size(state: Mapping[str, torch.Tensor]) -> tuple[Layout, int]:
    mask, hidden = state.get("inside"), state.get("hidden.weight")
    if mask is not None and mask.ndim == 4:
        layout, size = Layout.HEMIFACE, int(mask.shape[-1])
    elif hidden is not None and hidden.ndim == 2:
        kept = round((hidden.shape[1] / FILTERS[-1]) ** 0.5)
        layout, size = Layout.PUBLISHED, kept * 2 ** len(FILTERS)
    else:
        raise _refused("it lacks the layers of one")
    if size % SIZE_STEP_PX or not SIZE_STEP_PX <= size <= _MOST_SIZE_PX:
        raise _refused(f"pictures of {size} pixels are not possible")
    return layout, size


def _calibration_tensors(calibration: Calibration) -> dict[str, torch.Tensor]:
    tensors = {}
    for name, platt, point in (
        ("exam", calibration.exam, calibration.exam_point),
        ("picture", calibration.picture, calibration.picture_point),
    ):
        values = [platt.slope, platt.intercept, point.threshold, point.unsure_from]
        tensors[f"{_CALIBRATION}{name}"] = torch.tensor(values, dtype=torch.float64)
        tensors[f"{_CALIBRATION}{name}_draws"] = torch.from_numpy(platt.draws.astype("float64"))
    return tensors


def _calibration(tensors: Mapping[str, torch.Tensor]) -> Calibration:
    parts: list[Platt | OperatingPoint] = []
    for name in ("exam", "picture"):
        values, draws = (tensors.get(f"{_CALIBRATION}{name}{end}") for end in ("", "_draws"))
        if values is None or draws is None or values.shape != (4,) or draws.ndim != 2 or draws.shape[1] != 2:
            raise _refused("its calibration is missing")
        slope, intercept, threshold, unsure = (float(value) for value in values)
        if slope <= 0 or not 0 < unsure <= threshold < 1 or not 1 <= len(draws) <= 50 * DRAWS:
            raise _refused("its calibration cannot be used")
        parts += [Platt(slope, intercept, draws.double().numpy()), OperatingPoint(threshold, unsure)]
    exam, exam_point, picture, picture_point = parts
    return Calibration(exam, exam_point, picture, picture_point)  # type: ignore[arg-type]


def _small(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.half() if tensor.is_floating_point() and tensor.numel() > _LARGE else tensor


def _refused(why: str) -> UnavailableError:
    return UnavailableError(
        f"The file does not hold the weights of a screening network: {why}.",
        hint="Use another file.",
        code="model_unavailable",
    )
