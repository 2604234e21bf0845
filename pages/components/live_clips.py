"""Clips of the simulated patient for the live view: made once by a child process, kept in the data folder."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import UnavailableError
from core.exam.protocol import Expression
from core.phantom.live_clip import clip_name
from core.records.child import ChildProcess, Outcome, Progress

PROGRAM = (sys.executable, "-m", "core.phantom.live_clip")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class _Making:
    child: ChildProcess
    thread: threading.Thread


class LiveClips:
    """Finds the clip of a movement, or has it made; one child at a time.

    Args:
        folder: where the clips lie.
        program: start of the command that makes them; another one in tests.
    """

    def __init__(self, folder: Path, program: Sequence[str] = PROGRAM) -> None:
        self._folder = folder
        self._program = tuple(program)
        self._lock = threading.Lock()
        self._making: _Making | None = None
        self._progress = Progress()
        self._failed: Outcome | None = None
        self._closed = False

    def find(self, movement: Expression) -> Path | float:
        """The clip, or the part of it that is made, 0 to 1; the first call starts the making.

        Raises:
            UnavailableError: it could not be made; the next call tries again.
        """
        path = self._folder / clip_name(movement)
        with self._lock:
            if path.is_file():
                return path
            failed, self._failed = self._failed, None
            if failed is not None:
                raise UnavailableError(
                    f"The simulated patient could not be made. {failed.error}".strip(),
                    hint=failed.hint,
                    code="live_clip",
                )
            if self._making is None and not self._closed:
                self._start(movement)
            progress = self._progress
        if progress.stage != movement.value or not progress.frames_total:
            return 0.0
        return progress.frames_done / progress.frames_total

    def close(self) -> None:
        """End the child; what is half made is made anew the next time."""
        with self._lock:
            self._closed = True
            making = self._making
        if making is not None:
            making.child.cancel()
            making.thread.join(timeout=5)
            making.child.kill()

    def _start(self, movement: Expression) -> None:
        command = [*self._program, str(self._folder), movement.value]
        child = ChildProcess(command, _ROOT, self._note)
        thread = threading.Thread(target=self._run, args=(child,), name="live-clips", daemon=True)
        self._progress = Progress()
        self._making = _Making(child, thread)
        thread.start()

    def _note(self, progress: Progress) -> None:
        self._progress = progress

    def _run(self, child: ChildProcess) -> None:
        try:
            outcome = child.run()
        except OSError:
            outcome = Outcome(-1)
        with self._lock:
            self._making = None
            if outcome.code != 0 and not child.cancelled:
                self._failed = outcome
