"""All grades together: normal is best and complete palsy worst on every scale, the sides swap, gates hold for scales too."""

from functools import cache

import numpy as np
import pytest

from core.analysis import analyse_track
from core.exam.protocol import Expression as E
from core.grading.branches import weakness_grade
from core.words import SIDES, AffectedSide, Branch, Side
from tests.synthetic import closure_move, flipped, neutral_face, palsy, region_move, synthetic_track, together

R, L = Side.RIGHT, Side.LEFT
CLOSURES = (E.EYES_GENTLE, E.EYES_TIGHT)
FPS = 20.0


def graded(moves, side=None, **options):
    track, segments = synthetic_track(moves, fps=FPS, **options)
    return analyse_track(track, segments=segments, side=side).result


@cache
def weakened(right, left=0.0):
    return graded(palsy(right, left))


def brow(right, left):
    return region_move(E.BROW_RAISE, {R: right, L: left}, "brow_upper", (0, 1, 0))


def smile(right, left):
    return region_move(E.SMILE_OPEN, {R: right, L: left}, "corner", (0.7, 0.714, 0))


def closures(right, left, expressions=CLOSURES):
    return [closure_move(expression, {R: right, L: left}) for expression in expressions]


def item(scale, name):
    return next(item for item in scale.items if item.name == name)


def test_a_normal_face_is_best_on_every_scale():
    result = weakened(0.0)
    scales = result.scales
    assert scales.sunnybrook.composite == 100
    assert (scales.house_brackmann.grade, scales.house_brackmann.function_pct) == (1, pytest.approx(100, abs=0.5))
    assert (scales.fngs2.total, scales.fngs2.grade) == (4, 1)
    assert scales.eface_style.total == pytest.approx(100, abs=0.5)
    assert result.overall.weakness.right == pytest.approx(0, abs=0.5)
    assert result.overall.branches_used == 4


def test_a_complete_palsy_is_worst_on_every_scale():
    """An even face at rest without synkinesis: Sunnybrook 20, House-Brackmann VI, FNGS 24, eFACE-style (100 + 0 + 100) / 4."""
    result = weakened(1.0)
    scales = result.scales
    assert scales.side is R
    assert scales.sunnybrook.composite == 20
    assert (scales.house_brackmann.grade, scales.house_brackmann.measured_points) == (6, 0)
    assert (scales.fngs2.total, scales.fngs2.grade) == (24, 6)
    assert scales.eface_style.total == pytest.approx(50, abs=0.5)
    assert result.overall.weakness.right == pytest.approx(80, abs=0.5)
    assert result.overall.weakness.left == pytest.approx(0, abs=0.5)


def test_more_palsy_is_never_better_on_any_scale():
    exams = [weakened(part) for part in (0.0, 0.25, 0.5, 0.75, 1.0)]
    worse = [
        [exam.scales.house_brackmann.grade for exam in exams],
        [exam.scales.fngs2.total for exam in exams],
        [-exam.scales.sunnybrook.composite for exam in exams],
        [-exam.scales.eface_style.total for exam in exams],
        [exam.overall.weakness.right for exam in exams],
    ]
    for values in worse:
        assert values == sorted(values)
        assert values[0] < values[2] < values[4]


def test_a_mirrored_recording_gives_the_same_scales_for_the_other_side():
    moves = palsy(0.6)
    moves[4] = together(E.SMILE_OPEN, moves[4], closure_move(E.SMILE_OPEN, {R: 0.35, L: 0.05}))
    track, segments = synthetic_track(moves, fps=FPS, noise_px=0.1, sway_deg=1.0)
    one = analyse_track(track, segments=segments).result
    other = analyse_track(flipped(track), segments=segments).result
    assert (one.scales.side, other.scales.side) == (R, L)
    assert one.scales.sunnybrook.synkinesis > 0
    assert one.scales.house_brackmann.grade == other.scales.house_brackmann.grade
    assert one.scales.house_brackmann.measured_points == other.scales.house_brackmann.measured_points
    for name in ("sunnybrook", "fngs2", "eface_style"):
        for mine, theirs in zip(getattr(one.scales, name).items, getattr(other.scales, name).items, strict=True):
            assert mine.name == theirs.name
            assert (
                mine.value == pytest.approx(theirs.value, abs=0.3) if mine.value is not None else theirs.value is None
            )
    for vote, twin in zip(one.affected_side_votes, other.affected_side_votes, strict=True):
        assert vote.asymmetry == pytest.approx(-twin.asymmetry, abs=0.01)
    for name, resting in one.resting.items():
        twin = other.resting[name]
        assert resting.difference == pytest.approx(-twin.difference, abs=0.05), name
    worst, twin = one.synkinesis[0], other.synkinesis[0]
    assert (worst.region, worst.trigger, worst.side) == (twin.region, twin.trigger, twin.side.opposite)
    assert worst.score == pytest.approx(twin.score, abs=2)


def test_an_eye_that_nobody_tried_to_close_is_not_called_open():
    """Both eyes close by a third only: the gate of reference E3 asks to repeat it, and no scale may count the gap."""
    result = graded([brow(10, 10), smile(10, 10), *closures(0.3, 0.35)])
    grade = result.scales.house_brackmann
    assert grade.grade == 1
    assert "Neither eye closed far enough" in grade.reason
    for name in ("dynamic_gentle", "dynamic_full"):
        found = item(result.scales.eface_style, name)
        assert found.value is None
        assert "repeat" in found.reason
    assert item(result.scales.fngs2, "eye").value is None
    assert item(result.scales.sunnybrook, "voluntary_eyes_gentle").value is None


def test_an_eye_that_stays_open_counts_when_the_other_one_closes():
    """5.5 of 10 mm closed against 9: what the better eye leaves open, 1 mm, is shut to the tracker; 3.5 mm are left."""
    result = graded([brow(10, 10), smile(10, 10), *closures(0.55, 0.9)], side=AffectedSide.RIGHT)
    assert result.expressions[E.EYES_TIGHT].residual_gap_mm.right == pytest.approx(3.5, abs=0.1)
    assert result.expressions[E.EYES_TIGHT].residual_gap_mm.left == pytest.approx(0, abs=0.1)
    assert result.scales.house_brackmann.grade == 4
    assert item(result.scales.eface_style, "dynamic_full").value == pytest.approx(100 * 5.5 / 9, abs=1)


def test_without_any_closing_eye_shut_is_a_part_of_the_width_of_the_fissure():
    """Bilateral: 3 of 10 mm closed; a shut eye would leave 0.06 x 25.9 = 1.55 mm; 3 / 8.45 / 0.95 = 0.374, weakness 62.6."""
    result = graded([*closures(0.3, 0.3)], side=AffectedSide.BOTH)
    for side in SIDES:
        zygomatic = result.branches[Branch.ZYGOMATIC].get(side)
        assert zygomatic.weakness == pytest.approx(62.6, abs=0.6)
        assert result.expressions[E.EYES_TIGHT].residual_gap_mm.get(side) == pytest.approx(10 - 3 - 1.55, abs=0.1)


def test_the_smile_of_the_scales_is_the_mouth_corner_not_the_lower_lip():
    """In the open smile the lower lip tests the marginal mandibular branch: it may be lost while the corner is full."""
    lip = [
        region_move(E.SMILE_OPEN, {R: 0.0, L: 5.0}, name, (0, -1, 0)) for name in ("lower_lip_outer", "lower_lip_inner")
    ]
    result = graded([together(E.SMILE_OPEN, *lip, smile(10, 10)), brow(10, 10)], side=AffectedSide.RIGHT)
    mandibular = result.branches[Branch.MARGINAL_MANDIBULAR].right
    assert mandibular.weakness > 70
    assert mandibular.confidence == "low"
    assert item(result.scales.sunnybrook, "voluntary_smile_open").value == 5
    assert result.scales.house_brackmann.grade == 1


def test_the_lower_lip_in_the_smile_alone_does_not_name_a_side():
    lip = [
        region_move(E.SMILE_OPEN, {R: 0.0, L: 5.0}, name, (0, -1, 0)) for name in ("lower_lip_outer", "lower_lip_inner")
    ]
    result = graded([together(E.SMILE_OPEN, *lip, smile(10, 10)), brow(10, 10)])
    assert result.affected_side is AffectedSide.NONE


def test_rest_counts_on_the_affected_side_only():
    face = neutral_face()
    face[[70, 63, 105, 66, 107], 1] -= 4.5  # right brow: r = (4.5 - 2) / 5 = 0.5, a fifth of it counts: 10
    track, segments = synthetic_track([brow(10, 10)], face=face, fps=FPS)
    known = {
        side: analyse_track(track, segments=segments, side=side).result
        for side in (AffectedSide.RIGHT, AffectedSide.NONE)
    }
    temporal = known[AffectedSide.RIGHT].branches[Branch.TEMPORAL]
    assert temporal.right.weakness == pytest.approx(10, abs=0.3)
    assert temporal.right.resting.score == pytest.approx(0.5, abs=0.02)
    assert temporal.left.resting is None
    healthy = known[AffectedSide.NONE].branches[Branch.TEMPORAL]
    assert (healthy.right.resting, healthy.left.resting) == (None, None)
    assert healthy.right.weakness == pytest.approx(0, abs=0.3)


def test_bilateral_palsy_is_scored_on_its_weaker_side_and_leaves_open_what_needs_a_healthy_one():
    result = weakened(0.6, 0.8)
    assert result.mode == "normative"
    scales = result.scales
    assert scales.side is L
    assert scales.sunnybrook.composite is None
    assert scales.fngs2.total is None
    assert scales.eface_style.total is None
    for name in ("rest_eye", "rest_mouth", "voluntary_snarl", "voluntary_pucker"):
        found = item(scales.sunnybrook, name)
        assert found.value is None
        assert found.reason
    # Brow 2 mm of 8.06 and corner 2 mm of 6.45: (24.8 + 31.0) / 2.
    assert scales.house_brackmann.function_pct == pytest.approx(27.9, abs=0.7)


def test_bilateral_synkinesis_is_found_by_the_branches_and_by_sunnybrook():
    """Both eyes close by 7 of 10 mm with the pucker: 5 mm more than a healthy face may, severe on either side."""
    pucker = region_move(E.PUCKER, {R: 6.0, L: 6.0}, "corner", (-1, 0, 0))
    both = together(E.PUCKER, pucker, closure_move(E.PUCKER, {R: 0.7, L: 0.7}))
    result = graded([both], side=AffectedSide.BOTH)
    for side in SIDES:
        assert result.branches[Branch.ZYGOMATIC].get(side).synkinesis == 100
    assert item(result.scales.sunnybrook, "synkinesis_pucker").value == 3


def test_synkinesis_lowers_sunnybrook_and_leaves_weakness_alone():
    plain = weakened(0.5)
    moves = palsy(0.5)
    moves[4] = together(E.SMILE_OPEN, moves[4], closure_move(E.SMILE_OPEN, {R: 0.3, L: 0.12}))
    synkinetic = graded(moves)
    # 3.0 - 1.2 = 1.8 mm, 1.8 / 0.77 = 2 points.
    assert synkinetic.scales.sunnybrook.synkinesis == plain.scales.sunnybrook.synkinesis + 2
    assert synkinetic.scales.sunnybrook.composite == plain.scales.sunnybrook.composite - 2
    for branch in (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL):
        before, after = (exam.branches[branch].right.weakness for exam in (plain, synkinetic))
        assert after == pytest.approx(before, abs=0.5), branch


def test_overall_is_the_mean_of_the_assessed_branches_without_the_neck():
    platysma = region_move(E.PLATYSMA, {R: 0.0, L: 6.0}, "corner", (0.3, -1, 0))
    result = graded([brow(5, 10), smile(2, 10), platysma], side=AffectedSide.RIGHT)
    assert result.branches[Branch.CERVICAL].right.weakness > 50
    used = [branch for branch in (Branch.TEMPORAL, Branch.BUCCAL) if result.branches[branch].right.assessable]
    assert result.overall.branches_used == len(used) == 2
    expected = np.mean([result.branches[branch].right.weakness for branch in used])
    assert result.overall.weakness.right == pytest.approx(expected)


def test_every_side_of_every_branch_has_a_score_with_its_grade_or_a_reason():
    for result in (weakened(0.5), weakened(0.6, 0.8), graded([brow(10, 10)])):
        for branch, sides in result.branches.items():
            for side in SIDES:
                found = sides.get(side)
                assert found.assessable == (found.weakness is not None) == (found.confidence is not None), (
                    branch,
                    side,
                )
                assert (found.weakness is None) == bool(found.reason), (branch, side)
                assert found.grade == (None if found.weakness is None else weakness_grade(found.weakness))
                assert (found.synkinesis is None) == bool(found.synkinesis_reason), (branch, side)
