"""Keeping native libraries off standard error, where the command line tells its progress."""

from __future__ import annotations

import faulthandler
import io
import os
import sys
import tempfile
from typing import IO

_STDERR = 2


def divert_native_logs() -> IO[bytes] | None:
    """From now on only Python writes to standard error of this process; the rest goes to the returned temporary file.

    MediaPipe 0.10.21 logs whatever its log level is set to, until a start-up call that Python cannot make. So the file
    descriptor is moved: for a whole program, once, at its start. None, and nothing done, without a usable standard error.
    """
    try:
        sys.stderr.flush()
        ours = os.dup(_STDERR)
    except (OSError, AttributeError):  # closed, or a Windows program without a console
        return None
    diverted = tempfile.TemporaryFile()  # noqa: SIM115 - open until the program ends
    os.dup2(diverted.fileno(), _STDERR)
    sys.stderr = io.TextIOWrapper(
        os.fdopen(ours, "wb"), encoding=sys.stderr.encoding, errors="backslashreplace", line_buffering=True
    )
    faulthandler.enable(sys.stderr)  # a native crash still tells where it happened
    return diverted


def last_lines(diverted: IO[bytes] | None, count: int = 20) -> str:
    """The last lines that native libraries wrote, for a report of something broken."""
    if diverted is None:
        return ""
    diverted.seek(0)
    return "\n".join(diverted.read().decode(errors="replace").splitlines()[-count:])
