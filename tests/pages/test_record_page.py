"""The page Record as users meet it: what is asked for, recordings that broke off, and whether every movement can be measured."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.exam.check import MovementCheck
from core.exam.guide import Cue, CueOutcome, GuidedProtocol, exam_plan, repeat_plan
from core.exam.protocol import CORE_PROTOCOL
from core.exam.protocol import Expression as E
from core.records import CaptureState, JobState
from core.records.base import now
from core.records.runner import CHECK_NAME
from core.records.tables import CaptureRow
from core.video.limits import VideoLimits
from pages.components import recorder, streamlit_runtime
from pages.components.movement_checks import read_checks
from tests.pages.conftest import labels, words
from tests.record_samples import wait_for, write_fragments

PLAN = exam_plan(GuidedProtocol.QUICK)
CUES = (
    Cue(expression=E.REST, start_s=0, end_s=0.8),
    Cue(expression=E.EEE, start_s=0.8, end_s=1.6),
    Cue(expression=E.PUCKER, start_s=1.6, end_s=2.4),
)


@pytest.fixture
def camera(monkeypatch):
    """Stands for the browser: notes what the recorder was asked for, and says which recording it has finished."""
    said = {"asked": [], "finished": None}

    def stand_in(plan, **options):
        said["asked"].append({"plan": plan, **options})
        return said["finished"]

    monkeypatch.setattr(recorder, "recorder", stand_in)
    return said


@pytest.fixture(scope="session")
def fragments(tmp_path_factory):
    return write_fragments(tmp_path_factory.mktemp("video") / "video.mp4").read_bytes()


@pytest.fixture
def begun(store, visit, fragments):
    """Makes a recording of which one part has arrived, so many seconds ago."""

    def make(age_s=0.0, *, cues=(), data=fragments, visit_id=visit.id):
        capture = store.begin_capture(visit.patient_id, PLAN, "video/mp4", visit_id=visit_id)
        if data:
            store.append_part(capture.id, 0, data, VideoLimits())
        store.save_cues(capture.id, cues)
        with store.database.write() as session:
            then = now() - timedelta(seconds=age_s)
            session.execute(update(CaptureRow).where(CaptureRow.id == capture.id).values(updated_at=then))
        return capture.id

    return make


@pytest.fixture
def recorded(store, begun, camera):
    """Makes a recording that the browser has just finished, and that was checked with these results."""

    def make(checks=None, cues=CUES):
        capture_id = begun()
        store.finish_capture(capture_id, parts=1, cues=cues)
        recording = store.keep_capture(capture_id, VideoLimits())
        if checks is not None:
            content = json.dumps([check.as_json() for check in checks]).encode()
            store.keep_derived(recording, CHECK_NAME, content)
        camera["finished"] = capture_id
        return recording

    return make


def check(expression, message="", *, ok=True, code="x", repetition=1):
    return MovementCheck(expression, repetition, 0.8, 1.6, ok, code if message else "", message)


def ended(job):
    return not job.state.active


# ------------------------------------------------------------------------------------------------------ what is asked for


def test_without_a_visit_the_page_says_what_to_do(open_app, camera):
    app = open_app("record")
    assert app.title[0].value == "Record"
    assert "No visit is open" in words(app)
    assert camera["asked"] == []


def test_the_core_protocol_is_asked_for_unless_somebody_chooses(open_app, here, camera, patient, visit):
    app = open_app("record", visit=visit.id)
    assert "Test Patient" in words(app)
    assert "8 movements and the face at rest, about 3:44 minutes" in words(app)
    [asked] = camera["asked"]
    assert asked["plan"] == exam_plan(GuidedProtocol.CORE)
    assert [step.expression for step in asked["practice"].steps] == [E.EEE]
    grant = here.capture_grants.find(asked["token"])
    assert (grant.patient_id, grant.visit_id, grant.invitation_id, grant.plan) == (
        patient.id, visit.id, None, asked["plan"],
    )  # fmt: skip


def test_protocol_and_repetitions_can_be_chosen(open_app, camera, visit):
    app = open_app("record", visit=visit.id)
    app.selectbox(key="record_protocol").set_value(GuidedProtocol.QUICK).run()
    assert app.number_input[0].value == 1
    assert "4 movements and the face at rest, about 0:40 minutes" in words(app)
    app.number_input[0].set_value(5).run()
    assert camera["asked"][-1]["plan"] == exam_plan(GuidedProtocol.QUICK, repetitions=5)
    app.selectbox(key="record_protocol").set_value(GuidedProtocol.SUNNYBROOK).run()
    assert camera["asked"][-1]["plan"] == exam_plan(GuidedProtocol.SUNNYBROOK)
    assert len({asked["token"] for asked in camera["asked"]}) == 4, "a token is worth one plan"
    assert len({asked["key"] for asked in camera["asked"]}) == 1, "the camera stays open"


def test_an_own_order_begins_empty_and_is_kept(open_app, camera, visit):
    app = open_app("record", visit=visit.id)
    app.selectbox(key="record_protocol").set_value(GuidedProtocol.CUSTOM).run()
    assert len(camera["asked"]) == 1
    assert "Choose the movements that you want to record" in words(app)
    app.multiselect(key="record_order").set_value([E.PUCKER, E.FROWN]).run()
    assert camera["asked"][-1]["plan"].expressions == [E.REST, E.PUCKER, E.FROWN]
    assert E.REST.label not in app.multiselect(key="record_order").options


def test_too_long_an_order_is_told_in_words(open_app, camera, visit):
    app = open_app("record", visit=visit.id)
    app.selectbox(key="record_protocol").set_value(GuidedProtocol.CUSTOM).run()
    app.multiselect(key="record_order").set_value([e for e in E if e is not E.REST]).run()
    app.number_input[0].set_value(5).run()
    assert "66 movements in one recording" in words(app)
    assert "fewer repetitions" in words(app)
    assert camera["asked"][-1]["plan"].steps[-1].repetitions == 3


# --------------------------------------------------------------------------------------------------------- it broke off


def test_a_recording_that_broke_off_is_offered_and_kept_as_far_as_it_goes(open_app, store, camera, visit, begun):
    cut = Cue(expression=E.SNARL, start_s=2.4, end_s=2.6, outcome=CueOutcome.CUT)
    capture_id = begun(30, cues=(*CUES, cut))
    app = open_app("record", visit=visit.id)
    assert "broke off" in words(app)
    assert "2 movements of 4 are complete" in words(app)
    assert f"Not complete: {E.SNARL.label}" in words(app)
    assert camera["asked"], "a new recording can be made all the same"
    app.button(key=f"keep_{capture_id}").click().run()
    assert not app.exception
    [recording] = store.recordings(visit.id)
    assert recording.facts["complete"] is False
    assert [s.expression for s in store.segments(recording.id).segments] == [E.REST, E.EEE, E.PUCKER]
    assert "The recording is saved" in words(app)
    assert "broke off" not in words(app)
    assert {job.kind for job in store.jobs(recording_id=recording.id)} == {"analyse", "check"}


def test_one_that_is_not_wanted_is_erased(open_app, store, camera, visit, begun):
    capture_id = begun(30)
    app = open_app("record", visit=visit.id)
    app.button(key=f"discard_{capture_id}").click().run()
    assert "broke off" not in words(app)
    assert store.captures() == []
    assert not list(store.files.captures.iterdir())
    assert camera["asked"]


@pytest.mark.usefixtures("camera")
def test_nothing_is_offered_of_a_recording_under_way_or_of_another_visit(open_app, store, patient, visit, begun):
    other = store.create_visit(patient.id, visit.day)
    waiting = [begun(0), begun(3600, visit_id=other.id), begun(3600, visit_id=None)]
    assert "broke off" not in words(open_app("record", visit=visit.id))
    assert {capture.id for capture in store.captures()} == set(waiting)


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize(("connected", "age_s", "offered"), [(True, 10, False), (True, 30, True), (False, 10, True)])
def test_a_page_that_is_still_open_is_waited_for(
    open_app, here, patient, visit, begun, monkeypatch, connected, age_s, offered
):
    """A connection that is slow for a moment is no recording that broke off; a tab that was closed is one at once."""
    monkeypatch.setattr(streamlit_runtime, "session_is_connected", lambda session: connected and session == "other tab")
    grants = here.capture_grants
    token = grants.grant("other tab", patient_id=patient.id, visit_id=visit.id, plan=PLAN)
    grants.add_capture(grants.find(token), begun(age_s))
    assert ("broke off" in words(open_app("record", visit=visit.id))) == offered


@pytest.mark.usefixtures("camera")
def test_one_of_which_nothing_has_arrived_goes_without_a_word(open_app, store, visit, begun):
    begun(30, data=b"")
    assert "broke off" not in words(open_app("record", visit=visit.id))
    assert store.captures() == []


@pytest.mark.usefixtures("camera")
def test_one_that_cannot_be_read_is_told_and_can_still_be_deleted(open_app, store, visit, begun):
    capture_id = begun(30, data=b"\x00\x00\x00\x18ftypmp42" + bytes(500))
    app = open_app("record", visit=visit.id)
    app.button(key=f"keep_{capture_id}").click().run()
    assert "cannot be read" in words(app)
    assert store.capture(capture_id).state is CaptureState.RECORDING
    app.run()
    app.button(key=f"discard_{capture_id}").click().run()
    assert store.captures() == []


@pytest.mark.usefixtures("camera")
def test_what_was_finished_but_never_became_a_recording_is_offered_again(open_app, store, visit, begun):
    """The program ended between the two steps."""
    capture_id = begun()
    store.finish_capture(capture_id, parts=1, cues=CUES)
    with store.database.write() as session:
        session.execute(update(CaptureRow).values(updated_at=now() - timedelta(minutes=5)))
    app = open_app("record", visit=visit.id)
    app.button(key=f"keep_{capture_id}").click().run()
    assert store.recordings(visit.id)[0].facts["complete"] is True
    assert not app.exception


# ------------------------------------------------------------------------------------------------------------ the result


def test_a_good_recording_says_so_and_is_analysed(open_app, store, visit, recorded):
    recording = recorded([check(E.REST), check(E.EEE), check(E.PUCKER), check(E.PUCKER, repetition=2)])
    app = open_app("record", visit=visit.id)
    shown = words(app)
    assert "The recording is saved, and its analysis has begun" in shown
    assert f"**{E.EEE.label}**" in shown
    assert f"**{E.PUCKER.label}** · 2 of 2 good" in shown
    assert "cannot be measured" not in shown
    assert not [label for label in labels(app) if label.startswith("Repeat")]
    [job] = store.jobs(recording_id=recording.id, kind="analyse")
    assert wait_for(store, job, ended).state is JobState.DONE
    app.button(key="record_next").click().run()
    assert app.title[0].value == "Analyse"


def test_what_could_be_better_is_told_once(open_app, visit, recorded):
    dark = "The face was very dark."
    recorded([check(E.EEE, dark), check(E.PUCKER, dark)])
    shown = words(open_app("record", visit=visit.id))
    assert shown.count("The face was very dark") == 1
    assert "Could be better" in shown
    assert "cannot be measured" not in shown


def test_a_movement_without_a_good_performance_is_asked_for_again(open_app, store, camera, visit, recorded):
    lost = "The face left the picture."
    recording = recorded(
        [
            check(E.REST), check(E.EEE, lost, ok=False), check(E.EEE, lost, ok=False, repetition=2),
            check(E.PUCKER, lost, ok=False), check(E.PUCKER, repetition=2),
        ]
    )  # fmt: skip
    app = open_app("record", visit=visit.id)
    shown = words(app)
    assert f"**{E.EEE.label}** · 0 of 2 good" in shown
    assert f"**{E.PUCKER.label}** · 1 of 2 good" in shown
    assert f"**{E.EEE.label}** cannot be measured from this recording" in shown
    assert "Repeat just this one" in labels(app)
    asked_before = len(camera["asked"])
    app.button(key="record_repeat_button").click().run()
    assert not app.exception
    assert camera["asked"][asked_before]["plan"] == repeat_plan([E.EEE])
    assert camera["asked"][asked_before]["key"] != camera["asked"][0]["key"]
    assert f"A short recording of: **{E.EEE.label}**" in words(app)
    assert store.recordings(visit.id) == [recording], "the first one stays; the repetition is added to it"
    app.button(key="record_whole").click().run()
    assert camera["asked"][-1]["plan"].expressions == list(CORE_PROTOCOL)


def test_after_the_repetition_its_own_result_is_shown(open_app, store, camera, visit, recorded):
    recorded([check(E.EEE, "The face left the picture.", ok=False)])
    app = open_app("record", visit=visit.id)
    app.button(key="record_repeat_button").click().run()
    second = recorded([check(E.EEE)])
    app.run()
    assert "The recording is saved" in words(app)
    assert "cannot be measured" not in words(app)
    assert [job.kind for job in store.jobs(recording_id=second.id)] == ["analyse"]
    app.button(key="record_again").click().run()
    assert camera["asked"][-1]["plan"].expressions == list(CORE_PROTOCOL), "the whole examination, not the repetition"


def test_a_finished_recording_is_taken_over_once(open_app, store, camera, visit, recorded):
    """The component tells the same id in every later run of the page."""
    recording = recorded([check(E.EEE)])
    app = open_app("record", visit=visit.id)
    app.button(key="record_again").click().run()
    assert "The recording is saved" not in words(app)
    assert len(store.jobs(recording_id=recording.id, kind="analyse")) == 1
    assert not app.exception
    assert camera["asked"][-1]["key"] != camera["asked"][0]["key"], "a new recorder"


@pytest.mark.parametrize("job_mode", ["check: hang"])
def test_a_check_that_is_under_way_is_waited_for(open_app, here, store, visit, recorded):
    recording = recorded()
    job = here.runner.start_check(recording.id)
    wait_for(store, job, lambda _: here.runner.job(job.id).frames_done == 30)
    app = open_app("record", visit=visit.id)
    [bar] = app.get("progress")
    assert "Looking at every movement" in str(bar.proto)
    assert bar.proto.value == 25
    assert not app.warning
    assert "Watch the analysis" in labels(app), "nobody has to wait for it"


@pytest.mark.parametrize("job_mode", ["check: refuse"])
def test_a_check_that_failed_is_told_and_can_be_made_again(open_app, here, store, visit, recorded):
    recording = recorded()
    wait_for(store, here.runner.start_check(recording.id), ended)
    app = open_app("record", visit=visit.id)
    assert "could not be checked" in app.warning[0].value
    assert "No face was found" in app.warning[0].value
    app.button(key="record_check_again").click().run()
    assert len(store.jobs(recording_id=recording.id, kind="check")) == 2


def test_a_check_that_ends_while_the_page_is_open_is_shown(open_app, here, store, visit, recorded):
    recording = recorded()
    app = open_app("record", visit=visit.id)
    assert app.get("progress")
    wait_for(store, here.runner.start_check(recording.id), ended)
    app.run()
    assert not app.get("progress")
    assert f"**{E.EEE.label}**" in words(app)


@pytest.mark.parametrize("cues", [(), CUES[:1]], ids=["nothing", "rest only"])
def test_a_recording_in_which_no_movement_was_performed(open_app, here, store, visit, recorded, cues):
    """It was stopped in the first movement, or everything was skipped."""
    recording = recorded(cues=cues)
    assert wait_for(store, here.runner.start_check(recording.id), ended).state is JobState.DONE
    app = open_app("record", visit=visit.id)
    assert "No movement was recorded to its end" in words(app)
    assert ("looks for movements by itself" in words(app)) == (not cues)
    assert "could not be checked" not in words(app)


def test_a_recording_that_was_deleted_meanwhile_gives_way_to_the_recorder(open_app, store, camera, visit, recorded):
    recording = recorded([check(E.EEE)])
    app = open_app("record", visit=visit.id)
    store.delete_recording(recording.id)
    app.run()
    assert not app.exception
    assert not app.error
    assert camera["asked"][-1]["plan"].expressions == list(CORE_PROTOCOL)


def test_an_id_that_no_recording_has_is_no_crash(open_app, camera, visit):
    camera["finished"] = "0" * 32
    app = open_app("record", visit=visit.id)
    assert "not in the records" in words(app)
    app.run()
    assert "not in the records" not in words(app)


def test_a_check_file_that_cannot_be_read_is_none(store, recorded):
    recording = recorded()
    for content in (
        b"",
        b"{",
        b"7",
        b"null",
        b'["x"]',
        b'[{"expression": "wink"}]',
        b'[{"expression": "eee", "a": 1}]',
        b"\xff",
    ):
        store.keep_derived(recording, CHECK_NAME, content)
        assert read_checks(recording) is None, content
