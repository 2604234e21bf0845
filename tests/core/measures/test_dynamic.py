"""Features of one side's excursion curve: a ramp of known slope, and sides that do not move."""

import numpy as np
import pytest

from core.measures.dynamic import hold_mask, peak_excursion, side_movement

T = np.arange(0, 4, 1 / 60)
# 10 mm: still until 1 s, up in 0.5 s (20 mm/s), held 1.5 s, down in 0.5 s.
RAMP = np.interp(T, [1.0, 1.5, 3.0, 3.5], [0, 10, 10, 0])


def test_ramp():
    movement = side_movement(T, RAMP, hold_mask(RAMP, RAMP), noise=0.05)
    assert movement.peak_mm == pytest.approx(10)
    assert movement.peak_velocity_mm_s == pytest.approx(20, rel=0.02)
    assert movement.rise_time_s == pytest.approx(0.4, abs=0.02)  # 10 % to 90 %
    assert movement.onset_s == pytest.approx(1.05, abs=0.02)
    assert movement.hold_stability == pytest.approx(0.06, abs=0.03)
    assert movement.area_mm_s == pytest.approx(10 * 1.5 + 2 * 0.125 * 8.75, rel=0.02)


def test_hold_is_common_to_both_sides():
    """The weak side is judged while the strong one holds, not at a moment of its own."""
    early_twitch = np.where(np.abs(T - 0.5) < 0.2, 8.0, 0.0)
    hold = hold_mask(RAMP, early_twitch)
    assert peak_excursion(early_twitch, hold & (T > 1)) == pytest.approx(0)
    alone = hold_mask(RAMP, np.zeros_like(T))
    assert peak_excursion(early_twitch, alone) == pytest.approx(0)


def test_noise_alone_has_no_onset():
    noise = np.random.default_rng(0).normal(0, 0.1, len(T))
    movement = side_movement(T, noise, hold_mask(RAMP, noise), noise=0.1)
    assert movement.onset_s is None
    assert movement.rise_time_s is None
    assert abs(movement.peak_mm) < 0.4


def test_movement_the_wrong_way_is_negative():
    assert side_movement(T, -RAMP, hold_mask(RAMP, -RAMP), noise=0.05).peak_mm < -7


def test_missing_curve_gives_nothing():
    empty = np.full(len(T), np.nan)
    movement = side_movement(T, empty, hold_mask(empty, empty), noise=0.1)
    assert movement.peak_mm is None
    assert not hold_mask(empty, empty).any()
