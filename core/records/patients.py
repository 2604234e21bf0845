"""Patients and visits."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, delete, distinct, func, select
from sqlalchemy.orm import Session

from core.records.base import find, new_id, now
from core.records.belongings import count_belongings
from core.records.entries import (
    Patient,
    PatientDetails,
    PatientList,
    PatientSort,
    PatientSummary,
    Visit,
    VisitSummary,
)
from core.records.erasure import ErasureProof, ErasureRecords, files_in
from core.records.tables import AnalysisRow, CaptureRow, PatientRow, RecordingRow, VisitRow
from core.records.text import clean_line, clean_note, search_key
from core.words import AffectedSide


class PatientRecords(ErasureRecords):
    """Patients and their visits."""

    def create_patient(self, details: PatientDetails) -> Patient:
        """Enter a patient; raises InputError with a sentence for details that cannot be right."""
        details, moment = details.checked(), now()
        with self.database.write() as session:
            row = PatientRow(id=new_id(), created_at=moment, updated_at=moment, **patient_columns(details))
            session.add(row)
            self._note(session, "create", "patient", row.id)
            return patient_of_row(row)

    def update_patient(self, patient_id: str, details: PatientDetails) -> Patient:
        """Replace what is known of a patient; raises InputError for wrong details, HemifaceError when unknown."""
        details = details.checked()
        with self.database.write() as session:
            row = find(session, PatientRow, patient_id, "patient")
            for name, value in patient_columns(details).items():
                setattr(row, name, value)
            row.updated_at = now()
            self._note(session, "update", "patient", patient_id)
            return patient_of_row(row)

    def patient(self, patient_id: str) -> Patient:
        """One patient; raises HemifaceError when unknown."""
        with self.database.read() as session:
            return patient_of_row(find(session, PatientRow, patient_id, "patient"))

    def patients(
        self,
        search: str = "",
        *,
        sort: PatientSort = PatientSort.LAST_VISIT,
        descending: bool = True,
        limit: int = 50,
        offset: int = 0,
    ) -> PatientList:
        """Patients with their numbers, page by page.

        Args:
            search: words that must all occur in the name or the record number, without regard to case and accents.
            sort: order; patients without a visit come last in the order by last visit.
            descending: newest or last first.
            limit, offset: which part of the list.
        """
        wanted = [PatientRow.search_text.contains(word, autoescape=True) for word in search_key(search).split()]
        with self.database.read() as session:
            total = session.scalar(select(func.count()).select_from(PatientRow).where(*wanted)) or 0
            query = _summaries().where(*wanted).order_by(*_order(sort, descending)).limit(limit).offset(offset)
            rows = [
                PatientSummary(patient_of_row(row), visits, recordings, exams, last_visit)
                for row, visits, recordings, exams, last_visit in session.execute(query)
            ]
        return PatientList(rows, total)

    def count_patients(self, *, simulated: bool | None = None) -> int:
        """Number of patients; of simulated or of real ones only where asked."""
        query = select(func.count()).select_from(PatientRow)
        if simulated is not None:
            query = query.where(PatientRow.simulated.is_(simulated))
        with self.database.read() as session:
            return session.scalar(query) or 0

    def delete_patient(self, patient_id: str) -> ErasureProof:
        """Erase a patient with everything that belongs to it, rows and files; the audit keeps random ids and counts only.

        The rows go first: files that a crash leaves behind are removed at the next start (``clean_up``).
        """
        with self.database.write() as session:
            find(session, PatientRow, patient_id, "patient")
            captures = list(session.scalars(select(CaptureRow.id).where(CaptureRow.patient_id == patient_id)))
            folders = [self.files.patients / patient_id, *(self.files.captures / name for name in captures)]
            sizes = [path.stat().st_size for path in files_in(folders)]
            rows = count_belongings(session, patient_id)
            session.execute(delete(PatientRow).where(PatientRow.id == patient_id))
            for capture_id in captures:
                self._note(session, "delete", "capture", capture_id)
            self._note(session, "delete", "patient", patient_id, rows=rows, files=len(sizes), size_bytes=sum(sizes))
        self.files.remove_patient(patient_id)
        for capture_id in captures:
            self.files.remove_capture(capture_id)
        self.database.erase_leftovers()
        proof = self.erasure_proof(patient_id)
        assert proof is not None  # its audit event was committed above
        return proof

    def create_visit(self, patient_id: str, day: date, label: str = "", notes: str = "") -> Visit:
        """Enter a visit of a patient on ``day`` (local date of the clinic)."""
        with self.database.write() as session:
            find(session, PatientRow, patient_id, "patient")
            row = VisitRow(
                id=new_id(),
                patient_id=patient_id,
                day=day,
                label=clean_line(label),
                notes=clean_note(notes),
                created_at=now(),
            )
            session.add(row)
            self._note(session, "create", "visit", row.id, patient=patient_id)
            return visit_of_row(row)

    def update_visit(self, visit_id: str, *, day: date, label: str, notes: str) -> Visit:
        """Change date, label and notes of a visit."""
        with self.database.write() as session:
            row = find(session, VisitRow, visit_id, "visit")
            row.day, row.label, row.notes = day, clean_line(label), clean_note(notes)
            self._note(session, "update", "visit", visit_id)
            return visit_of_row(row)

    def visit(self, visit_id: str) -> Visit:
        """One visit; raises HemifaceError when unknown."""
        with self.database.read() as session:
            return visit_of_row(find(session, VisitRow, visit_id, "visit"))

    def visits(self, patient_id: str) -> list[VisitSummary]:
        """Visits of a patient with their numbers, newest first."""
        recordings, exams = _exam_counts()
        unconfirmed = func.count(distinct(case((RecordingRow.confirmed.is_(False), RecordingRow.id))))
        query = (
            select(VisitRow, recordings, unconfirmed, exams)
            .outerjoin(RecordingRow, RecordingRow.visit_id == VisitRow.id)
            .outerjoin(AnalysisRow, AnalysisRow.recording_id == RecordingRow.id)
            .where(VisitRow.patient_id == patient_id)
            .group_by(VisitRow.id)
            .order_by(VisitRow.day.desc(), VisitRow.created_at.desc())
        )
        with self.database.read() as session:
            return [VisitSummary(visit_of_row(row), *numbers) for row, *numbers in session.execute(query)]

    def delete_visit(self, visit_id: str) -> None:
        """Erase a visit with its recordings, analyses and files."""
        with self.database.write() as session:
            visit = find(session, VisitRow, visit_id, "visit")
            patient_id = visit.patient_id
            recordings = _recording_ids(session, visit_id)
            captures = list(session.scalars(select(CaptureRow.id).where(CaptureRow.visit_id == visit_id)))
            session.execute(delete(VisitRow).where(VisitRow.id == visit_id))
            for recording_id in recordings:
                self._note(session, "delete", "recording", recording_id)
            for capture_id in captures:
                self._note(session, "delete", "capture", capture_id)
            self._note(session, "delete", "visit", visit_id, patient=patient_id)
        for recording_id in recordings:
            self.files.remove_recording(patient_id, recording_id)
        for capture_id in captures:
            self.files.remove_capture(capture_id)
        self.database.erase_leftovers()


def _recording_ids(session: Session, visit_id: str) -> list[str]:
    return list(session.scalars(select(RecordingRow.id).where(RecordingRow.visit_id == visit_id)))


def _exam_counts() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Columns: number of recordings, number of recordings with an analysis."""
    return func.count(distinct(RecordingRow.id)), func.count(distinct(AnalysisRow.recording_id))


def _summaries() -> Select[PatientRow, int, int, int, date]:
    recordings, exams = _exam_counts()
    return (
        select(PatientRow, func.count(distinct(VisitRow.id)), recordings, exams, func.max(VisitRow.day))
        .outerjoin(VisitRow, VisitRow.patient_id == PatientRow.id)
        .outerjoin(RecordingRow, RecordingRow.visit_id == VisitRow.id)
        .outerjoin(AnalysisRow, AnalysisRow.recording_id == RecordingRow.id)
        .group_by(PatientRow.id)
    )


def _order(sort: PatientSort, descending: bool) -> list[SQLColumnExpression[Any]]:
    last_visit = func.max(VisitRow.day)
    column: SQLColumnExpression[Any] = {
        PatientSort.LAST_VISIT: last_visit,
        PatientSort.NAME: func.lower(PatientRow.name),
        PatientSort.RECORD_NUMBER: PatientRow.record_number,
        PatientSort.CREATED: PatientRow.created_at,
    }[sort]
    order: list[SQLColumnExpression[Any]] = [column.desc() if descending else column.asc()]
    order += [PatientRow.created_at.desc(), PatientRow.id]
    return [case((last_visit.is_(None), 1), else_=0), *order] if sort is PatientSort.LAST_VISIT else order


def patient_columns(details: PatientDetails) -> dict[str, Any]:
    """The columns of a patient's row that come from what was entered."""
    return {
        "name": details.name,
        "record_number": details.record_number,
        "search_text": search_key(f"{details.name} {details.record_number}"),
        "birth_year": details.birth_year,
        "affected_side": details.affected_side.value,
        "cause": details.cause,
        "onset": details.onset,
        "notes": details.notes,
        "simulated": details.simulated,
    }


def patient_of_row(row: PatientRow) -> Patient:
    """What the store hands out for a row."""
    details = PatientDetails(
        name=row.name,
        record_number=row.record_number,
        birth_year=row.birth_year,
        affected_side=AffectedSide(row.affected_side),
        cause=row.cause,
        onset=row.onset,
        notes=row.notes,
        simulated=row.simulated,
    )
    return Patient(row.id, details, row.created_at, row.updated_at)


def visit_of_row(row: VisitRow) -> Visit:
    """What the store hands out for a row."""
    return Visit(row.id, row.patient_id, row.day, row.label, row.notes, row.created_at)
