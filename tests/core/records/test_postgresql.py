"""The same store on PostgreSQL; needs an empty database in HEMIFACE_TEST_DATABASE_URL (and a driver, e.g. pg8000)."""

import io
import os
import threading
from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.records import PatientDetails, PatientSort, Store
from core.records.tables import Base
from core.settings import Settings

URL = os.environ.get("HEMIFACE_TEST_DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="HEMIFACE_TEST_DATABASE_URL names no PostgreSQL database")


@pytest.fixture
def store(tmp_path):
    opened = Store.open(Settings(data_dir=tmp_path / "data", database_url=URL))
    yield opened
    opened.close()


def test_store_on_a_server(store):
    with store.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    patient = store.create_patient(PatientDetails("Jürgen Müller", "47"))
    visit = store.create_visit(patient.id, date(2026, 1, 2))
    recording = store.add_recording(visit.id, io.BytesIO(b"abc"), "a.mp4")
    for sort in PatientSort:
        assert store.patients("muller", sort=sort).rows[0].last_visit == date(2026, 1, 2)
    job = store.create_job("analyse", recording_id=recording.id)
    assert store.change_job(job.id, stage="tracking")
    assert store.latest_jobs(visit.id, "analyse")[recording.id].stage == "tracking"
    store.delete_patient(patient.id)
    assert store.patients("muller").total == 0


def test_writers_side_by_side_get_numbers_of_their_own(store):
    visit = store.create_visit(store.create_patient(PatientDetails("A")).id, date(2026, 1, 2))
    recording = store.add_recording(visit.id, io.BytesIO(b"abc"), "a.mp4")
    segment = Segment(expression=Expression.SNARL, start_s=0, end_s=1)
    writers = [
        threading.Thread(target=lambda: [store.save_segments(recording.id, [segment]) for _ in range(10)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.segments(recording.id).version == 40


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_events SET who = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
)
def test_audit_events_can_only_be_added(store, statement):
    store.create_patient(PatientDetails("A"))
    with pytest.raises(DBAPIError, match="append-only"), store.database.write() as session:
        session.execute(text(statement))
