"""The steps of a home recording as the patient sees them, in the patient's language and in large type."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import streamlit as st

from core.errors import HemifaceError, VideoError
from core.exam.guide import practice_plan
from core.exam.protocol import Expression
from core.languages import (
    LANGUAGE_NAMES,
    LANGUAGES,
    as_language,
    day_in_words,
    duration_in_words,
    negotiate,
    translator,
)
from core.records.base import now
from core.records.entries import CaptureState
from pages.components import home_flow as flow
from pages.components import recorder as recorders
from pages.components.guard import log_without_data
from pages.components.home_access import browser_key
from pages.components.home_flow import HomeVisit, Step
from pages.components.home_media import capture_address
from pages.components.home_texts import home_texts
from pages.components.installation import installation
from pages.components.page_language import announce_language
from pages.components.recorder_texts import expression_texts, recorder_texts
from pages.components.scroll_top import scroll_to_top
from pages.components.streamlit_runtime import page_is_insecure, session_id

_STEP, _LANGUAGE, _ROUND, _BROKEN, _NOTE = "home_step", "home_language", "home_round", "home_broken", "home_note"
Texts = dict[str, str]


def show_home() -> None:
    """The page: one step of the visit, or why there is nothing to do."""
    language = negotiate(st.context.headers.get("Accept-Language"))
    try:
        visit = flow.home_visit(browser_key())
        language = _language(visit)
        texts = home_texts(translator(language))
        announce_language(language)
        if visit is None or not (visit.open or visit.session.sent):
            _dead(texts)
        else:
            _step(visit, language, texts)
    except Exception as problem:  # a patient reads no English and no error number
        log_without_data(uuid4().hex[:8], problem)
        texts = home_texts(translator(language))
        st.error(texts["went_wrong"], icon=":material/error:")
        st.markdown(texts["emergency_short"])


def _language(visit: HomeVisit | None) -> str:
    """The language chosen on the page, else the invitation's, else the browser's; shows the choice."""
    chosen = st.session_state.get(_LANGUAGE)
    if chosen is None and visit is not None:
        chosen = visit.session.language or visit.invitation.language
    browser = st.context.headers.get("Accept-Language") or st.context.locale
    language = as_language(chosen) or negotiate(browser)
    picked = st.segmented_control(
        home_texts(translator(language))["language"],
        LANGUAGES,
        default=language,
        required=True,
        format_func=LANGUAGE_NAMES.__getitem__,
        key="home_language_choice",
        label_visibility="collapsed",
    )
    if picked != language:
        st.session_state[_LANGUAGE] = picked
        if visit is not None:
            installation().home_sessions.change(visit.key, language=picked)
        st.rerun()
    return language


def _step(visit: HomeVisit, language: str, texts: Texts) -> None:
    if visit.invitation.opened_at is None:
        installation().store.note_opened(visit.invitation.id)
    step = _current_step(visit)
    with st.container(key="home_step", gap="xsmall"):
        st.markdown(texts["step_of"].format(number=step.value, count=len(Step)))
        st.progress(step.value / len(Step))
    draw: dict[Step, Callable[[HomeVisit, str, Texts], None]] = {
        Step.WELCOME: _welcome,
        Step.PREPARE: _prepare,
        Step.RECORD: _record,
        Step.REVIEW: _review,
        Step.THANKS: _thanks,
    }
    draw[step](visit, language, texts)
    scroll_to_top(step.name, key="home_scroll")


def _current_step(visit: HomeVisit) -> Step:
    if _STEP not in st.session_state:
        st.session_state[_STEP] = flow.first_step(visit)
        if st.session_state[_STEP] is Step.PREPARE:
            _look_for_broken(visit)
    step = Step(st.session_state[_STEP])
    if visit.may_send and step is not Step.THANKS:
        return Step.REVIEW  # finished in the recorder, or in another tab
    if not visit.usable:
        return Step.THANKS
    return Step.RECORD if step is Step.REVIEW else step


def _go(step: Step) -> None:
    st.session_state[_STEP] = step
    st.rerun()


def _look_for_broken(visit: HomeVisit) -> None:
    capture = flow.broken_off(visit)
    st.session_state[_BROKEN] = capture.id if capture is not None else None
    if capture is not None:
        st.session_state[_STEP] = Step.RECORD


def _welcome(visit: HomeVisit, language: str, texts: Texts) -> None:
    st.title(texts["title"], anchor=False)
    st.markdown(texts["asks"])
    _insecure(language)
    if visit.invitation.message:
        with st.container(border=True):
            st.markdown(f"**{texts['message']}**")
            st.text(visit.invitation.message)
    with st.container(key="home_emergency", gap=None):
        st.markdown(f":material/emergency: **{texts['emergency']}**")
        st.markdown(texts["emergency_when"])
    with st.container(key="home_safety", gap="small"):
        st.markdown(f":material/visibility: {texts['eye_safety']}")
        st.markdown(f":material/info: {texts['no_examination']}")
    st.header(texts["what_happens"], anchor=False)
    st.markdown("\n".join(f"1. {texts[f'happens_{what}']}" for what in ("prepare", "record", "send")))
    duration = duration_in_words(visit.invitation.plan.duration_s, language, whole_minutes=True)
    st.markdown(texts["how_long"].format(duration=duration))
    st.header(texts["consent_head"], anchor=False)
    for what in ("consent_what", "consent_where", "consent_free"):
        st.markdown(texts[what])
    agreed = st.checkbox(texts["consent"], key="home_consent")
    if _wide_button(texts["continue"], "home_agree", primary=True):
        if agreed:
            flow.consent(visit, language)
            _go(Step.PREPARE)
        st.warning(texts["consent_first"], icon=":material/check_box:")


def _prepare(visit: HomeVisit, language: str, texts: Texts) -> None:
    st.title(texts["prepare"], anchor=False)
    _insecure(language)
    _tips(texts)
    if _wide_button(texts["ready"], "home_ready", primary=True):
        st.session_state[_STEP] = Step.RECORD
        _look_for_broken(visit)
        _go(Step.RECORD)
    if _wide_button(texts["back"], "home_back"):
        _go(Step.WELCOME)


def _tips(texts: Texts) -> None:
    icons = {
        "glasses": "eyeglasses",
        "hair": "face",
        "light": "light_mode",
        "height": "height",
        "lean": "smartphone",
        "distance": "straighten",
        "alone": "person",
    }
    with st.container(key="home_tips", gap="medium"):
        for tip, icon in icons.items():
            st.markdown(f":material/{icon}: {texts[f'tip_{tip}']}")


def _record(visit: HomeVisit, language: str, texts: Texts) -> None:
    broken = st.session_state.get(_BROKEN)
    if broken is not None and _offer_broken(visit, broken, language, texts):
        return
    st.title(texts["record"], anchor=False)
    _say_note(texts)
    plan, translate = visit.invitation.plan, translator(language)
    token = installation().capture_grants.grant(
        session_id(), patient_id=visit.invitation.patient_id, invitation_id=visit.invitation.id, plan=plan
    )
    # Once it has finished, the next run of the page finds the recording in the store.
    recorders.recorder(
        plan,
        token=token,
        key=f"home_recorder_{st.session_state.setdefault(_ROUND, 0)}",
        texts=recorder_texts(translate),
        expressions=expression_texts(translate),
        language=language,
        home=True,
        practice=practice_plan(next(e for e in plan.expressions if e is not Expression.REST)),
    )
    with st.expander(texts["tips_again"]):
        _tips(texts)


def _offer_broken(visit: HomeVisit, capture_id: str, language: str, texts: Texts) -> bool:
    """Offer what was saved of a recording that broke off; False when there is nothing to offer any more."""
    try:
        capture = installation().store.capture(capture_id)
    except HemifaceError:
        return False
    if capture.state is not CaptureState.RECORDING or capture.invitation_id != visit.invitation.id:
        return False
    st.title(texts["broke_off"], anchor=False)
    # A part is a second of video; what it is exactly is known when it has been made whole.
    st.markdown(texts["broke_off_what"].format(duration=duration_in_words(capture.parts, language)))
    if _wide_button(texts["broke_off_use"], "home_use_broken", primary=True):
        usable = flow.use_broken_off(visit, capture_id)
        st.session_state[_BROKEN] = None
        st.session_state[_NOTE] = "" if usable else "unusable"
        _go(Step.REVIEW if usable else Step.RECORD)
    if _wide_button(texts["record_again"], "home_drop_broken"):
        flow.discard(visit, capture_id)
        st.session_state[_BROKEN] = None
        _go(Step.RECORD)
    return True


def _review(visit: HomeVisit, _language: str, texts: Texts) -> None:
    capture = visit.unsent
    if capture is None:  # not reached: the step is chosen by it
        return
    st.title(texts["review"], anchor=False)
    st.markdown(texts["watch"])
    st.html(f'<video src="{capture_address(capture)}" controls playsinline preload="metadata"></video>')
    _say_note(texts)
    if not st.session_state.get("home_again"):
        if _wide_button(texts["send"], "home_send", primary=True, icon=":material/send:"):
            _send(visit, texts)
        if _wide_button(texts["record_again"], "home_again_button", icon=":material/replay:"):
            st.session_state["home_again"] = True
            st.rerun()
        return
    st.warning(texts["record_again_sure"], icon=":material/delete:")
    if _wide_button(texts["keep"], "home_keep", primary=True):
        st.session_state["home_again"] = False
        st.rerun()
    if _wide_button(texts["delete_and_record"], "home_discard"):
        _record_again(visit)


def _send(visit: HomeVisit, texts: Texts) -> None:
    try:
        with st.spinner(texts["sending"]):
            flow.send(visit)
    except VideoError as problem:
        flow.log.info("a recording from home could not be used: %s", problem.code)
        st.session_state[_NOTE] = "unusable"
        _record_again(visit)
    except HemifaceError as problem:
        flow.log.warning("a recording from home could not be sent: %s", problem.code)
        st.session_state[_NOTE] = "send_failed"
        st.rerun()
    _go(Step.THANKS)


def _record_again(visit: HomeVisit) -> None:
    if visit.unsent is not None:
        flow.discard(visit, visit.unsent.id)
    _new_round()
    _go(Step.RECORD)


def _new_round() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state["home_again"] = False


def _thanks(visit: HomeVisit, language: str, texts: Texts) -> None:
    st.title(texts["thanks"], anchor=False)
    st.success(f"**{texts['sent']}**", icon=":material/check_circle:")
    st.markdown(texts["sent_next"])
    st.markdown(f"{texts['sent_worse']} {texts['emergency_short']}")
    st.markdown(f"**{texts['may_close']}**")
    left = visit.invitation.max_recordings - visit.invitation.sent
    if visit.invitation.usable(now()):
        st.divider()
        st.markdown(
            texts["remaining"].format(count=left, day=day_in_words(visit.invitation.expires_at.astimezone(), language))
        )
        if _wide_button(texts["another"], "home_another"):
            _new_round()
            _go(Step.PREPARE if visit.session.consented else Step.WELCOME)


def _dead(texts: Texts) -> None:
    """Unknown, expired, used and revoked links look alike."""
    st.title(texts["dead"], anchor=False)
    for sentence in ("dead_why", "dead_again", "dead_ask", "dead_saved"):
        st.markdown(texts[sentence])
    st.info(texts["emergency_short"], icon=":material/emergency:")


def _insecure(language: str) -> None:
    """Say at once when the browser will not give the camera to this page; the recorder would say it two steps later."""
    if page_is_insecure():
        st.error(recorder_texts(translator(language))["insecure"], icon=":material/lock_open:")


def _say_note(texts: Texts) -> None:
    note = st.session_state.pop(_NOTE, "")
    if note:
        st.error(texts[note], icon=":material/error:")


def _wide_button(label: str, key: str, *, primary: bool = False, icon: str | None = None) -> bool:
    return st.button(label, key=key, type="primary" if primary else "secondary", icon=icon, width="stretch")
