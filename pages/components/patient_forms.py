"""Dialogs that enter, change and delete patients and visits."""

from __future__ import annotations

from datetime import date

import streamlit as st

from core.errors import InputError
from core.records.entries import CAUSES, Patient, PatientDetails, Visit, VisitSummary
from core.words import AffectedSide
from pages.components.current import UPLOAD, open_patient, open_visit, store
from pages.components.erasure import erase
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.layout import SIDE_LABELS
from pages.components.text import counted, plain

VISIT_LABELS = ("First visit", "Before treatment", "After treatment", "Follow-up")
_EARLIEST = date(1900, 1, 1)


@st.dialog("New patient", width="medium")
@guarded
def new_patient() -> None:
    """Enter a patient, then show the patient."""
    details = _details_form(PatientDetails(name=""), "Create patient")
    if details is not None:
        open_patient(store().create_patient(details).id)


@st.dialog("Edit patient", width="medium")
@guarded
def edit_patient(patient: Patient) -> None:
    """Change what is known of a patient."""
    details = _details_form(patient.details, "Save")
    if details is not None:
        store().update_patient(patient.id, details)
        st.rerun()


def _details_form(known: PatientDetails, action: str) -> PatientDetails | None:
    with st.form("patient_form", border=False):
        name = st.text_input("Name or pseudonym", known.name, max_chars=120, key="patient_name")
        left, right = st.columns(2)
        number = left.text_input("Record number", known.record_number, max_chars=60, key="patient_number")
        year = right.number_input(
            "Year of birth",
            min_value=1900,
            max_value=date.today().year,
            value=known.birth_year,
            step=1,
            key="patient_year",
        )
        side = left.selectbox(
            "Affected side",
            list(SIDE_LABELS),
            index=list(SIDE_LABELS).index(known.affected_side),
            format_func=SIDE_LABELS.__getitem__,
            key="patient_side",
            help="The patient's own side. When not known, it is found from the movements.",
        )
        onset = right.date_input(
            "Onset", known.onset, min_value=_EARLIEST, max_value="today", format="DD/MM/YYYY", key="patient_onset"
        )
        causes = list(dict.fromkeys((*CAUSES, *((known.cause,) if known.cause else ()))))
        cause = st.selectbox(
            "Cause",
            causes,
            index=causes.index(known.cause) if known.cause else None,
            accept_new_options=True,
            placeholder="Choose or type",
            key="patient_cause",
        )
        notes = st.text_area("Notes", known.notes, max_chars=10_000, key="patient_notes")
        if not st.form_submit_button(action, type="primary", width="stretch", key="patient_save"):
            return None
    try:
        return PatientDetails(
            name=name,
            record_number=number,
            birth_year=int(year) if year is not None else None,
            affected_side=AffectedSide(side),
            cause=cause or "",
            onset=onset if isinstance(onset, date) else None,
            notes=notes,
            simulated=known.simulated,
        ).checked()
    except InputError as problem:
        st.error(plain(problem.message))
        return None


@st.dialog("New visit")
@guarded
def new_visit(patient: Patient) -> None:
    """Enter a visit, then go on to the upload."""
    with st.form("visit_form", border=False):
        day = st.date_input(
            "Date", "today", min_value=_EARLIEST, max_value="today", format="DD/MM/YYYY", key="visit_day"
        )
        label = st.selectbox(
            "What is it for?",
            VISIT_LABELS,
            index=None,
            accept_new_options=True,
            placeholder="Choose or type (may stay empty)",
            key="visit_label",
        )
        notes = st.text_area("Notes", max_chars=10_000, key="visit_notes")
        if st.form_submit_button("Create visit", type="primary", width="stretch", key="visit_save"):
            open_visit(store().create_visit(patient.id, day, label or "", notes), UPLOAD)


@st.dialog("Edit visit")
@guarded
def edit_visit(visit: Visit) -> None:
    """Change date, label and notes of a visit."""
    with st.form("visit_form", border=False):
        day = st.date_input(
            "Date", visit.day, min_value=_EARLIEST, max_value="today", format="DD/MM/YYYY", key="visit_day"
        )
        label = st.text_input("What is it for?", visit.label, max_chars=120, key="visit_label_text")
        notes = st.text_area("Notes", visit.notes, max_chars=10_000, key="visit_notes")
        if st.form_submit_button("Save", type="primary", width="stretch", key="visit_save"):
            store().update_visit(visit.id, day=day, label=label, notes=notes)
            st.rerun()


@st.dialog("Delete patient")
@guarded
def delete_patient(patient: Patient, visits: list[VisitSummary]) -> None:
    """Erase a patient after a clear question, then show the proof."""
    videos = counted(sum(row.recordings for row in visits), "video")
    st.markdown(
        f"**{plain(patient.name)}** is deleted with {counted(len(visits), 'visit')}, {videos} and every result. "
        "The proof is shown afterwards."
    )
    if _confirmed("Delete for ever", "patient_delete_now"):
        erase(patient)


@st.dialog("Delete visit")
@guarded
def delete_visit(visit: Visit, recordings: int) -> None:
    """Erase a visit after a clear question."""
    st.markdown(
        f"The visit of **{plain(visit.title)}** is deleted with {counted(recordings, 'video')} and every result."
    )
    if _confirmed("Delete for ever", "visit_delete_now"):
        for job in store().jobs(visit_id=visit.id, active=True):
            installation().runner.cancel(job.id)
        store().delete_visit(visit.id)
        open_patient(visit.patient_id)


@st.dialog("Delete video")
@guarded
def delete_recording(recording_id: str, name: str) -> None:
    """Erase a recording after a clear question."""
    st.markdown(f"The video **{plain(name)}** is deleted with every result made from it.")
    if _confirmed("Delete for ever", "recording_delete_now"):
        for job in store().jobs(recording_id=recording_id, active=True):
            installation().runner.cancel(job.id)
        store().delete_recording(recording_id)
        st.rerun()


def _confirmed(action: str, key: str) -> bool:
    sure = st.checkbox("I know that this cannot be undone.", key=f"{key}_sure")
    return st.button(action, type="primary", disabled=not sure, width="stretch", icon=":material/delete:", key=key)
