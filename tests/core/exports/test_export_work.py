"""Exports beside the pages: one at a time a name, cancelled without a trace, gone when nobody fetches them, and what they write."""

import io
import threading
import time
import zipfile

import pytest

from core.errors import Cancelled, HemifaceError
from core.exports.formats import TableFormat, TidyTable
from core.exports.prepared import fhir, patient_record, research, tables
from core.exports.tidy import DICTIONARY, read_tidy
from core.exports.work import ExportState, ExportWork, Made
from tests.record_samples import PATIENCE_S

NAME = "a name"


@pytest.fixture
def work(clinic):
    made = ExportWork(clinic.store.files)
    yield made
    made.close()
    assert left(clinic) == []


def left(clinic):
    return list(clinic.store.files.incoming.iterdir())


def until(met):
    end = time.monotonic() + PATIENCE_S
    while not met() and time.monotonic() < end:
        time.sleep(0.01)
    assert met()


def simple(folder, _progress, _cancelled):
    (folder / "made.zip").write_bytes(b"content")
    return Made(folder / "made.zip", "application/zip", "one thing")


def test_an_export_is_read_and_discarded(clinic, work):
    assert work.status(NAME) is None
    status = work.start(NAME, simple, patients=[], wait_s=PATIENCE_S)
    assert (status.state, status.size_bytes, status.made.contents) == (ExportState.READY, 7, "one thing")
    assert work.read(NAME) == b"content"
    work.discard(NAME)
    assert work.status(NAME) is None
    assert left(clinic) == []
    with pytest.raises(HemifaceError, match="gone"):
        work.read(NAME)


def test_a_second_start_goes_on_with_the_first_and_cancelling_leaves_nothing(clinic, work):
    begun, calls = threading.Event(), []

    def slow(folder, progress, cancelled):
        calls.append(folder)
        (folder / "half").write_bytes(b"half")
        progress("exporting", 1, 4)
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled

    work.start(NAME, slow, patients=[])
    assert begun.wait(PATIENCE_S)
    status = work.start(NAME, slow, patients=[])
    assert (status.stage, status.done, status.total, status.progress) == ("exporting", 1, 4, 0.25)
    with pytest.raises(HemifaceError, match="gone"):  # nothing is to be had before it is ready
        work.read(NAME)
    work.cancel(NAME)
    until(lambda: work.status(NAME).state is ExportState.CANCELLED)
    assert len(calls) == 1
    work.discard(NAME)  # waits for the end of the thread
    assert left(clinic) == []


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (HemifaceError("The disk is full.", hint="Make room."), "The disk is full."),
        (ValueError("Anna"), "unexpectedly"),
    ],
)
def test_a_failure_is_one_sentence_and_leaves_nothing(clinic, work, problem, words):
    def fail(folder, _progress, _cancelled):
        (folder / "half").write_bytes(b"half")
        raise problem

    status = work.start(NAME, fail, patients=[], wait_s=PATIENCE_S)
    assert status.state is ExportState.FAILED
    assert words in status.error
    assert "Anna" not in status.error
    assert left(clinic) == []


def test_a_file_that_nobody_fetches_is_removed(clinic):
    work = ExportWork(clinic.store.files, kept_s=0.05)
    work.start(NAME, simple, patients=[], wait_s=PATIENCE_S)
    until(lambda: work.status(NAME) is None and left(clinic) == [])


def test_the_erasure_of_a_patient_takes_every_export_that_holds_data_of_that_patient(clinic, work):
    for name, patients in (("one", ["a"]), ("both", ["a", "b"]), ("other", ["b"])):
        work.start(name, simple, patients=patients, wait_s=PATIENCE_S)
    work.discard_patient("a")
    assert [work.status(name) is not None for name in ("one", "both", "other")] == [False, False, True]
    assert len(left(clinic)) == 1


def ready(work, make):
    """The status of an export that must succeed, and its bytes."""
    status = work.start(NAME, make, patients=[], wait_s=PATIENCE_S)
    assert status.state is ExportState.READY, status.error
    return status, work.read(NAME)


def test_a_whole_record(clinic, work):
    patient_id = clinic.store.visit(clinic.visits[0]).patient_id
    status, content = ready(work, patient_record(clinic.store, patient_id))
    assert status.made.path.name == f"hemiface_patient_{patient_id[:8]}.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "records/patients.json" in archive.namelist()
    failed = work.start("other", patient_record(clinic.store, "0" * 32), patients=[], wait_s=PATIENCE_S)
    assert failed.state is ExportState.FAILED
    assert "not in the records" in failed.error


@pytest.mark.parametrize("form", TableFormat)
def test_tables_as_a_zip(clinic, work, tmp_path, form):
    make = tables(clinic.store, clinic.visits, names=[TidyTable.MEASURES, TidyTable.CHANGES], form=form)
    status, content = ready(work, make)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == sorted([DICTIONARY, f"changes.{form}", f"measures.{form}"])
        archive.extractall(tmp_path)
    rows = read_tidy(tmp_path / f"measures.{form}")
    assert set(rows["visit_id"].to_pylist()) == set(clinic.visits)
    assert f"measures.{form} with {rows.num_rows:,} rows" in status.made.contents
    assert clinic.store.audit_events(limit=1)[0].details["kind"] == "tidy"


def test_cancelled_tables_leave_no_trace_in_the_audit_trail(clinic, work):
    """Also while they are packed: nothing has left the records then."""
    before = clinic.store.audit_events(limit=1)
    make = tables(clinic.store, clinic.visits[:1], names=[TidyTable.MEASURES], form=TableFormat.CSV)

    def stopped(folder, progress, cancelled):
        stages = []

        def told(stage, done, total):
            stages.append(stage)
            progress(stage, done, total)

        return make(folder, told, lambda: cancelled() or "packing" in stages)

    status = work.start(NAME, stopped, patients=[], wait_s=PATIENCE_S)
    assert (status.state, left(clinic)) == (ExportState.CANCELLED, [])
    assert clinic.store.audit_events(limit=1) == before


def test_research_data(clinic, work):
    make = research(clinic.store, clinic.visits, form=TableFormat.CSV, with_video=False, consent=False)
    status, content = ready(work, make)
    assert status.made.contents == "2 patients, 3 visits, 3 recordings, without videos"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.read("participants.tsv").decode().splitlines()) == 3


def test_fhir_with_reports_tells_of_those_that_cannot_be_made(clinic, work, monkeypatch):
    from core.reports import from_store

    making, refused = from_store.report_of_visit, clinic.visits[0]

    def report(store, visit_id, **options):
        if visit_id == refused:
            raise HemifaceError("Right and left of this video were changed after its analysis.", code="report_sides")
        return making(store, visit_id, **options)

    monkeypatch.setattr(from_store, "report_of_visit", report)
    status, content = ready(work, fhir(clinic.store, clinic.visits[:2], with_reports=True))
    assert content.count(b"presentedForm") == 1
    assert "1 PDF report" in status.made.contents
    assert [(entry.what, entry.reason) for entry in status.made.left_out] == [
        (f"report of visit {refused}", "Right and left of this video were changed after its analysis.")
    ]
