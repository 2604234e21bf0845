"""The job runner: work in child processes that may refuse, crash, hang or be cancelled without harm to the server."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import HemifaceError
from core.exam.check import MovementCheck
from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.records import JobState, RecordingKind
from core.records.runner import CHECK_NAME, AnalysisOptions, JobRunner
from core.words import AffectedSide
from tests.record_samples import stand_in, wait_for, write_clip


@pytest.fixture
def run(store, tmp_path, sample):
    """Makes runners whose program ends as the mode says, and closes them."""
    opened = []

    def make(mode, **more):
        opened.append(JobRunner(store, program=stand_in(tmp_path, mode, sample), **more))
        return opened[-1]

    yield make
    for runner in opened:
        runner.close()


def ended(job):
    return not job.state.active


def test_success_keeps_the_analysis(store, recording, run, sample):
    runner = run("done")
    done = wait_for(store, runner.start_analysis(recording.id), ended)
    assert done.state is JobState.DONE
    assert store.latest_analysis(recording.id).id == done.analysis_id
    assert done.started_at <= done.finished_at
    runner.close()  # its folder is removed after the job has ended
    assert not list(store.files.jobs.iterdir())
    command = json.loads((sample.parent / "command.json").read_text(encoding="utf-8"))
    assert command[0] == str(store.recording_path(recording))
    assert command[1:-1] == ["--tracker", "mediapipe_mesh", "--progress", "json", "--out"]


def test_the_command_tells_everything_that_was_said_of_the_recording(store, recording, run, sample):
    store.update_recording(
        recording.id,
        kind=RecordingKind.EXAM,
        expression=None,
        mirrored=True,
        affected_side=AffectedSide.LEFT,
        confirmed=True,
    )
    segment = Segment(expression=Expression.SNARL, start_s=1, end_s=3)
    store.save_segments(recording.id, [segment])
    options = AnalysisOptions(tracker="mediapipe_task", mirror_average=False, half_faces=False)
    done = wait_for(store, run("done").start_analysis(recording.id, options), ended)
    command = json.loads((sample.parent / "command.json").read_text(encoding="utf-8"))
    assert command[command.index("--side") + 1] == "left"
    assert command[command.index("--tracker") + 1] == "mediapipe_task"
    assert {"--mirrored", "--no-mirror-average", "--no-half-faces", "--segments"} <= set(command)
    analysis = store.analysis(done.analysis_id)
    assert (analysis.segments_version, analysis.options["tracker"]) == (1, "mediapipe_task")


@pytest.mark.parametrize(
    ("chosen", "given"), [(None, "left"), (AffectedSide.BOTH, "both"), (AffectedSide.UNDETERMINED, None)]
)
def test_an_analysis_is_given_the_patients_side_unless_another_is_chosen(
    store, patient, recording, run, sample, chosen, given
):
    store.update_patient(patient.id, replace(patient.details, affected_side=AffectedSide.LEFT))
    done = wait_for(store, run("done").start_analysis(recording.id, AnalysisOptions(side=chosen)), ended)
    command = json.loads((sample.parent / "command.json").read_text(encoding="utf-8"))
    assert (command[command.index("--side") + 1] if "--side" in command else None) == given
    options = store.analysis(done.analysis_id).options
    assert (options["side"], options["side_from"]) == (
        given or "undetermined",
        "as in the patient's record" if chosen is None else "chosen for the analysis",
    )


def test_no_segments_leave_the_search_to_the_analysis(store, recording, run, sample):
    store.save_segments(recording.id, [])
    done = wait_for(store, run("done").start_analysis(recording.id), ended)
    assert "--segments" not in json.loads((sample.parent / "command.json").read_text(encoding="utf-8"))
    assert store.analysis(done.analysis_id).segments_version == 1


@pytest.mark.parametrize("mode", ["refuse", "refuse plainly"])
def test_refusal_is_told_in_its_own_sentence(store, recording, run, mode):
    job = wait_for(store, run(mode).start_analysis(recording.id), ended)
    assert (job.state, job.error) == (JobState.FAILED, "No face was found in the video.")
    assert job.hint == ("Film the face from the front." if mode == "refuse" else "")
    assert store.analyses(recording.id) == []


@pytest.mark.parametrize("mode", ["abort", "traceback", "incomplete"])
def test_crash_is_one_sentence_and_the_runner_lives(store, recording, run, mode):
    runner = run(mode)
    job = wait_for(store, runner.start_analysis(recording.id), ended)
    assert job.state is JobState.FAILED
    assert job.error.endswith(".")
    assert "Secret" not in job.error + job.hint
    assert "Traceback" not in job.error + job.hint
    again = wait_for(store, runner.start_analysis(recording.id), ended)
    assert (again.state, again.id != job.id) == (JobState.FAILED, True)
    assert store.analyses(recording.id) == []


def test_progress_is_seen_while_it_runs_and_cancel_ends_it(store, recording, run):
    runner = run("hang")
    job = runner.start_analysis(recording.id)
    wait_for(store, job, lambda _: runner.job(job.id).frames_done == 30)
    seen = runner.visit_jobs(recording.visit_id)[recording.id]
    assert (seen.state, seen.progress, seen.seconds_left, seen.stage) == (JobState.RUNNING, 0.25, 3.0, "tracking")
    pid = wait_for(store, job, lambda newest: newest.pid is not None).pid
    runner.cancel(job.id)
    assert wait_for(store, job, ended).state is JobState.CANCELLED
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    runner.cancel(job.id)  # nothing happens
    assert store.job(job.id).state is JobState.CANCELLED
    runner.close()
    assert not list(store.files.jobs.iterdir())


def test_queue_waits_its_turn_and_can_be_cancelled(store, visit, recording, run, clip):
    other = store.add_recording(visit.id, clip, "b.mp4")
    runner = run("hang", workers=1)
    first = runner.start_analysis(recording.id)
    wait_for(store, first, lambda job: job.state is JobState.RUNNING)
    second = runner.start_analysis(other.id)
    assert store.job(second.id).state is JobState.QUEUED
    runner.cancel(second.id)
    assert store.job(second.id).state is JobState.CANCELLED
    with pytest.raises(HemifaceError, match="already under way"):
        runner.start_analysis(recording.id)
    assert store.job(first.id).state is JobState.RUNNING


def test_unconfirmed_recordings_are_not_analysed(store, recording, run):
    store.reopen_recording(recording.id)
    with pytest.raises(HemifaceError, match="not confirmed"):
        run("done").start_analysis(recording.id)


def test_deleting_a_patient_ends_the_work(store, patient, recording, run):
    runner = run("hang")
    job = runner.start_analysis(recording.id)
    pid = wait_for(store, job, lambda newest: newest.pid is not None).pid
    runner.cancel_patient(patient.id)
    store.delete_patient(patient.id)
    runner.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not list(store.files.patients.iterdir())


def test_closing_marks_work_as_interrupted_and_it_can_run_again(store, recording, run):
    runner = run("hang")
    job = runner.start_analysis(recording.id)
    wait_for(store, job, lambda newest: newest.state is JobState.RUNNING)
    runner.close()
    assert store.job(job.id).state is JobState.INTERRUPTED
    assert wait_for(store, run("done").start_analysis(recording.id), ended).state is JobState.DONE


def test_jobs_of_a_dead_server_are_interrupted_at_start(store, recording, run):
    """The server was killed: its jobs still stand as running, and its child may still be at work."""
    job = store.create_job("analyse", recording_id=recording.id, server=run("done").server.rpartition("/")[0] + "/dead")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", job.id])
    store.change_job(job.id, state=JobState.RUNNING, pid=child.pid)
    run("done")
    lost = store.job(job.id)
    assert (lost.state, "closed" in lost.error) == (JobState.INTERRUPTED, True)
    assert child.wait(timeout=30) == -signal.SIGTERM


def test_jobs_of_another_computer_live_by_their_heartbeat(store, recording, run):
    job = store.create_job("analyse", recording_id=recording.id, server="elsewhere/17/abc")
    run("done")
    assert store.job(job.id).state is JobState.QUEUED


def test_many_crashes_leave_every_job_ended(store, visit, run, clip):
    """Half of the children abort (reliability T11): each ends in a state of its own, and the runner goes on."""
    recordings = [store.add_recording(visit.id, clip, f"{n}.mp4") for n in range(6)]
    crashing, working = run("abort", workers=2), None
    jobs = [crashing.start_analysis(recording.id) for recording in recordings[:3]]
    assert {wait_for(store, job, ended).state for job in jobs} == {JobState.FAILED}
    working = run("done", workers=2)
    jobs = [working.start_analysis(recording.id) for recording in recordings[3:]]
    assert {wait_for(store, job, ended).state for job in jobs} == {JobState.DONE}


def test_demo_runs_as_a_job_of_its_own(store, run):
    runner = run("done")
    job = runner.start_demo()
    assert job.recording_id is None
    assert wait_for(store, job, ended).state is JobState.DONE


def test_making_of_demo_patients_is_ended_when_its_server_was_killed(store, run):
    """Nothing but its command tells which job a process belongs to."""
    job = run("hang").start_demo()
    pid = wait_for(store, job, lambda newest: newest.pid is not None).pid
    store.change_job(job.id, server=run("hang").server.rpartition("/")[0] + "/dead")
    run("done")
    wait_for(store, job, lambda _: not Path(f"/proc/{pid}").exists())
    assert store.job(job.id).state is JobState.INTERRUPTED


def test_copy_for_the_browser_is_made_by_a_job(store, visit, run, tmp_path):
    from core.records.playable import PLAYABLE_NAME, needs_copy, playable_file
    from core.video.probe import probe_video

    clip = write_clip(tmp_path / "clip.mp4")
    kept = store.add_recording(visit.id, clip, "a.mp4", facts={"codec": "h264"})
    assert not needs_copy(kept)
    assert playable_file(store, kept) == store.recording_path(kept)
    foreign = store.add_recording(visit.id, clip, "b.mp4", facts={"codec": "hevc"})
    assert playable_file(store, foreign) is None
    job = wait_for(store, run("done").start_conversion(foreign.id), ended)
    assert job.state is JobState.DONE, job.error
    copy = playable_file(store, foreign)
    assert copy.name == PLAYABLE_NAME
    assert probe_video(copy).codec == "h264"
    assert probe_video(copy).packets == probe_video(clip).packets


SEGMENTS = [
    Segment(expression=Expression.REST, start_s=0, end_s=2),
    Segment(expression=Expression.SNARL, start_s=2.5, end_s=5),
]


def test_a_check_does_not_wait_for_a_busy_analysis(store, visit, recording, run, clip):
    """Whoever sits before the camera waits for it; the analysis of the last patient takes minutes."""
    other = store.add_recording(visit.id, clip, "b.mp4")
    store.save_segments(other.id, SEGMENTS)
    runner = run("analyse: hang", workers=1)
    busy = runner.start_analysis(recording.id)
    waiting = runner.start_analysis(other.id)
    wait_for(store, busy, lambda job: job.state is JobState.RUNNING)
    done = wait_for(store, runner.start_check(other.id), ended)
    assert (done.kind, done.state, done.analysis_id) == ("check", JobState.DONE, None)
    assert store.job(busy.id).state is JobState.RUNNING
    assert store.job(waiting.id).state is JobState.QUEUED
    content = json.loads(store.derived_path(other, CHECK_NAME).read_text(encoding="utf-8"))
    checks = [MovementCheck.from_json(row) for row in content]
    assert [(check.expression, check.end_s) for check in checks] == [(Expression.REST, 2.0), (Expression.SNARL, 5.0)]
    assert store.analyses(other.id) == []


# Copies a file once its first argument exists.
COPIER = """
import os, shutil, sys, time
while not os.path.exists(sys.argv[1]): time.sleep(0.01)
shutil.copy(*sys.argv[2:])
"""


def test_a_check_comes_before_copies_that_wait(store, visit, recording, run, clip, tmp_path):
    """A copy for the browser can be waited for; it goes on afterwards."""
    store.save_segments(recording.id, SEGMENTS)
    others = [store.add_recording(visit.id, clip, f"{n}.mp4") for n in range(2)]
    runner = run("done", converter=(sys.executable, "-c", COPIER, str(tmp_path / "go")))
    first, second = (runner.start_conversion(other.id) for other in others)
    wait_for(store, first, lambda job: job.state is JobState.RUNNING)
    check = runner.start_check(recording.id)
    (tmp_path / "go").touch()
    first, check, second = (wait_for(store, job, ended) for job in (first, check, second))
    assert {first.state, check.state, second.state} == {JobState.DONE}
    assert first.finished_at <= check.started_at <= check.finished_at <= second.started_at


def test_a_check_of_a_recording_without_movements_finds_none(store, recording, run):
    """Everything was skipped: that is an answer, not a crash."""
    runner = run("done")
    for segments in (None, []):
        if segments is not None:
            store.save_segments(recording.id, segments)
        done = wait_for(store, runner.start_check(recording.id), ended)
        assert (done.state, done.error) == (JobState.DONE, "")
        assert json.loads(store.derived_path(recording, CHECK_NAME).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("mode", "error"),
    [("check: refuse", "No face was found in the video."), ("check: abort", "The work stopped unexpectedly.")],
)
def test_a_check_that_fails_is_told_and_can_be_asked_for_again(store, recording, run, mode, error):
    store.save_segments(recording.id, SEGMENTS)
    job = wait_for(store, run(mode).start_check(recording.id), ended)
    assert (job.state, job.error) == (JobState.FAILED, error)
    assert not store.derived_path(recording, CHECK_NAME).exists()
    assert wait_for(store, run("done").start_check(recording.id), ended).state is JobState.DONE
    assert store.derived_path(recording, CHECK_NAME).is_file()


def test_a_recording_is_checked_and_analysed_at_the_same_time_but_checked_once(store, recording, run):
    store.save_segments(recording.id, SEGMENTS)
    runner = run("hang", workers=1)
    analysis, check = runner.start_analysis(recording.id), runner.start_check(recording.id)
    for job in (analysis, check):
        wait_for(store, job, lambda newest: newest.state is JobState.RUNNING)
    with pytest.raises(HemifaceError, match="already under way"):
        runner.start_check(recording.id)
    assert runner.visit_jobs(recording.visit_id, "check")[recording.id].id == check.id
    assert runner.visit_jobs(recording.visit_id)[recording.id].id == analysis.id
    runner.cancel(check.id)
    assert wait_for(store, check, ended).state is JobState.CANCELLED
    assert store.job(analysis.id).state is JobState.RUNNING


def test_heartbeat_is_kept(store, recording, run, monkeypatch):
    monkeypatch.setattr("core.records.runner.HEARTBEAT_S", 0.02)
    job = run("hang").start_analysis(recording.id)
    first = wait_for(store, job, lambda newest: newest.frames_done == 30).heartbeat_at
    wait_for(store, job, lambda newest: newest.heartbeat_at > first)
