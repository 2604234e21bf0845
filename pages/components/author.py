"""Who enters something: one name a browser session, under which treatments, totals, judgements and consents are kept."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.records import Store
from core.records.base import account_name
from core.records.text import clean_line
from pages.components.current import store
from pages.components.installation import installation
from pages.components.text import plain

_NAME = "clinician_name"
_LENGTH = 60


def author_field() -> str:
    """A field for the clinician's name, filled in once a session; returns who signs an entry.

    It begins with the setting ``HEMIFACE_CLINICIAN``. Without a name it is the computer's account, which is called so. One
    such field may be drawn in a run of a page.
    """
    typed = st.text_input(
        "Clinician",
        value=installation().settings.clinician,
        key=_NAME,
        max_chars=_LENGTH,
        placeholder="Name or initials",
        persist_state="session",
        help="Kept with every entry. Asked once a session.",
        width=260,
    )
    if not clean_line(typed or "", _LENGTH):
        st.caption(f":material/info: Without a name, entries are kept under “{plain(_account())}”.")
    return author()


def author() -> str:
    """Who signs what is entered in this session: the name that was given, else the computer's account, which is called so."""
    return clean_line(st.session_state.get(_NAME, installation().settings.clinician) or "", _LENGTH) or _account()


def _account() -> str:
    return f"{account_name()} (computer account)"


def signed(who: str) -> Store:
    """The records, with entries kept under this name."""
    return replace(store(), who=who)
