"""A simulated examination without video: the measured result of a simulated patient, scaled to another state of recovery.

Excursions of the affected side, branch scores, synkinesis and the scales follow the wanted state by the project's own rules
(reference E2-E4, D1-D4); onsets, directions, correlations and the resting face stay those of the template. A remark says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.exam.protocol import Expression
from core.grading import eface_style as eface
from core.grading import fngs2 as fngs
from core.grading import house_brackmann as brackmann
from core.grading import sunnybrook as sunny
from core.grading.branches import BRANCH_SPECS, HEALTHY_ASYMMETRY, movement_function, weakness_grade, weakness_score
from core.grading.synkinesis import synkinesis_grade
from core.measures import symmetry
from core.measures.movement import EYE_CLOSURES, MOVEMENT_SPECS
from core.result import (
    BranchResult,
    BranchSide,
    ClinicalScale,
    ExamResult,
    ExpressionResult,
    MovementEvidence,
    Overall,
    Pair,
    QualityEntry,
    Scales,
    SynkinesisEntry,
)
from core.words import SIDES, Branch, Side

_DAY_SD, _SIDE_SD, _REPETITION_SD = 0.03, 0.03, 0.02
_EYE_PART = 0.2
_OPEN_EYE_GAP_MM = 1.0
_REMARK = QualityEntry(
    code="scaled_template",
    severity="warning",
    message="Simulated without video: scaled from the measurements of another simulated examination.",
)
_MAIN_BRANCH = {
    expression: max(BRANCH_SPECS, key=lambda branch: BRANCH_SPECS[branch].weights.get(expression, 0.0))
    for expression in MOVEMENT_SPECS
    if any(expression in spec.weights for spec in BRANCH_SPECS.values())
}


@dataclass(frozen=True)
class FaceState:
    """How far the affected side is.

    Attributes:
        function: of each branch, 0 none to 1 as the other side; branches that are left out stay as in the template.
        synkinesis: 0 none to 1 as in the template.
    """

    function: Mapping[Branch, float]
    synkinesis: float


def scaled_result(template: ExamResult, state: FaceState, random: np.random.Generator) -> ExamResult:
    """The template in another state, with day, side and repetition varying a little.

    Args:
        template: of a one-sided palsy in which every movement can be measured.
        state: what is wanted.
        random: source of the variation.

    Raises:
        ValueError: the template's palsy is not one-sided.
    """
    side = template.affected_side.side
    if side is None:
        raise ValueError(f"template must show a one-sided palsy, got {template.affected_side.value!r}")
    factors = {name: _factors(name, entry, side, state, random) for name, entry in template.expressions.items()}
    expressions = {
        name: _expression(entry, side, factors[name], random) if entry.assessable else entry
        for name, entry in template.expressions.items()
    }
    synkinesis = sorted(
        (_synkinesis(entry, state) if entry.side is side else entry for entry in template.synkinesis),
        key=lambda entry: -entry.score,
    )
    branches = {
        name: _branch(name, entry, side, factors, state) if name in state.function else entry
        for name, entry in template.branches.items()
    }
    scaled = template.model_copy(
        update={
            "expressions": expressions,
            "synkinesis": synkinesis,
            "branches": branches,
            "overall": _overall(branches),
            "quality": [*template.quality, _REMARK],
        }
    )
    return scaled.model_copy(update={"scales": _scales(scaled, side)})


def _factors(
    expression: Expression, entry: ExpressionResult, side: Side, state: FaceState, random: np.random.Generator
) -> dict[Side, float]:
    """By how much the excursions of both sides are multiplied."""
    # An eye that shuts, shuts every day: variation there would be a gap.
    part = _EYE_PART if expression in EYE_CLOSURES else 1.0
    day = 1 + part * _DAY_SD * random.standard_normal()
    own, other = entry.excursion_mm.get(side), entry.excursion_mm.get(side.opposite)
    function = state.function.get(_MAIN_BRANCH.get(expression, Branch.CERVICAL))
    if function is None or not own or not other:
        return {side: day, side.opposite: day}
    wanted = max(0.0, function * (1 + part * _SIDE_SD * random.standard_normal())) * other / own
    return {side: day * wanted, side.opposite: day}


def _times(pair: Pair, factors: Mapping[Side, float]) -> Pair:
    def value(side: Side) -> float | None:
        before = pair.get(side)
        return None if before is None else before * factors[side]

    return Pair(right=value(Side.RIGHT), left=value(Side.LEFT))


def _expression(
    entry: ExpressionResult, side: Side, factors: Mapping[Side, float], random: np.random.Generator
) -> ExpressionResult:
    repetitions = []
    for repetition in entry.repetitions:
        noisy = {each: factor * (1 + _REPETITION_SD * random.standard_normal()) for each, factor in factors.items()}
        repetitions.append(repetition.model_copy(update={"excursion_mm": _times(repetition.excursion_mm, noisy)}))
    used = [repetition.excursion_mm for repetition in repetitions if repetition.used]
    right, left = (float(np.mean([pair.get(each) or 0.0 for pair in used])) for each in SIDES)
    excursion = Pair(right=right, left=left)
    own, other = (right, left) if side is Side.RIGHT else (left, right)
    changed: dict[str, Any] = {
        "repetitions": repetitions,
        "excursion_mm": excursion,
        "peak_velocity_mm_s": _times(entry.peak_velocity_mm_s, factors),
        "area_mm_s": _times(entry.area_mm_s, factors),
        "closure_fraction": _clipped(_times(entry.closure_fraction, factors)),
        "residual_gap_mm": Pair(right=_gap(entry, excursion, Side.RIGHT), left=_gap(entry, excursion, Side.LEFT)),
        "function_ratio": max(own, 0.0) / other if other > 0 else None,
        "difference_mm": right - left,
        "asymmetry_pct": symmetry.bounded_asymmetry_pct(right, left),
        "symmetry_pct": symmetry.symmetry_pct(right, left),
        "measures": {name: _times(pair, factors) for name, pair in entry.measures.items()},
    }
    return entry.model_copy(update=changed)


def _clipped(pair: Pair) -> Pair:
    def value(before: float | None) -> float | None:
        return None if before is None else float(np.clip(before, 0, 1))

    return Pair(right=value(pair.right), left=value(pair.left))


def _gap(entry: ExpressionResult, excursion: Pair, side: Side) -> float | None:
    gap, before, now = entry.residual_gap_mm.get(side), entry.excursion_mm.get(side), excursion.get(side)
    return None if gap is None or before is None or now is None else max(0.0, gap + before - now)


def _synkinesis(entry: SynkinesisEntry, state: FaceState) -> SynkinesisEntry:
    other = min(entry.other_side_mm or 0.0, entry.unwanted_mm)
    unwanted_mm = other + (entry.unwanted_mm - other) * state.synkinesis
    return entry.model_copy(update={"unwanted_mm": unwanted_mm, "score": entry.score * state.synkinesis})


def _branch(
    branch: Branch,
    result: BranchResult,
    side: Side,
    factors: Mapping[Expression, Mapping[Side, float]],
    state: FaceState,
) -> BranchResult:
    entry = result.get(side)
    changed: dict[str, Any] = {}
    if entry.synkinesis is not None:
        score = entry.synkinesis * state.synkinesis
        changed |= {"synkinesis": score, "synkinesis_grade": synkinesis_grade(score)}
    if entry.synkinesis_trend is not None:
        changed["synkinesis_trend"] = entry.synkinesis_trend * state.synkinesis
    if entry.weakness is not None:
        movements = [_evidence(branch, movement, side, factors) for movement in entry.movements]
        used = [movement for movement in movements if movement.used and movement.function is not None]
        function = sum(m.weight * (m.function or 0.0) for m in used) / sum(m.weight for m in used)
        weakness = weakness_score(function, entry.resting.score if entry.resting is not None else None)
        changed |= {"movements": movements, "weakness": weakness, "grade": weakness_grade(weakness)}
    scaled: BranchSide = entry.model_copy(update=changed)
    return result.model_copy(update={side.value: scaled})


def _evidence(
    branch: Branch, movement: MovementEvidence, side: Side, factors: Mapping[Expression, Mapping[Side, float]]
) -> MovementEvidence:
    if movement.function is None or movement.excursion_mm is None or movement.reference_mm is None:
        return movement
    expression = movement.expression
    if MOVEMENT_SPECS[expression].measure != movement.measure and branch is Branch.MARGINAL_MANDIBULAR:
        expression = Expression.EEE  # the lower lip in the smile is as weak as in its own movement
    own, other = factors[expression][side], factors[expression][side.opposite]
    excursion_mm = movement.excursion_mm * own
    if expression in EYE_CLOSURES:  # against the height of the fissure at rest, which stays
        function = float(np.clip(movement.function * own, 0, 1))
        return movement.model_copy(update={"excursion_mm": excursion_mm, "function": function})
    reference_mm = movement.reference_mm * other
    noise_mm = MOVEMENT_SPECS[expression].noise_mm
    function = movement_function(excursion_mm, reference_mm, noise_mm, HEALTHY_ASYMMETRY)
    return movement.model_copy(
        update={"excursion_mm": excursion_mm, "reference_mm": reference_mm, "function": function}
    )


def _overall(branches: Mapping[Branch, BranchResult]) -> Overall:
    counted = [entry for branch, entry in branches.items() if branch is not Branch.CERVICAL]
    usable = [e for e in counted if e.right.weakness is not None and e.left.weakness is not None]
    means = {side.value: float(np.mean([e.get(side).weakness or 0.0 for e in usable])) for side in SIDES if usable}
    return Overall(weakness=Pair(**means), branches_used=len(usable))


def _scales(result: ExamResult, side: Side) -> Scales:
    function: dict[Expression, float] = {}
    for entry in result.branches.values():
        for movement in entry.get(side).movements:
            if movement.function is not None:
                function.setdefault(movement.expression, movement.function)
    unwanted = [entry for entry in result.synkinesis if entry.side is side]
    worst = max((entry.score for entry in unwanted), default=0.0)
    scales = result.scales
    ratios = [
        value for e in (Expression.BROW_RAISE, Expression.SMILE_OPEN) if (value := _ratio(result, e, side)) is not None
    ]
    return scales.model_copy(
        update={
            "sunnybrook": _sunnybrook(scales.sunnybrook, function, unwanted),
            "house_brackmann": _house_brackmann(scales.house_brackmann, ratios, worst, _eye_gap_mm(result, side)),
            "eface_style": _eface(scales.eface_style, result, side, worst),
            "fngs2": _fngs2(scales.fngs2, function, worst, _eye_gap_mm(result, side)),
        }
    )


def _ratio(result: ExamResult, expression: Expression, side: Side) -> float | None:
    pair = result.expressions[expression].excursion_mm
    own, other = pair.get(side), pair.get(side.opposite)
    return None if own is None or not other else float(np.clip(own / other, 0, 1))


def _eye_gap_mm(result: ExamResult, side: Side) -> float:
    return result.expressions[Expression.EYES_TIGHT].residual_gap_mm.get(side) or 0.0


def _with_values(scale: ClinicalScale, values: Mapping[str, float], **totals: Any) -> Any:
    """The scale with new values of some of the items that it could assess."""
    items = [
        item.model_copy(
            update={"value": float(np.clip(values[item.name], item.minimum, item.maximum)), "basis": "scaled"}
        )
        if item.name in values and item.value is not None
        else item
        for item in scale.items
    ]
    return scale.model_copy(update={"items": items, **totals})


def _sunnybrook(scale: Any, function: Mapping[Expression, float], unwanted: list[SynkinesisEntry]) -> Any:
    values: dict[str, float] = {f"voluntary_{e}": sunny.voluntary_item(value) for e, value in function.items()}
    for movement in sunny.MOVEMENTS:
        entries = [entry for entry in unwanted if entry.trigger is movement]
        if entries:
            values[f"synkinesis_{movement}"] = max(sunny.synkinesis_item(entry) for entry in entries)
    scaled = _with_values(scale, values)
    found = {item.name: item.value or 0.0 for item in scaled.items}
    voluntary = 4 * sum(value for name, value in found.items() if name.startswith("voluntary_"))
    synkinesis = sum(value for name, value in found.items() if name.startswith("synkinesis_"))
    resting = 5 * sum(value for name, value in found.items() if name.startswith("rest_"))
    if scale.composite is None:
        return scaled
    composite = voluntary - resting - synkinesis
    parts = {"voluntary": voluntary, "synkinesis": synkinesis, "resting": resting}
    return scaled.model_copy(update={**parts, "composite": composite, "total": composite})


def _house_brackmann(scale: Any, ratios: list[float], worst: float, gap_mm: float) -> Any:
    function_pct = 100 * float(np.mean(ratios)) if ratios else None
    if function_pct is None or scale.grade is None:
        return scale
    by_synkinesis = 4 if worst >= 75 else 3 if worst >= 45 else 1
    by_eye = 4 if gap_mm > _OPEN_EYE_GAP_MM else 1
    grade = max(brackmann.grade_of_function(function_pct), by_synkinesis, by_eye)
    return scale.model_copy(update={"grade": grade, "function_pct": function_pct, "basis": ["scaled"]})


def _eface(scale: Any, result: ExamResult, side: Side, worst: float) -> Any:
    named = {
        "dynamic_brow": Expression.BROW_RAISE,
        "dynamic_gentle": Expression.EYES_GENTLE,
        "dynamic_full": Expression.EYES_TIGHT,
        "dynamic_smile": Expression.SMILE_OPEN,
        "dynamic_lower_lip": Expression.EEE,
    }
    values = {name: 100 * ratio for name, e in named.items() if (ratio := _ratio(result, e, side)) is not None}
    values["synkinesis_ocular"] = 100 - worst / 2
    scaled = _with_values(scale, values)
    parts = {}
    for part in ("static", "dynamic", "synkinesis"):
        known = [i.value for i in scaled.items if i.name.startswith(part) and i.value is not None]
        parts[part] = float(np.mean([eface.folded(value) for value in known])) if known else None
    if any(value is None for value in parts.values()):
        return scaled.model_copy(update=parts)
    total = (parts["static"] + 2 * parts["dynamic"] + parts["synkinesis"]) / 4  # type: ignore[operator]
    return scaled.model_copy(update={**parts, "total": total})


def _fngs2(scale: Any, function: Mapping[Expression, float], worst: float, gap_mm: float) -> Any:
    regions = {
        "brow": (Expression.BROW_RAISE,),
        "eye": (Expression.EYES_GENTLE, Expression.EYES_TIGHT),
        "nasolabial_fold": (Expression.SNARL,),
        "oral": (Expression.SMILE_OPEN, Expression.PUCKER),
    }
    values: dict[str, float] = {"secondary": synkinesis_grade(worst)}
    for name, expressions in regions.items():
        known = [function[e] for e in expressions if e in function]
        if known:
            values[name] = fngs.region_score(float(np.mean(known)))
    if gap_mm > _OPEN_EYE_GAP_MM and "eye" in values:
        values["eye"] = max(values["eye"], 4)
    scaled = _with_values(scale, values)
    found = [item.value for item in scaled.items]
    if any(value is None for value in found):
        return scaled
    total = float(sum(value for value in found if value is not None))
    return scaled.model_copy(update={"total": total, "grade": fngs.total_grade(min(total, 24))})
