"""The database: engine, transactions and migrations, for SQLite and for a server such as PostgreSQL (reliability T12)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from core.errors import HemifaceError

BUSY_TIMEOUT_MS = 5000
_MIGRATION_LOCK = 0x48454D49  # any constant: the key of PostgreSQL's advisory lock
# Releases of SQLite in which the WAL-reset bug is mended: from 3.51.3 on, and late 3.50 and 3.44 (reliability finding 4).
_WAL_MENDED_FROM = (3, 51, 3)
_WAL_MENDED_SERIES = {(3, 50): 7, (3, 44): 6}


def journal_mode(version: tuple[int, int, int]) -> str:
    """ "WAL" where this release of SQLite cannot lose committed transactions with it, else the rollback journal "DELETE"."""
    series_patch = _WAL_MENDED_SERIES.get(version[:2])
    mended = version >= _WAL_MENDED_FROM or (series_patch is not None and version[2] >= series_patch)
    return "WAL" if mended else "DELETE"


class Database:
    """One database, migrated to the newest schema when opened.

    Args:
        url: SQLAlchemy URL.

    Raises:
        HemifaceError: it cannot be opened, or a newer version of the program wrote it.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite_engine() if self.is_sqlite else create_engine(self.url, pool_pre_ping=True)
        # BEGIN IMMEDIATE for every transaction that may write: a transaction that starts as a reader is refused at once
        # when it wants to write after someone else did, whatever the busy timeout (reliability finding 5).
        self._writer = self.engine.execution_options(hemiface_write=True)
        with _told("The database cannot be opened."):
            self._migrate()

    def _sqlite_engine(self) -> Engine:
        # One short-lived connection a transaction: none is shared by threads, and none is left open in a child process.
        engine = create_engine(self.url, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; nothing is committed."""
        with _told("The database cannot be read."), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at the end of the block and rolled back when it raises."""
        with (
            _told("The database cannot be written."),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def erase_leftovers(self) -> None:
        """Clear deleted rows from the write-ahead log, where they would stay readable (reliability finding 14)."""
        if self.is_sqlite and journal_mode(sqlite3.sqlite_version_info[:3]) == "WAL":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def close(self) -> None:
        self.engine.dispose()

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        folder = Path(__file__).parent / "migrations"
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        with self._writer.begin() as connection:
            self._lock_schema(connection)
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as problem:
                raise HemifaceError(
                    "This data folder was written by a newer version of Hemiface.",
                    hint="Update Hemiface, or point HEMIFACE_DATA_DIR to another folder.",
                    code="database_newer",
                ) from problem

    def _lock_schema(self, connection: Connection) -> None:
        """Two programs that start together must not migrate together; on SQLite, BEGIN IMMEDIATE is that lock already."""
        if self.url.get_backend_name() == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


@contextmanager
def _told(sentence: str) -> Iterator[None]:
    """Tell in one sentence that the database is out of reach, locked for too long, or out of space."""
    try:
        yield
    except (OperationalError, InterfaceError) as problem:
        raise HemifaceError(
            sentence,
            hint="Check that the data folder is there and writable and that the disk is not full (see: cli.py doctor).",
            code="database",
        ) from problem


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # None stops the driver from opening transactions of its own; _begin_sqlite opens them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"journal_mode={journal_mode(sqlite3.sqlite_version_info[:3])}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "secure_delete=ON",
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("hemiface_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
