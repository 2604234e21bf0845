"""The page Models in a real browser: accessible in both themes with every part opened, and no wider than a phone."""

import pytest

from models.runs import write_run
from tests.browser.test_accessibility import axe as axe_of_accessibility
from tests.browser.test_accessibility import opened, violations
from tests.models.test_runs import a_run

pytestmark = pytest.mark.browser
axe = axe_of_accessibility


@pytest.fixture(scope="module", autouse=True)
def run_of_a_training(app_folder, app_port):
    assert app_port
    write_run(app_folder / "data" / "runs" / "tiny", a_run())


def at_models(browser, app_port, **options):
    page = opened(browser, app_port, "/models", '[data-testid="stVegaLiteChart"], .js-plotly-plot', **options)
    page.get_by_text("Networks run on").wait_for()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_opened_is_accessible(axe, browser, app_port, scheme):
    page = at_models(browser, app_port, color_scheme=scheme)
    for summary in page.locator(".stMain details > summary").all():
        summary.click()
    page.wait_for_timeout(3000)  # parts unfold slowly on a busy computer
    assert violations(axe, page) == []
    page.context.close()


def test_nothing_is_wider_than_a_phone(browser, app_port):
    page = at_models(browser, app_port, is_mobile=True)
    page.set_viewport_size({"width": 390, "height": 844})
    for summary in page.locator(".stMain details > summary").all():
        summary.click()
    page.wait_for_timeout(3000)  # parts unfold slowly on a busy computer
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.stMainBlockContainer *')]
            .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
            .filter((part) => !part.closest('.stDataFrame, .js-plotly-plot, pre'))
            .map((part) => part.className)"""
    )
    assert wide == []
    page.context.close()
