"""Requests of patients about their data: everything that is kept in one file, and erasure with its proof."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from core.records import Patient, VisitSummary
from core.records.erasure import ErasureProof
from core.records.text import clean_line
from pages.components.current import close_patient, store
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.text import counted, plain
from pages.components.timeline import moment_words

ERASED = "erased"
"""Name in the address of the page Patients: the random id of a patient whose erasure is shown."""


def data_section(patient: Patient, visits: list[VisitSummary]) -> None:
    """Access and erasure."""
    st.markdown("**Access request**")
    st.markdown(
        "Everything that is kept about this patient in one zip file: records, videos, results, and what the audit trail says. It "
        "names the patient; hand it to the patient only. The audit trail keeps that it was made."
    )
    st.download_button(
        "Export everything (zip)",
        data=partial(_export, patient.id),
        file_name=f"hemiface_patient_{patient.id[:8]}.zip",
        mime="application/zip",
        icon=":material/download:",
        key="export_patient",
        on_click="ignore",
        help="Long videos take a while before the download starts.",
    )
    st.space("small")
    st.markdown("**Erasure request**")
    st.markdown(
        "Everything is deleted for ever. Only the audit trail keeps that a patient with a random number was erased, when and by "
        "whom. The proof is shown afterwards."
    )
    if st.button("Erase this patient", icon=":material/delete_forever:", key="erase_patient"):
        erase_patient(patient, visits)


@st.dialog("Erase patient")
@guarded
def erase_patient(patient: Patient, visits: list[VisitSummary]) -> None:
    """Erase a patient after the name was typed, then show the proof."""
    videos = counted(sum(row.recordings for row in visits), "video")
    st.markdown(
        f"**{plain(patient.name)}** is erased with {counted(len(visits), 'visit')}, {videos}, every result, treatment, judgement "
        "and questionnaire. This cannot be undone."
    )
    typed = st.text_input("Type the patient's name to confirm", key="erase_name", autocomplete="off")
    if not st.button(
        "Erase for ever", type="primary", icon=":material/delete_forever:", width="stretch", key="erase_now"
    ):
        return
    if clean_line(typed or "") != clean_line(patient.name):
        st.error("The name does not match, so nothing was erased.")
        return
    installation().runner.cancel_patient(patient.id)
    store().delete_patient(patient.id)
    close_patient()
    st.query_params[ERASED] = patient.id
    st.rerun()


def erasure_section() -> None:
    """The proof of the erasure that the address names; nothing where it names none."""
    asked = st.query_params.get(ERASED)
    if not asked:
        return
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


def _export(patient_id: str) -> bytes:
    """The zip file; it lies on the disk only while it is made."""
    here = installation()
    with TemporaryDirectory(dir=here.store.files.incoming, prefix="export-") as folder:
        target = Path(folder) / "patient.zip"
        here.store.export_patient(patient_id, target)
        return target.read_bytes()
