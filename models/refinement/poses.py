"""Random faces for training: each half moves by itself, as in palsy and synkinesis, through the muscle model of the phantom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.exam.protocol import Expression
from core.phantom.lids import LOWER_LID_SHARE, keep_lid_skin_in_order, lid_displacement
from core.phantom.muscle_table import Muscle
from core.phantom.muscles import (
    MUSCLE_INDEX,
    MUSCLE_ORDER,
    crease_depths,
    displacement,
    lid_coefficients,
    part_lips,
)
from core.phantom.portrait import Crease
from core.phantom.recruitment import voluntary_activation
from core.words import SIDES, Side

_JAW_DROP_MM = 10.0
# How often each movement is drawn; lids also move by themselves.
_MOVEMENTS: dict[Expression, float] = {
    Expression.REST: 2.0,
    Expression.BROW_RAISE: 2.0,
    Expression.EYES_TIGHT: 1.5,
    Expression.SNARL: 2.0,
    Expression.SMILE_CLOSED: 1.5,
    Expression.SMILE_OPEN: 2.0,
    Expression.PUCKER: 1.5,
    Expression.EEE: 1.5,
    Expression.PLATYSMA: 0.7,
    Expression.CHEEK_PUFF: 0.5,
    Expression.FROWN: 1.0,
    Expression.SPEECH: 0.7,
}
# Greatest resting deviations, as parts of a full contraction or of the open fissure.
_LOW_BROW, _DROPPED_CORNER = 0.5, 0.9
_WIDE, _NARROW = -0.3, 0.25


@dataclass(frozen=True)
class PosedFace:
    """One moved face.

    Attributes:
        shape_mm: (478, 3) face axes.
        creases: depth of the folds.
        jaw_drop_mm: how far the lower teeth have gone down.
    """

    shape_mm: np.ndarray
    creases: dict[tuple[Crease, Side], float]
    jaw_drop_mm: float


def random_pose(shape_mm: np.ndarray, random: np.random.Generator) -> PosedFace:
    """A random movement of a face (478, 3) at rest: one or two expressions, each side as far as it pleases, lids by themselves."""
    activation = np.zeros((len(MUSCLE_ORDER), len(SIDES)))
    for _ in range(1 if random.random() < 0.65 else 2):
        activation += _random_expression(random)
    activation[MUSCLE_INDEX[Muscle.JAW]] = activation[MUSCLE_INDEX[Muscle.JAW]].mean()
    lost = random.random((2, len(SIDES))) * (random.random((2, len(SIDES))) < 0.2)
    activation[MUSCLE_INDEX[Muscle.FRONTALIS]] -= _LOW_BROW * lost[0]
    activation[MUSCLE_INDEX[Muscle.LEVATOR_ANGULI]] -= _DROPPED_CORNER * lost[1]
    return posed(shape_mm, activation, _random_closure(random))


def posed(shape_mm: np.ndarray, activation: np.ndarray, closure: np.ndarray) -> PosedFace:
    """A face (478, 3) with its muscles contracted.

    Args:
        shape_mm: the face at rest.
        activation: (muscles, 2) contraction, right and left; that of the lids' sphincter adds to ``closure``.
        closure: (2,) part of the open fissure that the lids cover beside that, right and left; below 0 wider than at rest.
    """
    closes, lifts = lid_coefficients()
    sphincter = np.clip(closes @ np.clip(activation, 0.0, None), 0.0, 1.0)
    raised = np.where(closes > 0, 0.0, lifts) @ activation
    shifted = np.where(closes > 0, lifts, 0.0) @ activation
    open_part = np.maximum((1.0 - closure) * (1.0 - sphincter) - raised, 0.0)
    shut = 1.0 - open_part
    lower = LOWER_LID_SHARE * np.clip(shut - raised, 0.0, None) + raised + shifted
    still = activation[None]
    moved = shape_mm + displacement(still)
    moved = moved + lid_displacement(shape_mm, shut[None], (lower - LOWER_LID_SHARE * shut)[None])
    part_lips(shape_mm, moved)
    keep_lid_skin_in_order(shape_mm, moved)
    creases = {key: float(depth[0]) for key, depth in crease_depths(still).items()}
    jaw = float(activation[MUSCLE_INDEX[Muscle.JAW]].mean())
    return PosedFace(moved[0], creases, _JAW_DROP_MM * jaw)


def contraction(expression: Expression, right: float, left: float) -> np.ndarray:
    """(muscles, 2) activation of an expression with each side contracting by its own part."""
    activation = voluntary_activation(expression)[:, None] * np.array([right, left])
    activation[MUSCLE_INDEX[Muscle.JAW]] = activation[MUSCLE_INDEX[Muscle.JAW]].max()
    return activation


def _random_expression(random: np.random.Generator) -> np.ndarray:
    names = list(_MOVEMENTS)
    parts = np.array(list(_MOVEMENTS.values()))
    expression = names[int(random.choice(len(names), p=parts / parts.sum()))]
    amplitude = random.uniform(0.25, 1.15)
    sides = np.full(2, amplitude)
    if random.random() < 0.6:
        sides[int(random.integers(2))] *= 0.0 if random.random() < 0.4 else random.uniform(0.0, 1.0)
    activation = contraction(expression, *sides)
    jaw = activation[MUSCLE_INDEX[Muscle.JAW]].copy()
    activation *= random.uniform(0.75, 1.25, activation.shape)
    activation[MUSCLE_INDEX[Muscle.JAW]] = jaw * random.uniform(0.5, 1.3)
    return activation


def _random_closure(random: np.random.Generator) -> np.ndarray:
    closure = np.zeros(2)
    if random.random() < 0.25:
        closure += random.uniform(_WIDE, _NARROW, 2)
    if random.random() < 0.5:
        for column in range(2):
            draw = random.random()
            if draw < 0.3:
                closure[column] = 1.0
            elif draw < 0.55:
                closure[column] = random.uniform(0.0, 1.0)
    return closure
