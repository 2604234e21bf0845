"""All grades of one examination: affected side, branches, synkinesis and scales, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.exam.protocol import Expression
from core.grading import branches as branch_grading
from core.grading import synkinesis as synkinesis_grading
from core.grading.branches import BranchWeakness, SecondaryMovement, calibrated_closure
from core.grading.eface_style import eface_style
from core.grading.evidence import ScaleEvidence
from core.grading.fngs2 import fngs2
from core.grading.house_brackmann import house_brackmann
from core.grading.resting import RestingFace
from core.grading.side import both_sides_low, decide_side, side_votes
from core.grading.sunnybrook import sunnybrook
from core.grading.synkinesis import UnwantedMovement, unwanted_movements
from core.measures.curves import Curves
from core.measures.movement import (
    EYE_CLOSURES,
    ExpressionMeasurement,
    change_from_rest,
    hold_excursion,
    mean_or_none,
)
from core.result import BranchResult, BranchSide, Overall, Pair, Scales, SideVote, SynkinesisEntry
from core.words import BRANCHES, SIDES, AffectedSide, Branch, Side

Mode = Literal["side_to_side", "normative"]

# What the mesh shows of an eye that is shut, as part of the palpebral fissure's width; used only when no eye in the recording
# closes far enough to see it (docs/accuracy.md says how it was measured).
SHUT_EYE_PART_OF_WIDTH = 0.06
_CLOSING_EYE = 0.5
_LOWER_LIP_MINIMUM_MM, _LOWER_LIP_NOISE_MM = 2.0, 0.6


@dataclass(frozen=True)
class Grades:
    """Everything that is graded; the parts are those of ExamResult."""

    affected_side: AffectedSide
    votes: list[SideVote]
    moved_side: AffectedSide
    low_movements: list[Expression]
    mode: Mode
    branches: dict[Branch, BranchResult]
    synkinesis: list[SynkinesisEntry]
    overall: Overall
    scales: Scales
    residual_gap_mm: dict[Expression, dict[Side, float | None]]


def grade_exam(
    curves: Curves,
    measurements: Mapping[Expression, ExpressionMeasurement],
    resting: RestingFace,
    near_blink: np.ndarray,
    known_side: AffectedSide | None,
) -> Grades:
    """Grade one examination.

    Args:
        curves: all measures.
        measurements: the measured expressions.
        resting: the face at rest.
        near_blink: (K,) bool, within 0.2 s of a blink.
        known_side: the clinician's word; None or UNDETERMINED lets the movement decide.
    """
    shut_mm = _shut_eye_gap_mm(measurements, resting)
    closure = calibrated_closure(measurements, shut_mm)
    lower_lip = _lower_lip_in_smile(curves, measurements)
    fissure = {side: resting.value("palpebral_fissure_height", side) for side in SIDES}
    unwanted = unwanted_movements(curves, measurements, fissure, near_blink)

    def weakness(branch: Branch, side: Side, *, normative: bool, rest: RestingFace | None) -> BranchWeakness:
        return branch_grading.branch_weakness(
            branch,
            side,
            measurements,
            lower_lip_in_smile=lower_lip,
            closure=closure,
            normative=normative,
            resting=rest,
        )

    votes, low = side_votes(measurements), both_sides_low(measurements)
    moved_side = decide_side(
        votes,
        low,
        {b: {s: _well_tested(weakness(b, s, normative=False, rest=None)) for s in SIDES} for b in BRANCHES},
        {s: max((_side_to_side(m, s) for m in unwanted), default=0.0) for s in SIDES},
    )
    affected = known_side if known_side is not None and known_side is not AffectedSide.UNDETERMINED else moved_side
    mode: Mode = "normative" if affected in (AffectedSide.BOTH, AffectedSide.UNDETERMINED) else "side_to_side"

    graded: dict[Branch, dict[Side, BranchSide]] = {}
    weaknesses: dict[Side, dict[Branch, BranchWeakness]] = {side: {} for side in SIDES}
    for branch in BRANCHES:
        graded[branch] = {}
        for side in SIDES:
            found = weakness(
                branch, side, normative=mode == "normative", rest=resting if side is affected.side else None
            )
            weaknesses[side][branch] = found
            graded[branch][side] = _branch_side(found, unwanted, branch, side, affected)
    results = {b: BranchResult(right=sides[Side.RIGHT], left=sides[Side.LEFT]) for b, sides in graded.items()}
    entries = _entries(unwanted, affected)
    gaps = _residual_gaps(measurements, shut_mm)
    overall = _overall(results)
    scored = affected.side or _weaker_side(overall)
    functions = _functions(weaknesses[scored])
    evidence = ScaleEvidence(
        side=scored,
        one_sided=mode == "side_to_side",
        resting=resting,
        measurements=measurements,
        function=functions,
        reasons=_reasons(weaknesses[scored]),
        # A gap counts against an eye only where closure was tried: the gate of the function is the gate of the gap.
        residual_gap_mm={e: gap[scored] if functions.get(e) is not None else None for e, gap in gaps.items()},
        synkinesis=[entry for entry in entries if entry.side is scored],
    )
    scales = Scales(
        side=scored,
        sunnybrook=sunnybrook(evidence),
        house_brackmann=house_brackmann(evidence, curves),
        eface_style=eface_style(evidence, curves, near_blink),
        fngs2=fngs2(evidence),
    )
    return Grades(affected, votes, moved_side, low, mode, results, entries, overall, scales, gaps)


def _shut_eye_gap_mm(
    measurements: Mapping[Expression, ExpressionMeasurement], resting: RestingFace
) -> dict[Side, float]:
    """The gap that the tracker shows for a shut eye: what the better eye reaches in this recording (reference C7).

    A landmark model draws a small gap even on a shut eye. When one eye closes by more than half, its smallest gap is taken as
    shut for both eyes; otherwise a part of the width of the fissure, the same for every recording.
    """
    gaps = []
    for expression in EYE_CLOSURES:
        measurement = measurements.get(expression)
        if measurement is None:
            continue
        for side in SIDES:
            fraction, rest = measurement.closure_fraction(side), measurement.baseline_mm(side)
            if fraction is not None and rest is not None and fraction >= _CLOSING_EYE:
                gaps.append(rest * (1 - fraction))
    if gaps:
        return dict.fromkeys(SIDES, max(0.0, min(gaps)))
    widths = {side: resting.value("palpebral_fissure_width", side) for side in SIDES}
    return {side: SHUT_EYE_PART_OF_WIDTH * (width or 0.0) for side, width in widths.items()}


def _residual_gaps(
    measurements: Mapping[Expression, ExpressionMeasurement], shut_mm: Mapping[Side, float]
) -> dict[Expression, dict[Side, float | None]]:
    """Calibrated gap left in the hold (M6r): 0 for an eye that is as shut as the tracker can show."""
    gaps: dict[Expression, dict[Side, float | None]] = {}
    for expression in EYE_CLOSURES:
        if expression not in measurements:
            continue
        measurement, gaps[expression] = measurements[expression], {}
        for side in SIDES:
            excursion, rest = measurement.excursion_mm(side), measurement.baseline_mm(side)
            known = excursion is not None and rest is not None
            gaps[expression][side] = max(0.0, (rest or 0.0) - (excursion or 0.0) - shut_mm[side]) if known else None
    return gaps


def _lower_lip_in_smile(
    curves: Curves, measurements: Mapping[Expression, ExpressionMeasurement]
) -> SecondaryMovement | None:
    """Depression of the lower lip in the open smile, the second movement of the marginal mandibular branch."""
    smile = measurements.get(Expression.SMILE_OPEN)
    if smile is None or not smile.used:
        return None
    curve = curves.values[branch_grading.LOWER_LIP_IN_SMILE]
    rows = [hold_excursion(-change_from_rest(curve, r.baseline), r) for r in smile.used]
    excursions = {side: mean_or_none(row[i] for row in rows) for i, side in enumerate(SIDES)}
    return SecondaryMovement(excursions, _LOWER_LIP_MINIMUM_MM, _LOWER_LIP_NOISE_MM, branch_grading.LOWER_LIP_IN_SMILE)


def _well_tested(found: BranchWeakness) -> float | None:
    """Weakness that may name a side: not of a branch that only a minor movement tested."""
    return found.weakness if found.tested_weight >= branch_grading.ENOUGH_WEIGHT else None


def _side_to_side(movement: UnwantedMovement, side: Side) -> float:
    return synkinesis_grading.side_score(movement, side, against_other=True, against_norm=True)


def _comparison(side: Side, affected: AffectedSide) -> tuple[bool, bool]:
    """What a side's synkinesis is judged against: (the other side, a healthy face).

    The affected side against its healthy other side (reference E4). A healthy side, or any side while none is affected, must
    exceed both: it moves normally while a paralysed side beside it does not. Without a healthy side, a healthy face alone.
    """
    if affected.side is side:
        return True, False
    if affected in (AffectedSide.BOTH, AffectedSide.UNDETERMINED):
        return False, True
    return True, True


def _branch_side(
    found: BranchWeakness, unwanted: list[UnwantedMovement], branch: Branch, side: Side, affected: AffectedSide
) -> BranchSide:
    against_other, against_norm = _comparison(side, affected)
    synkinesis = synkinesis_grading.branch_synkinesis(
        unwanted, branch, side, against_other=against_other, against_norm=against_norm
    )
    score = synkinesis.score
    return BranchSide(
        weakness=found.weakness,
        grade=None if found.weakness is None else branch_grading.weakness_grade(found.weakness),
        synkinesis=score,
        synkinesis_grade=None if score is None else synkinesis_grading.synkinesis_grade(score),
        synkinesis_trend=synkinesis.trend,
        assessable=found.weakness is not None,
        reason=found.reason,
        synkinesis_reason=synkinesis.reason,
        confidence=found.confidence,
        hypertonic=found.hypertonic,
        movements=list(found.movements),
        resting=found.resting,
    )


def _entries(unwanted: list[UnwantedMovement], affected: AffectedSide) -> list[SynkinesisEntry]:
    """Every watched region and trigger on both sides, worst first."""
    entries = []
    for movement in unwanted:
        for side in SIDES:
            against_other, against_norm = _comparison(side, affected)
            entries.append(
                synkinesis_grading.synkinesis_entry(
                    movement, side, against_other=against_other, against_norm=against_norm
                )
            )
    return sorted(entries, key=lambda entry: -entry.score)


def _overall(branches: Mapping[Branch, BranchResult]) -> Overall:
    counted = [result for branch, result in branches.items() if branch is not Branch.CERVICAL]
    usable = [r for r in counted if r.right.weakness is not None and r.left.weakness is not None]
    right = mean_or_none(result.right.weakness for result in usable)
    left = mean_or_none(result.left.weakness for result in usable)
    return Overall(weakness=Pair(right=right, left=left), branches_used=len(usable))


def _weaker_side(overall: Overall) -> Side:
    right, left = overall.weakness.right or 0.0, overall.weakness.left or 0.0
    return Side.LEFT if left > right else Side.RIGHT


def _functions(weaknesses: Mapping[Branch, BranchWeakness]) -> dict[Expression, float | None]:
    """v of every movement on one side; the branch that a movement tests first wins."""
    functions: dict[Expression, float | None] = {}
    for weakness in weaknesses.values():
        for item in weakness.movements:
            functions.setdefault(item.expression, item.function)
    return functions


def _reasons(weaknesses: Mapping[Branch, BranchWeakness]) -> dict[Expression, str]:
    reasons: dict[Expression, str] = {}
    for weakness in weaknesses.values():
        for item in weakness.movements:
            if item.reason:
                reasons.setdefault(item.expression, item.reason)
    return reasons
