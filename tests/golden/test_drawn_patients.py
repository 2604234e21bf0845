"""Whole examinations of simulated patients, from the H.264 file to the scores: the right branch, the right side, no false alarm.

The tests of one patient share its recording and its track, so they run in one process.
"""

import numpy as np
import pytest

from core.words import AffectedSide, Branch, Side
from tests.golden.exams import CASES, GRADED, changed, examined, flipped, half_size, recorded, rotated, scores, tracked

R, L = Side.RIGHT, Side.LEFT
HEALTHY_LIMIT = 15.0


def cases(*names):
    """Parameters of a test: one run a patient, each in its group."""
    return pytest.mark.parametrize(
        "name", [pytest.param(n, marks=pytest.mark.xdist_group(f"golden {n}")) for n in names]
    )


HEALTHY = [name for name in CASES if name.startswith("healthy")]
SINGLE = {
    "temporal right": (Branch.TEMPORAL, R),
    "zygomatic left": (Branch.ZYGOMATIC, L),
    "buccal right": (Branch.BUCCAL, R),
    "marginal mandibular left": (Branch.MARGINAL_MANDIBULAR, L),
}
LARGE = ["complete right", "synkinetic left"]


@cases(*HEALTHY)
@pytest.mark.parametrize("with_segments", [True, False])
def test_healthy_faces_stay_healthy(name, with_segments):
    result = examined(name, with_segments=with_segments)
    assert result.affected_side is AffectedSide.NONE
    for what in ("weakness", "synkinesis"):
        found = scores(result, what)
        assert None not in found.values(), what
        assert max(found.values()) < HEALTHY_LIMIT, (what, found)
    assert result.scales.house_brackmann.grade <= 2
    assert result.scales.sunnybrook.composite >= 90


@cases(*SINGLE)
@pytest.mark.parametrize("with_segments", [True, False])
def test_an_isolated_branch_comes_out_with_its_side(name, with_segments):
    branch, side = SINGLE[name]
    result = examined(name, with_segments=with_segments)
    assert result.affected_side.side is side
    found = scores(result, "weakness")
    assert found[branch, side] >= 35
    others = {key: value for key, value in found.items() if key != (branch, side)}
    assert max(others.values()) < 25, others
    assert max(others.values()) < found[branch, side] - 20


@cases("complete right")
@pytest.mark.parametrize("with_segments", [True, False])
def test_complete_palsy(name, with_segments):
    result = examined(name, with_segments=with_segments)
    assert result.affected_side is AffectedSide.RIGHT
    found = scores(result, "weakness")
    for branch in GRADED:
        assert found[branch, R] >= (70 if with_segments else 50), branch
        assert found[branch, L] < HEALTHY_LIMIT, branch
    assert result.scales.house_brackmann.grade >= 5
    assert result.scales.sunnybrook.composite < 25


@cases("mild left")
@pytest.mark.parametrize("with_segments", [True, False])
def test_mild_palsy(name, with_segments):
    """40 % of the movement is missing everywhere."""
    result = examined(name, with_segments=with_segments)
    assert result.affected_side is AffectedSide.LEFT
    found = scores(result, "weakness")
    for branch in (Branch.ZYGOMATIC, Branch.BUCCAL, Branch.MARGINAL_MANDIBULAR):
        assert 15 <= found[branch, L] <= 65, branch
    assert max(found[branch, R] for branch in GRADED) < HEALTHY_LIMIT
    assert 15 <= result.overall.weakness.left <= 50


@cases("synkinetic left")
@pytest.mark.parametrize("with_segments", [True, False])
def test_synkinesis(name, with_segments):
    result = examined(name, with_segments=with_segments)
    assert result.affected_side is AffectedSide.LEFT
    found = scores(result, "synkinesis")
    assert found[Branch.ZYGOMATIC, L] >= 35
    assert found[Branch.BUCCAL, L] >= 20
    assert max(found[branch, R] for branch in GRADED) < HEALTHY_LIMIT
    worst = [entry for entry in result.synkinesis if entry.score >= 35]
    assert {entry.region for entry in worst} <= {"eye", "mouth_corner"}
    assert {entry.side for entry in worst} == {L}


@cases("bilateral")
@pytest.mark.parametrize("with_segments", [True, False])
def test_bilateral_palsy(name, with_segments):
    result = examined(name, with_segments=with_segments)
    assert result.affected_side is AffectedSide.BOTH
    assert result.mode == "normative"
    assert any(entry.code == "both_sides_low" for entry in result.quality)
    found = scores(result, "weakness")
    for branch in (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL):
        for side in Side:
            assert found[branch, side] >= 45, (branch, side)
    for side in Side:  # there is no published norm of the lower lip
        lower_lip = result.branches[Branch.MARGINAL_MANDIBULAR].get(side)
        assert lower_lip.weakness is None
        assert lower_lip.reason


@cases(*LARGE)
def test_a_flipped_clip_swaps_the_sides(name):
    """The commonest harm is the wrong side: a mirrored file must give the mirrored result, but for the encoder's noise."""
    original, mirrored = examined(name), changed(name, "flipped", flipped)
    assert mirrored.affected_side.side is original.affected_side.side.opposite
    for what, tolerance in (("weakness", 8), ("synkinesis", 20)):
        before, after = scores(original, what), scores(mirrored, what)
        for (branch, side), score in before.items():
            assert after[branch, side.opposite] == pytest.approx(score, abs=tolerance), (what, branch, side)
    for expression, seen in original.expressions.items():
        other = mirrored.expressions[expression]
        assert other.excursion_mm.right == pytest.approx(seen.excursion_mm.left, abs=0.9), expression
        assert other.excursion_mm.left == pytest.approx(seen.excursion_mm.right, abs=0.9), expression
    assert mirrored.scales.house_brackmann.grade == original.scales.house_brackmann.grade


@cases(*LARGE)
@pytest.mark.parametrize("change", [half_size, rotated])
def test_size_and_tilt_of_the_picture_change_no_branch(name, change):
    original, other = examined(name), changed(name, change.__name__, change)
    assert other.affected_side is original.affected_side
    before, after = scores(original, "weakness"), scores(other, "weakness")
    for key, score in before.items():
        assert after[key] == pytest.approx(score, abs=8), key
    # Half a millimetre of the mouth corner is 16 points of synkinesis, and the tracker is not steadier (docs/accuracy.md).
    before, after = scores(original, "synkinesis"), scores(other, "synkinesis")
    for key, score in before.items():
        assert after[key] == pytest.approx(score, abs=40), key
        assert (after[key] >= 20) == (score >= 20), key


@cases("complete right")
def test_the_landmarks_are_where_they_are_drawn(name):
    """Mean distance of the tracked from the exact landmarks, below the first attempt's 2.6 % of the distance of the pupils."""
    exact, track = recorded(name).landmarks, tracked(name)
    pupils = np.linalg.norm(exact[:, 468, :2] - exact[:, 473, :2], axis=1)
    error = np.linalg.norm(track.points[..., :2] - exact[..., :2], axis=2).mean(axis=1) / pupils
    assert track.found.all()
    assert error.mean() < 0.026
