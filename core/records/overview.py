"""What a database is and holds, found out without migrating it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError

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
        is_newer: a newer version of the program wrote the database.
        rows: number of rows by table; empty unless the schema is the newest.
    """

    location: str
    journal_mode: str | None
    revision: str | None
    newest_revision: str
    is_newer: bool
    rows: dict[str, int]


def look_at_database(settings: Settings) -> DatabaseOverview:
    """Look at the database of an installation; nothing is made or changed.

    Raises:
        HemifaceError: the database cannot be read.
    """
    url = make_url(settings.resolved_database_url)
    location, known = url.render_as_string(), known_revisions()
    newest = known[0]
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and not (url.database and Path(url.database).is_file()):  # connecting would make an empty one
        return DatabaseOverview(location, None, None, newest, False, {})
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            mode = connection.execute(text("PRAGMA journal_mode")).scalar_one() if is_sqlite else None
            revision = _revision(connection)
            rows = _rows(connection) if revision == newest else {}
    except DBAPIError as problem:
        raise HemifaceError(
            "The database cannot be read.",
            hint="Check that the data folder is there and readable (see: cli.py doctor).",
            code="database",
        ) from problem
    finally:
        engine.dispose()
    is_newer = revision is not None and revision not in known
    return DatabaseOverview(location, mode, revision, newest, is_newer, rows)


def known_revisions() -> list[str]:
    """Names of the schemas that this version of the program knows, newest first."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    return [script.revision for script in scripts.walk_revisions()]


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Base.metadata.sorted_tables
    }
