"""Treatments on the patient's page: the list, a dialog that enters one, and one that withdraws a mistake."""

from __future__ import annotations

from datetime import date

import streamlit as st

from core.errors import HemifaceError, InputError
from core.records import InjectionSite, Patient, Treatment, TreatmentDetails, TreatmentKind
from core.records.clinical_entries import INJECTION_SITES, MOST_SITES, MOST_UNITS, REASON_LENGTH
from core.words import SIDES, Side
from pages.components.author import author_field, signed
from pages.components.current import store
from pages.components.guard import guarded
from pages.components.layout import facts_line
from pages.components.text import counted, plain
from pages.components.timeline import moment_words

_EARLIEST = date(1900, 1, 1)
_ROUND, _ROWS = "treatment_round", "treatment_rows"
_FIRST_ROWS = 2
_DESCRIPTIONS = {
    TreatmentKind.SURGERY: "Which operation",
    TreatmentKind.BOTULINUM_TOXIN: "Product and dilution",
    TreatmentKind.RETRAINING: "What was done, how often",
    TreatmentKind.STEROID: "Drug and dose",
    TreatmentKind.OTHER: "What was done (needed)",
}


def treatments_section(patient: Patient) -> None:
    """Every treatment, newest first, and what can be done with them."""
    known = store().treatments(patient.id, with_withdrawn=True)
    standing = [treatment for treatment in known if not treatment.withdrawn]
    withdrawn = [treatment for treatment in known if treatment.withdrawn]
    if st.button("Add treatment", icon=":material/add:", key="add_treatment"):
        add_treatment(patient)
    if not standing:
        st.info("No treatment is entered yet. Treatments are marked in the course.", icon=":material/vaccines:")
    for treatment in reversed(standing):
        _row(treatment)
    if withdrawn:
        with st.expander(f"Withdrawn ({len(withdrawn)})", icon=":material/undo:"):
            for treatment in reversed(withdrawn):
                st.markdown(f"~~{_title(treatment)}~~")
                if treatment.withdrawn_reason:
                    st.markdown(f"Reason: {plain(treatment.withdrawn_reason)}")
                facts_line([treatment.details.description, _entered(treatment), _withdrawal(treatment)])


def _row(treatment: Treatment) -> None:
    details = treatment.details
    with st.container(border=True, key=f"treatment_{treatment.id}"):
        what, action = st.columns([6, 1.2], vertical_alignment="center")
        with what.container(gap="xsmall"):
            st.markdown(f"**{_title(treatment)}**")
            if details.description:
                st.text(details.description)
            if details.sites:
                st.table([_site_row(site) for site in details.sites], border="horizontal")
                st.caption(f"{details.units:g} units in all")
            facts_line([_entered(treatment)])
        if action.button("Withdraw", key=f"withdraw_{treatment.id}", icon=":material/undo:", width="stretch"):
            withdraw_treatment(treatment)


@st.dialog("Add treatment", width="medium")
@guarded
def add_treatment(patient: Patient) -> None:
    """Enter a treatment. What was typed stays when the dialog is closed by mistake, until it is saved."""
    key = f"treatment_{patient.id}_{st.session_state.get(_ROUND, 0)}"
    first, second = st.columns(2)
    kind = first.selectbox(
        "Treatment",
        list(TreatmentKind),
        index=None,
        format_func=lambda kind: kind.label,
        placeholder="Choose",
        key=f"{key}_kind",
        persist_state="page",
    )
    day = second.date_input(
        "Day",
        "today",
        min_value=_EARLIEST,
        max_value="today",
        format="DD/MM/YYYY",
        key=f"{key}_day",
        persist_state="page",
        help="On which it was done or begun",
    )
    description = st.text_area(
        _DESCRIPTIONS.get(kind, "Description") if kind else "Description",
        max_chars=10_000,
        height=90,
        key=f"{key}_description",
        persist_state="page",
    )
    rows = _site_rows(key) if kind is TreatmentKind.BOTULINUM_TOXIN else []
    who = author_field()
    if st.button("Save treatment", type="primary", width="stretch", key="treatment_save"):
        try:
            if kind is None:
                raise InputError("Choose which treatment it was.")
            if not isinstance(day, date):
                raise InputError("Enter the day of the treatment.")
            details = TreatmentDetails(day, kind, description, _sites(rows))
            signed(who).add_treatment(patient.id, details)
        except HemifaceError as problem:
            st.error(plain(problem.message))
            return
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.session_state.pop(_ROWS, None)
        st.rerun()


def _site_rows(key: str) -> list[tuple[str | None, Side | None, float | None]]:
    """A small table of what was injected where; more rows on demand."""
    st.markdown("**Injections**")
    rows = []
    number = st.session_state.get(_ROWS, _FIRST_ROWS)
    for place in range(number):
        site, side, units = st.columns([5, 3.4, 2.2])
        shown = "visible" if place == 0 else "collapsed"
        rows.append(
            (
                site.selectbox(
                    "Site",
                    INJECTION_SITES,
                    index=None,
                    accept_new_options=True,
                    placeholder="Choose or type the muscle",
                    key=f"{key}_site_{place}",
                    label_visibility=shown,
                    persist_state="page",
                ),
                side.selectbox(
                    "Side",
                    SIDES,
                    index=None,
                    format_func=lambda side: f"Patient's {side.value}",
                    placeholder="Side",
                    key=f"{key}_side_{place}",
                    label_visibility=shown,
                    persist_state="page",
                ),
                units.number_input(
                    "Units",
                    min_value=0.0,
                    max_value=MOST_UNITS,
                    value=None,
                    step=0.5,
                    format="%g",
                    placeholder="Units",
                    key=f"{key}_units_{place}",
                    label_visibility=shown,
                    persist_state="page",
                ),
            )
        )
    total = sum(units for _, _, units in rows if units)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if number < MOST_SITES:
            st.button("Another site", icon=":material/add:", type="tertiary", key="more_sites", on_click=_one_more)
        st.markdown(f"**{total:g} units in all**", width="content")
    st.caption("Units of the product named above; units of different products cannot be exchanged for each other.")
    return rows


def _one_more() -> None:
    st.session_state[_ROWS] = st.session_state.get(_ROWS, _FIRST_ROWS) + 1


def _sites(rows: list[tuple[str | None, Side | None, float | None]]) -> tuple[InjectionSite, ...]:
    """Rows that hold anything; raises InputError for one that is not complete."""
    sites = []
    for place, (site, side, units) in enumerate(rows, 1):
        if not site and side is None and units is None:
            continue
        if not site or side is None or not units:
            what = "the site" if not site else "the side" if side is None else "the units"
            raise InputError(f"Injection {place} lacks {what}.")
        sites.append(InjectionSite(site, side, units))
    return tuple(sites)


@st.dialog("Withdraw treatment")
@guarded
def withdraw_treatment(treatment: Treatment) -> None:
    """Take back a treatment that was entered by mistake; it stays in the records, marked."""
    st.markdown(
        f"**{_title(treatment)}** was entered by mistake? It leaves the course and stays in the "
        "records with who withdrew it, when and why."
    )
    reason = st.text_area(
        "Reason (one sentence)",
        max_chars=REASON_LENGTH,
        height=80,
        key=f"withdraw_reason_{treatment.id}",
        persist_state="page",
        placeholder="For example: entered for the wrong patient",
    )
    who = author_field()
    if st.button(
        "Withdraw treatment", type="primary", icon=":material/undo:", width="stretch", key="treatment_withdraw_now"
    ):
        try:
            signed(who).withdraw_treatment(treatment.id, reason or "")
        except HemifaceError as problem:
            st.error(plain(problem.message))
            return
        st.rerun()


def _title(treatment: Treatment) -> str:
    day, details = treatment.day, treatment.details
    sites = f" · {counted(len(details.sites), 'site')}" if details.sites else ""
    return f"{day.day} {day:%b %Y} · {treatment.kind.label}{sites}"


def _site_row(site: InjectionSite) -> dict[str, str]:
    return {"Site": plain(site.site), "Side": f"patient's {site.side.value}", "Units": f"{site.units:g}"}


def _entered(treatment: Treatment) -> str:
    return f"entered by {treatment.who} on {moment_words(treatment.created_at)}"


def _withdrawal(treatment: Treatment) -> str:
    at, who = treatment.withdrawn_at, treatment.withdrawn_by
    return "" if at is None else f"withdrawn by {who} on {moment_words(at)}"
