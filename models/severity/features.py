"""What an examination measured, as one side of the face sees it: its own values, the other side's, and which of them are missing.

Everything is told as *own* and *other*, midline values as positive towards the own side, so that the two sides of a face are
two cases of one kind, and a mirrored examination gives the same numbers with the sides swapped. Nothing that depends on which
side was called affected is used, and no grade. Speeds, delays and the shape of curves over time are left out, because the
simulated examinations that the shipped network learned from do not have them as a video has (models/cohort/exams.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.exam.protocol import CORE_PROTOCOL, Expression
from core.grading.branches import BRANCH_SPECS
from core.grading.synkinesis import REGION_SPECS
from core.measures.movement import EYE_CLOSURES, MOVEMENT_SPECS
from core.result import ExamResult, ExpressionResult, Pair
from core.words import BRANCHES, SIDES, Branch

MOVEMENTS: tuple[Expression, ...] = tuple(
    expression for expression in CORE_PROTOCOL if expression is not Expression.REST
)
LEARNED_BRANCHES: tuple[Branch, ...] = tuple(branch for branch in BRANCHES if branch is not Branch.CERVICAL)
"""The cervical branch is left out: no movement of the core protocol tests it, so that only the other branches could tell of it."""
PICTURED: tuple[Expression, ...] = tuple(
    max(BRANCH_SPECS[branch].weights.items(), key=lambda item: item[1])[0] for branch in LEARNED_BRANCHES
)
"""The movements whose pictures are looked at: the main one of every learned branch."""

_CHANGES_MM = (
    "brow_height_canthal",
    "palpebral_fissure_height",
    "corner_lateral",
    "corner_height",
    "commissure_position",
    "snarl_height",
    "upper_lip_position",
    "lower_lip_position",
    "lower_lip_above_chin",
    "lower_lip_lateral_height",
    "dental_show",
)
_RESTING_MM = (
    "brow_height_canthal",
    "palpebral_fissure_height",
    "margin_reflex_distance_1",
    "margin_reflex_distance_2",
    "corner_lateral",
    "corner_height",
    "commissure_position",
    "snarl_height",
    "alar_lateral",
    "upper_lip_position",
    "lower_lip_position",
    "lower_lip_lateral_height",
    "vermilion_height_upper",
    "vermilion_height_lower",
)
_RESTING_MIDLINE = ("mouth_cant", "philtrum_deviation", "philtrum_angle", "chin_deviation")
# A share of the stronger side is noise where that side hardly moved: it must have made this part of the least movement.
_PART_OF_MINIMUM = 0.5
_LEAST_SHARE = -0.5
_LEAST_CLOSURE = 0.2

_Sides = tuple[float | None, float | None]
_NOTHING: _Sides = (None, None)


@dataclass(frozen=True)
class Quantity:
    """One measured quantity.

    Attributes:
        name: with its unit.
        movement: the expression that it belongs to; None for the face at rest.
        both: whether the other side's value is a feature, too; a difference of the sides needs it not.
        read: the patient's right and left.
    """

    name: str
    movement: Expression | None
    both: bool
    read: Callable[[ExamResult], _Sides]


def kinematics(result: ExamResult) -> np.ndarray:
    """(2, F) float32 features of the patient's right and left in the order of ``FEATURES``; NaN where nothing was measured."""
    columns = []
    for quantity in QUANTITIES:
        right, left = (np.nan if value is None else value for value in quantity.read(result))
        columns.append((right, left))
        if quantity.both:
            columns.append((left, right))
    return np.array(columns, dtype=np.float32).T.copy()


def measured_movements(features: np.ndarray) -> np.ndarray:
    """(..., M) bool for features (..., 2, F): movements whose primary excursion was measured on either side."""
    return np.isfinite(features[..., _EXCURSIONS]).any(axis=-2)


def tested_branches(movements: np.ndarray) -> np.ndarray:
    """(..., B) bool for movements (..., M) that are known: learned branches of which at least one movement is."""
    return (movements[..., None, :] & _TESTS).any(axis=-1)


def pictured_movements(seen: np.ndarray) -> np.ndarray:
    """(..., M) bool for pictures (..., P) that there are, rest first: movements that are pictured."""
    movements = np.zeros((*seen.shape[:-1], len(MOVEMENTS)), bool)
    movements[..., [MOVEMENTS.index(movement) for movement in PICTURED]] = seen[..., 1:]
    return movements


def _pair(pair: Pair) -> _Sides:
    return pair.right, pair.left


def _shares(pair: Pair, least: float) -> _Sides:
    """Each side as a part of the stronger one; nothing where the stronger one is below ``least``."""
    if pair.right is None or pair.left is None:
        return _NOTHING
    stronger = max(pair.right, pair.left)
    if stronger < least:
        return _NOTHING
    return max(pair.right / stronger, _LEAST_SHARE), max(pair.left / stronger, _LEAST_SHARE)


def _towards(value: float | None) -> _Sides:
    """A midline value, positive towards the patient's left, as positive towards each own side."""
    return _NOTHING if value is None else (-value, value)


def _of_movement(movement: Expression, read: Callable[[ExpressionResult], _Sides]) -> Callable[[ExamResult], _Sides]:
    def find(result: ExamResult) -> _Sides:
        entry = result.expressions.get(movement)
        return _NOTHING if entry is None else read(entry)

    return find


def _change(measure: str) -> Callable[[ExpressionResult], _Sides]:
    return lambda entry: _pair(entry.measures.get(f"{measure}_change_mm", Pair()))


def _resting_difference(measure: str) -> Callable[[ExamResult], _Sides]:
    """Own minus other side at rest."""

    def find(result: ExamResult) -> _Sides:
        found = result.resting.get(measure)
        return _NOTHING if found is None or found.difference is None else (found.difference, -found.difference)

    return find


def _resting_midline(measure: str) -> Callable[[ExamResult], _Sides]:
    def find(result: ExamResult) -> _Sides:
        found = result.resting.get(measure)
        return _NOTHING if found is None else _towards(found.difference)

    return find


def _unwanted(region: str, trigger: Expression) -> Callable[[ExamResult], _Sides]:
    def find(result: ExamResult) -> _Sides:
        moved = {e.side: e.unwanted_mm for e in result.synkinesis if e.region == region and e.trigger is trigger}
        right, left = (moved.get(side) for side in SIDES)
        return right, left

    return find


def _movement_quantities(movement: Expression) -> list[Quantity]:
    least = _PART_OF_MINIMUM * MOVEMENT_SPECS[movement].minimum_mm
    readers: dict[str, tuple[bool, Callable[[ExpressionResult], _Sides]]] = {
        "excursion, mm": (True, lambda e: _pair(e.excursion_mm)),
        "share of the stronger side": (True, lambda e: _shares(e.excursion_mm, least)),
        "drag of the midline, mm": (False, lambda e: _towards(e.midline_drag_mm)),
        **{f"change of {measure}, mm": (True, _change(measure)) for measure in _CHANGES_MM},
    }
    if movement in EYE_CLOSURES:
        readers["closure"] = (True, lambda e: _pair(e.closure_fraction))
        readers["share of the closure"] = (True, lambda e: _shares(e.closure_fraction, _LEAST_CLOSURE))
        readers["gap left, mm"] = (True, lambda e: _pair(e.residual_gap_mm))
    return [
        Quantity(f"{movement.value}: {name}", movement, both, _of_movement(movement, read))
        for name, (both, read) in readers.items()
    ]


QUANTITIES: tuple[Quantity, ...] = (
    *(quantity for movement in MOVEMENTS for quantity in _movement_quantities(movement)),
    *(Quantity(f"rest: {name}, own minus other, mm", None, False, _resting_difference(name)) for name in _RESTING_MM),
    *(Quantity(f"rest: {name}", None, False, _resting_midline(name)) for name in _RESTING_MIDLINE),
    *(
        Quantity(f"{trigger.value}: unwanted {region.value}, mm", trigger, True, _unwanted(region.value, trigger))
        for region, spec in REGION_SPECS.items()
        for trigger in spec.triggers
    ),
)


def _columns() -> list[tuple[str, Expression | None]]:
    """Name of every feature with its movement."""
    columns: list[tuple[str, Expression | None]] = []
    for quantity in QUANTITIES:
        columns.append((f"{quantity.name}, own", quantity.movement))
        if quantity.both:
            columns.append((f"{quantity.name}, other", quantity.movement))
    return columns


FEATURES: tuple[str, ...] = tuple(name for name, _ in _columns())
MOVEMENT_OF_FEATURE: np.ndarray = np.array(
    [-1 if movement is None else MOVEMENTS.index(movement) for _, movement in _columns()]
)
"""(F,) number of the movement in ``MOVEMENTS`` that each feature belongs to, -1 for rest."""
_EXCURSIONS = np.array([FEATURES.index(f"{movement.value}: excursion, mm, own") for movement in MOVEMENTS])
_TESTS = np.array([[movement in BRANCH_SPECS[branch].weights for movement in MOVEMENTS] for branch in LEARNED_BRANCHES])
