"""Where a patient at home is: which link, which step, which recording waits. Decides and changes; draws nothing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from uuid import uuid4

from core.errors import HemifaceError
from core.records.base import now
from core.records.entries import Capture, CaptureState, Invitation, Recording
from pages.components.guard import log_without_data
from pages.components.home_sessions import HomeSession
from pages.components.home_texts import CONSENT_VERSION
from pages.components.installation import installation

VISIT_LABEL = "Home recording"
# Parts come every second; a page that sends none for so long is gone.
BROKE_OFF_AFTER = timedelta(seconds=15)
log = logging.getLogger("hemiface.home")


class Step(IntEnum):
    """What the patient does; the number is shown."""

    WELCOME = 1
    PREPARE = 2
    RECORD = 3
    REVIEW = 4
    THANKS = 5


@dataclass(frozen=True)
class HomeVisit:
    """A browser that opened a link which works, or worked when it was opened.

    Attributes:
        key: from its cookie.
        session: what it did so far.
        invitation: of the link, as it is now.
        unsent: a finished recording that waits for the patient's decision.
    """

    key: str
    session: HomeSession
    invitation: Invitation
    unsent: Capture | None

    @property
    def usable(self) -> bool:
        """Whether another recording may be begun."""
        return self.invitation.usable(now())

    @property
    def open(self) -> bool:
        """Whether there is anything to do: to record, or to send what was recorded in time."""
        return self.usable or self.may_send

    @property
    def may_send(self) -> bool:
        """A recording that was begun in time may be sent after the link's last day, but never with a revoked or used link."""
        invitation, capture = self.invitation, self.unsent
        return (
            capture is not None
            and invitation.revoked_at is None
            and invitation.sent < invitation.max_recordings
            and capture.created_at < invitation.expires_at
        )


def home_visit(key: str) -> HomeVisit | None:
    """The visit of the browser with this key; None when it has opened no link, or the patient was deleted."""
    here = installation()
    session = here.home_sessions.find(key) if key else None
    if session is None:
        return None
    try:
        invitation = here.store.invitation(session.invitation_id)
    except HemifaceError:
        return None
    finished = here.store.captures(invitation_id=invitation.id, state=CaptureState.FINISHED)
    return HomeVisit(key, session, invitation, finished[-1] if finished else None)


def first_step(visit: HomeVisit) -> Step:
    """Where a page begins that is loaded, perhaps again in the middle."""
    if visit.may_send:
        return Step.REVIEW
    if visit.session.sent:
        return Step.THANKS
    return Step.PREPARE if visit.session.consented else Step.WELCOME


def broken_off(visit: HomeVisit) -> Capture | None:
    """The newest recording of this link whose page is gone before it was finished."""
    captures = installation().store.captures(invitation_id=visit.invitation.id, state=CaptureState.RECORDING)
    gone = [capture for capture in captures if capture.parts and now() - capture.updated_at > BROKE_OFF_AFTER]
    return gone[-1] if gone else None


def consent(visit: HomeVisit, language: str) -> None:
    """The patient agreed: once for each time that the link is opened."""
    here = installation()
    here.store.note_consent(visit.invitation.id, CONSENT_VERSION, language)
    here.home_sessions.change(visit.key, consented=True)


def use_broken_off(visit: HomeVisit, capture_id: str) -> bool:
    """Make a recording that broke off whole; one that cannot be used is erased. Whether it can."""
    store = installation().store
    try:
        capture = store.capture(capture_id)
        if capture.invitation_id == visit.invitation.id:
            store.finish_capture(capture_id)
            return True
    except HemifaceError as problem:
        log.info("a broken recording could not be finished: %s", problem.code)
    discard(visit, capture_id)
    return False


def discard(visit: HomeVisit, capture_id: str) -> None:
    """Erase a recording of this link that was not sent; nothing happens for any other."""
    store = installation().store
    try:
        if store.capture(capture_id).invitation_id == visit.invitation.id:
            store.discard_capture(capture_id)
    except HemifaceError as problem:  # erased already, or sent from another tab
        log.info("nothing to discard: %s", problem.code)


def send(visit: HomeVisit) -> Recording:
    """Hand the waiting recording to the clinic, and erase what else was tried with this link.

    Raises:
        VideoError: it cannot be analysed, e.g. it is too short.
        HemifaceError: it may not be sent any more, or could not be saved; it stays where it is.
    """
    here = installation()
    if visit.unsent is None or not visit.may_send:
        raise HemifaceError("This recording cannot be sent with this link.", code="invitation")
    day = visit.unsent.created_at.astimezone().date()
    recording = here.store.keep_capture(visit.unsent.id, here.settings.video, day=day, label=VISIT_LABEL)
    here.home_sessions.change(visit.key, sent=visit.session.sent + 1)
    for state in (CaptureState.FINISHED, CaptureState.RECORDING):
        for capture in here.store.captures(invitation_id=visit.invitation.id, state=state):
            if state is CaptureState.FINISHED or now() - capture.updated_at > BROKE_OFF_AFTER:
                discard(visit, capture.id)
    try:
        here.runner.start_check(recording.id)
    except Exception as problem:  # the recording is safe, and the clinician can do without the check
        log_without_data(uuid4().hex[:8], problem)
    return recording


def erase_unsent(older_than: timedelta = timedelta(days=2)) -> int:
    """Erase recordings from home that nobody sent for so long, as the patients were told; how many."""
    store, erased = installation().store, 0
    for state in (CaptureState.RECORDING, CaptureState.FINISHED):
        for capture in store.captures(state=state):
            if capture.invitation_id is not None and now() - capture.updated_at > older_than:
                store.discard_capture(capture.id)
                erased += 1
    return erased
