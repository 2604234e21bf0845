"""Published norms of healthy movement, for faces without a healthy side (reference E5, F1)."""

from __future__ import annotations

from dataclasses import dataclass

from core.exam.protocol import Expression


@dataclass(frozen=True)
class Norm:
    """Mean and standard deviation of a healthy excursion in millimetres, with its source."""

    mean_mm: float
    sd_mm: float
    source: str


_JORGE = "Jorge 2012, Braz J Otorhinolaryngol 78(2):41, n = 12, optical markers"

MOVEMENT_NORMS: dict[Expression, Norm] = {
    Expression.BROW_RAISE: Norm(10.57, 2.51, _JORGE),
    Expression.SMILE_OPEN: Norm(9.28, 2.83, _JORGE),
}

# Eyes of healthy people narrow by this part of the resting fissure in a full smile (10.1002/lary.23778, n = 50).
SMILE_NARROWING_MEAN, SMILE_NARROWING_SD = 0.216, 0.134

LOW_PART_OF_NORM = 0.60


def norm_reference_mm(expression: Expression) -> float | None:
    """Lower end of normal, mean minus one SD, or None where no norm was found."""
    norm = MOVEMENT_NORMS.get(expression)
    return None if norm is None else norm.mean_mm - norm.sd_mm
