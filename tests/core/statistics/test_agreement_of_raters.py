"""Agreement of raters: published and hand-worked values, and nothing invented where nothing varies."""

import numpy as np
import pytest

from core.statistics.agreement import bland_altman, icc_agreement, icc_consistency, weighted_kappa

# Shrout and Fleiss 1979, table 2: six targets, four judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def test_icc_of_the_published_table():
    agreement, consistency = icc_agreement(SHROUT_FLEISS), icc_consistency(SHROUT_FLEISS)
    assert agreement.value == pytest.approx(0.29, abs=0.005)
    assert consistency.value == pytest.approx(0.71, abs=0.005)
    # Intervals as psych::ICC in R and pingouin print them for this table.
    assert (agreement.low, agreement.high) == pytest.approx((0.02, 0.76), abs=0.005)
    assert (consistency.low, consistency.high) == pytest.approx((0.34, 0.95), abs=0.005)


def test_a_constant_difference_lowers_agreement_but_not_consistency():
    truth = np.arange(10.0)
    noisy = np.column_stack([truth, truth + 3 + 0.1 * (-1.0) ** np.arange(10)])
    assert icc_consistency(noisy).value > 0.99
    assert icc_agreement(noisy).value < icc_consistency(noisy).value - 0.2


def test_identical_ratings_agree_wholly_and_claim_no_interval():
    same = np.column_stack([np.arange(5.0)] * 2)
    for icc in (icc_agreement, icc_consistency):
        found = icc(same)
        assert found.value == pytest.approx(1.0)
        assert found.low is None


def test_missing_ratings_are_left_out():
    holes = np.vstack([SHROUT_FLEISS, [np.nan, 1, 2, 3]])
    assert icc_agreement(holes) == icc_agreement(SHROUT_FLEISS)


@pytest.mark.parametrize("icc", [icc_agreement, icc_consistency])
def test_icc_says_nothing_of_one_patient_or_of_constant_ratings(icc):
    assert icc(np.array([[1.0, 2.0]])).value is None
    assert icc(np.full((5, 2), 3.0)).value is None
    with pytest.raises(ValueError, match="at least 2 columns"):
        icc(np.ones((5, 1)))


def test_weighted_kappa_by_hand():
    # Grades (1, 1), (1, 2), (2, 2), (3, 2): observed mean square 2/4 = 0.5. Means 1.75 and 1.75, population variances 0.6875 and
    # 0.1875: expected 0.875. Kappa = 1 - 0.5/0.875 = 3/7.
    found = weighted_kappa([1, 1, 2, 3], [1, 2, 2, 2])
    assert found.value == pytest.approx(3 / 7)
    assert found.low <= found.value <= found.high


def test_weighted_kappa_equals_its_definition_by_tables():
    random = np.random.default_rng(1)
    one = random.integers(1, 7, 60)
    two = np.clip(one + random.integers(-1, 2, 60), 1, 6)
    counts = np.zeros((6, 6))
    np.add.at(counts, (one - 1, two - 1), 1)
    weights = (np.arange(6)[:, None] - np.arange(6)) ** 2
    chance = counts.sum(axis=1)[:, None] * counts.sum(axis=0) / counts.sum()
    assert weighted_kappa(one, two).value == pytest.approx(1 - (weights * counts).sum() / (weights * chance).sum())


def test_kappa_is_not_defined_where_only_one_grade_was_given():
    assert weighted_kappa([2, 2, 2], [2, 2, 2]).value is None
    assert weighted_kappa([], []).value is None
    perfect = weighted_kappa([1, 2, 3, 4] * 5, [1, 2, 3, 4] * 5)
    assert (perfect.value, perfect.low) == (1.0, None)
    with pytest.raises(ValueError, match="same length"):
        weighted_kappa([1, 2], [1])


def test_bland_altman_by_hand():
    # Differences 1, 2, 3: bias 2, SD 1, t(2) = 4.3027.
    found = bland_altman([2, 4, 6], [1, 2, 3])
    assert (found.count, found.sd) == (3, pytest.approx(1.0))
    assert found.bias.value == pytest.approx(2.0)
    assert (found.lower.value, found.upper.value) == pytest.approx((0.04, 3.96))
    assert found.bias.high == pytest.approx(2 + 4.3027 / np.sqrt(3), abs=1e-3)
    half = 4.3027 * np.sqrt(1 / 3 + 1.96**2 / 4)
    assert (found.upper.low, found.upper.high) == pytest.approx((3.96 - half, 3.96 + half), abs=1e-3)


def test_bland_altman_swapped_is_negated_and_needs_two_patients():
    one, two = [1.0, 5.0, 2.5, np.nan], [2.0, 4.0, 2.0, 1.0]
    there, back = bland_altman(one, two), bland_altman(two, one)
    assert there.count == 3
    assert back.bias.value == pytest.approx(-there.bias.value)
    assert back.upper.value == pytest.approx(-there.lower.value)
    single = bland_altman([3.0], [1.0])
    assert (single.bias.value, single.bias.low, single.lower.value) == (2.0, None, None)


def test_intervals_of_icc_hold_the_truth_about_as_often_as_stated():
    random, held = np.random.default_rng(3), 0
    for _ in range(300):
        ratings = random.normal(0, 2, (30, 1)) + random.normal(0, 1, (30, 2))
        held += icc_consistency(ratings).contains(0.8)
    assert 0.91 <= held / 300 <= 0.985
