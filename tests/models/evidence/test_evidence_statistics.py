"""Measures of a screen against numbers worked by hand."""

import numpy as np
import pytest

from core.statistics.intervals import Interval
from models.evidence.statistics import (
    Cases,
    accuracy,
    auc,
    bin_of,
    brier,
    calibration_error,
    calibration_intercept,
    calibration_slope,
    chance_calibration_error,
    coverage_curve,
    difference,
    estimate,
    f1,
    precision,
    predictive_values,
    proportion,
    reliability_bins,
    sensitivity,
    specificity,
)


def cases(labels, probabilities, people=None):
    labels = np.array(labels, bool)
    people = np.arange(len(labels)) if people is None else np.array(people)
    return Cases(labels, np.array(probabilities, float), people)


def value(measure, some):
    return float(measure(some, np.ones((1, len(some))))[0])


def test_auc_of_small_examples():
    assert value(auc, cases([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])) == 0.75
    assert value(auc, cases([0, 1], [0.2, 0.9])) == 1.0
    assert value(auc, cases([0, 1], [0.9, 0.2])) == 0.0
    assert np.isnan(value(auc, cases([1, 1], [0.9, 0.2])))


def test_ties_count_half_in_the_auc():
    assert value(auc, cases([0, 1], [0.5, 0.5])) == 0.5
    # Of 4 pairs: one tie, two right, one wrong.
    assert value(auc, cases([0, 0, 1, 1], [0.3, 0.6, 0.3, 0.9])) == pytest.approx((0.5 + 0 + 1 + 1) / 4)


def test_weights_of_the_auc_are_copies_of_cases():
    some = cases([0, 0, 1, 1, 1], [0.1, 0.5, 0.5, 0.3, 0.9])
    copies = [2, 1, 0, 3, 1]
    again = some.of(np.repeat(np.arange(5), copies))
    assert float(auc(some, np.array([copies], float))[0]) == pytest.approx(value(auc, again))


def test_measures_at_a_threshold():
    """31 of 32 and 39 of 39, as the paper: accuracy 98.6, precision 100, recall 96.9, F1 98.4 %."""
    paper = cases([1] * 32 + [0] * 39, [0.9] * 31 + [0.1] * 40)
    found = [value(measure(0.5), paper) for measure in (accuracy, precision, sensitivity, specificity, f1)]
    assert [round(100 * one, 1) for one in found] == [98.6, 100.0, 96.9, 100.0, 98.4]
    nobody = cases([1, 0], [0.1, 0.1])
    assert np.isnan(value(precision(0.5), nobody))
    assert value(f1(0.5), nobody) == 0.0
    assert value(accuracy(0.1), cases([1], [0.1])) == 1.0  # the threshold itself is flagged


def test_rare_errors_have_the_interval_of_wilson():
    paper = cases([1] * 32 + [0] * 39, [0.9] * 31 + [0.1] * 40)
    for measure, low, high in ((sensitivity, 84.3, 99.4), (specificity, 91.0, 100.0), (accuracy, 92.4, 99.8)):
        found = estimate(measure(0.5), paper)
        assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (low, high)


def test_rare_errors_count_people_not_cases():
    """Ten right answers about each of 39 people are worth 39."""
    found = proportion(np.ones(390, bool), np.repeat(np.arange(39), 10))
    assert round(100 * found.low, 1) == 91.0
    assert proportion(np.zeros(0, bool), np.zeros(0)) == Interval(None)


def test_common_errors_have_the_interval_of_resampled_people():
    right, people = np.arange(60) % 3 > 0, np.arange(60) // 2
    found = proportion(right, people, seed=1)
    assert found.value == pytest.approx(2 / 3)
    assert found.low < 2 / 3 < found.high
    assert found == proportion(right, people, seed=1)


def test_brier_score():
    assert value(brier, cases([1, 0, 1], [0.8, 0.4, 0.5])) == pytest.approx((0.04 + 0.16 + 0.25) / 3)


def logits_with_truth(slope: float, intercept: float) -> Cases:
    """Probabilities of 0.2, 0.5 and 0.8 whose cases are positive as sigmoid(slope * logit + intercept) says, to 1 in 10,000."""
    labels, probabilities = [], []
    for probability in (0.2, 0.5, 0.8):
        logit = np.log(probability / (1 - probability))
        positive = round(10_000 / (1 + np.exp(-(slope * logit + intercept))))
        labels += [1] * positive + [0] * (10_000 - positive)
        probabilities += [probability] * 10_000
    return cases(labels, probabilities)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, 0.0), (2.0, 0.0), (1.0, 0.8)])
def test_calibration_of_known_logits(slope, intercept):
    known = logits_with_truth(slope, intercept)
    assert value(calibration_slope, known) == pytest.approx(slope, abs=0.002)
    assert value(calibration_intercept, known) == pytest.approx(intercept, abs=0.002)


def test_a_slope_without_end_is_called_infinite():
    assert value(calibration_slope, cases([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9])) == np.inf
    assert np.isfinite(value(calibration_slope, cases([0, 1, 0, 1], [0.1, 0.2, 0.7, 0.9])))


def test_bins_have_equal_mass():
    random = np.random.default_rng(0)
    some = cases(random.random(103) < 0.5, random.random(103))
    assert set(np.bincount(bin_of(some))) <= {10, 11}
    assert len(np.bincount(bin_of(some.of(np.arange(25))))) == 2  # ten cases a bin at least
    bins = reliability_bins(some)
    assert sum(one.count for one in bins) == 103
    assert [one.mean_probability for one in bins] == sorted(one.mean_probability for one in bins)


def test_calibration_error_by_hand():
    # Two bins of ten: 0.2 with 4 of 10, 0.8 with 8 of 10. Errors 0.2 and 0.
    some = cases([1] * 4 + [0] * 6 + [1] * 8 + [0] * 2, [0.2] * 10 + [0.8] * 10)
    assert value(calibration_error, some) == pytest.approx(0.1)


def test_even_perfect_probabilities_have_a_calibration_error():
    random = np.random.default_rng(3)
    probabilities = random.random(200)
    perfect = cases(random.random(200) < probabilities, probabilities)
    expected = chance_calibration_error(perfect)
    assert 0.03 < expected < 0.2
    assert value(calibration_error, perfect) == pytest.approx(expected, abs=0.05)


def test_predictive_values_by_bayes():
    found, cleared = Interval(0.9, 0.8, 1.0), Interval(0.8, 0.7, 0.9)
    ppv, npv = predictive_values(found, cleared, 0.1)
    assert ppv.value == pytest.approx(0.09 / (0.09 + 0.18))
    assert npv.value == pytest.approx(0.72 / (0.72 + 0.01))
    assert ppv.low == pytest.approx(0.08 / (0.08 + 0.27))
    assert npv.high == pytest.approx(1.0)
    assert predictive_values(Interval(None), cleared, 0.1) == (Interval(None), Interval(None))


def test_coverage_answers_the_surest_first():
    some = cases([1, 1, 0, 0], [0.99, 0.45, 0.55, 0.01])
    half, everything = coverage_curve(some, 0.5, (0.5, 1.0))
    assert (half.share, half.accuracy.value) == (0.5, 1.0)
    assert (everything.share, everything.accuracy.value) == (1.0, 0.5)


def test_a_paired_difference_needs_the_same_cases():
    one = cases([0, 1, 0, 1], [0.1, 0.9, 0.3, 0.8])
    worse = cases([0, 1, 0, 1], [0.9, 0.1, 0.3, 0.8])
    assert difference(auc, one, one).value == 0.0
    assert difference(auc, one, worse).value == pytest.approx(-0.75)
    with pytest.raises(ValueError, match="same cases"):
        difference(auc, one, cases([1, 1, 0, 1], [0.1, 0.9, 0.3, 0.8]))


def test_cases_that_cannot_be():
    with pytest.raises(ValueError, match="between 0 and 1"):
        cases([1], [1.2])
    with pytest.raises(ValueError, match="of the same cases"):
        cases([1, 0], [0.2])
