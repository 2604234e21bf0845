"""Synkinesis: the worked value of reference E7, the difference between the sides, and what is no synkinesis."""

import pytest

from core.analysis import analyse_track
from core.exam.protocol import Expression as E
from core.grading.synkinesis import Region, pattern_name, synkinesis_grade, synkinesis_score
from core.words import AffectedSide, Branch, Side
from tests.synthetic import closure_move, region_move, synthetic_track, together

R, L = Side.RIGHT, Side.LEFT


def test_worked_value_of_the_reference():
    assert synkinesis_score(3.4 - 1.6, Region.EYE) == pytest.approx(53.8, abs=0.1)
    assert synkinesis_grade(53.8) == 2


@pytest.mark.parametrize(("score", "grade"), [(0, 0), (19.9, 0), (20, 1), (45, 2), (75, 3)])
def test_grades(score, grade):
    assert synkinesis_grade(score) == grade


def _smile(narrowing: dict[Side, float], corner: dict[Side, float] | None = None):
    """A smile of 10 mm in which the eyes narrow by the given part of their 10 mm."""
    corner = corner or {R: 10.0, L: 10.0}
    smile = region_move(E.SMILE_OPEN, corner, "corner", (0.7, 0.714, 0))
    return synthetic_track([together(E.SMILE_OPEN, smile, closure_move(E.SMILE_OPEN, narrowing))])


def test_oral_ocular_synkinesis_end_to_end():
    track, segments = _smile({R: 0.34, L: 0.16})
    result = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result
    zygomatic = result.branches[Branch.ZYGOMATIC]
    assert zygomatic.right.synkinesis == pytest.approx(53.8, abs=2)
    assert zygomatic.right.synkinesis_grade == 2
    assert zygomatic.left.synkinesis < 5
    worst = result.synkinesis[0]
    assert (worst.region, worst.trigger, worst.side) == ("eye", E.SMILE_OPEN, R)
    assert worst.pattern == "Oral-ocular (smile)"
    assert worst.unwanted_mm == pytest.approx(3.4, abs=0.1)


def test_a_healthy_eye_that_narrows_beside_a_paralysed_one_is_no_synkinesis():
    """Normal eyes narrow by 22 % in a smile (10.1002/lary.23778); a paralysed eye does not."""
    track, segments = _smile({R: 0.0, L: 0.25}, corner={R: 1.0, L: 10.0})
    result = analyse_track(track, segments=segments).result
    for side in (R, L):
        assert result.branches[Branch.ZYGOMATIC].get(side).synkinesis < 5


def test_equal_narrowing_is_normal():
    track, segments = _smile({R: 0.3, L: 0.3})
    result = analyse_track(track, segments=segments).result
    assert result.branches[Branch.ZYGOMATIC].right.synkinesis == pytest.approx(0, abs=1)


def test_synkinesis_alone_points_to_its_side():
    """Movement has recovered on both sides, but one eye closes with the smile."""
    track, segments = synthetic_track(
        [
            together(
                E.SMILE_OPEN,
                region_move(E.SMILE_OPEN, {R: 10.0, L: 10.0}, "corner", (0.7, 0.714, 0)),
                closure_move(E.SMILE_OPEN, {R: 0.1, L: 0.7}),
            ),
            region_move(E.BROW_RAISE, {R: 10.0, L: 10.0}, "brow_upper", (0, 1, 0)),
        ]
    )
    result = analyse_track(track, segments=segments).result
    assert result.affected_side is AffectedSide.LEFT
    assert result.branches[Branch.ZYGOMATIC].left.synkinesis == 100


def test_a_dragged_corner_is_no_synkinesis():
    """A healthy corner pulled towards the midline during eye closure is negative and counts as nothing (reference E4)."""
    moves = together(
        E.EYES_TIGHT,
        closure_move(E.EYES_TIGHT, {R: 1, L: 1}),
        region_move(E.EYES_TIGHT, {R: -4.0}, "corner", (0.7, 0.714, 0)),
    )
    track, segments = synthetic_track([moves])
    result = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result
    assert result.branches[Branch.BUCCAL].right.synkinesis == pytest.approx(0, abs=1)


def test_unwatched_regions_have_a_reason():
    track, segments = synthetic_track([region_move(E.FROWN, {R: 3.0, L: 3.0}, "brow_upper", (-1, 0, 0))])
    zygomatic = analyse_track(track, segments=segments).result.branches[Branch.ZYGOMATIC].right
    assert zygomatic.synkinesis is None
    assert zygomatic.synkinesis_reason


def test_every_watched_combination_has_a_name():
    from core.grading.synkinesis import REGION_SPECS

    for region, spec in REGION_SPECS.items():
        for trigger in spec.triggers:
            assert pattern_name(region, trigger)
