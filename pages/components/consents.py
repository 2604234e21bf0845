"""Consents on the patient's page: what was agreed to, and entering that it was given, withdrawn or refused."""

from __future__ import annotations

from datetime import date

import streamlit as st

from core.charts.timeline import day_words
from core.errors import HemifaceError, InputError
from core.records import Consent, ConsentSubject, Patient
from pages.components.author import author_field, signed
from pages.components.current import store
from pages.components.guard import guarded
from pages.components.narrow_table import narrow_table
from pages.components.text import plain
from pages.components.timeline import moment_words

_EARLIEST = date(1900, 1, 1)
_ROUND = "consent_round"
_NOTE_LENGTH = 300
_SAID = {True: "Given", False: "Withdrawn or refused"}


def consents_section(patient: Patient) -> None:
    """What counts of every subject, entering more, and every entry."""
    if st.button("Enter consent", icon=":material/add:", key="add_consent"):
        enter_consent(patient)
    counts = store().consents(patient.id)
    narrow_table([_standing(subject, counts.get(subject)) for subject in ConsentSubject])
    st.caption(
        "The entry of the latest day counts. A research export with videos is refused as long as a patient in it has not "
        "consented to the use of videos in research. Simulated patients need no consent."
    )
    history = store().consent_history(patient.id)
    if history:
        with st.expander(f"All entries ({len(history)})", icon=":material/history:"):
            for entry in history:
                note = f" · {plain(entry.note)}" if entry.note else ""
                entered = f"entered by {plain(entry.who)} on {moment_words(entry.created_at)}"
                st.markdown(
                    f"- {day_words(entry.day)} · {entry.subject.label}: **{_SAID[entry.given].lower()}**{note} · {entered}"
                )


def _standing(subject: ConsentSubject, entry: Consent | None) -> dict[str, str]:
    if entry is None:
        return {"Consent to": subject.label, "Patient's answer": "no entry yet", "Entered by": "–"}
    return {
        "Consent to": subject.label,
        "Patient's answer": f"**{_SAID[entry.given]}** on {day_words(entry.day)}",
        "Entered by": plain(entry.who),
    }


@st.dialog("Consent")
@guarded
def enter_consent(patient: Patient) -> None:
    """Enter what the patient said; earlier entries stay."""
    key = f"consent_{patient.id}_{st.session_state.get(_ROUND, 0)}"
    subjects = st.pills(
        "What for",
        list(ConsentSubject),
        selection_mode="multi",
        format_func=lambda subject: subject.label,
        key=f"{key}_subjects",
        persist_state="page",
    )
    given = st.radio(
        "The patient's answer",
        [True, False],
        index=None,
        format_func=_SAID.__getitem__,
        horizontal=True,
        key=f"{key}_given",
        persist_state="page",
    )
    day = st.date_input(
        "Day on which the patient said so",
        "today",
        min_value=_EARLIEST,
        max_value="today",
        format="DD/MM/YYYY",
        key=f"{key}_day",
        persist_state="page",
    )
    note = st.text_input(
        "Note",
        max_chars=_NOTE_LENGTH,
        placeholder="For example where the signed form is",
        key=f"{key}_note",
        persist_state="page",
    )
    who = author_field()
    if not st.button("Save consent", type="primary", width="stretch", key="consent_save"):
        return
    try:
        if not subjects:
            raise InputError("Choose what the consent is for.")
        if given is None:
            raise InputError("Choose whether consent was given.")
        if not isinstance(day, date):
            raise InputError("Enter the day of the consent.")
        for subject in subjects:
            signed(who).add_consent(patient.id, subject, given=given, day=day, note=note or "")
    except HemifaceError as problem:
        st.error(plain(problem.message))
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()
