"""The videos of two visits side by side, started at the onset of the same expression."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.charts.style import theme
from core.errors import HemifaceError
from core.exam.protocol import Expression
from core.records.entries import JobState, Recording
from core.result import ExamResult
from core.words import SIDES
from pages.components.exam_choice import Exam
from pages.components.guard import guarded
from pages.components.job_progress import show_progress
from pages.components.media import VideoSource, video_source
from pages.components.results import exam_result
from pages.components.streamlit_runtime import is_dark
from pages.components.text import plain

_HERE = Path(__file__).parent
_HTML, _CSS, _JS = ((_HERE / f"twin_player.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_LEAD_S, _TAIL_S, _REST_S = 0.5, 0.5, 3.0


def videos(before: Exam, after: Exam, expression: Expression) -> None:
    """Both players under one set of buttons; a sentence where the expression was not performed or a video is being prepared."""
    parts = [moment(exam_result(exam.analysis), expression) for exam in (before, after)]
    st.markdown("**Both videos at the same time**, from the onset of the expression")
    if any(part is None for part in parts):
        st.caption(f":material/movie: “{expression.label}” was not performed at both visits.")
        return
    try:
        sources = [video_source(exam.recording) for exam in (before, after)]
    except HemifaceError as problem:
        st.caption(f":material/movie: {plain(problem.message)}")
        return
    waiting = [exam.recording for exam, source in zip((before, after), sources, strict=True) if source.url is None]
    if waiting:
        for recording in waiting:
            _preparing(recording)
        return
    shown = [
        _video(exam, source, part)
        for exam, source, part in zip((before, after), sources, parts, strict=True)
        if part is not None
    ]
    look = theme(is_dark())
    player = st.components.v2.component("hemiface_twin_player", html=_HTML, css=_CSS, js=_JS)
    player(
        key="compare_twin_player",
        data={
            "version": f"{before.analysis.id} {after.analysis.id} {expression} {[source.url for source in sources]}",
            "expression": expression.label,
            "videos": shown,
            "sides": {side.value: {"label": side.label, "colour": look.side(side)} for side in SIDES},
        },
        height="content",
    )


def moment(result: ExamResult, expression: Expression) -> tuple[float, float, float] | None:
    """Onset, key moment and end in seconds of the repetition with the key picture, else of the first; None without any.

    At rest: the first seconds of the recording.
    """
    if expression is Expression.REST:
        return 0.0, 0.5 * _REST_S, _REST_S
    entry = result.expressions.get(expression)
    if entry is None or not entry.repetitions:
        return None
    used = [repetition for repetition in entry.repetitions if repetition.used] or entry.repetitions
    key_s = entry.key_frame_s
    shown = next((r for r in used if key_s is not None and r.start_s <= key_s <= r.end_s), used[0])
    onset_s = shown.start_s + min(
        (value for side in SIDES if (value := entry.onset_s.get(side)) is not None), default=0.0
    )
    moment_s = key_s if key_s is not None and onset_s <= key_s <= shown.end_s else (onset_s + shown.end_s) / 2
    return onset_s, moment_s, shown.end_s


def _video(exam: Exam, source: VideoSource, part: tuple[float, float, float]) -> dict[str, Any]:
    onset_s, key_s, end_s = part
    facts = exam_result(exam.analysis).video
    return {
        "url": source.url,
        "flip": facts.mirrored,
        "ratio": facts.width / facts.height,
        "title": exam.visit.title,
        "start": max(onset_s - _LEAD_S, 0.0),
        "onset": onset_s,
        "key": key_s,
        "end": end_s + _TAIL_S,
    }


@st.fragment(run_every=1)
@guarded
def _preparing(recording: Recording) -> None:
    """How far the browser's copy of a video is; the page is drawn anew when it is there."""
    source = video_source(recording)
    if source.url is not None:
        st.rerun()
    job = source.job
    with st.container(border=True, key=f"compare_preparing_{recording.id}"):
        if job is not None and job.state.active:
            show_progress(job, "Preparing the video for the browser")
        elif job is not None and job.state is not JobState.DONE:
            st.error(plain(job.error or "The video could not be prepared for the browser."), icon=":material/error:")
