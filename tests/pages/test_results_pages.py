"""Review and Severity as users meet them: results with their units and reasons, corrections that grade again, empty states."""

import pytest
import streamlit as st

from core.exam.protocol import Expression as E
from core.exam.segments import SegmentSource
from core.records import PatientDetails, RecordingKind
from core.words import AffectedSide, Branch
from pages.components.regrading import regrade
from tests.exam_samples import short_exam, still_exam, synkinetic_exam
from tests.pages.conftest import labels, words
from tests.record_samples import wait_for

PLAYER = "bidi_component"


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every app under test counts as the same session, whose caches outlive a test."""
    st.cache_resource.clear()


def kept(store, recording, exam, folder):
    folder.mkdir()
    exam.write(folder)
    return store.add_analysis(recording.id, folder, segments_version=None)


@pytest.fixture
def recording(store, visit, clip):
    return store.add_recording(visit.id, clip, "clip.mp4", facts={"codec": "h264", "duration_s": 1.5})


@pytest.fixture
def analysis(store, recording, tmp_path):
    return kept(store, recording, synkinetic_exam(), tmp_path / "exam")


def hidden_words(app):
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def button(app, label):
    return next(button for button in app.button if button.label.startswith(label))


@pytest.mark.parametrize("page", ["review", "severity"])
def test_without_an_analysis_the_next_step_is_offered(open_app, visit, page):
    app = open_app(page, visit=visit.id)
    assert app.title[0].value == page.capitalize()
    assert "Upload a video" in labels(app)


@pytest.mark.usefixtures("analysis")
def test_severity_shows_every_part(open_app, visit):
    app = open_app("severity", visit=visit.id)
    shown = words(app)
    headings = [heading.value for heading in app.subheader]
    for part in (
        "Weakness",
        "Synkinesis",
        "Branches",
        "Movements",
        "Clinical scales, estimated",
        "Blinks at rest",
        "Files",
    ):
        assert part in headings
    assert "Patient's right" in headings
    assert len(app.get("plotly_chart")) == 9
    assert "Oral-ocular (smile)" in shown
    assert "the eye narrows by" in shown
    assert "decided from the movement" in shown
    assert "Not assessable, weakness cervical: " in shown
    for scale in ("Sunnybrook", "House-Brackmann", "eFACE-style", "FNGS 2.0"):
        assert f"{scale} (estimate)" in [tab.label for tab in app.tabs]
    assert "tracker synthetic" in shown
    assert not app.error


@pytest.mark.usefixtures("analysis")
def test_charts_carry_their_words(open_app, visit):
    told = hidden_words(open_app("severity", visit=visit.id))
    for start in (
        "Face map of weakness",
        "Face map of synkinesis",
        "Weakness of each branch",
        "Synkinesis, patient&#x27;s right",
    ):
        assert start in told


@pytest.mark.usefixtures("analysis")
def test_evidence_of_a_branch_is_one_click_away(open_app, visit):
    app = open_app("severity", visit=visit.id)
    button(app, Branch.BUCCAL.label).click().run()
    shown = words(app)
    assert "Buccal branch: cheek, nose and upper lip" in shown
    assert "confidence high" in shown
    rows = next(frame.value for frame in app.dataframe if "Function" in frame.value and "Weight" in frame.value)
    smile = rows[rows["Movement"] == E.SMILE_OPEN.label].iloc[0]
    assert (smile["Measured"], smile["Reference"], smile["Used"]) == ("4.0 mm", "10 mm", "yes")


@pytest.mark.usefixtures("analysis")
def test_another_movement_can_be_chosen(open_app, visit):
    app = open_app("severity", visit=visit.id)
    choice = next(box for box in app.selectbox if box.label == "Left against right during")
    choice.set_value(E.BROW_RAISE).run()
    assert not app.exception
    assert "Raise the brows, brow height above the canthi" in hidden_words(app)


def test_nothing_moved_is_said_and_leads_to_the_review(open_app, store, visit, recording, tmp_path):
    kept(store, recording, still_exam(), tmp_path / "still")
    app = open_app("severity", visit=visit.id)
    assert "No movement was found" in words(app)
    assert not app.get("plotly_chart")
    button(app, "Mark expressions").click().run()
    assert app.title[0].value == "Review"
    assert "No facial movement was found" in words(app)


@pytest.mark.parametrize("page", ["review", "severity"])
def test_simulated_patients_have_the_ribbon(open_app, store, clip, tmp_path, page):
    phantom = store.create_patient(PatientDetails("Phantom", simulated=True))
    visit = store.create_visit(phantom.id, phantom.created_at.date())
    recording = store.add_recording(visit.id, clip, "clip.mp4", facts={"codec": "h264"})
    kept(store, recording, synkinetic_exam(), tmp_path / "exam")
    assert "Simulated patient" in words(open_app(page, visit=visit.id))


@pytest.mark.parametrize("page", ["review", "severity"])
def test_a_changed_result_is_refused_in_a_sentence(open_app, store, analysis, visit, page):
    path = store.analysis_file(analysis, "result.json")
    path.write_text(path.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")
    assert "was changed outside Hemiface" in words(open_app(page, visit=visit.id))


@pytest.mark.usefixtures("analysis")
@pytest.mark.parametrize("page", ["review", "severity"])
def test_no_word_of_diagnosis(open_app, visit, page):
    app = open_app(page, visit=visit.id)
    own = words(app).lower().replace("not a diagnosis", "")
    assert "diagnos" not in own


@pytest.mark.usefixtures("analysis")
def test_review_shows_player_curves_and_segments(open_app, visit):
    app = open_app("review", visit=visit.id)
    assert len(app.get(PLAYER)) == 1
    assert len(app.get("plotly_chart")) == 1
    assert "Brow height above the canthi over time" in hidden_words(app)
    assert "Tracked without mirror averaging" in words(app)
    assert "Pause the video" in words(app)
    assert button(app, "Save and grade again").disabled


@pytest.mark.usefixtures("analysis")
def test_another_measure_can_be_chosen(open_app, visit):
    app = open_app("review", visit=visit.id)
    app.selectbox(key="review_measure").set_value("chin_deviation").run()
    assert "Chin deviation over time: midline" in hidden_words(app)


def test_time_of_the_video_goes_into_the_table_and_saving_grades_again(open_app, store, visit, recording, tmp_path):
    first = kept(store, recording, short_exam(), tmp_path / "short")
    app = open_app("review", visit=visit.id)
    app.session_state[f"player_{first.id}"] = {"time_s": 4.2}
    app.run()
    assert "Starts at 4.20 s" in labels(app)
    button(app, "Starts at 4.20 s").click().run()
    save = button(app, "Save and grade again")
    assert not save.disabled
    save.click().run()
    assert "Graded again with 2 segments" in words(app)
    newest = store.latest_analysis(recording.id)
    assert newest.id != first.id
    segments = store.segments(recording.id)
    assert (segments.version, newest.segments_version) == (1, 1)
    brow = segments.segments[0]
    assert (brow.expression, brow.start_s, brow.source) == (E.BROW_RAISE, 4.2, SegmentSource.CLINICIAN)
    assert store.load_result(newest).segments[0].start_s == 4.2
    assert store.load_result(first).segments[0].start_s == 3.0  # the old analysis stays
    versions = next(frame.value for frame in app.dataframe if "Movement" in frame.value)
    automatic, corrected = versions.columns[1:]
    assert corrected.startswith(f"1: {segments.who}, ")
    before, after = (versions[column][0] for column in (automatic, corrected))
    assert before.startswith("3.00 to ")
    assert after.startswith("4.20 to ")
    assert list(versions[automatic][1:]) == list(versions[corrected][1:])


def test_a_new_segment_at_the_time_of_the_video_is_refused_where_one_is(open_app, store, visit, recording, tmp_path):
    first = kept(store, recording, short_exam(), tmp_path / "short")
    app = open_app("review", visit=visit.id)
    app.session_state[f"player_{first.id}"] = {"time_s": 4.2}
    app.run()
    button(app, "New at 4.20 s").click().run()
    button(app, "Save and grade again").click().run()
    assert "Two segments overlap" in words(app)
    assert store.segments(recording.id) is None
    button(app, "Undo changes").click().run()
    assert button(app, "Save and grade again").disabled


@pytest.mark.usefixtures("analysis")
def test_after_a_change_of_sides_segments_are_locked(open_app, store, visit, recording):
    store.update_recording(
        recording.id,
        kind=RecordingKind.EXAM,
        expression=None,
        mirrored=True,
        affected_side=AffectedSide.UNDETERMINED,
        confirmed=True,
    )
    app = open_app("review", visit=visit.id)
    assert "Right and left of this video were changed" in words(app)
    assert "Analyse again" in labels(app)
    assert not [label for label in labels(app) if label.startswith("Save")]


def test_grading_again_keeps_side_scale_and_how_it_was_tracked(store, recording, tmp_path):
    first = kept(store, recording, short_exam(), tmp_path / "short")
    given = store.update_recording(
        recording.id,
        kind=RecordingKind.EXAM,
        expression=None,
        mirrored=False,
        affected_side=AffectedSide.LEFT,
        confirmed=True,
    )
    made = regrade(given, first, short_exam().result.segments[:1])
    result = store.load_result(made)
    assert (result.affected_side, result.affected_side_source) == (AffectedSide.LEFT, "clinician")
    assert [segment.expression for segment in result.segments] == [E.BROW_RAISE]
    assert result.scale == short_exam().result.scale
    assert result.tracker == short_exam().result.tracker
    assert made.options["graded_again_from"] == first.id
    assert made.hashes["track.npz"]


def test_finding_movements_anew_proposes_segments(open_app, store, visit, recording, tmp_path):
    kept(store, recording, short_exam(), tmp_path / "short")
    app = open_app("review", visit=visit.id)
    button(app, "Find movements anew").click().run()
    newest = store.load_result(store.latest_analysis(recording.id))
    assert {segment.source for segment in newest.segments} == {SegmentSource.PROPOSED}
    assert store.segments(recording.id).segments == []


def test_a_video_that_browsers_cannot_play_is_waited_for_with_the_rest_of_the_page(
    open_app, store, visit, clip, tmp_path
):
    recording = store.add_recording(visit.id, clip, "clip.mp4", facts={"codec": "hevc"})
    kept(store, recording, short_exam(), tmp_path / "short")
    app = open_app("review", visit=visit.id)
    assert "Preparing the video for the browser" in str([element.proto for element in app.get("progress")])
    assert len(app.get("plotly_chart")) == 1
    [job] = store.jobs(recording_id=recording.id, kind="convert")
    wait_for(store, job, lambda job: not job.state.active)
    app.run()
    assert len(app.get(PLAYER)) == 1


@pytest.mark.usefixtures("analysis")
def test_review_and_severity_lead_to_each_other(open_app, visit):
    app = open_app("review", visit=visit.id)
    button(app, "Show severity").click().run()
    assert app.title[0].value == "Severity"
    button(app, "Review the video").click().run()
    assert app.title[0].value == "Review"
