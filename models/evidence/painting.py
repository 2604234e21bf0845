"""What is painted over in pictures, so that a network sees the background alone, hair and clothes alone, or one half of a face.

What is painted over must not tell what it hides. So every region is fixed: in a crop, whose face is aligned by points that do not
move with expression, and in a whole picture by an ellipse that is the same in every picture of everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

GREY = 128
_MARGIN = 1.06  # of the ellipse around the faces
_CLOTHES_FROM = 0.72  # of the half axis below the middle of the face


@dataclass(frozen=True)
class Ellipse:
    """An upright ellipse in pictures of side 1: centre and half axes as parts of the side."""

    x: float
    y: float
    across: float
    along: float

    def inside(self, size_px: int) -> np.ndarray:
        """(S, S) bool."""
        place = (np.arange(size_px) + 0.5) / size_px
        return ((place[None, :] - self.x) / self.across) ** 2 + ((place[:, None] - self.y) / self.along) ** 2 <= 1.0


def ellipse_around(points: Iterable[np.ndarray], size_px: int) -> Ellipse:
    """The one ellipse that holds every face of a set of pictures.

    Args:
        points: (..., 478, 2 or 3) landmarks in pixels of pictures of side ``size_px``; those that are NaN are left out.
        size_px: side of the pictures.
    """
    flat = [np.asarray(some, np.float64)[..., :2].reshape(-1, 2) for some in points]
    low = np.nanmin([np.nanmin(some, axis=0) for some in flat], axis=0) / size_px
    high = np.nanmax([np.nanmax(some, axis=0) for some in flat], axis=0) / size_px
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-6)
    reach = max(float(np.nanmax((((some / size_px - middle) / half) ** 2).sum(axis=1))) for some in flat) ** 0.5
    return Ellipse(*middle, *(half * reach * _MARGIN))


def hair_and_clothes(face: Ellipse, size_px: int) -> np.ndarray:
    """(S, S) bool: outside the ellipse of the faces, above it within its width, and the strip of neck and clothes below."""
    place = (np.arange(size_px) + 0.5) / size_px
    above = (np.abs(place - face.x) <= face.across)[None, :] & (place < face.y)[:, None]
    below = np.broadcast_to((place > face.y + _CLOTHES_FROM * face.along)[:, None], above.shape)
    return (above | below) & ~face.inside(size_px)


def painted(pictures: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Pictures (P, S, S, 3) with a region (S, S) bool painted grey in all of them."""
    out = pictures.copy()
    out[:, region] = GREY
    return out


def left_half(size_px: int) -> np.ndarray:
    """(S, S) bool: the patient's left half of an aligned crop, the right side of the picture."""
    return np.broadcast_to(np.arange(size_px)[None, :] >= size_px / 2, (size_px, size_px)).copy()
