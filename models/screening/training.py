"""Training a screening network: examinations in balanced batches, changed pictures, stopped and calibrated on validation people.

Everything follows from the seed. The same function trains both layouts and every control run (other pictures, shuffled labels).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch.nn import functional

from core.errors import InputError
from core.exam.protocol import Expression
from models.screening.augment import NONE, Augmentation, augmented
from models.screening.calibration import Calibration, fit_platt, operating_point
from models.screening.checkpoints import Checkpoint, Layout, Network, kept_state, new_network
from models.screening.data import ScreeningData
from models.screening.inference import as_tensor, logits_of, prepared
from models.screening.network import SIZE_STEP_PX, ScreeningNetwork, expression_numbers
from models.screening.published import BATCH, LEARNING_RATE

Progress = Callable[[str, int, int, float | None], None]


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        layout: which network.
        epochs: at most; the paper's 18.
        patience: epochs without a lower validation loss after which training stops.
        exams: examinations a batch; the published layout takes ``BATCH`` pictures instead.
        movements: pictures of movements that are drawn anew from each examination every time, beside one at rest.
        learning_rate: at its greatest; it falls to a hundredth of it along a cosine.
        weight_decay: of AdamW.
        picture_loss: how much single pictures weigh beside examinations.
        augmentation: how pictures are changed; the published layout changes none.
        seed: of first weights, order and augmentation.
        minutes: at most, None for any time; then what comes out depends on how fast the computer was.
    """

    layout: Layout = Layout.HEMIFACE
    epochs: int = 18
    patience: int = 6
    exams: int = 8
    movements: int = 3
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    picture_loss: float = 0.5
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0
    minutes: float | None = None


def published_options(seed: int = 0, epochs: int = 18) -> TrainingOptions:
    """As the public code trains: Adam 1e-3 throughout, no augmentation."""
    return TrainingOptions(
        layout=Layout.PUBLISHED,
        epochs=epochs,
        learning_rate=LEARNING_RATE,
        weight_decay=0.0,
        augmentation=NONE,
        seed=seed,
    )


@dataclass(frozen=True)
class Training:
    """What came of it.

    Attributes:
        checkpoint: the network of the best epoch, calibrated.
        best_epoch: from 1.
        ended: why training ended, in words.
        curves: a dictionary an epoch: epoch, training_loss, validation_loss, learning_rate, seconds.
    """

    checkpoint: Checkpoint
    best_epoch: int
    ended: str
    curves: list[dict[str, float]] = field(default_factory=list)


def train(
    data: ScreeningData,
    options: TrainingOptions,
    *,
    device: torch.device,
    start: Checkpoint | None = None,
    progress: Progress = lambda _stage, _done, _total, _left: None,
    cancelled: Callable[[], None] = lambda: None,
) -> Training:
    """Train on the training people, keep what is best on the validation people, and calibrate on them.

    Args:
        data: examinations of everybody; those of the test people are not looked at.
        options: how.
        device: where.
        start: weights to go on from; None for new ones.
        progress: called with stage, done, total and the seconds left.
        cancelled: raises when the user asked to end.

    Raises:
        InputError: a split lacks a class, or the pictures have an impossible size.
    """
    learned, checked = data.of_split("train"), data.of_split("validation")
    _check(learned, checked)
    torch.manual_seed(options.seed)
    random = np.random.default_rng([options.seed, 18])
    network = _begin(learned, options, start)
    network = prepared(network, device)
    batches = _Batches(learned, options, random)
    optimiser = _optimiser(network, options)
    steps = batches.steps
    total = options.epochs * steps
    best_loss, best_epoch, best_state = math.inf, 0, kept_state(network)
    curves: list[dict[str, float]] = []
    begun, ended = time.monotonic(), "all epochs were done"
    for epoch in range(1, options.epochs + 1):
        network.train()
        losses = []
        rate = options.learning_rate
        for step, batch in enumerate(batches.epoch(), 1):
            cancelled()
            part = max(((epoch - 1) * steps + step - 1) / total, _part_of_time(begun, options))
            if part >= 1:
                break
            rate = _set_rate(optimiser, options, part)
            losses.append(_step(network, optimiser, batch, options, device))
            done = (epoch - 1) * steps + step
            progress("training", done, total, (time.monotonic() - begun) / done * (total - done))
        if not losses:
            ended = f"its {options.minutes:g} minutes were over"
            break
        loss = balanced_loss(logits_of(network, checked, device, cancelled=cancelled).exam, checked.labels)
        curves.append(
            {
                "epoch": epoch,
                "training_loss": float(np.mean(losses)),
                "validation_loss": loss,
                "learning_rate": rate,
                "seconds": time.monotonic() - begun,
            }
        )
        if loss < best_loss:
            best_loss, best_epoch, best_state = loss, epoch, kept_state(network)
        elif epoch - best_epoch >= options.patience:
            ended = "it no longer improved"
            break
    checkpoint = Checkpoint(options.layout, data.size_px, best_state)
    return Training(calibrated_on(checkpoint, checked, device, options.seed), best_epoch, ended, curves)


def calibrated_on(checkpoint: Checkpoint, checked: ScreeningData, device: torch.device, seed: int) -> Checkpoint:
    """The checkpoint with calibration and operating points from the examinations of validation people."""
    logits = logits_of(prepared(checkpoint.network(), device), checked, device)
    labels, people = checked.labels, checked.people
    exam = fit_platt(logits.exam, labels, people, seed)
    whose = checked.exam_of
    picture = fit_platt(logits.picture, labels[whose], people[whose], seed)
    return replace(
        checkpoint,
        calibration=Calibration(
            exam,
            operating_point(exam.probability(logits.exam), labels),
            picture,
            operating_point(picture.probability(logits.picture), labels[whose]),
        ),
    )


def balanced_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Cross entropy of logits (n,) against labels (n,), both classes weighing the same; NaN logits are left out."""
    losses = np.logaddexp(0.0, np.where(labels, -logits, logits))
    return float(np.mean([np.nanmean(losses[labels]), np.nanmean(losses[~labels])]))


def _check(learned: ScreeningData, checked: ScreeningData) -> None:
    for part, name in ((learned, "learn from"), (checked, "stop and calibrate with")):
        labels = part.labels
        if not len(labels) or labels.all() or not labels.any():
            raise InputError(
                f"Among the people to {name} there must be some with synkinesis and some without.", code="manifest"
            )
    if learned.size_px % SIZE_STEP_PX:
        raise ValueError(f"pictures must have a multiple of {SIZE_STEP_PX} pixels, got {learned.size_px}")


def _begin(learned: ScreeningData, options: TrainingOptions, start: Checkpoint | None) -> Network:
    if start is not None:
        if start.layout is not options.layout or start.size_px != learned.size_px:
            raise ValueError("the weights to start from are of another layout or size")
        return start.network()
    network = new_network(options.layout, learned.size_px)
    if isinstance(network, ScreeningNetwork):
        network.look_where(varying(learned.pictures))
    return network


def varying(pictures: np.ndarray, most: int = 400) -> np.ndarray:
    """(S, S) bool: pixels that are not the same in all of (some of) the pictures (P, S, S, 3), or in their mirror images."""
    some = pictures[:: max(1, len(pictures) // most)]
    changing = (some != some[:1]).any(axis=(0, 3))
    changing = changing | changing[:, ::-1]
    return changing if changing.any() else np.ones_like(changing)


def _optimiser(network: Network, options: TrainingOptions) -> torch.optim.Optimizer:
    if options.layout is Layout.PUBLISHED:
        return torch.optim.Adam(network.parameters(), lr=options.learning_rate)
    return torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)


def _set_rate(optimiser: torch.optim.Optimizer, options: TrainingOptions, part: float) -> float:
    rate = options.learning_rate
    if options.layout is Layout.HEMIFACE:
        rate *= min(1.0, part / 0.03 + 0.01) * (0.01 + 0.99 * (1 + math.cos(math.pi * part)) / 2)
    for group in optimiser.param_groups:
        group["lr"] = rate
    return rate


@dataclass(frozen=True)
class _Batch:
    """Pictures (n, S, S, 3), their expressions (n,), to which of the batch's examinations each belongs (n,), labels (e,)."""

    pictures: np.ndarray
    expressions: torch.Tensor
    whose: torch.Tensor
    labels: torch.Tensor


class _Batches:
    """Batches of an epoch: as many examinations as there are, both classes equally often, each with some of its pictures.

    The published layout gets all pictures, shuffled, as they are.
    """

    def __init__(self, data: ScreeningData, options: TrainingOptions, random: np.random.Generator) -> None:
        self._data = data
        self._options = options
        self._random = random
        self._numbers = expression_numbers(data.expressions)
        self._rest: list[np.ndarray] = []
        self._moving: list[np.ndarray] = []
        resting = np.array([expression is Expression.REST for expression in data.expressions])
        for exam in range(len(data.exams)):
            rows = np.flatnonzero(data.exam_of == exam)
            self._rest.append(rows[resting[rows]])
            self._moving.append(rows[~resting[rows]])
        self._labels = data.labels

    @property
    def steps(self) -> int:
        if self._options.layout is Layout.PUBLISHED:
            return -(-len(self._data.pictures) // BATCH)
        return -(-len(self._data.exams) // self._options.exams)

    def epoch(self):
        if self._options.layout is Layout.PUBLISHED:
            yield from self._pictures()
            return
        order = self._balanced()
        for first in range(0, len(order), self._options.exams):
            yield self._examinations(order[first : first + self._options.exams])

    def _balanced(self) -> np.ndarray:
        """Numbers of as many examinations as there are, half of each class, in turn."""
        half = -(-len(self._labels) // 2)
        classes = []
        for label in (True, False):
            members = np.flatnonzero(self._labels == label)
            rounds = [self._random.permutation(members) for _ in range(-(-half // len(members)))]
            classes.append(np.concatenate(rounds)[:half])
        return np.stack(classes, axis=1).ravel()[: len(self._labels)]

    def _examinations(self, exams: np.ndarray) -> _Batch:
        shown, rows, whose = [], [], []
        for number, exam in enumerate(exams):
            rest, moving = self._rest[exam], self._moving[exam]
            some = self._random.choice(moving, min(self._options.movements, len(moving)), replace=False)
            chosen = np.concatenate([self._random.choice(rest, 1) if len(rest) else rest, some])
            shown.append(augmented(self._data.pictures[chosen], self._options.augmentation, self._random))
            rows.append(chosen)
            whose += [number] * len(chosen)
        chosen = np.concatenate(rows)
        labels = torch.from_numpy(self._labels[exams].astype(np.float32))
        return _Batch(np.concatenate(shown), self._numbers[chosen], torch.tensor(whose), labels)

    def _pictures(self):
        order = self._random.permutation(len(self._data.pictures))
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            if len(rows) < 2:  # batch normalisation cannot learn from one
                continue
            exams, whose = np.unique(self._data.exam_of[rows], return_inverse=True)
            labels = torch.from_numpy(self._labels[exams].astype(np.float32))
            yield _Batch(self._data.pictures[rows], self._numbers[rows], torch.from_numpy(whose), labels)


def _step(
    network: Network, optimiser: torch.optim.Optimizer, batch: _Batch, options: TrainingOptions, device: torch.device
) -> float:
    labels, whose = batch.labels.to(device), batch.whose.to(device)
    embedded = network.embed(as_tensor(batch.pictures, device))
    loss = functional.binary_cross_entropy_with_logits(network.picture_logits(embedded), labels[whose])
    if options.layout is Layout.HEMIFACE:
        exam = network.exam_logits(embedded, batch.expressions.to(device), whose, len(labels))
        known = torch.isfinite(exam)
        joint = functional.binary_cross_entropy_with_logits(exam[known], labels[known]) if known.any() else 0.0
        loss = joint + options.picture_loss * loss
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach())


def _part_of_time(begun: float, options: TrainingOptions) -> float:
    return 0.0 if options.minutes is None else (time.monotonic() - begun) / (60 * options.minutes)
