"""Agreement of two annotators, by hand: what is divided by what, which points count, and what the limits are."""

import numpy as np
import pytest

from core.face.ibug68 import Region
from core.landmark_agreement import (
    Direction,
    PairedFrame,
    agreement_table,
    bland_altman,
    point_differences,
    region_agreement,
)

SEEN = np.ones(68, bool)


def face():
    """Outer canthi 100 px apart, inner canthi level and 30 px apart, everything else on the midline at y = 100."""
    points = np.full((68, 2), (100.0, 100.0))
    points[36], points[45], points[39], points[42] = (50, 60), (150, 60), (85, 60), (115, 60)
    points[48], points[54] = (75, 130), (125, 130)
    return points


def moved(changes):
    points = face()
    for point, step in changes.items():
        points[point] += step
    return points


def paired(changes, first_visible=SEEN, second_visible=SEEN):
    return PairedFrame(moved(changes), face(), first_visible, second_visible)


def test_error_is_the_mean_distance_over_the_distance_of_the_outer_canthi():
    """Of 20 lip points one lies 5 px away (3, 4): 5 / 20 = 0.25 px of 100 px."""
    row = region_agreement([paired({48: (3, 4)})], Region.LIPS)
    assert (row.points, row.nme_pct) == (20, pytest.approx(0.25))
    assert region_agreement([paired({48: (3, 4)})], Region.JAW).nme_pct == 0
    assert region_agreement([paired({48: (3, 4)})], None).nme_pct == pytest.approx(5 / 68)


def test_the_distance_of_the_canthi_is_the_mean_of_both_annotators():
    """100 px and 120 px: 110 px; the canthus itself is 20 px away, one of twelve lid points."""
    row = region_agreement([paired({45: (20, 0)})], Region.LIDS)
    assert row.nme_pct == pytest.approx(100 * 20 / 12 / 110)


def test_a_point_that_one_of_them_did_not_see_is_left_out():
    hidden = SEEN.copy()
    hidden[48] = False
    for visible in ((hidden, SEEN), (SEEN, hidden)):
        row = region_agreement([paired({48: (3, 4)}, *visible)], Region.LIPS)
        assert (row.points, row.nme_pct) == (19, 0)


def test_heights_are_positive_upwards_and_sides_away_from_the_midline():
    """Both corners 2 px up and 1 px outwards: the same sign on both sides, in per cent of 100 px."""
    frame = paired({48: (-1, -2), 54: (1, -2)})
    up = point_differences([frame], Region.LIPS, Direction.UP)
    corners = np.isin(up.point, (48, 54))
    assert up.difference_pct[corners] == pytest.approx([2, 2])
    assert up.mean_pct[corners] == pytest.approx([-69, -69])  # 70 px below the canthi, 68 for the first
    lateral = point_differences([frame], Region.LIPS, Direction.LATERAL)
    assert lateral.difference_pct[corners] == pytest.approx([1, 1])
    assert lateral.mean_pct[corners] == pytest.approx([25.5, 25.5])


@pytest.mark.parametrize("turn_deg", [0, 30, -75])
def test_a_tilted_head_changes_nothing(turn_deg):
    turn = np.deg2rad(turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    plain = paired({48: (-1, -2), 60: (0.5, 3)})
    tilted = PairedFrame(plain.first @ rotation.T + 40, plain.second @ rotation.T + 40, SEEN, SEEN)
    for one, other in zip(agreement_table([plain]), agreement_table([tilted]), strict=True):
        assert one.nme_pct == pytest.approx(other.nme_pct)
        for direction in Direction:
            assert one.limits[direction].bias == pytest.approx(other.limits[direction].bias, abs=1e-9)


def test_limits_by_hand():
    """1, 2, 3, 4, 5: mean 3, sample standard deviation sqrt(2.5)."""
    limits = bland_altman(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert limits.bias == 3
    assert (limits.lower, limits.upper) == pytest.approx((3 - 1.96 * 2.5**0.5, 3 + 1.96 * 2.5**0.5))
    one = bland_altman(np.array([0.7]))
    assert (one.bias, one.lower, one.upper) == (0.7, None, None)


def test_pictures_count_together_and_are_told_apart():
    frames = [paired({48: (0, -2)}), paired({48: (0, 2)})]
    differences = point_differences(frames, Region.LIPS, Direction.UP)
    assert list(np.unique(differences.frame)) == [0, 1]
    row = region_agreement(frames, Region.LIPS)
    assert row.points == 40
    assert row.limits[Direction.UP].bias == pytest.approx(0)
    assert row.limits[Direction.UP].upper == pytest.approx(1.96 * (8 / 39) ** 0.5)


def test_the_table_has_every_region_and_all():
    table = agreement_table([paired({})])
    assert [row.region for row in table] == [*Region, None]
    assert sum(row.points for row in table[:-1]) == table[-1].points == 68


def test_without_pictures_nothing_is_claimed():
    row = region_agreement([], None)
    assert (row.points, row.nme_pct, row.limits) == (0, None, {})
    assert not point_differences([], None, Direction.UP).difference_pct.size
    unseen = np.zeros(68, bool)
    assert region_agreement([paired({}, unseen)], Region.NOSE).nme_pct is None


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="first must have shape"):
        PairedFrame(np.zeros((67, 2)), face(), SEEN, SEEN)
