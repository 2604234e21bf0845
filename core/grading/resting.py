"""The face at rest: static measures on both sides and the deviations that count as weakness (reference B2, E3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.measures.curves import Curves
from core.result import RestingEvidence, RestingMeasure
from core.words import Branch, Side


@dataclass(frozen=True)
class RestingDeviation:
    """Which resting measure belongs to a branch.

    Attributes:
        measure: name of the curve.
        sign: +1 when a larger value on the affected side points to weakness, else -1.
        tolerated_mm, full_mm: tau0 and tau1 of reference E3; below the first nothing is counted, at the second everything.
    """

    measure: str
    sign: int
    tolerated_mm: float
    full_mm: float


RESTING_DEVIATIONS: dict[Branch, RestingDeviation] = {
    Branch.TEMPORAL: RestingDeviation("brow_height_canthal", -1, 2.0, 7.0),
    Branch.ZYGOMATIC: RestingDeviation("palpebral_fissure_height", +1, 1.0, 4.0),
    Branch.BUCCAL: RestingDeviation("corner_height", -1, 1.5, 6.0),
    Branch.MARGINAL_MANDIBULAR: RestingDeviation("lower_lip_position", +1, 1.0, 4.0),
}


@dataclass(frozen=True)
class RestingFace:
    """Medians of all measures over the rest, eyes open.

    Attributes:
        values: measure -> (2,) right and left.
        midline: measure -> value.
        units: measure -> unit.
    """

    values: dict[str, np.ndarray]
    midline: dict[str, float]
    units: dict[str, str]

    def difference(self, measure: str, side: Side) -> float | None:
        """Value of ``side`` minus the other side."""
        right, left = self.values[measure]
        difference = float(right - left) if side is Side.RIGHT else float(left - right)
        return difference if np.isfinite(difference) else None

    def value(self, measure: str, side: Side) -> float | None:
        value = float(self.values[measure][0 if side is Side.RIGHT else 1])
        return value if np.isfinite(value) else None


def resting_face(curves: Curves, rest: np.ndarray) -> RestingFace:
    """Medians over the samples ``rest`` (K,) bool that have a face and no blink; NaN where there are none."""
    values = {name: _median(curve[rest]) for name, curve in curves.values.items()}
    midline = {name: float(_median(curve[rest][:, None])[0]) for name, curve in curves.midline.items()}
    return RestingFace(values, midline, curves.units)


def _median(rows: np.ndarray) -> np.ndarray:
    rows = rows[np.isfinite(rows).all(axis=1)]
    return np.median(rows, axis=0) if len(rows) else np.full(rows.shape[1], np.nan)


def resting_evidence(face: RestingFace, branch: Branch, side: Side) -> RestingEvidence | None:
    """How far the resting position of ``side`` deviates from the other side in the direction of weakness.

    A deviation the other way (narrow eye, corner pulled up) is no weakness but a sign of hypertonic muscles.
    """
    deviation = RESTING_DEVIATIONS.get(branch)
    if deviation is None:
        return None
    difference = face.difference(deviation.measure, side)
    if difference is None:
        return RestingEvidence(measure=deviation.measure, deviation_mm=None, score=None)
    signed = deviation.sign * difference
    score = np.clip((signed - deviation.tolerated_mm) / (deviation.full_mm - deviation.tolerated_mm), 0, 1)
    return RestingEvidence(
        measure=deviation.measure,
        deviation_mm=signed,
        score=float(score),
        opposite=bool(signed < -deviation.tolerated_mm),
    )


def resting_measures(face: RestingFace) -> dict[str, RestingMeasure]:
    """All static measures for the result: right, left and right minus left; midline measures carry only the difference."""
    measures = {}
    for name, (right, left) in face.values.items():
        measures[name] = RestingMeasure(
            unit=face.units[name], right=finite(right), left=finite(left), difference=finite(right - left)
        )
    for name, value in face.midline.items():
        measures[name] = RestingMeasure(unit=face.units[name], right=None, left=None, difference=finite(value))
    return measures


def finite(value: float | None) -> float | None:
    """The value as a float, or None when it is missing or not finite."""
    return float(value) if value is not None and np.isfinite(value) else None
