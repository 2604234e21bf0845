"""The affected side of an analysis on the pages: preset to the patient's record, changed by the clinician, told with the result."""

from dataclasses import replace
from datetime import date

import pytest
import streamlit as st

from core.analysis import analyse_track
from core.exam.protocol import Expression
from core.records import JobState
from core.records.known_side import SideSource
from core.words import AffectedSide
from pages.components.orientation import FITS, answer_key
from tests.compare_samples import add_course, add_visit
from tests.exam_samples import fitting
from tests.pages.conftest import words
from tests.record_samples import wait_for
from tests.synthetic import palsy, synthetic_track

RIGHT, LEFT, BOTH, NONE, UNDETERMINED = AffectedSide


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every app under test counts as the same session, whose caches outlive a test."""
    st.cache_resource.clear()


@pytest.fixture
def left_sided(store, patient):
    return store.update_patient(patient.id, replace(patient.details, affected_side=LEFT))


@pytest.fixture
def follow_up(store, left_sided, clip):
    """A recording of a later visit, of which nobody said a side."""
    visit = store.create_visit(left_sided.id, date(2026, 9, 1), "follow-up")
    return store.add_recording(visit.id, clip, "exam.mp4", facts={"codec": "h264", "duration_s": 1.5, "packets": 30})


def side_box(app):
    return next(box for box in app.selectbox if box.label == "Affected side")


def exam(weakness, side):
    """Two movements of a right side of this weakness, analysed with a given side."""
    names = (Expression.BROW_RAISE, Expression.SMILE_OPEN, Expression.PUCKER)
    moves = [move for move in palsy(weakness) if move.expression in names for _ in range(2)]
    track, segments = synthetic_track(moves, noise_px=0.15)
    return analyse_track(track, segments=segments, side=side, simulated=True)


def analysed(store, recording):
    """The newest analysis, once it is done."""
    [job] = store.jobs(recording_id=recording.id)
    assert wait_for(store, job, lambda job: not job.state.active).state is JobState.DONE
    return store.latest_analysis(recording.id)


def test_analyse_presets_the_side_of_the_record_and_says_so(open_app, store, follow_up):
    app = open_app("analyse", visit=follow_up.visit_id)
    box = side_box(app)
    assert box.value is LEFT
    assert "Patient's left (as in the patient's record)" in box.options
    assert "Decide from the movement" in box.options
    app.button(key="analyse_all").click().run()
    options = analysed(store, follow_up).options
    assert (options["side"], options["side_from"]) == ("left", SideSource.PATIENT)


@pytest.mark.parametrize("chosen", [BOTH, UNDETERMINED])
def test_the_clinician_may_change_it_and_the_choice_stays(open_app, store, follow_up, chosen):
    app = open_app("analyse", visit=follow_up.visit_id)
    side_box(app).set_value(chosen).run()
    app.button(key="analyse_all").click().run()
    options = analysed(store, follow_up).options
    assert (options["side"], options["side_from"]) == (chosen, SideSource.CHOSEN)
    assert store.recording(follow_up.id).affected_side is chosen
    again = open_app("analyse", visit=follow_up.visit_id)
    assert side_box(again).value is chosen


def test_videos_with_different_sides_are_analysed_as_each_was_given(open_app, store, follow_up, clip):
    other = store.add_recording(follow_up.visit_id, clip, "second.mp4", affected_side=RIGHT, facts={"codec": "h264"})
    app = open_app("analyse", visit=follow_up.visit_id)
    assert side_box(app).value is None
    app.button(key="analyse_all").click().run()
    assert analysed(store, other).options["side"] == "right"
    assert analysed(store, follow_up).options["side"] == "left"


def test_upload_presets_it_and_lets_the_movement_decide(open_app, store, follow_up):
    store.reopen_recording(follow_up.id)
    app = open_app("upload", visit=follow_up.visit_id)
    assert side_box(app).value is LEFT
    app.button_group(key=answer_key(follow_up.id)).set_value(FITS).run()
    side_box(app).set_value(UNDETERMINED).run()
    app.button(key="save_videos").click().run()
    assert store.recording(follow_up.id).affected_side is UNDETERMINED
    assert app.title[0].value == "Analyse"
    assert side_box(app).value is UNDETERMINED


def test_the_result_says_that_the_side_was_given(open_app, store, follow_up, tmp_path):
    (tmp_path / "given").mkdir()
    exam(0.5, LEFT).write(tmp_path / "given")
    store.add_analysis(follow_up.id, tmp_path / "given", options={"side": "left", "side_from": SideSource.PATIENT})
    app = open_app("analyse", visit=follow_up.visit_id)
    assert "affected side given: patient's left, as in the patient's record" in words(app).replace("\\", "")


def test_compare_offers_the_side_of_the_record_where_the_movement_decided_otherwise(open_app, store, tmp_path):
    course = add_course(store, tmp_path / "course", 0.8, 0.2)
    assert "compare_side_again" not in [button.key for button in open_app("compare", patient=course.patient.id).button]
    healthy = fitting(exam(0.0, None))  # the treated face moves normally
    _, last = add_visit(store, tmp_path / "last", course.patient, date(2026, 9, 1), "a year", healthy)
    assert healthy.result.affected_side is not RIGHT
    app = open_app("compare", patient=course.patient.id)
    assert "The patient's record says" in words(app).replace("\\", "")
    app.button(key="compare_side_again").click().run()
    jobs = store.jobs(patient_id=course.patient.id)
    assert [(job.recording_id, job.options["side"]) for job in jobs] == [(last.id, "right")]
