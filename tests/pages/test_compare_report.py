"""The PDF of two visits says what the page Compare says of the same two: every number and verdict, and what is left out."""

import re
from collections import Counter

import pytest
import streamlit as st

from core.exam.protocol import Expression
from core.grading.change import Kind, Verdict
from core.records import PatientDetails
from core.reports.change_words import SHORT_VERDICTS
from core.reports.from_store import report_of_comparison
from core.words import AffectedSide
from tests.compare_samples import DAYS, add_visit, palsy_exam
from tests.exam_samples import fitting
from tests.report_samples import exam_of, flat, words_of

CELLS = ("Before", "After", "Change", "Detectable", "Verdict")
BOTH_SIDES = (Kind.WEAKNESS, Kind.SYNKINESIS, Kind.OVERALL, Kind.EXCURSION)
SHORT = {verdict.label: short for verdict, short in SHORT_VERDICTS.items()}


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every app under test counts as the same session, whose caches outlive a test."""
    st.cache_resource.clear()


@pytest.fixture(params=["three movements", "whole examination"])
def told(request, open_app, store, tmp_path):
    """Rows of the page's table of two visits, and the words of their report."""
    if request.param == "three movements":
        exams = [palsy_exam(0.8), palsy_exam(0.2)]
    else:
        exams = [fitting(exam_of(0.6, 0.35)), fitting(exam_of(0.25, 0.1))]
    patient = store.create_patient(PatientDetails("Ann Example", affected_side=AffectedSide.RIGHT, simulated=True))
    visits = [
        add_visit(store, tmp_path / str(number), patient, day, "", exam)[0]
        for number, (exam, day) in enumerate(zip(exams, DAYS, strict=False))
    ]
    app = open_app("compare", patient=patient.id)
    table = next(frame.value for frame in app.dataframe if "Detectable" in frame.value)
    report = report_of_comparison(store, visits[0].id, visits[1].id, pictures=False)
    return table.to_dict("records"), words_of(report)


def in_report(row):
    """Cells of a row of the page as the report writes them: short verdicts, and mm in the heading of the table."""
    cells = [re.sub(r" mm$", "", row[name]) for name in CELLS]
    return " ".join([*cells[:-1], SHORT.get(cells[-1], cells[-1])])


def lines_of(rows):
    """Quantity, line of the report, and the rows of the page that it holds: both sides on one line, or no side."""
    sides = {}
    for row in rows:
        sides.setdefault((row["Quantity"], row["Measurement"]), {})[row["Side"]] = row
    both = {kind.label for kind in BOTH_SIDES}
    for (quantity, measurement), found in sides.items():
        assert quantity not in both or set(found) == {"right", "left"}
        held = [found[side] for side in ("right", "left", "–") if side in found]
        yield quantity, flat(" ".join([measurement, *map(in_report, held)])), held


def of_kind(lines, kind):
    return [line for quantity, line, _ in lines if quantity == kind.label]


def test_the_report_holds_every_row_of_the_page_or_says_that_it_does_not(told):
    rows, words = told
    lines = list(lines_of(rows))
    for kind in (Kind.WEAKNESS, Kind.SYNKINESIS, Kind.OVERALL):
        assert of_kind(lines, kind)
        for line, times in Counter(of_kind(lines, kind)).items():
            assert words.count(line) >= times, line
    missing = Counter()
    for quantity, line, held in lines:
        if line not in words:
            missing[quantity] += len(held)
            if quantity == Kind.EXCURSION.label:
                assert all(row["Before"] == row["After"] == "–" for row in held)
    assert set(missing) <= {
        *(kind.label for kind in Kind if kind not in (Kind.WEAKNESS, Kind.SYNKINESIS, Kind.OVERALL))
    }
    note = words[words.index("Not printed here, but on the page Compare: ") :]
    named = {Kind.EXCURSION.label: "excursion measured at neither visit"}
    for quantity, count in missing.items():
        assert f"{named.get(quantity, quantity.lower())} ({count})" in note
    assert len(re.findall(r"\(\d+\)", note.split(".")[0])) == len(missing)  # nothing is called missing that is there


def test_what_a_clinician_asks_first_is_printed(told):
    """Branches, the movements that were made, and the totals of the scales are never among what is left out."""
    rows, words = told
    printed = {(quantity, held[0]["Measurement"]) for quantity, line, held in lines_of(rows) if line in words}
    for expression in (Expression.BROW_RAISE, Expression.SMILE_OPEN, Expression.PUCKER):
        assert (Kind.EXCURSION.label, expression.label) in printed
    unwanted = [
        row for row in rows if row["Quantity"] == Kind.UNWANTED.label and row["Verdict"] == Verdict.IMPROVED.label
    ]
    printed_unwanted = [row for row in unwanted if (row["Quantity"], row["Measurement"]) in printed]
    assert len(printed_unwanted) >= min(len(unwanted), 3)
    for scale in ("Sunnybrook composite", "House-Brackmann grade", "eFACE-style total", "FNGS 2.0 total"):
        assert (Kind.SCALE.label, scale) in printed
    assert "mean peak excursion in mm" in words


def test_every_short_verdict_is_explained(told):
    rows, words = told
    assert {row["Verdict"] for row in rows} >= {Verdict.IMPROVED.label, Verdict.NOT_COMPARABLE.label}
    for verdict, short in SHORT_VERDICTS.items():
        if short != verdict.label:
            assert f"“{short}” is {verdict.label}" in words
