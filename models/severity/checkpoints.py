"""Weights of the severity network with what belongs to them: standardisation, temperatures, reach of the features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from core.errors import UnavailableError
from models.severity.features import LEARNED_BRANCHES
from models.severity.network import SeverityNetwork
from models.weights import is_batch_counter, load_weights, save_weights, shapes_of

_TEMPERATURE, _REACH = "calibration.temperature", "calibration.reach"


@dataclass(frozen=True)
class Checkpoint:
    """A trained network on the CPU.

    Attributes:
        state: name -> float32 tensor.
        temperature: (B,) by which the bins of each branch are widened for the interval, fitted on validation people.
        reach: greatest distance of known features (root mean square, in SDs) at which it may answer; beyond it the examination
            is unlike those that it learned from.
    """

    state: Mapping[str, torch.Tensor]
    temperature: np.ndarray
    reach: float

    def network(self) -> SeverityNetwork:
        """A network with these weights, in evaluation mode."""
        network = SeverityNetwork()
        network.load_state_dict(dict(self.state), strict=False)  # counters of batches are not kept
        return network.eval()

    @property
    def file_tensors(self) -> dict[str, torch.Tensor]:
        """What its file holds."""
        return {
            **self.state,
            _TEMPERATURE: torch.from_numpy(self.temperature.astype(np.float32)),
            _REACH: torch.tensor([self.reach], dtype=torch.float32),
        }

    def save(self, path: Path) -> Path:
        """Write a .safetensors file."""
        return save_weights(path, self.file_tensors)


def load_checkpoint(name_or_path: str | Path) -> Checkpoint:
    """A shipped severity network by name, or one of our files by path.

    Raises:
        UnavailableError: there is none, or it holds no severity network with its calibration; one sentence says which.
    """
    tensors = load_weights(name_or_path, _expected_shapes())
    temperature, reach = tensors.pop(_TEMPERATURE).numpy(), float(tensors.pop(_REACH)[0])
    if not (temperature > 0).all() or reach <= 0 or not (tensors["spread"] > 0).all():
        raise UnavailableError(
            "The file does not hold the weights of a severity network: its calibration cannot be used.",
            hint="Use another file.",
            code="model_unavailable",
        )
    return Checkpoint(tensors, temperature, reach)


def _expected_shapes() -> dict[str, tuple[int, ...]]:
    shapes = {name: shape for name, shape in shapes_of(SeverityNetwork()).items() if not is_batch_counter(name)}
    return {**shapes, _TEMPERATURE: (len(LEARNED_BRANCHES),), _REACH: (1,)}
