"""Home recordings: what patients sent from home, the new ones first."""

from __future__ import annotations

import streamlit as st

from core.exam.protocol import Expression
from core.records.entries import Capture, Patient, Recording
from core.records.known_side import side_to_give
from core.records.runner import AnalysisOptions
from core.words import AffectedSide
from pages.components.current import ANALYSE, PATIENTS, SEVERITY, open_patient, open_visit, store
from pages.components.guard import guarded
from pages.components.home_flow import erase_unsent
from pages.components.installation import installation
from pages.components.layout import empty_state, facts_line, page_head, simulated_badge
from pages.components.movement_checks import check_job, quality_badge, read_checks, show_checks
from pages.components.player import play
from pages.components.side_choice import given_words, keep_side, side_choice
from pages.components.text import counted, plain

PAGE_LENGTH = 20
_REFRESH_S = 3


@guarded
def page() -> None:
    page_head("Home recordings", "What patients sent from home. Look at each one once; the newest come first.")
    erase_unsent()
    captures = store().home_recordings(unseen=False)
    if not captures:
        _nothing_yet()
        return
    new = [capture for capture in captures if capture.seen_at is None]
    seen = [capture for capture in captures if capture.seen_at is not None]
    st.subheader(f"New ({len(new)})", anchor=False)
    if new:
        _rows(new[:PAGE_LENGTH])
        if len(new) > PAGE_LENGTH:
            st.caption(f"{len(new) - PAGE_LENGTH} more are shown when these are marked as seen.")
    else:
        st.success("Everything has been looked at.", icon=":material/done_all:")
    if seen and st.toggle(f"Show the {counted(len(seen), 'recording')} that were seen", key="home_seen_shown"):
        for capture in seen[:PAGE_LENGTH]:
            _row(capture)


def _nothing_yet() -> None:
    if empty_state(
        "No home recordings yet",
        "Open a patient and choose “Home recording”: the patient gets a link, records at home, and the video appears here.",
        action="Choose a patient",
        icon=":material/person_search:",
    ):
        st.switch_page(PATIENTS)


def _rows(captures: list[Capture]) -> None:
    waiting = any(_is_being_checked(capture) for capture in captures)

    @st.fragment(run_every=_REFRESH_S if waiting else None)
    @guarded
    def draw() -> None:
        for capture in captures:
            _row(capture)
        if waiting and not any(_is_being_checked(capture) for capture in captures):
            st.rerun()

    draw()


def _is_being_checked(capture: Capture) -> bool:
    recording = _recording(capture)
    if recording is None or read_checks(recording) is not None:
        return False
    job = check_job(recording)
    return job is not None and job.state.active


def _recording(capture: Capture) -> Recording | None:
    return store().recording(capture.recording_id) if capture.recording_id else None


def _row(capture: Capture) -> None:
    recording = _recording(capture)
    if recording is None:
        return
    patient = store().patient(capture.patient_id)
    with st.container(border=True, key=f"home_{capture.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(patient.name)}**", width="content")
            quality_badge(recording)
            if patient.simulated:
                simulated_badge()
        facts_line(_facts(capture, recording, patient))
        checks = read_checks(recording)
        if checks is not None and any(not check.ok for check in checks):
            with st.expander("What the quick look found"):
                show_checks(checks)
        side = _side(capture, recording, patient) if _waits(recording) else None
        with st.container(horizontal=True):
            _actions(capture, recording, side)


def _facts(capture: Capture, recording: Recording, patient: Patient) -> list[str]:
    sent = capture.updated_at.astimezone()
    asked = sum(step.expression is not Expression.REST for step in capture.plan.steps)
    minutes, seconds = divmod(round(recording.duration_s or 0), 60)
    return [
        f"No. {patient.details.record_number}" if patient.details.record_number else "",
        f"sent {sent.day} {sent:%b %Y}, {sent:%H:%M}",
        f"{minutes}:{seconds:02d} min",
        f"{min(capture.performed, asked)} of {asked} movements done",
        "" if recording.facts.get("complete", True) else "broke off",
        "" if _waits(recording) else given_words(recording),
    ]


def _waits(recording: Recording) -> bool:
    """Neither analysed nor being analysed."""
    jobs = store().jobs(recording_id=recording.id, kind="analyse")
    return store().latest_analysis(recording.id) is None and not (jobs and jobs[0].state.active)


def _side(capture: Capture, recording: Recording, patient: Patient) -> AffectedSide | None:
    """The affected side for "Analyse now", preset to what the analysis would be given by itself."""
    preset = side_to_give(store(), recording).side
    return side_choice(patient, preset, f"home_side_{capture.id}_{preset}")


def _actions(capture: Capture, recording: Recording, side: AffectedSide | None) -> None:
    visit = store().visit(recording.visit_id)
    if st.button("Play", key=f"play_{capture.id}", icon=":material/play_arrow:"):
        play(recording)
    if store().latest_analysis(recording.id) is not None:
        if st.button("Show severity", key=f"severity_{capture.id}", icon=":material/face:"):
            open_visit(visit, SEVERITY)
    elif not _waits(recording):
        if st.button("Watch the analysis", key=f"watch_{capture.id}", icon=":material/hourglass_top:"):
            open_visit(visit, ANALYSE)
    elif st.button("Analyse now", key=f"analyse_{capture.id}", icon=":material/query_stats:"):
        installation().runner.start_analysis(recording.id, AnalysisOptions(side=keep_side(recording, side)))
        open_visit(visit, ANALYSE)
    if st.button("Open visit", key=f"visit_{capture.id}", icon=":material/event:"):
        open_visit(visit)
    if st.button("Open patient", key=f"patient_{capture.id}", icon=":material/person:"):
        open_patient(capture.patient_id)
    if capture.seen_at is None and st.button("Mark as seen", key=f"seen_{capture.id}", icon=":material/done:"):
        store().note_seen(capture.id)
        st.rerun()


page()
