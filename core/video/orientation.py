"""How a stored picture must be turned, mirrored and stretched to be seen upright (container metadata)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from av.buffer import Buffer
from av.video.stream import VideoStream

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True)
class Orientation:
    """What brings a stored picture upright: mirror it if ``flipped``, then turn it clockwise.

    Attributes:
        rotation_deg: clockwise, 0, 90, 180 or 270.
        flipped: the metadata ask for a mirror image (some front cameras), which is not the user's ``mirrored``.
    """

    rotation_deg: int = 0
    flipped: bool = False

    @classmethod
    def of_frame(cls, frame: av.VideoFrame) -> Orientation:
        """From the display matrix of a frame; the identity where there is none.

        ``VideoFrame.rotation`` is not enough: for a mirroring matrix it names a half turn.
        """
        stored = frame.side_data.get("DISPLAYMATRIX")
        if stored is None:
            return cls()
        a, b, _, c, d, *_ = np.frombuffer(bytes(cast(Buffer, stored)), dtype=np.int32)[:9].astype(float)
        flipped = a * d - b * c < 0
        if flipped:
            a, b = -a, -b
        turn = round(float(np.rad2deg(np.arctan2(b, a))) / 90) * 90
        return cls(turn % 360, flipped)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of an upright picture whose stored size is given."""
        return (height, width) if self.rotation_deg in (90, 270) else (width, height)

    def apply(self, image: np.ndarray, *, mirrored: bool = False) -> np.ndarray:
        """The upright picture (H, W, 3), contiguous; ``mirrored`` flips it after turning."""
        if self.flipped:
            image = cv2.flip(image, 1)
        if self.rotation_deg:
            image = cv2.rotate(image, _TURNS[self.rotation_deg])
        if mirrored:
            image = cv2.flip(image, 1)
        return np.ascontiguousarray(image)


def square_pixel_size(stream: VideoStream, frame: av.VideoFrame) -> tuple[int, int]:
    """(width, height) of a frame with square pixels: millimetres must be the same across and along."""
    ratio = float(stream.sample_aspect_ratio or 1)
    if not 0.25 <= ratio <= 4 or ratio == 1:
        return frame.width, frame.height
    return max(2, round(frame.width * ratio)), frame.height
