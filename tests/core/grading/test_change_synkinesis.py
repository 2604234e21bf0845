"""Unwanted movements of two visits: millimetres beyond the other side, which find what the score of a branch hides."""

import pytest

from core.exam.protocol import Expression
from core.grading.change import Better, Kind, Verdict, compare
from core.grading.change_limits import floor
from core.grading.change_synkinesis import unwanted_movements, unwanted_name
from core.grading.synkinesis import REGION_SPECS, Region
from core.result import ExamResult
from core.words import AffectedSide, Branch, Side
from tests.exam_samples import synkinetic_exam

R, L = Side.RIGHT, Side.LEFT
NAME = "eye:smile_open"


@pytest.fixture(scope="module")
def result() -> ExamResult:
    return synkinetic_exam().result


def narrowing(result: ExamResult, beyond_mm: float) -> ExamResult:
    """The result whose right eye narrows by so much more than the left one in a big smile; scores stay."""
    entries = [
        entry.model_copy(update={"unwanted_mm": entry.other_side_mm + beyond_mm})
        if (entry.region, entry.trigger, entry.side) == ("eye", Expression.SMILE_OPEN, R)
        else entry
        for entry in result.synkinesis
    ]
    return result.model_copy(update={"synkinesis": entries})


def test_less_narrowing_of_the_eye_in_a_smile_is_better_though_no_score_changes(result):
    comparison = compare(narrowing(result, 2.6), narrowing(result, 1.4))
    row = comparison.row(Kind.UNWANTED, NAME, R)
    assert (row.before, row.after) == (pytest.approx(2.6), pytest.approx(1.4))
    assert (row.verdict, row.better, row.unit) == (Verdict.IMPROVED, Better.LOWER, "mm")
    assert row.label == f"Eye narrows in “{Expression.SMILE_OPEN.label}”"
    assert row.reason.startswith("Down by 1.2 mm")
    assert comparison.row(Kind.SYNKINESIS, Branch.ZYGOMATIC, R).verdict is Verdict.WITHIN_ERROR
    back = compare(narrowing(result, 1.4), narrowing(result, 2.6)).row(Kind.UNWANTED, NAME, R)
    assert back.verdict is Verdict.WORSE


def test_a_change_within_the_noise_of_the_region_is_none(result):
    noise = REGION_SPECS[Region.EYE].noise_mm
    row = compare(narrowing(result, 1.0), narrowing(result, 1.0 + 0.9 * noise)).row(Kind.UNWANTED, NAME, R)
    assert row.verdict is Verdict.WITHIN_ERROR
    assert row.detectable.value >= noise


def test_a_weak_side_that_moves_along_with_the_sound_one_again_is_not_worse(result):
    row = compare(narrowing(result, -1.5), narrowing(result, 0.0)).row(Kind.UNWANTED, NAME, R)
    assert (row.before, row.after, row.verdict) == (0.0, 0.0, Verdict.WITHIN_ERROR)


def test_every_watched_pair_of_region_and_trigger_has_a_row_of_the_affected_side_and_a_limit(result):
    rows = compare(result, result).of(Kind.UNWANTED)
    watched = {(entry.region, entry.trigger) for entry in result.synkinesis}
    assert len(watched) > 10
    assert {row.name for row in rows} == {unwanted_name(Region(region), trigger) for region, trigger in watched}
    assert {row.side for row in rows} == {R}
    for region, spec in REGION_SPECS.items():
        for trigger in spec.triggers:
            limit = floor(Kind.UNWANTED, unwanted_name(region, trigger))
            assert limit is not None
            assert limit.value >= spec.noise_mm


def test_what_was_watched_once_only_is_not_compared(result):
    seen_once = [e for e in result.synkinesis if (e.region, e.trigger) != ("eye", Expression.SMILE_OPEN)]
    row = compare(result, result.model_copy(update={"synkinesis": seen_once})).row(Kind.UNWANTED, NAME, R)
    assert (row.verdict, row.after) == (Verdict.NOT_COMPARABLE, None)
    assert row.reason == f"Not assessable after. It was not watched in “{Expression.SMILE_OPEN.label}”."


@pytest.mark.parametrize("side", [AffectedSide.BOTH, AffectedSide.NONE])
def test_without_one_affected_side_there_is_no_other_side_to_judge_by(result, side):
    other = result.model_copy(update={"affected_side": side})
    assert list(unwanted_movements(other, other)) == []
