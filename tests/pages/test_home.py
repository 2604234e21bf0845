"""The patient's page: five steps in the patient's language, nothing of anybody else, and nothing for who has no right to it."""

from datetime import timedelta

import pytest
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from core.errors import VideoError
from core.exam.protocol import Expression
from core.languages import translator
from core.records import PatientDetails
from core.records.captures import CaptureError
from core.records.entries import CaptureState
from pages.components import home_flow, home_steps, recorder, server, shell
from pages.components.home_texts import CONSENT_VERSION, home_texts
from tests import home_samples as home
from tests.pages.conftest import ROOT, labels, words

TEXTS = home_texts()


@pytest.fixture(params=["clinic", "home"])
def role(request, monkeypatch):
    monkeypatch.setenv("HEMIFACE_ROLE", request.param)
    return request.param


@pytest.fixture
def browser(monkeypatch):
    """The browser's cookie, and what the recorder was asked for."""
    said = {"cookie": "", "recorder": []}
    monkeypatch.setattr(home_steps, "browser_key", lambda: said["cookie"])

    def stand_in(plan, **options):
        said["recorder"].append({"plan": plan, **options})

    monkeypatch.setattr(recorder, "recorder", stand_in)
    return said


@pytest.fixture
def open_home(browser, here):
    """Opens the page as a browser whose cookie belongs to an invitation."""

    def run(invitation=None, cookie=None):
        if invitation is not None:
            browser["cookie"] = here.home_sessions.open(invitation.id)
        if cookie is not None:
            browser["cookie"] = cookie
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        app.run()
        if here.settings.role != "home":
            app.switch_page("pages/home.py").run()
        assert not app.exception
        return app

    return run


@pytest.fixture
def invitation(store, patient):
    return home.invite(store, patient.id, recordings=2, message="Before your *exercises*, please.")[0]


def press(app, key):
    app._run()  # AppTest keeps what a run drew that st.rerun cut short
    app.button(key=key).click().run()
    assert not app.exception
    return app


def consent(app):
    app._run()
    app.checkbox(key="home_consent").check()
    app.button(key="home_agree").click().run()
    return app


def is_dead(app):
    return TEXTS["dead"] in words(app) and not app.button and not app.checkbox


@pytest.mark.usefixtures("role")
def test_the_first_page_holds_message_safety_and_consent_and_nothing_around_it(open_home, invitation, store):
    app = open_home(invitation)
    said = words(app)
    for key in ("title", "emergency", "emergency_when", "eye_safety", "no_examination", "consent_where"):
        assert TEXTS[key] in said, key
    assert TEXTS["step_of"].format(number=1, count=5) in said
    assert "Before your *exercises*, please." in [text.value for text in app.text]
    assert "Test Patient" not in said  # whoever else sees the phone learns no name
    assert labels(app) == ["Continue"]
    assert not app.sidebar.children
    assert store.invitation(invitation.id).opened_at is not None


def test_without_consent_nothing_goes_on_and_with_it_its_version_is_kept(open_home, invitation, store):
    app = open_home(invitation)
    press(app, "home_agree")
    assert TEXTS["consent_first"] in words(app)
    consent(app)
    assert TEXTS["tip_glasses"] in words(app)
    event = store.audit_events(invitation.id)[0]
    assert (event.action, event.details) == ("consent", {"version": CONSENT_VERSION, "language": "en"})


def test_the_recorder_gets_the_invitation_s_plan_and_a_token_for_it_alone(open_home, invitation, browser, here):
    app = press(consent(open_home(invitation)), "home_ready")
    asked = browser["recorder"][-1]
    assert asked["plan"] == invitation.plan
    assert asked["home"] is True
    assert [step.expression for step in asked["practice"].steps] == [Expression.BROW_RAISE]
    grant = here.capture_grants.find(asked["token"])
    assert (grant.patient_id, grant.visit_id, grant.invitation_id) == (invitation.patient_id, None, invitation.id)
    assert TEXTS["step_of"].format(number=3, count=5) in words(app)


def test_what_was_recorded_is_watched_sent_and_checked(open_home, invitation, browser, store, clip, here):
    app = press(consent(open_home(invitation)), "home_ready")
    capture = home.finished(store, invitation, clip)
    app._run()  # the recorder reports that it has finished
    assert f"/{capture.id}" in app.get("html")[-1].proto.body
    assert store.home_recordings() == []  # nothing is the clinic's before it is sent
    press(app, "home_send")
    assert TEXTS["sent"] in words(app)
    assert TEXTS["remaining"].split("{")[0] in words(app)
    sent = store.home_recordings()[0]
    assert (sent.id, sent.patient_id) == (capture.id, invitation.patient_id)
    assert store.visit(sent.visit_id).label == home_flow.VISIT_LABEL
    assert [job.kind for job in store.jobs(recording_id=sent.recording_id)] == ["check"]
    press(app, "home_another")
    assert TEXTS["tip_glasses"] in words(app)
    assert browser["recorder"]
    assert here.home_sessions.find(browser["cookie"]).sent == 1


def test_a_reload_after_sending_still_says_thank_you_when_the_link_is_used_up(open_home, store, patient, clip, browser):
    only_one, _ = home.invite(store, patient.id)
    app = open_home(only_one)
    home.finished(store, only_one, clip)
    press(app, "home_send")
    again = open_home(cookie=browser["cookie"])
    assert TEXTS["sent"] in words(again)
    assert labels(again) == []


def test_a_reload_in_the_middle_finds_what_was_not_sent(open_home, invitation, store, clip):
    capture = home.finished(store, invitation, clip)
    app = open_home(invitation)
    assert TEXTS["watch"] in words(app)
    press(app, "home_again_button")
    assert TEXTS["record_again_sure"] in words(app)
    assert store.capture(capture.id).state is CaptureState.FINISHED
    press(app, "home_keep")
    assert TEXTS["send"] in labels(app)
    press(press(app, "home_again_button"), "home_discard")
    assert store.captures(invitation_id=invitation.id) == []
    assert TEXTS["step_of"].format(number=3, count=5) in words(app)


def test_record_again_makes_a_new_recorder(open_home, invitation, store, clip, browser):
    app = press(consent(open_home(invitation)), "home_ready")
    home.finished(store, invitation, clip)
    press(press(app, "home_again_button"), "home_discard")
    assert browser["recorder"][0]["key"] != browser["recorder"][-1]["key"]


@pytest.mark.parametrize(("choice", "left"), [("home_use_broken", [CaptureState.FINISHED]), ("home_drop_broken", [])])
def test_a_recording_that_broke_off_is_offered(open_home, invitation, store, clip, choice, left):
    home.begun(store, invitation, clip, age_s=60)
    app = press(consent(open_home(invitation)), "home_ready")
    assert TEXTS["broke_off"] in words(app)
    press(app, choice)
    assert [capture.state for capture in store.captures(invitation_id=invitation.id)] == left
    assert (TEXTS["watch"] in words(app)) == bool(left)


def test_a_recording_that_goes_on_elsewhere_is_left_alone(open_home, invitation, store, clip):
    home.begun(store, invitation, clip, age_s=2)
    app = press(consent(open_home(invitation)), "home_ready")
    assert TEXTS["broke_off"] not in words(app)
    assert len(store.captures(invitation_id=invitation.id)) == 1


def test_a_recording_that_cannot_be_used_is_said_so_and_made_again(open_home, invitation, store, clip, monkeypatch):
    def too_short(*_args, **_options):
        raise VideoError("This video is too short.", code="too_short")

    monkeypatch.setattr(type(store), "keep_capture", too_short)
    home.finished(store, invitation, clip)
    app = press(open_home(invitation), "home_send")
    assert TEXTS["unusable"] in words(app)
    assert store.captures(invitation_id=invitation.id) == []


def test_a_full_disk_loses_nothing(open_home, invitation, store, clip, monkeypatch):
    def full(*_args, **_options):
        raise CaptureError("The disk is full.", code="disk_full")

    home.finished(store, invitation, clip)
    app = open_home(invitation)
    monkeypatch.setattr(type(store), "keep_capture", full)
    press(app, "home_send")
    assert TEXTS["send_failed"] in words(app)
    assert TEXTS["send"] in labels(app)
    assert len(store.captures(invitation_id=invitation.id)) == 1


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("abuse", ["unknown", "foreign cookie", "expired", "used", "revoked", "patient deleted"])
def test_who_has_no_link_that_works_learns_nothing(open_home, invitation, store, patient, clip, abuse):
    home.begun(store, invitation, clip, age_s=60)
    used = home.invite(store, patient.id)[0]
    home.sent(store, used, clip)
    if abuse == "unknown":
        app = open_home(cookie="")
    elif abuse == "foreign cookie":
        app = open_home(cookie=invitation.id)
    elif abuse == "used":
        app = open_home(used)
    else:
        if abuse == "expired":
            home.expire(store, invitation)
        elif abuse == "revoked":
            home.finished(store, invitation, clip)
            store.revoke_invitation(invitation.id)
        else:
            store.delete_patient(patient.id)
        app = open_home(invitation)
    assert is_dead(app)
    assert TEXTS["emergency_short"] in words(app)
    assert not app.get("html")[1:]  # only the style sheet: no video


def test_revoking_ends_a_page_that_is_open(open_home, invitation, store, browser):
    app = press(consent(open_home(invitation)), "home_ready")
    store.revoke_invitation(invitation.id)
    asked = len(browser["recorder"])
    assert is_dead(app._run())
    assert len(browser["recorder"]) == asked


def test_a_recording_begun_in_time_can_be_sent_after_the_last_day(open_home, invitation, store, clip, monkeypatch):
    """A slow patient loses nothing; a recording begun too late does not count."""
    waiting = home.finished(store, invitation, clip)
    monkeypatch.setattr(home_flow, "now", lambda: invitation.expires_at + timedelta(minutes=5))
    app = open_home(invitation)
    assert TEXTS["send"] in labels(app)
    store.discard_capture(waiting.id)
    assert is_dead(open_home(invitation))


def test_another_patient_s_recording_cannot_be_sent_watched_or_erased(open_home, invitation, store, clip, browser):
    other_patient = store.create_patient(PatientDetails("Somebody Else"))
    other, _ = home.invite(store, other_patient.id)
    foreign = home.finished(store, other, clip)
    broken = home.begun(store, other, clip, age_s=60)
    app = open_home(invitation)
    assert TEXTS["asks"] in words(app)
    visit = home_flow.home_visit(browser["cookie"])
    assert visit.unsent is None
    home_flow.discard(visit, foreign.id)
    assert not home_flow.use_broken_off(visit, broken.id)
    app.session_state["home_broken"] = broken.id
    app.session_state["home_step"] = home_flow.Step.RECORD
    app._run()
    assert TEXTS["broke_off"] not in words(app)
    assert {capture.id for capture in store.captures()} == {foreign.id, broken.id}


@pytest.mark.parametrize("language", ["de", "es"])
def test_the_language_is_the_invitation_s_and_can_be_switched(open_home, store, patient, language, here, browser):
    app = open_home(home.invite(store, patient.id, language=language)[0])
    assert home_texts(translator(language))["asks"] in words(app)
    app.button_group(key="home_language_choice").set_value("en").run()
    assert TEXTS["asks"] in words(app)
    assert here.home_sessions.find(browser["cookie"]).language == "en"  # a reload keeps it


def test_an_error_is_told_in_the_patient_s_language_without_a_number(open_home, store, patient, monkeypatch):
    def broken(_visit):
        raise RuntimeError("Anna Secret")

    invitation, _ = home.invite(store, patient.id, language="de")
    monkeypatch.setattr(home_flow, "first_step", broken)
    said = words(open_home(invitation))
    assert home_texts(translator("de"))["went_wrong"] in said
    assert "Secret" not in said


def test_what_nobody_sent_is_erased_after_two_days(store, invitation, clip, here, patient, visit):
    old, fresh = home.begun(store, invitation, clip, age_s=3 * 86400), home.begun(store, invitation, clip)
    kept = home.sent(store, invitation, clip)
    clinic = store.begin_capture(patient.id, home.PLAN, "video/mp4", visit_id=visit.id)
    assert here is not None
    assert home_flow.erase_unsent() == 1
    assert {capture.id for capture in store.captures()} == {fresh.id, kept.id, clinic.id}
    assert not (store.files.captures / old.id).exists()


def test_a_server_for_homes_has_the_routes_of_the_page_and_no_others(monkeypatch):
    def paths():
        return {route.path for route in server.app_options()["routes"] if isinstance(route, Route)}

    everything = paths()
    monkeypatch.setenv("HEMIFACE_ROLE", "home")
    at_home = paths()
    assert all(
        path.startswith(("/hemiface/home/", "/hemiface/home-video/", "/hemiface/demonstration/", "/hemiface/capture"))
        for path in at_home - {"/home"}
    )
    assert "/hemiface/video/{token}/{recording_id}" in everything - at_home
    assert at_home - {"/home"} < everything


@pytest.mark.usefixtures("browser", "here")
def test_a_server_for_homes_offers_one_page_and_no_navigation(monkeypatch):
    offered = []
    navigation = shell.st.navigation
    monkeypatch.setattr(
        shell.st, "navigation", lambda pages, **how: offered.append((pages, how)) or navigation(pages, **how)
    )
    monkeypatch.setenv("HEMIFACE_ROLE", "home")
    home_page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert TEXTS["dead"] in words(home_page)
    assert [page.title for page in offered[-1][0]] == ["Home recording"]
    assert offered[-1][1] == {"position": "hidden"}
    monkeypatch.setenv("HEMIFACE_ROLE", "clinic")
    AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert [page.title for page in offered[-1][0] if page.visibility == "hidden"] == ["Home recording"]
