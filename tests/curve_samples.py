"""Curves for tests of movements: every measure still, apart from the ramps that are asked for."""

from __future__ import annotations

import numpy as np

from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.exam.timeline import Timeline, timeline
from core.measures.curves import MEASURES, MIDLINE_MEASURES, Curves
from core.measures.movement import ExpressionMeasurement, measure_expression

RATE_HZ = 60
RISE_S, HOLD_S = 0.5, 2.0
MOVE_S = HOLD_S + 2 * RISE_S
FIRST_S, EVERY_S = 3.0, 6.0

Sides = tuple[float, float]


def still_curves(repetitions: int = 1) -> Curves:
    """All measures at 10 in every unit, the midline at 0: three seconds of rest, then room for the repetitions."""
    times = np.arange(round((FIRST_S + repetitions * EVERY_S) * RATE_HZ)) / RATE_HZ
    values = {name: np.full((len(times), 2), 10.0) for name in MEASURES}
    midline = {name: np.zeros(len(times)) for name in MIDLINE_MEASURES}
    units = {name: spec.unit for name, spec in MEASURES.items()} | {n: row[1] for n, row in MIDLINE_MEASURES.items()}
    return Curves(times, values, units, midline)


def start_s(repetition: int) -> float:
    return FIRST_S + repetition * EVERY_S


def ramp(times_s: np.ndarray, begin_s: float) -> np.ndarray:
    """(K,) 0 to 1: up in half a second, two seconds held, down in half a second."""
    return np.interp(times_s, begin_s + np.array([0, RISE_S, RISE_S + HOLD_S, MOVE_S]), [0.0, 1.0, 1.0, 0.0])


def move(
    curves: Curves, measure: str, right: float, left: float, *, repetition: int = 0, late_s: Sides = (0.0, 0.0)
) -> None:
    """Add one movement to one measure; ``late_s`` delays the right and the left."""
    for i, (amount, delay) in enumerate(zip((right, left), late_s, strict=True)):
        curves.values[measure][:, i] += amount * ramp(curves.times_s, start_s(repetition) + delay)


def segments(expression: Expression, repetitions: int = 1) -> list[Segment]:
    return [Segment(expression=expression, start_s=start_s(i), end_s=start_s(i) + MOVE_S) for i in range(repetitions)]


def laid_out(curves: Curves, expression: Expression, repetitions: int = 1) -> Timeline:
    return timeline(curves.times_s, segments(expression, repetitions))


def measured(curves: Curves, expression: Expression, repetitions: int = 1) -> ExpressionMeasurement:
    """The expression measured with every sample usable as rest."""
    usable = np.ones(len(curves.times_s), dtype=bool)
    return measure_expression(curves, laid_out(curves, expression, repetitions), expression, usable=usable)
