"""The database: safe journal, transactions that wait instead of failing, migrations that match the tables."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from core.errors import HemifaceError
from core.records import migrations
from core.records.database import Database, journal_mode
from core.records.tables import Base

PROCESSES, ROUNDS = 4, 25


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{(tmp_path / 'test.sqlite3').as_posix()}")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "DELETE"),
        ((3, 44, 5), "DELETE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "DELETE"),
        ((3, 50, 6), "DELETE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 0), "DELETE"),
        ((3, 51, 2), "DELETE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_journal_by_version(version, mode):
    """The write-ahead log only where its way to lose committed transactions is mended (reliability finding 4)."""
    assert journal_mode(version) == mode


def test_pragmas_of_every_connection(database):
    with database.read() as session:
        values = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "recursive_triggers",
                "secure_delete",
                "trusted_schema",
                "busy_timeout",
            )
        }
    assert values == {
        "journal_mode": journal_mode(sqlite3.sqlite_version_info[:3]).lower(),
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
        "busy_timeout": 5000,
    }


def test_migrations_make_exactly_the_tables(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_opening_again_keeps_the_data(database):
    with database.write() as session:
        session.execute(text("CREATE TABLE kept (n INTEGER)"))
        session.execute(text("INSERT INTO kept VALUES (7)"))
    again = Database(database.url.render_as_string(hide_password=False))
    with again.read() as session:
        assert session.execute(text("SELECT n FROM kept")).scalar() == 7


def test_a_newer_schema_is_refused_in_words(database):
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HemifaceError, match="newer version of Hemiface"):
        Database(database.url.render_as_string(hide_password=False))


def test_a_folder_that_is_none_is_told_in_words(tmp_path):
    with pytest.raises(HemifaceError, match="cannot be opened"):
        Database(f"sqlite:///{(tmp_path / 'missing' / 'x.sqlite3').as_posix()}")


def test_failed_write_leaves_nothing(database):
    def half() -> None:
        with database.write() as session:
            session.execute(text("CREATE TABLE half (n INTEGER)"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        half()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'half'")).scalar() == 0


def test_a_full_disk_is_told_in_words_and_leaves_nothing(database):
    def fill() -> None:
        with database.write() as session:
            session.execute(text("PRAGMA max_page_count = 1"))
            session.execute(text("CREATE TABLE large (content BLOB)"))
            session.execute(text("INSERT INTO large VALUES (zeroblob(10000000))"))

    with pytest.raises(HemifaceError, match="cannot be written"):
        fill()
    with database.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'large'")).scalar() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET who = 'somebody else'",
        "DELETE FROM audit_events",
        "INSERT OR REPLACE INTO audit_events SELECT number, at, 'somebody else', action, subject, subject_id, details "
        "FROM audit_events",
    ],
)
def test_audit_events_can_only_be_added(database, statement):
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO audit_events (at, who, action, subject, subject_id, details) "
                "VALUES ('2026-01-01', 'a', 'create', 'patient', '1', '{}')"
            )
        )
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement))
    with database.read() as session:
        assert session.execute(text("SELECT who FROM audit_events")).scalar() == "a"


def _count_up(url: str) -> None:
    database = Database(url)
    for _ in range(ROUNDS):
        with database.write() as session:
            number = session.execute(text("SELECT n FROM counter")).scalar_one()
            session.execute(text("UPDATE counter SET n = :n"), {"n": number + 1})


def test_processes_that_read_and_then_write_lose_nothing(database):
    """With plain BEGIN most of these are refused at once, whatever the busy timeout (reliability finding 5)."""
    with database.write() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    context = multiprocessing.get_context("spawn")
    url = database.url.render_as_string(hide_password=False)
    workers = [context.Process(target=_count_up, args=(url,)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    with database.read() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar() == PROCESSES * ROUNDS


def test_what_an_older_version_withdrew_stays_withdrawn_without_a_reason(tmp_path):
    url = f"sqlite:///{(tmp_path / 'old.sqlite3').as_posix()}"
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    old = create_engine(url)
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for statement in (
            "INSERT INTO patients VALUES ('p', 'A', '', 'a', NULL, 'left', '', NULL, '', 0, '2026-01-01', '2026-01-01')",
            "INSERT INTO visits VALUES ('v', 'p', '2026-01-01', '', '', '2026-01-01')",
            "INSERT INTO treatments VALUES ('t', 'p', '2026-01-01', 'steroid', '', '[]', 'a', '2026-01-01', '2026-01-02', 'b')",
            "INSERT INTO prom_totals VALUES ('q', 'v', 'SAQ', 1, '{}', 'a', '2026-01-01')",
        ):
            connection.execute(text(statement))
    old.dispose()
    upgraded = Database(url)
    with upgraded.read() as session:
        assert session.execute(text("SELECT withdrawn_by, withdrawn_reason FROM treatments")).all() == [("b", "")]
        assert session.execute(text("SELECT who, reason FROM prom_totals")).all() == [("a", "")]
        assert session.execute(text("SELECT count(*) FROM consents")).scalar() == 0
    upgraded.close()
