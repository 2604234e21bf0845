"""Intervals: worked numbers of Wilson, and a bootstrap that draws people."""

import numpy as np
import pytest

from core.statistics.intervals import (
    Interval,
    cluster_bootstrap,
    cluster_weights,
    percentile_ends,
    resamples,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [(31, 32, 84.3, 99.4), (39, 39, 91.0, 100.0), (70, 71, 92.4, 99.8), (18, 20, 69.9, 97.2), (180, 200, 85.1, 93.4)],
)
def test_wilson_as_worked(successes, count, low, high):
    """Reliability section 5 gives these."""
    found = wilson(successes, count)
    assert found.value == pytest.approx(successes / count)
    assert round(100 * found.low, 1) == low
    assert round(100 * found.high, 1) == high


def test_wilson_of_no_trials_says_nothing():
    assert wilson(0, 0) == Interval(None)
    assert wilson(0, 5).low == 0.0
    with pytest.raises(ValueError, match="6 successes in 5"):
        wilson(6, 5)


def mean(values):
    return lambda weights: weights @ values / weights.sum(axis=1)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(1).normal(size=40)
    people = np.repeat(np.arange(20), 2)
    assert cluster_bootstrap(mean(values), people, seed=3) == cluster_bootstrap(mean(values), people, seed=3)
    assert cluster_bootstrap(mean(values), people, seed=3) != cluster_bootstrap(mean(values), people, seed=4)


def test_whole_people_are_drawn():
    weights = cluster_weights(np.array(["b", "a", "b", "c"]), seed=0, number=500)
    assert weights.shape == (500, 4)
    assert (weights[:, 0] == weights[:, 2]).all()
    # Three people drawn each time.
    assert (weights[:, 0] + weights[:, 1] + weights[:, 3] == 3).all()


def test_copies_of_cases_do_not_narrow_the_interval():
    values = np.random.default_rng(2).normal(size=30)
    once = cluster_bootstrap(mean(values), np.arange(30), seed=0)
    often = cluster_bootstrap(mean(np.repeat(values, 20)), np.repeat(np.arange(30), 20), seed=0)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_the_interval_is_that_of_the_resamples():
    values = np.arange(10.0)
    found = cluster_bootstrap(mean(values), np.arange(10), seed=7)
    assert (found.low, found.high) == pytest.approx(percentile_ends(values[resamples(10, 7)].mean(axis=1)))
    assert found.contains(4.5)
    assert not found.contains(9.0)


def test_no_interval_where_resamples_cannot_tell():
    assert cluster_bootstrap(mean(np.ones(8)), np.arange(8)) == Interval(1.0)  # nothing ever failed
    assert cluster_bootstrap(mean(np.arange(8.0)), np.zeros(8)) == Interval(3.5)  # one person
    assert cluster_bootstrap(mean(np.arange(0.0)), np.arange(0)) == Interval(None)
    # Undefined whenever the one person with a 1 is not drawn: in more than a third of the resamples.
    rare = np.eye(8)[0]
    assert cluster_bootstrap(lambda w: np.where(w @ rare > 0, w.sum(axis=1), np.nan), np.arange(8)).low is None


def test_infinite_draws_leave_an_open_end():
    assert percentile_ends(np.array([1.0] * 90 + [np.inf] * 10)) == (1.0, np.inf)
