"""Whole records written beside the pages: one at a time a patient, cancelled without a trace, and gone when nobody fetches them."""

import threading
import time
import zipfile

import pytest

from core.errors import Cancelled, HemifaceError
from core.records.export_work import ExportState, PatientExports
from tests.record_samples import PATIENCE_S


@pytest.fixture
def exports(store):
    made = PatientExports(store)
    yield made
    made.close()


def left(store):
    return list(store.files.incoming.iterdir())


def test_an_export_is_read_and_discarded(store, patient, exports):
    assert exports.status(patient.id) is None
    status = exports.start(patient.id, wait_s=PATIENCE_S)
    content = exports.read(patient.id)
    assert (status.state, status.size_bytes) == (ExportState.READY, len(content))
    assert zipfile.is_zipfile(left(store)[0] / "patient.zip")
    exports.discard(patient.id)
    assert left(store) == []
    with pytest.raises(HemifaceError, match="gone"):
        exports.read(patient.id)


def test_a_second_start_goes_on_with_the_first_and_cancelling_leaves_nothing(monkeypatch, store, patient, exports):
    begun, calls = threading.Event(), []

    def slow(_store, _patient_id, target, *, progress, cancelled):
        calls.append(target)
        target.write_bytes(b"half")
        progress(1, 4)
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled

    monkeypatch.setattr(type(store), "export_patient", slow)
    exports.start(patient.id)
    assert begun.wait(PATIENCE_S)
    assert exports.start(patient.id).progress == 0.25
    exports.cancel(patient.id)
    end = time.monotonic() + PATIENCE_S
    while exports.status(patient.id).state is ExportState.RUNNING and time.monotonic() < end:
        time.sleep(0.01)
    assert exports.status(patient.id).state is ExportState.CANCELLED
    assert len(calls) == 1
    exports.discard(patient.id)  # waits for the end of the thread
    assert left(store) == []


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (HemifaceError("The disk is full.", hint="Make room."), "The disk is full."),
        (ValueError("Anna"), "unexpectedly"),
    ],
)
def test_a_failure_is_one_sentence_and_leaves_nothing(monkeypatch, store, patient, exports, problem, words):
    def fail(*_args, **_options):
        raise problem

    monkeypatch.setattr(type(store), "export_patient", fail)
    status = exports.start(patient.id, wait_s=PATIENCE_S)
    assert status.state is ExportState.FAILED
    assert words in status.error
    assert "Anna" not in status.error
    exports.discard(patient.id)  # waits for the end of the thread
    assert left(store) == []


def test_a_file_that_nobody_fetches_is_removed(store, patient):
    exports = PatientExports(store, kept_s=0.05)
    exports.start(patient.id, wait_s=PATIENCE_S)
    end = time.monotonic() + PATIENCE_S
    while (exports.status(patient.id) is not None or left(store)) and time.monotonic() < end:
        time.sleep(0.01)
    assert exports.status(patient.id) is None
    assert left(store) == []


def test_an_unknown_patient_is_told(exports):
    status = exports.start("0" * 32, wait_s=PATIENCE_S)
    assert status.state is ExportState.FAILED
    assert "not in the records" in status.error
