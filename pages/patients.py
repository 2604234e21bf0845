"""Patients: the list, one patient with visits, one visit with videos."""

from __future__ import annotations

import streamlit as st

from core.errors import HemifaceError
from core.records.entries import Analysis, Patient, PatientSort, PatientSummary, Visit, VisitSummary
from pages.components import patient_forms as forms
from pages.components.agreement import agreement_section
from pages.components.consents import consents_section
from pages.components.current import (
    RECORD,
    UPLOAD,
    close_patient,
    current,
    go,
    is_addressed,
    open_patient,
    open_visit,
    store,
)
from pages.components.data_requests import data_section
from pages.components.demo import demo_offer, demo_progress
from pages.components.erasure import erasure_section
from pages.components.guard import guarded
from pages.components.invitations import invite_button, show_invitations
from pages.components.layout import facts_line, page_head, patient_facts, simulated_badge
from pages.components.player import play
from pages.components.prom_totals import enter_totals, prom_section
from pages.components.recordings import (
    RecordingState,
    next_step,
    picture,
    recording_facts,
    recording_states,
    result_headline,
    status_badge,
)
from pages.components.text import counted, plain
from pages.components.timeline import timeline_section
from pages.components.treatments import treatments_section

PAGE_LENGTH = 20
VISITS, COURSE, TREATMENTS, QUESTIONNAIRES = "Visits", "Course", "Treatments", "Questionnaires"
CONSENT, DATA = "Consent", "Data requests"


@guarded
def page() -> None:
    here = current() if is_addressed() else None
    if here is None:
        _list()
    elif here.visit is None:
        _patient(here.patient)
    else:
        _visit(here.patient, here.visit)


def _list() -> None:
    total = store().count_patients()
    page_head("Patients", "" if not total else "Open a patient to see visits, videos and results.")
    demo_progress()
    erasure_section()
    if not total:
        _nothing_yet()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            "Search",
            placeholder="Name or record number",
            key="patient_search",
            icon=":material/search:",
            width="stretch",
        )
        sort = st.selectbox("Sort by", list(PatientSort), format_func=str.capitalize, key="patient_sort", width=190)
        if st.button("New patient", type="primary", icon=":material/person_add:", key="new_patient"):
            forms.new_patient()
    shown = st.session_state.setdefault("patients_shown", PAGE_LENGTH)
    newest_first = sort in (PatientSort.LAST_VISIT, PatientSort.CREATED)
    found = store().patients(search, sort=sort, descending=newest_first, limit=shown)
    if not found.total:
        st.info(f"No patient fits “{plain(search)}”.", icon=":material/search_off:")
    for row in found.rows:
        _row(row)
    if found.total > len(found.rows) and st.button("Show more", key="patients_more"):
        st.session_state["patients_shown"] = shown + PAGE_LENGTH
        st.rerun()
    demo_offer()
    agreement_section()


def _nothing_yet() -> None:
    with st.container(border=True, horizontal_alignment="center", key="no_patients"):
        st.space("small")
        st.subheader("No patients yet", anchor=False, text_alignment="center")
        st.markdown(
            "Enter your first patient, then add a visit and upload a video of the facial expressions. "
            "Or look around first with simulated demo patients: they are computed faces with known weakness.",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("New patient", type="primary", icon=":material/person_add:", key="new_patient"):
                forms.new_patient()
            demo_offer(boxed=False)
        st.space("small")


def _row(row: PatientSummary) -> None:
    patient = row.patient
    with st.container(border=True, key=f"patient_{patient.id}"):
        who, numbers, action = st.columns([5, 3, 1.2], vertical_alignment="center")
        with who.container(gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{plain(patient.name)}**", width="content")
                if patient.simulated:
                    simulated_badge()
            facts_line(patient_facts(patient))
        with numbers.container(gap=None):
            last = f"Last visit {row.last_visit.day} {row.last_visit:%b %Y}" if row.last_visit else "No visit yet"
            st.markdown(last)
            if row.visits:
                facts_line([counted(row.visits, "visit"), counted(row.exams, "analysed video")])
        if action.button("Open", key=f"open_{patient.id}", width="stretch"):
            open_patient(patient.id)


def _patient(patient: Patient) -> None:
    if st.button("All patients", type="tertiary", icon=":material/arrow_back:", key="all_patients"):
        close_patient()
        st.rerun()
    page_head(plain(patient.name), patient=patient)
    facts_line(patient_facts(patient))
    if patient.details.notes:
        st.text(patient.details.notes)
    visits = store().visits(patient.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("New visit", type="primary", icon=":material/add:", key="new_visit"):
            forms.new_visit(patient)
        invite_button(patient)
        if st.button("Edit", icon=":material/edit:", key="edit_patient"):
            forms.edit_patient(patient)
        if st.button("Delete", icon=":material/delete:", key="delete_patient"):
            forms.delete_patient(patient, visits)
    parts = {
        VISITS: lambda: _visits(patient, visits),
        COURSE: lambda: timeline_section(patient),
        TREATMENTS: lambda: treatments_section(patient),
        QUESTIONNAIRES: lambda: prom_section([row.visit for row in visits]),
        CONSENT: lambda: consents_section(patient),
        DATA: lambda: data_section(patient, visits),
    }
    shown = st.segmented_control(
        "Part of the record",
        list(parts),
        default=VISITS,
        required=True,
        key=f"part_{patient.id}",
        label_visibility="collapsed",
        persist_state="session",
    )
    parts[shown]()


def _visits(patient: Patient, visits: list[VisitSummary]) -> None:
    if not visits:
        st.info("No visit yet. Enter a visit, then upload a video of the expressions.", icon=":material/event:")
    for row in visits:
        _visit_row(row)
    show_invitations(patient)


def _visit_row(row: VisitSummary) -> None:
    with st.container(border=True, key=f"visit_{row.visit.id}"):
        what, action = st.columns([6, 1.2], vertical_alignment="center")
        with what.container(gap=None):
            st.markdown(f"**{plain(row.visit.title)}**")
            unconfirmed = f"{row.unconfirmed} to check" if row.unconfirmed else ""
            videos = [counted(row.recordings, "video"), f"{row.exams} analysed", unconfirmed]
            facts_line(videos if row.recordings else ["no video yet"])
            if row.exams:
                newest = list(store().latest_analyses(row.visit.id).values())[-1]
                facts_line(_headline(newest))
        if action.button("Open", key=f"open_{row.visit.id}", width="stretch"):
            open_visit(row.visit)


def _visit(patient: Patient, visit: Visit) -> None:
    if st.button(plain(patient.name), type="tertiary", icon=":material/arrow_back:", key="to_patient"):
        open_patient(patient.id)
    page_head(plain(visit.title), patient=patient)
    if visit.notes:
        st.text(visit.notes)
    states = recording_states(visit.id)
    step = next_step(states)
    st.markdown(step.why)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(step.label, type="primary", icon=step.icon, key="next_step"):
            go(step.page)
        if st.button("Record", icon=":material/radio_button_checked:", key="record_visit"):
            go(RECORD)
        if st.button("Questionnaires", icon=":material/assignment:", key="visit_totals"):
            enter_totals([visit])
        if st.button("Edit", icon=":material/edit:", key="edit_visit"):
            forms.edit_visit(visit)
        if st.button("Delete", icon=":material/delete:", key="delete_visit"):
            forms.delete_visit(visit, len(states))
    if states:
        st.subheader("Videos", anchor=False)
    for state in states:
        _recording_row(state)


def _recording_row(state: RecordingState) -> None:
    recording = state.recording
    with st.container(border=True, key=f"recording_{recording.id}"):
        still, what = st.columns([1, 5], vertical_alignment="center", gap="medium")
        with still:
            picture(recording)
        with what.container(gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{plain(recording.title)}**", width="content")
                status_badge(state)
            facts_line(recording_facts(recording))
            if state.analysis is not None:
                facts_line(_headline(state.analysis))
        with what.container(horizontal=True):
            if st.button("Play", key=f"play_{recording.id}", icon=":material/play_arrow:", type="tertiary"):
                play(recording)
            if recording.confirmed and st.button(
                "Correct",
                key=f"correct_{recording.id}",
                icon=":material/flip:",
                type="tertiary",
                help="Right and left, what the video shows, or the affected side",
            ):
                store().reopen_recording(recording.id)
                go(UPLOAD)
            if st.button("Delete", key=f"delete_{recording.id}", icon=":material/delete:", type="tertiary"):
                forms.delete_recording(recording.id, recording.title)


def _headline(analysis: Analysis) -> list[str]:
    try:
        return result_headline(store().load_result(analysis))
    except HemifaceError as problem:
        return [problem.message]


page()
