"""The first thing Hemiface must do, in a real browser: an uploaded video becomes charts of the right branches and side."""

import pytest

from core.phantom.camera import Camera
from core.phantom.condition import flaccid
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.drawing.portrait import draw_portrait
from core.phantom.exam import short_script
from core.phantom.motion import simulate
from core.phantom.recording import record
from core.words import Side
from tests.browser.steps import create_patient

pytestmark = pytest.mark.browser

CAMERA = Camera(400, 400, fps=25.0)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """A simulated examination with a complete palsy of the patient's right."""
    path = tmp_path_factory.mktemp("phantom") / "examination.mp4"
    portrait = draw_portrait(IDENTITIES[5], 500)
    motion = simulate(portrait.shape_mm, flaccid(Side.RIGHT, 1.0, person=31), short_script(31), CAMERA.fps, 31)
    record(portrait, motion, path, CAMERA, seed=31)
    return path


@pytest.mark.timeout(400)
def test_an_uploaded_video_becomes_charts(watched, video):
    page = watched
    create_patient(page, "Whole path")
    page.set_input_files("input[type=file]", video)
    page.get_by_text("Yes, the labels fit").click()
    page.get_by_role("button", name="Save 1 video").click()
    page.get_by_role("button", name="Analyse 1 video").click()
    page.get_by_text("of 5").first.wait_for(timeout=60_000)  # frames done of all
    page.get_by_role("button", name="Show severity").wait_for(timeout=240_000)
    page.get_by_role("button", name="Show severity").click()

    page.get_by_role("heading", name="Severity").wait_for()
    page.get_by_text("The affected side was decided from the movement").wait_for()
    card = page.locator("[class*=st-key-fact_Affected]")
    assert "Patient's right" in card.inner_text()
    face = page.locator(".st-key-map_weakness .js-plotly-plot")
    face.locator(".scatterlayer .js-fill").first.wait_for(state="attached")
    box = face.bounding_box()
    scores = []
    for label in face.locator(".annotation-text").all():
        words = label.text_content().strip()
        if words.isdigit():
            place = label.bounding_box()
            scores.append((place["x"] + place["width"] / 2 < box["x"] + box["width"] / 2, int(words)))
    # The patient's right is on the left of the screen.
    right, left = ([score for is_right, score in scores if is_right is wanted] for wanted in (True, False))
    assert len(right) == len(left) == 4
    assert min(right) >= 45
    assert max(left) < 15

    page.get_by_role("button", name="Review the video").click()
    page.get_by_role("heading", name="Review").wait_for()
    page.locator(".strip button").nth(1).wait_for()
    assert page.locator(".strip button").count() >= 8  # movements that were found without being told
    page.locator(".js-plotly-plot .scatterlayer path.js-line").first.wait_for(state="attached")
