"""What the clinical scales are estimated from: one record of the scored side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.exam.protocol import Expression
from core.grading.resting import RestingFace
from core.measures.movement import ExpressionMeasurement
from core.result import SynkinesisEntry
from core.words import Side


@dataclass(frozen=True)
class ScaleEvidence:
    """Everything that the scales of one side use.

    Attributes:
        side: the scored side.
        one_sided: whether the other side is a healthy reference; without one, resting comparisons are not assessable.
        resting: the face at rest.
        measurements: the measured expressions.
        function: expression -> v of reference E3 on the scored side, None with a reason in ``reasons``.
        reasons: expression -> why its function is None.
        residual_gap_mm: gap left at the gentle and tight closure after calibration, by expression.
        synkinesis: entries of the scored side.
    """

    side: Side
    one_sided: bool
    resting: RestingFace
    measurements: Mapping[Expression, ExpressionMeasurement]
    function: Mapping[Expression, float | None]
    reasons: Mapping[Expression, str]
    residual_gap_mm: Mapping[Expression, float | None]
    synkinesis: list[SynkinesisEntry]

    def reason(self, expression: Expression) -> str:
        """Why a movement could not be scored."""
        return self.reasons.get(expression) or f"“{expression.label}” was not recorded."

    def gap_at_full_effort(self) -> float | None:
        """Gap of the tight closure, but no more than that of the gentle one, mm; None when tight closure was not measured.

        Squeezed lids bulge and crease, and the tracker shows a larger gap there than on the same eye gently shut. An eye that
        closes gently can close.
        """
        tight = self.residual_gap_mm.get(Expression.EYES_TIGHT)
        gentle = self.residual_gap_mm.get(Expression.EYES_GENTLE)
        return min(tight, gentle) if tight is not None and gentle is not None else tight

    def resting_difference(self, measure: str) -> float | None:
        """Scored side minus the other side at rest; None when the other side is no reference."""
        return self.resting.difference(measure, self.side) if self.one_sided else None

    @property
    def rest_reason(self) -> str:
        """Why a resting comparison is missing."""
        if not self.one_sided:
            return "Resting symmetry needs a healthy side to compare with."
        return "The face at rest was not seen well enough."


NO_FOLD_REASON = "The nasolabial fold is a matter of skin texture that the landmarks do not show; set it by eye."
