"""Keeping native libraries off standard error, where the command line tells its progress."""

from __future__ import annotations

import faulthandler
import io
import os
import sys
import tempfile
from typing import IO

_STDERR = 2


_diverted: IO[bytes] | None = None


def divert_native_logs() -> None:
    """From now on only Python writes to standard error of this process; the rest goes to a temporary file.

    MediaPipe 0.10.21 logs whatever its log level is set to, until a start-up call that Python cannot make. So the file
    descriptor is moved: for a whole program, once, at its start. Nothing is done without a usable standard error.
    """
    global _diverted  # a process has one standard error
    try:
        sys.stderr.flush()
        ours = os.dup(_STDERR)
    except (OSError, AttributeError):  # closed, or a Windows program without a console
        return
    _diverted = tempfile.TemporaryFile()  # noqa: SIM115 - open until the program ends
    os.dup2(_diverted.fileno(), _STDERR)
    sys.stderr = io.TextIOWrapper(
        os.fdopen(ours, "wb"), encoding=sys.stderr.encoding, errors="backslashreplace", line_buffering=True
    )
    faulthandler.enable(sys.stderr)  # a native crash still tells where it happened


def native_logs(lines: int = 40) -> str:
    """The last lines that native libraries wrote since ``divert_native_logs``, for a report of something broken."""
    if _diverted is None:
        return ""
    _diverted.seek(0)
    return "\n".join(_diverted.read().decode(errors="replace").splitlines()[-lines:])
