"""The face at rest: what lost tone (flaccid) or contracture (synkinetic) does to brow, lids, mouth and folds (reference D5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.face.landmarks import MESH478, MESH478_COUNT, mesh_regions
from core.phantom.condition import Condition, RestingSign
from core.phantom.muscle_table import Muscle
from core.phantom.muscles import MUSCLE_INDEX, SIDE_INDEX, muscle_fields, seal_lips
from core.phantom.portrait import Crease
from core.words import SIDES, Branch, Side

# Greatest resting deviations, beyond what observers call unacceptable (reference E3, F1); narrow eye and raised corner are
# smaller in contracture than the loss of tone is in complete palsy.
_LOW_BROW_MM = 5.5
_WIDE_EYE_MM = 3.0
_DROPPED_CORNER_MM = 5.0
_HIGH_LOWER_LIP_MM = 2.5
_NARROW_EYE_MM = 2.5
_RAISED_CORNER_MM = 2.0
# Tone is kept longer than movement: a half palsy shows a third of the resting signs.
_TONE_EXPONENT = 1.5
# A low brow comes to rest on the fold of the upper lid: it goes no further than this part of its distance from the lid.
_BROW_ROOM = 0.42
# Rows of the upper lip from the inside out, each opposite upper_lip_inner from its second point on, with the part of the push of
# a high lower lip that reaches them (patient's right).
_PUSHED_ROWS = (((183, 42, 41, 38, 12), 0.65), ((184, 74, 73, 72, 11), 0.35))
# Share of a wide eye that is the lower lid's, and of a narrow one.
_LOWER_LID_OF_WIDE, _LOWER_LID_OF_NARROW = 0.6, 0.5


@dataclass(frozen=True)
class RestingFaceOffset:
    """How a face at rest differs from the same face in health.

    Attributes:
        displacement_mm: (478, 3) face axes, lids apart.
        fissure_mm: (2,) change of the palpebral fissure, right and left; above 0 wider.
        lower_lid_mm: (2,) part of it by which the lower lid is higher (above 0) or lower.
        creases: change of the depth of folds; below 0 flatter.
    """

    displacement_mm: np.ndarray
    fissure_mm: np.ndarray
    lower_lid_mm: np.ndarray
    creases: dict[tuple[Crease, Side], float]


def resting_offset(condition: Condition, shape_mm: np.ndarray) -> RestingFaceOffset:
    """The resting signs of a condition on a face (478, 3) in health.

    Flaccid signs grow with the weakness of their branch, the others with contracture.
    """
    displacement = np.zeros((MESH478_COUNT, 3))
    fissure, lower_lid = np.zeros(2), np.zeros(2)
    creases: dict[tuple[Crease, Side], float] = {}
    for side in SIDES:
        column = SIDE_INDEX[side]

        def lost(branch: Branch, sign: RestingSign, side: Side = side) -> float:
            return condition.weakness(branch, side) ** _TONE_EXPONENT if sign in condition.resting_signs else 0.0

        def tight(sign: RestingSign, side: Side = side) -> float:
            return condition.contracture(side) if sign in condition.resting_signs else 0.0

        brow = lost(Branch.TEMPORAL, RestingSign.LOW_BROW)
        corner = lost(Branch.BUCCAL, RestingSign.DROPPED_CORNER)
        lip = lost(Branch.MARGINAL_MANDIBULAR, RestingSign.HIGH_LOWER_LIP)
        raised = tight(RestingSign.RAISED_CORNER)
        displacement += (
            -min(_LOW_BROW_MM, _room_below_brow(shape_mm, side))
            * brow
            * _lifts_by_one_mm(Muscle.FRONTALIS, side, mesh_regions(side).brow_middle)
            - _DROPPED_CORNER_MM * corner * _lifts_by_one_mm(Muscle.LEVATOR_ANGULI, side, (mesh_regions(side).corner,))
            + _RAISED_CORNER_MM
            * raised
            * _lifts_by_one_mm(Muscle.ZYGOMATICUS_MAJOR, side, (mesh_regions(side).corner,))
            + _HIGH_LOWER_LIP_MM * lip * _high_lower_lip(side)
        )
        wide = _WIDE_EYE_MM * lost(Branch.ZYGOMATIC, RestingSign.WIDE_EYE)
        narrow = _NARROW_EYE_MM * tight(RestingSign.NARROW_EYE)
        fissure[column] = wide - narrow
        lower_lid[column] = _LOWER_LID_OF_NARROW * narrow - _LOWER_LID_OF_WIDE * wide
        creases[Crease.FOREHEAD, side] = -brow
        creases[Crease.NASOLABIAL, side] = tight(RestingSign.DEEP_FOLD) - lost(Branch.BUCCAL, RestingSign.FLAT_FOLD)
    return RestingFaceOffset(displacement, fissure, lower_lid, creases)


def _lifts_by_one_mm(muscle: Muscle, side: Side, points: tuple[int, ...]) -> np.ndarray:
    """(478, 3) field of a muscle, scaled so that ``points`` rise by one millimetre on average."""
    field = muscle_fields()[MUSCLE_INDEX[muscle], SIDE_INDEX[side]]
    return field / field[list(points), 1].mean()


def _room_below_brow(shape_mm: np.ndarray, side: Side) -> float:
    """How far a brow can fall, millimetres."""
    face = mesh_regions(side)
    brow, lid = shape_mm[list(face.brow_lower[1:4]), 1].mean(), shape_mm[list(face.fissure_upper), 1].mean()
    return _BROW_ROOM * float(max(brow - lid, 0.0))


def _high_lower_lip(side: Side) -> np.ndarray:
    """(478, 3) lower lip without its depressor, one millimetre higher; it pushes the upper lip, so the lips stay together."""
    field = -muscle_fields()[MUSCLE_INDEX[Muscle.DEPRESSOR_LABII], SIDE_INDEX[side]]
    field = field / field[mesh_regions(side).lower_lip_lateral, 1]
    seal_lips(field)
    for half in SIDES:
        inner = list(mesh_regions(half).upper_lip_inner[1:])
        for row, part in _PUSHED_ROWS:
            field[list(row if half is Side.RIGHT else MESH478.mirrored(row))] = part * field[inner]
    return field
