"""What two visits differ by without any change in the patient: the floor of every minimal detectable change, with its source.

Published floors are few (reference F2 found none for landmark measures in millimetres): the noise of the landmarks on one
photograph (B7) and how far healthy people repeat an expression on the same day. Everything else was measured on simulated
people, examined repeatedly in other light, distance, pose and effort and with other camera noise. The greater of both is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.exam.protocol import Expression
from core.grading.change_types import Kind

_LANDMARKS = "Noise of the landmarks on one photograph (reference B7, F2)."
_HEALTHY = (
    "How closely healthy people repeat an expression on the same day, at most 1.12 mm (Johnston 2003, reference F2)."
)
_SIMULATED = "Difference of two examinations of unchanged simulated people, 95 % of them (benchmarks/change.py, docs/accuracy.md)."
_STEP = "One step of one item of the scale."


@dataclass(frozen=True)
class Floor:
    """A floor in the unit of its row, and one sentence on where it comes from."""

    value: float
    source: str


# MDC95 of reference F2: 2.77 times the standard deviation of the difference of the sides in B7, at the iris of 17 pixels.
_BROW_MM, _LIDS_MM, _MOUTH_MM, _CORNER_HEIGHT_MM = 1.1, 0.8, 1.8, 1.0
_REPEATED_MM = 1.12

_PUBLISHED: dict[tuple[Kind, str], Floor] = {
    (Kind.EXCURSION, Expression.BROW_RAISE): Floor(_REPEATED_MM, _HEALTHY),
    (Kind.EXCURSION, Expression.FROWN): Floor(_REPEATED_MM, _HEALTHY),
    (Kind.EXCURSION, Expression.SNARL): Floor(_REPEATED_MM, _HEALTHY),
    (Kind.EXCURSION, Expression.EYES_GENTLE): Floor(_LIDS_MM, _LANDMARKS),
    (Kind.EXCURSION, Expression.EYES_TIGHT): Floor(_LIDS_MM, _LANDMARKS),
    (Kind.EXCURSION, Expression.BLINK_VOLUNTARY): Floor(_LIDS_MM, _LANDMARKS),
    (Kind.EXCURSION, Expression.SMILE_CLOSED): Floor(_MOUTH_MM, _LANDMARKS),
    (Kind.EXCURSION, Expression.SMILE_OPEN): Floor(_MOUTH_MM, _LANDMARKS),
    (Kind.EXCURSION, Expression.PUCKER): Floor(_MOUTH_MM, _LANDMARKS),
    (Kind.EXCURSION, Expression.EEE): Floor(_MOUTH_MM, _LANDMARKS),
    (Kind.EXCURSION, Expression.PLATYSMA): Floor(_MOUTH_MM, _LANDMARKS),
    (Kind.RESTING, "brow_height"): Floor(_BROW_MM, _LANDMARKS),
    (Kind.RESTING, "brow_height_canthal"): Floor(_BROW_MM, _LANDMARKS),
    (Kind.RESTING, "palpebral_fissure_height"): Floor(_LIDS_MM, _LANDMARKS),
    (Kind.RESTING, "commissure_position"): Floor(_MOUTH_MM, _LANDMARKS),
    (Kind.RESTING, "corner_height"): Floor(_CORNER_HEIGHT_MM, _LANDMARKS),
    (Kind.SCALE, "sunnybrook_composite"): Floor(4.0, _STEP),
    (Kind.SCALE, "sunnybrook_voluntary"): Floor(4.0, _STEP),
    (Kind.SCALE, "sunnybrook_resting"): Floor(5.0, _STEP),
    (Kind.SCALE, "sunnybrook_synkinesis"): Floor(1.0, _STEP),
    (Kind.SCALE, "house_brackmann_grade"): Floor(1.0, _STEP),
    (Kind.SCALE, "fngs2_total"): Floor(1.0, _STEP),
    (Kind.SCALE, "fngs2_grade"): Floor(1.0, _STEP),
}

# Written by: python benchmarks/change.py --out OUT --write-limits core/grading/change_limits.py
# begin calibrated
CALIBRATED: dict[str, float] = {
    "weakness temporal": 15.0,
    "weakness zygomatic": 15.0,
    "weakness buccal": 15.0,
    "weakness marginal_mandibular": 20.0,
    "synkinesis temporal": 30.0,
    "synkinesis zygomatic": 30.0,
    "synkinesis buccal": 30.0,
    "synkinesis marginal_mandibular": 30.0,
    "synkinesis cervical": 30.0,
    "overall weakness": 10.0,
}
# end calibrated


def floor(kind: Kind, name: str) -> Floor | None:
    """The floor of a quantity in the unit of its row; None where nothing is known of how it varies between visits."""
    published = _PUBLISHED.get((kind, name))
    simulated = CALIBRATED.get(f"{kind.value} {name}")
    if simulated is None or (published is not None and published.value >= simulated):
        return published
    return Floor(simulated, _SIMULATED)
