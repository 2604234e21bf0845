"""Branch scores: the worked values of reference E7 and what must not be scored."""

import numpy as np
import pytest

from core.analysis import analyse_track
from core.exam.protocol import Expression as E
from core.grading.branches import movement_function, weakness_grade, weakness_score
from core.words import AffectedSide, Branch, Side
from tests.synthetic import closure_move, neutral_face, region_move, synthetic_track

R, L = Side.RIGHT, Side.LEFT


def test_worked_values_of_the_reference():
    assert movement_function(4, 10, 0.5) == pytest.approx(0.4375)
    assert weakness_score(0.4375, (3 - 2) / 5) == pytest.approx(49.0)
    assert weakness_grade(49.0) == 2
    assert movement_function(9.0, 10.0, 0.5) == 1
    assert weakness_score(1, 0) == 0
    assert weakness_score(movement_function(0.3, 10, 0.5), 1) == pytest.approx(100)
    assert weakness_grade(100) == 4


@pytest.mark.parametrize(("weakness", "grade"), [(0, 0), (10, 0), (10.1, 1), (25, 1), (25.1, 2), (50.1, 3), (75.1, 4)])
def test_grades_follow_the_function_bands(weakness, grade):
    assert weakness_grade(weakness) == grade


def _brow_exam(right_mm, left_mm, lower_right_mm=0.0):
    face = neutral_face()
    move = region_move(E.BROW_RAISE, {R: right_mm, L: left_mm}, "brow_upper", (0, 1, 0))
    from core.face.landmarks import mesh_regions

    face[list(mesh_regions(R).brow_upper), 1] -= lower_right_mm
    return synthetic_track([move], face=face)


def test_worked_value_end_to_end():
    """Brow 4 of 10 mm on the right, resting 3 mm lower: 49, as worked by hand in reference E7."""
    track, segments = _brow_exam(4, 10, lower_right_mm=3)
    temporal = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result.branches[Branch.TEMPORAL]
    assert temporal.right.weakness == pytest.approx(49.0, abs=0.5)
    assert temporal.right.grade == 2
    assert temporal.left.weakness == pytest.approx(0, abs=0.5)


def test_a_high_brow_is_no_weakness_but_hypertonic():
    track, segments = _brow_exam(10, 10, lower_right_mm=-3)
    temporal = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result.branches[Branch.TEMPORAL]
    assert temporal.right.weakness == pytest.approx(0, abs=0.5)
    assert temporal.right.hypertonic
    assert not temporal.left.hypertonic


def test_too_small_a_movement_is_not_scored():
    track, segments = _brow_exam(0.5, 2.0)
    result = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result
    temporal = result.branches[Branch.TEMPORAL].right
    assert temporal.weakness is None
    assert not temporal.assessable
    assert "too small" in temporal.reason
    assert any(q.code == "movement_not_performed" for q in result.quality)
    assert not result.expressions[E.BROW_RAISE].assessable


def test_missing_movement_says_which_one_is_wanted():
    track, segments = _brow_exam(10, 10)
    buccal = analyse_track(track, segments=segments).result.branches[Branch.BUCCAL].right
    assert buccal.weakness is None
    assert "big smile" in buccal.reason


def test_closure_is_judged_on_its_own_side():
    """The affected eye closes by half; the healthy eye's residual gap is what "shut" looks like to the tracker."""
    moves = [closure_move(E.EYES_GENTLE, {R: 0.45, L: 0.9}), closure_move(E.EYES_TIGHT, {R: 0.45, L: 0.9})]
    track, segments = synthetic_track(moves)
    zygomatic = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result.branches[Branch.ZYGOMATIC]
    assert zygomatic.right.weakness == pytest.approx(80 * (1 - 0.5 / 0.95), abs=1.5)
    assert zygomatic.left.weakness == pytest.approx(0, abs=1)
    assert zygomatic.right.confidence == "medium"


def test_closure_that_neither_eye_tried_is_not_scored():
    track, segments = synthetic_track([closure_move(E.EYES_GENTLE, {R: 0.3, L: 0.5})])
    zygomatic = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result.branches[Branch.ZYGOMATIC].right
    assert zygomatic.weakness is None
    assert "repeat" in zygomatic.reason


@pytest.mark.parametrize("attenuation", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_weakness_rises_with_attenuation(attenuation):
    track, segments = _brow_exam(10 * (1 - attenuation), 10)
    temporal = analyse_track(track, segments=segments, side=AffectedSide.RIGHT).result.branches[Branch.TEMPORAL]
    expected = 80 * (1 - np.clip((10 * (1 - attenuation) - 0.5) / 8.0, 0, 1))
    assert temporal.right.weakness == pytest.approx(expected, abs=1)
