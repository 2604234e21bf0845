"""Requests of patients about their data: everything that is kept in one file, and erasure."""

from __future__ import annotations

import streamlit as st

from core.exports.prepared import patient_record
from core.exports.work import ExportState, ExportStatus
from core.records import Patient, VisitSummary
from core.records.text import clean_line
from pages.components.erasure import erase
from pages.components.export_file import file_buttons, kept_minutes, watch_export
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.text import counted, plain

_AT_ONCE_S = 1.0
_MEGABYTE = 1e6


def data_section(patient: Patient, visits: list[VisitSummary]) -> None:
    """Access and erasure."""
    st.markdown("**Access request**")
    st.markdown(
        "Everything that is kept about this patient in one zip file: records, videos, results, and what the audit trail says. It "
        "names the patient; hand it to the patient only. The audit trail keeps that it was made."
    )
    _access(patient)
    st.space("small")
    st.markdown("**Erasure request**")
    st.markdown(
        "Everything is deleted for ever. Only the audit trail keeps that a patient with a random number was erased, when and by "
        "whom. The proof is shown afterwards."
    )
    if st.button("Erase this patient", icon=":material/delete_forever:", key="erase_patient"):
        erase_patient(patient, visits)


def _access(patient: Patient) -> None:
    """The export: begin it, watch it, fetch it."""
    exports = installation().exports
    status = exports.status(patient.id)
    if status is not None and status.state is ExportState.RUNNING:
        watch_export(patient.id, _words)
        return
    if status is not None and status.state is ExportState.READY:
        _fetch(patient.id, status)
        return
    if status is not None and status.state is ExportState.CANCELLED:
        st.markdown("The export was cancelled. Nothing of it was kept.")
    elif status is not None:
        st.error(plain(f"{status.error} {status.hint}".strip()), icon=":material/error:")
    if st.button("Export everything (zip)", icon=":material/folder_zip:", key="export_patient"):
        # Short records are there at once; long ones show how far they are.
        make = patient_record(installation().store, patient.id)
        exports.start(patient.id, make, patients=[patient.id], wait_s=_AT_ONCE_S)
        st.rerun()


def _words(status: ExportStatus) -> str:
    if status.total is None:
        return "reading the records"
    return f"{status.done / _MEGABYTE:.0f} of {status.total / _MEGABYTE:.0f} MB"


def _fetch(patient_id: str, status: ExportStatus) -> None:
    st.success(
        f"The export is ready: {status.size_bytes / _MEGABYTE:.1f} MB. Its file is removed from this computer "
        f"{kept_minutes()} minutes after it was made.",
        icon=":material/check:",
    )
    if file_buttons(patient_id, "Save the zip file", f"hemiface_patient_{patient_id[:8]}.zip", "application/zip"):
        st.rerun()


@st.dialog("Erase patient")
@guarded
def erase_patient(patient: Patient, visits: list[VisitSummary]) -> None:
    """Erase a patient after the name was typed, then show the proof."""
    videos = counted(sum(row.recordings for row in visits), "video")
    st.markdown(
        f"**{plain(patient.name)}** is erased with {counted(len(visits), 'visit')}, {videos}, every result, treatment, judgement, "
        "questionnaire and consent. This cannot be undone."
    )
    typed = st.text_input("Type the patient's name to confirm", key="erase_name", autocomplete="off")
    if not st.button(
        "Erase for ever", type="primary", icon=":material/delete_forever:", width="stretch", key="erase_now"
    ):
        return
    if clean_line(typed or "") != clean_line(patient.name):
        st.error("The name does not match, so nothing was erased.")
        return
    erase(patient)
