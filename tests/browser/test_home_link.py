"""A home recording as a patient's phone shows it: a server in the role home, a small screen, three languages, no way elsewhere."""

import pytest

from core.languages import translator
from core.records import PatientDetails, Store
from core.settings import Settings
from pages.components.home_texts import home_texts
from pages.components.recorder_texts import recorder_texts
from tests import home_samples as home
from tests.app_server import running_app
from tests.record_samples import write_clip

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("home")]

TEXTS = {language: home_texts(translator(language)) for language in ("en", "de", "es")}
NAME = "Nobody May See This"
NO_SECURE_CONTEXT = """
Object.defineProperty(window, "isSecureContext", {value: false});
Object.defineProperty(navigator, "mediaDevices", {value: undefined});
"""
PLAYABLE = """(video) => video.readyState > 0
  || new Promise((done) => video.addEventListener("loadedmetadata", () => done(true), {once: true}))"""
SIZES = """() => [...document.querySelectorAll("main p, main li, [data-testid=stMain] p, [data-testid=stMain] li")]
  .filter((element) => element.offsetParent && !element.closest("[data-testid=stButtonGroup], .st-key-home_step"))
  .map((element) => [parseFloat(getComputedStyle(element).fontSize), element.textContent])"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def store(folder):
    opened = Store.open(Settings(data_dir=folder / "data"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def patient(store):
    return store.create_patient(PatientDetails(NAME))


@pytest.fixture(scope="module")
def port(folder, store):
    assert store is not None
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HEMIFACE_ROLE", "home")
        with running_app(folder) as number:
            yield number


@pytest.fixture
def phone(browser, port):
    """Opens a fresh phone with a language; what a page must never do ends the test."""
    opened, wrong = [], []

    def start(language="en", script=""):
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{port}", viewport={"width": 390, "height": 844}, locale=language
        )
        opened.append(context)
        tab = context.new_page()
        tab.set_default_timeout(20_000)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        if script:
            tab.add_init_script(script)
        return tab

    yield start
    for context in opened:
        context.close()
    assert wrong == []


def agree(tab):
    tab.locator(".st-key-home_consent label").click()
    tab.locator(".st-key-home_consent input:checked").wait_for(state="attached")
    tab.locator(".st-key-home_agree button").click()
    tab.locator(".st-key-home_ready button").wait_for()


def test_from_the_link_to_the_recorder(phone, store, patient):
    invitation, token = home.invite(store, patient.id, recordings=2, message="In the morning, please.")
    tab = phone()
    tab.goto(f"/hemiface/home/{token}")
    tab.get_by_text("In the morning, please.").wait_for()
    assert token not in tab.url
    seen = tab.evaluate("document.cookie + JSON.stringify({...localStorage, ...sessionStorage}) + document.referrer")
    assert token not in seen
    assert "hemiface_home" not in seen  # scripts cannot read it
    cookie = next(cookie for cookie in tab.context.cookies() if cookie["name"] == "hemiface_home")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert (
        tab.locator("[data-testid=stSidebar], [data-testid=stSidebarNav], [data-testid=stHeader]:visible").count() == 0
    )
    assert NAME not in tab.content()
    small = [row for row in tab.evaluate(SIZES) if row[0] < 20]
    assert small == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    agree(tab)
    tab.locator(".st-key-home_ready button").click()
    tab.get_by_role("button", name=recorder_texts()["start_camera"]).wait_for()
    assert store.audit_events(invitation.id)[0].action == "consent"
    tab.reload()  # consent is remembered
    tab.locator(".st-key-home_ready button").wait_for()


def test_the_language_is_the_browser_s_and_can_be_switched(phone, store, patient):
    _, token = home.invite(store, patient.id)
    tab = phone("de-AT")
    tab.goto(f"/hemiface/home/{token}")
    tab.get_by_text(TEXTS["de"]["asks"]).wait_for()
    tab.locator("html[lang=de]").wait_for(state="attached")  # what a screen reader goes by
    tab.get_by_role("radio", name="Español").click()
    tab.get_by_text(TEXTS["es"]["asks"]).wait_for()
    tab.locator("html[lang=es]").wait_for(state="attached")
    tab.reload()
    tab.get_by_text(TEXTS["es"]["asks"]).wait_for()


def test_a_dead_link_is_friendly_and_no_other_page_opens(phone, store, patient):
    invitation, token = home.invite(store, patient.id)
    home.expire(store, invitation)
    tab = phone("es-MX")
    tab.goto(f"/hemiface/home/{token}")
    tab.get_by_role("heading", name=TEXTS["es"]["dead"]).wait_for()
    for address in (f"/patients?patient={patient.id}", "/home_recordings"):
        tab.goto(address)
        tab.get_by_role("heading", name=TEXTS["es"]["dead"]).wait_for()
        assert NAME not in tab.content()
        assert tab.locator("[data-testid=stSidebarNav]").count() == 0


def test_an_insecure_context_is_explained(phone, store, patient):
    _, token = home.invite(store, patient.id)
    tab = phone(script=NO_SECURE_CONTEXT)
    tab.goto(f"/hemiface/home/{token}")
    agree(tab)
    tab.locator(".st-key-home_ready button").click()
    start = tab.get_by_role("button", name=recorder_texts()["start_camera"])
    explained = tab.get_by_text(recorder_texts()["insecure"]).first
    start.or_(explained).first.wait_for()
    if not explained.is_visible():
        start.click()
    explained.wait_for()


def test_an_unsent_recording_is_played_and_sent(phone, store, patient, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", 2.0)
    invitation, token = home.invite(store, patient.id)
    capture = home.finished(store, invitation, clip)
    tab = phone()
    tab.goto(f"/hemiface/home/{token}")
    tab.locator("video").wait_for()
    assert tab.locator("video").first.evaluate(PLAYABLE)
    assert tab.evaluate("document.querySelector('video').duration") == pytest.approx(2.0, abs=0.2)
    tab.locator(".st-key-home_send button").click()
    tab.get_by_text(TEXTS["en"]["sent"]).wait_for()
    assert [sent.id for sent in store.home_recordings()] == [capture.id]
    tab.reload()
    tab.get_by_text(TEXTS["en"]["sent"]).wait_for()
    stranger = phone()
    stranger.goto(f"/hemiface/home/{token}")  # the same link in another browser: used up
    stranger.get_by_role("heading", name=TEXTS["en"]["dead"]).wait_for()
    assert token not in (store.files.root.parent / "log").read_text(encoding="utf-8")
