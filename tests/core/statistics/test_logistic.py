"""Logistic regression against numbers worked by hand."""

import numpy as np
import pytest

from core.statistics.logistic import fit_logistic

NOTHING = np.zeros((8, 0))
LABELS = np.array([1, 1, 1, 1, 1, 1, 0, 0], bool)


def test_the_intercept_is_the_log_odds():
    assert fit_logistic(NOTHING, LABELS) == pytest.approx([np.log(3)])


def test_two_groups_give_their_log_odds_ratio():
    # 1 of 4 against 3 of 4: odds 1/3 and 3.
    feature = np.repeat([0.0, 1.0], 4)[:, None]
    labels = np.array([1, 0, 0, 0, 1, 1, 1, 0], bool)
    assert fit_logistic(feature, labels) == pytest.approx([-np.log(3), np.log(9)])


def test_weights_count_cases_several_times():
    feature = np.repeat([0.0, 1.0], 2)[:, None]
    labels = np.array([1, 0, 1, 0], bool)
    weights = np.array([[1.0, 3.0, 3.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    assert fit_logistic(feature, labels, weights) == pytest.approx(np.array([[-np.log(3), np.log(9)], [0.0, 0.0]]))


def test_an_offset_is_taken_as_known():
    offset = np.full(8, 0.7)
    assert fit_logistic(NOTHING, LABELS, offset=offset) == pytest.approx([np.log(3) - 0.7])


def test_coefficients_without_end_do_not_exist():
    feature = np.arange(8.0)[:, None]
    assert np.isnan(fit_logistic(feature, feature[:, 0] > 3)).all()
    assert np.isnan(fit_logistic(NOTHING, np.ones(8, bool))).all()


def test_a_ridge_makes_them_exist():
    feature = np.linspace(-1, 1, 8)[:, None]
    found = fit_logistic(feature, feature[:, 0] > 0, ridge=1.0)
    assert 0 < found[1] < 5
    assert found[0] == pytest.approx(0.0, abs=1e-9)
