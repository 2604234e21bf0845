"""FrameClock: onset latencies and velocities stand on these times, so they are true or visibly repaired, never reordered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.video.clock import FrameClock


def times(stamps: list[float | None], interval_s: float = 0.04) -> list[float]:
    clock = FrameClock(interval_s)
    return [clock.time_of(stamp) for stamp in stamps]


def test_true_times_and_real_gaps_are_kept():
    assert times([5.0, 5.033, 5.2, 9.0]) == pytest.approx([0.0, 0.033, 0.2, 4.0])


def test_a_repeated_stamp_moves_only_its_own_frame():
    assert times([0.0, 0.04, 0.04, 0.12]) == pytest.approx([0.0, 0.04, 0.041, 0.12])


def test_frames_without_stamps_follow_at_the_usual_interval():
    assert times([None, None, None], 0.05) == pytest.approx([0.0, 0.05, 0.10])
    assert times([0.0, 0.02, 0.04, 0.06, None, 0.10], 0.02) == pytest.approx([0.0, 0.02, 0.04, 0.06, 0.08, 0.10])


def test_stamps_that_begin_late_join_the_running_clock():
    assert times([None, None, 70.0, 70.04]) == pytest.approx([0.0, 0.04, 0.08, 0.12])


def test_a_clock_that_starts_again_goes_on():
    joined = [*np.arange(0, 2, 0.04), *np.arange(0, 2, 0.04)]
    assert times(joined) == pytest.approx(np.arange(0, 4, 0.04).tolist())


@given(st.lists(st.one_of(st.none(), st.floats(-1e4, 1e4)), max_size=60))
def test_times_always_increase(stamps):
    assert np.all(np.diff(times(stamps)) > 0)
