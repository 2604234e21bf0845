"""The key pictures of an examination, as the network was shown them, and on request what spoke for synkinesis in each."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from core.charts.face_views import face_view, heat_view
from core.charts.screening import picture_name, picture_words
from core.errors import HemifaceError
from core.key_frames import frames_at, reduced
from core.records.analyses import RESULT
from core.records.entries import Analysis
from core.records.frame_pictures import frame_picture, keep_pictures
from core.result import ImageScreening, Screening
from core.second_opinions import KeyFrame
from models import opinions
from pages.components.current import store
from pages.components.exam_choice import Exam
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.landmark_editor import jpeg_bytes
from pages.components.learned_models import screener
from pages.components.results import exam_result
from pages.components.text import plain

_VIEW_PX = 320
_CARD_PX = 164


@dataclass(frozen=True)
class KeyPicture:
    """One picture that the network was shown.

    Attributes:
        shown: what the result says of it.
        index: its number in the recording.
        points: (478, 3) landmarks in its pixels.
        view: JPEG of the face.
    """

    shown: ImageScreening
    index: int
    points: np.ndarray
    view: bytes


@st.fragment
@guarded
def key_pictures(exam: Exam, screening: Screening) -> None:
    """The pictures with what the network says of each; a switch lays over them where it looked."""
    st.subheader("Key pictures", anchor=False)
    st.markdown(
        "What the network was shown, and how likely synkinesis is by each picture alone; one picture is no verdict."
    )
    warm = st.toggle(
        "Show where the network looked",
        key="show_heat",
        help="Grad-CAM: yellow marks the places that spoke most for synkinesis in this picture, blue those that spoke a little. "
        "It shows what the network used, not what is ill.",
    )
    pictures = _pictures(exam.analysis, exam.recording.id)
    if not pictures:
        st.caption("The key pictures of this analysis cannot be shown; analyse the video again.")
        return
    views = [picture.view for picture in pictures]
    if warm:
        try:
            views = _warm_views(exam.analysis, exam.recording.id)
        except HemifaceError as problem:
            st.warning(plain(problem.message), icon=":material/visibility_off:")
            warm = False
    with st.container(horizontal=True, gap="small", key="key_pictures"):
        for number, (picture, view) in enumerate(zip(pictures, views, strict=True)):
            _card(number, picture.shown, view, warm=warm)
    if warm and screening.weights_sha256 != opinions.screener_sha256():
        st.caption("The network has changed since this analysis: where it looked is that of the present one.")
    if screening.verdict == "not_assessable":
        st.caption("The examination as a whole is not assessable; the pictures are shown so that you can see why.")


def _card(number: int, shown: ImageScreening, view: bytes, *, warm: bool) -> None:
    name = picture_name(shown)
    alt = f"{name}{', with the places that spoke for synkinesis' if warm else ''}"
    style = f"width:{_CARD_PX}px;max-width:100%;border-radius:.4rem;display:block;"
    with st.container(width=_CARD_PX, gap=None, key=f"key_picture_{number}"):
        # Inside the page, not through Streamlit's media route, which asks nobody who they are (reliability finding 7).
        st.html(f'<img src="{_inline(view)}" alt="{escape(alt)}" style="{style}">')
        st.markdown(f"**{plain(name)}**")
        st.caption(plain(picture_words(shown)))


def _inline(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Reading the key pictures",
    hash_funcs={Analysis: lambda analysis: (analysis.id, analysis.hashes.get(RESULT))},
)
def _pictures(analysis: Analysis, recording_id: str) -> list[KeyPicture]:
    recording = store().recording(recording_id)
    track = store().load_track(analysis)
    screening = exam_result(analysis).screening
    named = [shown for shown in (screening.per_image if screening else []) if shown.time_s is not None]
    indices = frames_at(track, [shown.time_s for shown in named if shown.time_s is not None])
    keep_pictures(store(), recording, {index for index in indices if index is not None}, installation().settings.video)
    made = []
    for shown, index in zip(named, indices, strict=True):
        if index is not None:
            frame = _frame(recording_id, index, track.points[index], shown)
            view = face_view(frame.image, frame.points, _VIEW_PX)
            made.append(KeyPicture(shown, index, track.points[index], jpeg_bytes(view)))
    return made


@st.cache_resource(
    scope="session",
    max_entries=2,
    show_spinner="Asking the network",
    hash_funcs={Analysis: lambda analysis: (analysis.id, analysis.hashes.get(RESULT))},
)
def _warm_views(analysis: Analysis, recording_id: str) -> list[bytes]:
    network = screener()
    made = []
    for picture in _pictures(analysis, recording_id):
        frame = _frame(recording_id, picture.index, picture.points, picture.shown)
        made.append(jpeg_bytes(heat_view(frame.image, frame.points, network.explain(frame), _VIEW_PX)))
    return made


def _frame(recording_id: str, index: int, points: np.ndarray, shown: ImageScreening) -> KeyFrame:
    image = frame_picture(store(), store().recording(recording_id), index, installation().settings.video)
    return KeyFrame(*reduced(image, points), shown.expression, shown.time_s)
