"""What clinicians see of home recordings: the link when it is made and never again, how far it is, and what came back."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest

from core.exam.guide import GuidedProtocol
from core.exam.protocol import Expression
from core.records import PatientDetails
from core.records.base import now
from core.records.entries import JobState
from core.records.known_side import SideSource
from core.words import AffectedSide
from pages.components import invitations
from pages.components.invitations import email, invitation_state, qr_code
from tests import home_samples as home
from tests.pages.conftest import labels, words


def codes(app):
    return [code.value for code in app.code]


def open_dialog(open_app, patient):
    app = open_app(patient=patient.id)
    app.button(key="invite").click().run()
    assert not app.exception
    return app


def make(app):
    """Press the dialog's button. Without a browser every run is a full one, so the dialog is opened once more in the same run."""
    app.button(key="invite").click()
    app.button(key="invitation_make").click().run()
    assert not app.exception
    return app


def test_an_invitation_is_made_as_it_was_chosen(open_app, store, patient):
    app = open_dialog(open_app, patient)
    app.number_input(key="invitation_number").set_value(3)
    app.selectbox(key="invitation_language").set_value("de")
    app.text_area(key="invitation_message").set_value("Bitte morgens aufnehmen.")
    make(app)
    made = store.invitations(patient.id)[0]
    assert (made.max_recordings, made.language, made.message) == (3, "de", "Bitte morgens aufnehmen.")
    assert timedelta(days=13) < made.expires_at - now() < timedelta(days=15)
    assert made.plan.protocol.value == "core"


def test_the_link_is_shown_once_as_text_as_qr_code_and_in_the_e_mail(open_app, store, patient):
    app = make(open_dialog(open_app, patient))
    link = codes(app)[0]
    assert link.startswith("http://localhost:8501/hemiface/home/")
    assert store.invitation_of_token(link.rsplit("/", 1)[1]) == store.invitations(patient.id)[0]
    assert link in codes(app)[2]
    picture = next(html.proto.body for html in app.get("html") if "<img" in html.proto.body)
    assert 'alt="QR code' in picture
    assert "works on this computer only" in words(app)
    again = open_dialog(open_app, patient)
    assert codes(again) == []
    assert link not in words(again)


@pytest.mark.parametrize(
    ("address", "warning"),
    [
        ("https://home.clinic.example", None),
        ("http://home.clinic.example", "https only"),
        ("http://127.0.0.1:8501", "this computer only"),
    ],
)
def test_the_page_says_where_a_link_works(open_app, patient, monkeypatch, address, warning):
    monkeypatch.setenv("HEMIFACE_HOME_URL", address)
    app = make(open_dialog(open_app, patient))
    assert codes(app)[0].startswith(address)
    shown = [element.value for element in app.warning]
    assert (shown == []) if warning is None else (warning in shown[0])


def test_an_own_order_needs_a_movement(open_app, patient, store):
    app = open_dialog(open_app, patient)
    app.button(key="invite").click()
    app.selectbox(key="invitation_protocol").set_value(GuidedProtocol.CUSTOM).run()
    assert app.button(key="invitation_make").disabled
    assert "Choose the movements" in words(app).replace("\\", "")
    app.multiselect(key="invitation_order").set_value([Expression.SMILE_OPEN])
    app.button(key="invite").click().run()
    make(app)
    assert [step.expression.value for step in store.invitations(patient.id)[0].plan.steps] == ["rest"] + [
        "smile_open"
    ] * 3


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_e_mail_is_whole_and_names_neither_patient_nor_illness(store, patient, language):
    invitation, _ = home.invite(store, patient.id, message="your palsy")
    subject, body = email(invitation, "https://a.example/hemiface/home/T", language)
    assert "\nhttps://a.example/hemiface/home/T\n" in body
    assert str(invitation.expires_at.year) in body
    for secret in ("Test Patient", "47", "palsy", "{", "}"):
        assert secret not in subject + body.replace(str(invitation.expires_at.day), "")


def test_the_qr_code_is_dark_on_white_in_every_theme():
    address = qr_code("https://a.example/hemiface/home/T")
    drawn = b64decode(address.split("base64,")[1]).decode() if "base64," in address else unquote(address)
    assert address.startswith("data:image/svg+xml")
    assert "<svg" in drawn
    assert "#fff" in drawn
    assert '"' not in address.replace("'", "")  # it stands in an attribute


def test_states_tell_how_far_an_invitation_is(store, patient, clip):
    def state(invitation):
        return invitation_state(store.invitation(invitation.id))[0]

    invitation, _ = home.invite(store, patient.id, recordings=2)
    assert state(invitation) == "Not opened yet"
    store.note_opened(invitation.id)
    assert state(invitation) == "Opened, nothing sent"
    home.sent(store, invitation, clip)
    assert state(invitation) == "1 of 2 sent"
    home.expire(store, invitation)
    assert state(invitation) == "Expired"
    home.sent(store, invitation, clip)
    assert state(invitation) == "2 of 2 sent"
    store.revoke_invitation(invitation.id)
    assert state(invitation) == "Revoked"


def test_an_invitation_is_revoked_from_the_patient_s_page(open_app, store, patient):
    invitation, token = home.invite(store, patient.id)
    app = open_app(patient=patient.id)
    app.button(key=f"revoke_{invitation.id}").click().run()
    assert store.invitation_of_token(token) is None
    assert f"revoke_{invitation.id}" not in [button.key for button in open_app(patient=patient.id).button]


def test_a_patient_without_invitations_shows_no_list(open_app, patient):
    assert "Home recordings" not in words(open_app(patient=patient.id))
    assert invitations.USUAL_DAYS == 14


def test_the_empty_worklist_says_what_to_do(open_app):
    app = open_app("home_recordings")
    assert "No home recordings yet" in words(app)
    assert labels(app) == ["Choose a patient"]


@pytest.fixture
def captures(store, patient, clip):
    """Two that were sent, of two patients; the second is newer."""
    other = store.create_patient(PatientDetails("Somebody *Else*"))
    return [home.sent(store, home.invite(store, who.id, recordings=2)[0], clip) for who in (patient, other)]


def test_the_worklist_shows_the_newest_first_with_its_facts(open_app, captures):
    said = words(open_app("home_recordings"))
    assert "New (2)" in said
    assert said.index("Else") < said.index("Test Patient")
    assert "1 of 4 movements done" in said.replace("\\", "")
    assert captures


@pytest.mark.parametrize(
    ("good", "badge"), [(True, "1 movement good"), (False, "1 movement to repeat"), (None, "Not checked")]
)
def test_quality_is_seen_at_a_glance(open_app, store, captures, good, badge):
    row = {"expression": "smile_open", "repetition": 1, "start_s": 0.7, "end_s": 1.4, "ok": good, "code": ""}
    row["message"] = "The head was turned."
    recording = store.recording(captures[1].recording_id)
    if good is not None:
        store.keep_derived(recording, "check.json", json.dumps([row]).encode())
    store.note_seen(captures[0].id)
    said = words(open_app("home_recordings"))
    assert badge in said
    assert ("The head was turned" in said) == (good is False)


def test_seen_ones_leave_the_list_and_can_be_called_back(open_app, store, captures):
    app = open_app("home_recordings")
    app.button(key=f"seen_{captures[0].id}").click().run()
    assert [capture.id for capture in store.home_recordings()] == [captures[1].id]
    app = open_app("home_recordings")
    assert "Test Patient" not in words(app)
    app.toggle(key="home_seen_shown").set_value(True).run()
    assert "Test Patient" in words(app)


def test_an_analysis_starts_from_the_worklist(open_app, store, captures):
    app = open_app("home_recordings")
    app.button(key=f"analyse_{captures[0].id}").click().run()
    jobs = store.jobs(recording_id=captures[0].recording_id, kind="analyse")
    assert len(jobs) == 1
    assert jobs[0].state in (JobState.QUEUED, JobState.RUNNING, JobState.DONE)


@pytest.mark.parametrize("chosen", [None, AffectedSide.RIGHT])
def test_the_side_of_an_analysis_from_the_worklist_is_preset_and_can_be_changed(
    open_app, store, patient, captures, chosen
):
    store.update_patient(patient.id, replace(patient.details, affected_side=AffectedSide.LEFT))
    app = open_app("home_recordings")
    [box] = [box for box in app.selectbox if str(box.key).startswith(f"home_side_{captures[0].id}")]
    assert box.value is AffectedSide.LEFT
    assert "Patient's left (as in the patient's record)" in box.options
    if chosen is not None:
        box.set_value(chosen).run()
    app.button(key=f"analyse_{captures[0].id}").click().run()
    recording = captures[0].recording_id
    [job] = store.jobs(recording_id=recording, kind="analyse")
    expected = ("left", SideSource.PATIENT) if chosen is None else ("right", SideSource.CHOSEN)
    assert (job.options["side"], job.options["side_from"]) == expected
    assert store.recording(recording).affected_side is (chosen or AffectedSide.UNDETERMINED)
    # Once it is started there is nothing to choose any more; the other recording still has its choice.
    keys = [str(box.key) for box in open_app("home_recordings").selectbox]
    assert len([key for key in keys if key.startswith("home_side_")]) == (1 if job_waits(store, recording) else 2)


def job_waits(store, recording_id):
    """Whether the analysis of a recording goes on or is done; a failed one can be started again."""
    [job] = store.jobs(recording_id=recording_id, kind="analyse")
    return job.state in (JobState.QUEUED, JobState.RUNNING, JobState.DONE)


def test_opening_a_link_s_page_erases_nothing_that_waits(open_app, store, patient, clip):
    waiting = home.finished(store, home.invite(store, patient.id)[0], clip)
    open_app("home_recordings")
    assert store.capture(waiting.id).id == waiting.id
