"""Features of the severity network: the same for a mirrored face with the sides swapped, and missing where nothing was measured."""

import numpy as np
import pytest

from core.exam.protocol import Expression
from models.severity import features
from models.severity.features import (
    FEATURES,
    LEARNED_BRANCHES,
    MOVEMENT_OF_FEATURE,
    MOVEMENTS,
    PICTURED,
    kinematics,
    measured_movements,
    pictured_movements,
)
from tests.severity_samples import weak_right


def feature(values, side, name):
    return float(values[side, FEATURES.index(name)])


def test_a_weak_side_moves_less_than_the_other():
    values = kinematics(weak_right(0.6))
    name = "smile_open: share of the stronger side, own"
    assert feature(values, 0, name) == pytest.approx(0.4, abs=0.05)
    assert feature(values, 1, name) == 1.0
    assert feature(values, 1, "smile_open: excursion, mm, own") == pytest.approx(10, abs=0.5)
    assert feature(values, 1, "smile_open: excursion, mm, other") == feature(
        values, 0, "smile_open: excursion, mm, own"
    )


def test_a_mirrored_examination_swaps_the_sides():
    seen, mirrored = kinematics(weak_right(0.6)), kinematics(weak_right(0.6, mirrored=True))
    assert (np.isfinite(seen) == np.isfinite(mirrored[::-1])).all()
    np.testing.assert_allclose(mirrored[::-1], seen, atol=0.05)
    assert np.nanmax(np.abs(mirrored - seen)) > 1


def test_midline_values_point_towards_the_own_side():
    values = kinematics(weak_right(0.6))
    columns = [place for place, name in enumerate(FEATURES) if "midline" in name or name.startswith("rest:")]
    np.testing.assert_allclose(values[0, columns], -values[1, columns], atol=1e-6)


def test_a_movement_that_was_not_recorded_is_missing_and_changes_nothing_else():
    whole, part = kinematics(weak_right(0.6)), kinematics(weak_right(0.6, without=Expression.BROW_RAISE))
    of_brow = MOVEMENTS.index(Expression.BROW_RAISE) == MOVEMENT_OF_FEATURE
    assert np.isnan(part[:, of_brow]).all()
    of_others = (MOVEMENT_OF_FEATURE >= 0) & ~of_brow
    np.testing.assert_allclose(part[:, of_others], whole[:, of_others], atol=0.2)
    missing = measured_movements(whole) & ~measured_movements(part)
    assert [MOVEMENTS[i] for i in np.flatnonzero(missing)] == [Expression.BROW_RAISE]


def test_a_branch_is_tested_by_its_own_movements_alone():
    movements = np.array([movement in (Expression.EYES_TIGHT, Expression.EEE) for movement in MOVEMENTS])
    found = [b.value for b, known in zip(LEARNED_BRANCHES, features.tested_branches(movements), strict=True) if known]
    assert found == ["zygomatic", "marginal_mandibular"]


def test_the_main_movement_of_every_branch_is_pictured():
    assert PICTURED == (Expression.BROW_RAISE, Expression.EYES_GENTLE, Expression.SMILE_OPEN, Expression.EEE)
    seen = np.array([True, False, False, True, False])
    assert [MOVEMENTS[i] for i in np.flatnonzero(pictured_movements(seen))] == [Expression.SMILE_OPEN]
