"""What tests of home recordings need: an invitation, and recordings in each state that a patient's browser can leave them in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from core.exam.guide import Cue, GuidedProtocol, exam_plan
from core.exam.protocol import Expression
from core.records import Store
from core.records.base import now
from core.records.entries import Capture, Invitation
from core.records.tables import CaptureRow, InvitationRow
from core.video.limits import VideoLimits

PLAN = exam_plan(GuidedProtocol.QUICK)
CUES = (
    Cue(expression=Expression.REST, start_s=0.0, end_s=0.6),
    Cue(expression=Expression.SMILE_OPEN, start_s=0.7, end_s=1.4),
)


def invite(
    store: Store, patient_id: str, *, recordings: int = 1, message: str = "", language: str = ""
) -> tuple[Invitation, str]:
    """An invitation that can be used, and its token."""
    return store.create_invitation(
        patient_id, PLAN, now() + timedelta(days=14), max_recordings=recordings, message=message, language=language
    )


def begun(store: Store, invitation: Invitation, clip: Path, *, age_s: float = 0.0) -> Capture:
    """A recording of which one part has arrived, so many seconds ago."""
    capture = store.begin_capture(invitation.patient_id, PLAN, "video/mp4", invitation_id=invitation.id)
    store.append_part(capture.id, 0, clip.read_bytes(), VideoLimits())
    with store.database.write() as session:
        then = now() - timedelta(seconds=age_s)
        session.execute(update(CaptureRow).where(CaptureRow.id == capture.id).values(updated_at=then))
    return store.capture(capture.id)


def finished(store: Store, invitation: Invitation, clip: Path) -> Capture:
    """A recording that waits to be sent."""
    return store.finish_capture(begun(store, invitation, clip).id, parts=1, cues=CUES)


def sent(store: Store, invitation: Invitation, clip: Path) -> Capture:
    """A recording that the clinic has."""
    capture = finished(store, invitation, clip)
    store.keep_capture(capture.id, VideoLimits(), label="Home recording")
    return store.capture(capture.id)


def expire(store: Store, invitation: Invitation) -> None:
    """Let the invitation's last day be over."""
    with store.database.write() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(InvitationRow).where(InvitationRow.id == invitation.id).values(expires_at=past))
