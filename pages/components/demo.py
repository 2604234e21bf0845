"""Demo patients, one click away: they are made by a job, since their videos have to be rendered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from core.records.entries import Job, JobState
from pages.components.current import store
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.job_progress import show_progress
from pages.components.text import plain

_FAILURE_IS_NEWS_FOR = timedelta(days=1)


def demo_offer(*, boxed: bool = True) -> None:
    """A button that adds the demo patients, as long as there are none or some are missing, and nobody makes them."""
    job = _newest()
    if job is not None and job.state.active:
        return
    some_are_there = bool(store().count_patients(simulated=True))
    if some_are_there and (job is None or job.state is JobState.DONE):
        return
    if some_are_there:
        st.caption("The last making of demo patients ended before all of them were ready.")
    elif boxed:
        st.caption(
            "New here? Demo patients are computed faces with known weakness; they are marked as simulated everywhere."
        )
    label = "Add the missing demo patients" if some_are_there else "Add demo patients"
    if st.button(label, icon=":material/science:", key="add_demo"):
        installation().runner.start_demo()
        st.rerun()


def demo_progress() -> None:
    """How far the making of the demo patients is, or why it failed; nothing when nobody asked for them."""
    job = _newest()
    if job is None:
        return
    if job.state.active:
        _watch(job.id)
    elif job.state in (JobState.FAILED, JobState.INTERRUPTED) and _is_news(job):
        st.error(f"The demo patients could not be made. {plain(job.error)}", icon=":material/error:")
        if job.hint:
            st.caption(plain(job.hint))


@st.fragment(run_every=1)
@guarded
def _watch(job_id: str) -> None:
    runner = installation().runner
    job = runner.job(job_id)
    if not job.state.active:
        st.rerun()
    with st.container(border=True, key="demo_job"):
        show_progress(job, "Making demo patients")
        if st.button("Cancel", key="demo_cancel", icon=":material/close:"):
            runner.cancel(job_id)


def _newest() -> Job | None:
    jobs = store().jobs(kind="demo")
    return jobs[0] if jobs else None


def _is_news(job: Job) -> bool:
    return job.finished_at is None or datetime.now(UTC) - job.finished_at < _FAILURE_IS_NEWS_FOR
