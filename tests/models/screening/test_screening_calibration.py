"""Calibration and operating point of the screen: known logits, hand-worked thresholds, people resampled as a whole."""

import numpy as np
import pytest

from models.screening.calibration import fit_platt, operating_point


def test_logits_that_are_right_keep_their_slope():
    random = np.random.default_rng(1)
    logits = random.normal(0, 2, 4000)
    labels = random.random(4000) < 1 / (1 + np.exp(-logits))
    platt = fit_platt(logits, labels, np.arange(4000), 0, draws=5)
    assert platt.slope == pytest.approx(1, abs=0.1)
    assert platt.intercept == pytest.approx(0, abs=0.1)


def test_people_without_an_error_still_give_a_finite_slope():
    logits = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    platt = fit_platt(logits, logits > 0, np.array(list("abcdef")), 0, draws=20)
    assert 0 < platt.slope < 50
    assert np.isfinite(platt.draws).all()
    drawn = platt.drawn(np.array([2.0]))
    assert drawn.shape == (20, 1)
    assert np.ptp(drawn) > 0


def test_calibration_needs_both_classes():
    with pytest.raises(ValueError, match="both classes"):
        fit_platt(np.array([1.0, 2.0]), np.array([True, True]), np.array(["a", "b"]), 0)


def test_the_threshold_lies_between_the_classes_where_they_do_not_overlap():
    point = operating_point(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    assert 0.2 < point.threshold < 0.8
    assert point.unsure_from < point.threshold


def test_sensitivity_comes_before_specificity():
    """One of ten with synkinesis lies among the healthy: missing it would leave 0.9, so all of the healthy above it are flagged."""
    yes, no = np.array([0.15, *np.linspace(0.8, 0.9, 9)]), np.linspace(0.1, 0.5, 10)
    point = operating_point(np.concatenate([yes, no]), np.repeat([True, False], 10))
    assert point.threshold <= 0.15
    assert (no < point.threshold).sum() == 2
