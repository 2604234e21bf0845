"""The commands ``db info`` and ``db upgrade``."""

from __future__ import annotations

from core.records.overview import look_at_database
from core.settings import Settings


def info(settings: Settings) -> None:
    """Print where the database is, its schema and how much it holds; nothing is changed. Raises HemifaceError."""
    found = look_at_database(settings)
    print(f"Data folder   {settings.data_dir}")
    print(f"Database      {found.location}")
    if found.revision is None:
        print("There is no database yet; it is made when the app starts, or by: python cli.py db upgrade")
        return
    if found.journal_mode is not None:
        print(f"Journal mode  {found.journal_mode}")
    print(f"Schema        {found.revision}")
    if found.is_newer:
        print("A newer version of Hemiface wrote this database: update Hemiface.")
    elif found.revision != found.newest_revision:
        print(f"This version of Hemiface has the schema {found.newest_revision}: python cli.py db upgrade")
    for name, count in found.rows.items():
        print(f"{name.replace('_', ' ').capitalize():<14}{count}")


def upgrade(settings: Settings) -> None:
    """Bring the database to the schema of this version, or make it, and print what was done. Raises HemifaceError."""
    from core.records import Store

    before = look_at_database(settings).revision
    Store.open(settings).close()  # opening migrates
    after = look_at_database(settings).revision
    if before is None:
        print(f"Made the database with the schema {after}.")
    elif before == after:
        print(f"The schema is the newest already: {after}.")
    else:
        print(f"Upgraded the schema from {before} to {after}.")
