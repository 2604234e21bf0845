"""Treatments of patients: what was entered is never changed; a mistake is withdrawn with its reason and entered anew."""

from __future__ import annotations

from sqlalchemy import select

from core.errors import InputError
from core.records.base import Records, find, new_id, now
from core.records.clinical_entries import (
    InjectionSite,
    Treatment,
    TreatmentDetails,
    TreatmentKind,
    checked_reason,
)
from core.records.tables import PatientRow, TreatmentRow


class TreatmentRecords(Records):
    """Treatments with their days."""

    def add_treatment(self, patient_id: str, details: TreatmentDetails) -> Treatment:
        """Enter a treatment.

        Raises:
            InputError: details that cannot be right; the sentence may be shown.
            HemifaceError: unknown patient.
        """
        details = details.checked()
        with self.database.write() as session:
            patient = find(session, PatientRow, patient_id, "patient")
            if patient.birth_year is not None and details.day.year < patient.birth_year:
                raise InputError("The day of the treatment lies before the year of birth.", code="treatment_day")
            row = TreatmentRow(
                id=new_id(),
                patient_id=patient_id,
                day=details.day,
                kind=details.kind.value,
                description=details.description,
                sites=[site.as_json() for site in details.sites],
                who=self.who,
                created_at=now(),
                withdrawn_at=None,
                withdrawn_by=None,
                withdrawn_reason="",
            )
            session.add(row)
            self._note(session, "create", "treatment", row.id, patient=patient_id)
            return treatment_of_row(row)

    def treatment(self, treatment_id: str) -> Treatment:
        """One treatment; raises HemifaceError when unknown."""
        with self.database.read() as session:
            return treatment_of_row(find(session, TreatmentRow, treatment_id, "treatment"))

    def treatments(self, patient_id: str, *, with_withdrawn: bool = False) -> list[Treatment]:
        """Treatments of a patient in the order of their days; withdrawn ones only where asked for."""
        query = select(TreatmentRow).where(TreatmentRow.patient_id == patient_id)
        if not with_withdrawn:
            query = query.where(TreatmentRow.withdrawn_at.is_(None))
        query = query.order_by(TreatmentRow.day, TreatmentRow.created_at, TreatmentRow.id)
        with self.database.read() as session:
            return [treatment_of_row(row) for row in session.scalars(query)]

    def withdraw_treatment(self, treatment_id: str, reason: str) -> Treatment:
        """Take back a treatment that was entered by mistake; it stays in the records with who withdrew it, when and why.

        Nothing changes when it was withdrawn before: the first withdrawal counts.

        Raises:
            InputError: no reason is given.
            HemifaceError: unknown treatment.
        """
        reason = checked_reason(reason)
        with self.database.write() as session:
            row = find(session, TreatmentRow, treatment_id, "treatment")
            if row.withdrawn_at is None:
                row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now(), self.who, reason
                self._note(session, "withdraw", "treatment", treatment_id, patient=row.patient_id)
            return treatment_of_row(row)


def treatment_of_row(row: TreatmentRow) -> Treatment:
    """What the store hands out for a row."""
    details = TreatmentDetails(
        row.day, TreatmentKind(row.kind), row.description, tuple(InjectionSite.from_json(site) for site in row.sites)
    )
    return Treatment(
        id=row.id,
        patient_id=row.patient_id,
        details=details,
        who=row.who,
        created_at=row.created_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_reason=row.withdrawn_reason,
    )
