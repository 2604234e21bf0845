"""Training a FAN: heat-map loss, changed pictures, early stopping on people who are not learned from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from models.training_loop import Progress, Training, falling, fit, never, seeded, unheard

_STREAM = 68
_MEASURE = "validation_nme_pct"
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


def train(
    items: Sequence[LandmarkItem],
    split: Split,
    start: Checkpoint,
    options: TrainingOptions,
    *,
    device: torch.device,
    progress: Progress = unheard,
    cancelled: Callable[[], None] = never,
) -> Training[Checkpoint]:
    """Train on the training people and keep the weights that are best on the validation people.

    The curves have ``validation_nme_pct``, and in front a row of epoch 0: the error before training.

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
    random = seeded(options.seed, _STREAM)
    network = prepared(start.network(), device)
    shown = options.pictures_an_epoch or len(samples)
    before = _nme(network, checks, checked, device)
    fitted = fit(
        network,
        torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=1e-4),
        options,
        steps=-(-shown // options.batch),
        batches=lambda: _shuffled(len(samples), shown, options.batch, random),
        loss_of=lambda indices: _loss(network, samples, indices, random, options, device),
        rate_at=lambda part: options.learning_rate * falling(part),
        judge=lambda: _nme(network, checks, checked, device),
        judged_as=_MEASURE,
        at_start=before,
        progress=progress,
        cancelled=cancelled,
    )
    first = {"epoch": 0, "training_loss": math.nan, _MEASURE: before, "learning_rate": 0.0, "seconds": 0.0}
    curves = [first, *fitted.curves]
    return Training(Checkpoint(fitted.state, start.plan), fitted.best_epoch, fitted.ended, curves)


def new_checkpoint(plan: CropPlan, *, modules: int, width: int, seed: int) -> Checkpoint:
    """Random weights to begin with."""
    torch.manual_seed(seed)
    return Checkpoint(new_network(modules, width).state_dict(), plan)


def _loss(
    network: FAN,
    samples: Samples,
    indices: Sequence[int],
    random: np.random.Generator,
    options: TrainingOptions,
    device: torch.device,
) -> torch.Tensor:
    pictures, points, visible, _ = samples.batch(indices, random, options.augmentation)
    images = torch.from_numpy(pictures).to(device).contiguous(memory_format=torch.channels_last)
    targets = gaussian_targets(to_cells(torch.from_numpy(points).to(device)), images.shape[-1] // CELL_PX)
    with mixed_precision(device, training=True):
        maps = network(images)
    # A point that could only be guessed has no target: its maps weigh nothing.
    seen = torch.from_numpy(visible).to(device)[..., None, None]
    return _LOSS_SCALE * sum(
        (functional.mse_loss(each.float() * seen, targets * seen) for each in maps), torch.zeros((), device=device)
    )


def _shuffled(count: int, shown: int, batch: int, random: np.random.Generator) -> list[list[int]]:
    rounds = [random.permutation(count) for _ in range(-(-shown // count))]
    order = np.concatenate(rounds)[:shown]
    return [order[first : first + batch].tolist() for first in range(0, shown, batch)]


def _nme(network: FAN, samples: Samples, items: Sequence[LandmarkItem], device: torch.device) -> float:
    return float(np.nanmean(point_errors(predict(network, samples, device), items)))
