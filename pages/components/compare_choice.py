"""What the page Compare shows: one patient or many, and of one patient which visit with which; kept in the address."""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

from core.records.entries import Patient, RecordingKind
from pages.components.current import ANALYSE, PATIENTS, current, go, is_addressed, keep_in_address, store
from pages.components.exam_choice import Exam
from pages.components.layout import empty_state, facts_line, page_head, patient_facts
from pages.components.text import plain

_VIEW, _BEFORE, _AFTER, _PATIENT = "view", "before", "after", "patient"


class View(StrEnum):
    """Parts of the page."""

    VISITS = "visits"
    COHORT = "cohort"

    @property
    def label(self) -> str:
        return {"visits": "One patient", "cohort": "Many patients"}[self.value]


def view() -> View:
    """The part that is shown: what was chosen, else that of the address."""
    chosen = st.session_state.get("compare_view") or st.query_params.get(_VIEW)
    return View.COHORT if chosen == View.COHORT else View.VISITS


def view_choice() -> None:
    """Lets the reader go to the other part; drawn on every part under the head of the page."""
    shown = view()
    st.segmented_control(
        "Compare",
        list(View),
        default=shown,
        required=True,
        format_func=lambda part: part.label,
        key="compare_view",
        label_visibility="collapsed",
    )
    if shown is View.COHORT:
        st.query_params[_VIEW] = View.COHORT.value
    elif _VIEW in st.query_params:
        del st.query_params[_VIEW]


def require_patient(title: str, lead: str) -> Patient:
    """The open patient; without one the page ends here and says what to do."""
    here = current()
    if here is None:
        page_head(title, lead)
        view_choice()
        if empty_state(
            "No patient is open",
            "Visits are compared within one patient. Choose the patient first.",
            action="Choose a patient",
            icon=":material/person_search:",
        ):
            go(PATIENTS)
        st.stop()
    if here.visit is not None:
        keep_in_address(here.visit)
    elif not is_addressed():
        st.query_params[_PATIENT] = here.patient.id
    return here.patient


def require_exams(patient: Patient, title: str, lead: str) -> list[Exam]:
    """The analysed videos in the order of their visits; with fewer than two visits the page ends here and says what to do."""
    exams = analysed_exams(patient)
    visits = len({exam.visit.id for exam in exams})
    if visits > 1:
        return exams
    page_head(title, lead, patient)
    view_choice()
    here = current()
    waiting = here is not None and here.visit is not None and here.visit.id not in {exam.visit.id for exam in exams}
    known = "No visit of this patient is analysed yet." if not visits else "Only one visit of this patient is analysed."
    if empty_state(
        "Two analysed visits are needed",
        f"{known} Record or upload a video at another visit and analyse it; then the two are compared here.",
        action="Analyse this visit" if waiting else "Go to the visits",
        icon=":material/query_stats:" if waiting else ":material/event:",
    ):
        go(ANALYSE if waiting else PATIENTS)
    st.stop()
    raise AssertionError("st.stop does not return")


def analysed_exams(patient: Patient) -> list[Exam]:
    """Every analysed video of a patient with its newest analysis, in the order of the visits."""
    return [
        Exam(patient, entry.visit, entry.recording, entry.newest)
        for entry in store().patient_series(patient.id)
        if entry.newest is not None
    ]


def one_a_visit(exams: list[Exam]) -> list[Exam]:
    """One video of each visit: the newest whole examination, else the newest clip."""
    best: dict[str, Exam] = {}
    for exam in exams:
        known = best.get(exam.visit.id)
        if known is None or exam.recording.kind is RecordingKind.EXAM or known.recording.kind is RecordingKind.SINGLE:
            best[exam.visit.id] = exam
    return list(best.values())


def whose(patient: Patient) -> None:
    """The patient's name and facts, on the page itself: a phone hides the sidebar."""
    with st.container(gap=None):
        st.markdown(f"**{plain(patient.name)}**")
        facts_line(patient_facts(patient))


def chosen_pair(exams: list[Exam]) -> tuple[Exam, Exam]:
    """Baseline and later examination as chosen; first and last visit at first."""
    before_id, after_id = _asked(exams)
    by_id = {exam.recording.id: exam for exam in exams}
    order = list(by_id)
    earlier, later = st.columns(2)
    with earlier:
        before_id = st.selectbox(
            "Baseline",
            order[:-1],
            index=order.index(before_id),
            format_func=lambda recording_id: _label(by_id[recording_id], exams),
            key=f"compare_before_{exams[0].patient.id}_{len(order)}",
        )
    following = order[order.index(before_id) + 1 :]
    with later:
        after_id = st.selectbox(
            "Later visit",
            following,
            index=following.index(after_id) if after_id in following else len(following) - 1,
            format_func=lambda recording_id: _label(by_id[recording_id], exams),
            key=f"compare_after_{before_id}_{len(order)}",
        )
    st.query_params[_BEFORE], st.query_params[_AFTER] = before_id, after_id
    return by_id[before_id], by_id[after_id]


def _asked(exams: list[Exam]) -> tuple[str, str]:
    """Ids of baseline and later recording as the address asks; else the first visit with the open or the last one."""
    order = [exam.recording.id for exam in exams]
    before, after = st.query_params.get(_BEFORE), st.query_params.get(_AFTER)
    if before in order and after in order and order.index(before) < order.index(after):
        return before, after
    whole = one_a_visit(exams)
    here = current()
    opened = here.visit.id if here is not None and here.visit is not None else None
    last = next((exam for exam in whole[1:] if exam.visit.id == opened), whole[-1])
    return whole[0].recording.id, last.recording.id


def _label(exam: Exam, exams: list[Exam]) -> str:
    """The visit; where it has several videos, which one."""
    several = sum(other.visit.id == exam.visit.id for other in exams) > 1
    return f"{exam.visit.title} · {exam.recording.title}" if several else exam.visit.title
