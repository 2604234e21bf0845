"""Erasing a patient: the one way in which pages do it, and the proof that is shown afterwards."""

from __future__ import annotations

import streamlit as st

from core.records import Patient
from core.records.erasure import ErasureProof
from pages.components.author import author, signed
from pages.components.current import close_patient, store
from pages.components.installation import installation
from pages.components.scroll_top import scroll_to_top
from pages.components.text import counted, plain
from pages.components.timeline import moment_words

ERASED = "erased"
"""Name in the address of the page Patients: the random id of a patient whose erasure is shown."""


def erase(patient: Patient) -> None:
    """Erase a patient with everything, running work first, and show the proof on the page Patients."""
    here = installation()
    here.runner.cancel_patient(patient.id)
    here.exports.discard_patient(patient.id)
    signed(author()).delete_patient(patient.id)
    close_patient()
    st.query_params[ERASED] = patient.id
    st.rerun()


def erasure_section() -> None:
    """The proof of the erasure that the address names; nothing where it names none."""
    asked = st.query_params.get(ERASED)
    if not asked:
        return
    # The button that erased stands far down on the page before; the proof stands at the top.
    scroll_to_top(asked, key="erasure_top")
    proof = store().erasure_proof(asked)
    if proof is None:
        st.warning("The audit trail knows no such erasure.", icon=":material/search_off:")
    else:
        _show(proof)
    if st.button("Close", key="close_proof", icon=":material/close:"):
        del st.query_params[ERASED]
        st.rerun()


def _show(proof: ErasureProof) -> None:
    if proof.complete:
        st.success(
            "**The patient is erased.** Nothing is left but the entry in the audit trail.", icon=":material/check:"
        )
    else:
        left = counted(sum(proof.rows_left.values()), "row") + f" and {counted(proof.files_left, 'file')}"
        st.error(
            f"**The erasure is not complete:** {left} are left. Restart the app, which removes leftovers, and look again."
        )
    erased = [f"{_table_words(table)}: {rows}" for table, rows in proof.rows.items()]
    facts = {
        "Random number": proof.patient_id,
        "Entry in the audit trail": f"No. {proof.audit_number}",
        "Erased": f"{moment_words(proof.at)}, by {proof.who}",
        "Files": f"{counted(proof.files, 'file')}, {proof.size_bytes / 1e6:.1f} MB",
        "Records": ", ".join(erased) or "–",
        "Left now": "nothing" if proof.complete else f"{sum(proof.rows_left.values())} rows, {proof.files_left} files",
    }
    with st.container(border=True, key="erasure_proof"):
        st.table([{"": name, "Proof": plain(value)} for name, value in facts.items()], border="horizontal")
        st.caption("Entries of the audit trail can be neither changed nor deleted. Print this page for the patient.")


def _table_words(table: str) -> str:
    return table.replace("_", " ")
