"""The moving skin: a piecewise affine warp of the portrait over the face mesh and a skirt of hair, ears, neck and background."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import Delaunay

from core.face.canonical import canonical_triangles
from core.face.landmarks import MESH478_COUNT
from core.phantom.portrait import PORTRAIT_DISTANCE_MM, Portrait

# fmt: off
FACE_OVAL: tuple[int, ...] = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
# fmt: on
CHIN, FOREHEAD = 152, 10
_RINGS = (1.10, 1.25, 1.5)
_BORDER_STEPS = 8
_FOLLOWS_OVAL = (0.75, 0.45, 0.15)
_SKIRT_DEPTH_MM = 28.0
_SUBPIXEL_BITS = 4
_MAP_SHRINK = 2


@dataclass(frozen=True)
class Skirt:
    """Vertices around the face, so that hair, ears, neck and background move with the head without a seam.

    Attributes:
        points: (K, 2) pixels of the portrait.
        place_mm: (K, 3) face axes.
        stiffness: (K,) 1 moves with the head, 0 stays with the picture.
        oval: (K,) index into FACE_OVAL whose movement it follows.
        follows: (K,) how much of that movement.
    """

    points: np.ndarray
    place_mm: np.ndarray
    stiffness: np.ndarray
    oval: np.ndarray
    follows: np.ndarray


def skirt_around(portrait: Portrait, mm_per_px: float, origin_px: np.ndarray) -> Skirt:
    """Rings around the face oval and the border of the portrait.

    Args:
        portrait: whose picture.
        mm_per_px: scale of the portrait at the eyes.
        origin_px: (2,) where the origin of the face axes lies in the portrait.
    """
    oval = portrait.points[list(FACE_OVAL)]
    depth = portrait.shape_mm[list(FACE_OVAL), 2]
    centre = oval.mean(axis=0)
    height, width = portrait.image.shape[:2]
    limit = np.array([width - 1.0, height - 1.0])
    points, places, owners, follows = [], [], [], []
    for factor, follow in zip(_RINGS, _FOLLOWS_OVAL, strict=True):
        for index, point in enumerate(oval):
            where = centre + factor * (point - centre)
            if (where < 4).any() or (where > limit - 4).any():
                continue
            points.append(where)
            places.append(depth[index] - _SKIRT_DEPTH_MM * (factor - 1))
            owners.append(index)
            follows.append(follow)
    for step in np.linspace(0, 1, _BORDER_STEPS + 1):
        for where in (
            [step * limit[0], 0],
            [step * limit[0], limit[1]],
            [0, step * limit[1]],
            [limit[0], step * limit[1]],
        ):
            points.append(np.array(where))
            places.append(float(depth.mean()) - _SKIRT_DEPTH_MM)
            owners.append(int(np.argmin(np.linalg.norm(oval - where, axis=1))))
            follows.append(0.0)
    where = np.array(points)
    unique = np.unique(np.round(where, 3), axis=0, return_index=True)[1]
    where = where[unique]
    away = np.array(places)[unique]
    flat = (where - origin_px) * [mm_per_px, -mm_per_px] * (1 - away / PORTRAIT_DISTANCE_MM)[:, None]
    place = np.column_stack([flat, away])
    return Skirt(where, place, _stiffness(where, portrait), np.array(owners)[unique], np.array(follows)[unique])


def _stiffness(points: np.ndarray, portrait: Portrait) -> np.ndarray:
    """1 on the head; with a known outline of the person the neck turns softly into still shoulders, without one the picture
    gives way all around."""
    chin, forehead = portrait.points[CHIN], portrait.points[FOREHEAD]
    tall = float(chin[1] - forehead[1])
    below = np.clip((points[:, 1] - chin[1]) / (0.42 * tall), 0.0, 1.0)
    neck = 1 - below * below * (3 - 2 * below)
    if portrait.matte is not None:
        return neck
    centre = (chin + forehead) / 2
    reach = np.linalg.norm((points - centre) / [0.5 * tall, 0.62 * tall], axis=1)
    away = np.clip((reach - 1.35) / 0.9, 0.0, 1.0)
    return neck * (1 - away * away * (3 - 2 * away))


class SkinWarp:
    """From moved vertices to the map that draws the portrait's skin with ``cv2.remap``."""

    def __init__(self, portrait: Portrait, skirt: Skirt) -> None:
        self._source = np.vstack([portrait.points, skirt.points]).astype(np.float32)
        self._triangles = np.vstack([canonical_triangles(), _skirt_triangles(portrait, skirt)])

    def maps(self, vertices: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
        """Where in the portrait every pixel of the picture comes from: two (height, width) float32 maps.

        Triangles are painted from far to near into a map of triangle numbers at half the resolution; the affine pieces are
        then evaluated and brought to full resolution. The seams of the pieces are continuous, so that nothing is lost.

        Args:
            vertices: (478 + K, 3) pixels x, y and depth z (away from the camera).
        """
        small = (-(-height // _MAP_SHRINK), -(-width // _MAP_SHRINK))
        placed = vertices[self._triangles]
        order = np.argsort(-placed[:, :, 2].mean(axis=1))
        # A pixel centre x of the full picture lies at (x + 0.5) / shrink - 0.5 of the small one.
        corners = (placed[:, :, :2] + 0.5) / _MAP_SHRINK - 0.5
        fixed = np.rint(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        owner = np.full(small, int(order[0]), dtype=np.int32)
        for number in order:
            cv2.fillConvexPoly(owner, fixed[number], [float(number)], lineType=cv2.LINE_8, shift=_SUBPIXEL_BITS)
        pieces = self._affine_pieces(corners)
        rows, columns = np.mgrid[0 : small[0], 0 : small[1]].astype(np.float32)
        xx, xy, x0, yx, yy, y0 = (np.take(piece, owner) for piece in pieces.T.copy())
        map_x = xx * columns + xy * rows + x0
        map_y = yx * columns + yy * rows + y0
        size = (small[1] * _MAP_SHRINK, small[0] * _MAP_SHRINK)
        full = [cv2.resize(m, size, interpolation=cv2.INTER_LINEAR)[:height, :width] for m in (map_x, map_y)]
        return full[0], full[1]

    def _affine_pieces(self, corners: np.ndarray) -> np.ndarray:
        """(triangles, 6) float32: from small-picture pixels to portrait pixels; degenerate triangles become constant."""
        p0, p1, p2 = corners[:, 0], corners[:, 1], corners[:, 2]
        e1, e2 = p1 - p0, p2 - p0
        determinant = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        sound = np.abs(determinant) > 1e-3
        inverse = np.where(sound, 1.0 / np.where(sound, determinant, 1.0), 0.0)
        source = self._source[self._triangles].astype(np.float64)
        d1, d2 = source[:, 1] - source[:, 0], source[:, 2] - source[:, 0]
        ax = (d1 * e2[:, 1:2] - d2 * e1[:, 1:2]) * inverse[:, None]
        ay = (d2 * e1[:, 0:1] - d1 * e2[:, 0:1]) * inverse[:, None]
        offset = source[:, 0] - ax * p0[:, 0:1] - ay * p0[:, 1:2]
        return np.column_stack([ax[:, 0], ay[:, 0], offset[:, 0], ax[:, 1], ay[:, 1], offset[:, 1]]).astype(np.float32)


def _skirt_triangles(portrait: Portrait, skirt: Skirt) -> np.ndarray:
    """Delaunay triangles between the face oval and the skirt, outside the face."""
    oval = portrait.points[list(FACE_OVAL)]
    where = np.vstack([oval, skirt.points])
    triangles = Delaunay(where).simplices
    contour = oval.astype(np.float32).reshape(-1, 1, 2)
    centres = where[triangles].mean(axis=1)
    outside = [cv2.pointPolygonTest(contour, (float(x), float(y)), False) < 0 for x, y in centres]
    triangles = triangles[np.array(outside)]
    numbers = np.concatenate([np.array(FACE_OVAL), MESH478_COUNT + np.arange(len(skirt.points))])
    return numbers[triangles]
