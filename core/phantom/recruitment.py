"""Which muscles a movement recruits: the wanted ones of every expression, and the unwanted ones of a synkinesis.

The amounts are chosen so that a healthy phantom moves as published (reference F1) when its exact landmarks are measured.
"""

from __future__ import annotations

import numpy as np

from core.exam.protocol import Expression
from core.face.landmarks import mesh_regions
from core.grading.synkinesis import REGION_SPECS, Region
from core.phantom.muscle_table import Muscle
from core.phantom.muscles import MUSCLE_INDEX, MUSCLE_ORDER, muscle_fields
from core.words import Side

# Lids of a healthy eye are driven a little beyond shut, so that they stay shut through tremor and natural differences.
_CLOSE = 1.15

VOLUNTARY: dict[Expression, dict[Muscle, float]] = {
    Expression.REST: {},
    Expression.BROW_RAISE: {Muscle.FRONTALIS: 1.0},
    Expression.EYES_GENTLE: {Muscle.OCULI_PALPEBRAL: _CLOSE},
    Expression.EYES_TIGHT: {
        Muscle.OCULI_PALPEBRAL: _CLOSE - 0.55,
        Muscle.OCULI_ORBITAL: 1.0,
        Muscle.CORRUGATOR: 0.15,
        Muscle.LEVATOR_ANGULI: 0.15,
    },
    Expression.SNARL: {
        Muscle.LEVATOR_ALAEQUE_NASI: 0.85,
        Muscle.LEVATOR_LABII: 0.30,
        Muscle.OCULI_ORBITAL: 0.08,
    },
    Expression.SMILE_CLOSED: {
        Muscle.ZYGOMATICUS_MAJOR: 0.72,
        Muscle.LEVATOR_ANGULI: 0.18,
        Muscle.OCULI_ORBITAL: 0.06,
    },
    Expression.SMILE_OPEN: {
        Muscle.ZYGOMATICUS_MAJOR: 1.0,
        Muscle.ZYGOMATICUS_MINOR: 0.6,
        Muscle.LEVATOR_LABII: 0.35,
        Muscle.LEVATOR_ANGULI: 0.35,
        Muscle.RISORIUS: 0.10,
        Muscle.DEPRESSOR_LABII: 0.20,
        Muscle.OCULI_ORBITAL: 0.10,
        Muscle.JAW: 0.25,
    },
    Expression.PUCKER: {Muscle.ORBICULARIS_ORIS: 0.93, Muscle.MENTALIS: 0.15},
    Expression.EEE: {Muscle.DEPRESSOR_LABII: 1.1, Muscle.RISORIUS: 0.45, Muscle.JAW: 0.12},
    Expression.PLATYSMA: {Muscle.PLATYSMA: 1.1, Muscle.DEPRESSOR_ANGULI: 0.18},
    Expression.CHEEK_PUFF: {Muscle.BUCCINATOR: 1.0, Muscle.ORBICULARIS_ORIS: 0.15},
    Expression.BLINK_VOLUNTARY: {Muscle.OCULI_PALPEBRAL: _CLOSE},
    Expression.FROWN: {Muscle.CORRUGATOR: 1.0, Muscle.OCULI_ORBITAL: 0.08},
    Expression.SPEECH: {Muscle.JAW: 0.45, Muscle.ORBICULARIS_ORIS: 0.20, Muscle.DEPRESSOR_LABII: 0.15},
}

# The muscle whose unwanted contraction moves a watched region; the eye is narrowed by the lids themselves.
_UNWANTED: dict[Region, Muscle] = {
    Region.MOUTH_CORNER: Muscle.ZYGOMATICUS_MAJOR,
    Region.BROW: Muscle.FRONTALIS,
    Region.LOWER_LIP: Muscle.MENTALIS,
    Region.NECK: Muscle.PLATYSMA,
}


def voluntary_activation(expression: Expression) -> np.ndarray:
    """(muscles,) contraction of the muscles of one side at the height of an expression, in the order of MUSCLE_ORDER."""
    recruited = VOLUNTARY[expression]
    return np.array([recruited.get(muscle, 0.0) for muscle in MUSCLE_ORDER])


def unwanted_activation(region: Region) -> np.ndarray:
    """(muscles,) contraction that moves a watched region by its full unwanted movement of reference E4; zeros for the eye."""
    activation = np.zeros(len(MUSCLE_ORDER))
    if region in _UNWANTED:
        muscle = _UNWANTED[region]
        activation[MUSCLE_INDEX[muscle]] = REGION_SPECS[region].full_mm / _region_movement_mm(region, muscle)
    return activation


def _region_movement_mm(region: Region, muscle: Muscle) -> float:
    """How far a muscle at full contraction moves the region as reference E4 watches it, millimetres."""
    field = muscle_fields()[MUSCLE_INDEX[muscle], 0]
    face = mesh_regions(Side.RIGHT)
    if region is Region.BROW:
        return float(field[list(face.brow_middle), 1].mean())
    if region is Region.LOWER_LIP:
        return float(field[face.lower_lip_lateral, 1])
    return float(np.linalg.norm(field[face.corner, :2]))
