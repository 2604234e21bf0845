"""What every part of the store shares: the database, the data folder, the clock, and who is working."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy.orm import Session

from core.errors import HemifaceError
from core.records.database import Database
from core.records.files import DataFolder
from core.records.tables import AuditRow, Base

RowT = TypeVar("RowT", bound=Base)


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """A random id: 32 hexadecimal characters."""
    return uuid4().hex


def account_name() -> str:
    """Name of the operating system's account, which is the identity on a single clinician's computer."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such account, e.g. an arbitrary user id in a container
        return "unknown"


@dataclass(frozen=True)
class Records:
    """Base of the parts of the store.

    Attributes:
        database: where the rows are.
        files: where recordings, tracks and results are.
        who: written into the audit events.
    """

    database: Database
    files: DataFolder
    who: str

    def _note(self, session: Session, action: str, subject: str, subject_id: str, **details: Any) -> None:
        """Append an audit event in the same transaction as what it tells of; ``details`` must hold no personal data."""
        session.add(
            AuditRow(at=now(), who=self.who, action=action, subject=subject, subject_id=subject_id, details=details)
        )


def find(session: Session, row_type: type[RowT], row_id: str, what: str) -> RowT:
    """The row with this id; raises HemifaceError when it is not (or no longer) there."""
    row = session.get(row_type, row_id)
    if row is None:
        raise not_found(what)
    return row


def not_found(what: str) -> HemifaceError:
    """The error for an id that is not (or no longer) in the records."""
    return HemifaceError(
        f"This {what} is not in the records.", hint="It may have been deleted; go back to Patients.", code="not_found"
    )
