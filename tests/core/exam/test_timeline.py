"""When the patient moved and when the face was at rest: windows that end before the next movement, rest that is rest."""

import numpy as np
import pytest

from core.exam.protocol import Expression as E
from core.exam.segments import Segment, SegmentSource
from core.exam.timeline import timeline

TIMES = np.arange(0, 20, 0.1)
EVERYTHING = np.ones(len(TIMES), dtype=bool)


def segment(expression, start_s, end_s, source=SegmentSource.FILE):
    return Segment(expression=expression, start_s=start_s, end_s=end_s, source=source)


def seconds(mask):
    """First and last time of a mask without holes."""
    times = TIMES[mask]
    assert np.allclose(np.diff(times), 0.1), "the mask has holes"
    return pytest.approx((times[0], times[-1]), abs=0.01)


def test_segments_are_brought_into_time_order():
    time = timeline(TIMES, [segment(E.PUCKER, 8, 10), segment(E.REST, 0, 3), segment(E.PUCKER, 4, 6)])
    assert [s.start_s for s in time.segments] == [0, 4, 8]
    assert [s.start_s for s in time.movements] == [4, 8]
    assert [s.start_s for s in time.of(E.PUCKER)] == [4, 8]
    assert time.of(E.SNARL) == []


@pytest.mark.parametrize(
    ("source", "after_s"),
    [
        (SegmentSource.CUE, 1.0),
        (SegmentSource.FILE, 0.5),
        (SegmentSource.PROPOSED, 0.5),
        (SegmentSource.CLINICIAN, 0.5),
    ],
)
def test_a_window_waits_for_a_late_relaxation_longest_after_a_cue(source, after_s):
    """Reference C1: a cue is answered up to a second later."""
    smile = segment(E.SMILE_OPEN, 4, 7, source)
    assert timeline(TIMES, [smile]).window(smile) == (4, 7 + after_s)


def test_a_window_never_reaches_into_the_next_movement():
    smile, pucker = segment(E.SMILE_OPEN, 4, 7), segment(E.PUCKER, 7.2, 9)
    time = timeline(TIMES, [smile, pucker])
    assert time.window(smile) == (4, 7.2)
    touching = timeline(TIMES, [smile, segment(E.PUCKER, 7, 9)])
    assert touching.window(smile) == (4, 7)
    resting = timeline(TIMES, [smile, segment(E.REST, 7.2, 9)])
    assert resting.window(smile) == (4, 7.5), "a rest is no movement"


def test_moving_lasts_until_the_face_has_settled():
    time = timeline(TIMES, [segment(E.SMILE_OPEN, 4, 7), segment(E.REST, 9, 12)])
    assert seconds(time.moving) == (4.0, 7.5)


def test_rest_is_what_was_asked_as_rest_without_the_settling():
    time = timeline(TIMES, [segment(E.SMILE_OPEN, 4, 7), segment(E.REST, 7, 10)])
    assert seconds(time.rest) == (7.6, 10.0)


def test_without_a_rest_segment_all_time_between_movements_is_rest():
    time = timeline(TIMES, [segment(E.SMILE_OPEN, 4, 7), segment(E.PUCKER, 12, 15)])
    still = (TIMES < 3.95) | ((TIMES > 7.55) & (TIMES < 11.95)) | (TIMES > 15.55)
    assert np.array_equal(time.rest, still)


def test_a_rest_segment_that_holds_nothing_but_movement_is_not_used():
    time = timeline(TIMES, [segment(E.REST, 4, 7), segment(E.SMILE_OPEN, 4, 7)])
    assert np.array_equal(time.rest, ~time.moving)
    assert time.rest.any()


def test_the_baseline_is_the_two_seconds_before_the_movement():
    smile = segment(E.SMILE_OPEN, 6, 8)
    assert seconds(timeline(TIMES, [smile]).baseline(smile, EVERYTHING)) == (4.0, 5.9)


def test_the_baseline_leaves_out_the_movement_before_and_its_settling():
    first, second = segment(E.SMILE_OPEN, 2, 4.7), segment(E.PUCKER, 6, 8)
    assert seconds(timeline(TIMES, [first, second]).baseline(second, EVERYTHING)) == (5.3, 5.9)


def test_unusable_samples_are_no_baseline():
    """Blinks and lost faces are taken out (reference C1)."""
    smile = segment(E.SMILE_OPEN, 6, 8)
    usable = ~((TIMES > 4.95) & (TIMES < 5.55))
    baseline = timeline(TIMES, [smile]).baseline(smile, usable)
    assert not (baseline & ~usable).any()
    assert baseline.sum() == 14


def test_a_movement_without_rest_before_it_is_measured_from_the_rest_of_the_recording():
    smile, pucker = segment(E.SMILE_OPEN, 3, 6), segment(E.PUCKER, 6.1, 9)
    time = timeline(TIMES, [segment(E.REST, 0, 2), smile, pucker])
    assert seconds(time.baseline(pucker, EVERYTHING)) == (0.0, 2.0)


def test_a_movement_at_the_very_beginning_is_measured_from_the_rest_of_the_recording():
    smile = segment(E.SMILE_OPEN, 0, 3)
    baseline = timeline(TIMES, [smile]).baseline(smile, EVERYTHING)
    assert seconds(baseline) == (3.6, 19.9)


def test_a_recording_of_nothing_but_movement_has_all_usable_samples_as_its_last_resort():
    times = np.arange(0, 3, 0.1)
    smile = segment(E.SMILE_OPEN, 0, 3)
    usable = times > 1
    assert np.array_equal(timeline(times, [smile]).baseline(smile, usable), usable)


def test_an_empty_exam_is_all_rest():
    time = timeline(TIMES, [])
    assert time.rest.all()
    assert not time.moving.any()
