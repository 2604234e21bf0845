"""Training a FAN: heat-map loss, changed pictures, early stopping on people who are not learned from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from core.errors import InputError
from models.landmarks.checkpoints import Checkpoint, new_network
from models.landmarks.crops import CropPlan
from models.landmarks.heatmaps import gaussian_targets, to_cells
from models.landmarks.inference import mixed_precision, predict, prepared
from models.landmarks.manifest import LandmarkItem
from models.landmarks.network import CELL_PX, FAN
from models.landmarks.report import point_errors
from models.landmarks.samples import USUAL, Augmentation, Samples
from models.landmarks.splitting import Split

Progress = Callable[[str, int, int, float | None], None]
_LOSS_SCALE = 1000.0  # mean squared errors of heat maps are small; this makes the curves readable


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        epochs: at most.
        patience: epochs without a better validation error after which training stops.
        batch: pictures a step.
        learning_rate: at the start; it falls to a hundredth of it along a cosine over ``epochs`` or ``minutes``.
        pictures_an_epoch: how many are shown an epoch; None shows each once.
        seed: of order, augmentation and new weights.
        augmentation: how pictures are changed.
        minutes: at most, None for any time; then what comes out depends on how fast the computer was.
    """

    epochs: int = 60
    patience: int = 12
    batch: int = 16
    learning_rate: float = 1e-3
    pictures_an_epoch: int | None = None
    seed: int = 0
    augmentation: Augmentation = USUAL
    minutes: float | None = None


@dataclass(frozen=True)
class Training:
    """What came of it.

    Attributes:
        checkpoint: the network of the best epoch.
        curves: a dictionary an epoch: epoch, training_loss, validation_nme_pct, learning_rate, seconds.
        best_epoch: from 1; 0 when no epoch was better than the start.
        ended: why training ended, in words.
    """

    checkpoint: Checkpoint
    best_epoch: int
    ended: str
    curves: list[dict[str, float]] = field(default_factory=list)


def train(
    items: Sequence[LandmarkItem],
    split: Split,
    start: Checkpoint,
    options: TrainingOptions,
    *,
    device: torch.device,
    progress: Progress = lambda _stage, _done, _total, _left: None,
    cancelled: Callable[[], None] = lambda: None,
) -> Training:
    """Train on the training people and keep the weights that are best on the validation people.

    Args:
        items: pictures of everybody.
        split: who learns, who says when to stop.
        start: weights to go on from (``new_checkpoint`` for none).
        options: how.
        device: where.
        progress: called with stage, done, total and the seconds left, if known.
        cancelled: raises when the user asked to end.
    """
    learned, checked = split.items("train", items), split.items("validation", items)
    if not learned or not checked:
        raise InputError("There are no pictures to learn from or to check with.", code="manifest")
    pictures = len(learned) + len(checked)

    def cutting(done: int) -> None:
        cancelled()
        progress("cutting", done, pictures, None)

    samples = Samples(learned, start.plan, cutting)
    checks = Samples(checked, start.plan, lambda done: cutting(len(learned) + done))
    torch.manual_seed(options.seed)
    random = np.random.default_rng([options.seed, 68])
    network = prepared(start.network(), device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=1e-4)
    shown = options.pictures_an_epoch or len(samples)
    steps = -(-shown // options.batch)
    total = options.epochs * steps
    best, best_epoch, best_state = _nme(network, checks, checked, device), 0, _copy(network)
    curves: list[dict[str, float]] = [
        {"epoch": 0, "training_loss": float("nan"), "validation_nme_pct": best, "learning_rate": 0.0, "seconds": 0.0}
    ]
    begun, ended = time.monotonic(), "all epochs were done"
    for epoch in range(1, options.epochs + 1):
        network.train()
        losses = []
        for step, indices in enumerate(_shuffled(len(samples), shown, options.batch, random), 1):
            cancelled()
            part = max(((epoch - 1) * steps + step - 1) / total, _part_of_time(begun, options))
            if part >= 1:
                break
            rate = options.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * part)) / 2)
            for group in optimiser.param_groups:
                group["lr"] = rate
            losses.append(_step(network, optimiser, samples, indices, random, options, device))
            done = (epoch - 1) * steps + step
            seconds = time.monotonic() - begun
            progress("training", done, total, seconds / done * (total - done))
        if not losses:
            ended = f"its {options.minutes:g} minutes were over"
            break
        error = _nme(network, checks, checked, device)
        curves.append(
            {
                "epoch": epoch,
                "training_loss": float(np.mean(losses)),
                "validation_nme_pct": error,
                "learning_rate": rate,
                "seconds": time.monotonic() - begun,
            }
        )
        if error < best:
            best, best_epoch, best_state = error, epoch, _copy(network)
        elif epoch - best_epoch >= options.patience:
            ended = "it no longer improved"
            break
        if _part_of_time(begun, options) >= 1:
            ended = f"its {options.minutes:g} minutes were over"
            break
    return Training(Checkpoint(best_state, start.plan), best_epoch, ended, curves)


def new_checkpoint(plan: CropPlan, *, modules: int, width: int, seed: int) -> Checkpoint:
    """Random weights to begin with."""
    torch.manual_seed(seed)
    return Checkpoint(new_network(modules, width).state_dict(), plan)


def _step(
    network: FAN,
    optimiser: torch.optim.Optimizer,
    samples: Samples,
    indices: Sequence[int],
    random: np.random.Generator,
    options: TrainingOptions,
    device: torch.device,
) -> float:
    pictures, points, visible, _ = samples.batch(indices, random, options.augmentation)
    images = torch.from_numpy(pictures).to(device).contiguous(memory_format=torch.channels_last)
    targets = gaussian_targets(to_cells(torch.from_numpy(points).to(device)), images.shape[-1] // CELL_PX)
    with mixed_precision(device, training=True):
        maps = network(images)
    # A point that could only be guessed has no target: its maps weigh nothing.
    seen = torch.from_numpy(visible).to(device)[..., None, None]
    loss = _LOSS_SCALE * sum(
        (functional.mse_loss(each.float() * seen, targets * seen) for each in maps), torch.zeros((), device=device)
    )
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach())


def _part_of_time(begun: float, options: TrainingOptions) -> float:
    return 0.0 if options.minutes is None else (time.monotonic() - begun) / (60 * options.minutes)


def _shuffled(count: int, shown: int, batch: int, random: np.random.Generator) -> list[list[int]]:
    rounds = [random.permutation(count) for _ in range(-(-shown // count))]
    order = np.concatenate(rounds)[:shown]
    return [order[first : first + batch].tolist() for first in range(0, shown, batch)]


def _nme(network: FAN, samples: Samples, items: Sequence[LandmarkItem], device: torch.device) -> float:
    return float(np.nanmean(point_errors(predict(network, samples, device), items)))


def _copy(network: FAN) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in network.state_dict().items()}
