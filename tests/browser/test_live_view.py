"""The live view in a real browser: landmarks on both sides soon after the start, words for failing cameras, nothing left on."""

import pytest

from core.charts.style import SIDE_COLOURS
from core.exam.protocol import Expression
from core.phantom import live_clip
from core.phantom.camera import Camera
from core.words import Side
from tests.browser.test_results import COLOURED

pytestmark = pytest.mark.browser

# Cameras that were opened are kept, so that a test sees whether they were closed; ``failing`` names the error of the next one.
CAMERAS = """() => {
  window.opened = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (window.failing) throw new DOMException("", window.failing);
    const stream = await open(wanted);
    window.opened.push(...stream.getTracks());
    return stream;
  };
}"""
WORDS = {
    "NotAllowedError": "may not use the camera",
    "NotFoundError": "No camera was found",
    "NotReadableError": "used by another program",
    "UnheardOfError": "could not be started",
}


@pytest.fixture(scope="module")
def clip(app_folder):
    """The simulated patient's smile, small, where the app finds it."""
    path = app_folder / "data" / "cache" / "live" / live_clip.clip_name(Expression.SMILE_OPEN)
    path.parent.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_clip, "_CAMERA", Camera(width=240, height=240, fps=15.0, face_part=0.55))
        live_clip.make_clip(Expression.SMILE_OPEN, path)
    return path


@pytest.fixture
def sockets(watched):
    """Live sockets of the page: True once closed."""
    closed = {}

    def note(socket):
        if "/hemiface/live/" in socket.url:
            closed[socket] = False
            socket.on("close", lambda _: closed.update({socket: True}))

    watched.on("websocket", note)
    return closed


def open_live(page):
    page.goto("/live")
    page.get_by_role("heading", name="Live").wait_for()
    page.get_by_role("button", name="Start camera").wait_for()


def leave(page):
    page.get_by_role("link", name="Patients").click()
    page.get_by_role("button", name="New patient").wait_for()


@pytest.mark.usefixtures("clip")
def test_simulated_patient_shows_landmarks_bars_and_symmetry(watched, sockets):
    page = watched
    open_live(page)
    page.locator(".source").select_option(label="Simulated patient")
    page.get_by_text("a computed face, not a person").wait_for()
    page.get_by_role("button", name="Start simulated patient").click()
    page.locator(".live[data-state=rest], .live[data-state=moving]").wait_for(timeout=5_000)
    right, right_at = page.locator(".picture").evaluate(COLOURED, SIDE_COLOURS[Side.RIGHT])
    left, left_at = page.locator(".picture").evaluate(COLOURED, SIDE_COLOURS[Side.LEFT])
    assert min(right, left) > 100
    assert max(right, left) < 1.4 * min(right, left)
    assert right_at < 0.5 < left_at
    assert right_at + left_at == pytest.approx(1.0, abs=0.06)

    page.locator(".live[data-state=moving]").wait_for()
    page.locator(".percent", has_text="%").wait_for()  # its right is weak
    heights = {
        side: page.locator(f".gauge[data-side={side}] .most").evaluate("(mark) => parseFloat(mark.style.bottom)")
        for side in Side
    }
    assert heights[Side.LEFT] > heights[Side.RIGHT]
    assert page.locator(".status").text_content() == "Running"

    assert page.locator(".on-left").inner_text() == "◀ patient's right"
    bars = [page.locator(f".gauge[data-side={side}]") for side in ("right", "left")]
    assert bars[0].bounding_box()["x"] < bars[1].bounding_box()["x"]
    page.get_by_label("Mirror").check()
    assert page.locator(".on-left").inner_text() == "◀ patient's left"
    assert page.locator(".view").inner_text() == "Mirror view"
    assert bars[0].bounding_box()["x"] > bars[1].bounding_box()["x"]

    page.get_by_role("button", name="Rest now").click()
    page.locator(".live[data-state=rest]").wait_for()
    assert list(sockets.values()) == [False]
    leave(page)
    assert list(sockets.values()) == [True]


def test_camera_without_a_face_says_so_and_is_off_after_leaving(watched, sockets):
    page = watched
    page.add_init_script(f"({CAMERAS})()")
    open_live(page)
    page.get_by_role("button", name="Start camera").click()
    page.locator(".lost", has_text="No face in the picture").wait_for()
    assert page.locator(".status").text_content() == "No face in the picture"
    assert page.evaluate("window.opened.map((track) => track.readyState)") == ["live"]
    assert page.locator(".source option").count() >= 2
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Start camera").wait_for()
    assert list(sockets.values()) == [True]
    page.get_by_role("button", name="Start camera").click()
    page.locator(".lost", has_text="No face in the picture").wait_for()
    leave(page)
    assert page.evaluate("window.opened.map((track) => track.readyState)") == ["ended", "ended"]
    assert list(sockets.values()) == [True, True]


def test_every_failing_camera_has_words(watched):
    page = watched
    page.add_init_script(f"({CAMERAS})()")
    open_live(page)
    for name, words in WORDS.items():
        page.evaluate("(name) => { window.failing = name; }", name)
        page.get_by_role("button", name="Start camera").click()
        page.get_by_role("alert").filter(has_text=words).wait_for()
    page.evaluate("() => Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.get_by_role("button", name="Start camera").click()
    page.get_by_role("alert").filter(has_text="safe addresses only").wait_for()


@pytest.mark.usefixtures("clip")
def test_live_fits_a_phone(browser, app_port):
    context = browser.new_context(base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 390, "height": 844})
    page = context.new_page()
    open_live(page)
    page.locator(".source").select_option("simulated")
    page.locator(".go").click()
    page.locator(".live[data-state=rest], .live[data-state=moving]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for part in (".picture", ".percent, .learning", ".gauge[data-side=left] .mm"):
        box = page.locator(part).locator("visible=true").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert 0 <= box["y"] < 844, part  # picture and values are in view together
    context.close()
