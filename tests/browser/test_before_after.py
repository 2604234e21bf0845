"""Before and after treatment in a real browser, on two drawn and really analysed visits: comparison, its PDF and tables, a
judgement with its author, an analysis made again, and an erasure that leaves nothing but its entry in the audit trail."""

import csv
import hashlib
import json
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app as command_line
from core import __version__
from core.exam.protocol import Expression
from core.grading.change import Comparison, Kind, Verdict, compare
from core.grading.change_rules import resting_pitch_deg
from core.phantom.camera import Camera
from core.phantom.condition import flaccid
from core.phantom.demo import DemoPatient, DemoVisit
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.exam import SHORT_TIMING, custom_script
from core.records import Job, JobState, Patient, PatientDetails, Store, Visit
from core.records.analyses import RESULT
from core.records.demo import add_demo_patients
from core.records.intake import take_in
from core.records.recordings import RecordingKind
from core.reports.change_parts import SHORT_VERDICTS, change_words, detectable_words, value_words
from core.reports.content import day_words
from core.settings import Settings
from core.words import BRANCHES, SIDES, AffectedSide, Side
from models.tracking import tracker_factory
from pages.components import compare_words
from tests.app_server import running_app
from tests.browser.steps import shown
from tests.demo_samples import entered
from tests.report_samples import words_of

# The films are drawn, tracked and measured while the first test is set up.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("before and after"), pytest.mark.timeout(600)]

NUMBER, OLD_NUMBER = "DEMO-B1", "OLD-1"
CLINICIAN, COMMENT = "Dr <i>Author</i>", "Left brow is weak, too"
DAYS = (date(2026, 1, 14), date(2026, 4, 20))
SCRIPT = custom_script([Expression.BROW_RAISE, Expression.SMILE_OPEN], seed=3, timing=SHORT_TIMING)
CAMERA = Camera(320, 320, fps=15.0)
OLD, DATABASE = "0.0.1", "hemiface.sqlite3"
COLUMNS = ("quantity", "label", "side", "before", "after", "change", "limit", "verdict")
PATIENCE_MS = 90_000
ANALYSIS_PATIENCE_MS = 300_000  # of a film, on a computer that has other work, too


@dataclass(frozen=True)
class Course:
    """Two analysed visits of one patient."""

    store: Store
    patient: Patient
    visits: tuple[Visit, ...]

    def newest(self, number: int):
        """The recording of a visit with its newest analysis and its result."""
        [recording] = self.store.recordings(self.visits[number].id)
        analysis = self.store.latest_analysis(recording.id)
        return recording, analysis, self.store.load_result(analysis)

    def comparison(self) -> Comparison:
        """What the page must say."""
        found = [self.newest(number)[1:] for number in (0, 1)]
        pitch = [resting_pitch_deg(self.store.load_track(analysis), result) for analysis, result in found]
        return compare(found[0][1], found[1][1], pitch_deg=(pitch[0], pitch[1]))


def drawn_patient() -> DemoPatient:
    """A right palsy that gets much better, in two short films."""
    visits = [
        DemoVisit(day, label, "Drawn for a test.", flaccid(Side.RIGHT, weak, person=31), SCRIPT, CAMERA)
        for day, label, weak in zip(DAYS, ("before", "after"), (0.9, 0.2), strict=True)
    ]
    cause = "Bell's palsy (idiopathic)"
    return DemoPatient(NUMBER, "before and after", IDENTITIES[5], cause, date(2026, 1, 5), "A test.", tuple(visits))


@pytest.fixture(scope="module")
def app_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("before_after")


@pytest.fixture(scope="module")
def records(app_folder):
    """A store with both patients of this file."""
    store = Store.open(Settings(data_dir=app_folder / "data"))
    add_demo_patients(store, tracker_factory(), patients=[drawn_patient()], workers=1)
    add_older_version(store, app_folder)
    yield store
    store.close()


@pytest.fixture(scope="module")
def app_port(app_folder, records):
    assert records
    with running_app(app_folder) as port:
        yield port


@pytest.fixture(scope="module")
def course(records):
    """The patient whose two visits were measured in the same way."""
    return course_of(records, NUMBER)


@pytest.fixture(scope="module")
def versions(records):
    """The patient whose first visit was measured by an older version."""
    return course_of(records, OLD_NUMBER)


def course_of(store: Store, number: str) -> Course:
    patient = entered(store, number)
    return Course(store, patient, tuple(row.visit for row in store.visits(patient.id)[::-1]))


def add_older_version(store: Store, folder: Path) -> None:
    """A second patient with the same films, whose first one was analysed by an older version."""
    source = course_of(store, NUMBER)
    details = PatientDetails("Other versions", OLD_NUMBER, affected_side=AffectedSide.RIGHT, simulated=True)
    patient = store.create_patient(details)
    for number, day in enumerate(DAYS):
        film, analysis, result = source.newest(number)
        visit = store.create_visit(patient.id, day)
        recording = take_in(store, visit.id, store.recording_path(film), "exam.mp4", Settings().video)
        store.save_segments(recording.id, store.segments(film.id).segments)
        store.update_recording(
            recording.id,
            kind=RecordingKind.EXAM,
            expression=None,
            mirrored=False,
            affected_side=AffectedSide.RIGHT,
            confirmed=True,
        )
        out = folder / f"analysis {number}"
        out.mkdir()
        for name in analysis.hashes:
            (out / name).write_bytes(store.analysis_file(analysis, name).read_bytes())
        if number == 0:
            old = result.software.model_copy(update={"version": OLD})
            (out / RESULT).write_text(result.model_copy(update={"software": old}).model_dump_json(), encoding="utf-8")
        store.add_analysis(recording.id, out)


# ---------------------------------------------------------------------------------------------------- analysed again


def analyse_again(page, store: Store, patient: Patient) -> Job:
    """Click until the analysis is under way, and wait for its end: while a busy computer draws the page anew, a click is lost."""
    button = page.get_by_role("button", name="Analyse the recording with today's tracker")
    until = time.monotonic() + ANALYSIS_PATIENCE_MS / 1000
    while not (jobs := store.jobs(patient_id=patient.id, kind="analyse")):
        assert time.monotonic() < until, "no analysis began"
        if button.is_visible():
            button.click()
        for _ in range(60):
            page.wait_for_timeout(500)
            if store.jobs(patient_id=patient.id, kind="analyse"):
                break
    while jobs[0].state.active:
        assert time.monotonic() < until, f"the analysis is still {jobs[0].state}"
        page.wait_for_timeout(500)
        jobs = store.jobs(patient_id=patient.id, kind="analyse")
    return jobs[0]


def test_an_older_analysis_is_made_again_and_kept(watched, versions):
    page, store = watched, versions.store
    page.set_default_timeout(PATIENCE_MS)
    recording, old, old_result = versions.newest(0)
    assert old_result.software.version == OLD
    page.goto(f"/compare?patient={versions.patient.id}")
    page.get_by_role("heading", name="Not comparable", exact=True).wait_for()
    page.get_by_text(f"Version {OLD} measured before and {__version__} after").wait_for()
    job = analyse_again(page, store, versions.patient)
    assert (job.state, job.error or "") == (JobState.DONE, "")
    page.get_by_text("was analysed again; this is the new comparison.").wait_for()

    page.get_by_role("heading", name=re.compile("^Better: ")).wait_for()
    assert page.locator(".st-key-compare_blockers").count() == 0
    assert len(store.jobs(patient_id=versions.patient.id, kind="analyse")) == 1
    _, new, new_result = versions.newest(0)
    assert new.id == job.analysis_id != old.id
    assert new_result.software.version == __version__
    assert page.get_by_role("heading", name=compare_words.head_line(versions.comparison())).count() == 1

    assert [analysis.id for analysis in store.analyses(recording.id)] == [new.id, old.id]
    assert len(store.analyses(versions.newest(1)[0].id)) == 1
    assert store.load_result(old) == old_result
    assert hashlib.sha256(store.analysis_file(old, RESULT).read_bytes()).hexdigest() == old.hashes[RESULT]
    page.goto(f"/severity?visit={versions.visits[0].id}")
    page.get_by_text(f"Hemiface {__version__}").last.wait_for()
    page.get_by_role("combobox", name=re.compile("Analysis")).click()
    options = page.get_by_role("option")
    assert options.count() == 2
    options.filter(has_not_text="newest").click()
    page.get_by_text(f"Hemiface {OLD}").wait_for()


# ---------------------------------------------------------------------------------- from the comparison to the erasure


def test_before_and_after_from_judgement_to_erasure(watched, course, tmp_path):
    page = watched
    page.set_default_timeout(PATIENCE_MS)
    expected = course.comparison()
    assert expected.of(Kind.WEAKNESS, Side.RIGHT)[0].verdict is Verdict.IMPROVED  # the brow got better, as it was drawn
    override(page, course)
    page.goto(f"/compare?patient={course.patient.id}")
    choose_visits(page)
    page.get_by_role("heading", name=compare_words.head_line(expected)).wait_for()
    rows = table_on_page(page)
    pdf = words_of(downloaded(page, "Report (PDF)"))
    the_report_says_what_the_page_says(pdf, rows, course, expected)
    the_table_is_read_back(downloaded(page, "All measurements (CSV)"), expected)
    the_bundle_validates(course, tmp_path / "bundle.json")
    erase(page, course)


def override(page, course):
    """A clinician judges the affected side otherwise than the analysis, and is named beside it."""
    page.goto(f"/severity?visit={course.visits[1].id}")
    page.get_by_role("heading", name="Clinician's judgement").wait_for()
    name = page.get_by_label("Clinician", exact=True)
    name.fill(CLINICIAN)
    name.press("Enter")
    page.get_by_text("Without a name, entries are kept under").wait_for(state="hidden")
    page.locator(".st-key-judge_affected_side button").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("automatic: Patient's right")).click()
    page.get_by_role("option", name="Both sides").click()
    dialog.get_by_label("Comment").fill(COMMENT)
    dialog.get_by_role("button", name="Save judgement").click()
    page.get_by_text("1 saved").wait_for()
    page.reload()
    card = page.locator("[class*='st-key-fact_Affected']")
    card.get_by_text("Clinician: ").wait_for()
    assert "Patient's right" in shown(card)
    assert f"Clinician: Both sides ({CLINICIAN})" in shown(card)
    row = page.locator("[data-testid='stTable'] tr").filter(has_text=COMMENT)
    for part in ("Patient's right", "Both sides", CLINICIAN):
        assert part in shown(row)


def choose_visits(page):
    """Baseline and follow-up by hand; there are only two, so the lists must offer just these."""
    for label, day in (("Baseline", DAYS[0]), ("Later visit", DAYS[1])):
        page.get_by_role("combobox", name=re.compile(label)).click()
        option = page.get_by_role("option")
        option.first.wait_for()
        assert [day_words(day) in text for text in option.all_inner_texts()] == [True]
        option.click()


def table_on_page(page):
    """The first rows of the table of all measurements, as it is read aloud."""
    table = page.get_by_test_id("stDataFrame")
    table.wait_for(state="attached")
    table.scroll_into_view_if_needed()
    lines = table.get_by_role("row", include_hidden=True)
    lines.nth(len(SIDES) * len(BRANCHES)).wait_for(state="attached")
    cells = [line.locator("[role='gridcell']").all_text_contents() for line in lines.all()]
    return [dict(zip(COLUMNS, line[: len(COLUMNS)], strict=True)) for line in cells if line]


def the_report_says_what_the_page_says(pdf, rows, course, expected):
    assert course.patient.name in pdf
    for day in DAYS:
        assert day_words(day) in pdf
    assert "Before: Affected side" in pdf or "After: Affected side" in pdf
    assert CLINICIAN in pdf
    short = {verdict.label: SHORT_VERDICTS[verdict] for verdict in Verdict}
    weakness = [row for row in rows if row["quantity"] == "Weakness"]
    assert {row["label"] for row in weakness} >= {"Temporal", "Buccal"}
    assert "improved" in {row["verdict"] for row in weakness}
    for row in weakness:
        told = [row["before"], row["after"], row["change"], row["limit"].replace(" ", ""), short[row["verdict"]]]
        assert " ".join(told) in pdf, row
    for kind in (Kind.WEAKNESS, Kind.SYNKINESIS):
        for branch in BRANCHES:
            pair = [expected.row(kind, branch.value, side) for side in SIDES]
            assert " ".join([branch.label, *map(in_report, pair)]) in pdf


def in_report(row):
    words = [value_words(row.before, row.unit), value_words(row.after, row.unit), change_words(row.change, row.unit)]
    return " ".join([*words, detectable_words(row), SHORT_VERDICTS[row.verdict]])


def the_table_is_read_back(content, expected):
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert len(rows) == len(expected.rows)
    for read, row in zip(rows, expected.rows, strict=True):
        side = row.side.value if row.side is not None else ""
        assert (read["quantity"], read["name"], read["side"]) == (row.kind.value, row.name, side)
        assert (read["before_day"], read["after_day"]) == tuple(day.isoformat() for day in DAYS)
        assert read["verdict"] == row.verdict.value
        assert read["change"] == ("" if row.change is None else f"{row.change:.4f}")


def the_bundle_validates(course, path):
    """FHIR is made by the command line; the models of fhir.resources read it, and it names who judged."""
    from fhir.resources.R4B.bundle import Bundle

    folder = str(course.store.files.root)
    command = ["export", "fhir", "--patient", NUMBER, "--out", str(path), "--data-dir", folder, "--progress", "none"]
    outcome = CliRunner().invoke(command_line, command)
    assert outcome.exit_code == 0, outcome.output
    content = json.loads(path.read_text(encoding="utf-8"))
    bundle = Bundle.model_validate(content)
    kinds = [entry.resource.get_resource_type() for entry in bundle.entry]
    assert kinds.count("Encounter") == len(DAYS)
    assert kinds.count("Observation") > len(DAYS) * len(BRANCHES)
    assert CLINICIAN in json.dumps(content, ensure_ascii=False)


def downloaded(page, button):
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path()).read_bytes()


def erase(page, course):
    """Through the page; then neither a row nor a file is left of the patient, only entries of the audit trail."""
    store, patient = course.store, course.patient
    root = store.files.root
    assert traces(root, patient.id) - {"audit_events"}
    page.goto(f"/?patient={patient.id}")
    page.get_by_role("radio", name="Data requests").click()
    page.get_by_role("button", name="Erase this patient").click()
    page.get_by_label("Type the patient's name to confirm").fill(patient.name)
    page.get_by_role("button", name="Erase for ever").click()
    page.get_by_text("The patient is erased.").wait_for()
    proof = store.erasure_proof(patient.id)
    told = shown(page.locator(".st-key-erasure_proof"))
    assert patient.id in told
    assert f"No. {proof.audit_number}" in told
    assert "Left now" in told
    assert proof.complete
    assert proof.rows["visits"] == len(DAYS)
    assert traces(root, patient.id) == {"audit_events"}
    assert traces(root, CLINICIAN) == {"audit_events"}  # which tells who did what, not about whom
    for words in (patient.name, COMMENT):
        assert traces(root, words) == set()
        assert words.encode() not in (root / DATABASE).read_bytes()  # nor among what the database has freed


def traces(root, words):
    """Tables with a row, and files with a name or text, in which the words stand."""
    found = set()
    with closing(sqlite3.connect(root / DATABASE)) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            if any(words in str(value) for row in database.execute(f'select * from "{table}"') for value in row):
                found.add(table)
    for path in root.rglob("*"):
        inside = path.is_file() and path.name != DATABASE and words.encode() in path.read_bytes()
        if inside or words in path.name:
            found.add(path.relative_to(root).as_posix())
    return found
