"""What patients have consented to: every entry is kept, and of each subject the one of the latest day counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select

from core.records.base import Records, find, new_id, now
from core.records.clinical_entries import check_past_day
from core.records.tables import ConsentRow, PatientRow
from core.records.text import clean_note


class ConsentSubject(StrEnum):
    """What a patient can consent to, each for itself."""

    RECORDING_CARE = "recording_care"
    MEASURES_RESEARCH = "measures_research"
    VIDEO_RESEARCH = "video_research"
    VIDEO_TEACHING = "video_teaching"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    ConsentSubject.RECORDING_CARE: "Video recording for care",
    ConsentSubject.MEASURES_RESEARCH: "Use of measures in research",
    ConsentSubject.VIDEO_RESEARCH: "Use of videos in research",
    ConsentSubject.VIDEO_TEACHING: "Use of videos in teaching",
}


@dataclass(frozen=True)
class Consent:
    """One entry about a patient's consent.

    Attributes:
        version: 1 for the first entry of this subject; counts the entries in the order in which they were made.
        given: False where it was withdrawn or refused.
        day: on which the patient said so (local date of the clinic).
        note: where the signed form is, or anything else; may be empty.
        who: entered it.
    """

    id: str
    patient_id: str
    subject: ConsentSubject
    version: int
    given: bool
    day: date
    note: str
    who: str
    created_at: datetime


class ConsentRecords(Records):
    """Consents of patients."""

    def add_consent(
        self, patient_id: str, subject: ConsentSubject, *, given: bool, day: date, note: str = ""
    ) -> Consent:
        """Enter that a patient has consented, or has withdrawn or refused consent; earlier entries stay.

        Raises:
            InputError: the day lies in the future or before 1900.
            HemifaceError: unknown patient.
        """
        check_past_day(day, "consent")
        with self.database.write() as session:
            # Locks the patient on servers that write side by side, so that two writers get two numbers.
            session.get(PatientRow, patient_id, with_for_update=True)
            find(session, PatientRow, patient_id, "patient")
            newest = session.scalar(
                select(func.max(ConsentRow.version)).where(
                    ConsentRow.patient_id == patient_id, ConsentRow.subject == subject.value
                )
            )
            row = ConsentRow(
                id=new_id(),
                patient_id=patient_id,
                subject=subject.value,
                version=(newest or 0) + 1,
                given=given,
                day=day,
                note=clean_note(note),
                who=self.who,
                created_at=now(),
            )
            session.add(row)
            told = {"consent": row.id, "of": subject.value, "given": given, "version": row.version}
            self._note(session, "consent", "patient", patient_id, **told)
            return _consent_of_row(row)

    def consents(self, patient_id: str) -> dict[ConsentSubject, Consent]:
        """The entry that counts of every subject that was asked about: of the latest day, of one day the last one."""
        counts = {entry.subject: entry for entry in self._entries(patient_id)}
        return {subject: counts[subject] for subject in ConsentSubject if subject in counts}

    def consent_history(self, patient_id: str) -> list[Consent]:
        """Every entry of a patient, the latest day first."""
        return self._entries(patient_id)[::-1]

    def _entries(self, patient_id: str) -> list[Consent]:
        query = select(ConsentRow).where(ConsentRow.patient_id == patient_id)
        query = query.order_by(ConsentRow.day, ConsentRow.created_at, ConsentRow.version)
        with self.database.read() as session:
            return [_consent_of_row(row) for row in session.scalars(query)]


def _consent_of_row(row: ConsentRow) -> Consent:
    return Consent(
        id=row.id,
        patient_id=row.patient_id,
        subject=ConsentSubject(row.subject),
        version=row.version,
        given=row.given,
        day=row.day,
        note=row.note,
        who=row.who,
        created_at=row.created_at,
    )
