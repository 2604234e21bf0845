"""What one server has once: settings, store, jobs, exports, media grants, live tracker; shared by all sessions and ASGI routes."""

from __future__ import annotations

import atexit
import logging
import threading
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler

from core.exports.work import ExportWork
from core.records.runner import JobRunner
from core.records.store import Store
from core.settings import Settings, load_settings
from models.tracking.frames import FrameWorker
from pages.components.capture_grants import CaptureGrants
from pages.components.grants import MediaGrants
from pages.components.home_sessions import AttemptLimit, HomeSessions
from pages.components.live_clips import LiveClips

_LOG_BYTES = 1_000_000


@dataclass(frozen=True)
class Installation:
    """Immutable or thread-safe parts only: sessions of several users share it (reliability T10)."""

    settings: Settings
    store: Store
    runner: JobRunner
    grants: MediaGrants
    clips: LiveClips
    exports: ExportWork
    capture_grants: CaptureGrants = field(default_factory=CaptureGrants)
    frames: FrameWorker = field(default_factory=FrameWorker)
    home_sessions: HomeSessions = field(default_factory=HomeSessions)
    home_attempts: AttemptLimit = field(default_factory=AttemptLimit)

    def close(self) -> None:
        self.frames.close()
        self.clips.close()
        self.runner.close()
        self.exports.close()
        self.store.close()


_lock = threading.Lock()
_current: Installation | None = None


def installation() -> Installation:
    """The installation of this process, opened at the first call; raises HemifaceError when it cannot be opened."""
    global _current
    settings = load_settings()
    with _lock:
        if _current is None or _current.settings != settings:
            if _current is not None:
                _current.close()
            _current = _open(settings)
        return _current


def close_installation() -> None:
    """End the jobs and close the store, when the server stops."""
    global _current
    with _lock:
        if _current is not None:
            _current.close()
        _current = None


atexit.register(close_installation)


def _open(settings: Settings) -> Installation:
    store = Store.open(settings)
    _log_to_file(store, settings.role)
    store.clean_up()
    runner = JobRunner(store, workers=settings.parallel_analyses)
    clips = LiveClips(store.files.root / "cache" / "live")
    return Installation(settings, store, runner, MediaGrants(), clips, ExportWork(store.files))


def _log_to_file(store: Store, role: str) -> None:
    folder = store.files.root / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    logger = logging.getLogger("hemiface")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    # Two servers on one data folder, one of each role, must not turn over one file.
    name = "hemiface.log" if role == "clinic" else f"hemiface-{role}.log"
    handler = RotatingFileHandler(folder / name, maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
