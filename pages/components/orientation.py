"""The check of right and left: the picture between two large labels, and the question whether they are right (reliability T24)."""

from __future__ import annotations

from base64 import b64encode

import streamlit as st

from core.charts.style import theme
from core.records.entries import Recording
from core.records.intake import preview_jpeg
from core.words import Side
from pages.components.current import store
from pages.components.streamlit_runtime import is_dark

FITS, MIRRORED = "Yes, the labels fit", "No, flip it"
_HELP = (
    "Think of a mole, a scar, the parting of the hair or the hand that wears a watch. Writing in the picture must be readable: "
    "mirror writing means that the camera app mirrored the video."
)


def orientation_question(recording: Recording) -> bool | None:
    """Shows a still with the labels of the sides and asks whether they fit; the still is flipped when they do not.

    Returns:
        Whether the recording is mirrored; None as long as nobody has answered.
    """
    key = answer_key(recording.id)
    mirrored = st.session_state.get(key) == MIRRORED
    _labelled_picture(recording, mirrored)
    answer = st.segmented_control(
        "Is the patient's right side where the label says?", [FITS, MIRRORED], key=key, help=_HELP, width="stretch"
    )
    if answer == MIRRORED:
        st.caption("Flipped: the camera app had mirrored it. The video will be read this way round.")
    return None if answer is None else answer == MIRRORED


def answer_key(recording_id: str) -> str:
    """Key of the answer in the session's state."""
    return f"orientation_{recording_id}"


def _labelled_picture(recording: Recording, mirrored: bool) -> None:
    """The labels stay where they are; only the picture turns round. Holds no text of users."""
    data = b64encode(preview_jpeg(store(), recording)).decode()
    look = theme(is_dark())
    labels = "".join(
        f'<span style="flex:1;text-align:{align};color:{look.side(side)};font-weight:700;font-size:1.15rem;'
        f'border-bottom:4px solid {look.side(side)};padding:0 .2rem .25rem;">{text}</span>'
        for side, align, text in (
            (Side.RIGHT, "left", f"◀ {Side.RIGHT.label}"),
            (Side.LEFT, "right", f"{Side.LEFT.label} ▶"),
        )
    )
    flip = "transform:scaleX(-1);" if mirrored else ""
    st.html(
        f'<div style="display:flex;gap:.5rem;margin-bottom:.4rem;">{labels}</div>'
        f'<img src="data:image/jpeg;base64,{data}" alt="Still of the video" '
        f'style="width:100%;max-height:420px;object-fit:contain;background:#0003;border-radius:.4rem;display:block;{flip}">'
    )
