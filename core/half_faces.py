"""Each half of the face tracked for itself, so that neither can borrow the other's movement (hemifacial mirroring, reference C4).

A landmark model that learned from symmetric faces lets a moving half pull the still half along. So two pictures are made of
every frame, the right half with its own reflection and the left half with its own reflection; both show a symmetric face, which the
model follows well, and each gives the points of one side. Flipping the video swaps the two pictures, so the sides are treated
alike by construction. Points on the midline and all depths stay those of the whole face.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from core.face.canonical import CANONICAL_VERTEX_COUNT, canonical_vertices_mm
from core.face.landmarks import MESH478, mesh_regions
from core.mirror_averaging import Tracked
from core.tracking import FaceTracker, TrackerFactory
from core.video.reader import Frame
from core.words import SIDES, Side

# Pairs whose middle lies on the midline of the face whatever the mouth does: canthi, temples and preauricular points.
_MIDLINE_PAIRS = ((133, 362), (33, 263), (127, 356), (234, 454))
_MIDLINE_POINTS = (168, 6)
_CROP_MARGIN = 0.35
# A half that lies further than this from the whole face, in widths of the face, was tracked wrongly.
_SAME_FACE = 0.12


def _points_of_side() -> dict[Side, np.ndarray]:
    x = canonical_vertices_mm()[:, 0]
    members = {}
    for side in SIDES:
        lateral = np.zeros(MESH478.count, dtype=bool)
        lateral[:CANONICAL_VERTEX_COUNT] = side.lateral_sign * x > 1e-6
        eye = mesh_regions(side)
        lateral[[eye.iris_centre, eye.iris_nasal, eye.iris_top, eye.iris_temporal, eye.iris_bottom]] = True
        members[side] = lateral
    return members


_OF_SIDE = _points_of_side()


@dataclass(frozen=True)
class Midline:
    """Where the facial midline runs in a picture.

    Attributes:
        origin: (2,) pixels, a point on it between the eyes.
        to_upright: (2, 2) rotation that makes it vertical.
        reach: (left and right, above, below) pixels of the upright crop around the origin.
    """

    origin: np.ndarray
    to_upright: np.ndarray
    reach: tuple[int, int, int]

    @classmethod
    def of(cls, points: np.ndarray) -> Midline:
        """From MESH478 points (478, 3) of the whole face."""
        middles = [(points[a, :2] + points[b, :2]) / 2 for a, b in _MIDLINE_PAIRS]
        origin = np.mean([*middles, *(points[i, :2] for i in _MIDLINE_POINTS)], axis=0)
        across = points[263, :2] - points[33, :2]
        cos, sin = across / np.linalg.norm(across)
        to_upright = np.array([[cos, sin], [-sin, cos]])
        upright = (points[:, :2] - origin) @ to_upright.T
        width = float(np.abs(upright[:, 0]).max())
        margin = 2 * _CROP_MARGIN * width
        reach = (width + margin, margin - upright[:, 1].min(), upright[:, 1].max() + margin)
        # In steps of 16 pixels, so that the crop does not change its size with every breath.
        half, above, below = (int(-(-float(pixels) // 16) * 16) for pixels in reach)
        return cls(origin, to_upright, (half, above, below))

    def upright(self, image: np.ndarray) -> np.ndarray:
        """(above + below, 2 half, 3) crop in which the midline is vertical and halfway between the two middle columns."""
        half, above, below = self.reach
        target = np.array([half - 0.5, above])
        matrix = np.column_stack([self.to_upright, target - self.to_upright @ self.origin])
        return cv2.warpAffine(
            image, matrix, (2 * half, above + below), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    def in_picture(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) pixels of the picture from pixels of the crop."""
        half, above, _ = self.reach
        return (points - [half - 0.5, above]) @ self.to_upright + self.origin


@dataclass(frozen=True)
class PendingHalves:
    """A frame whose halves are being tracked."""

    frame: Frame
    whole: Tracked
    midline: Midline | None
    halves: dict[Side, Future[np.ndarray | None]]


class HalfFaces:
    """Two trackers, one a half, each in a thread of its own. A context manager.

    Args:
        factory: which tracker; its scheme must be MESH478.
    """

    def __init__(self, factory: TrackerFactory) -> None:
        self._threads = {side: ThreadPoolExecutor(1, thread_name_prefix=f"{side} half") for side in SIDES}
        self._trackers: dict[Side, FaceTracker] = {}
        try:
            for side in SIDES:
                self._trackers[side] = factory.create(max_faces=1)
        except BaseException:
            self.close()
            raise

    def begin(self, frame: Frame, whole: Tracked) -> PendingHalves:
        """Start tracking the halves of a frame whose whole face is known; frames must come in order."""
        if whole.points is None:
            return PendingHalves(frame, whole, None, {})
        midline = Midline.of(whole.points)
        upright = midline.upright(frame.image)
        jobs = {side: self._threads[side].submit(self._track, side, upright, frame.time_s) for side in SIDES}
        return PendingHalves(frame, whole, midline, jobs)

    def _track(self, side: Side, upright: np.ndarray, time_s: float) -> np.ndarray | None:
        """(2, 478, 2) crop pixels: what was found in the symmetric picture of this half, and the same mirrored."""
        half = upright.shape[1] // 2
        own = upright[:, :half] if side is Side.RIGHT else upright[:, half:]
        parts = [own, own[:, ::-1]] if side is Side.RIGHT else [own[:, ::-1], own]
        faces = self._trackers[side].detect(np.ascontiguousarray(np.concatenate(parts, axis=1)), time_s)
        if not faces:
            return None
        points = faces[0].points
        return np.stack([points[:, :2], MESH478.flip(points, upright.shape[1])[:, :2]])

    def finish(self, pending: PendingHalves) -> Tracked:
        """The whole face with the lateral points of both halves; a half that was lost keeps the whole face's points, with
        uncertainty NaN."""
        whole = pending.whole
        if whole.points is None or pending.midline is None:
            return whole
        points = np.array(whole.points)
        uncertainty = np.zeros(len(points), np.float32) if whole.uncertainty is None else np.array(whole.uncertainty)
        width = float(np.ptp(points[:, 0]))
        for side, job in pending.halves.items():
            found, members = job.result(), _OF_SIDE[side]
            if found is not None:
                placed = pending.midline.in_picture(found.mean(axis=0))
                if np.linalg.norm(placed[members] - points[members, :2], axis=1).mean() <= _SAME_FACE * width:
                    points[members, :2] = placed[members]
                    uncertainty[members] = np.linalg.norm(found[0] - found[1], axis=1)[members] / 2
                    continue
            uncertainty[members] = np.nan
        return Tracked(points, uncertainty)

    def close(self) -> None:
        """Stop the threads and free the trackers; calling it twice is allowed."""
        for thread in self._threads.values():
            thread.shutdown(wait=True, cancel_futures=True)
        for tracker in self._trackers.values():
            tracker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
