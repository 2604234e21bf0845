"""Record: a guided recording of the examination with this computer's camera."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from core.errors import HemifaceError
from core.exam.check import to_repeat
from core.exam.guide import (
    ExamPlan,
    practice_plan,
    repeat_plan,
)
from core.exam.protocol import Expression
from core.records.base import now
from core.records.captures import dropped_movements
from core.records.entries import Capture, CaptureState, JobState, Recording, Visit
from pages.components.capture_routes import keep_and_check
from pages.components.current import ANALYSE, go, store
from pages.components.guard import guarded
from pages.components.installation import installation
from pages.components.layout import facts_line, page_head, require_visit
from pages.components.movement_checks import check_job, read_checks, show_checks, start_check
from pages.components.plan_choice import choose_plan
from pages.components.player import play
from pages.components.recorder import recorder
from pages.components.recorder_texts import expression_texts, recorder_texts
from pages.components.recordings import recording_facts
from pages.components.side_choice import given_words
from pages.components.streamlit_runtime import session_id, session_is_connected
from pages.components.text import counted, plain

# A recording whose parts have not come for so long has broken off; sooner when its page is closed.
_BROKEN_AFTER, _BROKEN_AFTER_CLOSING = timedelta(seconds=20), timedelta(seconds=3)
_DONE, _ROUND, _REPEAT, _HANDLED = "record_done", "record_round", "record_repeat", "record_handled"


@guarded
def page() -> None:
    patient, visit = require_visit("Record")
    page_head("Record", "Film the examination with this computer's camera, guided step by step.", patient, visit)
    _broken_off(visit)
    done = st.session_state.get(_DONE, {}).get(visit.id)
    if done is not None:
        _result(visit, done)
        return
    repeated = st.session_state.get(_REPEAT, {}).get(visit.id)
    plan = _repeat_head(visit, repeated) if repeated else _choose()
    if plan is None:
        return
    here = installation()
    token = here.capture_grants.grant(session_id(), patient_id=patient.id, visit_id=visit.id, plan=plan)
    finished = recorder(
        plan,
        token=token,
        key=f"recorder_{visit.id}_{st.session_state.get(_ROUND, 0)}",
        texts=recorder_texts(),
        expressions=expression_texts(),
        practice=practice_plan(plan.steps[-1].expression),
    )
    if finished is not None and finished not in st.session_state.setdefault(_HANDLED, []):
        st.session_state[_HANDLED].append(finished)
        _take_over(visit, finished)


def _choose() -> ExamPlan | None:
    """Protocol, order and repetitions; None, with the reason shown, when they make no plan."""
    plan = choose_plan("record")
    if plan is None:
        return None
    minutes, seconds = divmod(round(plan.duration_s), 60)
    st.caption(
        f"{counted(len(plan.expressions) - 1, 'movement')} and the face at rest, about {minutes}:{seconds:02d} minutes. "
        "The camera's picture goes to this computer's Hemiface only."
    )
    return plan


def _repeat_head(visit: Visit, expressions: list[Expression]) -> ExamPlan:
    names = ", ".join(expression.label for expression in expressions)
    st.info(f"A short recording of: **{names}**. It is added to this visit.", icon=":material/replay:")
    if st.button("Record the whole examination instead", type="tertiary", key="record_whole"):
        del st.session_state[_REPEAT][visit.id]
        st.rerun()
    return repeat_plan(expressions)


def _take_over(visit: Visit, capture_id: str) -> None:
    """What the recorder finished is a recording already; show it, and analyse it."""
    capture = store().capture(capture_id)
    if capture.recording_id is None:
        return
    st.session_state.get(_REPEAT, {}).pop(visit.id, None)
    st.session_state.setdefault(_DONE, {})[visit.id] = capture.recording_id
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    _analyse(capture.recording_id)
    st.rerun()


def _analyse(recording_id: str) -> None:
    try:
        installation().runner.start_analysis(recording_id)
    except HemifaceError as problem:
        if problem.code != "job_active":
            raise


def _result(visit: Visit, recording_id: str) -> None:
    try:
        recording = store().recording(recording_id)
    except HemifaceError:  # deleted meanwhile
        _record_again(visit)
    st.success("The recording is saved, and its analysis has begun.", icon=":material/check:")
    with st.container(border=True, key="record_result"):
        st.subheader("Can every movement be measured?", anchor=False)
        facts_line([recording.title, *recording_facts(recording), given_words(recording)])
        _quality(recording)
    with st.container(horizontal=True):
        if st.button("Watch the analysis", type="primary", icon=":material/query_stats:", key="record_next"):
            go(ANALYSE)
        if st.button("Play", icon=":material/play_arrow:", key="record_play"):
            play(recording)
        if st.button("Record again", icon=":material/videocam:", key="record_again"):
            _record_again(visit)


def _record_again(visit: Visit, expressions: list[Expression] | None = None) -> None:
    st.session_state.get(_DONE, {}).pop(visit.id, None)
    if expressions:
        st.session_state.setdefault(_REPEAT, {})[visit.id] = expressions
    st.rerun()


def _quality(recording: Recording) -> None:
    if read_checks(recording) is None:
        _wait_for_checks(recording)
    else:
        _show_quality(recording)


@st.fragment(run_every=0.7)
@guarded
def _wait_for_checks(recording: Recording) -> None:
    if read_checks(recording) is not None:
        st.rerun()
    job = check_job(recording)
    if job is not None and not job.state.active and job.state is not JobState.DONE:
        st.warning(f"The recording could not be checked. {plain(job.error)}", icon=":material/error:")
        if st.button("Check again", key="record_check_again"):
            start_check(recording)
        return
    st.progress((job.progress if job else None) or 0.0, text="Looking at every movement …")


def _show_quality(recording: Recording) -> None:
    checks = read_checks(recording) or []
    if all(check.expression is Expression.REST for check in checks):
        searched = store().segments(recording.id) is None  # with the rest alone it has nothing to look for
        st.warning(
            f"No movement was recorded to its end.{' The analysis looks for movements by itself.' if searched else ''}",
            icon=":material/warning:",
        )
        return
    show_checks(checks)
    again = to_repeat(checks)
    if again:
        what = "just this one" if len(again) == 1 else f"these {len(again)}"
        st.markdown(
            f"**{', '.join(expression.label for expression in again)}** cannot be measured from this recording."
        )
        if st.button(f"Repeat {what}", icon=":material/replay:", key="record_repeat_button"):
            visit = store().visit(recording.visit_id)
            _record_again(visit, again)


def _broken_off(visit: Visit) -> None:
    """Recordings that were not ended: a closed tab, a lost connection."""
    here = installation()
    for capture in store().captures(visit_id=visit.id):
        if capture.state is CaptureState.KEPT or not _has_ended(capture):
            continue
        if not capture.parts:
            here.store.discard_capture(capture.id)
            continue
        _offer(visit, capture)


def _has_ended(capture: Capture) -> bool:
    quiet = now() - capture.updated_at
    session = installation().capture_grants.session_of(capture.id)
    closed = session is None or not session_is_connected(session)
    return quiet > (_BROKEN_AFTER_CLOSING if closed else _BROKEN_AFTER)


def _offer(visit: Visit, capture: Capture) -> None:
    at = capture.created_at.astimezone()
    lost = dropped_movements(capture.cues)
    with st.container(border=True, key=f"broken_{capture.id}"):
        st.markdown(
            f":material/content_cut: **The recording of {at.day} {at:%b, %H:%M} broke off.** "
            f"{counted(capture.performed, 'movement')} of {sum(step.prepare_s > 0 for step in capture.plan.steps)} "
            f"{'is' if capture.performed == 1 else 'are'} complete ({capture.size_bytes / 1e6:.1f} MB)."
            + (f" Not complete: {', '.join(expression.label for expression in lost)}." if lost else "")
        )
        with st.container(horizontal=True):
            if st.button("Keep it", icon=":material/save:", key=f"keep_{capture.id}"):
                store().finish_capture(capture.id)
                recording_id = keep_and_check(installation(), capture.id)
                _analyse(recording_id)
                st.session_state.setdefault(_DONE, {})[visit.id] = recording_id
                st.rerun()
            if st.button("Delete it and record again", icon=":material/delete:", key=f"discard_{capture.id}"):
                store().discard_capture(capture.id)
                st.rerun()


page()
