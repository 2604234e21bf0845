"""Estimate of the Sunnybrook Facial Grading System (Ross 1996; structure and weights: reference D1)."""

from __future__ import annotations

import numpy as np

from core.exam.protocol import Expression
from core.grading.evidence import NO_FOLD_REASON, ScaleEvidence
from core.grading.synkinesis import counted_mm
from core.result import ScaleItem, Sunnybrook, SynkinesisEntry

MOVEMENTS = (
    Expression.BROW_RAISE,
    Expression.EYES_GENTLE,
    Expression.SMILE_OPEN,
    Expression.SNARL,
    Expression.PUCKER,
)
EYE_LIMIT_MM = 1.5
MOUTH_LIMIT_MM = 2.5
_VOLUNTARY_CUTS = (0.10, 0.40, 0.70, 0.90)
_CORNER_CUTS_MM = (1.0, 2.0, 3.5)
# One Sunnybrook point of the eye is this much narrowing (10.1097/PRS.0b013e3182a48d16).
_EYE_POINT_MM = {Expression.SMILE_OPEN: 0.77, Expression.PUCKER: 1.0}


def voluntary_item(function: float) -> int:
    """1 (no movement) to 5 (complete) from v of reference E3."""
    return 1 + int(sum(function >= cut for cut in _VOLUNTARY_CUTS))


def sunnybrook(evidence: ScaleEvidence) -> Sunnybrook:
    """All items; the composite is None while a movement is missing. The cheek item counts as normal until set by eye."""
    resting = [_rest_eye(evidence), _rest_cheek(), _rest_mouth(evidence)]
    voluntary = [_voluntary(evidence, movement) for movement in MOVEMENTS]
    synkinesis = [_synkinesis(evidence, movement) for movement in MOVEMENTS]
    rest_known = [item.value for item in resting if item.value is not None]
    rest_part = 5 * sum(rest_known) if resting[0].value is not None and resting[2].value is not None else None
    voluntary_part = _total(voluntary, 4)
    synkinesis_part = _total(synkinesis, 1)
    composite = reason = None
    if rest_part is not None and voluntary_part is not None and synkinesis_part is not None:
        composite = voluntary_part - rest_part - synkinesis_part
        reason = "The cheek at rest is counted as normal: " + NO_FOLD_REASON
    else:
        missing = [i.label for i in (*resting, *voluntary, *synkinesis) if i.value is None and i.name != "rest_cheek"]
        reason = "Not assessable: " + ", ".join(missing) + "."
    return Sunnybrook(
        items=[*resting, *voluntary, *synkinesis],
        total=composite,
        reason=reason,
        resting=rest_part,
        voluntary=voluntary_part,
        synkinesis=synkinesis_part,
        composite=composite,
    )


def _total(items: list[ScaleItem], weight: int) -> float | None:
    values = [item.value for item in items]
    return None if any(value is None for value in values) else float(weight * sum(v for v in values if v is not None))


def _rest_eye(evidence: ScaleEvidence) -> ScaleItem:
    difference = evidence.resting_difference("palpebral_fissure_height")
    return ScaleItem(
        name="rest_eye",
        label="Eye at rest",
        value=None if difference is None else float(abs(difference) > EYE_LIMIT_MM),
        minimum=0,
        maximum=1,
        basis=""
        if difference is None
        else f"fissure {difference:+.1f} mm against the other side (limit {EYE_LIMIT_MM})",
        reason=evidence.rest_reason if difference is None else None,
    )


def _rest_cheek() -> ScaleItem:
    return ScaleItem(
        name="rest_cheek",
        label="Cheek at rest",
        value=None,
        minimum=0,
        maximum=2,
        basis="",
        reason=NO_FOLD_REASON,
    )


def _rest_mouth(evidence: ScaleEvidence) -> ScaleItem:
    difference = evidence.resting_difference("corner_height")
    return ScaleItem(
        name="rest_mouth",
        label="Mouth at rest",
        value=None if difference is None else float(abs(difference) > MOUTH_LIMIT_MM),
        minimum=0,
        maximum=1,
        basis=""
        if difference is None
        else f"corner {difference:+.1f} mm against the other side (limit {MOUTH_LIMIT_MM})",
        reason=evidence.rest_reason if difference is None else None,
    )


def _voluntary(evidence: ScaleEvidence, movement: Expression) -> ScaleItem:
    function = evidence.function.get(movement)
    return ScaleItem(
        name=f"voluntary_{movement}",
        label=f"{movement.label}: movement",
        value=None if function is None else float(voluntary_item(function)),
        minimum=1,
        maximum=5,
        basis="" if function is None else f"{100 * function:.0f} % of the expected movement",
        reason=evidence.reason(movement) if function is None else None,
    )


def _synkinesis(evidence: ScaleEvidence, movement: Expression) -> ScaleItem:
    """Worst region during the movement."""
    measurement = evidence.measurements.get(movement)
    entries = [entry for entry in evidence.synkinesis if entry.trigger is movement]
    value, basis, reason = None, "", None
    if measurement is None or not measurement.performed:
        reason = evidence.reason(movement)
    elif not entries:
        reason = "No region that is watched for unwanted movement was seen long enough."
    else:
        worst = max(entries, key=synkinesis_item)
        value = float(synkinesis_item(worst))
        basis = f"{worst.region.replace('_', ' ')} {worst.unwanted_mm:.1f} mm"
        if worst.other_side_mm is not None:
            basis += f" against {worst.other_side_mm:.1f} mm on the other side"
    return ScaleItem(
        name=f"synkinesis_{movement}",
        label=f"{movement.label}: synkinesis",
        value=value,
        minimum=0,
        maximum=3,
        basis=basis,
        reason=reason,
    )


def synkinesis_item(entry: SynkinesisEntry) -> int:
    """0 to 3 from the unwanted movement that counts against this side (reference D1).

    In a one-sided palsy that is what the side moves beyond the other one; where the other side is no reference, what it moves
    beyond a healthy face (reference E5).
    """
    if entry.region == "eye":
        return int(np.clip(round(counted_mm(entry) / _EYE_POINT_MM.get(entry.trigger, 1.0)), 0, 3))
    if entry.region == "mouth_corner":
        return int(sum(counted_mm(entry) >= cut for cut in _CORNER_CUTS_MM))
    return int(sum(entry.score >= cut for cut in (20, 45, 75)))
