"""Segments as the rows of a table that people edit, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from core.errors import InputError
from core.exam.protocol import EXPRESSIONS, Expression
from core.exam.segments import Segment, SegmentSource

EXPRESSION, START, END = "Expression", "Start (s)", "End (s)"
_PLACES = 2
_SAME_S = 0.5 * 10**-_PLACES
_BY_LABEL = {spec.label: expression for expression, spec in EXPRESSIONS.items()}

Row = dict[str, Any]


def expression_labels() -> list[str]:
    """What a row may be named, in the order of the protocol."""
    return list(_BY_LABEL)


def table_rows(segments: Iterable[Segment]) -> list[Row]:
    """One row a segment, in time order."""
    ordered = sorted(segments, key=lambda segment: segment.start_s)
    return [
        {EXPRESSION: s.expression.label, START: round(s.start_s, _PLACES), END: round(s.end_s, _PLACES)}
        for s in ordered
    ]


def row_name(row: Mapping[str, Any]) -> str:
    """A row in a list to choose from."""
    start = _number(row.get(START))
    return f"{row.get(EXPRESSION) or 'unnamed'}, {'no start' if start is None else f'{start:.2f} s'}"


def segments_of(rows: Iterable[Mapping[str, Any]], before: Sequence[Segment], duration_s: float) -> list[Segment]:
    """The segments of edited rows, in time order.

    A row that nobody changed keeps the segment it came from, unless that was only proposed; every other one is the clinician's.

    Args:
        rows: as edited; wholly empty ones are ignored.
        before: the segments that the table started from.
        duration_s: length of the recording.

    Raises:
        InputError: a row is incomplete, ends before it starts, lies outside the video, or two rows overlap.
    """
    made = [_segment(row, before, duration_s) for row in rows if not _is_empty(row)]
    made.sort(key=lambda segment: segment.start_s)
    for one, other in pairwise(made):
        if other.start_s < one.end_s - _SAME_S:
            raise InputError(
                f"Two segments overlap: {_told(one)} and {_told(other)}.",
                hint="Let the first end before the second begins.",
                code="segments",
            )
    return made


def is_changed(rows: Iterable[Mapping[str, Any]], segments: Iterable[Segment]) -> bool:
    """Whether the rows say something else than the segments."""
    shown = [tuple(row.get(name) for name in (EXPRESSION, START, END)) for row in rows if not _is_empty(row)]
    return sorted(shown, key=str) != sorted((tuple(row.values()) for row in table_rows(segments)), key=str)


def _segment(row: Mapping[str, Any], before: Sequence[Segment], duration_s: float) -> Segment:
    expression = _BY_LABEL.get(str(row.get(EXPRESSION)))
    start, end = _number(row.get(START)), _number(row.get(END))
    if expression is None:
        raise InputError(
            "A segment has no expression.", hint="Choose one in its row, or remove the row.", code="segments"
        )
    if start is None or end is None:
        raise InputError(
            f"“{expression.label}” has no {'start' if start is None else 'end'}.",
            hint="Enter it in seconds.",
            code="segments",
        )
    if end <= start:
        raise InputError(f"“{expression.label}” at {start:.2f} s ends before it starts.", code="segments")
    if start < 0 or start >= duration_s:
        raise InputError(
            f"“{expression.label}” starts at {start:.2f} s, but the video ends at {duration_s:.2f} s.", code="segments"
        )
    old = _unchanged(before, expression, start, end)
    return old or Segment(expression=expression, start_s=start, end_s=end, source=SegmentSource.CLINICIAN)


def _unchanged(before: Sequence[Segment], expression: Expression, start: float, end: float) -> Segment | None:
    for segment in before:
        same = abs(segment.start_s - start) <= _SAME_S and abs(segment.end_s - end) <= _SAME_S
        if same and segment.expression is expression and segment.source is not SegmentSource.PROPOSED:
            return segment
    return None


def _told(segment: Segment) -> str:
    return f"“{segment.expression.label}” at {segment.start_s:.2f} s"


def _is_empty(row: Mapping[str, Any]) -> bool:
    return not row.get(EXPRESSION) and _number(row.get(START)) is None and _number(row.get(END)) is None


def _number(value: Any) -> float | None:
    """A cell as a number; empty cells come as None or NaN."""
    return float(value) if isinstance(value, int | float) and value == value else None
