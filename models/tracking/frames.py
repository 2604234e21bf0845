"""Faces in single pictures from a live camera, found in a process of its own.

A native crash, a hang or a picture that fills the memory of a decoder ends the child, never the server (reliability T11). Nothing
is kept of a picture once it is answered. ``frames_child`` is the other end of the pipe; both speak the messages below.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.errors import HemifaceError, InputError, NoFaceError, UnavailableError
from core.face.landmarks import MESH478_COUNT

LONGEST_SIDE_PX = 1280
MOST_BYTES = 400_000
MOST_PHOTO_BYTES = 8_000_000
PATIENCE_S = 30.0
ENDED_IDLE = 0
_ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "models.tracking.frames_child")
_LENGTHS = struct.Struct("<II")
_RETRY = "Try again; a new tracker is started for the next picture."

log = logging.getLogger("hemiface.frames")


@dataclass(frozen=True)
class FrameFaces:
    """What was found in one picture.

    Attributes:
        width, height: pixels of the picture as it is stored (a rotation in its metadata is not applied).
        faces: (478, 3) float32 MESH478 points in pixels (x right, y down, z away from the camera), largest face first, or the
            one that is followed.
        cheek_luminance: (2,) mean luminance of the first face's right and left cheek, 0 to 255, NaN for a cheek outside the
            picture; None without a face.
        sharpness: SD of the Laplacian of the first face in grey levels (``core.face.picture.sharpness``); None without a face.
    """

    width: int
    height: int
    faces: tuple[np.ndarray, ...]
    cheek_luminance: np.ndarray | None = None
    sharpness: float | None = None


class FrameWorker:
    """Finds faces in pictures; the child starts with the first one and again after it has crashed.

    Every session has a tracker of its own, since a tracker follows a face from picture to picture; of the least recently used
    sessions the trackers are closed. Calls from several threads are answered one after the other.

    Args:
        max_faces: how many faces are looked for.
        program: start of the child's command; another one in tests.
        patience_s: a picture that takes longer ends the child.
    """

    def __init__(self, max_faces: int = 2, *, program: Sequence[str] = PROGRAM, patience_s: float = PATIENCE_S) -> None:
        self._command = [*program, str(max_faces)]
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def start(self) -> None:
        """Start the child without waiting for it, so that the first picture does not have to."""
        with self._lock:
            if not self._closed:
                self._running()

    def detect(
        self, session: str, picture: bytes, *, near: tuple[float, float] | None = None, half_faces: bool = False
    ) -> FrameFaces:
        """Find the faces of a picture; blocks for some milliseconds, the first time for seconds.

        Args:
            session: whose pictures these are; they come in the order in which they were taken.
            picture: a JPEG or PNG file.
            near: pixels; the face whose middle is nearest to them comes first, instead of the largest.
            half_faces: track each half of the first face for itself, too (``core.half_faces``): three times the work.

        Raises:
            InputError: it is no such picture, or too large.
            UnavailableError: the tracker cannot run, or stopped at this picture.
        """
        _check_bytes(picture, MOST_BYTES)
        question = {"do": "detect", "session": session, "near": near, "half_faces": half_faces}
        head, points = self._asked(question, picture)
        return _faces(head, points)

    def photo(self, picture: bytes) -> np.ndarray:
        """(478, 3) points of the largest face of a picture that belongs to no video, by ``core.track_photo``.

        Args:
            picture: a JPEG or PNG file; PNG keeps every pixel.

        Raises:
            NoFaceError: there is no face in it.
            InputError, UnavailableError: as ``detect``.
        """
        _check_bytes(picture, MOST_PHOTO_BYTES)
        head, points = self._asked({"do": "photo"}, picture)
        return _faces(head, points).faces[0]

    def forget(self, session: str) -> None:
        """Close the tracker of a session; nothing happens when there is none."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                return
        self._asked({"do": "forget", "session": session}, b"")

    def close(self) -> None:
        """End the child for good; calling it twice is allowed."""
        with self._lock:
            self._closed = True
            self._end()

    def _asked(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            if self._closed:
                raise UnavailableError("The tracker for live pictures is closed.", code="tracker_unavailable")
            answer = self._exchanged(head, body)
            if answer is None and self._process is not None and self._process.wait() == ENDED_IDLE:
                answer = self._exchanged(head, body)  # it had nothing to do for long and went just now
            if answer is None:
                code = self._process.wait() if self._process is not None else None
                log.error("the tracker for live pictures ended with %s", code)
                self._end()
                raise UnavailableError(
                    "The tracker for live pictures stopped unexpectedly.", hint=_RETRY, code="tracker_crashed"
                )
        if "error" in answer[0]:
            raise _told(answer[0])
        return answer

    def _exchanged(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes] | None:
        """Question and answer, None when the child ended instead."""
        process = self._running()
        assert process.stdin is not None  # both asked for by PIPE
        assert process.stdout is not None
        too_long = threading.Timer(self._patience_s, process.kill)
        too_long.daemon = True
        too_long.start()
        try:
            write_message(process.stdin, head, body)
            answer = read_message(process.stdout)
        except OSError:
            answer = None
        finally:
            too_long.cancel()
        if answer is None:
            process.kill()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            try:
                # A session of its own: Ctrl-C in the server's terminal goes to the server. The pipe ends with the server,
                # however that ends, and the child with the pipe.
                self._process = subprocess.Popen(
                    self._command,
                    cwd=_ROOT,
                    env={**os.environ, "GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "3"},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as problem:
                raise UnavailableError(
                    "The tracker for live pictures cannot be started.", hint=_RETRY, code="tracker_unavailable"
                ) from problem
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not sent yet has no reader
                    continue


def write_message(pipe: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    """Write the lengths of both parts (2 uint32, little-endian), the head as JSON, and the body."""
    text = json.dumps(head).encode("utf-8")
    pipe.write(_LENGTHS.pack(len(text), len(body)) + text + body)
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Head and body of the next message, None at the end of the pipe."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_bytes, body_bytes = _LENGTHS.unpack(lengths)
    text, body = pipe.read(head_bytes), pipe.read(body_bytes)
    return (json.loads(text), body) if len(text) == head_bytes and len(body) == body_bytes else None


def _faces(head: dict[str, Any], points: bytes) -> FrameFaces:
    faces = np.frombuffer(points, "<f4").reshape(-1, MESH478_COUNT, 3).astype(np.float32)
    cheeks = head["cheek_luminance"]
    return FrameFaces(
        width=head["width"],
        height=head["height"],
        faces=tuple(faces),
        cheek_luminance=None if cheeks is None else np.array(cheeks, float),
        sharpness=head["sharpness"],
    )


def _check_bytes(picture: bytes, most: int) -> None:
    if len(picture) > most:
        raise InputError(
            f"The picture has {len(picture) // 1000} kB; up to {most // 1000} kB are taken.", code="picture_large"
        )


def _told(head: dict[str, Any]) -> HemifaceError:
    kinds = {"no_face": NoFaceError, "input": InputError, "unavailable": UnavailableError}
    kind = kinds[head["kind"]]
    return kind(head["error"], hint=head["hint"], code=head["code"])
