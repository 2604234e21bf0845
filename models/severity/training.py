"""Training the severity network: distributions around the known severity, thinned examinations, stopped and calibrated on
validation people.

Everything follows from the seed. Examinations with pictures only teach what pictures tell; those that were measured teach both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from core.errors import InputError
from models.severity.augment import Augmentation, disturbed, rephotographed, thinned
from models.severity.checkpoints import Checkpoint
from models.severity.data import SeverityData
from models.severity.distribution import CENTRES, MOST, expectation, fit_temperature, label_distribution
from models.severity.features import LEARNED_BRANCHES, measured_movements, pictured_movements, tested_branches
from models.severity.inference import Inputs, answerable, distributions, feature_distance, given
from models.severity.network import SeverityNetwork
from models.training_loop import Progress, Training, falling, fit, never, seeded, unheard, warming_up

_STREAM = 21
_LEAST_SPREAD = 1e-3
_FEWEST_FOR_TEMPERATURE = 40
_REACH_BEYOND = 1.5
_SHOWN_MEASURED = 5
_ENOUGH = 20  # a feature that fewer training people have is left at 0


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        inputs: what the network may use.
        epochs: at most.
        patience: epochs without a smaller validation error after which training stops.
        batch: examinations a step.
        learning_rate: at its greatest; it falls to a hundredth of it along a cosine.
        weight_decay: of AdamW.
        label_spread: SD of the label distribution, points of severity.
        expectation_loss: how much the error of the expectation weighs beside the divergence of the distributions.
        augmentation: how examinations are changed.
        seed: of first weights, order and augmentation.
        minutes: at most, None for any time; then what comes out depends on how fast the computer was.
    """

    inputs: Inputs = Inputs.BOTH
    epochs: int = 40
    patience: int = 12
    batch: int = 16
    learning_rate: float = 4e-3
    weight_decay: float = 2e-2
    label_spread: float = 2.0
    expectation_loss: float = 3.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0
    minutes: float | None = None


def train(
    data: SeverityData,
    options: TrainingOptions,
    *,
    device: torch.device,
    start: Checkpoint | None = None,
    progress: Progress = unheard,
    cancelled: Callable[[], None] = never,
) -> Training[Checkpoint]:
    """Train on the training people, keep what is best on the validation people, and calibrate the intervals on them.

    The curves have ``validation_mae``, points of severity.

    Args:
        data: examinations of everybody; those of the test people are not looked at.
        options: how.
        device: where.
        start: weights to go on from, their standardisation with them; None for new ones.
        progress: called with stage, done, total and the seconds left.
        cancelled: raises when the user asked to end.

    Raises:
        InputError: there is nothing to learn from or to stop with.
    """
    learned, checked = _usable(data.of_split("train"), options), _checking(data.of_split("validation"), options)
    random = seeded(options.seed, _STREAM)
    generator = torch.Generator().manual_seed(options.seed)
    network = SeverityNetwork() if start is None else start.network()
    if start is None:
        network.standardise(*standardisation(learned.kinematics))
    network = network.to(device)
    fitted = fit(
        network,
        torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay),
        options,
        steps=-(-len(_order(learned, random)) // options.batch),
        batches=lambda: _batches(learned, options, random),
        loss_of=lambda batch: _loss(network, batch, options, random, generator, device),
        rate_at=lambda part: options.learning_rate * warming_up(part) * falling(part),
        judge=lambda: validation_error(network, checked, device, options.inputs),
        judged_as="validation_mae",
        at_start=math.inf if start is None else validation_error(network, checked, device, options.inputs),
        progress=progress,
        cancelled=cancelled,
    )
    checkpoint = Checkpoint(fitted.state, np.ones(len(LEARNED_BRANCHES)), 1.0)
    checkpoint = calibrated_on(checkpoint, learned, checked, device, options.inputs)
    return Training(checkpoint, fitted.best_epoch, fitted.ended, fitted.curves)


def standardisation(kinematics: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD (F,) of the features (E, 2, F) of both sides; what hardly anybody has stays as it is and then hardly counts."""
    rows = kinematics.reshape(-1, kinematics.shape[-1])
    known = np.isfinite(rows)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, rows, 0.0).sum(axis=0) / count
    variance = np.where(known, (np.where(known, rows, 0.0) - middle) ** 2, 0.0).sum(axis=0) / count
    rare = (known.sum(axis=0) < min(_ENOUGH, len(rows))) | (variance < _LEAST_SPREAD**2)
    return np.where(rare, 0.0, middle), np.where(rare, 1.0, np.sqrt(variance))


def validation_error(network: SeverityNetwork, checked: SeverityData, device: torch.device, inputs: Inputs) -> float:
    """Mean absolute error of measured examinations, affected and sound sides of each branch weighing the same."""
    severity = expectation(distributions(network, checked, device, inputs=inputs))
    errors = np.abs(severity - checked.truth)
    kept = np.isfinite(errors) & answerable(checked, inputs)[:, None]
    parts = []
    for weak in (checked.truth > 0, checked.truth <= 0):
        for branch in range(len(LEARNED_BRANCHES)):
            some = errors[..., branch][(kept & weak)[..., branch]]
            parts += [float(some.mean())] if len(some) else []
    return float(np.mean(parts))


def calibrated_on(
    checkpoint: Checkpoint, learned: SeverityData, checked: SeverityData, device: torch.device, inputs: Inputs
) -> Checkpoint:
    """The checkpoint with the temperatures of its intervals and the reach of its features.

    Args:
        checkpoint: a trained network.
        learned: training people: how far features may lie is told by these and the next.
        checked: validation people: intervals must hold 80 % of their truths, branch by branch, or all branches together where
            fewer than forty sides are known.
        device, inputs: as in training.
    """
    network = checkpoint.network().to(device)
    probabilities = distributions(network, checked, device, inputs=inputs)
    kept = np.isfinite(checked.truth) & answerable(checked, inputs)[:, None]
    common = fit_temperature(probabilities[kept], checked.truth[kept])
    temperature = [
        fit_temperature(probabilities[..., b, :][kept[..., b]], checked.truth[..., b][kept[..., b]])
        if kept[..., b].sum() >= _FEWEST_FOR_TEMPERATURE
        else common
        for b in range(len(LEARNED_BRANCHES))
    ]
    seen = np.concatenate([feature_distance(network, part.kinematics) for part in (learned, checked)])
    reach = _REACH_BEYOND * float(np.nanmax(seen)) if np.isfinite(seen).any() else _REACH_BEYOND
    return Checkpoint(checkpoint.state, np.array(temperature), reach)


def _usable(learned: SeverityData, options: TrainingOptions) -> SeverityData:
    """Examinations that can teach something with what the network may use."""
    known = np.isfinite(learned.truth).any(axis=(1, 2)) & _has(learned, options.inputs)
    if not known.any():
        raise InputError("There are no rated examinations to learn from.", code="manifest")
    return learned.of(known)


def _checking(checked: SeverityData, options: TrainingOptions) -> SeverityData:
    """Measured examinations when there are any, because these are what is asked in use; else all."""
    known = np.isfinite(checked.truth).any(axis=(1, 2)) & answerable(checked, options.inputs).any(axis=1)
    if (known & checked.measured).any():
        known &= checked.measured
    if not known.any():
        raise InputError("There are no rated examinations to stop and calibrate with.", code="manifest")
    return checked.of(known)


def _order(learned: SeverityData, random: np.random.Generator) -> np.ndarray:
    """Examinations of an epoch: each measured one several times, and at most one for each of them that has pictures only."""
    measured, others = np.flatnonzero(learned.measured), np.flatnonzero(~learned.measured)
    if not len(measured):
        return random.permutation(others)
    often = np.repeat(measured, _SHOWN_MEASURED)
    return random.permutation(np.concatenate([often, random.permutation(others)[: len(measured)]]))


def _batches(learned: SeverityData, options: TrainingOptions, random: np.random.Generator) -> Iterator[SeverityData]:
    order = _order(learned, random)
    for first in range(0, len(order), options.batch):
        yield learned.of(order[first : first + options.batch])


def _has(data: SeverityData, inputs: Inputs) -> np.ndarray:
    return {
        Inputs.BOTH: data.measured | data.seen[:, 1:].any(axis=1),
        Inputs.KINEMATICS: data.measured,
        Inputs.APPEARANCE: data.seen[:, 1:].any(axis=1),
    }[inputs]


def _loss(
    network: SeverityNetwork,
    batch: SeverityData,
    options: TrainingOptions,
    random: np.random.Generator,
    generator: torch.Generator,
    device: torch.device,
) -> torch.Tensor | None:
    how = options.augmentation
    kinematics, pictures, seen = given(batch.kinematics, batch.pictures, batch.seen, options.inputs)
    kinematics, seen = thinned(kinematics, seen, how, options.inputs, random)
    movements = measured_movements(kinematics) | pictured_movements(seen)
    kinematics = disturbed(kinematics, network.spread.cpu().numpy(), how, random)
    shown = torch.from_numpy(pictures).float()
    pictured = torch.from_numpy(seen.any(axis=1))
    if pictured.any():
        shown[pictured] = rephotographed(shown[pictured], how, generator)
    truth = torch.from_numpy(batch.truth).to(device)
    # What no movement tests must not be guessed from the other branches.
    counts = torch.isfinite(truth) & torch.from_numpy(tested_branches(movements))[:, None].to(device)
    if not counts.any():
        return None
    logits = network(torch.from_numpy(kinematics).to(device), shown.to(device), torch.from_numpy(seen).to(device))
    return severity_loss(logits[counts], truth[counts], options.label_spread, options.expectation_loss)


def severity_loss(
    logits: torch.Tensor, truth: torch.Tensor, label_spread: float, expectation_loss: float
) -> torch.Tensor:
    """Divergence of the distributions (n, K) from those around the truth (n,), and the part of 100 by which expectations err."""
    wanted = label_distribution(truth, label_spread)
    told = torch.log_softmax(logits, dim=-1)
    divergence = torch.special.entr(wanted).neg().sum(dim=-1) - (wanted * told).sum(dim=-1)
    centres = torch.from_numpy(CENTRES).to(told)
    away = ((told.exp() @ centres) - truth).abs() / MOST
    return (divergence + expectation_loss * away).mean()
