"""From two values to a verdict with its sentence (reference C9)."""

from __future__ import annotations

from core.grading.branches import HEALTHY_ASYMMETRY
from core.grading.change_types import Better, Detectable, Verdict

_UNITS = {"mm": " mm", "mm2": " mm²", "deg": "°", "1": "", "points": " points", "grade": " grades"}
_PLACES = {"points": 0, "grade": 0, "1": 2, "deg": 1, "mm": 1, "mm2": 0}


def judge(
    before: float | None,
    after: float | None,
    *,
    unit: str,
    better: Better,
    reference: float | None,
    detectable: Detectable | None,
    obstacle: str | None,
) -> tuple[Verdict, str]:
    """Verdict and reason of one quantity.

    Args:
        before, after: in ``unit``.
        unit: as in ``ChangeRow``.
        better, reference: which way is better.
        detectable: None where nothing is known of how the quantity varies between visits; it is then not comparable.
        obstacle: why it cannot be compared, or None.
    """
    if obstacle is not None or before is None or after is None:
        return Verdict.NOT_COMPARABLE, obstacle or "Not assessable."
    if detectable is None:
        return Verdict.NOT_COMPARABLE, "How much this varies between visits without any change is not known."
    change, limit = after - before, amount(detectable.value, unit)
    told = f"{'Up' if change > 0 else 'Down'} by {amount(abs(change), unit)}"
    if abs(change) <= detectable.value:
        nothing = "No change" if change == 0 else told
        return Verdict.WITHIN_ERROR, f"{nothing}; less than the {limit} that can be told from measurement error."
    gained = gain(before, after, better, reference)
    if gained is None:
        return (
            Verdict.CHANGED,
            f"{told}, more than the {limit} of measurement error; by itself neither better nor worse.",
        )
    if abs(gained) <= detectable.value:
        goal = "even" if reference == 0 else amount(reference or 0.0, unit)
        return (
            Verdict.CHANGED,
            f"{told}, more than the {limit} of measurement error, but about as far from {goal} as before.",
        )
    verdict = Verdict.IMPROVED if gained > 0 else Verdict.WORSE
    return (
        verdict,
        f"{told}, more than the {limit} of measurement error{_goal(after, unit, better, reference, gained)}.",
    )


def gain(before: float, after: float, better: Better, reference: float | None) -> float | None:
    """How much better, in the unit of the values; negative is worse, None where neither way is better. Swapped it is negated."""
    if better is Better.NEITHER:
        return None
    if better is Better.LOWER:
        return before - after
    if better is Better.HIGHER or reference is None:
        return after - before
    return distance(before, reference) - distance(after, reference)


def distance(value: float, reference: float) -> float:
    """How far a value is from what it should be near to; never negative.

    Beyond a reference above 0, healthy asymmetry (15 %, reference E3) is tolerated before it counts as over-activity.

    >>> distance(7.0, 10.0), distance(11.0, 10.0), distance(12.5, 10.0), distance(-2.0, 0.0)
    (3.0, 0.0, 1.0, 2.0)
    """
    if reference <= 0:
        return abs(value - reference)
    return max(reference - value, value - (1 + HEALTHY_ASYMMETRY) * reference, 0.0)


def amount(value: float, unit: str) -> str:
    """A value with its unit as the sentences say it.

    >>> amount(12.34, "points"), amount(1.26, "mm"), amount(1.0, "grade")
    ('12 points', '1.3 mm', '1 grade')
    """
    if unit in ("points", "grade") and f"{value:.0f}" == "1":
        return f"1{_UNITS[unit].removesuffix('s')}"
    return f"{value:.{_PLACES.get(unit, 2)}f}{_UNITS.get(unit, f' {unit}')}"


def _goal(after: float, unit: str, better: Better, reference: float | None, gained: float) -> str:
    if better is not Better.NEARER or reference is None:
        return ""
    if reference == 0:
        return ", nearer to even" if gained > 0 else ", further from even"
    if gained < 0 and after > reference:
        return f", beyond the {amount(reference, unit)} that it should be near to"
    return f", {'nearer to' if gained > 0 else 'further from'} {amount(reference, unit)}"
