"""Pages as users meet them: empty, filled, with wrong input, and when something breaks."""

import pytest

from core.records import JobState, PatientDetails, RecordingKind
from core.words import AffectedSide
from pages.components.orientation import FITS, MIRRORED, answer_key
from tests.pages.conftest import labels, words
from tests.record_samples import wait_for, write_clip


def ended(job):
    return not job.state.active


def submit(app, opener, label):
    """Press a dialog's button. Without a browser every run is a full one, so the dialog is opened once more in the same run."""
    button(app, opener).click()
    button(app, label).click()
    return app.run()


def button(app, label):
    return next(button for button in app.button if button.label == label)


def test_no_patients_yet_says_what_to_do(open_app):
    app = open_app()
    assert "No patients yet" in words(app)
    assert {"New patient", "Add demo patients"} <= set(labels(app))


@pytest.mark.parametrize("page", ["upload", "analyse"])
def test_pages_of_a_visit_say_what_to_do_without_one(open_app, page):
    app = open_app(page)
    assert "No visit is open" in words(app)
    button(app, "Choose a patient").click().run()
    assert "No patients yet" in words(app)
    assert not app.exception


def test_a_patient_is_created_and_opened(open_app, store):
    app = open_app()
    app.button(key="new_patient").click().run()
    app.text_input(key="patient_name").set_value("Anna [l](http://x.y) <b>")
    app.text_input(key="patient_number").set_value("47-11")
    app.selectbox(key="patient_side").set_value(AffectedSide.LEFT)
    submit(app, "New patient", "Create patient")
    made = store.patients().rows[0].patient
    assert (made.name, made.details.affected_side) == ("Anna [l](http://x.y) <b>", AffectedSide.LEFT)
    assert app.query_params["patient"] == [made.id]
    assert "No visit yet" in words(app)
    assert "[l](http" not in words(app)  # a user's text is never markdown
    assert "<b>" not in words(app)


def test_a_patient_without_a_name_is_refused_in_the_dialog(open_app, store):
    app = open_app()
    app.button(key="new_patient").click().run()
    submit(app, "New patient", "Create patient")
    assert [error.value for error in app.error] == ["A patient needs a name or a pseudonym\\."]
    assert store.count_patients() == 0


def test_list_searches_and_marks_simulated(open_app, store, patient):
    store.create_patient(PatientDetails("Phantom One", simulated=True))
    app = open_app()
    assert "Test Patient" in words(app)
    assert "Phantom One" in words(app)
    assert any("Simulated" in badge.value for badge in app.markdown)
    app.text_input(key="patient_search").set_value("phantom").run()
    assert "Test Patient" not in words(app)
    app.text_input(key="patient_search").set_value("nobody *at* all").run()
    assert "No patient fits" in words(app)
    app.text_input(key="patient_search").set_value("").run()
    app.button(key=f"open_{patient.id}").click().run()
    assert app.title[0].value == "Test Patient"


def test_simulated_patient_has_the_ribbon_on_every_page(open_app, store):
    phantom = store.create_patient(PatientDetails("Phantom", simulated=True))
    visit = store.create_visit(phantom.id, phantom.created_at.date())
    for page in (None, "upload", "analyse"):
        assert "Simulated patient" in words(open_app(page, visit=visit.id)), page


def test_reload_keeps_the_visit_and_unknown_ids_lead_home(open_app, visit):
    app = open_app(visit=visit.id)
    assert "12 Mar 2026" in app.title[0].value
    assert button(app, "Upload a video")
    app = open_app("upload", visit=visit.id)
    assert "first visit" in words(app)
    app = open_app(visit="0" * 32)
    assert app.title[0].value == "Patients"


def test_visit_is_created_and_leads_to_the_upload(open_app, store, patient):
    app = open_app(patient=patient.id)
    button(app, "New visit").click().run()
    submit(app, "New visit", "Create visit")
    assert app.title[0].value == "Upload"
    assert app.query_params["visit"] == [store.visits(patient.id)[0].visit.id]


def test_patient_is_deleted_only_after_the_question(open_app, store, patient):
    app = open_app(patient=patient.id)
    button(app, "Delete").click().run()
    assert app.button(key="patient_delete_now").disabled
    app.checkbox(key="patient_delete_now_sure").check()
    button(app, "Delete").click().run()
    assert not app.button(key="patient_delete_now").disabled
    assert store.count_patients() == 1
    submit(app, "Delete", "Delete for ever")
    assert store.count_patients() == 0
    assert not app.exception


def upload(app, visit, *files):
    uploader = app.file_uploader(key=f"upload_{visit.id}_0")
    for name, content in files:
        uploader.upload(name, content, "video/mp4")
    return app.run()


def test_upload_keeps_the_good_and_refuses_the_bad_in_words(open_app, store, visit, clip):
    app = upload(open_app("upload", visit=visit.id), visit, ("a.mp4", clip.read_bytes()), ("b*.mp4", b"not a video"))
    [waiting] = store.recordings(visit.id, confirmed=False)
    assert waiting.original_name == "a.mp4"
    assert len(app.warning) == 1
    assert "was not added" in app.warning[0].value
    assert app.button(key="save_videos").disabled
    assert "1 video still to be checked" in words(app)


def test_orientation_must_be_answered_and_is_kept(open_app, store, visit, clip):
    app = upload(open_app("upload", visit=visit.id), visit, ("exam.mp4", clip.read_bytes()))
    [waiting] = store.recordings(visit.id)
    assert app.button(key="save_videos").disabled
    app.button_group(key=answer_key(waiting.id)).set_value(MIRRORED).run()
    assert "Flipped" in words(app)
    assert "scaleX(-1)" in "".join(element.proto.body for element in app.get("html"))
    app.selectbox(key="upload_side").set_value(AffectedSide.RIGHT).run()
    app.button(key="save_videos").click().run()
    [saved] = store.recordings(visit.id)
    assert (saved.confirmed, saved.mirrored, saved.affected_side) == (True, True, AffectedSide.RIGHT)
    assert (saved.kind, store.segments(saved.id)) == (RecordingKind.EXAM, None)
    assert app.title[0].value == "Analyse"


def test_clips_of_one_expression_get_their_segments(open_app, store, visit, clip, tmp_path):
    other = write_clip(tmp_path / "other.mp4", seconds=2.0)
    files = [("smile_open.mp4", clip.read_bytes()), ("brow_raise.mp4", other.read_bytes())]
    app = upload(open_app("upload", visit=visit.id), visit, *files)
    first, second = store.recordings(visit.id)
    app.button_group(key=answer_key(first.id)).set_value(FITS).run()
    app.button(key="same_answer").click().run()
    assert "Each clip is measured by itself" in words(app)
    app.button(key="save_videos").click().run()
    assert [store.recording(r.id).title for r in (first, second)] == ["Big smile with teeth", "Raise the brows"]
    assert store.segments(first.id).segments[-1].end_s == pytest.approx(first.duration_s)
    # as a whole examination again: the segments of the clip must not stay
    store.reopen_recording(first.id)
    app = open_app("upload", visit=visit.id)
    app.selectbox(key=f"shows_{first.id}").set_value("A whole examination").run()
    app.button_group(key=answer_key(first.id)).set_value(FITS).run()
    app.button(key="save_videos").click().run()
    assert store.recording(first.id).kind is RecordingKind.EXAM
    assert store.segments(first.id).segments == []


def test_wrong_segments_file_stops_the_saving(open_app, store, visit, clip):
    app = upload(open_app("upload", visit=visit.id), visit, ("exam.mp4", clip.read_bytes()))
    [waiting] = store.recordings(visit.id)
    app.button_group(key=answer_key(waiting.id)).set_value(FITS).run()
    app.file_uploader(key=f"segments_{waiting.id}").upload("s.json", b"{", "application/json").run()
    assert "cannot be read as JSON" in words(app)
    assert app.button(key="save_videos").disabled


@pytest.fixture
def confirmed(store, visit, clip):
    return store.add_recording(
        visit.id,
        clip,
        "exam.mp4",
        facts={"codec": "h264", "duration_s": 1.5, "packets": 30, "width": 160, "height": 120},
    )


def test_analysis_runs_and_leads_on(open_app, store, visit, confirmed):
    app = open_app("analyse", visit=visit.id)
    button(app, "Analyse 1 video").click().run()
    [job] = store.jobs(recording_id=confirmed.id)
    assert wait_for(store, job, ended).state is JobState.DONE
    app.run()
    assert {"Show severity", "Review", "Severity", "Analyse again"} <= set(labels(app))
    assert "face found in 100" in words(app)
    button(app, "Analyse again").click().run()
    wait_for(store, store.jobs(recording_id=confirmed.id)[0], ended)
    assert len(store.analyses(confirmed.id)) == 2


@pytest.mark.parametrize("job_mode", ["refuse"])
def test_refused_analysis_is_told_with_what_to_try(open_app, store, visit, confirmed):
    app = open_app("analyse", visit=visit.id)
    button(app, "Analyse 1 video").click().run()
    wait_for(store, store.jobs(recording_id=confirmed.id)[0], ended)
    app.run()
    assert "No face was found in the video" in app.error[0].value
    assert "Film the face" in words(app)
    assert "Try again" in labels(app)


@pytest.mark.parametrize("job_mode", ["hang"])
def test_running_analysis_is_found_again_and_can_be_cancelled(open_app, here, store, visit, confirmed):
    app = open_app("analyse", visit=visit.id)
    button(app, "Analyse 1 video").click().run()
    [job] = store.jobs(recording_id=confirmed.id)
    wait_for(store, job, lambda _: here.runner.job(job.id).frames_done == 30)
    again = open_app("analyse", visit=visit.id)  # a reload is a new session
    assert "30 of 120 frames" in str([element.proto for element in again.get("progress")])
    button(again, "Cancel").click().run()
    assert wait_for(store, job, ended).state is JobState.CANCELLED
    again.run()
    assert "was cancelled" in words(again)


def test_lists_tell_the_result_in_a_line(open_app, store, patient, visit, confirmed, sample):
    store.add_analysis(confirmed.id, sample)
    assert "patient's right" in words(open_app(patient=patient.id))
    app = open_app(visit=visit.id)
    assert "patient's right" in words(app)
    assert "Show severity" in labels(app)


def test_unconfirmed_videos_are_sent_back_to_the_check(open_app, store, visit, confirmed):
    store.reopen_recording(confirmed.id)
    app = open_app("analyse", visit=visit.id)
    assert "cannot be analysed before right and left are checked" in words(app)
    assert not [label for label in labels(app) if label.startswith("Analyse")]
    button(app, "Check right and left").click().run()
    assert app.title[0].value == "Upload"


def test_analysis_before_a_change_of_side_is_marked(open_app, store, visit, confirmed, sample):
    store.add_analysis(confirmed.id, sample)
    store.update_recording(
        confirmed.id,
        kind=RecordingKind.EXAM,
        expression=None,
        mirrored=True,
        affected_side=AffectedSide.UNDETERMINED,
        confirmed=True,
    )
    assert "changed after this analysis" in words(open_app("analyse", visit=visit.id))


def test_demo_patients_are_one_click_away(open_app, store):
    app = open_app()
    button(app, "Add demo patients").click().run()
    [job] = store.jobs(kind="demo")
    assert wait_for(store, job, ended).state is JobState.DONE


SECRET = "Anna Geheim 4711"


@pytest.mark.parametrize(
    ("page", "method"), [(None, "count_patients"), ("upload", "recordings"), ("analyse", "latest_analyses")]
)
def test_no_page_shows_a_trace_or_what_an_exception_says(open_app, here, visit, monkeypatch, page, method):
    def broken(*_args, **_more):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(type(here.store), method, broken)
    app = open_app(page, **({} if page is None else {"visit": visit.id}))
    shown = words(app)
    assert "Something went wrong (error " in shown
    assert SECRET not in shown
    assert "Traceback" not in shown
    log = (here.store.files.root / "logs" / "hemiface.log").read_text(encoding="utf-8")
    assert "RuntimeError" in log
    assert SECRET not in log


def test_a_store_that_cannot_be_opened_is_told_in_words(monkeypatch, tmp_path, open_app):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "file" / "data"))
    assert "data folder cannot be written" in words(open_app())
