"""Each half of the face tracked for itself, so that neither can borrow the other's movement (hemifacial mirroring, reference C4).

A landmark model that learned from symmetric faces lets a moving half pull the still half along. So two pictures are made of
every frame, the right half with its own reflection and the left half with its own reflection; both show a symmetric face, which the
model follows well, and each gives the points of one side. The left half is the right half of the flipped frame and goes the same
way from there on, so the sides are treated alike by construction. Points on the midline and all depths stay the whole face's.
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

    def right_half(self, image: np.ndarray) -> np.ndarray:
        """(above + below, half, 3) upright crop of the patient's right half; the midline is half a pixel beyond its last column."""
        half, above, below = self.reach
        matrix = np.column_stack([self.to_upright, self._in_crop - self.to_upright @ self.origin])
        return cv2.warpAffine(
            image, matrix, (half, above + below), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    def in_picture(self, points: np.ndarray) -> np.ndarray:
        """(..., N, 2) pixels of the picture from pixels of the crop."""
        return (points - self._in_crop) @ self.to_upright + self.origin

    @property
    def _in_crop(self) -> np.ndarray:
        """(2,) where the origin lies in the crop."""
        half, above, _ = self.reach
        return np.array([half - 0.5, above])


def with_reflection(right_half: np.ndarray) -> np.ndarray:
    """(H, 2 W, 3) symmetric picture of a half (H, W, 3) beside its mirror image."""
    return np.concatenate([right_half, right_half[:, ::-1]], axis=1)


@dataclass(frozen=True)
class PendingHalves:
    """A frame whose halves are being tracked."""

    frame: Frame
    whole: Tracked
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
        points = whole.points
        if points is None:
            return PendingHalves(frame, whole, {})
        jobs = {side: self._threads[side].submit(self._track, side, frame, points) for side in SIDES}
        return PendingHalves(frame, whole, jobs)

    def _track(self, side: Side, frame: Frame, points: np.ndarray) -> np.ndarray | None:
        """(2, 478, 2) pixels of the frame: what was found in the symmetric picture of this half, and the same mirrored."""
        image, width = frame.image, frame.image.shape[1]
        if side is Side.LEFT:
            image, points = cv2.flip(image, 1), MESH478.flip(points, width)
        midline = Midline.of(points)
        symmetric = with_reflection(midline.right_half(image))
        faces = self._trackers[side].detect(symmetric, frame.time_s)
        if not faces:
            return None
        found = faces[0].points[:, :2]
        both = midline.in_picture(np.stack([found, MESH478.flip(found, symmetric.shape[1])]))
        return both if side is Side.RIGHT else MESH478.flip(both, width)

    def finish(self, pending: PendingHalves) -> Tracked:
        """The whole face with the lateral points of both halves.

        Uncertainty of these is half the distance of a point from its reflection; a half that was lost keeps the whole face's
        points with uncertainty NaN. On the midline it is that of the whole face, NaN when that is not known.
        """
        whole = pending.whole
        if whole.points is None:
            return whole
        points = np.array(whole.points)
        unknown = np.full(len(points), np.nan, np.float32)
        uncertainty = unknown if whole.uncertainty is None else np.array(whole.uncertainty)
        furthest = _SAME_FACE * float(np.ptp(points[:, 0]))
        for side, job in pending.halves.items():
            members, both = _OF_SIDE[side], job.result()
            uncertainty[members] = np.nan
            if both is None:
                continue
            one, other = both[:, members]
            placed = (one + other) / 2
            if np.linalg.norm(placed - points[members, :2], axis=1).mean() <= furthest:
                points[members, :2] = placed
                uncertainty[members] = np.linalg.norm(one - other, axis=1) / 2
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
