"""Blinks are found, and neither a held closure nor a smile's narrowing is taken for one."""

import numpy as np
import pytest

from core.measures.blink import blink_mask, blink_summary, eye_blinks, open_level

T = np.arange(0, 12, 1 / 60)


def _blinks(at, depth=9.0, closing=0.1, opening=0.2, level=10.0):
    fissure = np.full_like(T, level)
    for moment in at:
        dip = np.interp(T, [moment - closing, moment, moment + opening], [0, depth, 0])
        fissure -= dip
    return fissure


def test_blinks_are_counted_and_measured():
    found = eye_blinks(T, _blinks([2, 5, 9]), 10)
    assert [b.apex_s for b in found] == pytest.approx([2, 5, 9], abs=0.03)
    for blink in found:
        assert blink.closing_ratio == pytest.approx(0.9, abs=0.03)
        assert blink.closing_time_s == pytest.approx(0.1, abs=0.03)
        assert blink.closing_velocity_mm_s == pytest.approx(90, rel=0.15)


def test_held_closure_and_smile_are_no_blinks():
    held = 10 - np.interp(T, [3, 3.3, 6, 6.3], [0, 9, 9, 0])
    smile = 10 - np.interp(T, [3, 3.6, 6, 6.6], [0, 3.5, 3.5, 0])
    assert not blink_mask(held, 10).any()
    assert not blink_mask(smile, 10).any()


def test_a_paralysed_eye_is_measured_at_the_other_eyes_blinks():
    fissure = np.stack([_blinks([2, 5, 9], depth=2.0, level=12.0), _blinks([2, 5, 9])], axis=1)
    summary = blink_summary(T, fissure, np.ones(len(T), bool))
    assert summary.count == 3
    assert summary.rate_per_minute == pytest.approx(15)
    assert summary.closing_ratio.left == pytest.approx(0.9, abs=0.03)
    assert summary.closing_ratio.right == pytest.approx(2 / 12, abs=0.03)


def test_too_little_rest_says_so():
    rest = np.zeros(len(T), bool)
    rest[:60] = True
    summary = blink_summary(T, np.full((len(T), 2), 10.0), rest)
    assert summary.rate_per_minute is None
    assert "1.0 s of rest" in summary.reason


def test_open_level_of_nothing_is_nan():
    assert np.isnan(open_level(np.array([np.nan])))
