"""A real Chromium on a running app; skipped with the reason where playwright or the browser is missing."""

import shutil

import pytest

from tests.app_server import running_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this computer (on Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def app_port(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("browser")) as port:
        yield port


@pytest.fixture
def page(browser, app_port):
    """An empty tab whose ``goto`` takes paths of the app."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 1400, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    yield tab
    context.close()
