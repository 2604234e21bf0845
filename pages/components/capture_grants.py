"""Which browser may record what: a random token for one patient and one plan, known to the server and that page only."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from core.exam.guide import ExamPlan

# Long enough for an examination with pauses, and for parts that come late over a slow connection.
VALID_S = 4 * 3600.0
_MOST_GRANTS = 2000
_MINUTE_S = 60.0
MOST_BEGUN_A_MINUTE = 12
MOST_FRAMES_A_MINUTE = 600


@dataclass
class CaptureGrant:
    """What a token is worth.

    Attributes:
        session: of the page that was given it.
        patient_id, visit_id, invitation_id: where recordings go.
        plan: what is asked for.
        expires_at: on the monotonic clock.
        captures: that were begun with it; no others may be filled with it.
    """

    session: str
    patient_id: str
    visit_id: str | None
    invitation_id: str | None
    plan: ExamPlan
    expires_at: float
    captures: set[str] = field(default_factory=set)
    begun: deque[float] = field(default_factory=deque)
    frames: deque[float] = field(default_factory=deque)


class CaptureGrants:
    """Tokens with which browsers record; they outlive a lost connection, so that late parts still arrive.

    Args:
        clock: seconds, for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_token: dict[str, CaptureGrant] = {}

    def grant(
        self,
        session: str,
        *,
        patient_id: str,
        visit_id: str | None = None,
        invitation_id: str | None = None,
        plan: ExamPlan,
    ) -> str:
        """A token for this page; the same one as long as the page asks for the same."""
        wanted = (session, patient_id, visit_id, invitation_id, plan)
        with self._lock:
            self._forget_old()
            for token, grant in self._by_token.items():
                if (grant.session, grant.patient_id, grant.visit_id, grant.invitation_id, grant.plan) == wanted:
                    grant.expires_at = self._clock() + VALID_S
                    return token
            token = secrets.token_urlsafe(32)
            self._by_token[token] = CaptureGrant(
                session, patient_id, visit_id, invitation_id, plan, self._clock() + VALID_S
            )
            return token

    def find(self, token: str) -> CaptureGrant | None:
        """What a token is worth now; None for an unknown or expired one."""
        with self._lock:
            grant = self._by_token.get(token)
            return grant if grant is not None and grant.expires_at > self._clock() else None

    def may_begin(self, grant: CaptureGrant) -> bool:
        """Whether another recording may be begun now; counts it."""
        return self._within(grant.begun, MOST_BEGUN_A_MINUTE)

    def may_check(self, grant: CaptureGrant) -> bool:
        """Whether another small picture may be looked at now; counts it."""
        return self._within(grant.frames, MOST_FRAMES_A_MINUTE)

    def add_capture(self, grant: CaptureGrant, capture_id: str) -> None:
        """Let the token's page fill this capture."""
        with self._lock:
            grant.captures.add(capture_id)

    def session_of(self, capture_id: str) -> str | None:
        """The session of the page that fills this capture; None when no token of this server is worth it."""
        with self._lock:
            return next((grant.session for grant in self._by_token.values() if capture_id in grant.captures), None)

    def _within(self, times: deque[float], most: int) -> bool:
        with self._lock:
            now = self._clock()
            while times and times[0] < now - _MINUTE_S:
                times.popleft()
            if len(times) >= most:
                return False
            times.append(now)
            return True

    def _forget_old(self) -> None:
        now = self._clock()
        for token in [token for token, grant in self._by_token.items() if grant.expires_at <= now]:
            del self._by_token[token]
        while len(self._by_token) >= _MOST_GRANTS:
            del self._by_token[next(iter(self._by_token))]
