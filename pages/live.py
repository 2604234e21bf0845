"""Live: one movement with landmarks, both sides and their symmetry as it happens, for a talk or for exercises with feedback."""

from __future__ import annotations

from contextlib import suppress

from core.errors import HemifaceError
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.layout import page_head
from pages.components.live_socket import live_token
from pages.components.live_view import live_view


@guarded
def page() -> None:
    page_head("Live", "One movement of both sides as it happens: for a talk, or for exercises in front of the screen.")
    with suppress(HemifaceError):  # told by the view when it is started
        installation().frames.start()
    live_view(live_token(), key="live")


page()
