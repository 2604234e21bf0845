"""A tracker for tests of everything around trackers: it finds coloured squares and puts the neutral face over each of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from core.errors import UnavailableError
from core.face.landmarks import MESH478, LandmarkScheme
from core.tracking import FaceObservation, TrackerInfo
from core.video.writer import VideoWriter
from tests.synthetic import neutral_face

WIDTH, HEIGHT = 320, 240
BIAS_PX = 3.0


@dataclass(frozen=True)
class Square:
    """A square "face": centre and side in pixels, brightness 0 to 255."""

    x: float
    y: float
    side: float
    level: int = 220


def square_clip(path: Path, frames: Sequence[Sequence[Square]], fps: float = 30.0) -> Path:
    """A clip that shows the given squares in every frame."""
    with VideoWriter(path, WIDTH, HEIGHT, fps, crf=5) as writer:
        for squares in frames:
            image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            for square in squares:
                low = np.round([square.x - square.side / 2, square.y - square.side / 2]).astype(int)
                high = np.round([square.x + square.side / 2, square.y + square.side / 2]).astype(int)
                cv2.rectangle(image, low.tolist(), high.tolist(), (square.level,) * 3, -1)
            writer.write(image)
    return path


class SquareTracker:
    """Finds bright squares; like a real tracker it is not mirror-equivariant: every point lies 3 px too far to the right."""

    scheme: LandmarkScheme = MESH478

    def __init__(self, factory: SquareTrackerFactory, max_faces: int) -> None:
        self.info = TrackerInfo("squares", "1", "0" * 64)
        self._factory = factory
        self._max_faces = max_faces
        self._thread: int | None = None
        self._last_s = -1.0

    def detect(self, image: np.ndarray, time_s: float) -> list[FaceObservation]:
        thread = threading.get_ident()
        assert self._thread in (None, thread), "one tracker object was used by two threads"
        assert time_s > self._last_s, "frames must come in order"
        self._thread, self._last_s = thread, time_s
        self._factory.detections += 1
        if self._factory.fails_at_s is not None and time_s >= self._factory.fails_at_s:
            raise RuntimeError("the graph broke")
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        _, _, stats, _ = cv2.connectedComponentsWithStats((grey > 100).astype(np.uint8))
        boxes = sorted(stats[1:], key=lambda box: box[4], reverse=True)[: self._max_faces]
        return [FaceObservation(self._points(*box[:4])) for box in boxes if box[4] > 50]

    def _points(self, left: float, top: float, width: float, height: float) -> np.ndarray:
        face = neutral_face()
        centre, extent = (face.min(axis=0) + face.max(axis=0)) / 2, np.ptp(face[:, 0])
        points = (face - centre) * [1, -1, -1] * (width / extent)
        middle = [left + (width - 1) / 2 + BIAS_PX, top + (height - 1) / 2, 0]
        return (points + middle).astype(np.float32)

    def close(self) -> None:
        self._factory.open.discard(id(self))


@dataclass
class SquareTrackerFactory:
    """Counts its trackers that are open, the most faces asked for, and all detections."""

    name: str = "squares"
    reason: str | None = None
    fails_at_s: float | None = None
    open: set[int] = field(default_factory=set)
    asked_faces: list[int] = field(default_factory=list)
    detections: int = 0

    def unavailable_reason(self) -> str | None:
        return self.reason

    def create(self, max_faces: int = 1) -> SquareTracker:
        if self.reason is not None:
            raise UnavailableError(self.reason)
        tracker = SquareTracker(self, max_faces)
        self.open.add(id(tracker))
        self.asked_faces.append(max_faces)
        return tracker
