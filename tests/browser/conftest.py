"""A real Chromium on a running app; skipped with the reason where playwright or the browser is missing."""

import pytest

from tests.app_server import running_app
from tests.browser.cameras import CHROMIUM, launch


@pytest.fixture(scope="session")
def playwright_driver():
    """The one playwright of this process: its synchronous form allows no second one in the same thread."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this computer (on Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver):
    launched = launch(playwright_driver)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory):
    """Where the app under test keeps its log and, in ``data``, its records."""
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="session")
def app_port(app_folder):
    with running_app(app_folder) as port:
        yield port


@pytest.fixture
def page(browser, app_port):
    """An empty tab whose ``goto`` takes paths of the app."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{app_port}", viewport={"width": 1400, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    yield tab
    context.close()


@pytest.fixture
def watched(page, app_port):
    """The tab, with everything noted that a page must never do."""
    wrong = []
    page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(
                (f"http://127.0.0.1:{app_port}/", f"ws://127.0.0.1:{app_port}/", "data:", "blob:")
            )
            else wrong.append(request.url)
        ),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    assert wrong == []
