"""Asking a severity network: distributions, severities, intervals, and what must stay unsaid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch

from models.severity.checkpoints import Checkpoint
from models.severity.data import SeverityData
from models.severity.distribution import expectation, interval, tempered
from models.severity.features import measured_movements, pictured_movements, tested_branches
from models.severity.network import SeverityNetwork

LEAST_MOVEMENTS = 3
_BATCH = 16


class Inputs(StrEnum):
    """What the network may use; parts of it are judged alone for comparison."""

    BOTH = "both"
    KINEMATICS = "kinematics"
    APPEARANCE = "appearance"


@dataclass(frozen=True)
class Predictions:
    """Answers for E examinations, each (E, 2, B), right and left; NaN where nothing may be said.

    Attributes:
        severity: 0 to 100.
        low, high: ends of the 80 % interval.
    """

    severity: np.ndarray
    low: np.ndarray
    high: np.ndarray


def predict(
    checkpoint: Checkpoint,
    data: SeverityData,
    device: torch.device,
    *,
    inputs: Inputs = Inputs.BOTH,
    cancelled: Callable[[], None] = lambda: None,
) -> Predictions:
    """The answers of a network, as ``SeverityRegression`` gives them, but without the test of ``reach``."""
    network = checkpoint.network().to(device)
    probabilities = distributions(network, data, device, inputs=inputs, cancelled=cancelled)
    severity = expectation(probabilities)
    low, high = interval(tempered(probabilities, checkpoint.temperature), severity)
    said = answerable(data, inputs)[:, None]
    return Predictions(*(np.where(said, values, np.nan) for values in (severity, low, high)))


def distributions(
    network: SeverityNetwork,
    data: SeverityData,
    device: torch.device,
    *,
    inputs: Inputs = Inputs.BOTH,
    cancelled: Callable[[], None] = lambda: None,
) -> np.ndarray:
    """(E, 2, B, K) float64 probabilities of the bins; the network is left in evaluation mode."""
    network.eval()
    found = []
    with torch.inference_mode():
        for first in range(0, len(data), _BATCH):
            cancelled()
            part = slice(first, first + _BATCH)
            kinematics, pictures, seen = given(data.kinematics[part], data.pictures[part], data.seen[part], inputs)
            logits = network(
                torch.from_numpy(kinematics).to(device),
                torch.from_numpy(pictures).to(device).float(),
                torch.from_numpy(seen).to(device),
            )
            found.append(torch.softmax(logits.double(), dim=-1).cpu().numpy())
    return np.concatenate(found)


def given(
    kinematics: np.ndarray, pictures: np.ndarray, seen: np.ndarray, inputs: Inputs
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same examinations with only what ``inputs`` allows; see ``SeverityData``."""
    if inputs is Inputs.APPEARANCE:
        kinematics = np.full_like(kinematics, np.nan)
    if inputs is Inputs.KINEMATICS:
        seen = np.zeros_like(seen)
    return kinematics, pictures, seen


def known_movements(data: SeverityData, inputs: Inputs = Inputs.BOTH) -> np.ndarray:
    """(E, M) bool: movements that were measured or pictured."""
    kinematics, _, seen = given(data.kinematics, data.pictures, data.seen, inputs)
    return measured_movements(kinematics) | pictured_movements(seen)


def answerable(data: SeverityData, inputs: Inputs = Inputs.BOTH) -> np.ndarray:
    """(E, B) bool: enough movements are known, and one of them tests the branch."""
    movements = known_movements(data, inputs)
    return tested_branches(movements) & (movements.sum(axis=1) >= LEAST_MOVEMENTS)[:, None]


def feature_distance(network: SeverityNetwork, kinematics: np.ndarray) -> np.ndarray:
    """(E,) root mean square of the known features (E, 2, F) in SDs of the training people; NaN where none is known.

    A single wild feature counts as at most ten SDs: an examination is judged by all of them.
    """
    middle, spread = network.middle.cpu().numpy(), network.spread.cpu().numpy()
    away = np.clip(np.abs((kinematics - middle) / spread), None, 10.0)
    known = np.isfinite(away)
    count = known.sum(axis=(1, 2))
    squares = np.where(known, away, 0.0) ** 2
    return np.where(count > 0, np.sqrt(squares.sum(axis=(1, 2)) / np.maximum(count, 1)), np.nan)
