"""The PDF of two visits: before, after, change, limit and verdict as the comparison says them, and why something is not."""

from dataclasses import replace

import pytest

from core.grading.change import compare
from core.grading.change_types import Kind, Verdict
from core.reports.change_words import SHORT_VERDICTS, change_words, detectable_words, value_words
from core.reports.comparison import comparison_report
from core.reports.content import INTENDED_USE, Paper
from core.result import QualityEntry
from core.words import BRANCHES, SIDES
from tests.report_samples import (
    AFTER,
    NAMES,
    flat,
    fonts_in,
    key_pictures,
    pictures_in,
    read,
    result_of,
    subject,
    visit_exam,
    words_of,
)


def two_visits():
    before = visit_exam(result=result_of(0.6, 0.35))
    after = visit_exam(result=result_of(0.25, 0.1), day=AFTER, label="after toxin", judgements=())
    return before, after


@pytest.fixture(scope="module")
def comparison():
    before, after = two_visits()
    return compare(before.result, after.result, pitch_deg=(1.0, 2.0))


@pytest.fixture(scope="module")
def report(comparison) -> bytes:
    return comparison_report(subject(NAMES[1]), *two_visits(), comparison)


@pytest.fixture(scope="module")
def told(report) -> str:
    return words_of(report)


def cells(row) -> str:
    return " ".join(
        [
            value_words(row.before, row.unit),
            value_words(row.after, row.unit),
            change_words(row.change, row.unit),
            detectable_words(row),
            SHORT_VERDICTS[row.verdict],
        ]
    )


@pytest.mark.parametrize("kind", [Kind.WEAKNESS, Kind.SYNKINESIS])
def test_every_branch_is_told_with_its_verdict(told, comparison, kind):
    for branch in BRANCHES:
        row = " ".join([branch.label, *(cells(comparison.row(kind, branch.value, side)) for side in SIDES)])
        assert row in told, row


def test_movements_and_scales_are_told_with_their_verdict(told, comparison):
    for name in ("brow_raise", "smile_open"):
        rows = [comparison.row(Kind.EXCURSION, name, side) for side in SIDES]
        assert " ".join([rows[0].label, *map(cells, rows)]) in told
    for name in ("sunnybrook_composite", "house_brackmann_grade", "fngs2_total"):
        row = comparison.row(Kind.SCALE, name)
        assert f"{row.label} {cells(row)}" in told


def test_something_improved_and_the_count_is_told(told, comparison):
    scores = [*comparison.of(Kind.WEAKNESS), *comparison.of(Kind.SYNKINESIS)]
    improved = sum(row.verdict is Verdict.IMPROVED for row in scores)
    assert improved >= 4
    assert f"Of {len(scores)} branch scores: {improved} improved" in told


def test_both_visits_are_named(told):
    assert "Before 12 Mar 2026 · 2 months after onset · before toxin" in told
    assert "After 12 Sep 2026 · 8 months after onset · after toxin" in told
    assert NAMES[1] in told
    assert INTENDED_USE in told


def test_judgements_say_of_which_visit(told):
    assert "Before: House-Brackmann: grade IV (moderately severe) III (moderate)" in told


def test_what_is_not_comparable_says_why(told, comparison):
    row = comparison.row(Kind.WEAKNESS, "cervical", SIDES[0])
    assert row.verdict is Verdict.NOT_COMPARABLE
    assert f"Weakness cervical: {flat(row.reason)}" in told


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("blocked", [False, True])
def test_two_sheets_whatever_the_paper(comparison, paper, blocked):
    before, after = two_visits()
    if blocked:
        comparison = compare(before.result, other_tracker(after.result))
    pages = read(comparison_report(subject(), before, after, comparison, paper=paper)).pages
    assert len(pages) == 2
    assert "Page 2 of 2" in pages[1].extract_text()


def other_tracker(result):
    tracker = result.tracker.model_copy(update={"name": "another"})
    return result.model_copy(update={"tracker": tracker})


def test_visits_that_cannot_be_compared_say_so_before_any_number():
    before, after = two_visits()
    after = replace(after, result=other_tracker(after.result))
    blocked = compare(before.result, after.result)
    words = words_of(comparison_report(subject(), before, after, blocked))
    warning = words.index("These visits cannot be compared")
    assert warning < words.index("Affected side")
    assert flat(blocked.blockers[0].sentence) in words
    assert "improved" not in words.replace("improved worse changed within error not comparable", "")


def test_the_same_input_gives_the_same_bytes(report, comparison):
    assert comparison_report(subject(NAMES[1]), *two_visits(), comparison) == report
    assert all(fonts_in(report).values())
    assert b"Helvetica" not in report


def test_pictures_of_both_visits_or_none(report, comparison):
    before, after = two_visits()
    assert pictures_in(report) == 7  # the sample's grey squares are the same at both visits, and kept once a sheet
    assert "not recorded" not in words_of(report)
    fewer = replace(after, pictures=key_pictures(3))
    assert words_of(comparison_report(subject(), before, fewer, comparison)).count("not recorded") == 4
    without = comparison_report(subject(), replace(before, pictures=()), replace(after, pictures=()), comparison)
    assert pictures_in(without) == 0


def test_pictures_of_one_visit_that_could_not_be_read_are_told_of(comparison):
    before, after = two_visits()
    before = replace(before, pictures=(), pictures_note="The video is missing.")
    words = words_of(comparison_report(subject(), before, after, comparison))
    assert "Before: The video is missing." in words


def test_a_remark_of_both_recordings_is_said_once(comparison):
    before, after = two_visits()
    dim = QualityEntry(code="dim", severity="warning", message="The light was poor.")
    exams = [replace(exam, result=exam.result.model_copy(update={"quality": [dim]})) for exam in (before, after)]
    words = words_of(comparison_report(subject(), *exams, comparison))
    assert words.count("The light was poor.") == 1
    assert "The light was poor. (before and after)" in words
