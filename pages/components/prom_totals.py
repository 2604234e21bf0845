"""Totals of patient-reported questionnaires, visit by visit: a table, and a dialog that enters them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import HemifaceError
from core.records import PromInstrument, PromTotals, Visit
from core.records.clinical_entries import REASON_LENGTH
from pages.components.author import author_field, signed
from pages.components.current import store
from pages.components.guard import guarded
from pages.components.narrow_table import narrow_table
from pages.components.text import plain
from pages.components.timeline import moment_words

_CAVEAT = (
    "Totals only: the wording of the questions belongs to their authors, use them with their permission. In one patient, a change "
    "below 28.2 points of the Synkinesis Assessment Questionnaire (SAQ), or 17.6 points of the Facial Clinimetric Evaluation "
    "(FaCE) scale, is within the error of the questionnaire. Higher is better, except for the SAQ."
)
_ROUND = "prom_round"


def prom_section(visits: Sequence[Visit]) -> None:
    """What was entered at the visits of a patient, newest first, and entering more."""
    if not visits:
        st.info("Questionnaires belong to a visit. Enter a visit first.", icon=":material/event:")
        return
    if st.button("Enter totals", icon=":material/add:", key="add_totals"):
        enter_totals(visits)
    rows = [row for visit in visits if (row := _row(visit))]
    if rows:
        narrow_table(rows)
    else:
        st.info("No questionnaire is entered yet.", icon=":material/assignment:")
    withdrawn = [words for visit in visits for words in _withdrawals(visit)]
    if withdrawn:
        with st.expander(f"Withdrawn ({len(withdrawn)})", icon=":material/undo:"):
            for words in withdrawn:
                st.markdown(words)
    st.caption(_CAVEAT)


@st.dialog("Questionnaires", width="medium")
@guarded
def enter_totals(visits: Sequence[Visit]) -> None:
    """Enter, correct or withdraw the totals of one questionnaire at one of the visits; every entry is kept."""
    by_id = {visit.id: visit for visit in visits}
    visit_id = st.selectbox(
        "Visit",
        list(by_id),
        format_func=lambda visit_id: by_id[visit_id].title,
        key=f"prom_visit_{visits[0].id}_{len(visits)}",
        disabled=len(visits) == 1,
    )
    instrument = st.selectbox(
        "Questionnaire", list(PromInstrument), format_func=lambda kind: kind.label, key="prom_instrument"
    )
    known = store().prom_totals(visit_id).get(instrument)
    version = known.version if known else 0
    key = f"prom_{visit_id}_{instrument}_{version}_{st.session_state.get(_ROUND, 0)}"
    totals = _inputs(key, instrument, known)
    who = author_field()
    reason = ""
    if known is not None:
        st.caption(f"Entered by {plain(known.who)} on {moment_words(known.created_at)}. Earlier entries are kept.")
        reason = st.text_input(
            "Reason, to withdraw them (one sentence)",
            max_chars=REASON_LENGTH,
            key=f"{key}_reason",
            persist_state="page",
        )
    with st.container(horizontal=True):
        save = st.button("Save totals", type="primary", key="prom_save", width="stretch")
        withdraw = known is not None and st.button("Withdraw", icon=":material/undo:", key="prom_withdraw")
    st.caption(_CAVEAT)
    if not save and not withdraw:
        return
    if save and not totals and known is not None:
        st.error("Every field is empty\\. To take the totals back, press Withdraw\\.")
        return
    try:
        signed(who).add_prom_totals(visit_id, instrument, {} if withdraw else totals, reason or "")
    except HemifaceError as problem:
        st.error(plain(problem.message))
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _inputs(key: str, instrument: PromInstrument, known: PromTotals | None) -> dict[str, float]:
    """A field for each total within its published range; only what was filled in."""
    columns = st.columns(2)
    totals = {}
    for place, (name, scale) in enumerate(instrument.scales.items()):
        value = columns[place % 2].number_input(
            f"{scale.label} ({_number(scale.minimum)} to {_number(scale.maximum)})",
            min_value=float(scale.minimum),
            max_value=float(scale.maximum),
            value=None if known is None else known.totals.get(name),
            step=1.0,
            format="%g",
            placeholder="not known",
            key=f"{key}_{name}",
            persist_state="page",
        )
        if value is not None:
            totals[name] = value
    return totals


def _row(visit: Visit) -> dict[str, str]:
    """A visit with its questionnaires; empty when it has none."""
    entered = store().prom_totals(visit.id)
    if not entered:
        return {}
    return {
        "Visit": plain(visit.title),
        **{kind.value: _totals_words(entered.get(kind)) for kind in PromInstrument},
        "By": plain(", ".join(dict.fromkeys(entry.who for entry in entered.values()))),
    }


def _withdrawals(visit: Visit) -> list[str]:
    """One line for every withdrawal at a visit: which totals, why, by whom and when."""
    history = store().prom_history(visit.id)
    lines = []
    for entry in history:
        if entry.withdrawn:
            taken_back = next(e for e in history if (e.instrument, e.version) == (entry.instrument, entry.version - 1))
            what = f"~~{plain(visit.title)} · {entry.instrument.value}: {_totals_words(taken_back)}~~"
            why = f"Reason: {plain(entry.reason)} " if entry.reason else ""
            lines.append(f"{what}  \n{why}({plain(entry.who)}, {moment_words(entry.created_at)})")
    return lines


def _totals_words(entry: PromTotals | None) -> str:
    if entry is None:
        return "–"
    scales = entry.instrument.scales
    words = [f"{scales[name].label.lower()} {_number(value)}" for name, value in entry.totals.items()]
    return plain(", ".join(words))


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
