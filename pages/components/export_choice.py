"""Which visits are exported: all of them, those of chosen patients, or chosen ones; drawn from the list of visits alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

import streamlit as st

from core.charts.timeline import day_words
from core.records.visit_index import IndexedVisit
from pages.components.current import current
from pages.components.text import counted


class Scope(StrEnum):
    """How visits are chosen."""

    ALL = "All visits"
    PATIENTS = "Of patients"
    VISITS = "Single visits"


def chosen_visits(index: Sequence[IndexedVisit]) -> list[IndexedVisit]:
    """Lets the reader choose among all visits, and tells how much was chosen and what of it cannot be exported.

    Args:
        index: every visit, patient by patient.
    """
    st.subheader("Which visits", anchor=False)
    here = current()
    scope = st.segmented_control(
        "Which visits",
        list(Scope),
        default=Scope.ALL if here is None else Scope.PATIENTS,
        required=True,
        key="export_scope",
        label_visibility="collapsed",
        persist_state="session",
    )
    found = _found(index, Scope(scope or Scope.ALL), None if here is None else here.patient.id)
    found = _without_simulated(found)
    _tell(found)
    return found


def _found(index: Sequence[IndexedVisit], scope: Scope, open_patient: str | None) -> list[IndexedVisit]:
    if scope is Scope.VISITS:
        titles = told_apart({visit.id: _visit_words(visit) for visit in index})
        wanted = st.multiselect(
            "Visits",
            list(titles),
            format_func=titles.__getitem__,
            key="export_visits",
            placeholder="Search by name, record number or day",
            persist_state="session",
        )
        return [visit for visit in index if visit.id in wanted]
    names = told_apart({visit.patient_id: _patient_words(visit) for visit in index})
    if scope is Scope.PATIENTS:
        wanted = st.multiselect(
            "Patients",
            list(names),
            default=[open_patient] if open_patient in names else [],
            format_func=names.__getitem__,
            key="export_patients",
            placeholder="Search by name or record number",
            persist_state="session",
        )
        return [visit for visit in index if visit.patient_id in wanted]
    without = st.multiselect(
        "Except those of",
        list(names),
        format_func=names.__getitem__,
        key="export_except",
        placeholder="Nobody is left out",
        persist_state="session",
    )
    return [visit for visit in index if visit.patient_id not in without]


def told_apart(labels: Mapping[str, str]) -> dict[str, str]:
    """The same labels, those that several ids have with the beginning of the id: a list of choices knows labels only."""
    times = Counter(labels.values())
    return {name: label if times[label] == 1 else f"{label} · id {name[:8]}" for name, label in labels.items()}


def _without_simulated(found: list[IndexedVisit]) -> list[IndexedVisit]:
    """The visits of real patients where there are both and the reader leaves the switch as it is."""
    simulated = [visit for visit in found if visit.simulated]
    if not simulated or len(simulated) == len(found):
        return found
    leave_out = st.toggle(
        f"Leave out the simulated: {_amount(simulated)}",
        value=True,
        key="export_without_simulated",
        persist_state="session",
        help="Simulated and real patients are chosen together; figures over both would mean nothing.",
    )
    return [visit for visit in found if not visit.simulated] if leave_out else found


def _tell(found: Sequence[IndexedVisit]) -> None:
    if not found:
        st.info("No visit is chosen yet.", icon=":material/event:")
        return
    analysed = sum(visit.analysed for visit in found)
    with st.container(gap="xsmall", key="export_amount"):
        st.markdown(f"**{_amount(found)}**, {counted(analysed, 'analysed recording')}")
        if all(visit.simulated for visit in found):
            st.caption(":material/science: All of them are simulated, not real examinations.")
        elif any(visit.simulated for visit in found):
            st.caption(":material/science: Simulated and real patients together.")
        missing = [visit for visit in found if visit.analysed < visit.recordings]
        if missing:
            number = sum(visit.recordings - visit.analysed for visit in missing)
            st.caption(
                f":material/block: Left out: {counted(number, 'recording')} of {counted(len(missing), 'visit')}, not "
                "analysed yet."
            )
        empty = sum(visit.recordings == 0 for visit in found)
        if empty:
            st.caption(f":material/block: {counted(empty, 'visit')} without a recording.")


def _amount(visits: Sequence[IndexedVisit]) -> str:
    patients = len({visit.patient_id for visit in visits})
    return f"{counted(patients, 'patient')}, {counted(len(visits), 'visit')}"


def _patient_words(visit: IndexedVisit) -> str:
    """The name with what tells it from others of the same name."""
    return " · ".join([visit.name, *_facts(visit)])


def _visit_words(visit: IndexedVisit) -> str:
    """Name and day first: a phone may cut the end off."""
    label = [visit.label] if visit.label else []
    return " · ".join([visit.name, day_words(visit.day), *label, *_facts(visit)])


def _facts(visit: IndexedVisit) -> list[str]:
    number = [f"No. {visit.record_number}"] if visit.record_number else []
    return [*number, "simulated"] if visit.simulated else number
