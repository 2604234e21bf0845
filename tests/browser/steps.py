"""What several browser tests do in the same way."""

from contextlib import suppress

from core.exam.guide import GuidedProtocol, exam_plan


def shown(locator):
    """What is to be read there; the invisible joiner that keeps addresses from becoming links is left out."""
    return locator.inner_text().replace("\u2060", "")


def create_patient(page, name):
    """A new patient with a first visit; ends on the Upload page."""
    page.goto("/")
    page.get_by_role("button", name="New patient").click()
    page.get_by_label("Name or pseudonym").fill(name)
    page.get_by_role("button", name="Create patient").click()
    page.get_by_role("button", name="New visit").wait_for()
    assert shown(page.locator("h1")) == name
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("button", name="Create visit").click()
    page.get_by_role("heading", name="Upload").wait_for()


def _choose(page, label, tries=4):
    """Choose a movement; on a busy computer the list is drawn anew under the click, which then is lost."""
    from playwright.sync_api import TimeoutError as NotInTime  # where it is missing these tests skip

    tag = page.locator('[data-baseweb="tag"]').filter(has_text=label)
    for _ in range(tries):
        option = page.get_by_role("option", name=label, exact=True)
        if not option.count():
            page.get_by_label("Movements, in this order").click()
        option.click()
        with suppress(NotInTime):
            tag.wait_for(timeout=10_000)
            return
    tag.wait_for()


def open_recorder(page, visit_id, *movements):
    """The page Record with the camera on and one repetition of the given movements, or the quick protocol."""
    page.goto(f"/record?visit={visit_id}")
    page.get_by_role("button", name="Start camera").wait_for()
    page.get_by_label("Protocol").click()
    page.get_by_role("option", name="My own order" if movements else "Quick 4").click()
    if movements:
        page.get_by_text("Choose the movements that you want to record.").wait_for()
        for movement in movements:
            _choose(page, movement.label)
        page.get_by_text("1 movement and").wait_for()
        if page.get_by_role("option").count():  # Escape would clear the choice when the list is closed already
            page.keyboard.press("Escape")
        page.get_by_role("option").first.wait_for(state="detached")
        repetitions = page.get_by_role("spinbutton", name="Repetitions")
        repetitions.fill("1")
        repetitions.press("Enter")
    chosen = GuidedProtocol.CUSTOM if movements else GuidedProtocol.QUICK
    plan_s = exam_plan(chosen, movements or None, 1).duration_s
    page.get_by_text(f"about {round(plan_s) // 60}:{round(plan_s) % 60:02d} minutes").wait_for()
    page.get_by_role("button", name="Start camera").click()
    page.locator(".start").wait_for()
