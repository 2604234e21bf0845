"""The look at a database: true numbers, nothing made or changed, and words for what is missing, old, new or broken."""

import sqlite3

import pytest

from core.errors import HemifaceError
from core.records import Store
from core.records.overview import known_revisions, look_at_database
from core.settings import Settings

FILE = "hemiface.sqlite3"


def set_revision(settings, revision):
    with sqlite3.connect(settings.data_dir / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


def test_no_database_is_said_and_none_is_made(settings):
    found = look_at_database(settings)
    assert (found.revision, found.journal_mode, found.rows, found.is_newer) == (None, None, {}, False)
    assert found.newest_revision == known_revisions()[0]
    assert not settings.data_dir.exists()


def test_rows_are_counted_by_table(settings, store, patient, visit, recording):
    store.save_segments(recording.id, [])
    store.create_visit(patient.id, visit.day)
    found = look_at_database(settings)
    assert found.rows == {
        "patients": 1,
        "visits": 2,
        "recordings": 1,
        "segment_sets": 1,
        "landmark_sets": 0,
        "analyses": 0,
        "analysis_summaries": 0,
        "treatments": 0,
        "judgements": 0,
        "prom_totals": 0,
        "consents": 0,
        "jobs": 0,
        "invitations": 0,
        "captures": 0,
        "audit_events": len(store.audit_events()),
    }
    assert found.revision == found.newest_revision == known_revisions()[0]
    assert found.location.endswith(FILE)
    assert found.journal_mode in ("wal", "delete")


@pytest.mark.usefixtures("patient")
def test_looking_changes_nothing(settings):
    before = {path: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()}
    look_at_database(settings)
    assert {path: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()} == before
    assert before


@pytest.mark.usefixtures("store")
def test_a_schema_of_a_newer_version_is_recognised_and_its_rows_are_not_read(settings):
    set_revision(settings, "9999")
    found = look_at_database(settings)
    assert (found.revision, found.is_newer, found.rows) == ("9999", True, {})


@pytest.mark.usefixtures("store")
def test_a_schema_of_before_is_not_taken_for_a_newer_one(settings, monkeypatch):
    monkeypatch.setattr("core.records.overview.known_revisions", lambda: ["next", *known_revisions()])
    found = look_at_database(settings)
    assert (found.revision, found.newest_revision, found.is_newer) == (known_revisions()[0], "next", False)
    assert found.rows == {}


def test_an_empty_file_is_no_database_yet(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / FILE).touch()
    assert look_at_database(settings).revision is None
    Store.open(settings).close()
    assert look_at_database(settings).revision == known_revisions()[0]


@pytest.mark.parametrize("content", [b"not a database, but long enough to look like one " * 40, b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_told_in_words(settings, content):
    settings.data_dir.mkdir()
    (settings.data_dir / FILE).write_bytes(content + bytes(200))
    with pytest.raises(HemifaceError) as problem:
        look_at_database(settings)
    assert problem.value.message == "The database cannot be read."
    assert "doctor" in problem.value.hint


def test_the_address_of_a_server_is_told_without_its_password(settings, store, monkeypatch):
    """The server itself is played by the SQLite file."""
    monkeypatch.setattr("core.records.overview.create_engine", lambda _url: store.database.engine)
    url = "postgresql://clinic:secret@db.clinic.example/hemiface"
    found = look_at_database(Settings(data_dir=settings.data_dir, database_url=url))
    assert found.location == "postgresql://clinic:***@db.clinic.example/hemiface"
    assert found.journal_mode is None
    assert found.revision == found.newest_revision
