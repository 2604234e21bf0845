"""Home recording: what a patient sees who opened the link of an invitation."""

from __future__ import annotations

from pages.components.guard import guarded
from pages.components.home_steps import show_home


@guarded
def page() -> None:
    show_home()


page()
