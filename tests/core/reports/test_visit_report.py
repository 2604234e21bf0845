"""The PDF of one visit: what it says is what the result says, on two sheets, with its own fonts, the same bytes every time."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.charts.scales import scale_tables
from core.charts.scores import branch_scores
from core.charts.second_opinion import opinion_words
from core.charts.style import Quantity
from core.charts.wording import quantity
from core.reports import visit
from core.reports.content import INTENDED_USE, Judgement, Paper, ReportExam, ReportSubject, day_words, since_words
from core.reports.visit import visit_report
from core.result import QualityEntry
from core.words import SIDES
from tests.exam_samples import short_exam
from tests.report_samples import (
    BEFORE,
    NAMES,
    flat,
    fonts_in,
    pictures_in,
    read,
    result_of,
    subject,
    visit_exam,
    words_of,
)

SIZES = {Paper.A4: (595, 842), Paper.LETTER: (612, 792)}


@pytest.fixture(scope="module")
def report() -> bytes:
    return visit_report(subject(), visit_exam())


@pytest.fixture(scope="module")
def told(report) -> str:
    return words_of(report)


@pytest.mark.parametrize("paper", Paper)
def test_two_sheets_of_the_paper_with_their_numbers(paper):
    pages = read(visit_report(subject(), visit_exam(), paper=paper)).pages
    assert len(pages) == 2
    for number, page in enumerate(pages, 1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == SIZES[paper]
        assert f"Page {number} of 2" in page.extract_text()
        assert "Ann Example · 4711/26 · 12 Mar 2026" in page.extract_text()


def test_every_branch_is_told_as_the_page_tells_it(told):
    """Both sides of a row stand in the order of the table: the patient's right first."""
    result = visit_exam().result
    for branch, found in result.branches.items():
        cells = []
        for side in SIDES:
            for of in Quantity:
                score = next(s for s in branch_scores(result, of) if s.branch is branch and s.side is side)
                cells.append("not assessable" if score.value is None else f"{score.value:.0f} {score.grade}")
                if of is Quantity.WEAKNESS and score.value is not None:
                    cells.append(f"{found.get(side).confidence} confidence")
            cells.append(opinion_words(result.severity_opinion.branches[branch].get(side)))
        row = f"{branch.label} {branch.region} {' '.join(cells)}"
        assert row in told, row


def test_scales_are_estimates_with_their_totals(told):
    for table in scale_tables(visit_exam().result):
        assert f"{table.name} (estimate) {table.total}" in told


def test_movements_have_both_excursions(told):
    result = visit_exam().result
    for expression, entry in result.expressions.items():
        if entry.assessable:
            row = rf"{re.escape(expression.label)} .{{5,60}}? " + " ".join(
                re.escape(quantity(entry.excursion_mm.get(side))) for side in SIDES
            )
            assert re.search(row, told), expression


def test_who_with_what_and_what_for(told):
    exam = visit_exam()
    facts = (
        "Ann Example",
        "Record number 4711/26",
        "Born 1961",
        "Cause Bell's palsy (idiopathic)",
        "Onset 3 Jan 2026",
        "Visit 12 Mar 2026 · 2 months after onset · before toxin · video exam.mp4",
        INTENDED_USE,
        f"Hemiface {exam.result.software.version}",
        f"tracker {exam.result.tracker.name} {exam.result.tracker.version}",
        f"weights {exam.result.tracker.weights_sha256[:12]}",
        f"protocol {exam.result.protocol}",
        f"iris {exam.result.scale.iris_mm} mm",
        f"video {exam.result.video.sha256[:12]}",
        "analysis ab12cd34ef56 of 12 Mar 2026",
        "Tears while eating.",
    )
    for fact in facts:
        assert fact in told, fact


def test_opinions_of_networks_are_marked(told):
    assert (
        "synkinesis_cnn (learned from simulated patients): refer, probability 87 % (95 % interval 77 to 97 %)" in told
    )
    assert "Screen and measured movement both point to synkinesis." in told
    assert "severity_branches, learned from simulated patients" in told


def test_without_opinions_nothing_is_said_of_networks():
    words = words_of(visit_report(subject(), visit_exam(result=result_of(0.6, 0.35))))
    assert "network" not in words
    assert "Second opinion" not in words


def test_the_clinicians_judgement_stands_beside_the_automatic_value(told):
    assert "House-Brackmann: grade IV (moderately severe) III (moderate) Dr. B. Judge, 12 Mar 2026" in told


def test_what_cannot_be_assessed_says_why(told):
    assert "Weakness cervical: No movement that tests this branch was recorded" in told


def test_quality_remarks_are_told_the_gravest_first(told):
    """This examination has notes only; a made-up problem goes before them."""
    exam = visit_exam()
    assert exam.result.quality
    for entry in exam.result.quality:
        assert flat(entry.message) in told
    grave = QualityEntry(code="test", severity="error", message="The lens was dirty.")
    worse = exam.result.model_copy(update={"quality": [*exam.result.quality, grave]})
    words = words_of(visit_report(subject(), visit_exam(result=worse)))
    assert words.index("Problem: The lens was dirty.") < words.index(flat(exam.result.quality[0].message))


def test_simulated_patients_are_marked_on_every_sheet_and_others_are_not(report):
    assert all("SIMULATED PATIENT" in page.extract_text() for page in read(report).pages)
    real = synthetic_as_real()
    assert "simulated patient" not in words_of(visit_report(subject(simulated=False), real)).lower()


def synthetic_as_real() -> ReportExam:
    result = result_of(0.6, 0.35).model_copy(update={"simulated": False})
    return visit_exam(result=result, judgements=())


def test_a_simulated_recording_of_an_unmarked_patient_is_marked_all_the_same():
    words = words_of(visit_report(subject(simulated=False), visit_exam()))
    assert words.count("SIMULATED PATIENT") == 2


def test_the_same_input_gives_the_same_bytes(report, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert visit_report(subject(), visit_exam()) == report
    assert visit_report(subject("Another"), visit_exam()) != report


def test_metadata_come_from_the_data(report):
    document = read(report)
    assert document.metadata.title == "Facial movement, visit of 12 Mar 2026"
    assert document.metadata.creation_date_raw == "D:20260312140509+00'00'"
    assert document.metadata.modification_date_raw == document.metadata.creation_date_raw
    assert document.trailer["/Root"]["/Lang"] == "en"
    assert "Ann Example" not in str(dict(document.metadata))


@pytest.mark.parametrize("name", NAMES)
def test_latin_greek_and_cyrillic_can_be_read_back(name):
    words = words_of(visit_report(subject(name), visit_exam()))
    assert words.count(name) == 3  # heading and two feet
    assert "stands for a letter" not in words


def test_letters_that_the_font_lacks_are_told_of():
    words = words_of(visit_report(subject("王 Wang"), visit_exam()))
    assert "? Wang" in words
    assert "“?” stands for a letter that this document cannot print." in words


def test_only_embedded_fonts(report):
    fonts = fonts_in(report)
    assert fonts
    assert all(fonts.values())
    assert all("DejaVuSans" in name for name in fonts)
    assert b"Helvetica" not in report


def test_pictures_are_printed_or_left_out(report):
    assert pictures_in(report) == len(visit_exam().pictures)
    without = visit_report(subject(), visit_exam(pictures=()))
    assert pictures_in(without) == 0
    assert "Key pictures" not in words_of(without)


def test_pictures_that_could_not_be_read_are_told_of():
    words = words_of(visit_report(subject(), visit_exam(pictures=(), pictures_note="The video is missing.")))
    assert "Key pictures The video is missing." in words


@pytest.mark.parametrize("paper", Paper)
def test_long_texts_are_cut_and_stay_on_two_sheets(paper):
    """Everything that a person types as long as the records allow, and a recording with much to remark."""
    long = ReportSubject("Anna-Maria " * 10 + "x" * 10, "9" * 60, 1961, "Parotid tumour " * 8, BEFORE, True)
    entries = [
        QualityEntry(code=f"c{n}", severity="warning", message=f"Remark {n}. " + "The light was poor. " * 12)
        for n in range(30)
    ]
    result = visit_exam().result.model_copy(update={"quality": entries})
    judged = [Judgement(f"Sunnybrook: item {n}", "2", "3", "Dr. " + "Long-Name " * 12, BEFORE) for n in range(32)]
    exam = visit_exam(
        result=result,
        judgements=judged,
        notes="Was seen in the clinic. " * 200,
        label="follow-up " * 12,
        recording="v" * 120,
    )
    made = visit_report(long, exam, paper=paper)
    words = words_of(made)
    assert len(read(made).pages) == 2
    assert "…" in words
    assert re.search(r"\d+ more remarks on the page Severity\.", words)
    assert re.search(r"\d+ more in the record\.", words)
    assert INTENDED_USE in words
    assert "Methods and versions" in words


def test_what_does_not_fit_with_the_fewest_details_goes_on_on_another_sheet(monkeypatch):
    monkeypatch.setattr(visit, "_DETAILS", (replace(visit._DETAILS[0], picture=240.0, across=2),))
    made = visit_report(subject(), visit_exam())
    pages = read(made).pages
    assert len(pages) > 2
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1].extract_text()
    assert "Methods and versions" in words_of(made)


def test_an_examination_of_few_movements_can_be_reported():
    exam = ReportExam(BEFORE, short_exam().result)
    words = words_of(visit_report(ReportSubject("B. C."), exam))
    assert "not assessable" in words
    assert "D:20260312000000" in read(visit_report(ReportSubject("B. C."), exam)).metadata.creation_date_raw


def test_the_intended_use_is_the_one_of_the_documentation():
    page = (Path(__file__).parents[3] / "docs" / "intended-use.md").read_text(encoding="utf-8")
    assert INTENDED_USE in flat(page)


def test_days_do_not_depend_on_the_language_of_the_computer():
    assert day_words(BEFORE) == "12 Mar 2026"
    assert since_words(BEFORE, BEFORE.replace(year=2030)) == "4.0 years"
    assert since_words(BEFORE, BEFORE.replace(day=13)) == "1 day"
    assert since_words(BEFORE, BEFORE.replace(day=1)) == ""
