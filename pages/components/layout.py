"""Pieces of every page: its head, the simulated ribbon, empty states, facts, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.records.entries import Patient, Visit
from core.words import AffectedSide
from pages.components.current import PATIENTS, current, go, keep_in_address
from pages.components.text import plain

SIDE_LABELS: dict[AffectedSide, str] = {
    AffectedSide.UNDETERMINED: "Not known",
    AffectedSide.RIGHT: "Patient's right",
    AffectedSide.LEFT: "Patient's left",
    AffectedSide.BOTH: "Both sides",
    AffectedSide.NONE: "Neither side (healthy)",
}


def page_head(title: str, lead: str = "", patient: Patient | None = None, visit: Visit | None = None) -> None:
    """Title, whose visit it is, one line on what the page is for, and the ribbon where the patient is simulated.

    The patient is named on the page itself, not only in the sidebar, which a phone hides (reliability T24).
    """
    if patient is not None:
        simulated_ribbon(patient)
    with st.container(gap="xsmall"):
        st.title(title, anchor=False)
        if patient is not None and visit is not None:
            st.markdown(f"**{plain(patient.name)}** · {plain(visit.title)}")
        if lead:
            st.caption(lead)


def simulated_ribbon(patient: Patient) -> None:
    """Says across the page that the data are simulated; nothing for a patient."""
    if patient.simulated:
        with st.container(key="simulated_ribbon", horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":material/science: **Simulated patient** · movement made by a computer, not a real examination"
            )


def simulated_badge() -> None:
    """Marks a simulated patient in lists."""
    st.badge("Simulated", icon=":material/science:", color="violet")


def empty_state(title: str, text: str, *, action: str, icon: str, key: str = "empty_action") -> bool:
    """What to do where there is nothing yet; True when its one button was pressed."""
    with st.container(border=True, key=f"{key}_box", horizontal_alignment="center"):
        st.space("small")
        st.subheader(title, anchor=False, text_alignment="center")
        st.markdown(text, text_alignment="center")
        st.space("small")
        clicked = st.button(action, type="primary", icon=icon, key=key)
        st.space("small")
    return clicked


def facts_line(facts: Sequence[str]) -> None:
    """A quiet line of facts; users' words among them are shown as they are."""
    shown = [plain(fact) for fact in facts if fact]
    if shown:
        st.caption("  ·  ".join(shown))


def patient_facts(patient: Patient) -> list[str]:
    """What is known of a patient, in the order of a letter's head."""
    details = patient.details
    facts = [f"No. {details.record_number}" if details.record_number else ""]
    facts.append(f"born {details.birth_year}" if details.birth_year else "")
    if details.affected_side is not AffectedSide.UNDETERMINED:
        facts.append(SIDE_LABELS[details.affected_side].lower())
    facts.append(details.cause)
    if details.onset:
        facts.append(f"since {details.onset.day} {details.onset:%b %Y}")
    return [fact for fact in facts if fact]


def require_visit(title: str = "") -> tuple[Patient, Visit]:
    """The open patient and visit for pages that need them; without, the page ends here, under its title, and says what to do."""
    here = current()
    if title and (here is None or here.visit is None):
        st.title(title, anchor=False)
    if here is None:
        _no_visit("Choose the patient first, then the visit.", "Choose a patient", ":material/person_search:")
    elif here.visit is None:
        _no_visit("Open one of the patient's visits, or enter a new one.", "Choose a visit", ":material/event:")
    else:
        keep_in_address(here.visit)
        return here.patient, here.visit
    st.stop()
    raise AssertionError("st.stop does not return")


def _no_visit(text: str, action: str, icon: str) -> None:
    if empty_state("No visit is open", f"This page shows one visit of one patient. {text}", action=action, icon=icon):
        go(PATIENTS)
