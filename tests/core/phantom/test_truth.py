"""Exact exams through the whole analysis: movements of plausible size, and every kind of palsy found on its branch and side.

No picture and no tracker is involved, so what fails here is the phantom or the grading.
"""

from functools import cache

import numpy as np
import pytest

from core.analysis import analyse_track
from core.errors import InputError
from core.exam.protocol import CORE_PROTOCOL
from core.exam.protocol import Expression as E
from core.face.pose import rotation_from_angles
from core.phantom.condition import (
    Condition,
    after_botulinum,
    bilateral,
    flaccid,
    healthy,
    single_branch,
    synkinetic,
)
from core.phantom.exam import SHORT_TIMING, custom_script, short_script
from core.phantom.motion import simulate
from core.phantom.truth import TRACKER_NAME, Truth, exact_track, truth_of
from core.words import BRANCHES, SIDES, AffectedSide, Branch, Side
from tests.synthetic import neutral_face

R, L = Side.RIGHT, Side.LEFT
MOVEMENTS = [e for e in CORE_PROTOCOL if e is not E.REST]
WITH_NECK = custom_script([*MOVEMENTS, E.PLATYSMA], seed=1, timing=SHORT_TIMING)


def motion_of(condition, script=WITH_NECK, seed=2):
    return simulate(neutral_face(), condition, script, seed=seed)


def analysed(condition, script=WITH_NECK):
    motion = motion_of(condition, script)
    return analyse_track(exact_track(motion), segments=motion.segments, simulated=True).result


@cache
def healthy_exam():
    return analysed(healthy(person=1), custom_script([*MOVEMENTS, E.PLATYSMA, E.FROWN], seed=1))


def weakness(result, side):
    return {branch: result.branches[branch].get(side).weakness for branch in BRANCHES}


# ------------------------------------------------------------------------------------------------- sizes of healthy movement


@pytest.mark.parametrize(
    ("expression", "low_mm", "high_mm"),
    [
        (E.BROW_RAISE, 8.0, 11.0),
        (E.SNARL, 4.0, 6.0),
        (E.SMILE_OPEN, 9.0, 13.0),
        (E.SMILE_CLOSED, 5.4, 7.8),
        (E.PUCKER, 5.0, 7.0),
        (E.EEE, 4.5, 7.0),
        (E.PLATYSMA, 4.0, 6.0),
        (E.FROWN, 2.0, 5.0),
    ],
)
def test_healthy_movements_are_as_large_as_published(expression, low_mm, high_mm):
    """Ranges of reference F1 where there are norms, else plausible ones (reference A2, B2)."""
    entry = healthy_exam().expressions[expression]
    assert entry.assessable
    for side in SIDES:
        assert low_mm <= entry.excursion_mm.get(side) <= high_mm


def test_the_smile_goes_up_and_outwards():
    entry = healthy_exam().expressions[E.SMILE_OPEN]
    for side in SIDES:
        assert 40 <= entry.direction_deg.get(side) <= 50
    closed = healthy_exam().expressions[E.SMILE_CLOSED].excursion_mm
    assert closed.right / entry.excursion_mm.right == pytest.approx(0.6, abs=0.06)


@pytest.mark.parametrize("expression", [E.EYES_GENTLE, E.EYES_TIGHT])
def test_healthy_eyes_shut(expression):
    result = healthy_exam()
    for side in SIDES:
        at_rest = result.resting["palpebral_fissure_height"].right
        assert at_rest - result.expressions[expression].excursion_mm.get(side) < 0.5


def test_tight_closure_pulls_the_brow_down():
    change = healthy_exam().expressions[E.EYES_TIGHT].measures["brow_height_canthal_change_mm"]
    assert -5 < change.right < -3


def test_healthy_eyes_narrow_in_the_smile():
    """21.6 +- 13.4 % (10.1002/lary.23778)."""
    result = healthy_exam()
    change = result.expressions[E.SMILE_OPEN].measures["palpebral_fissure_height_change_mm"]
    for side in SIDES:
        narrowing = -change.get(side) / result.resting["palpebral_fissure_height"].right
        assert 0.15 <= narrowing <= 0.27


# ------------------------------------------------------------------------------------------------------ what comes out of them


@pytest.mark.parametrize("person", [0, 3, 7])
def test_healthy_people_are_healthy(person):
    result = analysed(healthy(person))
    assert result.affected_side is AffectedSide.NONE
    for side in SIDES:
        assert max(weakness(result, side).values()) < 5
        assert max(result.branches[branch].get(side).synkinesis for branch in BRANCHES) < 5


@pytest.mark.parametrize("side", SIDES)
def test_complete_palsy(side):
    result = analysed(flaccid(side))
    assert result.affected_side.side is side
    assert min(weakness(result, side).values()) >= 75
    assert max(weakness(result, side.opposite).values()) < 5
    assert result.scales.house_brackmann.grade >= 5


def test_mild_palsy():
    result = analysed(flaccid(L, 0.35))
    assert result.affected_side is AffectedSide.LEFT
    found = weakness(result, L)
    assert all(10 <= found[branch] <= 45 for branch in BRANCHES), found
    assert max(weakness(result, R).values()) < 5


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize(("side", "severity"), [(R, 1.0), (L, 0.6)])
def test_isolated_branches(branch, side, severity):
    result = analysed(single_branch(branch, side, severity))
    found = weakness(result, side)
    assert max(found, key=found.get) is branch
    assert found[branch] == pytest.approx(100 * severity, abs=25)
    assert max(value for other, value in found.items() if other is not branch) < 20
    assert max(weakness(result, side.opposite).values()) < 5
    assert result.affected_side.side is side


def test_weakness_rises_with_what_was_put_in():
    rows = [weakness(analysed(flaccid(R, severity)), R) for severity in (0.2, 0.4, 0.6, 0.8, 1.0)]
    for branch in BRANCHES:
        values = [row[branch] for row in rows]
        assert values == sorted(values), branch


def test_synkinesis_and_botulinum():
    before = analysed(synkinetic(L, 0.9))
    after = analysed(after_botulinum(synkinetic(L, 0.9), remaining=0.4))
    assert before.affected_side is AffectedSide.LEFT
    for branch, at_least in ((Branch.ZYGOMATIC, 60), (Branch.BUCCAL, 45), (Branch.MARGINAL_MANDIBULAR, 30)):
        assert before.branches[branch].left.synkinesis >= at_least
        assert after.branches[branch].left.synkinesis < 0.6 * before.branches[branch].left.synkinesis
        assert before.branches[branch].right.synkinesis < 5
    assert before.branches[Branch.TEMPORAL].left.synkinesis < 5
    worst = before.synkinesis[0]
    assert (worst.region, worst.side) == ("eye", L)
    assert max(weakness(before, L).values()) < 25


@pytest.mark.parametrize("severity", [(0.7, 0.7), (0.9, 0.6)])
def test_bilateral_palsy(severity):
    result = analysed(bilateral(*severity))
    assert result.affected_side is AffectedSide.BOTH
    assert result.mode == "normative"
    for side, put_in in zip(SIDES, severity, strict=True):
        for branch in (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL):
            assert weakness(result, side)[branch] == pytest.approx(100 * put_in, abs=20)


# ------------------------------------------------------------------------------------------------------------- the files


def test_exact_track_is_a_track():
    motion = motion_of(healthy(), short_script())
    track = exact_track(motion, px_per_mm=3.0, width=800, height=600)
    assert track.tracker.name == TRACKER_NAME
    assert track.points.shape == (len(motion.times), 478, 3)
    assert track.found.all()
    assert np.abs(np.nanmean(track.points[..., :2], axis=(0, 1)) - [400, 300]).max() < 20
    # The pose read back from the landmarks follows the one put in; the canonical shape gives it its offset.
    difference = track.pose - motion.pose_deg
    assert np.abs(difference - np.median(difference, axis=0)).max() < 0.7


def test_exact_track_through_a_camera():
    """A near camera changes perspective, not the findings."""
    motion = motion_of(flaccid(R, 0.6), short_script())

    def project(shape_mm, pose_deg, translation_mm):
        placed = shape_mm @ rotation_from_angles(*pose_deg).T + translation_mm
        scale = 4.0 * 800.0 / (800.0 - placed[:, 2])
        return np.column_stack([500 + scale * placed[:, 0], 500 - scale * placed[:, 1], -4.0 * placed[:, 2]])

    near, far = (
        analyse_track(exact_track(motion, camera), segments=motion.segments).result for camera in (project, None)
    )
    assert near.affected_side is far.affected_side is AffectedSide.RIGHT
    for branch in BRANCHES[:4]:
        assert weakness(near, R)[branch] == pytest.approx(weakness(far, R)[branch], abs=8), branch


def test_truth_says_what_was_put_in(tmp_path):
    truth = truth_of(motion_of(synkinetic(L, 0.8, weakness=0.3)))
    assert truth.affected_side is AffectedSide.LEFT
    assert truth.weakness[Branch.BUCCAL].left == pytest.approx(30)
    assert truth.weakness[Branch.BUCCAL].right == 0
    assert truth.synkinesis[Branch.ZYGOMATIC].left == pytest.approx(80)
    smile = truth.excursion_mm[E.SMILE_OPEN]
    assert smile.left / smile.right == pytest.approx(0.7, abs=0.1)
    path = tmp_path / "truth.json"
    truth.save(path)
    assert Truth.load(path) == truth


def test_other_files_are_no_truth(tmp_path):
    path = tmp_path / "truth.json"
    path.write_text("[1, 2]")
    with pytest.raises(InputError, match=r"truth\.json"):
        Truth.load(path)


def test_truth_of_health_without_natural_differences():
    truth = truth_of(motion_of(Condition("even", natural_asymmetry=0.0), short_script()))
    assert truth.affected_side is AffectedSide.NONE
    for expression, pair in truth.excursion_mm.items():
        assert pair.right == pytest.approx(pair.left, abs=0.1), expression
