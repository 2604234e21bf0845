"""Invitations to record at home, as a clinician makes, hands out and ends them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit

import streamlit as st

from core.errors import InputError
from core.exam.guide import ExamPlan
from core.languages import LANGUAGE_NAMES, LANGUAGES, as_language, day_in_words, duration_in_words, translator
from core.records.base import now
from core.records.entries import Invitation, Patient
from core.records.invitations import LONGEST_VALID, MESSAGE_LENGTH, MOST_RECORDINGS
from pages.components.current import store
from pages.components.guard import guarded
from pages.components.home_access import home_link
from pages.components.home_texts import email_texts
from pages.components.installation import installation
from pages.components.layout import facts_line
from pages.components.plan_choice import choose_plan
from pages.components.text import counted, plain

USUAL_DAYS = 14
# Besides the recording: reading, placing the camera, practice, watching.
_AROUND_S = 300.0
_MADE = "invitation_made"
_BROWSER_LANGUAGE = ""


def invite_button(patient: Patient) -> None:
    """Opens the dialog that makes a link."""
    if st.button("Home recording", icon=":material/home_health:", key="invite"):
        st.session_state.pop(_MADE, None)
        invite(patient)


@st.dialog("Invite to record at home", width="large")
@guarded
def invite(patient: Patient) -> None:
    """Make an invitation, then show its link, which cannot be shown again."""
    made = st.session_state.get(_MADE)
    if made is None:
        form = st.empty()
        with form.container():
            made = _choose(patient)
        if made is None:
            return
        st.session_state[_MADE] = made
        form.empty()
    invitation_id, token = made
    _hand_out(store().invitation(invitation_id), token)


def _choose(patient: Patient) -> tuple[str, str] | None:
    """Ask for everything; the new invitation's id and token once it is made."""
    st.markdown(f"**{plain(patient.name)}** gets a link, which opens one page for recordings and shows nothing else.")
    plan = _choose_plan()
    left, middle, right = st.columns(3)
    today = date.today()
    until = left.date_input(
        "Valid until",
        today + timedelta(days=USUAL_DAYS),
        min_value=today,
        max_value=today + LONGEST_VALID - timedelta(days=1),
        format="DD/MM/YYYY",
        key="invitation_until",
    )
    number = middle.number_input(
        "Recordings", min_value=1, max_value=MOST_RECORDINGS, value=1, step=1, key="invitation_number",
        help="How many the patient can send with this link",
    )  # fmt: skip
    language = right.selectbox(
        "Language",
        (_BROWSER_LANGUAGE, *LANGUAGES),
        format_func=lambda code: LANGUAGE_NAMES.get(code, "The browser's"),
        key="invitation_language",
        help="In which the page opens; the patient can change it",
    )
    message = st.text_area(
        "Message to the patient (may stay empty)",
        max_chars=MESSAGE_LENGTH,
        key="invitation_message",
        placeholder="For example when to record, or which movement to take care with",
        help="Shown on the page, not in the e-mail. It is not translated.",
    )
    made = st.button("Make the link", type="primary", width="stretch", key="invitation_make", disabled=plan is None)
    if not made or plan is None:
        return None
    try:
        invitation, token = store().create_invitation(
            patient.id, plan, _end_of(until), max_recordings=int(number), message=message, language=language
        )
    except InputError as problem:
        st.error(plain(problem.message))
        return None
    return invitation.id, token


def _choose_plan() -> ExamPlan | None:
    """What is asked for; None, with the reason shown, when the choice makes no plan."""
    plan = choose_plan("invitation")
    if plan is None:
        return None
    st.caption(
        f"{counted(len(plan.expressions) - 1, 'movement')}, about {duration_in_words(plan.duration_s, 'en')} of recording"
    )
    return plan


def _hand_out(invitation: Invitation, token: str) -> None:
    """Link, QR code and e-mail; the token is in this session only until the dialog is opened again."""
    settings = installation().settings
    link = home_link(settings, token)
    st.success("The link is made. It is shown only now: copy it before you close this window.", icon=":material/link:")
    if not settings.home_is_public:
        _explain_address(settings.home_url)
    shown, scanned = st.columns([3, 1.2], gap="medium")
    with shown:
        st.markdown("**Link**")
        st.code(link, language=None, wrap_lines=True)
        facts_line(_facts(invitation))
        picked = st.segmented_control(
            "E-mail in",
            LANGUAGES,
            default=as_language(invitation.language) or "en",
            required=True,
            format_func=LANGUAGE_NAMES.__getitem__,
            key="invitation_email_language",
        )
    with scanned:
        st.html(
            f'<img src="{qr_code(link)}" alt="QR code of the link, to be scanned with the patient\'s phone" '
            'style="width:100%;max-width:220px;display:block;border-radius:.4rem">'
        )
        st.caption("To be scanned with the patient's phone")
    subject, body = email(invitation, link, picked)
    st.markdown("**Subject**")
    st.code(subject, language=None, wrap_lines=True)
    st.markdown("**Text**")
    st.code(body, language=None, wrap_lines=True)
    st.caption("E-mail can be read on its way. The text names neither the patient nor an illness.")
    if st.button("Done", type="primary", width="stretch", key="invitation_done"):
        st.session_state.pop(_MADE, None)
        st.rerun()


def _explain_address(address: str) -> None:
    if urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1"):
        st.warning(
            "This link works on this computer only. How patients can open it from home is in docs/deploy.md; the address is the "
            "setting HEMIFACE_HOME_URL.",
            icon=":material/home_pin:",
        )
    else:
        st.warning(
            "Browsers give the camera to pages with https only, and this address has http. docs/deploy.md says what to do.",
            icon=":material/lock_open:",
        )


def qr_code(link: str) -> str:
    """The link as a picture for phones: an SVG in a data address, dark on white also in the dark theme."""
    import segno

    return segno.make(link, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def email(invitation: Invitation, link: str, language: str) -> tuple[str, str]:
    """Subject and text for the patient; they name neither the patient nor an illness."""
    texts = email_texts(translator(language))
    duration = duration_in_words(invitation.plan.duration_s + _AROUND_S, language)
    valid = texts["valid"].format(
        day=day_in_words(invitation.expires_at.astimezone(), language), count=invitation.max_recordings
    )
    paragraphs = (
        texts["greeting"],
        f"{texts['asks']} {texts['needs'].format(duration=duration)}",
        f"{texts['open']}\n{link}",
        f"{valid} {texts['yours']} {texts['help']}",
        texts["emergency"],
        texts["regards"],
    )
    return texts["subject"], "\n\n".join(paragraphs)


def show_invitations(patient: Patient) -> None:
    """The patient's invitations with how far each is; nothing where there are none."""
    invitations = store().invitations(patient.id)
    if not invitations:
        return
    st.subheader("Home recordings", anchor=False)
    for invitation in invitations:
        with st.container(border=True, key=f"invitation_{invitation.id}"):
            what, action = st.columns([6, 1.2], vertical_alignment="center")
            with what.container(gap=None):
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.markdown(f"**{plain(invitation.plan.protocol.label.split(':')[0])}**", width="content")
                    label, icon, colour = invitation_state(invitation)
                    st.badge(label, icon=icon, color=colour)
                facts_line(_facts(invitation))
            if invitation.usable(now()) and action.button("Revoke", key=f"revoke_{invitation.id}", width="stretch"):
                store().revoke_invitation(invitation.id)
                st.rerun()


def invitation_state(invitation: Invitation) -> tuple[str, str, str]:
    """(words, icon, colour) of how far an invitation is."""
    sent = f"{invitation.sent} of {invitation.max_recordings} sent"
    if invitation.revoked_at is not None:
        return "Revoked", ":material/block:", "gray"
    if invitation.sent >= invitation.max_recordings:
        return sent, ":material/check:", "green"
    if now() >= invitation.expires_at:
        return "Expired", ":material/event_busy:", "gray"
    if invitation.sent:
        return sent, ":material/pending:", "blue"
    if invitation.opened_at is not None:
        return "Opened, nothing sent", ":material/drafts:", "blue"
    return "Not opened yet", ":material/mail:", "gray"


def _facts(invitation: Invitation) -> list[str]:
    made = invitation.created_at.astimezone()
    number = counted(invitation.max_recordings, "recording")
    return [
        f"made {made.day} {made:%b %Y}",
        number if invitation.max_recordings == 1 else f"{number} at most",
        f"until {day_in_words(invitation.expires_at.astimezone(), 'en')}",
    ]


def _end_of(day: date) -> datetime:
    """The end of a day where the clinic is."""
    return datetime.combine(day, time(23, 59, 59)).astimezone()
