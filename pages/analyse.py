"""Analyse: start the analysis of a visit's videos, watch it, and go on to the results."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.errors import HemifaceError
from core.records.entries import Analysis, JobState, Patient, Recording, Visit
from core.records.known_side import side_to_give
from core.records.runner import AnalysisOptions
from core.result import ExamResult
from core.words import AffectedSide
from pages.components.current import PATIENTS, REVIEW, SEVERITY, SYNKINESIS, UPLOAD, go, store
from pages.components.exam_choice import remember_recording
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.job_progress import show_progress
from pages.components.layout import empty_state, facts_line, page_head, require_visit
from pages.components.quality import quality_list
from pages.components.recordings import (
    RecordingState,
    next_step,
    picture,
    recording_facts,
    recording_states,
    status_badge,
)
from pages.components.side_choice import keep_side, movement_asked, side_choice, side_fact
from pages.components.text import counted, plain
from pages.components.tracker_words import tracker_title

_SIDE = "analyse_side"


@guarded
def page() -> None:
    patient, visit = require_visit("Analyse")
    page_head("Analyse", "The face is tracked and measured in every picture of the video.", patient, visit)
    states = recording_states(visit.id)
    if not states:
        step = next_step(states)
        if empty_state("No video to analyse", step.why, action=step.label, icon=step.icon):
            go(step.page)
        return
    unconfirmed = [state for state in states if not state.recording.confirmed]
    if unconfirmed:
        st.warning(
            f"{counted(len(unconfirmed), 'video')} cannot be analysed before right and left are checked.",
            icon=":material/flip:",
        )
        if st.button("Check right and left", icon=":material/flip:", key="to_upload"):
            go(UPLOAD)
    ready = [state for state in states if state.recording.confirmed]
    if ready:
        _start(patient, visit, ready)
    for state in ready:
        _card(state)


def _side_choice(patient: Patient, visit: Visit, states: list[RecordingState]) -> None:
    """The affected side for the analyses that are started here, preset to what each would be given by itself."""
    known = {side_to_give(store(), state.recording).side for state in states}
    if movement_asked(visit.id):
        known = {AffectedSide.UNDETERMINED}
    preset = known.pop() if len(known) == 1 else None
    # A new preset, from a corrected record or video, begins anew.
    st.session_state[_SIDE] = side_choice(patient, preset, f"analyse_side_{visit.id}_{preset}")


def _start_analysis(recording: Recording) -> None:
    """Start an analysis with the side of the control; what was changed there stays with the recording."""
    side = keep_side(recording, st.session_state.get(_SIDE))
    installation().runner.start_analysis(recording.id, replace(_options(), side=side))


def _start(patient: Patient, visit: Visit, states: list[RecordingState]) -> None:
    """The one thing to do next for all videos together, and the options of the analysis."""
    todo = [state for state in states if state.analysis is None and not state.running and not state.failed]
    analysed = any(state.analysis is not None for state in states)
    running = any(state.running for state in states)
    _side_choice(patient, visit, states)
    with st.container(horizontal=True, vertical_alignment="center"):
        if todo:
            if st.button(
                f"Analyse {counted(len(todo), 'video')}",
                type="primary",
                icon=":material/play_arrow:",
                key="analyse_all",
            ):
                for state in todo:
                    _start_analysis(state.recording)
                st.rerun()
        elif (
            analysed
            and not running
            and st.button("Show severity", type="primary", icon=":material/face:", key="to_severity")
        ):
            go(SEVERITY)
        with st.popover("Options", icon=":material/tune:"):
            _option_widgets()
    if running:
        st.caption("You may leave this page or close it: the analysis goes on, and this page shows it again.")


def _option_widgets() -> None:
    from models.tracking import tracker_factories

    usable, reasons = [], []
    for name, factory in tracker_factories().items():
        reason = factory.unavailable_reason()
        usable.append(name) if reason is None else reasons.append((name, reason))
    st.selectbox(
        "Tracker",
        usable,
        format_func=tracker_title,
        key="option_tracker",
        persist_state="session",
        help="Compare results only between visits that used the same tracker.",
    )
    st.toggle(
        "Mirror averaging",
        value=True,
        key="option_mirror",
        persist_state="session",
        help=(
            "Every picture is tracked a second time mirrored, and both are averaged. This takes away the tracker's own difference "
            "between right and left (about 1 mm) and tells how certain each point is. It takes about twice as long."
        ),
    )
    st.toggle(
        "Track each half of the face for itself",
        value=True,
        key="option_halves",
        persist_state="session",
        help=(
            "Each half is also tracked beside its own mirror image, so that a side that does not move is not pulled along by the "
            "side that does; it takes about twice as long."
        ),
    )
    for name, reason in reasons:
        st.caption(f"{tracker_title(name)}: not usable here. {plain(reason)}")


def _options() -> AnalysisOptions:
    standard = AnalysisOptions()
    return AnalysisOptions(
        tracker=st.session_state.get("option_tracker") or standard.tracker,
        mirror_average=st.session_state.get("option_mirror", standard.mirror_average),
        half_faces=st.session_state.get("option_halves", standard.half_faces),
    )


def _card(state: RecordingState) -> None:
    recording = state.recording
    with st.container(border=True, key=f"card_{recording.id}"):
        still, body = st.columns([1, 5], gap="medium")
        with still:
            picture(recording)
        with body:
            with st.container(gap=None):
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.markdown(f"**{plain(recording.title)}**", width="content")
                    status_badge(state)
                facts_line(recording_facts(recording))
            if state.job is not None and state.running:
                _watch(state.job.id)
            elif state.failed:
                _failure(state)
            elif state.job is not None and state.job.state is JobState.CANCELLED and state.analysis is None:
                st.markdown("The analysis was cancelled. Nothing of it was kept.")
            if state.analysis is not None:
                _done(recording, state.analysis, running=state.running)


@st.fragment(run_every=1)
@guarded
def _watch(job_id: str) -> None:
    runner = installation().runner
    job = runner.job(job_id)
    if not job.state.active:
        st.rerun()
    show_progress(job, "Analysis")
    if st.button("Cancel", key=f"cancel_{job_id}", icon=":material/close:"):
        runner.cancel(job_id)


def _failure(state: RecordingState) -> None:
    job = state.job
    assert job is not None  # a failure is a job's
    st.error(plain(job.error), icon=":material/error:")
    if job.hint:
        st.markdown(plain(job.hint))
    with st.container(horizontal=True):
        if st.button("Try again", key=f"retry_{state.recording.id}", icon=":material/replay:"):
            _start_analysis(state.recording)
            st.rerun()
        if st.button("Back to the visit", key=f"visit_{state.recording.id}", icon=":material/event:"):
            go(PATIENTS)


def _done(recording: Recording, analysis: Analysis, *, running: bool) -> None:
    try:
        result = store().load_result(analysis)
    except HemifaceError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        result = None
    if result is not None:
        _facts(recording, analysis, result)
    with st.container(horizontal=True):
        for page_file, label, icon in (
            (REVIEW, "Review", ":material/movie:"),
            (SEVERITY, "Severity", ":material/face:"),
            (SYNKINESIS, "Synkinesis", ":material/link:"),
        ):
            if result is not None and st.button(label, key=f"{page_file}_{recording.id}", icon=icon):
                remember_recording(recording)
                go(page_file)
        if not running and st.button(
            "Analyse again", key=f"again_{recording.id}", icon=":material/replay:", type="tertiary"
        ):
            _start_analysis(recording)
            st.rerun()


def _facts(recording: Recording, analysis: Analysis, result: ExamResult) -> None:
    made = analysis.created_at.astimezone()
    assessed = sum(entry.assessable for entry in result.expressions.values())
    facts_line(
        [
            f"face found in {result.tracking.fraction:.0%} of the frames",
            counted(assessed, "expression") + " assessed",
            side_fact(result, analysis),
            ", ".join([f"tracker {tracker_title(analysis.tracker_name)}", *result.tracker.ways]),
            f"{made.day} {made:%b %Y, %H:%M}",
        ]
    )
    if result.video.mirrored != recording.mirrored:
        st.warning(
            "Right and left of this video were changed after this analysis. Analyse it again.", icon=":material/flip:"
        )
    segments = store().segments(recording.id)
    if segments is not None and segments.version != analysis.segments_version:
        st.warning("The segments were changed after this analysis. Analyse it again.", icon=":material/timeline:")
    quality_list(result.quality)


page()
