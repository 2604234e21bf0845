"""What two visits differ by without any change in the patient: the floor of every minimal detectable change, with its source.

Published floors are few (reference F2 found none for landmark measures in millimetres): the noise of the landmarks on one
photograph (B7), which is also carried through the branch scores, and how far healthy people repeat an expression on the same
day. Everything else was measured on simulated people, examined repeatedly in other light, distance, pose and effort and with
other camera noise. The greater of both is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.exam.protocol import Expression
from core.grading.change_types import Kind
from core.words import BRANCHES, Branch

_LANDMARKS = "Noise of the landmarks on one photograph (reference B7, F2)."
_HEALTHY = (
    "How closely healthy people repeat an expression on the same day, at most 1.12 mm (Johnston 2003, reference F2)."
)
_SIMULATED = "Difference of two examinations of unchanged simulated people, 95 % of them (benchmarks/change.py, docs/accuracy.md)."
_STEP = "One step of one item of the scale."
_CARRIED = (
    "Noise of the landmarks on one photograph (reference B7), carried through the score (E3) at a normal movement."
)
_MILD = "Unwanted movement below 20 counts as none (reference E4); a change of less is none either."


@dataclass(frozen=True)
class Floor:
    """A floor in the unit of its row, and one sentence on where it comes from."""

    value: float
    source: str


# MDC95 of reference F2: 2.77 times the standard deviation of the difference of the sides in B7, at the iris of 17 pixels.
_BROW_MM, _LIDS_MM, _MOUTH_MM, _CORNER_HEIGHT_MM = 1.1, 0.8, 1.8, 1.0
_REPEATED_MM = 1.12
# The same millimetres in points of weakness, 80 noise / (0.85 normal - n): brow 10.57 mm; fissure 10.17 mm (0.95 of it, no n);
# mouth 9.28 mm, its four movements weighted (root of the squared weights: 0.53); lower lip 1.0 mm of about 5 mm, weight 0.82 [P].
_TEMPORAL, _ZYGOMATIC, _BUCCAL, _MARGINAL = 10.0, 7.0, 11.0, 18.0
_SYNKINESIS = 20.0

_LEAST: dict[tuple[Kind, str], Floor] = {
    (Kind.WEAKNESS, Branch.TEMPORAL): Floor(_TEMPORAL, _CARRIED),
    (Kind.WEAKNESS, Branch.ZYGOMATIC): Floor(_ZYGOMATIC, _CARRIED),
    (Kind.WEAKNESS, Branch.BUCCAL): Floor(_BUCCAL, _CARRIED),
    (Kind.WEAKNESS, Branch.MARGINAL_MANDIBULAR): Floor(_MARGINAL, _CARRIED),
    **{(Kind.SYNKINESIS, branch.value): Floor(_SYNKINESIS, _MILD) for branch in BRANCHES},
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
# Provisional: 1.5 times what 12 pairs of visits of four simulated people gave; the command above replaces it.
CALIBRATED: dict[str, float] = {
    "weakness temporal": 15.0,
    "weakness zygomatic": 4.5,
    "weakness buccal": 10.5,
    "weakness marginal_mandibular": 13.5,
    "synkinesis temporal": 21.0,
    "synkinesis zygomatic": 6.0,
    "synkinesis buccal": 43.5,
    "synkinesis marginal_mandibular": 0.0,
    "synkinesis cervical": 0.0,
    "overall weakness": 6.0,
    "excursion brow_raise": 3.0,
    "function_ratio brow_raise": 0.15,
    "excursion eyes_gentle": 0.6,
    "function_ratio eyes_gentle": 0.08,
    "closure eyes_gentle": 0.06,
    "excursion eyes_tight": 1.2,
    "function_ratio eyes_tight": 0.11,
    "closure eyes_tight": 0.11,
    "excursion snarl": 1.2,
    "function_ratio snarl": 0.36,
    "excursion smile_closed": 2.1,
    "function_ratio smile_closed": 0.38,
    "excursion smile_open": 3.9,
    "function_ratio smile_open": 0.3,
    "excursion pucker": 3.0,
    "function_ratio pucker": 0.78,
    "excursion eee": 1.35,
    "function_ratio eee": 0.29,
    "resting brow_height": 0.6,
    "resting brow_height_canthal": 0.9,
    "resting brow_medial_distance": 1.8,
    "resting margin_reflex_distance_1": 0.6,
    "resting margin_reflex_distance_2": 0.6,
    "resting palpebral_fissure_height": 0.6,
    "resting palpebral_fissure_width": 2.4,
    "resting eye_area": 12.0,
    "resting eye_aspect_ratio": 0.06,
    "resting corner_lateral": 1.65,
    "resting corner_height": 1.35,
    "resting commissure_position": 1.8,
    "resting smile_angle": 2.4,
    "resting upper_lip_slope": 3.45,
    "resting dental_show": 0.15,
    "resting interlabial_area": 3.0,
    "resting lower_lip_height": 3.3,
    "resting lower_lip_above_chin": 2.4,
    "resting lower_lip_lateral_height": 2.25,
    "resting lower_lip_lateral_position": 1.95,
    "resting snarl_height": 0.6,
    "resting upper_lip_position": 1.05,
    "resting lower_lip_position": 1.05,
    "resting vermilion_height_upper": 1.35,
    "resting vermilion_height_lower": 0.75,
    "resting alar_lateral": 2.7,
    "resting alar_height": 2.25,
    "resting mouth_cant": 1.5,
    "resting philtrum_deviation": 1.35,
    "resting philtrum_angle": 4.65,
    "resting chin_deviation": 1.35,
    "scale sunnybrook_composite": 13.5,
    "scale sunnybrook_voluntary": 13.5,
    "scale sunnybrook_resting": 0.0,
    "scale sunnybrook_synkinesis": 1.5,
    "scale house_brackmann_grade": 1.0,
    "scale house_brackmann_function": 18.0,
    "scale eface_style_total": 4.5,
    "scale eface_style_static": 6.0,
    "scale eface_style_dynamic": 7.5,
    "scale eface_style_synkinesis": 6.0,
    "scale fngs2_total": 3.0,
    "scale fngs2_grade": 1.0,
}
# end calibrated


def floor(kind: Kind, name: str) -> Floor | None:
    """The floor of a quantity in the unit of its row; None where nothing is known of how it varies between visits."""
    published = _LEAST.get((kind, name))
    simulated = CALIBRATED.get(f"{kind.value} {name}")
    if simulated is None or (published is not None and published.value >= simulated):
        return published
    return Floor(simulated, _SIMULATED)
