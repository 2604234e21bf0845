"""Indices between the sides: hand-worked numbers, ranges, and None where the published formula is undefined."""

import numpy as np
import pytest

from core.measures import symmetry

T = np.arange(0, 2, 1 / 60)
BUMP = np.sin(np.pi * T / 2) ** 2


def test_hand_worked_indices():
    assert symmetry.bounded_asymmetry_pct(10, 4) == pytest.approx(60)
    assert symmetry.symmetry_pct(10, 4) == pytest.approx(40)
    assert symmetry.signed_asymmetry(10, 4) == pytest.approx(-0.6)
    assert symmetry.signed_asymmetry(4, 10) == pytest.approx(0.6)


def test_a_side_that_moves_the_wrong_way_is_bounded():
    assert symmetry.bounded_asymmetry_pct(10, -4) == 100
    assert symmetry.symmetry_pct(10, -4) == 0


@pytest.mark.parametrize("index", [symmetry.bounded_asymmetry_pct, symmetry.symmetry_pct, symmetry.signed_asymmetry])
def test_without_movement_an_index_is_undefined(index):
    assert index(0, 0) is None
    assert index(-1, -2) is None


def test_correlation_of_shapes_and_flat_sides():
    assert symmetry.correlation(BUMP, 0.4 * BUMP, 0.01, 0.01)[0] == pytest.approx(1)
    assert symmetry.correlation(BUMP, 1 - BUMP, 0.01, 0.01)[0] == pytest.approx(-1)
    value, reason = symmetry.correlation(BUMP, np.full_like(BUMP, 0.1), 0.01, 0.05)
    assert value is None
    assert reason == "flat side: patient's left"


def test_dynamic_time_warping_separates_shape_from_amplitude():
    assert symmetry.dynamic_time_warping(BUMP, 0.3 * BUMP) == pytest.approx(0, abs=1e-9)
    late = np.interp(T - 0.2, T, BUMP, left=0)
    square = (BUMP > 0.5).astype(float)
    assert symmetry.dynamic_time_warping(BUMP, late) < symmetry.dynamic_time_warping(BUMP, square)
    assert symmetry.dynamic_time_warping(BUMP, -BUMP) is None


def test_lag_is_positive_when_the_right_is_late():
    late = np.interp(T - 0.1, T, BUMP, left=0)
    assert symmetry.peak_lag_s(late, BUMP) == pytest.approx(0.1, abs=0.02)
    assert symmetry.peak_lag_s(BUMP, late) == pytest.approx(-0.1, abs=0.02)


def test_amplitude_residual():
    assert symmetry.amplitude_residual(BUMP, BUMP, 1, 1) == pytest.approx(0)
    assert symmetry.amplitude_residual(np.ones(9), np.zeros(9), 1, 0) == pytest.approx(1)
    assert symmetry.amplitude_residual(BUMP, BUMP, 0, 0) is None


def test_directions():
    up_out, down_in = np.array([3.0, 4.0]), np.array([-3.0, -4.0])
    assert symmetry.direction_cosine(up_out, 2 * up_out) == pytest.approx(1)
    assert symmetry.direction_cosine(up_out, down_in) == pytest.approx(-1)
    assert symmetry.direction_cosine(up_out, np.zeros(2)) is None
    assert symmetry.direction_score_pct(up_out, up_out / 2) == pytest.approx(50)
    assert symmetry.direction_score_pct(up_out, down_in) == pytest.approx(0)
