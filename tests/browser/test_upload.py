"""From a new patient to an analysed upload in a real browser, with names that try to break out of the page."""

import re

import pytest

from tests.browser.steps import create_patient, shown
from tests.record_samples import write_clip

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://leak.example/i.png) [l](javascript:alert(1)) :red[r] {}"


def test_upload_check_and_analysis(watched, tmp_path):
    page = watched
    name = HOSTILE.format("one")[:120]
    create_patient(page, name)
    clip = write_clip(tmp_path / "clip *x* <b>.mp4", seconds=2.0)
    text = tmp_path / "text.mp4"
    text.write_text("no video", encoding="utf-8")
    page.set_input_files("input[type=file]", [clip, text])
    page.get_by_text("was not added").wait_for()
    save = page.get_by_role("button", name="Save 1 video")
    assert save.is_disabled()
    picture = page.get_by_alt_text("Still of the video")
    assert "scaleX" not in (picture.get_attribute("style") or "")
    page.get_by_text("No, flip it").click()
    page.get_by_text("Flipped").wait_for()
    assert "scaleX(-1)" in (page.get_by_alt_text("Still of the video").get_attribute("style") or "")
    page.reload()  # the video is in the store; only the unconfirmed answer is asked again
    page.get_by_text("Yes, the labels fit").click()
    save.click()
    page.get_by_role("heading", name="Analyse").wait_for()
    assert "visit=" in page.url
    page.get_by_role("button", name=re.compile("Analyse 1 video")).click()
    # There is no face in this clip: the analysis runs for real and ends with its own sentence.
    page.get_by_text("No face was found").wait_for(timeout=120_000)
    page.get_by_role("button", name="Try again").wait_for()
    page.get_by_role("link", name="Patients").click()
    page.get_by_placeholder("Name or record number").wait_for()
    assert shown(page.locator("strong").first) == name
    page.get_by_role("link", name="Analyse").click()  # links of the sidebar carry no visit; the session remembers it
    page.get_by_role("button", name="Try again").wait_for()
    assert "visit=" in page.url


def test_phone_has_no_sideways_scrolling(browser, app_port):
    context = browser.new_context(base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 390, "height": 844})
    page = context.new_page()
    create_patient(page, "A rather long name for a narrow screen, and then some")
    for path in ("/", "/upload", "/analyse"):
        page.goto(path)
        page.get_by_role("heading").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    context.close()
