"""Remarks on the quality of a recording, the gravest first."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.result import QualityEntry
from pages.components.text import plain

_ICONS = {
    "error": ":red[:material/error:]",
    "warning": ":orange[:material/warning:]",
    "info": ":gray[:material/info:]",
}


def quality_list(entries: Sequence[QualityEntry]) -> None:
    """The remarks in plain words, one a line; nothing when there are none."""
    gravest_first = sorted(entries, key=lambda entry: list(_ICONS).index(entry.severity))
    if gravest_first:
        st.markdown("  \n".join(f"{_ICONS[entry.severity]} {plain(entry.message)}" for entry in gravest_first))
