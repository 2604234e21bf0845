"""Landmark contours that are drawn over the video, and the track packed small for the browser."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core.face.landmarks import MESH478, MeshRegions, mesh_regions
from core.tracking import FaceTrack
from core.words import SIDES, Side

QUARTER = 4
MISSING = -32768

# The patient's right half of the face outline, from the forehead to the chin, and of the nose's base; the left is mirrored.
_OVAL = (10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
_NOSE = (4, 45, 220, 115, 48, 64, 98, 97, 2)
_RIDGE = (168, 6, 197, 195, 5, 4)


@dataclass(frozen=True)
class Contour:
    """One line over the video.

    Attributes:
        name: structure, e.g. ``"eye"``.
        side: whose colour it gets; None for the midline.
        landmarks: indices of MESH478 in drawing order; of an iris the centre and its horizontal ends.
        shape: ``"open"``, ``"closed"`` or ``"circle"``.
    """

    name: str
    side: Side | None
    landmarks: tuple[int, ...]
    shape: str = "open"


@cache
def contours() -> tuple[Contour, ...]:
    """Oval, brows, eyes, irises, nose and lips of both sides, and the ridge of the nose."""
    return (*(contour for side in SIDES for contour in _of_side(side)), Contour("ridge", None, _RIDGE))


def _of_side(side: Side) -> list[Contour]:
    region: MeshRegions = mesh_regions(side)
    oval, nose = (_OVAL, _NOSE) if side is Side.RIGHT else (MESH478.mirrored(_OVAL), MESH478.mirrored(_NOSE))
    return [
        Contour("oval", side, oval),
        Contour("brow", side, (*region.brow_upper, *region.brow_lower[::-1]), "closed"),
        Contour("eye", side, region.eye_contour, "closed"),
        Contour("iris", side, (region.iris_centre, region.iris_nasal, region.iris_temporal), "circle"),
        Contour("nose", side, nose),
        Contour("lips", side, region.upper_lip_outer),
        Contour("lips", side, region.upper_lip_inner),
        Contour("lips", side, region.lower_lip_inner),
        Contour("lips", side, region.lower_lip_outer),
    ]


@cache
def drawn_landmarks() -> tuple[int, ...]:
    """Landmarks that any contour needs, in the order in which they are packed."""
    return tuple(sorted({landmark for contour in contours() for landmark in contour.landmarks}))


def packed_contours() -> list[dict[str, Any]]:
    """The contours for the browser: name, side ("right", "left" or ""), shape, and ``at``, places in the packed points."""
    place = {landmark: i for i, landmark in enumerate(drawn_landmarks())}
    return [
        {
            "name": contour.name,
            "side": "" if contour.side is None else contour.side.value,
            "shape": contour.shape,
            "at": [place[landmark] for landmark in contour.landmarks],
        }
        for contour in contours()
    ]


def packed_points(track: FaceTrack) -> np.ndarray:
    """(T, P, 2) little-endian int16 quarter pixels of the drawn landmarks; ``MISSING`` in frames without a face."""
    points = track.points[:, list(drawn_landmarks()), :2].astype(float) * QUARTER
    limits = np.iinfo(np.int16)
    packed = np.clip(np.round(np.nan_to_num(points)), limits.min + 1, limits.max)
    packed[~np.isfinite(points).all(axis=2)] = MISSING
    return packed.astype("<i2")
