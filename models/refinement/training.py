"""Training of the refinement: one region after the other, stopped on people that it does not train on.

Everything follows from the seed: pictures, augmentation, order and first weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from core.face.landmarks import mesh_regions
from core.words import Side
from models.refinement.alignment import ALAR_POINTS, EYE, REGIONS, Region
from models.refinement.augment import NONE, Augmentation, augmented
from models.refinement.data import Halves
from models.refinement.network import RefinementNetwork, RegionNetwork

Log = Callable[[str], None]
_AVERAGED = 0.995
# What the estimates on the way to the last one count.
_EARLIER = 0.5
# Alar rims are few and move little, but the snarl is measured by them.
_ALAR_WEIGHT = 2.5


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how fast.

    Attributes:
        steps: at most so many batches a region.
        batch: halves a batch.
        learning_rate: at its greatest; it rises and then falls to nothing (one cycle).
        weight_decay: of AdamW.
        check_every: batches between two looks at the validation people.
        minutes: a region ends after this time at the latest.
        fast: convolutions in bfloat16 while training.
        seed: of everything.
        augmentation: of the training crops.
    """

    steps: int = 4000
    batch: int = 48
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    check_every: int = 250
    minutes: float = 60.0
    fast: bool = True
    seed: int = 478
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True)
class RegionReport:
    """What training of one region reached.

    Attributes:
        loss: (steps,) training loss.
        validation: list of (step, millimetres): mean distance from the truth on the validation people.
        mesh_mm: the same of the unrefined mesh.
    """

    loss: np.ndarray
    validation: list[tuple[int, float]]
    mesh_mm: float


def train(
    training: Halves, validation: Halves, options: TrainingOptions, log: Log = print
) -> tuple[RefinementNetwork, dict[str, RegionReport]]:
    """The best network on the validation people, and how it went."""
    parts = {region.name: train_region(region, training, validation, options, log) for region in REGIONS}
    return joined(parts), {name: report for name, (_, report) in parts.items()}


def joined(parts: dict[str, tuple[RegionNetwork, RegionReport]]) -> RefinementNetwork:
    """One network of the trained regions."""
    network = RefinementNetwork()
    for name, (part, _) in parts.items():
        network.regions[name].load_state_dict(part.state_dict())
    return network.eval()


def train_region(
    region: Region, training: Halves, validation: Halves, options: TrainingOptions, log: Log = print
) -> tuple[RegionNetwork, RegionReport]:
    """The best network of one region on the validation people; regions do not depend on each other."""
    torch.manual_seed(options.seed + REGIONS.index(region))
    network = RegionNetwork(len(region.points))
    random = np.random.default_rng([options.seed, REGIONS.index(region)])
    network.fast_training = options.fast
    network.to(memory_format=torch.channels_last)
    network.mean_mm.copy_(torch.from_numpy(training.truth_mm[region.name].mean(axis=0)))
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, betas=(0.9, 0.99)
    )
    averaged = torch.optim.swa_utils.AveragedModel(network, avg_fn=_running_average, use_buffers=True)
    held = _fixed(validation, region)
    mesh_mm = _distance(held[1], held[2])
    log(f"{region.name}: mesh {mesh_mm:.3f} mm on {len(validation)} halves of validation people")
    losses: list[float] = []
    checked: list[tuple[int, float]] = []
    best: dict[str, torch.Tensor] | None = None
    begin = time.monotonic()
    order = np.empty(0, dtype=np.int64)
    for step in range(options.steps):
        if time.monotonic() - begin > 60 * options.minutes:
            log(f"{region.name}: stopped by the clock; another run may stop elsewhere")
            break
        for group in optimiser.param_groups:
            group["lr"] = options.learning_rate * _one_cycle(step / options.steps)
        while len(order) < options.batch:
            order = np.concatenate([order, random.permutation(len(training))])
        chosen, order = order[: options.batch], order[options.batch :]
        crops, mesh, truth = _batch(training, region, chosen, options.augmentation, random)
        network.train()
        estimates = network.estimates(crops, mesh)
        parts = [refinement_loss(points, truth, region) for points in estimates]
        loss = parts[-1] + _EARLIER * sum(parts[:-1])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        averaged.update_parameters(network)
        losses.append(float(parts[-1].detach()))
        if (step + 1) % options.check_every == 0:
            best = _look(averaged.module, held, step + 1, checked, best, begin, losses, region, log, options)
    best = _look(averaged.module, held, len(losses), checked, best, begin, losses, region, log, options)
    network.load_state_dict(best)
    return network.eval(), RegionReport(np.array(losses), checked, mesh_mm)


def _look(
    network: torch.nn.Module,
    held: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    step: int,
    checked: list[tuple[int, float]],
    best: dict[str, torch.Tensor] | None,
    begin: float,
    losses: list[float],
    region: Region,
    log: Log,
    options: TrainingOptions,
) -> dict[str, torch.Tensor]:
    """Measure on the validation people; the state of the best look so far."""
    network.eval()
    with torch.inference_mode():
        refined = torch.cat([network(c, m) for c, m in zip(held[0].split(256), held[1].split(256), strict=True)])
    away = _distance(refined, held[2])
    recent = float(np.mean(losses[-options.check_every :])) if losses else float("nan")
    log(
        f"{region.name}: step {step}, {time.monotonic() - begin:.0f} s, loss {recent:.4f}, "
        f"validation {away:.3f} mm{_gap_text(refined, held[1], held[2], region)}"
    )
    better = best is None or away <= min(value for _, value in checked)
    checked.append((step, away))
    return {k: v.clone() for k, v in network.state_dict().items()} if better else best


def refinement_loss(refined: torch.Tensor, truth: torch.Tensor, region: Region) -> torch.Tensor:
    """Mean distance of points in millimetres, alar rims weighing more, and for the eye the error of the gap between its lids.

    Args:
        refined, truth: (N, P, 2) millimetres.
        region: whose points they are.
    """
    away = (refined - truth).square().sum(dim=-1).add(1e-4).sqrt()
    if region is not EYE:
        weights = away.new_tensor([_ALAR_WEIGHT if point in ALAR_POINTS else 1.0 for point in region.points])
        return (away * weights / weights.mean()).mean()
    return away.mean() + 0.7 * (lid_gaps(refined) - lid_gaps(truth)).abs().mean()


def lid_gaps(points: torch.Tensor) -> torch.Tensor:
    """(N, 7) height of the gap between facing points of the lids, millimetres, from the eye region's points (N, P, 2)."""
    count = len(mesh_regions(Side.RIGHT).upper_lid)
    return points[:, count : 2 * count, 1] - points[:, :count, 1]


def _gap_text(refined: torch.Tensor, mesh: torch.Tensor, truth: torch.Tensor, region: Region) -> str:
    if region is not EYE:
        return ""
    true = lid_gaps(truth)[:, 2:5].mean(dim=1)
    shut, wide = true < 0.5, true > 6.0
    seen = [lid_gaps(points)[:, 2:5].mean(dim=1) for points in (refined, mesh)]
    parts = [f"{float(gap[shut].mean()):.2f} shut, {float((gap / true)[wide].mean()):.3f} open" for gap in seen]
    return f"; gap {parts[0]} (mesh {parts[1]})"


def _running_average(average: torch.Tensor, newest: torch.Tensor, count: torch.Tensor | int) -> torch.Tensor:
    """Weights of the last some hundred steps, fewer at the beginning."""
    keep = min(_AVERAGED, (1.0 + float(count)) / (10.0 + float(count)))
    return (keep * average + (1.0 - keep) * newest).to(average.dtype)


def _one_cycle(done: float) -> float:
    """Part of the greatest learning rate: up within a twentieth, then down along a cosine."""
    return float(min(done / 0.05, 0.5 * (1 + np.cos(np.pi * (done - 0.05) / 0.95))) + 1e-3)


def _batch(
    halves: Halves, region: Region, chosen: np.ndarray, how: Augmentation, random: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    name = region.name
    rows = []
    for i in chosen:
        points = (halves.mesh_mm[name][i].astype(np.float64), halves.truth_mm[name][i].astype(np.float64))
        crop, (mesh, truth) = augmented(halves.crops[name][i], points, how, random)
        mesh = truth + random.uniform(*how.mesh_error) * (mesh - truth)
        mesh = mesh + how.point_noise_mm * random.exponential() * random.standard_normal(mesh.shape)
        rows.append((crop, mesh, truth))
    crops, mesh, truth = (np.stack(part) for part in zip(*rows, strict=True))
    return (
        torch.from_numpy(crops).permute(0, 3, 1, 2),
        torch.from_numpy(mesh.astype(np.float32)),
        torch.from_numpy(truth.astype(np.float32)),
    )


def _fixed(halves: Halves, region: Region) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """All halves as they are, without augmentation."""
    return _batch(halves, region, np.arange(len(halves)), NONE, np.random.default_rng(0))


def _distance(points: torch.Tensor, truth: torch.Tensor) -> float:
    return float((points - truth).square().sum(dim=-1).sqrt().mean())
