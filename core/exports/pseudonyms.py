"""Pseudonyms and shifted dates of research exports: keyed, so that the clinic can find a patient again and nobody else can.

The key lies in the data folder and never leaves it. The same patient has the same pseudonym in every export of one installation;
without the key neither the id nor the true date can be computed, not even by trying all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

from core.errors import HemifaceError
from core.records.files import DataFolder, disk_errors

KEY_FILE = "research.key"
_KEY_BYTES = 32
_LENGTH = 12  # hexadecimal digits: two of 10,000 patients agree with a chance of one in five million
# At least 110 years back, as BIDS wants it of anonymised data (before 1925): no shifted date is taken for a true one.
_LEAST_DAYS, _SPREAD_DAYS = 40_177, 3_652


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonyms under one key.

    Attributes:
        key: 32 random bytes.
    """

    key: bytes = field(repr=False)

    @classmethod
    def open(cls, files: DataFolder) -> Self:
        """With the key of an installation, which is made when it is first needed.

        Raises:
            HemifaceError: the key cannot be read or written, or is damaged.
        """
        path = files.root / KEY_FILE
        with disk_errors():
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                text = path.read_text(encoding="ascii", errors="replace").strip()
            else:
                text = secrets.token_hex(_KEY_BYTES)
                with os.fdopen(handle, "w", encoding="ascii") as stream:
                    stream.write(text + "\n")
                    stream.flush()
                    os.fsync(stream.fileno())
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise HemifaceError(
                f"The key of research exports ({KEY_FILE} in the data folder) is damaged.",
                hint="Restore it from a backup; with a new key, patients get other pseudonyms.",
                code="research_key",
            )
        return cls(key)

    def of(self, kind: str, identity: str) -> str:
        """12 hexadecimal digits that stand for an id of one kind ("patient", "recording" ...)."""
        return self._digest(kind, identity).hex()[:_LENGTH]

    def shift_days(self, patient_id: str) -> int:
        """By how many days the dates of a patient go back: the same for all of them, so that their distances stay."""
        number = int.from_bytes(self._digest("days", patient_id)[:8], "big")
        return _LEAST_DAYS + number % (_SPREAD_DAYS + 1)

    def shifted(self, patient_id: str, day: date) -> date:
        """The date that stands for a true one."""
        return day - timedelta(days=self.shift_days(patient_id))

    def _digest(self, kind: str, identity: str) -> bytes:
        return hmac.new(self.key, f"{kind}:{identity}".encode(), hashlib.sha256).digest()
