"""Store: the one door to the clinic's records. Pages, the command line and jobs use it and nothing below it.

    store = Store.open(load_settings())
    patient = store.create_patient(PatientDetails(name="A. B.", record_number="4711"))
    visit = store.create_visit(patient.id, date.today(), "before treatment")
    recording = store.add_recording(visit.id, Path("clip.mp4"), "clip.mp4", mirrored=False)
    ...
    result = store.load_result(store.latest_analysis(recording.id))

Every method opens a short transaction of its own, so one Store may be used by several threads at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sqlalchemy import select

from core.records.base import account_name
from core.records.captures import CaptureRecords
from core.records.cohorts import CohortRecords
from core.records.consents import ConsentRecords
from core.records.database import Database
from core.records.entries import Analysis, AuditEvent, JobState
from core.records.export_events import ExportEventRecords
from core.records.files import DataFolder
from core.records.invitations import InvitationRecords
from core.records.jobs import JobRecords
from core.records.landmark_sets import LandmarkSetRecords
from core.records.patient_export import ExportRecords
from core.records.tables import AnalysisRow, AuditRow, CaptureRow, JobRow, PatientRow, RecordingRow, VisitRow
from core.records.timeline import TimelineRecords
from core.records.visit_index import VisitIndexRecords
from core.settings import Settings

LEFTOVER_GRACE_S = 3600.0


@dataclass(frozen=True)
class CleanUp:
    """What ``Store.clean_up`` found: removed leftovers, and recordings whose file is missing (their ids)."""

    removed: int
    missing: list[str]


class Store(
    TimelineRecords,
    CaptureRecords,
    CohortRecords,
    ConsentRecords,
    JobRecords,
    InvitationRecords,
    LandmarkSetRecords,
    ExportRecords,
    ExportEventRecords,
    VisitIndexRecords,
):
    """Patients and visits (core.records.patients), recordings and segments (.recordings), analyses (.analyses), jobs (.jobs),
    recordings that a browser makes (.captures), invitations to record at home (.invitations), landmarks corrected by hand
    (.landmark_sets), treatments (.treatments), the clinician's judgement (.judgements), totals of questionnaires (.proms), all
    of these by their days (.timeline), consents (.consents), many examinations at once (.summaries, .cohorts), every visit in a
    list (.visit_index), a patient's whole record in one file (.patient_export), the trace that other exports leave
    (.export_events) and proofs of erasure (.erasure)."""

    @classmethod
    def open(cls, settings: Settings, *, who: str | None = None) -> Self:
        """Open the store of an installation; makes the data folder and migrates the database where needed.

        Args:
            settings: where the data are.
            who: written into the audit events; the operating system's account by default.

        Raises:
            HemifaceError: folder or database cannot be used; the sentence says what to try.
        """
        files = DataFolder(settings.data_dir)
        return cls(Database(settings.resolved_database_url), files, who or account_name())

    def close(self) -> None:
        """Close the connections to the database."""
        self.database.close()

    def latest_analyses(self, visit_id: str) -> dict[str, Analysis]:
        """Recording id -> its newest analysis, for the recordings of a visit that have one."""
        latest = {recording.id: self.latest_analysis(recording.id) for recording in self.recordings(visit_id)}
        return {recording_id: analysis for recording_id, analysis in latest.items() if analysis is not None}

    def audit_events(self, subject_id: str | None = None, limit: int = 200) -> list[AuditEvent]:
        """Newest audit events, of one subject or of all."""
        query = select(AuditRow).order_by(AuditRow.number.desc()).limit(limit)
        if subject_id is not None:
            query = query.where(AuditRow.subject_id == subject_id)
        with self.database.read() as session:
            return [
                AuditEvent(row.number, row.at, row.who, row.action, row.subject, row.subject_id, row.details)
                for row in session.scalars(query)
            ]

    def clean_up(self, grace_s: float = LEFTOVER_GRACE_S) -> CleanUp:
        """Remove files that no row names (left by a crash), and look for rows whose file is gone. Run once at start.

        Args:
            grace_s: seconds that fresh files are left alone, since another program may be saving them now.
        """
        with self.database.read() as session:
            known: set[tuple[str, ...]] = {(patient_id,) for patient_id in session.scalars(select(PatientRow.id))}
            recordings = session.execute(
                select(VisitRow.patient_id, RecordingRow.id, RecordingRow.path).join(
                    RecordingRow, RecordingRow.visit_id == VisitRow.id
                )
            ).all()
            analyses = session.execute(
                select(VisitRow.patient_id, RecordingRow.id, AnalysisRow.id)
                .join(RecordingRow, RecordingRow.visit_id == VisitRow.id)
                .join(AnalysisRow, AnalysisRow.recording_id == RecordingRow.id)
            ).all()
            active = [state.value for state in JobState if state.active]
            jobs = set(session.scalars(select(JobRow.id).where(JobRow.state.in_(active))))
            erased = set(session.scalars(select(AuditRow.subject_id).where(AuditRow.action == "delete")))
            captures = set(session.scalars(select(CaptureRow.id)))
        known |= {(patient_id, recording_id) for patient_id, recording_id, _ in recordings}
        known |= {tuple(ids) for ids in analyses}
        removed = self.files.remove_leftovers(known, jobs | captures, erased, grace_s)
        missing = [recording_id for _, recording_id, path in recordings if not self.files.resolve(path).is_file()]
        return CleanUp(removed, missing)
