"""A clip of one expression: a relaxed beginning to measure against, and the rest of the clip is the movement."""

import pytest

from core.exam.protocol import Expression as E
from core.exam.segments import SegmentSource
from core.exam.single_clip import LEAD_S, single_clip_segments


@pytest.mark.parametrize(("duration_s", "lead_s"), [(2.0, 0.4), (4.9, 0.98), (5.0, 1.0), (5.1, 1.0), (60.0, 1.0)])
def test_rest_is_the_first_second_but_at_most_a_fifth_of_the_clip(duration_s, lead_s):
    rest, movement = single_clip_segments(E.SNARL, duration_s)
    assert (rest.expression, movement.expression) == (E.REST, E.SNARL)
    assert (rest.start_s, movement.end_s) == (0.0, duration_s)
    assert rest.end_s == movement.start_s == pytest.approx(lead_s)
    assert lead_s <= LEAD_S


@pytest.mark.parametrize("expression", [e for e in E if e is not E.REST])
def test_every_expression_fills_its_clip_without_a_gap(expression):
    segments = single_clip_segments(expression, 7.5)
    assert [s.expression for s in segments] == [E.REST, expression]
    assert {s.source for s in segments} == {SegmentSource.CLINICIAN}
    assert sum(s.duration_s for s in segments) == pytest.approx(7.5)


def test_a_clip_of_rest_is_rest_throughout():
    (rest,) = single_clip_segments(E.REST, 4.0)
    assert (rest.expression, rest.start_s, rest.end_s) == (E.REST, 0.0, 4.0)


@pytest.mark.parametrize("duration_s", [0.0, -1.0, float("nan")])
def test_a_clip_without_length_is_refused(duration_s):
    with pytest.raises(ValueError, match="duration_s"):
        single_clip_segments(E.SMILE_OPEN, duration_s)
