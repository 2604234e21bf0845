"""JobRunner: runs queued jobs as child processes, a few at a time; one runner a server."""

from __future__ import annotations

import itertools
import logging
import os
import queue
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from core.errors import HemifaceError
from core.exam.segments import write_segments
from core.records.base import now
from core.records.child import ChildProcess, Outcome, Progress
from core.records.entries import Job, JobState
from core.records.known_side import SIDE, side_to_give
from core.records.playable import PLAYABLE_NAME
from core.records.store import Store
from core.words import AffectedSide

_ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, str(_ROOT / "cli.py"))
CONVERTER = (sys.executable, "-m", "core.records.playable")
CHECK_NAME = "check.json"
HEARTBEAT_S = 5.0
_AT_ONCE, _NEXT, _LATER = range(3)
_CRASH = "The work stopped unexpectedly."
_CRASH_HINT = "Try again; if it stops again, convert the video to MP4 (H.264) or choose another tracker."
_DEMO_CRASH_HINT = "Try again; what is complete already stays."
_INTERRUPTED = "Hemiface was closed while this was running."

log = logging.getLogger("hemiface.jobs")


@dataclass(frozen=True)
class AnalysisOptions:
    """How an analysis is asked for.

    Attributes:
        tracker: name of the tracker.
        mirror_average: track every frame flipped, too, and average both (reference B7).
        half_faces: track each half of the face for itself, too (reference C4).
        side: the affected side chosen for this analysis, UNDETERMINED lets the movement decide; None takes what is known
            (core.records.known_side).
    """

    tracker: str = "mediapipe_mesh"
    mirror_average: bool = True
    half_faces: bool = True
    side: AffectedSide | None = None


class JobRunner:
    """Takes jobs in order, runs each as a child process, and keeps what it made.

    Its threads never touch Streamlit. Progress is kept in memory and, every few seconds, in the database, so that a page that
    is loaded again, or another server on the same database, sees it.

    Args:
        store: where jobs and results go.
        workers: jobs at the same time; checks and copies, which take seconds, have a worker of their own beside them.
        program: start of the commands that analyse, check and make demo patients; another one in tests.
        converter: start of the command that makes a copy for the browser.
    """

    def __init__(
        self, store: Store, *, workers: int = 1, program: Sequence[str] = PROGRAM, converter: Sequence[str] = CONVERTER
    ) -> None:
        self.store = store
        self.server = f"{socket.gethostname()[:60]}/{os.getpid()}/{uuid4().hex[:8]}"
        self._program = tuple(program)
        self._converter = tuple(converter)
        self._long: queue.PriorityQueue[tuple[int, int, str | None]] = queue.PriorityQueue()
        self._short: queue.PriorityQueue[tuple[int, int, str | None]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._progress: dict[str, Progress] = {}
        self._children: dict[str, ChildProcess] = {}
        self._stopping = threading.Event()
        self.recover()
        queues = [self._short, *[self._long] * workers]
        self._threads = [
            threading.Thread(target=self._work, args=(jobs,), name=f"job-{i}", daemon=True)
            for i, jobs in enumerate(queues)
        ]
        self._threads.append(threading.Thread(target=self._beat, name="job-heartbeat", daemon=True))
        for thread in self._threads:
            thread.start()

    def start_analysis(self, recording_id: str, options: AnalysisOptions | None = None) -> Job:
        """Queue the analysis of a recording; raises HemifaceError when it is not confirmed or already under way.

        The affected side that it is given is decided now; the job and the analysis name it and where it comes from.
        """
        recording = self.store.recording(recording_id)
        if not recording.confirmed:
            raise HemifaceError(
                "The orientation of this recording is not confirmed yet.",
                hint="Confirm it in Upload first.",
                code="unconfirmed",
            )
        self.store.recording_path(recording)
        asked = options or AnalysisOptions()
        given = side_to_give(self.store, recording, asked.side)
        return self._enqueue("analyse", recording_id, asdict(asked) | given.as_options())

    def start_check(self, recording_id: str) -> Job:
        """Queue a quick look at the movements of a recording (core.exam.check); what it finds is kept beside the recording."""
        return self._enqueue("check", recording_id, {})

    def start_conversion(self, recording_id: str) -> Job:
        """Queue the making of a copy of a recording that browsers play (core.records.playable)."""
        return self._enqueue("convert", recording_id, {})

    def start_demo(self) -> Job:
        """Queue the making of the demo patients."""
        return self._enqueue("demo", None, {})

    def job(self, job_id: str) -> Job:
        """A job with its newest progress; raises HemifaceError when unknown."""
        return self._with_progress(self.store.job(job_id))

    def visit_jobs(self, visit_id: str, kind: str = "analyse") -> dict[str, Job]:
        """Recording id -> its newest job of this kind with its newest progress, for the recordings of a visit."""
        return {key: self._with_progress(job) for key, job in self.store.latest_jobs(visit_id, kind).items()}

    def cancel(self, job_id: str) -> None:
        """Cancel a queued or running job; nothing happens when it has ended."""
        with self._lock:
            child = self._children.get(job_id)
        if child is not None:
            child.cancel()
        else:
            self.store.finish_job(job_id, JobState.CANCELLED)

    def cancel_patient(self, patient_id: str) -> None:
        """Cancel all jobs of a patient, before the patient is deleted."""
        for job in self.store.jobs(patient_id=patient_id, active=True):
            self.cancel(job.id)

    def recover(self) -> list[Job]:
        """Mark the jobs of servers that are gone as interrupted, end their children, and return them."""
        lost = self.store.stale_jobs(self.server, _dead_servers(self.store.jobs(active=True)))
        for job in lost:
            # Marked first: a server that is only slow would tell the end of its child as a crash.
            self.store.finish_job(job.id, JobState.INTERRUPTED, error=_INTERRUPTED, hint="Start it again.")
            _end_leftover_child(job)
        return lost

    def close(self) -> None:
        """End all children and mark what was under way as interrupted; calling it twice is allowed."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        with self._lock:
            children = list(self._children.values())
        for child in children:
            child.cancel()
        for _ in self._threads:
            for jobs in (self._short, self._long):
                self._put(jobs, _AT_ONCE, None)
        for thread in self._threads:
            thread.join(timeout=5)
        for child in children:
            child.kill()
        for job in self.store.jobs(active=True):
            if job.server == self.server:
                self.store.finish_job(job.id, JobState.INTERRUPTED, error=_INTERRUPTED, hint="Start it again.")

    def _enqueue(self, kind: str, recording_id: str | None, options: dict[str, Any]) -> Job:
        job = self.store.create_job(kind, recording_id=recording_id, options=options, server=self.server)
        jobs = self._short if kind in ("check", "convert") else self._long
        # A copy for the browser can wait: a check is what the user waits for.
        self._put(jobs, _LATER if kind == "convert" else _NEXT, job.id)
        return job

    def _put(self, jobs: queue.PriorityQueue[tuple[int, int, str | None]], priority: int, job_id: str | None) -> None:
        jobs.put((priority, next(self._numbers), job_id))

    def _with_progress(self, job: Job) -> Job:
        with self._lock:
            progress = self._progress.get(job.id)
            ending = job.id in self._children and self._children[job.id].cancelled
        if not job.state.active or progress is None:
            return job
        return replace(job, **{**asdict(progress), **({"stage": "cancelling"} if ending else {})})

    def _work(self, jobs: queue.PriorityQueue[tuple[int, int, str | None]]) -> None:
        while (job_id := jobs.get()[2]) is not None and not self._stopping.is_set():
            try:
                self._run(job_id)
            except Exception as problem:  # a job must never take its worker with it
                log.exception("job %s", job_id)
                self._fail(job_id, problem)

    def _run(self, job_id: str) -> None:
        job = self.store.job(job_id)
        folder = self.store.files.jobs / job_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            command, segments_version = self._command(job, folder)
            child = ChildProcess(command, _ROOT, lambda progress: self._note(job_id, progress))
            with self._lock:
                self._children[job_id] = child
                self._progress[job_id] = Progress()
            # Only now, so that a cancellation meets either a queued row or a child that it can end.
            if not self.store.change_job(job_id, state=JobState.RUNNING, started_at=now(), stage="starting"):
                return  # cancelled or deleted while it waited
            outcome = child.run(on_start=lambda pid: self._started(job_id, pid))
            self._finish(job, outcome, child.cancelled, folder, segments_version)
        finally:
            with self._lock:
                self._children.pop(job_id, None)
                self._progress.pop(job_id, None)
            shutil.rmtree(folder, ignore_errors=True)

    def _command(self, job: Job, folder: Path) -> tuple[list[str], int | None]:
        """The command of a job, and the version of the segments that it uses."""
        if job.recording_id is None:
            # The job's id in the command is also how a leftover child is recognised.
            places = ["--data-dir", str(self.store.files.root), "--work-dir", str(folder)]
            return [*self._program, "demo", *places, "--progress", "json"], None
        recording = self.store.recording(job.recording_id)
        source = str(self.store.recording_path(recording))
        if job.kind == "convert":
            return [*self._converter, source, str(folder / PLAYABLE_NAME)], None
        command = [*self._program, job.kind, source]
        segments = self.store.segments(recording.id)
        # Without any, an analysis looks for movements by itself; a check has none to look at.
        if (segments is not None and segments.segments) or job.kind == "check":
            segments_file = folder / "segments.json"
            write_segments(segments_file, segments.segments if segments is not None else [])
            command += ["--segments", str(segments_file)]
        if job.kind == "check":
            return [*command, "--progress", "json", "--out", str(folder / CHECK_NAME)], None
        side = AffectedSide(job.options.get(SIDE) or recording.affected_side)
        if side is not AffectedSide.UNDETERMINED:
            command += ["--side", side.value]
        if recording.mirrored:
            command.append("--mirrored")
        if recording.simulated:
            command.append("--simulated")
        if not job.options.get("mirror_average", True):
            command.append("--no-mirror-average")
        if not job.options.get("half_faces", True):
            command.append("--no-half-faces")
        command += ["--tracker", str(job.options.get("tracker", AnalysisOptions().tracker))]
        command += ["--progress", "json", "--out", str(folder / "out")]
        return command, segments.version if segments else None

    def _finish(self, job: Job, outcome: Outcome, cancelled: bool, folder: Path, segments_version: int | None) -> None:
        if cancelled:
            if not self._stopping.is_set():
                self.store.finish_job(job.id, JobState.CANCELLED)
            return
        if outcome.code != 0 and outcome.error:
            self.store.finish_job(job.id, JobState.FAILED, error=outcome.error, hint=outcome.hint)
        elif outcome.code != 0:
            hint = _DEMO_CRASH_HINT if job.kind == "demo" else _CRASH_HINT
            self.store.finish_job(job.id, JobState.FAILED, error=_CRASH, hint=hint)
        else:
            analysis_id = self._keep(job, folder, segments_version)
            self.store.finish_job(job.id, JobState.DONE, analysis_id=analysis_id)

    def _keep(self, job: Job, folder: Path, segments_version: int | None) -> str | None:
        """Bring what the child made into the store; the id of the new analysis, if it is one."""
        if job.recording_id is None:
            return None
        kept = {"convert": PLAYABLE_NAME, "check": CHECK_NAME}.get(job.kind)
        if kept is not None:
            self.store.keep_derived(self.store.recording(job.recording_id), kept, folder / kept)
            return None
        out = folder / "out"
        return self.store.add_analysis(job.recording_id, out, options=job.options, segments_version=segments_version).id

    def _fail(self, job_id: str, problem: Exception) -> None:
        told = problem if isinstance(problem, HemifaceError) else HemifaceError(_CRASH, hint=_CRASH_HINT)
        try:
            self.store.finish_job(job_id, JobState.FAILED, error=told.message, hint=told.hint)
        except Exception:  # the database itself may be the problem; the heartbeat will tell that the job is stale
            log.exception("job %s could not be marked as failed", job_id)

    def _started(self, job_id: str, pid: int) -> None:
        self.store.change_job(job_id, pid=pid)

    def _note(self, job_id: str, progress: Progress) -> None:
        with self._lock:
            self._progress[job_id] = progress

    def _beat(self) -> None:
        beats_a_minute = round(60 / HEARTBEAT_S)
        beat = 0
        while not self._stopping.wait(HEARTBEAT_S):
            beat += 1
            try:
                with self._lock:
                    running = dict(self._progress)
                for job in self.store.jobs(active=True):
                    if job.server == self.server:
                        self.store.change_job(job.id, **(asdict(running[job.id]) if job.id in running else {}))
                if beat % beats_a_minute == 0:
                    self.recover()
            except Exception:  # a database that is busy for a moment must not end the heartbeat
                log.exception("heartbeat")


def _dead_servers(jobs: Sequence[Job]) -> dict[str, bool]:
    """Server -> False for those on this computer that are certainly gone; others are judged by their heartbeat."""
    dead = {}
    for server in {job.server for job in jobs}:
        host, _, rest = server.partition("/")
        pid = rest.partition("/")[0]
        # A restarted container has the same process id again; the random part of the server's name tells them apart,
        # and a server never asks about itself.
        if host == socket.gethostname()[:60] and pid.isdigit() and (int(pid) == os.getpid() or not _runs(int(pid))):
            dead[server] = False
    return dead


def _runs(pid: int) -> bool:
    if os.name == "nt":  # there, signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_leftover_child(job: Job) -> None:
    """End the child of a server that was killed, when it can be recognised without doubt (Linux)."""
    if job.pid is None:
        return
    try:
        command = Path(f"/proc/{job.pid}/cmdline").read_bytes()
    except OSError:
        return
    if job.id.encode() in command:
        os.kill(job.pid, signal.SIGTERM)
