"""The face at rest: medians by side, deviations in the direction of weakness (reference E3), and their opposite."""

import numpy as np
import pytest

from core.grading.resting import RESTING_DEVIATIONS, finite, resting_evidence, resting_face, resting_measures
from core.measures.curves import Curves
from core.words import BRANCHES, SIDES, Branch, Side
from tests.grading_samples import AT_REST, resting_at

R, L = Side.RIGHT, Side.LEFT

# Reference E3: measure, direction of weakness on the affected side, tau0 and tau1 in millimetres.
E3 = {
    Branch.TEMPORAL: ("brow_height_canthal", -1, 2.0, 7.0),
    Branch.ZYGOMATIC: ("palpebral_fissure_height", +1, 1.0, 4.0),
    Branch.BUCCAL: ("corner_height", -1, 1.5, 6.0),
    Branch.MARGINAL_MANDIBULAR: ("lower_lip_position", +1, 1.0, 4.0),
}


def deviating(branch, side, towards_weakness_mm):
    """Evidence of a face that is even but for one measure of the scored side."""
    measure, sign, _, _ = E3[branch]
    own = AT_REST[measure][0] + sign * towards_weakness_mm
    return resting_evidence(resting_at(side, **{measure: (own, AT_REST[measure][1])}), branch, side)


@pytest.mark.parametrize("branch", E3)
@pytest.mark.parametrize("side", SIDES)
def test_scores_run_from_tau0_to_tau1(branch, side):
    _, _, tau0, tau1 = E3[branch]
    for deviation, score in (
        (0.0, 0), (tau0 - 0.1, 0), (tau0, 0), ((tau0 + tau1) / 2, 0.5), (tau1, 1), (tau1 + 5, 1), (-tau1, 0),
    ):  # fmt: skip
        found = deviating(branch, side, deviation)
        assert found.score == pytest.approx(score), deviation
        assert found.deviation_mm == pytest.approx(deviation)
        assert found.measure == E3[branch][0]


def test_worked_value_of_the_reference():
    """Brow 3 mm lower: (3 - 2) / 5 = 0.2."""
    assert deviating(Branch.TEMPORAL, R, 3.0).score == pytest.approx(0.2)


@pytest.mark.parametrize("branch", E3)
def test_a_deviation_the_other_way_is_hypertonic_beyond_tau0(branch):
    tau0 = E3[branch][2]
    assert not deviating(branch, R, -tau0 + 0.1).opposite
    assert deviating(branch, R, -tau0 - 0.1).opposite
    assert not deviating(branch, R, tau0 + 0.1).opposite


@pytest.mark.parametrize("branch", E3)
def test_what_hangs_on_one_side_is_pulled_up_on_the_other(branch):
    measure = E3[branch][0]
    face = resting_at(R, **{measure: (AT_REST[measure][0] + 2.5, AT_REST[measure][1])})
    right, left = (resting_evidence(face, branch, side) for side in SIDES)
    assert right.deviation_mm == pytest.approx(-left.deviation_mm)
    assert right.opposite != left.opposite


def test_the_neck_has_no_resting_measure():
    assert set(RESTING_DEVIATIONS) == set(E3)
    for branch in set(BRANCHES) - set(E3):
        assert resting_evidence(resting_at(), branch, R) is None


def test_an_unseen_measure_gives_no_score():
    face = resting_at(R, corner_height=(np.nan, -40.0))
    found = resting_evidence(face, Branch.BUCCAL, R)
    assert (found.deviation_mm, found.score, found.opposite) == (None, None, False)
    assert face.value("corner_height", R) is None
    assert face.value("corner_height", L) == -40
    assert face.difference("corner_height", L) is None


def test_differences_are_signed_side_by_side():
    face = resting_at(R, corner_height=(-43.0, -40.0))
    assert face.difference("corner_height", R) == pytest.approx(-3)
    assert face.difference("corner_height", L) == pytest.approx(3)


def test_rest_is_the_median_of_the_resting_samples_that_were_seen_on_both_sides():
    times = np.arange(6) / 60
    curve = np.array([[1.0, 11.0], [2.0, 12.0], [9.0, 19.0], [3.0, np.nan], [50.0, 50.0], [60.0, 60.0]])
    curves = Curves(
        times, {"corner_height": curve}, {"corner_height": "mm", "mouth_cant": "deg"}, {"mouth_cant": curve[:, 1]}
    )
    face = resting_face(curves, np.array([True, True, True, True, False, False]))
    assert face.value("corner_height", R) == 2
    assert face.value("corner_height", L) == 12
    assert face.midline["mouth_cant"] == 12
    nothing = resting_face(curves, np.zeros(6, dtype=bool))
    assert nothing.value("corner_height", R) is None
    assert nothing.difference("corner_height", L) is None


def test_the_result_holds_both_sides_and_right_minus_left():
    measures = resting_measures(resting_at(R, corner_height=(-43.0, -40.0), brow_height=(np.nan, 24.0)))
    corner, brow, midline = measures["corner_height"], measures["brow_height"], measures["philtrum_deviation"]
    assert (corner.right, corner.left, corner.difference, corner.unit) == (-43, -40, -3, "mm")
    assert (brow.right, brow.left, brow.difference) == (None, 24, None)
    assert (midline.right, midline.left, midline.difference) == (None, None, 0)


@pytest.mark.parametrize("value", [None, np.nan, np.inf])
def test_what_is_not_finite_is_missing(value):
    assert finite(value) is None
    assert finite(np.float32(2.5)) == 2.5
