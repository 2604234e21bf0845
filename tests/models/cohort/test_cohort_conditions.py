"""What is drawn for the three groups: flaccid palsy has no synkinesis, synkinesis has some, and the same face is in all."""

from collections import Counter

import numpy as np
import pytest

from core.grading.synkinesis import Region
from core.words import BRANCHES, SIDES, AffectedSide
from models.cohort.conditions import LEAST_STRENGTH, Group, random_condition

DRAWS = 150


def _drawn(group: Group):
    return [random_condition(group, 7, np.random.default_rng([5, i])) for i in range(DRAWS)]


def _weakness(condition) -> list[float]:
    return [condition.weakness(branch, side) for branch in BRANCHES for side in SIDES]


def test_health_has_no_palsy():
    for condition in _drawn(Group.HEALTHY):
        assert not condition.synkinesis
        assert not any(_weakness(condition))
        assert condition.affected_side is AffectedSide.NONE


def test_flaccid_palsy_is_weak_on_one_side_without_synkinesis():
    weak_branches = Counter()
    for condition in _drawn(Group.FLACCID):
        weak = [value for value in _weakness(condition) if value > 0]
        assert not condition.synkinesis
        assert max(weak) >= 0.2
        assert condition.affected_side in (AffectedSide.RIGHT, AffectedSide.LEFT)
        weak_branches[len(weak)] += 1
    assert set(weak_branches) == {1, 2, len(BRANCHES)}


def test_synkinesis_links_eye_and_mouth_strongly_enough():
    for condition in _drawn(Group.SYNKINETIC):
        between = [s.strength for s in condition.synkinesis if s.region in (Region.EYE, Region.MOUTH_CORNER)]
        assert max(between) >= LEAST_STRENGTH
        assert max(_weakness(condition)) <= 0.5
        assert len({link.side for link in condition.synkinesis}) == 1


@pytest.mark.parametrize("group", [Group.FLACCID, Group.SYNKINETIC])
def test_both_sides_are_drawn_alike(group):
    right = sum(condition.affected_side is AffectedSide.RIGHT for condition in _drawn(group))
    assert 0.35 < right / DRAWS < 0.65


def test_natural_differences_do_not_depend_on_the_group():
    """The same draws give the same natural asymmetry, and the same person is in all groups."""
    asymmetry = {group: [c.natural_asymmetry for c in _drawn(group)] for group in Group}
    assert asymmetry[Group.HEALTHY] == asymmetry[Group.FLACCID] == asymmetry[Group.SYNKINETIC]
    assert {c.person for group in Group for c in _drawn(group)} == {7}
    assert len({c.resting_signs for group in Group for c in _drawn(group)}) == 1
