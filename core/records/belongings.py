"""Which rows belong to a patient: what an access request exports and what an erasure takes with it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.records.tables import (
    AnalysisRow,
    AnalysisSummaryRow,
    Base,
    CaptureRow,
    ConsentRow,
    InvitationRow,
    JobRow,
    JudgementRow,
    LandmarkSetRow,
    PatientRow,
    PromTotalsRow,
    RecordingRow,
    SegmentSetRow,
    TreatmentRow,
    VisitRow,
)


@dataclass(frozen=True)
class Belonging:
    """Rows of one table that belong to a patient: ``where`` finds them."""

    row_type: type[Base]
    where: ColumnElement[bool]

    @property
    def name(self) -> str:
        """Name of the table, which says in plain words what the rows are."""
        return self.row_type.__tablename__


def belongings(patient_id: str) -> list[Belonging]:
    """Every table that can hold something about a patient, the patient first; the audit events are not among them."""
    visits = select(VisitRow.id).where(VisitRow.patient_id == patient_id)
    recordings = select(RecordingRow.id).where(RecordingRow.visit_id.in_(visits))
    analyses = select(AnalysisRow.id).where(AnalysisRow.recording_id.in_(recordings))
    of_jobs = or_(JobRow.patient_id == patient_id, JobRow.visit_id.in_(visits), JobRow.recording_id.in_(recordings))
    return [
        Belonging(PatientRow, PatientRow.id == patient_id),
        Belonging(VisitRow, VisitRow.patient_id == patient_id),
        Belonging(ConsentRow, ConsentRow.patient_id == patient_id),
        Belonging(TreatmentRow, TreatmentRow.patient_id == patient_id),
        Belonging(JudgementRow, JudgementRow.visit_id.in_(visits)),
        Belonging(PromTotalsRow, PromTotalsRow.visit_id.in_(visits)),
        Belonging(RecordingRow, RecordingRow.visit_id.in_(visits)),
        Belonging(SegmentSetRow, SegmentSetRow.recording_id.in_(recordings)),
        Belonging(LandmarkSetRow, LandmarkSetRow.recording_id.in_(recordings)),
        Belonging(AnalysisRow, AnalysisRow.recording_id.in_(recordings)),
        Belonging(AnalysisSummaryRow, AnalysisSummaryRow.analysis_id.in_(analyses)),
        Belonging(JobRow, of_jobs),
        Belonging(InvitationRow, InvitationRow.patient_id == patient_id),
        Belonging(CaptureRow, CaptureRow.patient_id == patient_id),
    ]


def count_belongings(session: Session, patient_id: str) -> dict[str, int]:
    """Number of rows by table; tables without any are left out."""
    counted = {
        entry.name: session.scalar(select(func.count()).select_from(entry.row_type).where(entry.where)) or 0
        for entry in belongings(patient_id)
    }
    return {name: number for name, number in counted.items() if number}
