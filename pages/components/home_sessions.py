"""Browsers that opened a link for home recordings, and how often an address may try one. In memory, bounded, expiring."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Any

# A session outlives an evening of attempts; after it, or after a restart of the server, the link is opened again.
VALID_S = 12 * 3600
MOST_SESSIONS = 2000
MOST_ATTEMPTS = 20
ATTEMPTS_S = 60.0
MOST_ADDRESSES = 5000


@dataclass(frozen=True)
class HomeSession:
    """What one browser did since it opened its link.

    Attributes:
        invitation_id: of the link.
        expires_at: on the monotonic clock.
        consented: the patient agreed to the consent text.
        sent: recordings that were sent from this browser.
        language: that the patient chose, "" when none was chosen.
    """

    invitation_id: str
    expires_at: float
    consented: bool = False
    sent: int = 0
    language: str = ""


class HomeSessions:
    """Random keys, which browsers keep in a cookie, with what each is worth; only the hash of a key is kept.

    Args:
        clock: seconds, for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, HomeSession] = {}

    def open(self, invitation_id: str | None) -> str:
        """A new key; without an invitation one that is worth nothing and looks the same."""
        key = secrets.token_urlsafe(32)
        if invitation_id is not None:
            with self._lock:
                self._forget_old()
                self._sessions[_hash(key)] = HomeSession(invitation_id, self._clock() + VALID_S)
        return key

    def find(self, key: str) -> HomeSession | None:
        """What a key is worth now; None for an unknown or expired one."""
        with self._lock:
            session = self._sessions.get(_hash(key))
        return session if session is not None and session.expires_at > self._clock() else None

    def change(self, key: str, **what: Any) -> None:
        """Note what the browser did; nothing happens for an unknown key."""
        with self._lock:
            name = _hash(key)
            if name in self._sessions:
                self._sessions[name] = replace(self._sessions[name], **what)

    def _forget_old(self) -> None:
        now = self._clock()
        for name in [name for name, session in self._sessions.items() if session.expires_at <= now]:
            del self._sessions[name]
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]


class AttemptLimit:
    """How often one address may try a link: 20 times a minute. A household with IPv6 (/64) counts as one address.

    Args:
        clock: seconds, for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, address: str) -> bool:
        """Whether this address may try now; counts the attempt."""
        name, now = _household(address), self._clock()
        with self._lock:
            times = self._attempts.setdefault(name, deque(maxlen=MOST_ATTEMPTS))
            self._attempts.move_to_end(name)
            while len(self._attempts) > MOST_ADDRESSES:
                self._attempts.popitem(last=False)
            if len(times) == MOST_ATTEMPTS and times[0] > now - ATTEMPTS_S:
                return False
            times.append(now)
            return True


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _household(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    return str(known) if known.version == 4 else str(ip_network((known, 64), strict=False))
