"""The comparison as a PDF, made when it is asked for."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components.current import store
from pages.components.exam_choice import Exam
from pages.components.installation import installation
from pages.components.results import exam_result


def report_button(before: Exam, after: Exam, *, primary: bool) -> None:
    """Download of the report of both visits; nothing where one cannot be made: two videos of one visit, or sides changed since."""
    turned = any(exam_result(exam.analysis).video.mirrored != exam.recording.mirrored for exam in (before, after))
    if turned or before.visit.id == after.visit.id:
        return
    with_pictures = st.session_state.get("compare_report_pictures", True)
    st.download_button(
        "Report (PDF)",
        data=partial(_report, before, after, pictures=with_pictures),
        file_name=f"hemiface_change_{before.visit.day:%Y-%m-%d}_{after.visit.day:%Y-%m-%d}.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        key="compare_report",
        type="primary" if primary else "secondary",
        on_click="ignore",
    )
    st.toggle(
        "With key pictures", value=True, key="compare_report_pictures", help="Pictures of the face in the report."
    )


def _report(before: Exam, after: Exam, *, pictures: bool) -> bytes:
    from core.reports.from_store import report_of_comparison

    return report_of_comparison(
        store(),
        before.visit.id,
        after.visit.id,
        analysis_ids=(before.analysis.id, after.analysis.id),
        pictures=pictures,
        limits=installation().settings.video,
    )
