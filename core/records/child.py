"""A command in a process of its own: a native crash, a hang or a memory leak there leaves the server alone (reliability T11).

The command tells its progress on standard error, one JSON object a line: ``{"frames_done": 120, "frames_total": 900,
"seconds_left": 12.5, "stage": "tracking"}``, and a problem that may be shown as ``{"error": ..., "hint": ...}``. It ends with 0
when it is done, and with 2 when the input cannot be used; then its last plain line is taken for the sentence where there is no
such object. Any other end without one is a crash.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

CANCEL_PATIENCE_S = 10.0
_TAIL_LINES = 40
# Lines of glog and absl ("W0000 00:00 ...", "INFO: ..."), of Python warnings, and of a usage message are not the sentence.
_NOISE = re.compile(r"^([WIEF]\d{4} |INFO:|WARNING|DEBUG|Usage:|Try |[│╭╰]|\s)|Warning: ")

log = logging.getLogger("hemiface.jobs")


@dataclass(frozen=True)
class Progress:
    """How far a job is; ``frames_total`` and ``seconds_left`` are None while unknown."""

    frames_done: int = 0
    frames_total: int | None = None
    seconds_left: float | None = None
    stage: str = "starting"


@dataclass(frozen=True)
class Outcome:
    """How a child ended: its code, and the sentence that may be shown, where it gave one."""

    code: int
    error: str = ""
    hint: str = ""


class ChildProcess:
    """Runs one command; ``run`` blocks, ``cancel`` may be called from another thread.

    Args:
        command: program and arguments.
        folder: working directory of the child.
        on_progress: called in the thread of ``run`` with every report.
    """

    def __init__(self, command: Sequence[str], folder: Path, on_progress: Callable[[Progress], None]) -> None:
        self._command = list(command)
        self._folder = folder
        self._on_progress = on_progress
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.cancelled = False

    def run(self, on_start: Callable[[int], None] = lambda _pid: None) -> Outcome:
        """Start the command, read its reports until it ends, and say how it ended; ``on_start`` gets its process id."""
        with self._lock:
            if self.cancelled:
                return Outcome(-1)
            # A session of its own: Ctrl-C in the server's terminal goes to the server, which ends its children in order.
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "3"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        on_start(self._process.pid)
        error, hint, tail = self._follow(self._process)
        code = self._process.wait()
        if code not in (0, 2) and not self.cancelled:
            log.error("child %s ended with %s; its last lines:\n%s", self._process.pid, code, "\n".join(tail))
        if code == 2 and not error:
            sentences = [line for line in tail if line and not _NOISE.search(line)]
            error = sentences[-1] if sentences else ""
        return Outcome(code, error.strip(), hint.strip())

    def _follow(self, process: subprocess.Popen[str]) -> tuple[str, str, deque[str]]:
        error = hint = ""
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        assert process.stderr is not None  # asked for by PIPE
        for line in process.stderr:
            report = _parse(line)
            if report is None:
                tail.append(line.rstrip())
            elif "error" in report:
                error, hint = str(report["error"]), str(report.get("hint") or "")
            else:
                self._on_progress(_progress(report))
        return error, hint, tail

    def cancel(self) -> None:
        """Ask the child to end, and end it by force when it has not done so after ``CANCEL_PATIENCE_S``."""
        with self._lock:
            self.cancelled = True
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            timer = threading.Timer(CANCEL_PATIENCE_S, self.kill)
            timer.daemon = True
            timer.start()

    def kill(self) -> None:
        """End the child at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def _parse(line: str) -> dict[str, object] | None:
    """The JSON object of a line; a native library may have left the end of its own line in front of it."""
    start = line.find('{"')
    if start < 0:
        return None
    try:
        report = json.loads(line[start:])
    except json.JSONDecodeError:
        return None
    return report if isinstance(report, dict) else None


def _progress(report: dict[str, object]) -> Progress:
    def number(name: str) -> float | None:
        value = report.get(name)
        return float(value) if isinstance(value, int | float) and value == value and value >= 0 else None

    done, total = number("frames_done"), number("frames_total")
    return Progress(
        frames_done=int(done or 0),
        frames_total=int(total) if total else None,
        seconds_left=number("seconds_left"),
        stage=str(report.get("stage") or "")[:120],
    )
