"""The same moment of an expression at two visits: side by side, and one over the other behind a slider."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from core.analysis import Analysis as Examination
from core.charts.style import theme
from core.errors import HemifaceError
from core.exam.protocol import Expression
from core.key_frames import choose_key_frames, frames_at
from core.records.analyses import RESULT, TRACK
from core.records.entries import Analysis
from core.records.frame_pictures import frame_picture, keep_pictures
from core.tracking import FaceTrack
from core.words import SIDES, Side
from pages.components.compare_alignment import VIEW_HEIGHT_PX, VIEW_WIDTH_PX, aligned_view
from pages.components.current import store
from pages.components.exam_choice import Exam
from pages.components.installation import installation
from pages.components.landmark_editor import jpeg_bytes
from pages.components.results import exam_curves, exam_result
from pages.components.streamlit_runtime import is_dark
from pages.components.text import plain

_HERE = Path(__file__).parent
_HTML, _CSS, _JS = ((_HERE / f"onion_skin.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))


def key_pictures(before: Exam, after: Exam, expression: Expression) -> None:
    """Both pictures beside each other and as an onion skin; a sentence where one of them is missing."""
    try:
        pictures = [aligned_pictures(exam.analysis, exam.recording.id).get(expression) for exam in (before, after)]
    except HemifaceError as problem:
        st.caption(f":material/texture: The key pictures cannot be shown. {plain(problem.message)}")
        return
    if pictures[0] is None or pictures[1] is None:
        when = "either visit" if not any(pictures) else "the baseline" if pictures[0] is None else "the later visit"
        st.caption(f":material/texture: There is no key picture of “{expression.label}” at {when}.")
        return
    names = [exam.visit.title for exam in (before, after)]
    sources = [_inline(picture) for picture in pictures if picture is not None]
    beside, over = st.columns([2, 1])
    with beside.container(gap="xsmall", key="compare_beside"):
        _sides()
        with st.container(horizontal=True, gap="small", key="compare_beside_pictures"):
            for name, source, when in zip(names, sources, ("Baseline", "Later visit"), strict=True):
                _picture(source, f"{expression.label}, {name}", when, name)
    with over:
        onion_skin(expression, names, sources)


def onion_skin(expression: Expression, names: list[str], sources: list[str]) -> None:
    """Two aligned pictures one over the other: a slider wipes between them or fades one into the other."""
    look = theme(is_dark())
    skin = st.components.v2.component("hemiface_onion_skin", html=_HTML, css=_CSS, js=_JS)
    skin(
        key="compare_onion_skin",
        data={
            "before": sources[0],
            "after": sources[1],
            "names": names,
            "expression": expression.label,
            "ratio": VIEW_WIDTH_PX / VIEW_HEIGHT_PX,
            "sides": {side.value: {"label": side.label, "colour": look.side(side)} for side in SIDES},
        },
        height="content",
    )


def _sides() -> None:
    look = theme(is_dark())
    right, left = (
        f'<b style="color:{look.side(side)}">{text}</b>'
        for side, text in ((Side.RIGHT, "◀ patient's right"), (Side.LEFT, "patient's left ▶"))
    )
    st.html(f'<div style="display:flex;justify-content:space-between">{right}{left}</div>')


def _picture(source: str, alt: str, when: str, name: str) -> None:
    style = "width:100%;border-radius:.4rem;display:block;"
    with st.container(width="stretch", gap=None):
        # Inside the page, not through Streamlit's media route, which asks nobody who they are (reliability finding 7).
        st.html(f'<img src="{source}" alt="{escape(alt)}" style="{style}">')
        st.html(f'<p style="margin:.25rem 0 0;font-size:.9rem"><b>{when}</b><br>{escape(name)}</p>')


def _inline(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


@st.cache_resource(
    scope="session",
    max_entries=6,
    show_spinner="Reading the key pictures",
    hash_funcs={Analysis: lambda a: (a.id, a.hashes.get(RESULT), a.hashes.get(TRACK))},
)
def aligned_pictures(analysis: Analysis, recording_id: str) -> dict[Expression, bytes]:
    """The aligned key picture of every expression, rest included, as JPEG; read from the video in one pass the first time."""
    recording, track = store().recording(recording_id), store().load_track(analysis)
    moments = _moments(analysis, track)
    frames = {
        expression: index
        for expression, index in zip(moments, frames_at(track, list(moments.values())), strict=True)
        if index is not None
    }
    limits = installation().settings.video
    keep_pictures(store(), recording, set(frames.values()), limits)
    return {
        expression: jpeg_bytes(_view(frame_picture(store(), recording, index, limits), track.points[index]))
        for expression, index in frames.items()
    }


def _view(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    return aligned_view(image, points)


def _moments(analysis: Analysis, track: FaceTrack) -> dict[Expression, float]:
    """When each expression was largest, and a quiet moment of rest; in seconds."""
    result, curves = exam_result(analysis), exam_curves(analysis)
    moments: dict[Expression, float] = {}
    if curves is not None:
        chosen = choose_key_frames(Examination(result, curves, track))
        moments = {frame.expression: frame.time_s for frame in chosen if frame.expression is Expression.REST}
    known = {name: entry.key_frame_s for name, entry in result.expressions.items() if entry.key_frame_s is not None}
    return moments | known
