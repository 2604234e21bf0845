"""Edited rows become segments only when they make sense, and what nobody touched stays as it was."""

import pytest

from core.errors import InputError
from core.exam.protocol import Expression as E
from core.exam.segments import Segment, SegmentSource
from pages.components.segment_table import (
    END,
    EXPRESSION,
    START,
    expression_labels,
    is_changed,
    row_name,
    segments_of,
    table_rows,
)

SMILE, BROW = "Big smile with teeth", "Raise the brows"
BEFORE = [
    Segment(expression=E.SMILE_OPEN, start_s=10.004, end_s=13.0, source=SegmentSource.CUE),
    Segment(expression=E.BROW_RAISE, start_s=3.0, end_s=6.0, source=SegmentSource.PROPOSED, confidence=0.4),
]


def row(expression=SMILE, start=10.0, end=13.0):
    return {EXPRESSION: expression, START: start, END: end}


def test_rows_are_in_time_order_and_unchanged_at_first():
    rows = table_rows(BEFORE)
    assert [r[EXPRESSION] for r in rows] == [BROW, SMILE]
    assert rows[1][START] == 10.0
    assert not is_changed(rows, BEFORE)
    assert not is_changed(rows[::-1], BEFORE)
    assert is_changed([*rows, row(start=20.0, end=21.0)], BEFORE)
    assert is_changed(rows[:1], BEFORE)
    assert is_changed([row(BROW, 3.1, 6.0), rows[1]], BEFORE)


def test_untouched_segments_keep_their_source_but_proposals_become_the_clinicians():
    made = segments_of(table_rows(BEFORE), BEFORE, 30.0)
    assert made[1] == BEFORE[0]  # to the millisecond
    assert (made[0].expression, made[0].source, made[0].confidence) == (E.BROW_RAISE, SegmentSource.CLINICIAN, None)


def test_changed_segments_are_the_clinicians():
    [made] = segments_of([row(start=10.5)], BEFORE, 30.0)
    assert (made.start_s, made.source) == (10.5, SegmentSource.CLINICIAN)


def test_empty_rows_are_ignored():
    nothing = {EXPRESSION: None, START: float("nan"), END: None}
    assert segments_of([nothing, row()], BEFORE, 30.0) == [BEFORE[0]]
    assert segments_of([nothing], BEFORE, 30.0) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(expression=None)], "no expression"),
        ([row(start=None)], "has no start"),
        ([row(end=float("nan"))], "has no end"),
        ([row(start=5.0, end=5.0)], "ends before it starts"),
        ([row(start=31.0, end=32.0)], "the video ends at 30.00 s"),
        ([row(), row(BROW, 12.0, 14.0)], "overlap"),
    ],
)
def test_rows_that_make_no_sense_are_refused_in_a_sentence(rows, words):
    with pytest.raises(InputError, match=words):
        segments_of(rows, BEFORE, 30.0)


def test_touching_segments_do_not_overlap():
    assert len(segments_of([row(), row(BROW, 13.0, 14.0)], BEFORE, 30.0)) == 2


def test_every_expression_can_be_chosen():
    assert expression_labels() == [expression.label for expression in E]
    assert row_name(row()) == f"{SMILE}, 10.00 s"
    assert row_name({}) == "unnamed, no start"
