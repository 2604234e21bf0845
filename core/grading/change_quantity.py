"""What a row of a comparison is made from, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass

from core.grading.change_types import Better, Kind
from core.words import Side


@dataclass(frozen=True)
class Quantity:
    """One quantity of two visits.

    Attributes:
        missing: why ``before`` or ``after`` is None, for each; None where no reason is known.
        obstacle: why it cannot be compared although both values are there.
        error: minimal detectable change from repetitions.
    """

    kind: Kind
    name: str
    side: Side | None
    label: str
    unit: str
    before: float | None
    after: float | None
    better: Better
    reference: float | None = None
    repetitions: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    missing: tuple[str | None, str | None] = (None, None)
    obstacle: str | None = None
    error: float | None = None


def absence(quantity: Quantity) -> str | None:
    """Not assessable at one visit or both, with the reason of the first that is not."""
    gone = [value is None for value in (quantity.before, quantity.after)]
    if not any(gone):
        return None
    when = "at either visit" if all(gone) else "before" if gone[0] else "after"
    why = quantity.missing[0 if gone[0] else 1]
    return f"Not assessable {when}." + (f" {why}" if why else "")
