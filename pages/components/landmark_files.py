"""Corrected landmarks out of the app and back into it: a zip file of pictures and .pts files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import BinaryIO

import streamlit as st

from core.errors import HemifaceError
from core.records.entries import Recording
from core.records.landmark_files import ImportPlan, carry_out, export_landmarks, plan_import
from core.records.landmark_sets import LandmarkSet
from pages.components.current import store
from pages.components.installation import installation
from pages.components.text import counted, plain

_ROUND, _DONE, _PLAN = "landmark_import_round", "landmark_import_done", "landmark_import_plan"
_MOST_MB = 500
_MOST_REFUSED = 8


def files_section(recording: Recording, sets: Sequence[LandmarkSet]) -> None:
    """Download of all corrections of a recording, and upload of such a file with a look at what it would do."""
    st.subheader("Files", anchor=False)
    if sets:
        st.download_button(
            "Corrected landmarks (zip)",
            data=partial(_export, recording),
            file_name=f"hemiface_landmarks_{recording.id[:8]}.zip",
            mime="application/zip",
            icon=":material/download:",
            key="landmark_export",
            on_click="ignore",
        )
        st.caption(
            "The newest version of every annotator: pictures, .pts files as iBUG and 300-W have them (coordinates from 1), and "
            "manifest.json. The pictures show the patient's face."
        )
    # Outside of what folds up again.
    done = st.session_state.pop(_DONE, None)
    if done:
        st.success(done, icon=":material/check:")
    with st.expander("Import corrected landmarks", icon=":material/upload:"):
        _import(recording)


def _export(recording: Recording) -> bytes:
    return export_landmarks(store(), recording, installation().settings.video)


def _import(recording: Recording) -> None:
    upload = st.file_uploader(
        "Zip file with .pts files and manifest.json",
        type=["zip"],
        # A new key empties the uploader, which otherwise keeps every byte in memory.
        key=f"landmark_import_{recording.id}_{st.session_state.get(_ROUND, 0)}",
        max_upload_size=_MOST_MB,
    )
    if upload is None:
        st.caption(
            "Its pictures are compared with those of this video; nothing is entered before you have seen what it holds."
        )
        return
    try:
        plan = _planned(recording, upload, upload.file_id)
    except HemifaceError as problem:
        st.error(plain(problem.message), icon=":material/error:")
        if problem.hint:
            st.text(problem.hint)
        return
    _show(plan)
    if st.button(
        f"Import {counted(len(plan.new), 'picture')}",
        type="primary",
        icon=":material/save:",
        disabled=not plan.new,
        key="landmark_import_save",
    ):
        saved = carry_out(store(), recording, plan)
        st.session_state[_DONE] = f"{counted(len(saved), 'picture')} imported."
        st.session_state.pop(_PLAN, None)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()


def _planned(recording: Recording, upload: BinaryIO, file_id: str) -> ImportPlan:
    """What the import would do, found out once for each file: the whole video may have to be read for it."""
    planned_id, plan = st.session_state.get(_PLAN, (None, None))
    if plan is None or planned_id != file_id:
        with st.spinner("Comparing the pictures", show_time=True):
            plan = plan_import(store(), recording, upload, installation().settings.video)
        st.session_state[_PLAN] = (file_id, plan)
    return plan


def _show(plan: ImportPlan) -> None:
    annotators = sorted({frame.annotator for frame in plan.new})
    told = f"{counted(len(plan.new), 'picture')} to import" + (f", by {', '.join(annotators)}" if annotators else "")
    st.markdown(plain(f"{told}. {counted(len(plan.known), 'picture')} here already."))
    for name, reason in plan.refused[:_MOST_REFUSED]:
        st.warning(f"{plain(name)} is left out: {plain(reason)}.", icon=":material/block:")
    if len(plan.refused) > _MOST_REFUSED:
        st.caption(f"{len(plan.refused) - _MOST_REFUSED} more are left out.")
