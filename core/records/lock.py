"""A lock on a file that one program can hold at a time; the system takes it back however the program ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.records.files import disk_errors

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def sole_holder(path: Path) -> Iterator[bool]:
    """Whether this program is the only one within such a block; the file is made where it is missing, and stays.

    Raises:
        HemifaceError: the file cannot be made.
    """
    with disk_errors():
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _taken(handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        _lock(handle)
    except (BlockingIOError, PermissionError):  # held by another: the former on Linux and macOS, the latter on Windows
        return False
    except OSError:  # some network folders know no locks: better without one than not at all
        return True
    return True
