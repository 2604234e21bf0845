"""A clip that holds one expression: which part of it is the movement."""

from __future__ import annotations

from core.checks import check_range
from core.exam.protocol import Expression
from core.exam.segments import Segment, SegmentSource

LEAD_S = 1.0
"""A clip should begin with a relaxed face for this long: the movement is measured against it (reference C1)."""
_MOST_OF_CLIP = 0.2


def single_clip_segments(expression: Expression, duration_s: float) -> list[Segment]:
    """Segments of a clip of one expression: rest for the first second (at most a fifth of the clip), then the movement.

    A clip of rest is rest throughout.

    Raises:
        ValueError: ``duration_s`` is not positive.
    """
    check_range("duration_s", duration_s, 1e-3, float("inf"))
    if expression is Expression.REST:
        return [_segment(expression, 0.0, duration_s)]
    lead = min(LEAD_S, _MOST_OF_CLIP * duration_s)
    return [_segment(Expression.REST, 0.0, lead), _segment(expression, lead, duration_s)]


def _segment(expression: Expression, start_s: float, end_s: float) -> Segment:
    return Segment(expression=expression, start_s=start_s, end_s=end_s, source=SegmentSource.CLINICIAN)
