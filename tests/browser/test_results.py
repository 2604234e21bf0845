"""Review and Severity in a real browser: landmarks over the picture that is shown, charts drawn, nothing forbidden loaded."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.charts.style import LIGHT, SIDE_COLOURS, Quantity, score_colour
from core.records import PatientDetails, RecordingKind, Store
from core.records.intake import take_in
from core.settings import Settings
from core.words import AffectedSide, Branch, Side
from tests.exam_samples import GREY_LEVELS, frame_grey, short_exam, synkinetic_exam, write_grey_clip

pytestmark = pytest.mark.browser

# Pixels of the overlay in a side's colour, and their mean place across (0 left edge of the screen, 1 right edge).
COLOURED = """(canvas, colour) => {
  const wanted = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let count = 0, across = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 250 && wanted.every((value, k) => Math.abs(data[i + k] - value) < 12)) {
      count += 1;
      across += (i / 4) % width;
    }
  }
  return [count, count ? across / count / width : null];
}"""
GREY = """(video) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 8, 8);
  return context.getImageData(4, 4, 1, 1).data[0];
}"""


@pytest.fixture(scope="module")
def visits(app_folder, app_port, tmp_path_factory):
    """Ids of two visits in the running app: a short exam with a clip that tells its pictures apart, and a whole exam."""
    folder, made = tmp_path_factory.mktemp("exams"), {}
    store = Store.open(Settings(data_dir=app_folder / "data"))
    assert app_port
    for name, exam, simulated in (("short", short_exam(), False), ("whole", synkinetic_exam(), True)):
        patient = store.create_patient(PatientDetails(f"Patient <b>{name}</b>", simulated=simulated))
        visit = store.create_visit(patient.id, date(2026, 3, 12), "first")
        clip = write_grey_clip(folder / f"{name}.mp4", exam.track)
        recording = take_in(store, visit.id, clip, "exam.mp4", Settings().video)
        store.update_recording(
            recording.id,
            kind=RecordingKind.EXAM,
            expression=None,
            mirrored=False,
            affected_side=AffectedSide.UNDETERMINED,
            confirmed=True,
        )
        (folder / name).mkdir()
        exam.write(folder / name)
        store.add_analysis(recording.id, folder / name)
        made[name] = visit.id
    yield made
    store.close()


def clock_s(page):
    return float(page.locator(".clock").inner_text().split()[0])


def test_review_draws_the_landmarks_of_the_picture_that_is_shown(watched, visits):
    page = watched
    page.goto(f"/review?visit={visits['short']}")
    page.get_by_role("heading", name="Review").wait_for()
    page.locator(".still").nth(1).wait_for()
    overlay, video = page.locator(".overlay"), page.locator(".stage video")

    right, right_at = overlay.evaluate(COLOURED, SIDE_COLOURS[Side.RIGHT])
    left, left_at = overlay.evaluate(COLOURED, SIDE_COLOURS[Side.LEFT])
    assert min(right, left) > 100
    assert right_at < 0.5 < left_at  # the patient's right is on the left of the screen
    page.locator(".landmarks").uncheck()
    assert overlay.evaluate(COLOURED, SIDE_COLOURS[Side.RIGHT])[0] == 0
    page.locator(".landmarks").check()
    for canvas in page.locator(".still canvas").all():
        assert canvas.evaluate(COLOURED, SIDE_COLOURS[Side.RIGHT])[0] > 20

    times = short_exam().track.times
    for frame in (0, 1, 57, 200, len(times) - 1):
        page.locator(".scrub").fill(str(frame))
        page.locator(".scrub").evaluate(
            "(scrub) => scrub.getRootNode().host && new Promise((go) => setTimeout(go, 400))"
        )
        assert clock_s(page) == pytest.approx(times[frame], abs=0.006)
        shown = round((video.evaluate(GREY) - frame_grey(0)) / (frame_grey(1) - frame_grey(0)))
        assert shown == frame % GREY_LEVELS, frame


def test_review_moves_by_keys_segments_and_chart_and_marks_the_moment_there(watched, visits):
    page = watched
    page.goto(f"/review?visit={visits['short']}")
    page.locator(".still").nth(1).wait_for()
    segments = short_exam().result.segments
    page.locator(".strip button").nth(1).click()
    at = clock_s(page)
    assert at == pytest.approx(segments[1].start_s, abs=0.04)
    page.locator(".next").click()
    assert clock_s(page) > at
    page.locator(".scrub").press("ArrowLeft")
    assert clock_s(page) == pytest.approx(at, abs=0.001)
    page.locator(".still").first.click()
    assert clock_s(page) == pytest.approx(short_exam().result.expressions["brow_raise"].key_frame_s, abs=0.04)

    assert page.locator(".on-left").inner_text() == "◀ patient's right"
    page.locator(".mirror").check()
    assert page.locator(".on-left").inner_text() == "◀ patient's left"
    assert page.locator(".view").inner_text() == "Mirror view"

    area = page.locator(".st-key-review_curves .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".st-key-review_curves .hoverlayer .legend").wait_for(state="attached")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    duration = float(short_exam().curves.times_s[-1])
    page.get_by_role("button", name="Starts at").wait_for()
    assert clock_s(page) == pytest.approx(duration / 2, abs=0.1)
    line = page.locator(".video-time").bounding_box()
    assert line["x"] - box["x"] == pytest.approx(box["width"] / 2, abs=6)


def test_a_corrected_segment_is_graded_again(watched, visits):
    page = watched
    page.goto(f"/review?visit={visits['short']}")
    page.locator(".still").nth(1).wait_for()
    page.locator(".scrub").fill("99")
    page.get_by_role("button", name="Starts at 3.30 s").click()
    save = page.get_by_role("button", name="Save and grade again")
    save.click()
    page.get_by_text("Graded again with 2 segments").wait_for()
    page.locator(".strip button").first.click()
    assert clock_s(page) == pytest.approx(3.3, abs=0.04)


def test_severity_shows_the_map_the_evidence_and_gives_the_result(watched, visits):
    page, result = watched, synkinetic_exam().result
    page.goto(f"/severity?visit={visits['whole']}")
    page.get_by_text("Simulated patient").first.wait_for()
    face = page.locator(".st-key-map_weakness .js-plotly-plot")
    face.locator(".scatterlayer .js-fill").first.wait_for(state="attached")
    fills = [fill.evaluate("(path) => getComputedStyle(path).fill") for fill in face.locator(".js-fill").all()]
    assert len(fills) == 10
    weakness = result.branches[Branch.BUCCAL].right.weakness
    wanted = score_colour(Quantity.WEAKNESS, weakness)
    assert f"rgb({', '.join(str(int(wanted[i : i + 2], 16)) for i in (1, 3, 5))})" in fills
    assert sum("url(" in fill for fill in fills) == 2  # the cervical branch is hatched on both sides
    values = face.locator(".annotation-text").all_text_contents()
    assert values.count("n/a") == 2
    assert f"{weakness:.0f}" in values
    box = face.bounding_box()
    heading = face.locator(".annotation-text", has_text="patient's right").bounding_box()
    assert heading["x"] + heading["width"] < box["x"] + box["width"] / 2

    page.get_by_role("button", name=Branch.ZYGOMATIC.label).click()
    page.get_by_role("dialog").get_by_text("Zygomatic branch: eyelids").wait_for()
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("button", name="Result (JSON)").click()
    assert json.loads(Path(download.value.path()).read_text(encoding="utf-8")) == json.loads(result.model_dump_json())
    assert "Patient" not in download.value.suggested_filename


def test_dark_page_has_dark_charts(browser, app_port, visits):
    context = browser.new_context(base_url=f"http://127.0.0.1:{app_port}", color_scheme="dark")
    page = context.new_page()
    page.goto(f"/severity?visit={visits['whole']}")
    heading = page.locator(".st-key-map_weakness .annotation-text", has_text="patient's right")
    heading.wait_for(timeout=30_000)
    lifted = [
        int(style_value)
        for style_value in heading.evaluate("(e) => getComputedStyle(e).fill").strip("rgb()").split(",")
    ]
    assert lifted != [int(LIGHT.side(Side.RIGHT)[i : i + 2], 16) for i in (1, 3, 5)]
    context.close()


def test_results_fit_a_phone(browser, app_port, visits):
    context = browser.new_context(base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 390, "height": 844})
    page = context.new_page()
    for path, ready in (("review", ".still"), ("severity", ".js-plotly-plot .annotation-text")):
        page.goto(f"/{path}?visit={visits['whole']}")
        page.locator(ready).first.wait_for(timeout=30_000)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    context.close()
