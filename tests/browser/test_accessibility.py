"""What axe-core finds on the pages of recording: names, roles and contrast (WCAG 2.1 A and AA), light and dark."""

import time
from datetime import date

import pytest

from core.records import PatientDetails, Store
from core.settings import Settings

pytestmark = pytest.mark.browser

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# Streamlit 1.60's own: the sidebar's section carries aria-expanded, and the unseen input behind its upload button has no name.
STREAMLITS = {
    ("aria-allowed-attr", ".stSidebar"),
    ("label", 'input[data-testid="stFileUploaderDropzoneInput"]'),
}


@pytest.fixture(scope="module")
def axe():
    module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing")
    return module.Axe()


@pytest.fixture(scope="module")
def visit(app_folder, app_port):
    assert app_port
    store = Store.open(Settings(data_dir=app_folder / "data"))
    patient = store.create_patient(PatientDetails(f"Accessible {time.monotonic_ns()}"))
    yield store.create_visit(patient.id, date(2026, 3, 12))
    store.close()


def violations(axe, page):
    """(rule, place, what to mend) of everything that axe-core complains of."""
    found = axe.run(page, options={"runOnly": LEVELS}).response["violations"]
    return [
        (rule["id"], str(node["target"]), node["failureSummary"])
        for rule in found
        for node in rule["nodes"]
        if (rule["id"], str(node["target"][0])) not in STREAMLITS
    ]


def opened(browser, app_port, path, ready, **options):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 1400, "height": 900}, **options
    )
    page = context.new_page()
    page.set_default_timeout(45_000)
    page.goto(path)
    page.locator(ready).first.wait_for()
    page.wait_for_timeout(500)
    return page


def test_axe_would_complain(axe, browser):
    """The check can fail: a button without a name and pale text are found."""
    page = browser.new_page()
    page.set_content(
        '<html lang="en"><title>t</title><main><button></button><p style="color:#ccc">pale</p></main></html>'
    )
    assert {rule for rule, _, _ in violations(axe, page)} == {"button-name", "color-contrast"}
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_recorder_in_every_state(axe, browser, app_port, visit, scheme):
    page = opened(browser, app_port, f"/record?visit={visit.id}", ".open", color_scheme=scheme)
    found = {"idle": violations(axe, page)}
    page.get_by_role("button", name="Start camera").click()
    page.locator(".start").wait_for()
    page.locator(".findings .bad").first.wait_for()
    found["ready"] = violations(axe, page)
    page.locator(".practise").click()
    page.locator('[data-state="practice"]').wait_for()
    found["practice"] = violations(axe, page)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(".ready-buttons").wait_for()
    page.context.close()
    assert found == {state: [] for state in found}


@pytest.mark.parametrize(
    ("path", "ready"),
    [("/live", ".live"), ("/home_recordings", "h1"), ("/home", "h1"), ("/", "h1")],
    ids=["live", "home recordings", "link that does not work", "patients"],
)
def test_pages(axe, browser, app_port, path, ready):
    page = opened(browser, app_port, path, ready)
    found = violations(axe, page)
    page.context.close()
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_export_with_its_options(axe, browser, app_port, visit, scheme):
    assert visit
    page = opened(browser, app_port, "/exports", ".st-key-export_start", color_scheme=scheme)
    found = {"research": violations(axe, page)}
    page.get_by_text("Tables", exact=True).first.click()
    page.locator(".st-key-export_tables").wait_for()
    found["tables"] = violations(axe, page)
    page.get_by_text("FHIR R4 bundle").click()
    page.locator(".st-key-export_reports").wait_for()
    found["fhir"] = violations(axe, page)
    page.context.close()
    assert found == {export: [] for export in found}
