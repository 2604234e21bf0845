"""The app as users start it, on a free port and a data folder of its own, for tests that look at it from outside."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_PATIENCE_S = 90
# Streamlit 1.60 tells with a stack trace that a browser went away while its WebSocket was being opened.
STREAMLITS_OWN = re.compile(
    r"^[^\n]*Exception in ASGI application\n(?:(?!\d{4}-\d\d-\d\d )[^\n]*\n)*?"
    r"[^\n]*in _websocket_endpoint\n(?:(?!\d{4}-\d\d-\d\d )[^\n]*\n)*?"
    r"[^\n]*WebSocketDisconnect(?:(?!\d{4}-\d\d-\d\d )[^\n]*\n)*",
    re.MULTILINE,
)


@contextmanager
def running_app(folder: Path, *, preparation: str = "") -> Iterator[int]:
    """Port of a running app; when it ends, its log must not hold a stack trace.

    Args:
        folder: for its data and its log.
        preparation: Python that the server runs before it starts, e.g. to put stand-ins in the place of networks.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    start = f"import sys\n{preparation}\nfrom streamlit.web.cli import main\nsys.argv[0] = 'streamlit'\nmain()"
    program = ["-c", start] if preparation else ["-m", "streamlit"]
    command = [sys.executable, *program, *arguments]
    environment = {**os.environ, "HEMIFACE_DATA_DIR": str(folder / "data")}
    log = folder / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=sink)
    try:
        _wait(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)
    told = STREAMLITS_OWN.sub("", log.read_text(encoding="utf-8"))
    assert "Traceback" not in told, told


def get(port: int, path: str, **headers: str) -> tuple[int, Message, bytes]:
    """(status, headers, body) of a GET."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            get(port, "/_stcore/health")
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the app did not start: {log.read_text(encoding='utf-8')}")
