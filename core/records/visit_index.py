"""Every visit of every patient with how much of it is analysed, in one query: what an export is chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import distinct, func, select

from core.records.base import Records
from core.records.tables import AnalysisRow, PatientRow, RecordingRow, VisitRow


@dataclass(frozen=True)
class IndexedVisit:
    """One visit as a list shows it.

    Attributes:
        recordings: how many the visit has.
        analysed: how many of them have an analysis.
    """

    id: str
    day: date
    label: str
    patient_id: str
    name: str
    record_number: str
    simulated: bool
    recordings: int
    analysed: int


class VisitIndexRecords(Records):
    """Visits of all patients at once."""

    def visit_index(self) -> list[IndexedVisit]:
        """All visits, patient by patient in the order of their names, and oldest first; no file is opened."""
        query = (
            select(
                VisitRow.id,
                VisitRow.day,
                VisitRow.label,
                PatientRow.id,
                PatientRow.name,
                PatientRow.record_number,
                PatientRow.simulated,
                func.count(distinct(RecordingRow.id)),
                func.count(distinct(AnalysisRow.recording_id)),
            )
            .join(PatientRow, VisitRow.patient_id == PatientRow.id)
            .outerjoin(RecordingRow, RecordingRow.visit_id == VisitRow.id)
            .outerjoin(AnalysisRow, AnalysisRow.recording_id == RecordingRow.id)
            .group_by(VisitRow.id, PatientRow.id)
            .order_by(func.lower(PatientRow.name), PatientRow.id, VisitRow.day, VisitRow.created_at)
        )
        with self.database.read() as session:
            return [IndexedVisit(*row) for row in session.execute(query)]
