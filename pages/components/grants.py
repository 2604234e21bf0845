"""Which session may fetch which recording: a random token a session, known to the server only (reliability T19)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_SESSIONS = 1000


@dataclass
class _Grant:
    session: str
    recordings: set[str] = field(default_factory=set)


class MediaGrants:
    """Tokens of sessions with the recordings that they may see; a token is worth nothing once its browser tab is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_token: dict[str, _Grant] = {}
        self._tokens: dict[str, str] = {}

    def grant(self, session: str, recording_id: str) -> str:
        """Let a session fetch a recording; returns the session's token."""
        with self._lock:
            token = self._tokens.get(session)
            if token is None:
                token = self._tokens[session] = secrets.token_urlsafe(32)
                self._by_token[token] = _Grant(session)
                self._forget_oldest()
            self._by_token[token].recordings.add(recording_id)
            return token

    def allows(self, token: str, recording_id: str, is_connected: Callable[[str], bool]) -> bool:
        """Whether the token's session is connected and was granted the recording."""
        with self._lock:
            grant = self._by_token.get(token)
            granted = grant is not None and recording_id in grant.recordings
        return grant is not None and granted and is_connected(grant.session)

    def _forget_oldest(self) -> None:
        while len(self._tokens) > _MOST_SESSIONS:
            oldest = next(iter(self._tokens))
            del self._by_token[self._tokens.pop(oldest)]
