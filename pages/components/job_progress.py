"""How far a job is, in a bar and in words."""

from __future__ import annotations

import streamlit as st

from core.records.entries import Job, JobState
from pages.components.text import plain

_MINUTE = 60


def show_progress(job: Job, what: str) -> None:
    """Bar, frames done and time left of a queued or running job."""
    st.progress(job.progress or 0.0, text=f"**{what}** · {plain(_words(job))}")


def _words(job: Job) -> str:
    if job.state is JobState.QUEUED:
        return "waiting for its turn"
    parts = [job.stage] if job.stage else []
    if job.frames_total:
        parts.append(f"{job.frames_done} of {job.frames_total} frames")
    if job.seconds_left is not None and job.frames_done:
        parts.append(f"about {duration_words(job.seconds_left)} left")
    return ", ".join(parts) or "starting"


def duration_words(seconds: float) -> str:
    """Seconds in words that do not jump: "5 s", "2 min"."""
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / _MINUTE)} min"
