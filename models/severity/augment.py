"""How examinations are changed for training: what is missing, how exactly it was measured, and what a camera does to pictures.

Mirrored copies are not among it: the network treats both sides alike by construction, so they would teach it nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from models.severity.features import MOVEMENT_OF_FEATURE, MOVEMENTS, PICTURED
from models.severity.inference import Inputs


@dataclass(frozen=True)
class Augmentation:
    """How strongly examinations are changed.

    Attributes:
        movements_missing: chance that a movement was not recorded: no features, no picture.
        pictures_missing: chance that a picture is missing whose movement was measured.
        only_measured, only_pictured: chances that an examination has measurements alone, or pictures alone.
        effort: SD of the common factor of all features of one movement, both sides.
        noise: SD of noise on each feature, in SDs of the training people.
        shift_px, turn_deg, scale: SDs of each picture's place, as alignment errs.
        gamma, gain: SDs of the logarithms of the light, shared by the pictures of an examination.
        grain: greatest SD of noise of the pictures, grey levels.
    """

    movements_missing: float = 0.15
    pictures_missing: float = 0.3
    only_measured: float = 0.35
    only_pictured: float = 0.1
    effort: float = 0.05
    noise: float = 0.1
    shift_px: float = 0.8
    turn_deg: float = 1.2
    scale: float = 0.012
    gamma: float = 0.15
    gain: float = 0.15
    grain: float = 6.0


NONE = Augmentation(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def thinned(
    kinematics: np.ndarray, seen: np.ndarray, how: Augmentation, inputs: Inputs, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Features (E, 2, F) and pictures there are (E, P) with some of them missing; an examination never loses everything."""
    exams = len(seen)
    kinematics, seen = kinematics.copy(), seen.copy()
    gone = random.random((exams, len(MOVEMENTS))) < how.movements_missing
    gone &= ~gone.all(axis=1, keepdims=True)
    measured = np.isfinite(kinematics).any(axis=(1, 2))
    pictured = seen[:, 1:].any(axis=1)
    kind = random.random(exams)
    both = measured & pictured & (inputs is Inputs.BOTH)
    kinematics[both & (kind < how.only_pictured)] = np.nan
    seen[both & (kind >= 1 - how.only_measured)] = False
    of_movement = np.where(MOVEMENT_OF_FEATURE < 0, len(MOVEMENTS), MOVEMENT_OF_FEATURE)
    features_gone = np.concatenate([gone, np.zeros((exams, 1), bool)], axis=1)[:, of_movement]
    kinematics[np.broadcast_to(features_gone[:, None], kinematics.shape)] = np.nan
    lost = gone[:, [MOVEMENTS.index(movement) for movement in PICTURED]]
    seen[:, 1:] &= ~lost & (random.random(lost.shape) >= how.pictures_missing)
    seen[:, 0] &= random.random(exams) >= how.movements_missing / 2
    return kinematics, seen


def disturbed(kinematics: np.ndarray, spread: np.ndarray, how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Features (E, 2, F) of another effort, less exactly measured; ``spread`` (F,) is their SD."""
    effort = np.exp(how.effort * random.standard_normal((len(kinematics), len(MOVEMENTS) + 1)))
    effort[:, -1] = 1.0  # of the face at rest
    noise = how.noise * spread * random.standard_normal(kinematics.shape)
    return (kinematics * effort[:, MOVEMENT_OF_FEATURE][:, None] + noise).astype(np.float32)


def rephotographed(pictures: torch.Tensor, how: Augmentation, random: torch.Generator) -> torch.Tensor:
    """(E, P, S, S) grey pictures from 0 to 255 as another camera, light and alignment would have given them."""
    if how == NONE:
        return pictures
    exams, count, size, _ = pictures.shape
    total = exams * count

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random)

    angle = torch.deg2rad(how.turn_deg * normal(total))
    scale = 1 + how.scale * normal(total)
    shift = how.shift_px * normal(total, 2) * 2 / size
    turned = torch.stack([angle.cos() * scale, -angle.sin() * scale, shift[:, 0]], dim=1)
    other = torch.stack([angle.sin() * scale, angle.cos() * scale, shift[:, 1]], dim=1)
    grid = functional.affine_grid(torch.stack([turned, other], dim=1), [total, 1, size, size], align_corners=False)
    moved = functional.grid_sample(
        pictures.reshape(total, 1, size, size), grid, padding_mode="border", align_corners=False
    ).reshape(pictures.shape)
    gamma, gain = ((size_of * normal(exams, 1, 1, 1)).exp() for size_of in (how.gamma, how.gain))
    lit = 255 * (moved / 255).clamp(min=0).pow(gamma) * gain
    grain = how.grain * torch.rand(exams, count, 1, 1, generator=random)
    return (lit + grain * normal(*pictures.shape)).clamp(0, 255)
