"""Severity as a distribution: labels with the right expectation, intervals that reach both ends and hold what they promise."""

import numpy as np
import pytest
import torch

from models.severity.distribution import (
    BINS,
    CENTRES,
    coverage,
    expectation,
    fit_temperature,
    interval,
    label_distribution,
    quantiles,
    tempered,
)


@pytest.mark.parametrize("severity", [0.0, 2.0, 37.5, 98.0, 100.0])
def test_labels_without_spread_have_the_severity_as_expectation(severity):
    wanted = label_distribution(torch.tensor([severity]), 0.0).numpy()
    assert wanted.sum() == pytest.approx(1.0)
    assert expectation(wanted)[0] == pytest.approx(severity, abs=1e-4)


def test_labels_with_spread_are_centred_away_from_the_ends():
    wanted = label_distribution(torch.tensor([50.0]), 4.0).numpy()
    assert expectation(wanted)[0] == pytest.approx(50.0, abs=1e-4)
    assert (wanted[0] * (CENTRES - 50) ** 2).sum() ** 0.5 == pytest.approx(4.0, abs=0.2)


def test_certainty_at_the_ends_has_intervals_that_reach_them():
    both = np.eye(BINS)[[0, BINS - 1]]
    ends = quantiles(both)
    assert ends[0, 0] == 0
    assert ends[1, 1] == 100
    assert ends[0, 1] < 5
    assert ends[1, 0] > 95


def test_the_interval_always_holds_the_severity():
    random = np.random.default_rng(3)
    distributions = random.dirichlet(np.full(BINS, 0.1), 200)
    severity = expectation(distributions)
    low, high = interval(distributions, severity)
    assert (low <= severity).all()
    assert (severity <= high).all()
    assert (low >= 0).all()
    assert (high <= 100).all()


def test_a_temperature_widens():
    wanted = label_distribution(torch.tensor([50.0]), 6.0).numpy()
    narrow, wide = quantiles(wanted)[0], quantiles(tempered(wanted, 3.0))[0]
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_fitted_temperature_holds_what_is_promised():
    random = np.random.default_rng(4)
    truth = random.uniform(10, 90, 400)
    told = label_distribution(torch.tensor(truth + random.normal(0, 10, 400)), 3.0).numpy()
    assert coverage(truth, *interval(told, expectation(told))) < 0.5
    temperature = fit_temperature(told, truth)
    held = coverage(truth, *interval(tempered(told, temperature), expectation(told)))
    assert 0.8 <= held < 0.86
