"""Landmarks in a real browser: a correction session of two annotators from the first drag to the import of what was exported."""

import re
import zipfile
from datetime import date

import pytest

from core.face.pts_files import parse_pts
from core.records import PatientDetails, Store
from core.settings import Settings
from tests.browser.test_accessibility import violations
from tests.correction_samples import analysed_recording, write_exam

pytestmark = pytest.mark.browser

CORNER = 48
# Where a point is on the screen, and how many pixels of the picture a pixel of the screen is.
PLACE = """(stage, point) => {
  const box = stage.querySelector(`[data-point="${point}"] .dot`).getBoundingClientRect();
  const svg = stage.querySelector(".picture");
  return [box.x + box.width / 2, box.y + box.height / 2, svg.viewBox.baseVal.width / svg.getBoundingClientRect().width];
}"""


@pytest.fixture(scope="module")
def exam_files(tmp_path_factory):
    return write_exam(tmp_path_factory.mktemp("exam"))


@pytest.fixture(scope="module")
def records(app_folder, app_port):
    assert app_port
    store = Store.open(Settings(data_dir=app_folder / "data"))
    yield store
    store.close()


@pytest.fixture
def recording(records, exam_files):
    patient = records.create_patient(PatientDetails("Patient of landmarks"))
    visit = records.create_visit(patient.id, date(2026, 3, 12), "first")
    return analysed_recording(records, visit.id, exam_files)


def opened(page, recording):
    page.goto(f"/landmarks?visit={recording.visit_id}")
    page.locator(".points g").nth(67).wait_for()
    page.locator(".frames button").first.wait_for()


def state(page, words):
    page.locator(".state", has_text=words).wait_for()


def name_annotator(page, name, words):
    field = page.get_by_label("Annotator", exact=True)
    field.fill(name)
    field.press("Enter")
    state(page, words)


def where(page):
    """(x, y) of the chosen point in pixels of the picture, as the editor tells them."""
    told = re.search(r"\(([-\d.]+), ([-\d.]+)\)$", page.locator(".which").inner_text())
    return float(told[1]), float(told[2])


def drag(page, point, across, down):
    """Drag a point by so many pixels of the screen; returns them in pixels of the picture."""
    x, y, unit = page.locator(".stage").evaluate(PLACE, point)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across / 2, y + down / 2)
    page.mouse.move(x + across, y + down)
    page.mouse.up()
    return across * unit, down * unit


def chosen_frame(page):
    return page.locator('.frames [aria-current="true"]').inner_text().split()[0]


def test_two_annotators_correct_agree_export_and_import(watched, records, recording, exam_files, tmp_path):
    page = watched
    opened(page, recording)
    state(page, "Enter the annotator above to save.")
    assert page.locator(".save").is_disabled()
    assert page.locator(".on-left").inner_text() == "◀ patient's right"
    name_annotator(page, "Abel", "As the tracker placed them")
    first = chosen_frame(page)

    # Drag, arrow keys, undo, not visible.
    page.locator(".stage").scroll_into_view_if_needed()
    x, y, _ = page.locator(".stage").evaluate(PLACE, CORNER)
    page.mouse.click(x, y)
    assert page.locator(".which").inner_text().startswith("49 of 68: corner of the mouth, patient's right (")
    before = where(page)
    moved = drag(page, CORNER, 24, -12)
    dragged = where(page)
    assert dragged == pytest.approx((before[0] + moved[0], before[1] + moved[1]), abs=0.15)
    state(page, "Changes not saved")
    page.locator(".stage").focus()
    for keys in ("ArrowRight", "ArrowRight", "Shift+ArrowDown", "Alt+ArrowLeft"):
        page.keyboard.press(keys)
    assert where(page) == pytest.approx((dragged[0] + 1.8, dragged[1] + 5), abs=0.11)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert where(page) == pytest.approx((dragged[0] + 2, dragged[1]), abs=0.11)
    page.keyboard.press("Control+Shift+z")
    placed = where(page)
    assert placed == pytest.approx((dragged[0] + 2, dragged[1] + 5), abs=0.11)
    page.keyboard.press("v")
    assert page.locator(".seen").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Tab")
    assert page.locator(".which").inner_text().startswith("50 of 68: upper lip, lateral, patient's right")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")  # no trap: the next button has the focus now
    assert page.locator(".stage").evaluate("(stage) => stage.getRootNode().activeElement.className") == "before"
    page.mouse.click(*page.locator(".stage").evaluate(PLACE, CORNER)[:2])

    # Hidden regions are left out; the wheel zooms; a rerun of the page leaves everything as it is.
    page.locator(".regions label", has_text="Jaw").click()
    assert not page.locator('[data-point="3"] .dot').is_visible()
    unit = page.locator(".stage").evaluate(PLACE, CORNER)[2]
    page.mouse.move(*page.locator(".stage").evaluate(PLACE, CORNER)[:2])
    page.mouse.wheel(0, -400)
    assert page.locator(".stage").evaluate(PLACE, CORNER)[2] < unit * 0.7
    page.get_by_label("Another picture at, s").fill("1.5")
    page.get_by_label("Another picture at, s").press("Enter")
    page.wait_for_timeout(700)
    assert where(page) == pytest.approx(placed)
    state(page, "Changes not saved")

    # Save and next: kept in the records, and the next picture is there.
    page.locator(".save-next").click()
    state(page, "As the tracker placed them")
    assert chosen_frame(page) != first
    [saved] = records.landmark_sets(recording.id)
    assert tuple(saved.frame.points[CORNER]) == pytest.approx(placed, abs=0.06)
    assert (saved.frame.annotator, saved.version, saved.frame.visible.sum()) == ("Abel", 1, 67)
    assert not saved.frame.visible[CORNER]
    assert saved.frame.tracker.name == "synthetic"
    page.locator(".frames button").first.click()
    state(page, "Saved as version 1")
    assert "✓ Abel" in page.locator(".frames button").first.inner_text()

    # The second annotator begins with the tracker's points.
    name_annotator(page, "Zoë", "As the tracker placed them")
    page.locator(".stage").scroll_into_view_if_needed()
    x, y, _ = page.locator(".stage").evaluate(PLACE, CORNER)
    page.mouse.click(x, y)
    assert where(page) == pytest.approx(before, abs=0.11)
    drag(page, CORNER, 10, 0)
    page.locator(".to-left").click()  # the lids are chosen in the list
    page.locator(".save").click()
    state(page, "Saved as version 1")
    assert [s.frame.annotator for s in records.landmark_sets(recording.id)] == ["Abel", "Zoë"]
    page.get_by_text("1 picture corrected by both").wait_for()
    plot = page.locator(".st-key-chart_agreement_plot .js-plotly-plot")
    plot.locator(".scatterlayer .point").first.wait_for()
    assert plot.locator(".scatterlayer .point").count() == 67  # all but the one that Abel did not see

    # Out and back in, into the same video of another visit.
    with page.expect_download() as download:
        page.get_by_role("button", name="Corrected landmarks (zip)").click()
    archive = tmp_path / "landmarks.zip"
    download.value.save_as(archive)
    with zipfile.ZipFile(archive) as files:
        points = parse_pts(files.read(f"annotator_1/frame_{saved.frame.index:06d}.pts").decode())
        assert len(files.namelist()) == 5
    assert abs(points - saved.frame.points).max() < 0.002
    again = records.create_visit(recording.patient_id, date(2026, 4, 1), "copy")
    copy = analysed_recording(records, again.id, exam_files)
    opened(page, copy)
    page.get_by_text("Import corrected landmarks").click()
    page.locator('[data-testid="stFileUploader"] input[type="file"]').set_input_files(archive)
    page.get_by_role("button", name="Import 2 pictures").click()
    page.get_by_text("2 pictures imported.").wait_for()
    assert [(s.frame.annotator, s.version) for s in records.landmark_sets(copy.id)] == [("Abel", 1), ("Zoë", 1)]
    assert records.landmark_sets(copy.id)[0].frame.same_as(saved.frame)


def test_axe_finds_nothing_to_mend(browser, app_port, recording):
    """Names, roles and contrast (WCAG 2.1 A and AA) with a point chosen, on a light and on a dark page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing").Axe()
    for scheme in ("light", "dark"):
        context = browser.new_context(base_url=f"http://127.0.0.1:{app_port}", color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(30_000)
        opened(page, recording)
        name_annotator(page, "Abel", "As the tracker placed them")
        page.locator(".stage").focus()
        page.keyboard.press("Tab")
        assert page.locator(".which").inner_text().startswith("1 of 68")
        page.keyboard.press("ArrowRight")
        found = violations(axe, page)
        context.close()
        assert (scheme, found) == (scheme, [])


def test_a_phone_fits_and_unsaved_points_survive_a_reload(browser, app_port, recording):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 390, "height": 844}, has_touch=True
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    opened(page, recording)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    stage = page.locator(".stage").bounding_box()
    assert stage["x"] >= 0
    assert stage["x"] + stage["width"] <= 390
    name_annotator(page, "Abel", "As the tracker placed them")
    page.locator(".stage").scroll_into_view_if_needed()
    drag(page, CORNER, 30, 10)
    state(page, "Changes not saved")
    kept = where(page)
    page.reload()
    page.locator(".points g").nth(67).wait_for()
    name_annotator(page, "Abel", "Changes not saved")
    page.locator(".stage").scroll_into_view_if_needed()
    x, y, _ = page.locator(".stage").evaluate(PLACE, CORNER)
    page.touchscreen.tap(x, y)
    assert where(page) == pytest.approx(kept, abs=0.11)
    page.locator(".reset").click()
    state(page, "As the tracker placed them")

    # Two fingers apart: the picture grows and no point moves.
    page.locator(".stage").scroll_into_view_if_needed()
    before = page.locator(".stage").evaluate(PLACE, 30)
    x, y = before[:2]
    browser_itself = context.new_cdp_session(page)
    for kind, reach in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", None)):
        fingers = [] if reach is None else [{"x": x + s * reach, "y": y, "id": i} for i, s in enumerate((-1, 1))]
        browser_itself.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    after = page.locator(".stage").evaluate(PLACE, 30)
    assert after[2] == pytest.approx(before[2] / 2, rel=0.1)
    assert after[:2] == pytest.approx([x, y], abs=4)
    state(page, "As the tracker placed them")
    context.close()
