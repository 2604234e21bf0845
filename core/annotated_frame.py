"""One picture with its 68 points as a person placed them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from core.checks import check_range, check_shape
from core.face.ibug68 import POINTS

# A point may lie outside the picture where the face does, but not by more than the picture is large.
_MARGIN = 1.0


@dataclass(frozen=True)
class PlacedBy:
    """The tracker whose points the person started from; empty texts when there was none."""

    name: str = ""
    version: str = ""
    weights_sha256: str = ""


@dataclass(frozen=True)
class AnnotatedFrame:
    """One picture of a recording with corrected points.

    Attributes:
        index: number of the picture in the recording, from 0.
        time_s: its time, seconds from the first picture.
        sha256: ``picture_sha256`` of the picture that was shown, hexadecimal: tells whether it is still the same one.
        width, height: its pixels.
        annotator: who placed the points.
        points: (68, 2) pixels; the centre of the first pixel is (0, 0).
        visible: (68,) bool; False for a point that the annotator could only guess.
        tracker: whose points it began with.
    """

    index: int
    time_s: float
    sha256: str
    width: int
    height: int
    annotator: str
    points: np.ndarray
    visible: np.ndarray
    tracker: PlacedBy = PlacedBy()

    def __post_init__(self) -> None:
        check_shape("points", self.points, (POINTS, 2))
        check_shape("visible", self.visible, (POINTS,))
        if not np.isfinite(self.points).all():
            raise ValueError("points must be finite, got others among them")
        for axis, length in ((0, self.width), (1, self.height)):
            values = self.points[:, axis]
            check_range("points", float(values.min()), -_MARGIN * length, (1 + _MARGIN) * length)
            check_range("points", float(values.max()), -_MARGIN * length, (1 + _MARGIN) * length)

    def same_as(self, other: AnnotatedFrame) -> bool:
        """Whether both place the same points, to a hundredth of a pixel, with the same visibility in the same picture."""
        return (
            self.sha256 == other.sha256
            and bool(np.abs(self.points - other.points).max() < 0.01)
            and bool((self.visible == other.visible).all())
        )


def picture_sha256(image: np.ndarray) -> str:
    """Hash in hexadecimal of the bytes of a decoded picture, (H, W, 3) uint8 RGB, row by row."""
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
