"""Reading in bulk: all examinations of a patient, and small rows over all patients, in a few queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from core.records.analyses import analysis_of_row
from core.records.base import find
from core.records.clinical_entries import TreatmentKind
from core.records.entries import Analysis, Recording, Visit
from core.records.patients import visit_of_row
from core.records.recordings import recording_of_row
from core.records.summaries import SUMMARY_FORM, ExamSummary, SummaryRecords
from core.records.tables import AnalysisRow, AnalysisSummaryRow, PatientRow, RecordingRow, TreatmentRow, VisitRow
from core.words import AffectedSide

DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class SeriesEntry:
    """One recording of a patient's series.

    Attributes:
        analyses: the newest one of each tracker (name, version, weights) and software version, newest first; may be empty.
    """

    visit: Visit
    recording: Recording
    analyses: tuple[Analysis, ...]

    @property
    def newest(self) -> Analysis | None:
        return self.analyses[0] if self.analyses else None


@dataclass(frozen=True)
class CohortFilter:
    """Which patients and visits are wanted; None is no restriction.

    Attributes:
        cause: as entered.
        treatment: patients who had at least one such treatment that was not withdrawn.
        affected_side: as entered for the patient.
        months_from, months_to: months since onset at the visit, both included; visits of patients without a day of onset
            are left out then.
        tracker: only analyses by this tracker count.
        simulated: simulated patients or real ones only.
    """

    cause: str | None = None
    treatment: TreatmentKind | None = None
    affected_side: AffectedSide | None = None
    months_from: float | None = None
    months_to: float | None = None
    tracker: str | None = None
    simulated: bool | None = None

    def takes(self, months: float | None) -> bool:
        """Whether a visit so many months after onset is wanted."""
        if self.months_from is None and self.months_to is None:
            return True
        if months is None:
            return False
        too_early = self.months_from is not None and months < self.months_from
        too_late = self.months_to is not None and months > self.months_to
        return not too_early and not too_late


@dataclass(frozen=True)
class CohortRow:
    """One visit of one patient with the newest analysis of that day.

    Attributes:
        months_since_onset: at the visit; None without a day of onset.
        treatments: all treatments of the patient as (day, kind) in the order of their days.
        summary: None where result.json of the analysis cannot be used.
    """

    patient_id: str
    name: str
    record_number: str
    simulated: bool
    cause: str
    affected_side: AffectedSide
    onset: date | None
    visit_id: str
    day: date
    label: str
    months_since_onset: float | None
    treatments: tuple[tuple[date, TreatmentKind], ...]
    analysis_id: str
    tracker_name: str
    software_version: str
    summary: ExamSummary | None

    def treated_before(self, kind: TreatmentKind | None = None) -> bool:
        """Whether a treatment (of this kind) came before the day of the visit."""
        return any(day < self.day and kind in (None, treated) for day, treated in self.treatments)


class CohortRecords(SummaryRecords):
    """Examinations in bulk."""

    def patient_series(self, patient_id: str) -> list[SeriesEntry]:
        """All recordings of a patient in the order of the visits' days, with their analyses; one query whatever their number.

        Raises:
            HemifaceError: unknown patient.
        """
        query = (
            select(VisitRow, RecordingRow, AnalysisRow)
            .join(RecordingRow, RecordingRow.visit_id == VisitRow.id)
            .outerjoin(AnalysisRow, AnalysisRow.recording_id == RecordingRow.id)
            .where(VisitRow.patient_id == patient_id)
            .order_by(VisitRow.day, VisitRow.created_at, RecordingRow.created_at, RecordingRow.id)
            .order_by(AnalysisRow.created_at.desc(), AnalysisRow.id)
        )
        entries: dict[str, SeriesEntry] = {}
        found: dict[str, dict[tuple[str, ...], Analysis]] = defaultdict(dict)
        with self.database.read() as session:
            simulated = find(session, PatientRow, patient_id, "patient").simulated
            for visit, recording, analysis in session.execute(query):
                if recording.id not in entries:
                    entries[recording.id] = SeriesEntry(
                        visit_of_row(visit), recording_of_row(recording, patient_id, simulated), ()
                    )
                if analysis is not None:
                    found[recording.id].setdefault(_made_by(analysis), analysis_of_row(analysis))
        return [replace(entry, analyses=tuple(found[key].values())) for key, entry in entries.items()]

    def cohort_rows(self, wanted: CohortFilter | None = None) -> list[CohortRow]:
        """Visits with an analysis over all patients that fit the filter, by patient and in the order of days.

        Two queries whatever their number; the summaries of new analyses are made on the way (``summaries``).
        """
        wanted = wanted or CohortFilter()
        with self.database.read() as session:
            treatments: dict[str, list[tuple[date, TreatmentKind]]] = defaultdict(list)
            for patient_id, day, kind in session.execute(_TREATMENTS):
                treatments[patient_id].append((day, TreatmentKind(kind)))
            # The last row of a visit is its newest analysis.
            newest = {row.visit_id: row for row in session.execute(_examinations(wanted))}
        taken = []
        for row in newest.values():
            of_patient = tuple(treatments[row.patient_id])
            months = None if row.onset is None else (row.day - row.onset).days / DAYS_A_MONTH
            treated = wanted.treatment is None or any(kind is wanted.treatment for _, kind in of_patient)
            if treated and wanted.takes(months):
                taken.append((row, of_patient, months))
        made = self.summaries([row.analysis_id for row, *_ in taken if row.content is None])
        return [_cohort_row(row, of_patient, months, made) for row, of_patient, months in taken]

    def cohort_causes(self) -> list[str]:
        """Causes that patients have, in alphabetical order; to choose from."""
        with self.database.read() as session:
            return sorted(cause for cause in session.scalars(select(PatientRow.cause).distinct()) if cause)


_TREATMENTS = (
    select(TreatmentRow.patient_id, TreatmentRow.day, TreatmentRow.kind)
    .where(TreatmentRow.withdrawn_at.is_(None))
    .order_by(TreatmentRow.day, TreatmentRow.created_at)
)


def _examinations(wanted: CohortFilter) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            PatientRow.id.label("patient_id"),
            PatientRow.name,
            PatientRow.record_number,
            PatientRow.simulated,
            PatientRow.cause,
            PatientRow.affected_side,
            PatientRow.onset,
            VisitRow.id.label("visit_id"),
            VisitRow.day,
            VisitRow.label,
            AnalysisRow.id.label("analysis_id"),
            AnalysisRow.tracker_name,
            AnalysisRow.software_version,
            AnalysisSummaryRow.content,
        )
        .join(VisitRow, VisitRow.patient_id == PatientRow.id)
        .join(RecordingRow, RecordingRow.visit_id == VisitRow.id)
        .join(AnalysisRow, AnalysisRow.recording_id == RecordingRow.id)
        .outerjoin(
            AnalysisSummaryRow,
            (AnalysisSummaryRow.analysis_id == AnalysisRow.id) & (AnalysisSummaryRow.form == SUMMARY_FORM),
        )
        .order_by(PatientRow.created_at, PatientRow.id, VisitRow.day, VisitRow.created_at, VisitRow.id)
        .order_by(AnalysisRow.created_at, AnalysisRow.id.desc())
    )
    if wanted.cause is not None:
        query = query.where(PatientRow.cause == wanted.cause)
    if wanted.affected_side is not None:
        query = query.where(PatientRow.affected_side == wanted.affected_side.value)
    if wanted.simulated is not None:
        query = query.where(PatientRow.simulated.is_(wanted.simulated))
    if wanted.tracker is not None:
        query = query.where(AnalysisRow.tracker_name == wanted.tracker)
    return query


def _cohort_row(
    row: Any, treatments: tuple[tuple[date, TreatmentKind], ...], months: float | None, made: dict[str, ExamSummary]
) -> CohortRow:
    return CohortRow(
        patient_id=row.patient_id,
        name=row.name,
        record_number=row.record_number,
        simulated=row.simulated,
        cause=row.cause,
        affected_side=AffectedSide(row.affected_side),
        onset=row.onset,
        visit_id=row.visit_id,
        day=row.day,
        label=row.label,
        months_since_onset=months,
        treatments=treatments,
        analysis_id=row.analysis_id,
        tracker_name=row.tracker_name,
        software_version=row.software_version,
        summary=made.get(row.analysis_id) if row.content is None else ExamSummary.from_json(row.content),
    )


def _made_by(row: AnalysisRow) -> tuple[str, ...]:
    return row.tracker_name, row.tracker_version, row.weights_sha256, row.software_version
