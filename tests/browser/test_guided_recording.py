"""The recorder in a real Chromium: a guided recording becomes a result, and what goes wrong loses nothing.

Most of these tests need no face: their camera shows a plain picture with the number of every frame, in a colour of its own.
"""

import time
from datetime import date

import numpy as np
import pytest

from core.exam.protocol import Expression
from core.phantom.condition import flaccid
from core.phantom.drawing.identity import IDENTITIES
from core.records import CaptureState, PatientDetails, Store
from core.settings import Settings
from core.video.reader import FrameReader
from core.words import AffectedSide, Branch, Side
from tests.browser.cameras import browser_with_camera
from tests.browser.steps import open_recorder
from tests.fake_camera import READ_MARKER, read_marker, recorder_script, write_camera, write_pictures

pytestmark = pytest.mark.browser

QUICK = (Expression.BROW_RAISE, Expression.EYES_GENTLE, Expression.SMILE_OPEN, Expression.EEE)
LEAD_S = 20.0
# Continues a paused recording at the moment when the camera shows a frame, however busy the computer is.
CONTINUE_AT = """(video, [number, readMarker]) => new Promise((done) => {
  const read = eval(readMarker);
  const look = () => {
    if ((read(video) ?? -1) < number) return requestAnimationFrame(look);
    video.getRootNode().querySelector(".pause").click();
    done(read(video));
  };
  look();
})"""
FAILING_CAMERA = """
(name) => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", name));
}
"""


@pytest.fixture(scope="module")
def store(app_folder, app_port):
    assert app_port
    opened = Store.open(Settings(data_dir=app_folder / "data"))
    yield opened
    opened.close()


@pytest.fixture
def visit(store):
    patient = store.create_patient(PatientDetails(f"Recorded {time.monotonic_ns()}", simulated=True))
    return store.create_visit(patient.id, date(2026, 3, 12), "recorded")


@pytest.fixture(scope="module")
def plain_cameras(tmp_path_factory):
    """Two small clips without a face, 20 s each: one reddish, one bluish."""
    folder, files = tmp_path_factory.mktemp("cameras"), []
    for name, colour in (("red", (190, 90, 90)), ("blue", (90, 90, 190))):
        picture = np.full((240, 320, 3), colour, np.uint8)
        files.append(folder / f"{name}.y4m")
        write_pictures(files[-1], (picture.copy() for _ in range(20 * 15)), 15)
    return files


def tab(browser, app_port, **options):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{app_port}", **{"viewport": {"width": 1400, "height": 900}, **options}
    )
    page = context.new_page()
    page.set_default_timeout(45_000)
    return page


def record(page):
    page.locator(".start").click()
    page.locator('[data-state="recording"]').wait_for()


def test_a_guided_recording_becomes_a_result(playwright_driver, app_port, store, visit, tmp_path):
    """Camera, picture check, cues, upload, check, analysis: the weak side that the camera saw is the one that is named."""
    script = recorder_script(QUICK, lead_s=LEAD_S)
    clip = tmp_path / "camera.y4m"
    timeline = write_camera(clip, script, flaccid(Side.RIGHT, 0.9), IDENTITIES[0])
    with browser_with_camera(playwright_driver, clip) as browser:
        page = tab(browser, app_port)
        for _ in range(
            2
        ):  # the second time, the program that looks at the picture runs already and the clip begins again
            open_recorder(page, visit.id)
            page.locator(".findings .good", has_text="One face in the picture").wait_for()
        record(page)
        page.get_by_role("button", name="Pause").click()
        preview = page.locator("video.preview")
        started_at = preview.evaluate(CONTINUE_AT, [timeline.number(LEAD_S), READ_MARKER])
        assert started_at <= timeline.number(LEAD_S + 0.5), "the computer was too busy to follow the clip"
        page.get_by_text("Raise the brows").first.wait_for()
        page.get_by_text("The recording is saved").wait_for(timeout=90_000)
        page.get_by_text("Can every movement be measured?").wait_for()
        page.get_by_text("Raise the brows").last.wait_for(timeout=60_000)
        assert page.get_by_text("Repeat these").count() == 0

        recording = store.recordings(visit.id)[0]
        cues = [segment for segment in store.segments(recording.id).segments if segment.expression in QUICK]
        assert [cue.expression for cue in cues] == list(QUICK)
        assert recording.facts["capture"]["width"] == 640
        assert recording.facts["complete"]
        page.get_by_role("button", name="Watch the analysis").click()
        page.get_by_role("button", name="Show severity").click(timeout=200_000)
        page.get_by_role("heading", name="Severity").wait_for()
        page.get_by_text("Patient's right", exact=True).first.wait_for()
    result = store.load_result(store.latest_analysis(recording.id))
    assert result.affected_side is AffectedSide.RIGHT
    for branch in (Branch.TEMPORAL, Branch.ZYGOMATIC, Branch.BUCCAL):
        assert result.branches[branch].right.weakness > 40, branch
        assert result.branches[branch].left.weakness < 15, branch


def test_two_patients_recorded_at_the_same_time_are_not_mixed(playwright_driver, app_port, store, plain_cameras):
    """Two browsers on one server: each recording holds the pictures of its own camera, in its own visit."""
    visits, pages = [], []
    with (
        browser_with_camera(playwright_driver, plain_cameras[0]) as first,
        browser_with_camera(playwright_driver, plain_cameras[1]) as second,
    ):
        for browser, name in ((first, "red"), (second, "blue")):
            patient = store.create_patient(PatientDetails(f"Patient {name} {time.monotonic_ns()}"))
            visits.append(store.create_visit(patient.id, date(2026, 3, 12)))
            pages.append(tab(browser, app_port))
            open_recorder(pages[-1], visits[-1].id, Expression.PUCKER)
        for page in pages:
            record(page)
        for page in pages:
            page.get_by_text("The recording is saved").wait_for(timeout=60_000)
    for visit, brightest in zip(visits, (0, 2), strict=True):
        (recording,) = store.recordings(visit.id)
        pictures = [frame.image for frame in FrameReader(store.recording_path(recording))]
        assert len(pictures) > 150
        middle = np.array([picture[120:, 100:].mean(axis=(0, 1)) for picture in pictures])
        assert (middle.argmax(axis=1) == brightest).all()
        numbers = [number for number in map(read_marker, pictures) if number is not None]
        assert len(numbers) > 0.9 * len(pictures)


def test_a_tab_closed_in_mid_recording_leaves_a_recording(playwright_driver, app_port, store, visit, plain_cameras):
    """What arrived before is whole, marked as incomplete, and offered; at most two seconds are lost."""
    with browser_with_camera(playwright_driver, plain_cameras[0]) as browser:
        page = tab(browser, app_port)
        open_recorder(page, visit.id, Expression.PUCKER)
        record(page)
        page.get_by_text("Now: Pucker the lips").wait_for()
        page.wait_for_timeout(1000)
        recorded_s = page.locator(".clock").inner_text()
        page.close()
        page = tab(browser, app_port)
        page.wait_for_timeout(4000)
        page.goto(f"/record?visit={visit.id}")
        page.get_by_text("broke off").wait_for()
        page.get_by_role("button", name="Keep it").click()
        page.get_by_text("The recording is saved").wait_for()
    (recording,) = store.recordings(visit.id)
    assert recording.facts["complete"] is False
    assert recording.duration_s > int(recorded_s.split(":")[1]) - 2
    segments = store.segments(recording.id).segments
    assert {segment.expression for segment in segments} == {Expression.REST}
    assert [capture.state for capture in store.captures(visit_id=visit.id)] == [CaptureState.KEPT]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("NotAllowedError", "The browser may not use the camera"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "used by another program"),
    ],
)
def test_a_camera_that_does_not_open_is_explained(page, visit, failure, words):
    page.goto(f"/record?visit={visit.id}")
    page.get_by_role("button", name="Start camera").wait_for()
    page.evaluate(FAILING_CAMERA, failure)
    page.get_by_role("button", name="Start camera").click()
    page.get_by_text(words).wait_for()
    assert page.get_by_role("button", name="Try again").is_enabled()


def test_pause_repeat_skip_and_stop_by_keyboard(playwright_driver, app_port, store, visit, plain_cameras):
    """Every control is reached without a mouse; what was repeated or skipped does not count."""
    with browser_with_camera(playwright_driver, plain_cameras[1]) as browser:
        page = tab(browser, app_port)
        open_recorder(page, visit.id)
        page.locator(".start").focus()
        page.keyboard.press("Enter")
        page.locator('[data-state="recording"]').wait_for()
        for name in ("Pause", "Continue"):
            button = page.get_by_role("button", name=name, exact=True)
            button.focus()
            page.keyboard.press("Enter")
        page.get_by_role("button", name="Skip this movement").focus()
        page.keyboard.press("Enter")  # the rest in front
        page.get_by_text("Now: Raise the brows").wait_for()
        page.get_by_role("button", name="Repeat this movement").press("Enter")
        page.get_by_text("Get ready: Raise the brows").wait_for()
        page.get_by_role("button", name="Skip this movement").press("Enter")
        page.get_by_text("Now: Close the eyes gently").wait_for()
        page.get_by_text("And relax").wait_for()
        page.get_by_role("button", name="Stop", exact=True).press("Enter")
        page.get_by_role("button", name="Yes, stop").press("Enter")
        page.get_by_text("The recording is saved").wait_for()
    (recording,) = store.recordings(visit.id)
    performed = [s.expression for s in store.segments(recording.id).segments if s.expression is not Expression.REST]
    assert performed == [Expression.EYES_GENTLE]
