"""An export that is written beside the pages, as every page shows it: its progress with a cancel, then its file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.exports.work import ExportState, ExportStatus
from pages.components.guard import guarded
from pages.components.installation import installation


@st.fragment(run_every=1)
@guarded
def watch_export(name: str, words: Callable[[ExportStatus], str]) -> None:
    """Progress of an export that runs, until it ends; then the page is drawn anew.

    Args:
        name: under which it was started.
        words: what is being done, and how far it is.
    """
    exports = installation().exports
    status = exports.status(name)
    if status is None or status.state is not ExportState.RUNNING:
        st.rerun()
    st.progress(status.progress, text=f"**Export** · {words(status)}")
    if st.button("Cancel", key="export_cancel", icon=":material/close:"):
        exports.cancel(name)
    st.caption("You may leave this page: the export goes on, and this page shows it again.")


def file_buttons(name: str, label: str, file_name: str, mime: str) -> bool:
    """Saves or removes the file of an export that is ready; returns whether it was removed just now.

    Args:
        name: under which it was started.
        label: of the button that saves it.
        file_name, mime: what a browser saves it as.
    """
    exports = installation().exports
    with st.container(horizontal=True):
        st.download_button(
            label,
            data=partial(exports.read, name),
            file_name=file_name,
            mime=mime,
            icon=":material/download:",
            type="primary",
            key="export_save",
            on_click="ignore",
        )
        removed = st.button("Remove it now", icon=":material/delete:", key="export_discard")
    if removed:
        exports.discard(name)
    return removed


def kept_minutes() -> str:
    """How many minutes a file waits to be fetched."""
    return f"{installation().exports.kept_s / 60:.0f}"
