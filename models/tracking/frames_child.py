"""The process behind ``FrameWorker``: reads pictures from standard input, answers with landmarks on standard output.

It ends when standard input ends, so also when the server was killed, and after ``IDLE_S`` without a question.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from core.errors import HemifaceError, InputError, NoFaceError
from core.face.picture import cheek_luminance, sharpness
from core.tracking import FaceTracker
from models.tracking.frames import ENDED_IDLE, LONGEST_SIDE_PX, read_message, write_message

if TYPE_CHECKING:
    from core.half_faces import HalfFaces

MOST_TRACKERS = 6
IDLE_S = 600.0
_NO_PICTURE = "This is no JPEG or PNG picture."
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
# Start of frame, every kind of JPEG; the other markers from C0 to CF are tables.
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass
class _Video:
    """The trackers of one session: pictures of one size, the whole face, and its halves once they are asked for."""

    size: tuple[int, int]
    whole: FaceTracker
    halves: HalfFaces | None = None

    def close(self) -> None:
        self.whole.close()
        if self.halves is not None:
            self.halves.close()


class Trackers:
    """Trackers for every session, those of the least recently used ones closed."""

    def __init__(self, max_faces: int) -> None:
        self._max_faces = max_faces
        self._open: OrderedDict[str, _Video] = OrderedDict()

    def detect(
        self, session: str, image: np.ndarray, near: Sequence[float] | None = None, half_faces: bool = False
    ) -> list[np.ndarray]:
        """(478, 3) points of the faces in the next picture of a session; a picture of another size starts another video.

        Arguments as in ``FrameWorker.detect``.
        """
        size = (image.shape[1], image.shape[0])
        if session in self._open and self._open[session].size != size:
            self.forget(session)
        if session not in self._open:
            while len(self._open) >= MOST_TRACKERS:
                self.forget(next(iter(self._open)))
            self._open[session] = _Video(size, _new_tracker(self._max_faces))
        self._open.move_to_end(session)
        video = self._open[session]
        faces = [face.points for face in video.whole.detect(image, 0.0)]
        if near is not None:
            faces.sort(key=lambda points: float(np.linalg.norm(points[:, :2].mean(axis=0) - near)))
        if half_faces and faces:
            faces[0] = _by_halves(video, image, faces[0])
        return faces

    def forget(self, session: str) -> None:
        """Close the trackers of a session, if there are any."""
        if session in self._open:
            self._open.pop(session).close()


def _by_halves(video: _Video, image: np.ndarray, points: np.ndarray) -> np.ndarray:
    from core.half_faces import HalfFaces
    from core.mirror_averaging import Tracked
    from core.video.reader import Frame
    from models.tracking import tracker_factory

    if video.halves is None:
        video.halves = HalfFaces(tracker_factory())
    found = video.halves.finish(video.halves.begin(Frame(0.0, image), Tracked(points)))
    return points if found.points is None else found.points


def _photo(image: np.ndarray) -> np.ndarray:
    from core.track_photo import track_photo
    from models.tracking import tracker_factory

    found = track_photo(image, tracker_factory())
    assert found.points is not None  # it raises where there is no face
    return found.points


def _kind(problem: HemifaceError) -> str:
    if isinstance(problem, NoFaceError):
        return "no_face"
    return "input" if isinstance(problem, InputError) else "unavailable"


def _new_tracker(max_faces: int) -> FaceTracker:
    from models.tracking import tracker_factory

    return tracker_factory().create(max_faces)


def picture_size(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels as the head of a JPEG or PNG says, before anything of it is decoded.

    Raises:
        InputError: the bytes are no such picture.
    """
    if picture.startswith(_PNG) and picture[12:16] == b"IHDR" and len(picture) >= 24:
        return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    if picture.startswith(_JPEG):
        at = 2
        while at + 9 <= len(picture) and picture[at] == 0xFF:
            marker = picture[at + 1]
            if marker in _JPEG_SIZES:
                height, width = picture[at + 5 : at + 7], picture[at + 7 : at + 9]
                return int.from_bytes(width, "big"), int.from_bytes(height, "big")
            # A fill byte before a marker stands alone.
            at += 1 if marker == 0xFF else 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
    raise InputError(_NO_PICTURE, code="no_picture")


def decoded(picture: bytes) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a JPEG or PNG; raises InputError when it is none or too large."""
    import cv2

    width, height = picture_size(picture)
    if not 1 <= min(width, height) <= max(width, height) <= LONGEST_SIDE_PX:
        raise InputError(
            f"The picture has {width} x {height} pixels; up to {LONGEST_SIDE_PX} a side are taken.",
            code="picture_large",
        )
    try:
        image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        image = None
    if image is None:
        raise InputError(_NO_PICTURE, code="no_picture")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def answered(trackers: Trackers, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """The answer to one question."""
    try:
        if head["do"] == "forget":
            trackers.forget(head["session"])
            return {}, b""
        image = decoded(body)
        if head["do"] == "photo":
            faces = [_photo(image)]
        else:
            faces = trackers.detect(head["session"], image, head["near"], head["half_faces"])
    except HemifaceError as problem:
        return {"error": problem.message, "hint": problem.hint, "code": problem.code, "kind": _kind(problem)}, b""
    told: dict[str, Any] = {
        "width": image.shape[1],
        "height": image.shape[0],
        "cheek_luminance": None,
        "sharpness": None,
    }
    if faces:
        told["cheek_luminance"] = cheek_luminance(image, faces[0]).tolist()
        told["sharpness"] = sharpness(image, faces[0])
    return told, b"".join(points.astype("<f4").tobytes() for points in faces)


def main(max_faces: int) -> None:
    """Answer until nobody asks any more."""
    questions: queue.Queue[tuple[dict[str, Any], bytes]] = queue.Queue(1)
    answers = _private_output()
    threading.Thread(target=_read, args=(sys.stdin.buffer, questions), daemon=True).start()
    with suppress(ImportError):  # told in words by the first tracker that is asked for
        import mediapipe.python.solutions.face_mesh  # noqa: F401 - while the first picture is still under way
    trackers = Trackers(max_faces)
    while True:
        try:
            head, body = questions.get(timeout=IDLE_S)
        except queue.Empty:
            os._exit(ENDED_IDLE)
        write_message(answers, *answered(trackers, head, body))


def _read(pipe: BinaryIO, questions: queue.Queue[tuple[dict[str, Any], bytes]]) -> None:
    # In a thread, so that the end of the server is seen while a tracker hangs.
    while (question := read_message(pipe)) is not None:
        questions.put(question)
    os._exit(ENDED_IDLE)


def _private_output() -> BinaryIO:
    """Standard output for the answers alone: what native libraries print goes where their errors go."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(int(sys.argv[1]))
