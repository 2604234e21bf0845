"""Invitations to record at home: links that are worth one patient's recordings for a while (reliability T21)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import InputError
from core.exam.guide import ExamPlan
from core.records.base import Records, find, new_id, now
from core.records.entries import CaptureState, Invitation
from core.records.tables import CaptureRow, InvitationRow, PatientRow
from core.records.text import clean_note

LONGEST_VALID = timedelta(days=90)
MOST_RECORDINGS = 50
MESSAGE_LENGTH = 1000
TOKEN_BYTES = 32


class InvitationRecords(Records):
    """Invitations; the database holds the hash of a token, never the token."""

    def create_invitation(
        self,
        patient_id: str,
        plan: ExamPlan,
        expires_at: datetime,
        *,
        max_recordings: int = 1,
        message: str = "",
        language: str = "",
    ) -> tuple[Invitation, str]:
        """A new invitation and its token, which is told only here.

        Raises:
            InputError: it expires in the past or in more than 90 days, or the number of recordings is out of range.
            HemifaceError: unknown patient.
        """
        if not now() < expires_at <= now() + LONGEST_VALID:
            raise InputError(
                f"A link must expire within the next {LONGEST_VALID.days} days.", code="invitation_expires"
            )
        if not 1 <= max_recordings <= MOST_RECORDINGS:
            raise InputError(
                f"Between 1 and {MOST_RECORDINGS} recordings are possible with one link.", code="invitation_count"
            )
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self.database.write() as session:
            find(session, PatientRow, patient_id, "patient")
            row = InvitationRow(
                id=new_id(),
                patient_id=patient_id,
                token_hash=token_hash(token),
                plan=plan.model_dump(mode="json"),
                message=clean_note(message, MESSAGE_LENGTH),
                language=language,
                expires_at=expires_at,
                max_recordings=max_recordings,
                who=self.who,
                created_at=now(),
                revoked_at=None,
                opened_at=None,
            )
            session.add(row)
            self._note(session, "create", "invitation", row.id, patient=patient_id)
            return _invitation(session, row), token

    def invitation_of_token(self, token: str) -> Invitation | None:
        """The invitation of a token that can be used now; None for an unknown, expired, used or revoked one alike."""
        with self.database.read() as session:
            query = select(InvitationRow).where(InvitationRow.token_hash == token_hash(token))
            row = session.scalars(query).first()
            invitation = None if row is None else _invitation(session, row)
        return invitation if invitation is not None and invitation.usable(now()) else None

    def invitation(self, invitation_id: str) -> Invitation:
        """One invitation; raises HemifaceError when unknown."""
        with self.database.read() as session:
            return _invitation(session, find(session, InvitationRow, invitation_id, "invitation"))

    def invitations(self, patient_id: str) -> list[Invitation]:
        """Invitations of a patient, newest first."""
        query = select(InvitationRow).where(InvitationRow.patient_id == patient_id)
        query = query.order_by(InvitationRow.created_at.desc(), InvitationRow.id)
        with self.database.read() as session:
            return [_invitation(session, row) for row in session.scalars(query)]

    def note_opened(self, invitation_id: str) -> None:
        """The link was opened; only the first time counts."""
        with self.database.write() as session:
            row = find(session, InvitationRow, invitation_id, "invitation")
            if row.opened_at is None:
                row.opened_at = now()
                self._note(session, "open", "invitation", invitation_id)

    def note_consent(self, invitation_id: str, version: str, language: str) -> None:
        """The patient agreed to a version of the consent text, in a language; the audit trail keeps when."""
        with self.database.write() as session:
            find(session, InvitationRow, invitation_id, "invitation")
            self._note(session, "consent", "invitation", invitation_id, version=version, language=language)

    def revoke_invitation(self, invitation_id: str) -> Invitation:
        """End an invitation at once; recordings that came by it stay."""
        with self.database.write() as session:
            row = find(session, InvitationRow, invitation_id, "invitation")
            if row.revoked_at is None:
                row.revoked_at = now()
                self._note(session, "revoke", "invitation", invitation_id)
            return _invitation(session, row)


def token_hash(token: str) -> str:
    """SHA-256 of a token in hexadecimal; tokens have 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _invitation(session: Session, row: InvitationRow) -> Invitation:
    sent = session.scalar(
        select(func.count())
        .select_from(CaptureRow)
        .where(CaptureRow.invitation_id == row.id, CaptureRow.state == CaptureState.KEPT.value)
    )
    return Invitation(
        id=row.id,
        patient_id=row.patient_id,
        plan=ExamPlan.model_validate(row.plan),
        message=row.message,
        language=row.language,
        expires_at=row.expires_at,
        max_recordings=row.max_recordings,
        sent=sent or 0,
        who=row.who,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        opened_at=row.opened_at,
    )
