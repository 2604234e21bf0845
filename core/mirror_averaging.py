"""Tracking a frame and its mirror image, and averaging both: a mesh tracker is not mirror-equivariant (reference B7)."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from core.follow import Follower, Place
from core.tracking import FaceObservation, FaceTracker, TrackerFactory
from core.video.reader import Frame

# Two runs that place the face further apart than this, in face sizes, saw different things.
_SAME_FACE = 0.3


@dataclass(frozen=True)
class Tracked:
    """What was found in one frame.

    Attributes:
        points: (N, 3) pixels, or None without a face.
        uncertainty: (N,) pixels, half the distance of the two runs in the picture; None when there was only one.
    """

    points: np.ndarray | None
    uncertainty: np.ndarray | None = None


NOTHING = Tracked(None)


@dataclass(frozen=True)
class Detection:
    """A frame that was tracked forwards and is, perhaps still, being tracked flipped."""

    frame: Frame
    faces: list[FaceObservation]
    flipped: Future[list[FaceObservation]] | None


class MirrorAveraging:
    """One tracker, or with ``average`` two, the second on flipped frames in a thread of its own. A context manager.

    Args:
        factory: which tracker.
        max_faces: how many faces each tracker looks for.
        start: where the followed face is at first, or None for the only face.
        average: track flipped frames, too.
    """

    def __init__(
        self, factory: TrackerFactory, *, max_faces: int = 1, start: Place | None = None, average: bool = True
    ) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="flipped") if average else None
        self._trackers: list[FaceTracker] = []
        try:
            for _ in range(2 if average else 1):
                self._trackers.append(factory.create(max_faces=max_faces))
        except BaseException:
            self.close()
            raise
        self.info = self._trackers[0].info
        self.scheme = self._trackers[0].scheme
        self._followers = [Follower(start, alone=max_faces == 1) for _ in self._trackers]

    def detect(self, frame: Frame) -> Detection:
        """Track a frame; the flipped run goes on in its thread until ``merge`` asks for it."""
        flipped = self._thread.submit(self._detect_flipped, frame) if self._thread is not None else None
        return Detection(frame, self._trackers[0].detect(frame.image, frame.time_s), flipped)

    def _detect_flipped(self, frame: Frame) -> list[FaceObservation]:
        faces = self._trackers[1].detect(cv2.flip(frame.image, 1), frame.time_s)
        # In float64, so that the average of a flipped video is the flipped average and not nearly so.
        found = [face.points.astype(np.float64) for face in faces]
        return [FaceObservation(self.scheme.flip(points, frame.image.shape[1])) for points in found]

    def merge(self, detection: Detection) -> Tracked:
        """The followed face of a frame; frames must come in order.

        Found by one run only, its points are taken as they are with uncertainty NaN. Found in different places, the frame has
        no face.
        """
        time_s = detection.frame.time_s
        forward = self._followers[0].pick(detection.faces, time_s)
        if detection.flipped is None:
            return Tracked(forward.points) if forward is not None else NOTHING
        flipped = self._followers[1].pick(detection.flipped.result(), time_s)
        if forward is not None and flipped is not None:
            return _average(forward, flipped)
        only = forward if forward is not None else flipped
        if only is None:
            return NOTHING
        return Tracked(only.points, np.full(self.scheme.count, np.nan, np.float32))

    def close(self) -> None:
        """Stop the thread and free the trackers; calling it twice is allowed."""
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)
        for tracker in self._trackers:
            tracker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _average(one: FaceObservation, other: FaceObservation) -> Tracked:
    if Place.of(one).distance(Place.of(other)) > _SAME_FACE:
        return NOTHING
    difference = one.points.astype(np.float64) - other.points
    return Tracked(other.points + difference / 2, np.linalg.norm(difference[:, :2], axis=1) / 2)
