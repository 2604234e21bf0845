"""Rows of jobs: what was asked for, how far it is, how it ended. core.records.runner does the work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from core.errors import HemifaceError
from core.records.base import Records, find, new_id, now
from core.records.entries import Job, JobState
from core.records.tables import JobRow, RecordingRow, VisitRow

HEARTBEAT_LIMIT = timedelta(seconds=60)
_ACTIVE = [state.value for state in JobState if state.active]


class JobRecords(Records):
    """Jobs; a recording has at most one active job of each kind."""

    def create_job(
        self, kind: str, *, recording_id: str | None = None, options: Mapping[str, Any] | None = None, server: str = ""
    ) -> Job:
        """Enter a queued job; raises HemifaceError when the same is already under way."""
        with self.database.write() as session:
            visit_id = patient_id = None
            if recording_id is not None:
                visit_id = find(session, RecordingRow, recording_id, "recording").visit_id
                patient_id = find(session, VisitRow, visit_id, "visit").patient_id
            same = select(JobRow.id).where(
                JobRow.kind == kind, JobRow.recording_id == recording_id, JobRow.state.in_(_ACTIVE)
            )
            if session.scalars(same).first():
                raise HemifaceError(
                    "This work is already under way.", hint="Wait for it, or cancel it.", code="job_active"
                )
            row = JobRow(
                id=new_id(),
                kind=kind,
                state=JobState.QUEUED.value,
                patient_id=patient_id,
                visit_id=visit_id,
                recording_id=recording_id,
                options=dict(options or {}),
                created_at=now(),
                frames_done=0,
                stage="waiting",
                error="",
                hint="",
                server=server,
                heartbeat_at=now(),
            )
            session.add(row)
            self._note(session, "create", "job", row.id, kind=kind, recording=recording_id)
            return _job(row)

    def job(self, job_id: str) -> Job:
        """One job; raises HemifaceError when unknown."""
        with self.database.read() as session:
            return _job(find(session, JobRow, job_id, "job"))

    def jobs(
        self,
        *,
        visit_id: str | None = None,
        patient_id: str | None = None,
        recording_id: str | None = None,
        kind: str | None = None,
        active: bool | None = None,
    ) -> list[Job]:
        """Jobs that fit, newest first."""
        query = select(JobRow).order_by(JobRow.created_at.desc(), JobRow.id)
        for column, value in (
            (JobRow.visit_id, visit_id),
            (JobRow.patient_id, patient_id),
            (JobRow.recording_id, recording_id),
            (JobRow.kind, kind),
        ):
            if value is not None:
                query = query.where(column == value)
        if active is not None:
            query = query.where(JobRow.state.in_(_ACTIVE) if active else JobRow.state.not_in(_ACTIVE))
        with self.database.read() as session:
            return [_job(row) for row in session.scalars(query)]

    def latest_jobs(self, visit_id: str, kind: str) -> dict[str, Job]:
        """Recording id -> its newest job of this kind, for the recordings of a visit."""
        latest: dict[str, Job] = {}
        for job in self.jobs(visit_id=visit_id, kind=kind):
            if job.recording_id is not None:
                latest.setdefault(job.recording_id, job)
        return latest

    def change_job(self, job_id: str, **columns: Any) -> bool:
        """Set columns of an active job and its heartbeat; False when it is no longer active (or was deleted)."""
        values = {**columns, "heartbeat_at": now()}
        if "state" in values:
            values["state"] = JobState(values["state"]).value
        query = update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(_ACTIVE)).values(**values)
        with self.database.write() as session:
            return bool(session.execute(query).rowcount)  # type: ignore[attr-defined]

    def finish_job(
        self, job_id: str, state: JobState, *, error: str = "", hint: str = "", analysis_id: str | None = None
    ) -> bool:
        """End an active job; False when it had ended before (or was deleted)."""
        return self.change_job(
            job_id, state=state, error=error, hint=hint, analysis_id=analysis_id, finished_at=now(), pid=None
        )

    def stale_jobs(self, server: str, alive: Mapping[str, bool]) -> list[Job]:
        """Active jobs whose server is gone.

        Args:
            server: the asking server, whose own jobs are not stale.
            alive: other servers on this computer -> whether they still run; for all others the heartbeat decides.
        """
        limit = now() - HEARTBEAT_LIMIT
        return [
            job
            for job in self.jobs(active=True)
            if job.server != server
            and not alive.get(job.server, job.heartbeat_at is not None and job.heartbeat_at > limit)
        ]


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        state=JobState(row.state),
        patient_id=row.patient_id,
        visit_id=row.visit_id,
        recording_id=row.recording_id,
        options=row.options,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        frames_done=row.frames_done,
        frames_total=row.frames_total,
        seconds_left=row.seconds_left,
        stage=row.stage,
        error=row.error,
        hint=row.hint,
        analysis_id=row.analysis_id,
        pid=row.pid,
        server=row.server,
        heartbeat_at=row.heartbeat_at,
    )
