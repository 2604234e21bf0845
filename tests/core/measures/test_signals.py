"""Conditioning: true times, gaps that stay gaps, smoothing that keeps level and slope."""

import numpy as np
import pytest

from core.measures.signals import finite_runs, held_level, resample, smooth, uniform_times


def test_uneven_frames_keep_their_true_times():
    """A ramp sampled at jittered times is the same ramp at 60 Hz: index / fps would bend it."""
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.06, 200))
    at = uniform_times(times)
    assert np.allclose(np.diff(at), 1 / 60)
    assert np.allclose(resample(times, 3 * times, at), 3 * at)


def test_long_gaps_stay_missing_and_short_ones_are_bridged():
    times = np.array([0.0, 0.1, 0.2, 0.5, 0.6])
    at = np.array([0.05, 0.15, 0.25, 0.35, 0.45, 0.55])
    result = resample(times, times, at)
    assert np.isnan(result[2:5]).all()
    assert np.allclose(result[[0, 1, 5]], at[[0, 1, 5]])


def test_missing_frames_count_as_gaps():
    times = np.arange(20) / 30
    values = np.ones(20)
    values[5:15] = np.nan
    assert np.isnan(resample(times, values, np.array([0.3]))).all()


def test_smoothing_keeps_a_cubic_and_never_crosses_a_gap():
    t = np.linspace(0, 1, 61)
    curve = 2 + 3 * t - t**3
    assert np.allclose(smooth(curve, 0.15), curve)
    curve[30] = np.nan
    broken = smooth(curve, 0.15)
    assert np.isnan(broken[30])
    assert np.allclose(np.delete(broken, 30), np.delete(curve, 30))


def test_runs():
    mask = np.array([0, 1, 1, 0, 1, 1, 1], bool)
    assert finite_runs(mask) == [(1, 3), (4, 7)]


class TestHeldLevel:
    def test_a_plateau_counts_and_a_spike_does_not(self):
        curve = np.zeros(60)
        curve[10:40] = 2.0
        curve[20] = 9.0
        assert held_level(curve, 0.3) == 2.0

    def test_it_is_continuous(self):
        """A value near the limit of duration must not jump between all and nothing from noise."""
        curve = 3.0 * np.exp(-(((np.arange(120) - 60) / 20) ** 2))
        noisy = curve + np.random.default_rng(0).normal(0, 0.02, 120)
        assert held_level(noisy, 0.3) == pytest.approx(held_level(curve, 0.3), abs=0.08)

    def test_a_gap_breaks_it(self):
        curve = np.full(30, 1.0)
        curve[15] = np.nan
        assert held_level(curve, 0.25) == 1.0
        assert held_level(curve, 0.3) is None

    def test_too_short(self):
        assert held_level(np.ones(5), 0.3) is None
