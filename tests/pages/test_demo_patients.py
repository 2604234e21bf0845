"""The demo patients in the browser: one click starts them, the list shows them, and every other end is told and can be mended."""

import functools
from datetime import timedelta

import pytest

from core.records import JobState, PatientDetails
from core.records.base import now
from core.records.runner import JobRunner
from pages.components import installation as installations
from tests.demo_samples import demo_program
from tests.pages.conftest import labels, words
from tests.record_samples import wait_for

OFFER, COMPLETE = "Add demo patients", "Add the missing demo patients"


def ended(job):
    return not job.state.active


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def errors(app):
    return [error.value.replace("\\", "") for error in app.error]


class TestRealCommand:
    """The command line itself runs as the job; only its patients are small."""

    @pytest.fixture
    def here(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HEMIFACE_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.delenv("HEMIFACE_DATABASE_URL", raising=False)
        runner = functools.partial(JobRunner, program=demo_program(tmp_path, 2))
        monkeypatch.setattr(installations, "JobRunner", runner)
        yield installations.installation()
        installations.close_installation()

    def test_one_click_makes_patients_that_are_in_the_list(self, open_app, here, store):
        app = press(open_app(), OFFER)
        app.run()  # what the press drew before it began anew is left in the picture of the test
        assert "Cancel" in labels(app)
        assert OFFER not in labels(app)
        [job] = store.jobs(kind="demo")
        seen = []

        def watch(newest):
            seen.append(here.runner.job(job.id))  # what the page shows
            return ended(newest)

        done = wait_for(store, job, watch)
        assert (done.state, done.error) == (JobState.DONE, "")
        assert any(one.frames_total == 2 * 2 * 14 and one.stage.endswith("of 2 visits ready") for one in seen)
        app.run()
        shown = words(app)
        assert "Simulated: test DEMO" in shown.replace("\\", "")
        assert "2 visits" in shown
        assert not {OFFER, COMPLETE, "Cancel"} & set(labels(app))
        app = press(app, "Open")
        assert "Simulated patient" in words(app)
        assert store.count_patients(simulated=True) == 1

    def test_a_problem_is_told_in_one_sentence_and_can_be_tried_again(self, open_app, store):
        """The data folder breaks under the running app: the command finds a file where it needs a folder."""
        (store.files.root / "demo.lock").mkdir()
        app = press(open_app(), OFFER)
        failed = wait_for(store, store.jobs(kind="demo")[0], ended)
        assert failed.state is JobState.FAILED
        app.run()
        assert errors(app) == ["The demo patients could not be made. The data folder cannot be written."]
        assert "Check that it exists" in words(app)
        assert OFFER in labels(app)


@pytest.mark.parametrize("job_mode", ["hang"])
def test_the_making_can_be_cancelled_and_is_offered_again(open_app, here, store):
    app = press(open_app(), OFFER)
    [job] = store.jobs(kind="demo")
    wait_for(store, job, lambda _: here.runner.job(job.id).frames_done == 30)
    again = open_app()  # a reload is a new session
    assert "30 of 120 frames" in str([element.proto for element in again.get("progress")])
    press(again, "Cancel")
    assert wait_for(store, job, ended).state is JobState.CANCELLED
    app.run()
    assert OFFER in labels(app)
    assert errors(app) == []


@pytest.mark.parametrize("job_mode", ["abort", "traceback"])
def test_a_crash_is_told_without_advice_about_videos(open_app, store):
    app = press(open_app(), OFFER)
    wait_for(store, store.jobs(kind="demo")[0], ended)
    app.run()
    assert errors(app) == ["The demo patients could not be made. The work stopped unexpectedly."]
    assert "Secret" not in words(app)
    assert "video" not in store.jobs(kind="demo")[0].hint


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.INTERRUPTED, JobState.CANCELLED])
def test_patients_that_are_missing_after_an_early_end_are_offered(open_app, store, state):
    """A run that ended early keeps the patients that were complete."""
    store.create_patient(PatientDetails("Simulated: one", simulated=True))
    job = store.create_job("demo")
    store.finish_job(job.id, state, error="Something happened.")
    app = open_app()
    assert COMPLETE in labels(app)
    told = [] if state is JobState.CANCELLED else ["The demo patients could not be made. Something happened."]
    assert errors(app) == told
    press(app, COMPLETE)
    assert wait_for(store, store.jobs(kind="demo")[0], ended).state is JobState.DONE
    app.run()
    assert COMPLETE not in labels(app)
    assert errors(app) == []


def test_patients_that_the_user_deleted_are_not_offered_again_and_again(open_app, store):
    store.create_patient(PatientDetails("Simulated: one", simulated=True))
    store.finish_job(store.create_job("demo").id, JobState.DONE)
    assert not {OFFER, COMPLETE} & set(labels(open_app()))


def test_an_old_failure_is_not_shown_for_ever(open_app, store, monkeypatch):
    monkeypatch.setattr("core.records.jobs.now", lambda: now() - timedelta(days=2))
    store.finish_job(store.create_job("demo").id, JobState.FAILED, error="Something happened.")
    app = open_app()
    assert errors(app) == []
    assert OFFER in labels(app)
