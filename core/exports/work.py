"""Exports being written beside the pages: how far they are, cancelling, and the file until it is fetched."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp

from core.errors import Cancelled, HemifaceError
from core.exports.examinations import LeftOut, Progress
from core.records.files import DataFolder

KEPT_S = 15 * 60.0
_CRASH = "The export stopped unexpectedly."

log = logging.getLogger("hemiface.exports")


class ExportState(StrEnum):
    """Life of an export: running -> ready, failed or cancelled."""

    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Made:
    """What an export has written.

    Attributes:
        path: the file, in the folder that the export was given.
        mime: its type.
        contents: what is in it, in a few words for people.
        left_out: what is not, and why.
    """

    path: Path
    mime: str
    contents: str = ""
    left_out: tuple[LeftOut, ...] = ()


Make = Callable[[Path, Progress, Callable[[], bool]], Made]
"""Writes an export into a folder; tells how far it is and asks whether it was cancelled, then raises Cancelled."""


@dataclass(frozen=True)
class ExportStatus:
    """How far an export is.

    Attributes:
        stage: what is being done, one word; empty until something is told.
        done, total: steps of the stage; total is None until it is known.
        made, size_bytes: the file that is ready.
        error, hint: why it failed, one sentence each.
    """

    state: ExportState
    stage: str = ""
    done: int = 0
    total: int | None = None
    made: Made | None = None
    size_bytes: int = 0
    error: str = ""
    hint: str = ""

    @property
    def progress(self) -> float:
        """0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass
class _Work:
    folder: Path
    patients: frozenset[str]
    status: ExportStatus = field(default_factory=lambda: ExportStatus(ExportState.RUNNING))
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    expiry: threading.Timer | None = None


class ExportWork:
    """Exports of all sessions of a server, at most one a name.

    A file holds data of patients, so it lies in the data folder only until it is discarded, at the latest after ``kept_s``. The
    threads never touch Streamlit.

    Args:
        files: the data folder.
        kept_s: seconds that a file waits to be fetched.
    """

    def __init__(self, files: DataFolder, kept_s: float = KEPT_S) -> None:
        self._files, self.kept_s = files, kept_s
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}

    def start(self, name: str, make: Make, *, patients: Collection[str], wait_s: float = 0.0) -> ExportStatus:
        """Begin an export, and wait up to ``wait_s`` seconds for it; one of this name that runs already goes on.

        Args:
            name: under which it is asked for; whoever knows it can fetch the file.
            make: writes it.
            patients: ids of all whose data are in it; with the erasure of one of them it is discarded.
            wait_s: seconds.
        """
        with self._lock:
            work = self._works.get(name)
            running = work is not None and work.status.state is ExportState.RUNNING
        if work is None or not running:
            self.discard(name)
            work = _Work(Path(mkdtemp(dir=self._files.incoming, prefix="export-")), frozenset(patients))
            with self._lock:
                self._works[name] = work
            threading.Thread(target=self._run, args=(name, make, work), name="export", daemon=True).start()
        work.ended.wait(wait_s)
        return work.status

    def status(self, name: str) -> ExportStatus | None:
        """The newest export of this name; None when there is none, or when its file was discarded."""
        with self._lock:
            work = self._works.get(name)
        return None if work is None else work.status

    def read(self, name: str) -> bytes:
        """The file; raises HemifaceError when there is none (any more)."""
        status = self.status(name)
        try:
            if status is not None and status.made is not None:
                return status.made.path.read_bytes()
        except FileNotFoundError:  # discarded meanwhile
            pass
        raise HemifaceError("This export is gone.", hint="Prepare it again.", code="export_gone")

    def cancel(self, name: str) -> None:
        """End an export that runs; nothing of it is kept."""
        with self._lock:
            work = self._works.get(name)
        if work is not None:
            work.cancelled.set()

    def discard(self, name: str) -> None:
        """End an export that runs, and remove its file; nothing of it is left when this returns."""
        with self._lock:
            work = self._works.pop(name, None)
        if work is None:
            return
        work.cancelled.set()
        work.ended.wait()
        if work.expiry is not None:
            work.expiry.cancel()
        shutil.rmtree(work.folder, ignore_errors=True)

    def discard_patient(self, patient_id: str) -> None:
        """Discard every export that holds data of a patient."""
        with self._lock:
            names = [name for name, work in self._works.items() if patient_id in work.patients]
        for name in names:
            self.discard(name)

    def close(self) -> None:
        """Discard all of them."""
        with self._lock:
            known = list(self._works)
        for name in known:
            self.discard(name)

    def _run(self, name: str, make: Make, work: _Work) -> None:
        def advance(stage: str, done: int, total: int | None) -> None:
            work.status = ExportStatus(ExportState.RUNNING, stage, done, total)

        try:
            made = make(work.folder, advance, work.cancelled.is_set)
            size = made.path.stat().st_size
            work.status = ExportStatus(ExportState.READY, made=made, size_bytes=size)
            work.expiry = threading.Timer(self.kept_s, self._expire, (name, work))
            work.expiry.daemon = True
            work.expiry.start()
        except Cancelled:
            work.status = ExportStatus(ExportState.CANCELLED)
        except HemifaceError as problem:
            work.status = ExportStatus(ExportState.FAILED, error=problem.message, hint=problem.hint)
        except Exception:  # whatever it was must be told on the page, and leave no half file
            log.exception("export %s", name)
            work.status = ExportStatus(ExportState.FAILED, error=_CRASH, hint="Try again.")
        finally:
            if work.status.state is not ExportState.READY:
                shutil.rmtree(work.folder, ignore_errors=True)
            work.ended.set()

    def _expire(self, name: str, work: _Work) -> None:
        with self._lock:
            if self._works.get(name) is work:
                del self._works[name]
        shutil.rmtree(work.folder, ignore_errors=True)
