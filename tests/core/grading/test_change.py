"""Two visits compared: what is the same is called so, what was measured otherwise is not compared, and swapping negates."""

import itertools

import numpy as np
import pytest

from core.grading import change_limits
from core.grading.change import Better, Kind, Verdict, compare, compare_series
from core.grading.change_rules import resting_pitch_deg
from core.measures.movement import MOVEMENT_SPECS
from core.result import ExamResult, Pair
from core.words import AffectedSide, Branch, Side
from tests.exam_samples import short_exam, still_exam, synkinetic_exam

R, L = Side.RIGHT, Side.LEFT
OPPOSITE = {Verdict.IMPROVED: Verdict.WORSE, Verdict.WORSE: Verdict.IMPROVED}


@pytest.fixture(scope="module")
def result() -> ExamResult:
    return synkinetic_exam().result


def with_branch(result: ExamResult, branch: Branch, side: Side, **changes) -> ExamResult:
    """The result with one branch on one side set to other values."""
    found = result.branches[branch]
    one = found.get(side).model_copy(update=changes)
    return result.model_copy(
        update={"branches": {**result.branches, branch: found.model_copy(update={side.value: one})}}
    )


def with_excursion(result: ExamResult, expression, **millimetres) -> ExamResult:
    """The result with another mean excursion of one expression."""
    entry = result.expressions[expression].model_copy(update={"excursion_mm": Pair(**millimetres)})
    return result.model_copy(update={"expressions": {**result.expressions, expression: entry}})


def verdicts(comparison):
    return {row.key: row.verdict for row in comparison.rows}


def test_identical_results_are_within_error_everywhere(result):
    for exam in (result, short_exam().result, still_exam().result):
        for row in compare(exam, exam).rows:
            if row.before is not None and row.detectable is not None:
                assert row.verdict is Verdict.WITHIN_ERROR, row
                assert row.change == 0
                assert "No change" in row.reason
            else:
                assert row.verdict is Verdict.NOT_COMPARABLE
                assert row.reason


def test_every_branch_score_expression_and_scale_has_its_row(result):
    comparison = compare(result, result)
    for kind, branch, side in itertools.product((Kind.WEAKNESS, Kind.SYNKINESIS), Branch, (R, L)):
        assert comparison.row(kind, branch, side) is not None
    for expression, side in itertools.product(result.expressions, (R, L)):
        assert comparison.row(Kind.EXCURSION, expression, side) is not None
    assert {row.name for row in comparison.of(Kind.RESTING)} == set(result.resting)
    assert comparison.row(Kind.SCALE, "sunnybrook_composite").before == result.scales.sunnybrook.composite
    assert comparison.row(Kind.OVERALL, "weakness", L).after == result.overall.weakness.left
    keys = [row.key for row in comparison.rows]
    assert len(keys) == len(set(keys))


def random_results(result: ExamResult, count: int) -> list[ExamResult]:
    """The same examination with other weakness, synkinesis and excursions."""
    random, made = np.random.default_rng(5), []
    for _ in range(count):
        other = result
        for branch, side in itertools.product(Branch, (R, L)):
            weakness, synkinesis = (float(value) for value in random.uniform(0, 100, 2))
            other = with_branch(other, branch, side, weakness=weakness, synkinesis=synkinesis)
        for expression in MOVEMENT_SPECS.keys() & result.expressions.keys():
            right, left = (float(value) for value in random.uniform(0, 15, 2))
            other = with_excursion(other, expression, right=right, left=left)
        made.append(other)
    return made


def test_swapping_the_visits_negates_changes_and_verdicts(result):
    seen = set()
    for before, after in itertools.combinations(random_results(result, 6), 2):
        there, back = compare(before, after), compare(after, before)
        for row, other in zip(there.rows, back.rows, strict=True):
            assert row.key == other.key
            assert other.verdict is OPPOSITE.get(row.verdict, row.verdict), (row, other)
            if row.change is not None:
                assert other.change == pytest.approx(-row.change)
            if row.detectable is not None:
                assert other.detectable.value == pytest.approx(row.detectable.value)
            seen.add(row.verdict)
    assert seen == set(Verdict)


def test_less_weakness_and_synkinesis_is_better(result):
    for kind, field in ((Kind.WEAKNESS, "weakness"), (Kind.SYNKINESIS, "synkinesis")):
        worse, better = (with_branch(result, Branch.BUCCAL, R, **{field: value}) for value in (90.0, 10.0))
        row = compare(worse, better).row(kind, Branch.BUCCAL, R)
        assert (row.verdict, row.change, row.better) == (Verdict.IMPROVED, -80.0, Better.LOWER)
        assert row.reason.startswith("Down by 80 points, more than the ")
        assert row.interval == (-80 - row.detectable.value, -80 + row.detectable.value)
        assert compare(better, worse).row(kind, Branch.BUCCAL, R).verdict is Verdict.WORSE


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (3.0, 8.0, Verdict.IMPROVED),
        (8.0, 3.0, Verdict.WORSE),
        (8.0, 8.5, Verdict.WITHIN_ERROR),
        (10.0, 18.0, Verdict.WORSE),  # more than the other side and what is tolerated: over-activity
        (18.0, 10.0, Verdict.IMPROVED),
        (5.0, 16.4, Verdict.CHANGED),  # from 5 mm too little to 4.9 mm too much
    ],
)
def test_an_excursion_is_better_the_nearer_it_is_to_the_other_side(result, before, after, verdict):
    pair = [with_excursion(result, "smile_open", right=value, left=10.0) for value in (before, after)]
    row = compare(*pair).row(Kind.EXCURSION, "smile_open", R)
    assert row.reference == 10.0
    assert row.verdict is verdict, row.reason


def test_a_sound_side_is_not_judged(result):
    pair = [with_excursion(result, "smile_open", right=5.0, left=value) for value in (12.0, 6.0)]
    row = compare(*pair).row(Kind.EXCURSION, "smile_open", L)
    assert (row.better, row.verdict) == (Better.NEITHER, Verdict.CHANGED)
    assert "neither better nor worse" in row.reason


def changed(result: ExamResult, **fields) -> ExamResult:
    return result.model_copy(update=fields)


@pytest.mark.parametrize(
    ("code", "part", "changes"),
    [
        ("tracker", "tracker", {"name": "other"}),
        ("tracker", "tracker", {"version": "2"}),
        ("tracker", "tracker", {"weights_sha256": "f" * 64}),
        ("tracker", "tracker", {"half_faces": True}),
        ("software", "software", {"version": "9.9"}),
        ("iris", "scale", {"iris_mm": 11.77}),
        ("scale", "scale", {"method": "manual"}),
    ],
)
def test_what_was_measured_otherwise_is_not_compared(result, code, part, changes):
    other = changed(result, **{part: getattr(result, part).model_copy(update=changes)})
    for pair in ((result, other), (other, result)):
        comparison = compare(*pair)
        assert [blocker.code for blocker in comparison.blockers] == [code]
        assert set(verdicts(comparison).values()) == {Verdict.NOT_COMPARABLE}
        assert all(row.reason == comparison.blockers[0].sentence and row.interval is None for row in comparison.rows)
        assert not comparison.comparable
        assert comparison.needs_reanalysis == (code != "scale")


@pytest.mark.parametrize(("field", "value"), [("protocol", "other-2"), ("simulated", False)])
def test_other_protocols_and_simulated_against_real_are_not_compared(result, field, value):
    comparison = compare(result, changed(result, **{field: value}))
    assert [blocker.code for blocker in comparison.blockers] == [field]
    assert not comparison.comparable
    assert not comparison.needs_reanalysis


@pytest.mark.parametrize(("pitch", "fits"), [((0.0, 4.9), True), ((-3.0, 2.1), False), ((None, 20.0), True)])
def test_a_head_tilted_otherwise_is_not_compared(result, pitch, fits):
    comparison = compare(result, result, pitch_deg=pitch)
    assert comparison.comparable == fits
    assert any("tilted" in remark for remark in comparison.remarks) == (None in pitch)


def test_other_modes_stop_scores_but_not_millimetres(result):
    other = changed(result, mode="normative", affected_side=AffectedSide.UNDETERMINED)
    comparison = compare(result, other)
    for kind in (Kind.WEAKNESS, Kind.SYNKINESIS, Kind.OVERALL, Kind.SCALE):
        assert {row.verdict for row in comparison.of(kind)} == {Verdict.NOT_COMPARABLE}
    assert "norms" in comparison.row(Kind.WEAKNESS, "buccal", R).reason
    assert comparison.row(Kind.EXCURSION, "smile_open", R).verdict is Verdict.WITHIN_ERROR


def test_contradicting_sides_are_told(result):
    other = changed(result, affected_side=AffectedSide.LEFT, scales=result.scales.model_copy(update={"side": L}))
    comparison = compare(result, other)
    assert any("mirrored" in remark for remark in comparison.remarks)
    assert "Set the affected side" in comparison.row(Kind.SCALE, "sunnybrook_composite").reason
    assert comparison.row(Kind.SYNKINESIS, "buccal", R).verdict is Verdict.NOT_COMPARABLE
    assert [row.side for row in comparison.of(Kind.FUNCTION_RATIO)] == [None] * len(comparison.of(Kind.FUNCTION_RATIO))


def test_scores_of_different_movements_are_not_compared(result):
    few = short_exam().result.model_copy(update={"simulated": True})
    comparison = compare(result, few)
    zygomatic = comparison.row(Kind.WEAKNESS, "zygomatic", R)
    assert zygomatic.verdict is Verdict.NOT_COMPARABLE
    assert zygomatic.reason.startswith("Not assessable after. ")
    buccal = comparison.row(Kind.WEAKNESS, "buccal", R)
    assert buccal.reason.startswith("The scores rest on different movements: “Wrinkle the nose” only before")
    assert "Pucker" in buccal.reason
    assert comparison.row(Kind.WEAKNESS, "temporal", R).verdict is not Verdict.NOT_COMPARABLE
    assert "different branches" in comparison.row(Kind.OVERALL, "weakness", R).reason


def test_a_strongest_synkinesis_that_was_not_watched_again_is_not_called_better(result):
    found = compare(result, result).row(Kind.SYNKINESIS, "zygomatic", R)
    assert found.verdict is Verdict.WITHIN_ERROR
    unseen = [e for e in result.synkinesis if e.trigger not in ("smile_open", "pucker")]
    other = with_branch(changed(result, synkinesis=unseen), Branch.ZYGOMATIC, R, synkinesis=0.0)
    row = compare(result, other).row(Kind.SYNKINESIS, "zygomatic", R)
    assert row.verdict is Verdict.NOT_COMPARABLE
    assert "was not watched after" in row.reason


def test_what_is_not_known_to_vary_is_not_judged(result, monkeypatch):
    monkeypatch.setattr(change_limits, "CALIBRATED", {})
    row = compare(result, result).row(Kind.SCALE, "eface_style_total")
    assert (row.verdict, row.detectable) == (Verdict.NOT_COMPARABLE, None)
    assert "not known" in row.reason


def test_a_series_compares_everything_with_the_baseline(result):
    later = random_results(result, 3)
    series = compare_series(result, later)
    assert series == [compare(result, one) for one in later]
    tilted = compare_series(result, later, pitch_deg=[0.0, 1.0, 9.0, None])
    assert [one.comparable for one in tilted] == [True, False, True]
    with pytest.raises(ValueError, match="pitch_deg must have 4 values, got 2"):
        compare_series(result, later, pitch_deg=[0.0, 1.0])


def test_counts_list_every_verdict(result):
    comparison = compare(result, result)
    counts = comparison.counts()
    assert set(counts) == set(Verdict)
    assert sum(counts.values()) == len(comparison.rows)


def test_pitch_at_rest_is_that_of_the_track():
    exam = synkinetic_exam()
    assert resting_pitch_deg(exam.track, exam.result) == pytest.approx(float(np.median(exam.track.pose[:, 1])), abs=0.5)
