"""Stored results, read once a session: keyed by the hash of their file, so that a change of it is never missed.

The caches are of one session: nothing of a patient is kept where another session's run could meet it (reliability T10).
"""

from __future__ import annotations

import streamlit as st

from core.measures.curves import Curves
from core.records.analyses import CURVES, RESULT, TRACK
from core.records.entries import Analysis
from core.result import ExamResult
from pages.components.current import store
from pages.components.video_overlay import packed_track


@st.cache_resource(
    scope="session", max_entries=6, show_spinner=False, hash_funcs={Analysis: lambda a: a.hashes.get(RESULT, a.id)}
)
def exam_result(analysis: Analysis) -> ExamResult:
    """The result of an analysis; raises HemifaceError when its file is missing, changed or unreadable."""
    return store().load_result(analysis)


@st.cache_resource(
    scope="session", max_entries=4, show_spinner=False, hash_funcs={Analysis: lambda a: a.hashes.get(CURVES, a.id)}
)
def exam_curves(analysis: Analysis) -> Curves | None:
    """The curves of an analysis, None when it kept none; raises HemifaceError as ``exam_result``."""
    return store().load_curves(analysis)


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Reading the landmarks",
    hash_funcs={Analysis: lambda a: a.hashes.get(TRACK, a.id)},
)
def exam_track(analysis: Analysis) -> bytes:
    """The track of an analysis as the player reads it; raises HemifaceError as ``exam_result``."""
    return packed_track(store().load_track(analysis))
