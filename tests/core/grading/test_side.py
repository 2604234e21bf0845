"""The affected side is decided from movement, never from the resting face."""

import pytest

from core.exam.protocol import Expression as E
from core.grading.side import decide_side, mean_vote
from core.result import SideVote
from core.words import AffectedSide, Branch, Side

R, L = Side.RIGHT, Side.LEFT
NO_WEAKNESS = {branch: {R: 0.0, L: 0.0} for branch in Branch}
NO_SYNKINESIS = {R: 0.0, L: 0.0}


def _vote(asymmetry, expression=E.SMILE_OPEN, weight=1.0):
    return SideVote(expression=expression, right=1.0, left=1.0, asymmetry=asymmetry, weight=weight)


def _decide(votes, low=(), weakness=NO_WEAKNESS, synkinesis=NO_SYNKINESIS):
    return decide_side(list(votes), list(low), weakness, synkinesis)


def test_votes_are_weighted():
    assert mean_vote([_vote(0.4, weight=1.5), _vote(-0.2, weight=0.5)]) == pytest.approx((0.6 - 0.1) / 2)
    assert mean_vote([]) is None


@pytest.mark.parametrize(
    ("asymmetries", "expected"),
    [
        ([0.5, 0.4, 0.3], AffectedSide.RIGHT),  # the left moved more
        ([-0.5, -0.4, 0.0], AffectedSide.LEFT),
        ([0.05, -0.04, 0.1], AffectedSide.NONE),
        ([0.9], AffectedSide.UNDETERMINED),  # one movement is no majority
        ([], AffectedSide.UNDETERMINED),
    ],
)
def test_votes_decide(asymmetries, expected):
    assert _decide(map(_vote, asymmetries)) is expected


def test_one_weak_branch_is_enough_when_the_rest_is_even():
    weakness = NO_WEAKNESS | {Branch.MARGINAL_MANDIBULAR: {R: 0.0, L: 60.0}}
    assert _decide(map(_vote, [0.02, 0.0, -0.1]), weakness=weakness) is AffectedSide.LEFT


def test_weak_branches_on_both_sides_are_not_guessed():
    weakness = NO_WEAKNESS | {Branch.TEMPORAL: {R: 60.0, L: 0.0}, Branch.BUCCAL: {R: 0.0, L: 60.0}}
    assert _decide(map(_vote, [0.1, -0.1]), weakness=weakness) is AffectedSide.UNDETERMINED


def test_two_low_zones_are_bilateral_but_two_eye_closures_are_one_zone():
    assert _decide(map(_vote, [0.0, 0.0]), low=[E.BROW_RAISE, E.SMILE_OPEN]) is AffectedSide.BOTH
    assert _decide(map(_vote, [0.0, 0.0]), low=[E.EYES_GENTLE, E.EYES_TIGHT]) is AffectedSide.NONE


def test_synkinesis_decides_last():
    assert _decide(map(_vote, [0.0, 0.1]), synkinesis={R: 0.0, L: 80.0}) is AffectedSide.LEFT
    assert _decide(map(_vote, [0.0, 0.1]), synkinesis={R: 80.0, L: 80.0}) is AffectedSide.UNDETERMINED
