"""Training a screening network: examinations in balanced batches, changed pictures, stopped and calibrated on validation people.

Everything follows from the seed. The same function trains both layouts and every control run (other pictures, shuffled labels).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch.nn import functional

from core.errors import InputError
from core.exam.protocol import Expression
from core.words import BRANCHES
from models.screening.augment import NONE, Augmentation, augmented
from models.screening.calibration import Calibration, fit_platt, operating_point
from models.screening.checkpoints import Checkpoint, Layout, Network, new_network
from models.screening.data import ScreeningData
from models.screening.inference import as_tensor, logits_of, prepared
from models.screening.network import REGIONS, SIZE_STEP_PX, ScreeningNetwork, expression_numbers
from models.screening.published import BATCH, LEARNING_RATE
from models.training_loop import Progress, Training, falling, fit, never, seeded, unheard, warming_up

_STREAM = 18


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        layout: which network.
        epochs: at most; the paper's 18.
        patience: epochs without a lower validation loss after which training stops.
        exams: examinations a batch; the published layout takes ``BATCH`` pictures instead.
        movements: pictures of movements that are drawn anew from each examination every time, beside one at rest; where it is known
            which movements show the synkinesis, one of these is always among them.
        learning_rate: at its greatest; it falls to a hundredth of it along a cosine.
        weight_decay: of AdamW.
        picture_loss, link_loss, weakness_loss: how much single pictures, links and weakness weigh beside examinations.
        augmentation: how pictures are changed; the published layout changes none.
        seed: of first weights, order and augmentation.
        minutes: at most, None for any time; then what comes out depends on how fast the computer was.
    """

    layout: Layout = Layout.HEMIFACE
    epochs: int = 18
    patience: int = 6
    exams: int = 8
    movements: int = 4
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    picture_loss: float = 0.3
    link_loss: float = 2.0
    weakness_loss: float = 0.5
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


def train(
    data: ScreeningData,
    options: TrainingOptions,
    *,
    device: torch.device,
    start: Checkpoint | None = None,
    progress: Progress = unheard,
    epoch_done: Callable[[Mapping[str, float]], None] = lambda _curve: None,
    cancelled: Callable[[], None] = never,
) -> Training[Checkpoint]:
    """Train on the training people, keep what is best on the validation people, and calibrate on them.

    The curves have ``validation_loss``.

    Args:
        data: examinations of everybody; those of the test people are not looked at.
        options: how.
        device: where.
        start: weights to go on from; None for new ones.
        progress: called with stage, done, total and the seconds left.
        epoch_done: called with the row of the curves of every epoch.
        cancelled: raises when the user asked to end.

    Raises:
        InputError: a split lacks a class, or the pictures have an impossible size.
    """
    learned, checked = data.of_split("train"), data.of_split("validation")
    _check(learned, checked)
    random = seeded(options.seed, _STREAM)
    network = prepared(_begin(learned, options, start), device)
    batches = _Batches(learned, options, random)
    fitted = fit(
        network,
        _optimiser(network, options),
        options,
        steps=batches.steps,
        batches=batches.epoch,
        loss_of=lambda batch: _loss(network, batch, options, device),
        rate_at=lambda part: _rate(options, part),
        judge=lambda: balanced_loss(logits_of(network, checked, device, cancelled=cancelled).exam, checked.labels),
        judged_as="validation_loss",
        epoch_done=epoch_done,
        progress=progress,
        cancelled=cancelled,
    )
    checkpoint = calibrated_on(Checkpoint(options.layout, data.size_px, fitted.state), checked, device, options.seed)
    return Training(checkpoint, fitted.best_epoch, fitted.ended, fitted.curves)


def calibrated_on(checkpoint: Checkpoint, checked: ScreeningData, device: torch.device, seed: int) -> Checkpoint:
    """The checkpoint with calibration and operating points from the examinations of validation people."""
    logits = logits_of(prepared(checkpoint.network(), device), checked, device)
    labels, people = checked.labels, checked.people
    exam = fit_platt(logits.exam, labels, people, seed)
    # A picture at rest, or of a movement without unwanted movement, does not show what its examination shows.
    telling = checked.telling
    whose = checked.exam_of[telling]
    picture = fit_platt(logits.picture[telling], labels[whose], people[whose], seed)
    return replace(
        checkpoint,
        calibration=Calibration(
            exam,
            operating_point(exam.probability(logits.exam), labels),
            picture,
            operating_point(picture.probability(logits.picture[telling]), labels[whose]),
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


def _rate(options: TrainingOptions, part: float) -> float:
    if options.layout is Layout.PUBLISHED:
        return options.learning_rate
    return options.learning_rate * (warming_up(part) * falling(part))


@dataclass(frozen=True)
class _Batch:
    """Some pictures of some examinations.

    Attributes:
        pictures: (n, S, S, 3).
        expressions: (n,) numbers.
        whose: (n,) to which of the batch's examinations each belongs.
        labels: (e,).
        shown: (n,) whether a picture shows synkinesis; NaN where it does not though its examination does.
        links: (n, R) strengths; NaN where nobody knows.
        weakness: (e, B), likewise.
    """

    pictures: np.ndarray
    expressions: torch.Tensor
    whose: torch.Tensor
    labels: torch.Tensor
    shown: torch.Tensor
    links: torch.Tensor
    weakness: torch.Tensor


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
        self._showing = [
            np.array([data.exams[e].shown(data.expressions[i]) is True for i in rows], dtype=bool)
            for e, rows in enumerate(self._moving)
        ]
        self._teaching = _Teaching(data)

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
            some = self._some(moving, self._showing[exam])
            chosen = np.concatenate([self._random.choice(rest, 1) if len(rest) else rest, some])
            shown.append(augmented(self._data.pictures[chosen], self._options.augmentation, self._random))
            rows.append(chosen)
            whose += [number] * len(chosen)
        chosen = np.concatenate(rows)
        return self._batch(np.concatenate(shown), chosen, exams, torch.tensor(whose))

    def _some(self, moving: np.ndarray, showing: np.ndarray) -> np.ndarray:
        """Some of an examination's movements (m,); one that shows the synkinesis (m,) bool comes first where there is one."""
        order = self._random.permutation(len(moving))
        if showing.any():
            first = self._random.choice(np.flatnonzero(showing))
            order = np.concatenate([[first], order[order != first]])
        return moving[order[: self._options.movements]]

    def _batch(self, pictures: np.ndarray, rows: np.ndarray, exams: np.ndarray, whose: torch.Tensor) -> _Batch:
        taught = self._teaching
        labels = torch.from_numpy(self._labels[exams].astype(np.float32))
        return _Batch(
            pictures, self._numbers[rows], whose, labels, taught.shown[rows], taught.links[rows], taught.weakness[exams]
        )

    def _pictures(self):
        order = self._random.permutation(len(self._data.pictures))
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            if len(rows) < 2:  # batch normalisation cannot learn from one
                continue
            exams, whose = np.unique(self._data.exam_of[rows], return_inverse=True)
            yield self._batch(self._data.pictures[rows], rows, exams, torch.from_numpy(whose))


class _Teaching:
    """What is known of the examinations of the data beyond their labels."""

    def __init__(self, data: ScreeningData) -> None:
        exams = data.exams
        shown = [exams[e].shown(expression) for e, expression in zip(data.exam_of, data.expressions, strict=True)]
        # A picture that does not show what others of its examination show teaches nothing; one of which nobody knows, its label.
        self.shown = torch.tensor(
            [
                math.nan if exams[e].synkinesis and value is False else float(exams[e].synkinesis)
                for e, value in zip(data.exam_of, shown, strict=True)
            ]
        )
        self.links = torch.full((len(data.expressions), len(REGIONS)), math.nan)
        for row, (e, expression) in enumerate(zip(data.exam_of, data.expressions, strict=True)):
            known = exams[e].links
            if known is not None and expression is not None:
                self.links[row] = torch.tensor([known.get((region, expression), 0.0) for region in REGIONS])
        self.weakness = torch.full((len(exams), len(BRANCHES)), math.nan)
        for e, facts in enumerate(exams):
            if facts.weakness is not None:
                self.weakness[e] = torch.tensor([facts.weakness.get(branch, 0.0) for branch in BRANCHES])


def _loss(network: Network, batch: _Batch, options: TrainingOptions, device: torch.device) -> torch.Tensor:
    labels, whose = batch.labels.to(device), batch.whose.to(device)
    embedded = network.embed(as_tensor(batch.pictures, device))
    pictures = network.picture_logits(embedded)
    if isinstance(network, ScreeningNetwork):
        told = network.opinion(embedded, batch.expressions.to(device), whose, len(labels))
        return (
            _cross_entropy(told.exam, labels)
            + options.picture_loss * _cross_entropy(pictures, batch.shown.to(device))
            + options.link_loss * _cross_entropy(told.links, batch.links.to(device)[told.moving])
            + options.weakness_loss * _cross_entropy(told.weakness, batch.weakness.to(device))
        )
    return _cross_entropy(pictures, labels[whose])


def _cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy of logits against targets from 0 to 1 where both are known; 0 where none is."""
    known = torch.isfinite(logits) & torch.isfinite(targets)
    if not bool(known.any()):
        return logits.new_zeros(())
    return functional.binary_cross_entropy_with_logits(logits[known], targets[known])
