"""Every measure that the table of measures may hold, with its unit and meaning: the second half of the data dictionary."""

from __future__ import annotations

from core.measures.curves import MEASURES, MIDLINE_MEASURES

# name -> (unit, meaning); formulas: docs/measures.md, reference sections in brackets.
MOVEMENT: dict[str, tuple[str, str]] = {
    "excursion_mm": ("mm", "peak of the primary measure from the patient's own rest, positive as intended (B2)"),
    "peak_velocity_mm_s": ("mm/s", "greatest speed of the movement (C2)"),
    "rise_time_s": ("s", "from 10 to 90 % of the peak (C2)"),
    "onset_s": ("s", "from the start of the segment to the onset of the movement (C2)"),
    "hold_stability": ("1", "standard deviation in the hold over the peak (C2)"),
    "area_mm_s": ("mm s", "area under the excursion (C2)"),
    "decay": ("1", "peak of the last over the first repetition (C2)"),
    "direction_deg": ("deg", "direction of the movement (C2)"),
    "closure_fraction": ("1", "part of the eye's opening at rest that was closed; eye closures only"),
    "residual_gap_mm": ("mm", "calibrated gap left at full closure; eye closures only"),
    "function_ratio": ("1", "affected over healthy side, or weaker over stronger (B5)"),
    "difference_mm": ("mm", "right minus left excursion (B5)"),
    "asymmetry_pct": ("%", "100 |R - L| / max (B5)"),
    "symmetry_pct": ("%", "100 min / max (B5)"),
    "onset_asynchrony_s": ("s", "onset of the affected minus the healthy side (C3)"),
    "peak_asynchrony_s": ("s", "the same of the peaks (C3)"),
    "correlation_r": ("1", "correlation of both sides over time (C3)"),
    "dtw_distance": ("1", "distance of both curves after time warping, amplitudes normalised (C3)"),
    "amplitude_residual": ("1", "difference of the curves that their peaks do not explain (C3)"),
    "direction_cosine": ("1", "cosine between the directions of both sides (C3)"),
    "direction_score_pct": ("%", "agreement of both movements in direction and size (C3)"),
    "midline_drag_mm": ("mm", "movement of the midline towards the stronger side (C3)"),
}
"""Of one expression; both sides or between them, in the order of ``ExpressionResult``."""

BRANCH: dict[str, tuple[str, str]] = {
    "weakness": ("0-100", "weakness of the branch, 0 normal to 100 no movement (E3)"),
    "weakness_grade": ("0-4", "the same in grades"),
    "synkinesis": ("0-100", "unwanted movement in the region of the branch, 0 none (E4)"),
    "synkinesis_grade": ("0-3", "the same in grades"),
    "synkinesis_trend": ("0-100", "mean over the movements instead of the strongest, for changes over time"),
}
"""Of one branch on one side."""

SCREEN = "screen_synkinesis_probability"
SEVERITY = "network_severity"
OVERALL = "overall_weakness"

_EXAMINATION: dict[str, tuple[str, str]] = {
    "affected_side": ("word", "in value_text: right, left, both, none or undetermined"),
    OVERALL: ("0-100", "mean weakness over the assessable branches without the cervical one; not a clinical scale"),
    "blink_count": ("1", "blinks seen at rest (C6)"),
    "blink_rate_per_minute": ("1/min", "blinks a minute of rest"),
    "blink_closing_ratio": ("1", "part of the eye's opening that a blink closes"),
    "blink_closing_time_s": ("s", "time of closing"),
    "blink_peak_closing_velocity_mm_s": ("mm/s", "greatest speed of closing"),
    "blink_side_delay_s": ("s", "delay between the sides"),
    "sunnybrook_resting": ("score", "Sunnybrook estimate: resting symmetry"),
    "sunnybrook_voluntary": ("score", "Sunnybrook estimate: voluntary movement"),
    "sunnybrook_synkinesis": ("score", "Sunnybrook estimate: synkinesis"),
    "sunnybrook_composite": ("score", "Sunnybrook estimate: composite, 0 to 100, 100 is normal"),
    "house_brackmann_grade": ("grade", "House-Brackmann estimate, 1 is normal, 6 no movement"),
    "house_brackmann_function_pct": ("%", "function behind the House-Brackmann estimate"),
    "eface_style_static": ("score", "eFACE-style estimate: static"),
    "eface_style_dynamic": ("score", "eFACE-style estimate: dynamic"),
    "eface_style_synkinesis": ("score", "eFACE-style estimate: synkinesis"),
    "eface_style_total": ("score", "eFACE-style estimate: total"),
    "fngs2_grade": ("grade", "FNGS 2.0 estimate, 1 is normal"),
    "fngs2_total": ("score", "FNGS 2.0 estimate: sum"),
    SCREEN: ("1", "calibrated probability of synkinesis, by a network that learned from simulated patients"),
    SEVERITY: ("0-100", "second opinion on the weakness of a branch, by a network that learned from simulated patients"),
}  # fmt: skip
_FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("synkinesis_REGION_unwanted_mm", "mm", "unwanted movement of a region (eye, mouth_corner, brow, lower_lip, neck) in a task"),
    ("synkinesis_REGION_score", "0-100", "the same as a score"),
    ("synkinesis_REGION_beyond_other_mm", "mm", "unwanted movement less that of the other side; in the table of changes only"),
    ("sunnybrook_item_ITEM", "score", "item of the Sunnybrook estimate"),
    ("eface_style_item_ITEM", "score", "item of the eFACE-style estimate"),
    ("fngs2_item_ITEM", "score", "item of the FNGS 2.0 estimate"),
    ("prom_INSTRUMENT_SCALE", "score", "total or sub-scale of the questionnaires FDI, FaCE and SAQ; of SAQ a lower one is better"),
)  # fmt: skip


def change_unit(unit: str) -> str:
    """Ending of the name of a measure's change, e.g. "_mm"; none for a pure number."""
    return "" if unit == "1" else f"_{unit}"


CHANGES: dict[str, tuple[str, str]] = {
    f"{name}_change{change_unit(spec.unit)}": (spec.unit, f"{spec.label}: change from rest at the key moment")
    for name, spec in MEASURES.items()
}
"""Of one expression and side."""

RESTING: dict[str, tuple[str, str]] = {name: (spec.unit, f"{spec.label}, at rest") for name, spec in MEASURES.items()}
RESTING |= {name: (unit, f"{label}, at rest") for name, (_, unit, label) in MIDLINE_MEASURES.items()}
"""Of the face at rest; right minus left and the midline have "_difference" behind their name."""


def unit_of(name: str) -> str:
    """Unit of a measure of ``MOVEMENT``, ``CHANGES``, ``BRANCH`` or the examination; "1" where it has no definition."""
    for group in (MOVEMENT, CHANGES, BRANCH, _EXAMINATION):
        if name in group:
            return group[name][0]
    return "1"


def listed() -> list[tuple[str, str, str]]:
    """(name, unit, meaning) of every measure; in families, capitals stand for what varies."""
    named = [
        (name, unit, words)
        for group in (MOVEMENT, BRANCH, _EXAMINATION, CHANGES, RESTING)
        for name, (unit, words) in group.items()
    ]
    differences = ("MEASURE_difference", "of the measure", "right minus left at rest, or a measure of the midline")
    return [*named, differences, *_FAMILIES]
