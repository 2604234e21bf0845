"""Which analysis a page shows: of several videos of a visit one is chosen, and of several analyses the newest."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.records.entries import Analysis, Patient, Recording, Visit
from pages.components.current import go, store
from pages.components.layout import empty_state, page_head, require_visit
from pages.components.recordings import next_step, recording_states
from pages.components.tracker_words import tracker_title

_RECORDING = "recording"


@dataclass(frozen=True)
class Exam:
    """One analysed video with where it belongs."""

    patient: Patient
    visit: Visit
    recording: Recording
    analysis: Analysis


def require_exam(title: str = "") -> Exam:
    """The analysed video that the page shows; without one the page ends here, under its title, and says what to do.

    Draws a choice where the visit has several analysed videos, and one where the video has several analyses. The video's id
    stays in the address, so that a reload keeps it.
    """
    patient, visit = require_visit(title)
    states = recording_states(visit.id)
    analysed = [state.recording for state in states if state.analysis is not None]
    if not analysed:
        page_head(title or "Results", "", patient, visit)
        step = next_step(states)
        if empty_state("Nothing to show yet", step.why, action=step.label, icon=step.icon):
            go(step.page)
        st.stop()
    recording = _chosen_recording(analysed)
    return Exam(patient, visit, recording, _chosen_analysis(recording))


def remember_recording(recording: Recording) -> None:
    """Let the next page show this video."""
    st.session_state[_RECORDING] = recording.id


def _chosen_recording(analysed: list[Recording]) -> Recording:
    by_id = {recording.id: recording for recording in analysed}
    asked = st.query_params.get(_RECORDING) or st.session_state.get(_RECORDING)
    chosen = asked if asked in by_id else analysed[-1].id
    if len(by_id) > 1:
        chosen = st.selectbox(
            "Video",
            list(by_id),
            index=list(by_id).index(chosen),
            format_func=lambda recording_id: by_id[recording_id].title,
            key=f"exam_recording_{analysed[0].visit_id}",
        )
    st.query_params[_RECORDING] = st.session_state[_RECORDING] = chosen
    return by_id[chosen]


def _chosen_analysis(recording: Recording) -> Analysis:
    analyses = store().analyses(recording.id)
    if len(analyses) == 1:
        return analyses[0]
    by_id = {analysis.id: analysis for analysis in analyses}
    chosen = st.selectbox(
        "Analysis",
        list(by_id),
        format_func=lambda analysis_id: _analysis_label(by_id[analysis_id], newest=analysis_id == analyses[0].id),
        key=f"exam_analysis_{recording.id}_{len(analyses)}",
        help="Every analysis is kept; the newest is shown unless you choose another.",
    )
    return by_id[chosen]


def _analysis_label(analysis: Analysis, *, newest: bool) -> str:
    made = analysis.created_at.astimezone()
    return f"{made.day} {made:%b %Y, %H:%M} · {tracker_title(analysis.tracker_name)}" + (" · newest" if newest else "")
