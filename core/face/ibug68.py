"""The 68 iBUG points: regions, names, outlines, and one side copied from the other.

Indices are 0-based as everywhere in the project; ``number`` gives the published, 1-based one. Which points belong together is
written down for the patient's right and mirrored by the one table in core.face.landmarks (reference B1, B3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np

from core.checks import check_option, check_shape
from core.face.canonical import canonical_vertices_mm
from core.face.landmarks import IBUG68, MESH478, MESH478_OF_IBUG68, LandmarkScheme
from core.words import Side

POINTS = IBUG68.count
INNER_CANTHI: tuple[int, int] = (39, 42)
"""The axis of the face frame (reference B1): the patient's right, then the left."""
OUTER_CANTHI: tuple[int, int] = (36, 45)
"""The ends of the inter-ocular distance that 300-W and most publications divide by: the patient's right, then the left."""

_STANDARD_PART = 0.6


class Region(StrEnum):
    """Parts of the face whose points are shown, copied and compared together."""

    JAW = "jaw"
    BROWS = "brows"
    NOSE = "nose"
    LIDS = "lids"
    LIPS = "lips"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def points(self) -> tuple[int, ...]:
        """Indices of both sides, in rising order."""
        return _REGIONS[self]


_REGIONS: dict[Region, tuple[int, ...]] = {
    Region.JAW: tuple(range(17)),
    Region.BROWS: tuple(range(17, 27)),
    Region.NOSE: tuple(range(27, 36)),
    Region.LIDS: tuple(range(36, 48)),
    Region.LIPS: tuple(range(48, 68)),
}

# Names of the patient's right side and of the midline; the left side has them by the mirror table.
# fmt: off
_NAMES: dict[int, str] = {
    0: "jaw beside the ear", 1: "jaw below the ear", 2: "upper jaw", 3: "upper jaw", 4: "jaw angle", 5: "jaw angle",
    6: "lower jaw", 7: "lower jaw beside the chin", 8: "chin",
    17: "lateral end of the brow", 18: "lateral brow", 19: "middle of the brow", 20: "medial brow", 21: "medial end of the brow",
    27: "root of the nose", 28: "bridge of the nose", 29: "bridge of the nose", 30: "tip of the nose",
    31: "wing of the nose", 32: "nostril", 33: "base of the nose",
    36: "outer corner of the eye", 37: "upper lid, lateral", 38: "upper lid, medial", 39: "inner corner of the eye",
    40: "lower lid, medial", 41: "lower lid, lateral",
    48: "corner of the mouth", 49: "upper lip, lateral", 50: "peak of the upper lip", 51: "middle of the upper lip",
    57: "middle of the lower lip", 58: "lower lip, medial", 59: "lower lip, lateral",
    60: "inner corner of the mouth", 61: "inner edge of the upper lip", 62: "inner edge of the upper lip, middle",
    66: "inner edge of the lower lip, middle", 67: "inner edge of the lower lip",
}
# fmt: on


@dataclass(frozen=True)
class Outline:
    """A line through points in order; ``closed`` when the last one joins the first."""

    region: Region
    points: tuple[int, ...]
    closed: bool = False


@cache
def outlines() -> tuple[Outline, ...]:
    """Lines between the points as the iBUG scheme is drawn."""
    brow, eye = tuple(range(17, 22)), tuple(range(36, 42))
    return (
        Outline(Region.JAW, tuple(range(17))),
        Outline(Region.BROWS, brow),
        Outline(Region.BROWS, IBUG68.mirrored(brow)),
        Outline(Region.NOSE, tuple(range(27, 31))),
        Outline(Region.NOSE, tuple(range(31, 36))),
        Outline(Region.LIDS, eye, closed=True),
        Outline(Region.LIDS, IBUG68.mirrored(eye), closed=True),
        Outline(Region.LIPS, tuple(range(48, 60)), closed=True),
        Outline(Region.LIPS, tuple(range(60, 68)), closed=True),
    )


def number(point: int) -> int:
    """The published, 1-based number of a point."""
    return point + 1


@cache
def side_of(point: int) -> Side | None:
    """The side a point lies on, None on the midline; by the canonical geometry, in which the patient's right has x < 0."""
    if IBUG68.mirror[point] == point:
        return None
    return Side.RIGHT if canonical_vertices_mm()[MESH478_OF_IBUG68[point], 0] < 0 else Side.LEFT


def region_of(point: int) -> Region:
    """The region of a point."""
    return next(region for region in Region if point in region.points)


def point_name(point: int) -> str:
    """What a point is in words, without its side, e.g. ``"corner of the mouth"``."""
    return _NAMES[point] if point in _NAMES else _NAMES[int(IBUG68.mirror[point])]


def region_side_points(region: Region, side: Side) -> tuple[int, ...]:
    """Points of a region on one side, the midline left out."""
    return tuple(point for point in region.points if side_of(point) is side)


def ibug68_points(points: np.ndarray, scheme: LandmarkScheme) -> np.ndarray:
    """Landmarks of any scheme as the 68 iBUG points (reference B3).

    Args:
        points: (..., N, K) of ``scheme``; any K, e.g. pixels (2 or 3) or one uncertainty a point.
        scheme: MESH478 or IBUG68.

    Returns:
        (..., 68, K). Jaw points of the mesh follow its contour and are no exact equivalents.
    """
    check_option("scheme", scheme, (MESH478, IBUG68))
    return points if scheme is IBUG68 else points[..., list(MESH478_OF_IBUG68), :]


def interocular_px(points: np.ndarray) -> np.ndarray:
    """(...) pixels between the outer canthi of (..., 68, 2) pixels: the inter-ocular distance of 300-W."""
    right, left = OUTER_CANTHI
    return np.linalg.norm(points[..., right, :2] - points[..., left, :2], axis=-1)


def standard_points(width: int, height: int) -> np.ndarray:
    """(68, 2) pixels of the canonical face in the middle of a picture, to begin with where no tracker found a face."""
    across_up = canonical_vertices_mm()[list(MESH478_OF_IBUG68), :2]
    size = np.ptp(across_up, axis=0)
    scale = _STANDARD_PART * min(width / size[0], height / size[1])
    centred = (across_up - across_up.min(axis=0) - size / 2) * [scale, -scale]
    return np.asarray(centred + np.array([width, height]) / 2)


def reflected(points: np.ndarray) -> np.ndarray:
    """Every point where the mirror image of its partner lies.

    The mirror is the facial midline: the line through the middle of the inner canthi at right angles to the line between them
    (face frame of reference B1). Midline points come out as their own mirror images.

    Args:
        points: (68, 2) pixels; both inner canthi finite and apart.

    Returns:
        (68, 2) pixels.

    Raises:
        ValueError: wrong shape, or there is no midline because the inner canthi coincide.
    """
    check_shape("points", points, (POINTS, 2))
    right, left = points[INNER_CANTHI[0]], points[INNER_CANTHI[1]]
    across = left - right
    length = float(np.linalg.norm(across))
    if not length > 0:
        raise ValueError(f"points must have inner canthi that lie apart, got {right} and {left}")
    normal = across / length
    partners = points[IBUG68.mirror]
    distance = (partners - (right + left) / 2) @ normal
    return partners - 2 * distance[:, None] * normal


def copied_from(points: np.ndarray, region: Region, source: Side) -> np.ndarray:
    """A copy of (68, 2) ``points`` whose ``region`` on the other side is the mirror image of the one on side ``source``."""
    changed = np.array(points, dtype=float, copy=True)
    target = list(region_side_points(region, source.opposite))
    changed[target] = reflected(points)[target]
    return changed
