"""The pipeline on faces whose every movement is known: invariances, sides, gates, files."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from core.analysis import analyse_track
from core.exam.protocol import Expression as E
from core.measures.curves import Curves
from core.result import ExamResult
from core.tracking import FaceTrack
from core.words import AffectedSide, Branch, Side
from tests.synthetic import flipped, palsy, synthetic_track

R, L = Side.RIGHT, Side.LEFT


def analysed(right, left=0.0, side=None, **options):
    track, segments = synthetic_track(palsy(right, left), **options)
    return analyse_track(track, segments=segments, side=side).result


def test_healthy_face():
    result = analysed(0.0, noise_px=0.15)
    assert result.affected_side is AffectedSide.NONE
    for branch, sides in result.branches.items():
        for side in (sides.right, sides.left):
            if branch is not Branch.CERVICAL:
                assert side.weakness < 5, branch
                assert side.synkinesis < 5, branch
    assert result.branches[Branch.CERVICAL].right.weakness is None
    assert result.scales.house_brackmann.grade == 1
    assert result.scales.sunnybrook.composite == 100


@pytest.mark.parametrize(("right", "left", "expected"), [(0.5, 0, AffectedSide.RIGHT), (0, 0.5, AffectedSide.LEFT)])
def test_the_right_side_comes_out(right, left, expected):
    result = analysed(right, left, noise_px=0.15)
    assert result.affected_side is expected
    for branch in (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL, Branch.MARGINAL_MANDIBULAR):
        assert result.branches[branch].get(expected.side).weakness > 30, branch
        assert result.branches[branch].get(expected.side.opposite).weakness < 5, branch


def test_complete_palsy():
    result = analysed(1.0)
    weak = [result.branches[b].right.weakness for b in Branch if b is not Branch.CERVICAL]
    assert min(weak) >= 75
    assert result.scales.house_brackmann.grade >= 5
    assert result.scales.sunnybrook.voluntary == 20
    assert result.expressions[E.SMILE_OPEN].function_ratio == pytest.approx(0, abs=0.02)
    assert result.expressions[E.SMILE_OPEN].correlation_r is None
    assert result.expressions[E.SMILE_OPEN].correlation_reason == "flat side: patient's right"


def test_bilateral_palsy_is_compared_with_norms():
    result = analysed(0.7, 0.7)
    assert result.affected_side is AffectedSide.BOTH
    assert result.mode == "normative"
    assert any(q.code == "both_sides_low" for q in result.quality)
    for side in (R, L):
        assert result.branches[Branch.TEMPORAL].get(side).weakness > 40
        assert result.branches[Branch.ZYGOMATIC].get(side).weakness > 40
        assert result.branches[Branch.BUCCAL].get(side).weakness > 40
        lower_lip = result.branches[Branch.MARGINAL_MANDIBULAR].get(side)
        assert lower_lip.weakness is None
        assert "norm" in lower_lip.reason


def test_flipping_swaps_right_and_left_in_every_value():
    track, segments = synthetic_track(palsy(0.6), noise_px=0.1, sway_deg=1.5)
    one = analyse_track(track, segments=segments).result
    other = analyse_track(flipped(track), segments=segments).result
    assert other.affected_side.value == {"right": "left"}[one.affected_side.value]
    for branch in Branch:
        for side in (R, L):
            a, b = one.branches[branch].get(side), other.branches[branch].get(side.opposite)
            for name in ("weakness", "synkinesis"):
                assert getattr(a, name) == pytest.approx(getattr(b, name), abs=0.05), (branch, side, name)
    for expression, entry in one.expressions.items():
        twin = other.expressions[expression]
        if entry.assessable:
            assert entry.excursion_mm.right == pytest.approx(twin.excursion_mm.left, abs=0.02)
            assert entry.function_ratio == pytest.approx(twin.function_ratio, abs=0.01)


@pytest.mark.parametrize(
    "options", [{"px_per_mm": 1.0}, {"px_per_mm": 4.0}, {"pose_deg": (0, 0, 10)}, {"pose_deg": (4, -5, 0)}]
)
def test_size_and_pose_change_no_branch(options):
    plain, changed = analysed(0.4), analysed(0.4, **options)
    for branch in Branch:
        for side in (R, L):
            before, after = plain.branches[branch].get(side).weakness, changed.branches[branch].get(side).weakness
            assert before == pytest.approx(after, abs=2), branch


def test_the_clinicians_side_wins_and_a_contradiction_is_told():
    result = analysed(0.6, side=AffectedSide.LEFT)
    assert result.affected_side is AffectedSide.LEFT
    assert result.affected_side_source == "clinician"
    assert any(q.code == "check_mirroring" for q in result.quality)


def test_a_turned_head_spoils_a_repetition_with_a_reason():
    result = analysed(0.5, pose_deg=(12, 0, 0))
    for entry in result.expressions.values():
        assert not entry.assessable
    assert "turned to the side" in result.expressions[E.SMILE_OPEN].reason
    assert result.branches[Branch.BUCCAL].right.weakness is None


def test_disagreement_of_the_mirror_runs_spoils_a_repetition():
    track, segments = synthetic_track(palsy(0.5), uncertainty_px=1.0)
    smile = next(s for s in segments if s.expression is E.SMILE_OPEN)
    uncertainty = track.uncertainty.copy()
    uncertainty[(track.times > smile.start_s) & (track.times < smile.end_s)] += 4.0  # 2 mm at 2 px a millimetre
    result = analyse_track(replace(track, uncertainty=uncertainty), segments=segments).result
    assert "uncertain by 2.0 mm more than at rest" in result.expressions[E.SMILE_OPEN].reason
    assert result.expressions[E.BROW_RAISE].assessable, "a disagreement that is there all the time does not matter"


def test_a_lost_face_is_told_and_not_invented():
    track, segments = synthetic_track(palsy(0.5))
    points = track.points.copy()
    smile = next(s for s in segments if s.expression is E.SMILE_OPEN)
    points[(track.times >= smile.start_s) & (track.times <= smile.end_s + 0.5)] = np.nan
    lost = FaceTrack(track.times, points, track.scheme, track.pose, None, track.tracker, track.video)
    result = analyse_track(lost, segments=segments).result
    entry = result.expressions[E.SMILE_OPEN]
    assert not entry.assessable
    assert entry.reason == "The face was not seen for most of this movement."
    assert result.branches[Branch.TEMPORAL].right.weakness > 30


def test_a_constant_face_moves_nothing():
    track, _ = synthetic_track([])
    result = analyse_track(track).result
    assert result.segments == []
    assert any(q.code == "no_segments" for q in result.quality)
    assert all(s.weakness is None for b in result.branches.values() for s in (b.right, b.left))


def test_other_schemes_are_refused():
    track, _ = synthetic_track([])
    from core.face.landmarks import IBUG68

    other = FaceTrack(track.times, track.points[:, :68], IBUG68, track.pose, None, track.tracker, track.video)
    with pytest.raises(ValueError, match="mesh478"):
        analyse_track(other)


def test_files_hold_what_the_contract_promises(tmp_path):
    track, segments = synthetic_track(palsy(0.5))
    analysis = analyse_track(track, segments=segments)
    analysis.write(tmp_path)
    stored = json.loads((tmp_path / "result.json").read_text())
    assert ExamResult.model_validate(stored) == analysis.result
    for key in (
        "schema_version", "software", "tracker", "video", "tracking", "quality", "scale", "affected_side",
        "affected_side_source", "expressions", "branches", "synkinesis", "scales", "screening",
    ):  # fmt: skip
        assert key in stored
    assert stored["branches"]["temporal"]["right"].keys() >= {
        "weakness", "grade", "synkinesis", "synkinesis_grade", "assessable", "reason", "confidence",
    }  # fmt: skip
    with (tmp_path / "measures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"expression", "side", "measure", "value", "unit"}
    smile = {(r["side"], r["measure"]): r for r in rows if r["expression"] == "smile_open"}
    assert float(smile["left", "excursion_mm"]["value"]) == pytest.approx(10, abs=0.1)
    assert smile["left", "excursion_mm"]["unit"] == "mm"
    again = FaceTrack.load(tmp_path / "track.npz")
    assert np.array_equal(again.points, track.points)
    assert again.video == track.video
    curves = Curves.load(tmp_path / "curves.npz")
    assert curves.values.keys() == analysis.curves.values.keys()
