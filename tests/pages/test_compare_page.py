"""The page Compare as users meet it: two visits, what forbids comparing, the course, and many patients."""

import csv
import io
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import streamlit as st

from core.exam.protocol import Expression
from core.grading.change import Kind, Verdict, compare
from core.records import TreatmentDetails, TreatmentKind
from core.words import AffectedSide, Side
from pages.components import figures
from pages.components.compare_alignment import VIEW_HEIGHT_PX, VIEW_WIDTH_PX, aligned_view, view_matrix
from pages.components.compare_cohort_pairs import Pairing, measures, pairs
from pages.components.compare_course import followed
from pages.components.compare_players import moment
from pages.components.compare_table import csv_bytes
from pages.components.compare_words import branch_rows, head_line
from tests.compare_samples import add_course, add_visit, palsy_exam
from tests.pages.conftest import labels, words
from tests.synthetic import neutral_face


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every app under test counts as the same session, whose caches outlive a test."""
    st.cache_resource.clear()


@pytest.fixture
def course(store, tmp_path):
    return add_course(store, tmp_path / "course", 0.8, 0.2)


def alts(app):
    return "\n".join(element.proto.body for element in app.get("html") if "data-alt" in element.proto.body)


def headings(app):
    return [heading.value for heading in app.subheader]


def boxes(app):
    return {box.label: box for box in app.selectbox}


# ------------------------------------------------------------------------------------------------------------ two visits


def test_two_visits_are_compared_at_first_sight(open_app, course):
    app = open_app("compare", patient=course.patient.id)
    expected = compare(palsy_exam(0.8).result, palsy_exam(0.2).result, pitch_deg=(0.0, 0.0))
    assert app.title[0].value == "Compare"
    assert headings(app)[0] == head_line(expected)
    assert headings(app)[0].startswith("Better: ")
    better = branch_rows(expected, Verdict.IMPROVED)
    assert headings(app)[1] == str(len(better))
    assert "Weakness, patient's right" in words(app).replace("\\", "")
    assert "Simulated patient" in words(app)
    told = alts(app)
    for start in (
        "Face map of the change of weakness",
        "Weakness of each branch before and after",
        "Mean excursion",
        "Course since onset",
    ):
        assert start in told
    assert told.count("data-alt") == len(app.get("plotly_chart"))
    assert not app.error
    assert "Report (PDF)" in [button.proto.label for button in app.get("download_button")]
    assert "diagnos" not in words(app).lower()


def test_the_choice_stays_in_the_address(open_app, store, tmp_path):
    course = add_course(store, tmp_path / "three", 0.8, 0.5, 0.2)
    first, second, third = (recording.id for recording in course.recordings)
    app = open_app("compare", patient=course.patient.id)
    assert (boxes(app)["Baseline"].value, boxes(app)["Later visit"].value) == (first, third)
    boxes(app)["Later visit"].set_value(second).run()
    assert dict(app.query_params)["after"] in (second, [second])
    again = open_app("compare", patient=course.patient.id, before=second, after=third)
    assert (boxes(again)["Baseline"].value, boxes(again)["Later visit"].value) == (second, third)
    nonsense = open_app("compare", patient=course.patient.id, before=third, after="gone")
    assert boxes(nonsense)["Baseline"].value == first
    assert "Slopes" not in words(nonsense)
    assert "0 to 100, less is better" in alts(nonsense)


def test_an_open_visit_is_the_later_one(open_app, store, tmp_path):
    course = add_course(store, tmp_path / "three", 0.8, 0.5, 0.2)
    app = open_app("compare", visit=course.visits[1].id)
    assert boxes(app)["Later visit"].value == course.recordings[1].id


@pytest.mark.parametrize("number", [0, 1])
def test_fewer_than_two_visits_say_what_to_do(open_app, store, tmp_path, number):
    course = add_course(store, tmp_path / "few", *[0.5][:number])
    app = open_app("compare", patient=course.patient.id)
    assert "Two analysed visits are needed" in headings(app)
    assert ("Only one visit" if number else "No visit") in words(app)
    assert labels(app).count("Go to the visits") == 1
    app.button(key="empty_action").click().run()
    assert app.title[0].value != "Compare"


def test_without_a_patient_it_asks_for_one(open_app):
    app = open_app("compare")
    assert "No patient is open" in headings(app)


def test_another_version_is_not_compared_and_can_be_analysed_again(open_app, store, here, tmp_path):
    course = add_course(store, tmp_path / "versions", 0.8)
    new = palsy_exam(0.2)
    other = new.result.model_copy(update={"software": new.result.software.model_copy(update={"version": "0.0.1"})})
    add_visit(store, tmp_path / "old", course.patient, date(2026, 5, 1), "", replace(new, result=other))
    app = open_app("compare", patient=course.patient.id)
    assert headings(app)[0] == "Not comparable"
    assert "Version" in words(app)
    app.button(key="compare_again").click().run()
    jobs = store.jobs(patient_id=course.patient.id, kind="analyse")
    assert jobs
    assert not app.exception
    assert here is not None


def test_every_row_is_in_the_table_and_its_file(open_app, course):
    app = open_app("compare", patient=course.patient.id)
    comparison = compare(palsy_exam(0.8).result, palsy_exam(0.2).result, pitch_deg=(0.0, 0.0))
    table = next(frame.value for frame in app.dataframe if "Detectable" in frame.value)
    assert len(table) == len(comparison.rows)
    content = csv_bytes(comparison.rows, course.visits[0], course.visits[1]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    smile = next(r for r in rows if (r["quantity"], r["name"], r["side"]) == ("excursion", "smile_open", "right"))
    row = comparison.row(Kind.EXCURSION, "smile_open", Side.RIGHT)
    assert float(smile["change"]) == pytest.approx(row.change, abs=1e-4)
    assert smile["verdict"] == "improved"
    assert len(smile["repetitions_before"].split()) == 2
    app.multiselect(key="compare_verdicts").set_value([Verdict.IMPROVED]).run()
    table = next(frame.value for frame in app.dataframe if "Detectable" in frame.value)
    assert set(table["Verdict"]) == {"improved"}


def test_a_phone_shows_one_quantity_in_few_columns(open_app, course, monkeypatch):
    monkeypatch.setattr(figures, "is_phone", lambda: True)
    app = open_app("compare", patient=course.patient.id)
    assert app.multiselect(key="compare_kinds").value == [Kind.WEAKNESS]
    table = next(frame.value for frame in app.dataframe if "Detectable" in frame.value)
    assert set(table["Quantity"]) == {"Weakness"}
    assert {"improved", "within error"} <= set(table["Verdict"])


def test_one_expression_is_chosen_for_curves_pictures_and_videos(open_app, course):
    app = open_app("compare", patient=course.patient.id)
    box = boxes(app)["Expression"]
    assert box.value in (Expression.BROW_RAISE, Expression.SMILE_OPEN, Expression.PUCKER)
    box.set_value(Expression.REST).run()
    assert not app.exception
    pictures = [element.proto.body for element in app.get("html") if "data:image/jpeg" in element.proto.body]
    assert len(pictures) == 2
    assert all('alt="Rest, ' in picture for picture in pictures)


def test_treatments_stand_in_the_course(open_app, store, course):
    store.add_treatment(course.patient.id, TreatmentDetails(date(2026, 2, 2), TreatmentKind.STEROID, "60 mg"))
    app = open_app("compare", patient=course.patient.id)
    assert "Steroid at 1.0 months" in alts(app)
    scale = followed([Side.RIGHT])[-1]
    boxes(app)["Follow"].set_value(scale).run()
    assert not app.exception
    assert "House-Brackmann" in alts(app)


def test_severity_offers_the_comparison(open_app, course):
    app = open_app("severity", visit=course.visits[1].id)
    app.button(key="to_compare").click().run()
    assert "Compare" in [title.value for title in app.title]  # the page before it may still stand above


def test_severity_does_not_offer_it_for_a_single_visit(open_app, store, tmp_path):
    course = add_course(store, tmp_path / "one", 0.5)
    app = open_app("severity", visit=course.visits[0].id)
    assert "Compare with another visit" not in labels(app)


# ---------------------------------------------------------------------------------------------------------------- parts


def test_moment_starts_at_the_onset():
    result = palsy_exam(0.2).result
    onset_s, key_s, end_s = moment(result, Expression.SMILE_OPEN)
    repetition = result.expressions[Expression.SMILE_OPEN].repetitions[0]
    assert repetition.start_s <= onset_s < key_s < end_s
    assert moment(result, Expression.FROWN) is None


def test_eyes_of_two_views_coincide():
    face = neutral_face() * [1, -1, -1]
    turned = np.array([[0.96, -0.28, 0], [0.28, 0.96, 0], [0, 0, 1.0]])
    places = []
    for points in (face * 2 + [300, 200, 0], (face @ turned.T) * 5 + [900, 500, 0]):
        matrix = view_matrix(points)
        eyes = points[[33, 133, 362, 263], :2] @ matrix[:, :2].T + matrix[:, 2]
        places.append(eyes)
        assert eyes[0, 0] < eyes[1, 0] < eyes[2, 0] < eyes[3, 0]  # the patient's right is on the left of the view
    assert np.allclose(*places, atol=1e-6)
    view = aligned_view(np.full((480, 640, 3), 77, np.uint8), face * 2 + [300, 200, 0])
    assert view.shape == (VIEW_HEIGHT_PX, VIEW_WIDTH_PX, 3)
    assert (view == 77).all()


# --------------------------------------------------------------------------------------------------------------- cohort


def test_cohort_pairs_and_what_is_left_out(store, tmp_path):
    add_course(store, tmp_path / "a", 0.8, 0.2, name="A")
    add_course(store, tmp_path / "b", 0.6, 0.6, name="B")
    add_course(store, tmp_path / "c", 0.6, name="C")
    measure = next(m for m in measures() if (m.kind, m.name) == (Kind.OVERALL, "weakness"))
    found, alone = pairs(store.cohort_rows(), measure, Pairing.FIRST_LAST)
    assert alone == 1
    assert [pair.row.verdict for pair in found] == [Verdict.IMPROVED, Verdict.WITHIN_ERROR]
    assert found[0].row.side is Side.RIGHT
    result = palsy_exam(0.8).result
    assert found[0].row.before == pytest.approx(result.overall.weakness.right, abs=0.001)
    other = [found[0].before, replace(found[0].after, tracker_name="other")]
    [pair], _ = pairs(other, measure, Pairing.FIRST_LAST)
    assert pair.row.verdict is Verdict.NOT_COMPARABLE
    both = [
        replace(row, affected_side=AffectedSide.BOTH, summary=replace(row.summary, affected_side=AffectedSide.BOTH))
        for row in other[:1] * 2
    ]
    [pair], _ = pairs(both, measure, Pairing.FIRST_LAST)
    assert pair.row.reason == "Both sides are affected."


def test_visits_around_a_treatment(store, tmp_path):
    course = add_course(store, tmp_path / "a", 0.8, 0.5, 0.2)
    store.add_treatment(course.patient.id, TreatmentDetails(course.visits[1].day, TreatmentKind.BOTULINUM_TOXIN))
    rows, measure = store.cohort_rows(), measures()[0]
    [pair], alone = pairs(rows, measure, Pairing.AROUND_TREATMENT, TreatmentKind.BOTULINUM_TOXIN)
    assert (pair.before.day, pair.after.day, alone) == (course.visits[1].day, course.visits[2].day, 0)
    assert pairs(rows, measure, Pairing.AROUND_TREATMENT, TreatmentKind.SURGERY) == ([], 1)


def test_an_interval_is_told_from_five_patients_on(open_app, store, tmp_path):
    for number, weak in enumerate((0.8, 0.75, 0.7, 0.6, 0.5)):
        add_course(store, tmp_path / str(number), weak, 0.2, name=f"Patient {number}")
    app = open_app("compare", view="cohort")
    assert "(95 % interval −" in headings(app)[0]
    assert "No interval is told" not in words(app)


def test_cohort_page(open_app, store, tmp_path):
    for number, weak in enumerate((0.8, 0.7, 0.6)):
        add_course(store, tmp_path / str(number), weak, 0.2, name=f"=Patient {number}")
    app = open_app("compare", view="cohort")
    assert headings(app)[0].startswith("Mean change −")
    assert "interval" not in headings(app)[0]
    assert "No interval is told for fewer than 5 patients" in words(app)
    assert "Lines: single patients (teal improved)" in words(app)
    assert "3 patients compared" in words(app)
    assert "before and after, 3 patients compared" in alts(app)
    table = next(frame.value for frame in app.dataframe if "Patient" in frame.value)
    assert list(table["Patient"]) == [f"'=Patient {n}" for n in range(3)]
    app.selectbox(key="cohort_measure").set_value(measures()[1]).run()
    assert headings(app)[0] == "No patient can be compared"  # the short examination has no Sunnybrook composite
    assert "3 patients not compared: Not assessable" in words(app)
    app.selectbox(key="cohort_who").set_value("Without simulated ones").run()
    assert "No analysed visit fits" in headings(app)
    assert not app.exception
