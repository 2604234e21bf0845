"""An export of chosen visits: begun by one click, watched, cancelled, fetched and removed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import streamlit as st

from core.exports.work import ExportState, ExportStatus
from core.records.visit_index import IndexedVisit
from pages.components.export_file import file_buttons, kept_minutes, watch_export
from pages.components.export_kinds import Wanted
from pages.components.export_left_out import show_left_out
from pages.components.installation import installation
from pages.components.text import plain

_TOKEN = "export"
"""In the address and the session: the random name of this reader's export."""

_AT_ONCE_S = 1.0
_MEGABYTE, _KILOBYTE = 1e6, 1e3
_STAGES = {
    "exporting": "reading the visits",
    "comparing": "comparing the visits",
    "reports": "making reports",
    "packing": "packing the files",
    "checking": "checking the bundle",
}


def export_section(visits: Sequence[IndexedVisit], wanted: Wanted) -> None:
    """The button, or what became of it."""
    name = _name()
    status = installation().exports.status(name) if name else None
    st.space("small")
    if status is not None and status.state is ExportState.RUNNING:
        watch_export(name, stage_words)
        return
    if status is not None and status.made is not None:
        _fetch(name, status)
    elif status is not None and status.state is ExportState.CANCELLED:
        st.markdown("The export was cancelled. Nothing of it was kept.")
    elif status is not None:
        st.error(plain(f"{status.error} {status.hint}".strip()), icon=":material/error:")
    ready = status is not None and status.made is not None
    if wanted.missing:
        st.info(wanted.missing, icon=":material/table_view:")
    pressed = st.button(
        f"Prepare the {wanted.kind.words}",
        type="secondary" if ready else "primary",
        icon=":material/file_export:",
        key="export_start",
        disabled=not visits or bool(wanted.missing),
    )
    if ready:
        st.caption("Preparing another export removes the file above.")
    if pressed:
        _start(visits, wanted)


def _name() -> str:
    """Under which this reader's export is kept; "" without one."""
    token = st.query_params.get(_TOKEN) or st.session_state.get(_TOKEN)
    if not token:
        return ""
    st.session_state[_TOKEN] = st.query_params[_TOKEN] = token
    return f"visits-{token}"


def _start(visits: Sequence[IndexedVisit], wanted: Wanted) -> None:
    wanted.check(visits)
    exports = installation().exports
    before = _name()
    if before:
        exports.discard(before)
    token = secrets.token_hex(16)
    st.session_state[_TOKEN] = st.query_params[_TOKEN] = token
    patients = {visit.patient_id for visit in visits}
    # Few visits are there at once; many show how far they are.
    exports.start(_name(), wanted.make([visit.id for visit in visits]), patients=patients, wait_s=_AT_ONCE_S)
    st.rerun()


def stage_words(status: ExportStatus) -> str:
    """What is being done and how far it is, e.g. "reading the visits: 12 of 200"."""
    words = _STAGES.get(status.stage, "beginning")
    return words if status.total is None else f"{words}: {status.done:,} of {status.total:,}"


def size_words(size_bytes: int) -> str:
    """A size as people read it, e.g. "3.2 MB"."""
    if size_bytes < _MEGABYTE:
        return f"{max(1, round(size_bytes / _KILOBYTE))} kB"
    return f"{size_bytes / _MEGABYTE:,.1f} MB"


def _fetch(name: str, status: ExportStatus) -> None:
    made = status.made
    assert made is not None  # the caller looked
    st.success(
        f"**{plain(made.path.name)}** is ready, {size_words(status.size_bytes)}: {plain(made.contents)}. It is removed from "
        f"this computer {kept_minutes()} minutes after it was made.",
        icon=":material/check:",
    )
    if file_buttons(name, "Save the file", made.path.name, made.mime):
        _forget()
        st.rerun()
    show_left_out(made.left_out)


def _forget() -> None:
    st.session_state.pop(_TOKEN, None)
    if _TOKEN in st.query_params:
        del st.query_params[_TOKEN]
