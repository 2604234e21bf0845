"""What a trained network says of pictures and examinations: logits, and with its calibration probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from models.screening.calibration import Calibration
from models.screening.checkpoints import Checkpoint, Network
from models.screening.data import ScreeningData
from models.screening.network import expression_numbers

_EXAMS = 8


@dataclass(frozen=True)
class Logits:
    """Of P pictures and E examinations, float64; NaN for an examination of which nothing can be said."""

    picture: np.ndarray
    exam: np.ndarray


@dataclass(frozen=True)
class Predictions:
    """Logits and calibrated probabilities of P pictures and E examinations."""

    picture_logit: np.ndarray
    exam_logit: np.ndarray
    picture_probability: np.ndarray
    exam_probability: np.ndarray


def as_tensor(pictures: np.ndarray, device: torch.device) -> torch.Tensor:
    """(n, 3, S, S) float32 from 0 to 1, channels last, of pictures (n, S, S, 3) uint8."""
    tensor = torch.from_numpy(np.ascontiguousarray(pictures)).to(device)
    return tensor.permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)


def logits_of(
    network: Network, data: ScreeningData, device: torch.device, *, cancelled: Callable[[], None] = lambda: None
) -> Logits:
    """Logits of a network on that device, which is in evaluation mode afterwards."""
    network.eval()
    picture, exam = np.full(len(data.pictures), np.nan), np.full(len(data.exams), np.nan)
    numbers = expression_numbers(data.expressions)
    with torch.inference_mode():
        for first in range(0, len(data.exams), _EXAMS):
            cancelled()
            some = slice(first, min(first + _EXAMS, len(data.exams)))
            rows = np.flatnonzero((data.exam_of >= some.start) & (data.exam_of < some.stop))
            if not len(rows):
                continue
            seen = network.embed(as_tensor(data.pictures[rows], device))
            whose = torch.from_numpy(data.exam_of[rows] - some.start).to(device)
            logits = network.exam_logits(seen, numbers[rows].to(device), whose, some.stop - some.start)
            exam[some] = logits.double().cpu().numpy()
            picture[rows] = network.picture_logits(seen).double().cpu().numpy()
    return Logits(picture, exam)


def calibrated(logits: Logits, calibration: Calibration) -> Predictions:
    """Both with their probabilities."""
    return Predictions(
        logits.picture,
        logits.exam,
        calibration.picture.probability(logits.picture),
        calibration.exam.probability(logits.exam),
    )


def predict(
    checkpoint: Checkpoint,
    data: ScreeningData,
    device: torch.device,
    *,
    cancelled: Callable[[], None] = lambda: None,
) -> Predictions:
    """Calibrated predictions of a trained network.

    Raises:
        ValueError: the pictures have another size than those that it learned from, or it was never calibrated.
    """
    if data.size_px != checkpoint.size_px:
        raise ValueError(f"pictures must have {checkpoint.size_px} pixels, got {data.size_px}")
    if checkpoint.calibration is None:
        raise ValueError("the network was never calibrated")
    network = prepared(checkpoint.network(), device)
    return calibrated(logits_of(network, data, device, cancelled=cancelled), checkpoint.calibration)


def prepared(network: Network, device: torch.device) -> Network:
    """The network on a device, in evaluation mode, laid out for it."""
    return network.to(device, memory_format=torch.channels_last).eval()
