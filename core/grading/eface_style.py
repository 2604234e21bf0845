"""eFACE-style estimate: the measured items of auto-eFACE as read in public code (reference D3); not the eFACE of its authors."""

from __future__ import annotations

import numpy as np

from core.exam.protocol import Expression
from core.grading.evidence import NO_FOLD_REASON, ScaleEvidence
from core.measures.curves import Curves
from core.measures.movement import RepetitionMeasurement, change_from_rest, hold_excursion, mean_or_none
from core.result import EfaceStyle, ScaleItem
from core.words import SIDES

_SHUT_BELOW_MM = 1.0


def eface_style(evidence: ScaleEvidence, curves: Curves, near_blink: np.ndarray) -> EfaceStyle:
    """Static, dynamic and synkinesis items, 100 is balanced; total = (static + 2 dynamic + synkinesis) / 4 over what is there.

    Movements are those of our own primary measures (mouth corner along the smile, lower lip towards the chin).

    Args:
        evidence: of the scored side.
        curves: all measures.
        near_blink: (K,) bool, within 0.2 s of a blink; the eye is not watched there.
    """
    static = [
        _static(evidence, "static_brow", "Brow at rest", "brow_height", inverse=False),
        _static(evidence, "static_fissure", "Palpebral fissure at rest", "palpebral_fissure_height", inverse=True),
        _commissure_at_rest(evidence),
        _missing("static_fold", "Nasolabial fold at rest", 200, NO_FOLD_REASON),
    ]
    dynamic = [
        _ratio(evidence, Expression.BROW_RAISE, "dynamic_brow", "Brow elevation"),
        _closure(evidence, Expression.EYES_GENTLE, "dynamic_gentle", "Gentle eye closure"),
        _closure(evidence, Expression.EYES_TIGHT, "dynamic_full", "Full eye closure"),
        _ratio(evidence, Expression.SMILE_OPEN, "dynamic_smile", "Commissure with smile"),
        _ratio(evidence, Expression.EEE, "dynamic_lower_lip", "Lower lip with eee"),
    ]
    synkinesis = [_ocular_synkinesis(evidence, curves, near_blink)]
    parts = [_mean_folded(static), _mean_folded(dynamic), _mean_folded(synkinesis)]
    weights = (1, 2, 1)
    total = None
    if all(part is not None for part in parts):
        total = sum(w * p for w, p in zip(weights, parts, strict=True) if p is not None) / sum(weights)
    missing = [item.label for item in (*static, *dynamic, *synkinesis) if item.value is None]
    return EfaceStyle(
        items=[*static, *dynamic, *synkinesis],
        total=total,
        reason=("Without: " + ", ".join(missing) + ".") if missing else None,
        static=parts[0],
        dynamic=parts[1],
        synkinesis=parts[2],
    )


def folded(value: float) -> float:
    """Distance from balance on a 0-200 item as 0-100.

    >>> folded(130.0)
    70.0
    """
    return 100 - abs(100 - value)


def _mean_folded(items: list[ScaleItem]) -> float | None:
    return mean_or_none(folded(item.value) if item.value is not None else None for item in items)


def _missing(name: str, label: str, maximum: float, reason: str) -> ScaleItem:
    return ScaleItem(name=name, label=label, value=None, minimum=0, maximum=maximum, basis="", reason=reason)


def _static(evidence: ScaleEvidence, name: str, label: str, measure: str, *, inverse: bool) -> ScaleItem:
    own = evidence.resting.value(measure, evidence.side)
    other = evidence.resting.value(measure, evidence.side.opposite)
    if not evidence.one_sided or own is None or other is None or min(own, other) <= 0:
        return _missing(name, label, 200, evidence.rest_reason)
    ratio = other / own if inverse else own / other
    return ScaleItem(
        name=name,
        label=label,
        value=float(np.clip(100 * ratio, 0, 200)),
        minimum=0,
        maximum=200,
        basis=f"{own:.1f} mm against {other:.1f} mm on the other side",
    )


def _commissure_at_rest(evidence: ScaleEvidence) -> ScaleItem:
    name, label = "static_commissure", "Oral commissure at rest"
    heights = []
    for side in (evidence.side, evidence.side.opposite):
        distance = evidence.resting.value("commissure_position", side)
        angle = evidence.resting.value("smile_angle", side)
        if distance is None or angle is None:
            return _missing(name, label, 200, evidence.rest_reason)
        tilt = np.deg2rad(angle - 90)
        heights.append((distance * np.sin(tilt), distance * np.cos(tilt)))
    (own_height, own_width), (other_height, other_width) = heights
    if not evidence.one_sided or other_height == 0 or other_width == 0:
        return _missing(name, label, 200, evidence.rest_reason)
    if 0 < own_height < other_height:
        ratio, basis = own_height / other_height, f"height {own_height:.1f} mm against {other_height:.1f} mm"
    else:
        ratio, basis = own_width / other_width, f"width {own_width:.1f} mm against {other_width:.1f} mm"
    value = float(np.clip(100 * ratio, 0, 200))
    return ScaleItem(name=name, label=label, value=value, minimum=0, maximum=200, basis=basis)


def _ratio(evidence: ScaleEvidence, expression: Expression, name: str, label: str) -> ScaleItem:
    measurement = evidence.measurements.get(expression)
    if evidence.function.get(expression) is None or measurement is None:
        return _missing(name, label, 100, evidence.reason(expression))
    own, other = (measurement.excursion_mm(side) for side in (evidence.side, evidence.side.opposite))
    if not evidence.one_sided or own is None or other is None or other <= 0:
        return _missing(name, label, 100, "This item needs a healthy side to compare with.")
    return ScaleItem(
        name=name,
        label=label,
        value=float(np.clip(100 * own / other, 0, 100)),
        minimum=0,
        maximum=100,
        basis=f"{own:.1f} mm against {other:.1f} mm on the other side",
    )


def _closure(evidence: ScaleEvidence, expression: Expression, name: str, label: str) -> ScaleItem:
    """Own-side closure; a gap below 1 mm counts as closed. Both gaps are without what the tracker shows of a shut eye."""
    measurement = evidence.measurements.get(expression)
    gap = evidence.residual_gap_mm.get(expression)
    closed = measurement.excursion_mm(evidence.side) if measurement is not None else None
    if gap is None or closed is None:
        return _missing(name, label, 100, evidence.reason(expression))
    at_rest = gap + closed
    effort = evidence.gap_at_full_effort()
    if expression is Expression.EYES_TIGHT and effort is not None:
        gap = effort
    value, basis = 100.0, f"gap below {_SHUT_BELOW_MM:.0f} mm"
    if gap >= _SHUT_BELOW_MM:
        value = float(np.clip(100 * (1 - gap / at_rest), 0, 100)) if at_rest > 0 else 0.0
        basis = f"gap {gap:.1f} mm of {at_rest:.1f} mm at rest"
    return ScaleItem(name=name, label=label, value=value, minimum=0, maximum=100, basis=basis)


def _ocular_synkinesis(evidence: ScaleEvidence, curves: Curves, near_blink: np.ndarray) -> ScaleItem:
    """Smallest ratio of the two fissures in the big smile and the pucker."""
    name, label = "synkinesis_ocular", "Ocular synkinesis"
    ratios = []
    for expression in (Expression.SMILE_OPEN, Expression.PUCKER):
        measurement = evidence.measurements.get(expression)
        if measurement is None or not measurement.performed:
            continue
        ratio = mean_or_none(
            _fissure_ratio(curves, repetition, evidence, near_blink) for repetition in measurement.used
        )
        if ratio is not None:
            ratios.append((ratio, expression))
    if not ratios or not evidence.one_sided:
        return _missing(name, label, 100, "Needs a big smile or a pucker, and a healthy side to compare with.")
    ratio, expression = min(ratios)
    return ScaleItem(
        name=name,
        label=label,
        value=float(np.clip(100 * ratio, 0, 100)),
        minimum=0,
        maximum=100,
        basis=f"fissure {100 * ratio:.0f} % of the other side's in “{expression.label.lower()}”",
    )


def _fissure_ratio(
    curves: Curves, repetition: RepetitionMeasurement, evidence: ScaleEvidence, near_blink: np.ndarray
) -> float | None:
    change = change_from_rest(curves.values["palpebral_fissure_height"], repetition.baseline)
    narrowing = hold_excursion(-change, repetition, exclude=near_blink)
    heights = {}
    for i, side in enumerate(SIDES):
        rest = evidence.resting.value("palpebral_fissure_height", side)
        if rest is None or not np.isfinite(narrowing[i]):
            return None
        heights[side] = max(rest - narrowing[i], 0.0)
    other = heights[evidence.side.opposite]
    return heights[evidence.side] / other if other > 0 else None
