"""What several browser tests do in the same way."""


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
