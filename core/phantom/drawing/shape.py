"""The shape of a drawn face: mean and variations of tracked faces, in millimetres (made by benchmarks/make_shape_model.py)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from core.face.landmarks import MESH478, mesh_regions
from core.face.scale import IRIS_DIAMETER_MM
from core.phantom.drawing.identity import Identity
from core.phantom.portrait import PORTRAIT_DISTANCE_MM
from core.words import SIDES, Side

_MODEL = Path(__file__).with_name("face_shapes.npz")
_ASYMMETRY_MM = 0.45
_LIFT_MM = 2.0
_SKIN_FOLLOWS_LID = 0.5
# Skin next to the lid margins that gives way when the fissure is set, patient's right: above and below.
_ABOVE = (247, 30, 29, 27, 28, 56, 190)
_BELOW = (110, 24, 23, 22, 26, 112, 243)


@cache
def _model() -> tuple[np.ndarray, np.ndarray]:
    with np.load(_MODEL, allow_pickle=False) as stored:
        variations = stored["components"] * stored["spread_mm"][:, None, None]
        return stored["mean_mm"].astype(float), variations.astype(float)


def face_shape(identity: Identity) -> np.ndarray:
    """(478, 3) millimetres in face axes of the face at rest, lips closed; origin between the inner canthi."""
    mean, variations = _model()
    weights = np.zeros(len(variations))
    weights[: len(identity.shape)] = identity.shape
    shape = mean + np.tensordot(weights, variations, axes=1)
    shape[:, :2] = shape[:, :2] * (
        1 - shape[:, 2:] / PORTRAIT_DISTANCE_MM
    )  # tracked as seen; this is what is seen like that
    _close_lips(shape)
    _lift_corners(shape)
    for side in SIDES:
        _set_brow(shape, side, identity.brow_shape)
        _set_fissure(shape, side, identity.fissure_mm)
    shape += _natural_asymmetry(identity.seed)
    for side in SIDES:
        _set_iris(shape, side)
    canthi = [mesh_regions(side).inner_canthus for side in SIDES]
    return shape - shape[canthi].mean(axis=0)


def _close_lips(shape: np.ndarray) -> None:
    for side in SIDES:
        region = mesh_regions(side)
        for upper, lower in zip(region.upper_lip_inner[1:], region.lower_lip_inner[1:], strict=True):
            shape[upper] = shape[lower] = (shape[upper] + shape[lower]) / 2


def _lift_corners(shape: np.ndarray) -> None:
    """A trace of friendliness: the mouth corners a millimetre up."""
    for side in SIDES:
        corner = shape[mesh_regions(side).corner].copy()
        reach = np.linalg.norm((shape[:468] - corner) / [13, 9, 30], axis=1)
        shape[:468, 1] += _LIFT_MM * np.exp(-0.5 * reach**2)


def _set_brow(shape: np.ndarray, side: Side, arch_mm: float) -> None:
    """Lift the middle of the brow against its ends."""
    region = mesh_regions(side)
    for line in (region.brow_upper, region.brow_lower):
        for index, share in zip(line, (0.0, 0.7, 1.0, 0.5, 0.0), strict=True):
            shape[index, 1] += arch_mm * share


def _set_fissure(shape: np.ndarray, side: Side, height_mm: float) -> None:
    """Open the lids to the given height in the middle; two thirds of the change at the upper lid."""
    region = mesh_regions(side)
    middle = shape[list(region.fissure_upper), 1] - shape[list(region.fissure_lower), 1]
    factor = height_mm / float(middle.mean()) - 1
    above = _ABOVE if side is Side.RIGHT else MESH478.mirrored(_ABOVE)
    below = _BELOW if side is Side.RIGHT else MESH478.mirrored(_BELOW)
    for upper, lower, over, under in zip(region.upper_lid, region.lower_lid, above, below, strict=True):
        change = factor * (shape[upper, 1] - shape[lower, 1])
        shape[upper, 1] += change * 2 / 3
        shape[lower, 1] -= change / 3
        shape[over, 1] += _SKIN_FOLLOWS_LID * change * 2 / 3
        shape[under, 1] -= _SKIN_FOLLOWS_LID * change / 3


def _set_iris(shape: np.ndarray, side: Side) -> None:
    """A round iris of exactly 11.7 mm, its upper rim a little under the upper lid as in a relaxed gaze."""
    region = mesh_regions(side)
    upper = float(shape[list(region.fissure_upper), 1].mean())
    lower = float(shape[list(region.fissure_lower), 1].mean())
    centre = shape[region.iris_centre]
    centre[1] = lower + 0.53 * (upper - lower)
    radius = IRIS_DIAMETER_MM / 2
    lateral = np.array([side.lateral_sign * radius, 0.0, 0.0])
    vertical = np.array([0.0, radius, 0.0])
    shape[region.iris_temporal], shape[region.iris_nasal] = centre + lateral, centre - lateral
    shape[region.iris_top], shape[region.iris_bottom] = centre + vertical, centre - vertical


def _natural_asymmetry(seed: int) -> np.ndarray:
    """(478, 3) smooth antisymmetric differences of half a millimetre: healthy faces are not symmetric."""
    mean, _ = _model()
    rng = np.random.default_rng([11, seed])
    centres = rng.uniform([5, -95, -10], [60, 45, 20], (6, 3))
    moves = rng.normal(0, _ASYMMETRY_MM / 2, (6, 3)) * [1, 1, 0.3]
    field = np.zeros_like(mean)
    for centre, move in zip(centres, moves, strict=True):
        weight = np.exp(-(np.linalg.norm(mean - centre, axis=1) ** 2) / (2 * 22.0**2))
        field += weight[:, None] * move
    return field - field[MESH478.mirror] * [-1, 1, 1]
