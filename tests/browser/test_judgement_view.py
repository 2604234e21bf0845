"""The clinician's judgement and an erasure in a real browser: who judged is told after a reload; the proof of an erasure stays."""

import re
from datetime import date

import pytest

from core.records import JudgedItem, PatientDetails, Store
from core.records.base import account_name
from core.settings import Settings
from tests.browser.steps import shown
from tests.exam_samples import synkinetic_exam
from tests.record_samples import write_clip

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def records(app_folder, app_port):
    store = Store.open(Settings(data_dir=app_folder / "data"))
    assert app_port
    yield store
    store.close()


@pytest.fixture
def judged_visit(records, tmp_path):
    """A visit of a simulated patient with one analysed video."""
    patient = records.create_patient(PatientDetails("Judged One", simulated=True))
    visit = records.create_visit(patient.id, date(2026, 3, 12), "first")
    recording = records.add_recording(visit.id, write_clip(tmp_path / "clip.mp4"), "exam.mp4", facts={"codec": "h264"})
    (tmp_path / "exam").mkdir()
    synkinetic_exam().write(tmp_path / "exam")
    records.add_analysis(recording.id, tmp_path / "exam")
    return visit


def test_an_override_stands_with_its_author_after_a_reload(watched, records, judged_visit):
    page = watched
    page.set_default_timeout(90_000)  # the section stands below every chart of the page
    page.goto(f"/severity?visit={judged_visit.id}")
    page.get_by_role("heading", name="Clinician's judgement").wait_for()
    unnamed = page.get_by_text("Without a name, entries are kept under")
    unnamed.wait_for()
    assert f"“{account_name()} (computer account)”" in shown(unnamed)
    name = page.get_by_label("Clinician", exact=True)
    name.fill("Rater <b>One</b>")
    name.press("Enter")
    unnamed.wait_for(state="hidden")
    page.locator(".st-key-judge_house_brackmann button:enabled").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Grade · automatic: IV").click()
    page.get_by_role("option", name="III (moderate)").click()
    dialog.get_by_label("Comment").fill("Eye closes with effort")
    dialog.get_by_role("button", name="Save judgement").click()
    page.get_by_text("House-Brackmann: 1 saved").wait_for()
    kept = records.judgements(judged_visit.id)[JudgedItem.HOUSE_BRACKMANN_GRADE]
    assert (kept.value, kept.who) == (3, "Rater <b>One</b>")

    page.reload()
    page.get_by_role("heading", name="Clinician's judgement").scroll_into_view_if_needed()
    row = page.locator("[data-testid='stTable'] tr").filter(has_text="Eye closes with effort")
    row.wait_for()
    told = shown(row)
    for part in ("IV (moderately severe)", "III (moderate)", "Rater <b>One</b>", "Eye closes with effort"):
        assert part in told
    head = shown(page.locator("[class*='st-key-fact_House-Brackmann']"))
    assert "IV (moderately severe)" in head
    assert "Clinician: III (moderate) (Rater <b>One</b>)" in head


def test_an_erased_patient_leaves_nothing_but_the_proof(watched, records, judged_visit):
    page, patient_id = watched, judged_visit.patient_id
    page.goto(f"/?patient={patient_id}")
    page.get_by_role("radio", name="Data requests").click()
    page.get_by_role("button", name="Export everything (zip)").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the zip file").click()
    assert "Judged" not in download.value.suggested_filename
    page.get_by_role("button", name="Erase this patient").click()
    typed = page.get_by_label("Type the patient's name to confirm")
    typed.fill("Judged Two")
    page.get_by_role("button", name="Erase for ever").click()
    page.get_by_text("The name does not match").wait_for()
    typed.fill("Judged One")
    page.get_by_role("button", name="Erase for ever").click()
    page.get_by_text("The patient is erased.").wait_for()

    page.reload()
    page.get_by_text("The patient is erased.").wait_for()
    assert re.search(rf"erased={patient_id}$", page.url)
    proof = records.erasure_proof(patient_id)
    page.locator(".st-key-erasure_proof tr").filter(has_text="Left now").wait_for()
    told = shown(page.locator(".st-key-erasure_proof"))
    assert f"No. {proof.audit_number}" in told
    assert "nothing" in told
    assert proof.complete
    assert proof.rows["visits"] == 1
    assert [event.action for event in records.audit_events(patient_id)] == ["delete", "export", "create"]
    assert not list((records.files.patients).glob(f"{patient_id}*"))
