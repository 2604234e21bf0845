"""Estimate of the Facial Nerve Grading Scale 2.0 (Vrabec 2009, Otolaryngol Head Neck Surg 140:445; reference D4)."""

from __future__ import annotations

from core.exam.protocol import Expression
from core.grading.evidence import ScaleEvidence
from core.grading.sunnybrook import EYE_LIMIT_MM, MOUTH_LIMIT_MM
from core.result import Fngs2, ScaleItem

_CUTS = (0.95, 0.75, 0.50, 0.10, 0.02)
_TOTALS = ((4, 1), (9, 2), (14, 3), (19, 4), (23, 5), (24, 6))
_OPEN_EYE_GAP_MM = 1.0
# A brow that is lower than the other by this much is seen by others (10.1093/asj/sjw271).
_BROW_LIMIT_MM = 3.5
_DROOP = {"brow": ("brow_height_canthal", _BROW_LIMIT_MM), "oral": ("corner_height", MOUTH_LIMIT_MM)}
_REGIONS: tuple[tuple[str, str, tuple[Expression, ...]], ...] = (
    ("brow", "Brow", (Expression.BROW_RAISE,)),
    ("eye", "Eye", (Expression.EYES_GENTLE, Expression.EYES_TIGHT)),
    ("nasolabial_fold", "Nasolabial fold", (Expression.SNARL,)),
    ("oral", "Oral", (Expression.SMILE_OPEN, Expression.PUCKER)),
)


def region_score(function: float) -> int:
    """1 (normal) to 6 (none) from v of reference E3.

    >>> region_score(0.6)
    3
    """
    return 1 + int(sum(function < cut for cut in _CUTS))


def total_grade(total: float) -> int:
    """Grade I to VI as 1 to 6 of the sum of four regions and the secondary movement."""
    return next(grade for limit, grade in _TOTALS if total <= limit)


def fngs2(evidence: ScaleEvidence) -> Fngs2:
    """Four regions 1 to 6 and secondary movement 0 to 3; the total is None while a region is missing."""
    items = [_region(evidence, *region) for region in _REGIONS]
    items.append(_secondary(evidence))
    values = [item.value for item in items]
    if any(value is None for value in values):
        missing = [item.label for item in items if item.value is None]
        return Fngs2(items=items, total=None, reason="Not assessable: " + ", ".join(missing) + ".", grade=None)
    total = float(sum(value for value in values if value is not None))
    return Fngs2(items=items, total=total, reason=None, grade=total_grade(min(total, 24)))


def _region(evidence: ScaleEvidence, name: str, label: str, expressions: tuple[Expression, ...]) -> ScaleItem:
    known = [v for e in expressions if (v := evidence.function.get(e)) is not None]
    if not known:
        return ScaleItem(
            name=name, label=label, value=None, minimum=1, maximum=6, basis="", reason=evidence.reason(expressions[0])
        )
    function = sum(known) / len(known)
    score, basis = region_score(function), f"{100 * function:.0f} % of the expected movement"
    if name == "eye":
        score, basis = _with_closure(evidence, score, basis)
    elif score == 3 and _droops(evidence, name):
        score, basis = 4, f"{basis}, lower than the other side at rest"
    return ScaleItem(name=name, label=label, value=float(score), minimum=1, maximum=6, basis=basis)


def _droops(evidence: ScaleEvidence, name: str) -> bool:
    """Whether a region hangs at rest: an obvious weakness counts as 3 only while the face is even at rest."""
    if name not in _DROOP:
        return False
    measure, limit_mm = _DROOP[name]
    difference = evidence.resting_difference(measure)
    return difference is not None and difference < -limit_mm


def _with_closure(evidence: ScaleEvidence, score: int, basis: str) -> tuple[int, str]:
    """The eye's qualifiers: incomplete closure is at least 4, closure only with effort at least 3."""
    tight = evidence.gap_at_full_effort()
    gentle = evidence.residual_gap_mm.get(Expression.EYES_GENTLE)
    if tight is not None and tight > _OPEN_EYE_GAP_MM:
        return max(score, 4), f"{basis}, does not close at full effort"
    if gentle is not None and gentle > _OPEN_EYE_GAP_MM:
        seen = "closes only with effort" if tight is not None else "does not close gently"
        return max(score, 3), f"{basis}, {seen}"
    return score, basis


def _secondary(evidence: ScaleEvidence) -> ScaleItem:
    """Worst of synkinesis and of contracture at rest (narrow eye, corner pulled up)."""
    worst = max(evidence.synkinesis, key=lambda entry: entry.score, default=None)
    if worst is None:
        return ScaleItem(
            name="secondary",
            label="Secondary movement",
            value=None,
            minimum=0,
            maximum=3,
            basis="",
            reason="No movement was recorded during which synkinesis can be watched.",
        )
    value = sum(worst.score >= cut for cut in (20, 45, 75))
    basis = f"{worst.pattern}: {worst.unwanted_mm:.1f} mm"
    eye = evidence.resting_difference("palpebral_fissure_height")
    corner = evidence.resting_difference("corner_height")
    if (eye is not None and eye < -EYE_LIMIT_MM) or (corner is not None and corner > MOUTH_LIMIT_MM):
        value = max(value, 2)
        basis += ", contracture at rest"
    return ScaleItem(
        name="secondary", label="Secondary movement", value=float(value), minimum=0, maximum=3, basis=basis
    )
