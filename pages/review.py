"""Review: look at the tracking over the video, at the curves, and correct which expression was made when."""

from __future__ import annotations

import streamlit as st

from core.charts import curves as curve_charts
from core.measures.curves import Curves
from core.measures.movement import COMMISSURE, MOVEMENT_SPECS
from core.records.entries import JobState, Recording
from core.result import ExamResult
from pages.components import figures
from pages.components.current import ANALYSE, SEVERITY, UPLOAD, go
from pages.components.exam_choice import Exam, require_exam
from pages.components.guard import guarded
from pages.components.job_progress import show_progress
from pages.components.layout import page_head
from pages.components.media import VideoSource, video_source
from pages.components.quality import quality_list
from pages.components.results import exam_curves, exam_result, exam_track
from pages.components.segment_editor import saved_message, segment_editor
from pages.components.segment_versions import segment_versions
from pages.components.streamlit_runtime import is_dark
from pages.components.text import plain
from pages.components.video_overlay import CHARTS_KEY, video_overlay

_FIRST_MEASURE = "corner_lateral"


@guarded
def page() -> None:
    head = st.container()
    exam = require_exam("Review")
    with head:
        page_head(
            "Review",
            "Check that the landmarks follow the face, and that every movement has its right name and borders.",
            exam.patient,
            exam.visit,
        )
    result = exam_result(exam.analysis)
    saved_message()
    turned = result.video.mirrored != exam.recording.mirrored
    if turned:
        _turned()
    grave = any(entry.severity != "info" for entry in result.quality)
    if grave:
        _quality(result)
    _watch_and_edit(exam, locked=turned)
    segment_versions(exam.recording)
    if not grave:
        _quality(result)


def _quality(result: ExamResult) -> None:
    if result.quality:
        with st.container(border=True, key="review_quality"):
            quality_list(result.quality)


def _turned() -> None:
    st.warning(
        "Right and left of this video were changed after this analysis. Analyse it again; the names of the sides below are those "
        "of the old analysis.",
        icon=":material/flip:",
    )
    if st.button("Analyse again", type="primary", icon=":material/replay:", key="to_analyse"):
        go(ANALYSE)


@st.fragment
@guarded
def _watch_and_edit(exam: Exam, *, locked: bool) -> None:
    """Player, curves and editor: pausing the video runs this part of the page only."""
    result = exam_result(exam.analysis)
    time_s = _player(exam, result)
    curves = exam_curves(exam.analysis)
    if curves is None:
        st.info("This analysis kept no curves. Analyse the video again to see them.", icon=":material/show_chart:")
    else:
        _curves(curves, result)
    st.subheader("Segments", anchor=False)
    if locked:
        st.caption("Segments can be changed again once the video is analysed the right way round.")
    open_changes = not locked and segment_editor(exam.recording, exam.analysis, result, time_s)
    kind = "secondary" if open_changes or locked else "primary"
    if st.button("Show severity", icon=":material/face:", key="to_severity", type=kind):
        go(SEVERITY)


def _player(exam: Exam, result: ExamResult) -> float | None:
    source = video_source(exam.recording)
    if source.url is None:
        _preparing(exam.recording)
        return None
    # The landmarks belong to the picture as it was analysed.
    as_analysed = VideoSource(source.url, result.video.mirrored)
    return video_overlay(
        as_analysed, exam_track(exam.analysis), result, version=exam.analysis.id, key=f"player_{exam.analysis.id}"
    )


@st.fragment(run_every=1)
@guarded
def _preparing(recording: Recording) -> None:
    """How far the browser's copy of the video is; the page is drawn anew when it is there."""
    source = video_source(recording)
    if source.url is not None:
        st.rerun()
    job = source.job
    with st.container(border=True, key="preparing"):
        if job is not None and job.state.active:
            show_progress(job, "Preparing the video for the browser")
        elif job is not None and job.state is not JobState.DONE:
            st.error(plain(job.error or "The video could not be prepared for the browser."), icon=":material/error:")
            st.caption(plain(job.hint) if job.hint else "Curves and grades below are not touched by this.")
            if st.button("Back to the videos", key="to_upload", icon=":material/upload_file:"):
                go(UPLOAD)


def _curves(curves: Curves, result: ExamResult) -> None:
    names = curve_charts.measures_to_choose(curves)
    measure = st.selectbox(
        "Measure",
        list(names),
        index=list(names).index(_first_measure(result, names)),
        format_func=names.__getitem__,
        key="review_measure",
        persist_state="session",
        help="The solid line moves with the video. A click on the chart shows that moment; drag across it to zoom in.",
    )
    keys = [entry.key_frame_s for entry in result.expressions.values() if entry.key_frame_s is not None]
    figure = curve_charts.measure_over_time(
        curves, measure, result.segments, keys, dark=is_dark(), width_px=figures.page_width_px()
    )
    with st.container(key=CHARTS_KEY):
        figures.show(
            figure,
            curve_charts.measure_over_time_alt(curves, measure, result.segments),
            key="measure_over_time",
            zoom=True,
        )


def _first_measure(result: ExamResult, names: dict[str, str]) -> str:
    """The curve of the first expression that was recorded."""
    for expression in result.expressions:
        spec = MOVEMENT_SPECS.get(expression)
        if spec is not None and result.expressions[expression].repetitions:
            measure = _FIRST_MEASURE if spec.measure == COMMISSURE else spec.measure
            return measure if measure in names else next(iter(names))
    return _FIRST_MEASURE if _FIRST_MEASURE in names else next(iter(names))


page()
