"""Minimal detectable change: worked by hand, and never below what visits differ by anyhow."""

import pytest

from core.grading.change import Kind, Verdict, compare
from core.grading.change_error import (
    branch_change_error,
    excursion_sd_mm,
    minimal_detectable_change,
    within_subject_sd,
)
from core.grading.change_limits import floor
from core.grading.change_verdict import amount, distance, gain, judge
from core.result import ExamResult, Pair, Repetition
from core.words import Branch, Side
from tests.exam_samples import synkinetic_exam


def repeated(result: ExamResult, expression: str, right: list[float], left: list[float]) -> ExamResult:
    """The result with the given repetitions of one expression."""
    repetitions = [
        Repetition(
            start_s=i,
            end_s=i + 1,
            hold_start_s=None,
            hold_end_s=None,
            key_frame_s=None,
            excursion_mm=Pair(right=r, left=one),
        )
        for i, (r, one) in enumerate(zip(right, left, strict=True))
    ]
    mean = Pair(right=sum(right) / len(right), left=sum(left) / len(left))
    entry = result.expressions[expression].model_copy(update={"repetitions": repetitions, "excursion_mm": mean})
    return result.model_copy(update={"expressions": {**result.expressions, expression: entry}})


def test_within_subject_sd_by_hand():
    # var(9, 10, 11) = 1 and var(4, 4, 4) = 0: root of their mean.
    assert within_subject_sd([(9, 10, 11), (4, 4, 4)]) == pytest.approx(0.5**0.5)
    # Sums of squares 2 and 0.5 over 2 + 1 degrees of freedom.
    assert within_subject_sd([(9, 10, 11), (1, 2), (7,)]) == pytest.approx((2.5 / 3) ** 0.5)
    assert within_subject_sd([(1,), ()]) is None


def test_minimal_detectable_change_is_that_of_the_reference():
    # C8: SEM = s_w / sqrt(k), MDC95 = 1.96 sqrt(2) SEM.
    assert minimal_detectable_change(1.2, 3, 3) == pytest.approx(1.96 * 2**0.5 * 1.2 / 3**0.5)
    assert minimal_detectable_change(1.0, 1, 4) == pytest.approx(1.96 * 1.25**0.5)


def test_scattered_repetitions_widen_what_is_detectable_and_steady_ones_do_not_narrow_it():
    result = synkinetic_exam().result
    smile, least = "smile_open", floor(Kind.EXCURSION, "smile_open").value
    steady = repeated(result, smile, [4.0, 4.0, 4.0], [10.0, 10.0, 10.0])
    row = compare(steady, steady).row(Kind.EXCURSION, smile, Side.RIGHT)
    assert (row.detectable.from_repetitions, row.detectable.value) == (0.0, least)
    assert row.repetitions_before == (4.0, 4.0, 4.0)
    scattered = repeated(result, smile, [0.0, 4.0, 8.0], [6.0, 10.0, 14.0])
    row = compare(scattered, scattered).row(Kind.EXCURSION, smile, Side.RIGHT)
    # s_w = 4 on both sides and visits: 1.96 * 4 * sqrt(2/3) = 6.40 mm.
    assert excursion_sd_mm(scattered, scattered, smile) == pytest.approx(4.0)
    assert row.detectable.value == pytest.approx(6.40, abs=0.005)
    single = compare(result, result).row(Kind.EXCURSION, smile, Side.RIGHT)
    assert (single.detectable.from_repetitions, single.detectable.value) == (None, least)


def test_unusable_repetitions_do_not_count():
    result = repeated(synkinetic_exam().result, "smile_open", [4.0, 4.0, 12.0], [10.0, 10.0, 10.0])
    entry = result.expressions["smile_open"]
    spoiled = [*entry.repetitions[:2], entry.repetitions[2].model_copy(update={"used": False, "reason": "turned"})]
    entry = entry.model_copy(update={"repetitions": spoiled})
    result = result.model_copy(update={"expressions": {**result.expressions, "smile_open": entry}})
    row = compare(result, result).row(Kind.EXCURSION, "smile_open", Side.RIGHT)
    assert row.repetitions_after == (4.0, 4.0)
    assert row.detectable.from_repetitions == 0.0


def test_error_of_a_branch_by_hand():
    result = synkinetic_exam().result
    twice = repeated(result, "brow_raise", [3.0, 5.0], [9.0, 11.0])
    branch = result.branches[Branch.TEMPORAL].right
    moved = branch.movements[0].model_copy(update={"excursion_mm": 4.0, "reference_mm": 10.0, "function": 0.4375})
    both = (branch.model_copy(update={"movements": [moved]}),) * 2
    # v = (E - 0.5) / (0.85 Ref - 0.5): by E 1/8, by Ref 0.85 * 3.5 / 8^2. s_w^2 = 2, two repetitions, two visits, part 80.
    slopes = (1 / 8) ** 2 + (0.85 * 3.5 / 64) ** 2
    assert both[0].resting.score is not None
    assert branch_change_error(twice, twice, both) == pytest.approx(1.96 * (2 * 80**2 * 2 * slopes / 2) ** 0.5)
    gone = (branch.model_copy(update={"movements": [moved.model_copy(update={"function": 0.0})]}),) * 2
    assert branch_change_error(twice, twice, gone) == 0.0
    assert branch_change_error(result, result, both) is None


def test_published_floors_hold_where_the_simulated_ones_are_smaller():
    assert floor(Kind.EXCURSION, "smile_open").value >= 1.8
    assert floor(Kind.EXCURSION, "brow_raise").value >= 1.12
    assert floor(Kind.RESTING, "palpebral_fissure_height").value >= 0.8
    assert floor(Kind.SCALE, "sunnybrook_composite").value >= 4
    # 80 * 1.1 mm / (0.85 * 10.57 mm - 0.5 mm) = 10.4 points; 80 * 0.8 mm / (0.95 * 10.17 mm) = 6.6.
    assert floor(Kind.WEAKNESS, "temporal").value >= 10
    assert floor(Kind.WEAKNESS, "zygomatic").value >= 7
    assert floor(Kind.SYNKINESIS, "cervical").value >= 20
    assert floor(Kind.RESTING, "no such measure") is None
    for branch in Branch:
        for kind in (Kind.WEAKNESS, Kind.SYNKINESIS):
            found = floor(kind, branch)
            assert found is None or (found.value > 0 and found.source.endswith("."))


def test_a_change_must_exceed_the_limit():
    row = compare(synkinetic_exam().result, synkinetic_exam().result).row(Kind.WEAKNESS, "buccal", Side.RIGHT)
    said = {
        change: judge(
            50.0,
            50.0 + change,
            unit="points",
            better=row.better,
            reference=None,
            detectable=row.detectable,
            obstacle=None,
        )[0]
        for change in (row.detectable.value, row.detectable.value + 0.1, -row.detectable.value - 0.1)
    }
    assert list(said.values()) == [Verdict.WITHIN_ERROR, Verdict.WORSE, Verdict.IMPROVED]


def test_distance_and_gain():
    assert distance(11.4, 10.0) == 0.0
    assert distance(12.5, 10.0) == pytest.approx(1.0)
    assert gain(-3.0, 1.0, "nearer", 0.0) == 2.0
    assert amount(1.0, "points") == "1 point"
