"""Landmark schemes and the one mirror table.

Every pair of right and left points in the project comes from here: regions are written down for the patient's right and
mirrored for the left, so that no index list can have its sides swapped (reference B1). Index tables: reference B2 and B3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np

from core.face.canonical import CANONICAL_VERTEX_COUNT, canonical_vertices_mm
from core.words import Side

MESH478_COUNT = 478


@dataclass(frozen=True)
class LandmarkScheme:
    """A numbering of facial landmarks.

    Attributes:
        name: ``"mesh478"`` or ``"ibug68"``; stored with every track.
        count: number of points N.
        mirror: (N,) index of the point on the other side; midline points map to themselves.
    """

    name: str
    count: int
    mirror: np.ndarray

    def mirrored(self, indices: Sequence[int]) -> tuple[int, ...]:
        """The same structure on the other side, in the same anatomical order."""
        return tuple(int(self.mirror[i]) for i in indices)

    def flip(self, points: np.ndarray, width_px: float) -> np.ndarray:
        """Points found in a horizontally flipped picture, brought back to the unflipped one.

        Args:
            points: (..., N, 2 or 3) pixels in the flipped picture.
            width_px: width of the picture.

        Returns:
            The same shape: x mirrored about the picture and every point renamed by the mirror table.
        """
        flipped = np.array(points[..., self.mirror, :], copy=True)
        flipped[..., 0] = width_px - 1 - flipped[..., 0]
        return flipped


def _mesh_mirror() -> np.ndarray:
    vertices = canonical_vertices_mm()
    reflected = vertices * np.array([-1.0, 1.0, 1.0])
    distance = np.linalg.norm(vertices[:, None, :] - reflected[None, :, :], axis=-1)
    mirror = np.empty(MESH478_COUNT, dtype=np.int64)
    mirror[:CANONICAL_VERTEX_COUNT] = distance.argmin(axis=1)
    # Irises: centre, nasal, top, temporal, bottom of the right eye and of the left eye.
    for right, left in zip((468, 469, 470, 471, 472), (473, 476, 475, 474, 477), strict=True):
        mirror[right], mirror[left] = left, right
    return mirror


def _ibug_mirror() -> np.ndarray:
    mirror = np.arange(68)
    mirror[0:17] = 16 - np.arange(17)
    mirror[17:27] = 43 - np.arange(17, 27)
    pairs = [(31, 35), (32, 34), (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)]
    pairs += [(48, 54), (49, 53), (50, 52), (55, 59), (56, 58), (60, 64), (61, 63), (65, 67)]
    for one, other in pairs:
        mirror[one], mirror[other] = other, one
    return mirror


MESH478 = LandmarkScheme("mesh478", MESH478_COUNT, _mesh_mirror())
IBUG68 = LandmarkScheme("ibug68", 68, _ibug_mirror())
SCHEMES = {scheme.name: scheme for scheme in (MESH478, IBUG68)}

# MESH478 index of each iBUG point (reference B3). Jaw points depend on the contour and are no exact equivalents.
# fmt: off
MESH478_OF_IBUG68: tuple[int, ...] = (
    127, 234, 93, 132, 58, 172, 150, 176, 152, 400, 379, 397, 288, 361, 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 168, 197, 5, 4, 98, 97, 2, 326, 327,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 81, 13, 311, 308, 402, 14, 178,
)
# fmt: on


@dataclass(frozen=True)
class MeshRegions:
    """Named structures of MESH478 on one side, in anatomical order (reference B2, B3).

    The defaults are the patient's right; ``mesh_regions(Side.LEFT)`` gives them mirrored. Curves run from lateral to medial
    unless said otherwise; the lip curves run from the corner to the midline point.
    """

    outer_canthus: int = 33
    inner_canthus: int = 133
    upper_lid: tuple[int, ...] = (246, 161, 160, 159, 158, 157, 173)
    lower_lid: tuple[int, ...] = (7, 163, 144, 145, 153, 154, 155)
    # fmt: off
    eye_contour: tuple[int, ...] = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
    # fmt: on
    fissure_upper: tuple[int, ...] = (160, 159, 158)
    fissure_lower: tuple[int, ...] = (144, 145, 153)
    iris_centre: int = 468
    iris_nasal: int = 469
    iris_top: int = 470
    iris_temporal: int = 471
    iris_bottom: int = 472
    brow_upper: tuple[int, ...] = (70, 63, 105, 66, 107)
    brow_lower: tuple[int, ...] = (46, 53, 52, 65, 55)
    brow_middle: tuple[int, ...] = (63, 105, 66)
    ala: int = 129
    upper_lip_lateral: tuple[int, ...] = (39, 40)
    corner: int = 61
    inner_corner: int = 78
    upper_lip_outer: tuple[int, ...] = (61, 185, 40, 39, 37, 0)
    upper_lip_inner: tuple[int, ...] = (78, 191, 80, 81, 82, 13)
    lower_lip_inner: tuple[int, ...] = (78, 95, 88, 178, 87, 14)
    lower_lip_outer: tuple[int, ...] = (61, 146, 91, 181, 84, 17)
    lower_lip_lateral: int = 181
    jaw: tuple[int, ...] = (172, 136, 150, 149, 176, 148, 152)
    cheek: tuple[int, ...] = (50, 205, 206, 207, 187, 216)


@cache
def mesh_regions(side: Side) -> MeshRegions:
    """The structures of one side of MESH478."""
    right = MeshRegions()
    if side is Side.RIGHT:
        return right
    mirrored: dict[str, Any] = {}
    for field in fields(right):
        value = getattr(right, field.name)
        mirrored[field.name] = int(MESH478.mirror[value]) if isinstance(value, int) else MESH478.mirrored(value)
    return MeshRegions(**mirrored)


# Midline points used by measures.
LOWER_LIP_MIDLINE = 17
UPPER_LIP_MIDLINE = 0
PHILTRUM = 164
SUBNASALE = 2
CHIN = 152
CHIN_CONTOUR = (176, 148, 152, 377, 400)

# Points that do not move with expression: nasal dorsum, inner canthi, temples and preauricular points (reference C5).
STABLE_POINTS: tuple[int, ...] = (168, 6, 197, 195, 133, 362, 127, 356, 234, 454)
