"""What two visits differ by without any change in the patient: the floor of every minimal detectable change, with its source.

Published floors are few (reference F2 found none for landmark measures in millimetres): the noise of the landmarks on one
photograph (B7), which is also carried through the branch scores, and how far healthy people repeat an expression on the same
day. Everything else was measured on simulated people, examined repeatedly in other light, distance, pose and effort and with
other camera noise. The greater of both is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.exam.protocol import Expression
from core.grading.change_synkinesis import unwanted_name
from core.grading.change_types import Kind
from core.grading.synkinesis import REGION_SPECS
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
_IGNORED = "Unwanted movement of as many millimetres counts as none (reference E4)."
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
    **{
        (Kind.UNWANTED, unwanted_name(region, trigger)): Floor(spec.noise_mm, _IGNORED)
        for region, spec in REGION_SPECS.items()
        for trigger in spec.triggers
    },
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
    "weakness temporal": 4.0,
    "weakness zygomatic": 7.0,
    "weakness buccal": 7.0,
    "weakness marginal_mandibular": 13.0,
    "synkinesis temporal": 13.0,
    "synkinesis zygomatic": 12.0,
    "synkinesis buccal": 11.0,
    "synkinesis marginal_mandibular": 0.0,
    "synkinesis cervical": 0.0,
    "unwanted eye:smile_open": 0.3,
    "unwanted eye:smile_closed": 0.3,
    "unwanted eye:pucker": 0.2,
    "unwanted eye:snarl": 0.3,
    "unwanted eye:eee": 0.2,
    "unwanted eye:brow_raise": 0.2,
    "unwanted mouth_corner:brow_raise": 0.3,
    "unwanted mouth_corner:eyes_gentle": 0.6,
    "unwanted mouth_corner:eyes_tight": 1.0,
    "unwanted brow:smile_open": 0.3,
    "unwanted brow:pucker": 0.3,
    "unwanted brow:eyes_gentle": 0.4,
    "unwanted lower_lip:brow_raise": 0.0,
    "unwanted lower_lip:eyes_gentle": 0.5,
    "unwanted lower_lip:smile_open": 0.2,
    "unwanted neck:smile_open": 0.0,
    "unwanted neck:eyes_tight": 0.2,
    "unwanted neck:pucker": 0.0,
    "overall weakness": 5.0,
    "excursion brow_raise": 1.4,
    "function_ratio brow_raise": 0.08,
    "excursion eyes_gentle": 0.7,
    "function_ratio eyes_gentle": 0.12,
    "closure eyes_gentle": 0.09,
    "excursion eyes_tight": 1.0,
    "function_ratio eyes_tight": 0.13,
    "closure eyes_tight": 0.11,
    "excursion snarl": 0.8,
    "function_ratio snarl": 0.3,
    "excursion smile_closed": 1.5,
    "function_ratio smile_closed": 0.23,
    "excursion smile_open": 2.1,
    "function_ratio smile_open": 0.13,
    "excursion pucker": 1.4,
    "function_ratio pucker": 0.32,
    "excursion eee": 1.2,
    "function_ratio eee": 0.16,
    "resting brow_height": 0.5,
    "resting brow_height_canthal": 0.7,
    "resting brow_medial_distance": 2.2,
    "resting margin_reflex_distance_1": 0.5,
    "resting margin_reflex_distance_2": 0.5,
    "resting palpebral_fissure_height": 0.5,
    "resting palpebral_fissure_width": 1.5,
    "resting eye_area": 12.0,
    "resting eye_aspect_ratio": 0.03,
    "resting corner_lateral": 2.2,
    "resting corner_height": 0.7,
    "resting commissure_position": 2.2,
    "resting smile_angle": 1.3,
    "resting upper_lip_slope": 2.0,
    "resting dental_show": 0.1,
    "resting interlabial_area": 2.0,
    "resting lower_lip_height": 1.9,
    "resting lower_lip_above_chin": 1.1,
    "resting lower_lip_lateral_height": 1.0,
    "resting lower_lip_lateral_position": 1.1,
    "resting snarl_height": 0.7,
    "resting upper_lip_position": 0.9,
    "resting lower_lip_position": 0.5,
    "resting vermilion_height_upper": 0.8,
    "resting vermilion_height_lower": 0.7,
    "resting alar_lateral": 1.9,
    "resting alar_height": 0.7,
    "resting mouth_cant": 0.8,
    "resting philtrum_deviation": 1.3,
    "resting philtrum_angle": 4.2,
    "resting chin_deviation": 1.6,
    "scale sunnybrook_composite": 12.0,
    "scale sunnybrook_voluntary": 10.0,
    "scale sunnybrook_resting": 5.0,
    "scale sunnybrook_synkinesis": 1.0,
    "scale house_brackmann_grade": 2.0,
    "scale house_brackmann_function": 8.0,
    "scale eface_style_total": 3.0,
    "scale eface_style_static": 5.0,
    "scale eface_style_dynamic": 6.0,
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
