"""Patients' whole records being written beside the pages: how far they are, cancelling, and the file until it is fetched."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp

from core.errors import Cancelled, HemifaceError
from core.records.store import Store

KEPT_S = 15 * 60.0
_FILE = "patient.zip"
_CRASH = "The export stopped unexpectedly."

log = logging.getLogger("hemiface.exports")


class ExportState(StrEnum):
    """Life of an export: running -> ready, failed or cancelled."""

    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class ExportStatus:
    """How far an export is.

    Attributes:
        done_bytes, total_bytes: of the patient's files; total is None until it is known.
        size_bytes: of the file that is ready, else 0.
        error, hint: why it failed, one sentence each.
    """

    state: ExportState
    done_bytes: int = 0
    total_bytes: int | None = None
    size_bytes: int = 0
    error: str = ""
    hint: str = ""

    @property
    def progress(self) -> float:
        """0 to 1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0


@dataclass
class _Work:
    folder: Path
    status: ExportStatus = field(default_factory=lambda: ExportStatus(ExportState.RUNNING))
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    expiry: threading.Timer | None = None


class PatientExports:
    """Exports of whole records, at most one a patient, for all sessions of a server.

    A file names its patient, so it lies in the data folder only until it is discarded, at the latest after ``kept_s``. The
    threads never touch Streamlit.

    Args:
        store: the records.
        kept_s: seconds that a file waits to be fetched.
    """

    def __init__(self, store: Store, kept_s: float = KEPT_S) -> None:
        self._store, self.kept_s = store, kept_s
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}

    def start(self, patient_id: str, wait_s: float = 0.0) -> ExportStatus:
        """Begin an export, and wait up to ``wait_s`` seconds for it; one that runs already goes on."""
        with self._lock:
            work = self._works.get(patient_id)
            running = work is not None and work.status.state is ExportState.RUNNING
        if work is None or not running:
            self.discard(patient_id)
            work = _Work(Path(mkdtemp(dir=self._store.files.incoming, prefix="export-")))
            with self._lock:
                self._works[patient_id] = work
            threading.Thread(target=self._run, args=(patient_id, work), name="patient-export", daemon=True).start()
        work.ended.wait(wait_s)
        return work.status

    def status(self, patient_id: str) -> ExportStatus | None:
        """The newest export of a patient; None when there is none, or when its file was discarded."""
        with self._lock:
            work = self._works.get(patient_id)
        return None if work is None else work.status

    def read(self, patient_id: str) -> bytes:
        """The zip file; raises HemifaceError when there is none (any more)."""
        with self._lock:
            work = self._works.get(patient_id)
        try:
            if work is not None:
                return (work.folder / _FILE).read_bytes()
        except FileNotFoundError:  # discarded meanwhile
            pass
        raise HemifaceError("This export is gone.", hint="Prepare it again.", code="export_gone")

    def cancel(self, patient_id: str) -> None:
        """End an export that runs; nothing of it is kept."""
        with self._lock:
            work = self._works.get(patient_id)
        if work is not None:
            work.cancelled.set()

    def discard(self, patient_id: str) -> None:
        """End an export that runs, and remove its file; nothing of it is left when this returns."""
        with self._lock:
            work = self._works.pop(patient_id, None)
        if work is None:
            return
        work.cancelled.set()
        work.ended.wait()
        if work.expiry is not None:
            work.expiry.cancel()
        shutil.rmtree(work.folder, ignore_errors=True)

    def close(self) -> None:
        """Discard all of them."""
        with self._lock:
            known = list(self._works)
        for patient_id in known:
            self.discard(patient_id)

    def _run(self, patient_id: str, work: _Work) -> None:
        def advance(done: int, total: int) -> None:
            work.status = ExportStatus(ExportState.RUNNING, done, total)

        try:
            made = self._store.export_patient(
                patient_id, work.folder / _FILE, progress=advance, cancelled=work.cancelled.is_set
            )
            work.status = ExportStatus(ExportState.READY, size_bytes=made.size_bytes)
            work.expiry = threading.Timer(self.kept_s, self._expire, (patient_id, work))
            work.expiry.daemon = True
            work.expiry.start()
        except Cancelled:
            work.status = ExportStatus(ExportState.CANCELLED)
        except HemifaceError as problem:
            work.status = ExportStatus(ExportState.FAILED, error=problem.message, hint=problem.hint)
        except Exception:  # whatever it was must be told on the page, and leave no half file
            log.exception("export of patient %s", patient_id)
            work.status = ExportStatus(ExportState.FAILED, error=_CRASH, hint="Try again.")
        finally:
            if work.status.state is not ExportState.READY:
                shutil.rmtree(work.folder, ignore_errors=True)
            work.ended.set()

    def _expire(self, patient_id: str, work: _Work) -> None:
        with self._lock:
            if self._works.get(patient_id) is work:
                del self._works[patient_id]
        shutil.rmtree(work.folder, ignore_errors=True)
