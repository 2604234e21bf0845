"""The loop of the trainings of landmarks, screen and severity: epochs in batches, a falling learning rate, the best epoch kept.

The half-face refinement trains by steps and has a loop of its own (models.refinement.training).

An epoch is judged on validation people; training ends when all epochs are done, when it no longer improves, or when its time is
over. What a batch is, what its loss is and how an epoch is judged belongs to whoever trains.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch

from models.weights import kept_state

Progress = Callable[[str, int, int, float | None], None]
"""Called with stage, done, total and the seconds left, if known."""

_GREATEST_GRADIENT = 5.0
_WARM_UP = 0.03
_LEAST_RATE = 0.01

Batch = TypeVar("Batch")
Checkpoint = TypeVar("Checkpoint")


class LoopOptions(Protocol):
    """How long to train.

    Attributes:
        epochs: at most.
        patience: epochs without a better one after which training stops.
        minutes: at most, None for any time; then what comes out depends on how fast the computer was.
    """

    @property
    def epochs(self) -> int: ...

    @property
    def patience(self) -> int: ...

    @property
    def minutes(self) -> float | None: ...


@dataclass(frozen=True)
class Training(Generic[Checkpoint]):
    """What came of a training.

    Attributes:
        checkpoint: the network of the best epoch, with what belongs to it.
        best_epoch: from 1; 0 when no epoch was better than the start.
        ended: why training ended, in words.
        curves: a dictionary an epoch: epoch, training_loss, a validation measure, learning_rate, seconds.
    """

    checkpoint: Checkpoint
    best_epoch: int
    ended: str
    curves: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Fitted:
    """What the loop gives back: the state of the best epoch on the CPU, and the rest as in ``Training``."""

    state: dict[str, torch.Tensor]
    best_epoch: int
    ended: str
    curves: list[dict[str, float]]


def unheard(_stage: str, _done: int, _total: int, _left: float | None) -> None:
    """Progress that nobody wants to know."""


def never() -> None:
    """A training that nobody can cancel."""


def seeded(seed: int, stream: int) -> np.random.Generator:
    """Seed torch, and give random numbers of the same seed for one use of it.

    Args:
        seed: of the training.
        stream: number of the use, so that two trainings of one seed draw different numbers.
    """
    torch.manual_seed(seed)
    return np.random.default_rng([seed, stream])


def falling(part: float) -> float:
    """Part of the greatest learning rate when ``part`` of training (0 to 1) is done: along a cosine from 1 to a hundredth."""
    return _LEAST_RATE + (1 - _LEAST_RATE) * (1 + math.cos(math.pi * part)) / 2


def warming_up(part: float) -> float:
    """Part of the greatest learning rate after ``part`` of training (0 to 1): up to 1 within the first three hundredths."""
    return min(1.0, part / _WARM_UP + 0.01)


def fit(
    network: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    options: LoopOptions,
    *,
    steps: int,
    batches: Callable[[], Iterable[Batch]],
    loss_of: Callable[[Batch], torch.Tensor | None],
    rate_at: Callable[[float], float],
    judge: Callable[[], float],
    judged_as: str,
    at_start: float = math.inf,
    epoch_done: Callable[[Mapping[str, float]], None] = lambda _curve: None,
    progress: Progress = unheard,
    cancelled: Callable[[], None] = never,
) -> Fitted:
    """Train a network and give back the state that was best on the validation people.

    Args:
        network: with its first weights; in training mode while it learns.
        optimiser: of its parameters.
        options: how long.
        steps: batches an epoch.
        batches: the batches of one epoch; called for every epoch.
        loss_of: loss of a batch, a scalar with its gradient; None when the batch teaches nothing.
        rate_at: learning rate when a part of training (0 to 1) is done.
        judge: the error on the validation people, less is better; called after every epoch.
        judged_as: its name in the curves.
        at_start: the error before training; infinite when any epoch is better than none.
        epoch_done: called with the row of the curves of every epoch.
        progress: called after every batch with the stage "training".
        cancelled: called before every batch; raises when the user asked to end.
    """
    total = options.epochs * steps
    best, best_epoch, best_state = at_start, 0, kept_state(network)
    curves: list[dict[str, float]] = []
    begun, ended = time.monotonic(), "all epochs were done"
    over = f"its {options.minutes:g} minutes were over" if options.minutes is not None else ""
    for epoch in range(1, options.epochs + 1):
        network.train()
        losses: list[float] = []
        made, rate = 0, 0.0
        for batch in batches():
            cancelled()
            done = (epoch - 1) * steps + made
            part = max(done / total, _part_of_time(begun, options))
            if part >= 1:
                break
            rate = rate_at(part)
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = loss_of(batch)
            if loss is not None:
                losses.append(_learn(network, optimiser, loss))
            made, done = made + 1, done + 1
            progress("training", done, total, (time.monotonic() - begun) / done * (total - done))
        if not made:
            ended = over
            break
        error = judge()
        curves.append(
            {
                "epoch": epoch,
                "training_loss": float(np.mean(losses)) if losses else math.nan,
                judged_as: error,
                "learning_rate": rate,
                "seconds": time.monotonic() - begun,
            }
        )
        epoch_done(curves[-1])
        if error < best:
            best, best_epoch, best_state = error, epoch, kept_state(network)
        elif epoch - best_epoch >= options.patience:
            ended = "it no longer improved"
            break
        if _part_of_time(begun, options) >= 1:
            ended = over
            break
    return Fitted(best_state, best_epoch, ended, curves)


def _learn(network: torch.nn.Module, optimiser: torch.optim.Optimizer, loss: torch.Tensor) -> float:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), _GREATEST_GRADIENT)
    optimiser.step()
    return float(loss.detach())


def _part_of_time(begun: float, options: LoopOptions) -> float:
    return 0.0 if options.minutes is None else (time.monotonic() - begun) / (60 * options.minutes)
