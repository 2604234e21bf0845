"""A plain player of one video, as it is read: flipped where its camera app had mirrored it."""

from __future__ import annotations

import streamlit as st

from core.records.entries import Recording
from pages.components.guard import guarded
from pages.components.job_progress import show_progress
from pages.components.media import VideoSource, video_source
from pages.components.text import plain


@st.dialog("Video", width="large")
@guarded
def play(recording: Recording) -> None:
    """Show a video; where browsers cannot play it, first how far its copy is."""
    st.markdown(f"**{plain(recording.original_name)}**")
    source = video_source(recording)
    if source.url is not None:
        _video(source)
    else:
        _wait(recording)


@st.fragment(run_every=1)
@guarded
def _wait(recording: Recording) -> None:
    source = video_source(recording)
    if source.url is not None:
        _video(source)
    elif source.job is not None and source.job.state.active:
        show_progress(source.job, "Preparing the video for the browser")
    elif source.job is not None:
        st.error(plain(source.job.error or "The video could not be prepared for the browser."), icon=":material/error:")


def _video(source: VideoSource) -> None:
    # Flipping a video would flip its buttons, too, so a mirrored one plays in a loop without them.
    how, flip = ("autoplay loop", "transform:scaleX(-1);") if source.flip else ("controls", "")
    style = f"width:100%;max-height:70vh;border-radius:.4rem;{flip}"
    st.html(f'<video src="{source.url}" muted playsinline preload="metadata" {how} style="{style}"></video>')
