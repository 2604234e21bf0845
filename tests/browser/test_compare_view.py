"""Compare in a real browser: the verdict, charts, the onion skin by keyboard, both videos together, the PDF, many patients."""

import re
from pathlib import Path

import pytest

from core.records import Store
from core.settings import Settings
from tests.app_server import running_app
from tests.browser.test_accessibility import axe as axe_of_accessibility
from tests.browser.test_accessibility import opened, violations
from tests.compare_samples import add_course

pytestmark = pytest.mark.browser
axe = axe_of_accessibility


@pytest.fixture(scope="module")
def app_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def app_port(app_folder):
    with running_app(app_folder) as port:
        yield port


@pytest.fixture(scope="module")
def course(app_folder, app_port, tmp_path_factory):
    """A simulated patient whose right side got better, in the running app."""
    assert app_port
    store = Store.open(Settings(data_dir=app_folder / "data"))
    yield add_course(store, tmp_path_factory.mktemp("visits") / "course", 0.8, 0.2)
    store.close()


def test_comparison_onion_skin_videos_and_report(watched, course):
    page = watched
    page.set_default_timeout(60_000)
    page.goto(f"/compare?patient={course.patient.id}")
    page.get_by_role("heading", name=re.compile("^Better: ")).wait_for()
    page.get_by_text("Simulated patient").first.wait_for()
    for key in (
        "change_map_weakness",
        "dumbbells_synkinesis",
        "excursion_changes",
        "excursions_overlaid",
        "recovery_course",
    ):
        page.locator(f".st-key-chart_{key} .js-plotly-plot").wait_for()

    skin = page.locator(".skin")
    slider = skin.locator(".at")
    slider.wait_for()
    assert skin.locator("img").count() == 2
    clip = "image => getComputedStyle(image).clipPath"
    middle = skin.locator(".after").evaluate(clip)
    slider.press("ArrowRight")
    assert slider.input_value() == "51"
    assert skin.locator(".after").evaluate(clip) != middle
    skin.get_by_role("button", name="Fade").press("Enter")
    assert skin.locator(".after").evaluate("image => getComputedStyle(image).opacity") == "0.51"

    player = page.locator(".twin")
    players = player.locator("video")
    page.wait_for_function(READY)
    player.get_by_role("button", name="Largest movement").click()
    page.wait_for_function(SOUGHT)
    keys = [video.evaluate("video => video.currentTime") for video in players.all()]
    player.get_by_role("button", name="Start").click()
    page.wait_for_function(SOUGHT)
    starts = [video.evaluate("video => video.currentTime") for video in players.all()]
    assert all(start < key for start, key in zip(starts, keys, strict=True))
    player.get_by_role("button", name="Play both").click()
    page.wait_for_function(MOVED, arg=starts)

    with page.expect_download() as download:
        page.get_by_role("button", name="Report (PDF)").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert "before" in page.url
    assert "after" in page.url


READY = "() => within().every((video) => video.readyState >= 2)"
SOUGHT = "() => within().every((video) => !video.seeking)"
MOVED = "(starts) => within().every((video, at) => video.currentTime > starts[at])"
# Components may lie in a shadow root, which selectors of the page do not enter.
WITHIN = """
const found = [];
const look = (root) => root.querySelectorAll("*").forEach((node) => {
  if (node.matches(".twin video")) found.push(node);
  if (node.shadowRoot) look(node.shadowRoot);
});
look(document);
return found;
"""
READY, SOUGHT, MOVED = (body.replace("within()", f"(() => {{{WITHIN}}})()") for body in (READY, SOUGHT, MOVED))


def test_many_patients(watched, course):
    page = watched
    assert course.patient.id
    page.goto("/compare?view=cohort")
    page.get_by_text("1 patient compared").wait_for()
    page.locator(".st-key-chart_cohort_change .js-plotly-plot").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert course.patient.id in text
    assert course.patient.name not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_compare(axe, browser, app_port, course, scheme):
    page = opened(
        browser, app_port, f"/compare?patient={course.patient.id}", ".st-key-chart_recovery_course", color_scheme=scheme
    )
    page.locator(".skin img").first.wait_for()
    page.wait_for_timeout(800)
    assert violations(axe, page) == []
    page.context.close()


def test_compare_is_not_wider_than_a_phone(browser, app_port, course):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 390, "height": 844}, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"/compare?patient={course.patient.id}")
    page.locator(".twin video").first.wait_for(timeout=60_000)
    page.locator(".st-key-chart_recovery_course .js-plotly-plot").wait_for(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
