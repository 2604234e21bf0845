"""What a database is and holds, found out without migrating it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, make_url, select, text
from sqlalchemy.exc import InterfaceError, OperationalError

from core.errors import HemifaceError
from core.records.tables import Base
from core.settings import Settings


@dataclass(frozen=True)
class DatabaseOverview:
    """What ``look_at_database`` found.

    Attributes:
        location: address of the database, without a password.
        journal_mode: how SQLite keeps its journal ("wal" or "delete"); None for a server, which sees to it itself.
        revision: name of the schema that the database has; None when there is no database yet.
        newest_revision: name of the schema that this version of the program has.
        rows: number of rows by table; empty unless the schema is the newest.
    """

    location: str
    journal_mode: str | None
    revision: str | None
    newest_revision: str
    rows: dict[str, int]


def look_at_database(settings: Settings) -> DatabaseOverview:
    """Look at the database of an installation; nothing is made or changed.

    Raises:
        HemifaceError: the database cannot be read.
    """
    url = make_url(settings.resolved_database_url)
    location, newest = url.render_as_string(), newest_revision()
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and not (url.database and Path(url.database).is_file()):  # connecting would make an empty one
        return DatabaseOverview(location, None, None, newest, {})
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            mode = connection.execute(text("PRAGMA journal_mode")).scalar_one() if is_sqlite else None
            revision = _revision(connection)
            rows = _rows(connection) if revision == newest else {}
    except (OperationalError, InterfaceError) as problem:
        raise HemifaceError(
            "The database cannot be read.",
            hint="Check that the data folder is there and readable (see: cli.py doctor).",
            code="database",
        ) from problem
    finally:
        engine.dispose()
    return DatabaseOverview(location, mode, revision, newest, rows)


def newest_revision() -> str:
    """Name of the schema that this version of the program has."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory(str(Path(__file__).parent / "migrations")).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Base.metadata.sorted_tables
    }
