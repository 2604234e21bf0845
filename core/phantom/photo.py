"""A photograph of a consenting person as a portrait that the muscle model can move.

What it shows is simulated and must be called so wherever it is shown.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from core.checks import check_shape
from core.face.landmarks import MESH478, MESH478_COUNT, mesh_regions
from core.face.pose import to_face_axes
from core.face.scale import IRIS_DIAMETER_MM, iris_diameter
from core.phantom.layers import Window, polygon_mask, smooth_line
from core.phantom.portrait import PORTRAIT_DISTANCE_MM, Portrait
from core.words import SIDES, Side

_UPPER_LID_SKIN = (27, 28, 29, 30, 56)


def portrait_from_photo(name: str, image: np.ndarray, points_px: np.ndarray) -> Portrait:
    """A portrait of a frontal, neutral photograph.

    Args:
        name: of the person as the data set names it.
        image: (H, W, 3) uint8 RGB, eyes open, lips together.
        points_px: (478, 3) MESH478 points that a tracker found in it, pixels; z away from the camera.
    """
    check_shape("points_px", points_px, (MESH478_COUNT, 3))
    points = points_px.astype(np.float64)
    mm_per_px = IRIS_DIAMETER_MM / float(iris_diameter(points))
    canthi = [mesh_regions(side).inner_canthus for side in SIDES]
    shape = (to_face_axes(points) - to_face_axes(points)[canthi].mean(axis=0)) * mm_per_px
    shape[:, :2] *= 1 - shape[:, 2:] / PORTRAIT_DISTANCE_MM  # what a camera at that distance would have seen like this
    shape, texture = _with_closed_lips(shape, points[:, :2])
    return Portrait(
        name=name,
        image=image,
        points=texture,
        shape_mm=shape,
        eye_layer=_eye_layer(image, points[:, :2]),
        skin_rgb=_colour_at(image, points, _UPPER_LID_SKIN),
        lash_rgb=_lash_colour(image, points),
        lip_rgb=_colour_at(image, points, (15, 16, 85, 86, 315, 316)),
        drawn=False,
    )


def _with_closed_lips(shape: np.ndarray, texture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Facing inner-lip points brought together, so that closed lips show no cavity."""
    shape, texture = shape.copy(), texture.copy()
    for side in SIDES:
        region = mesh_regions(side)
        for upper, lower in zip(region.upper_lip_inner[1:], region.lower_lip_inner[1:], strict=True):
            for array in (shape, texture):
                array[upper] = array[lower] = (array[upper] + array[lower]) / 2
    return shape, texture


def _colour_at(image: np.ndarray, points: np.ndarray, indices: tuple[int, ...]) -> tuple[int, int, int]:
    both = [*indices, *MESH478.mirrored(indices)]
    where = np.rint(points[both, :2]).astype(int)
    where = np.clip(where, 0, [image.shape[1] - 1, image.shape[0] - 1])
    red, green, blue = np.median(image[where[:, 1], where[:, 0]], axis=0)
    return int(red), int(green), int(blue)


def _lash_colour(image: np.ndarray, points: np.ndarray) -> tuple[int, int, int]:
    """Dark end of what lies along the upper lid margins."""
    margin = [i for side in SIDES for i in mesh_regions(side).upper_lid]
    where = np.clip(np.rint(points[margin, :2]).astype(int), 1, [image.shape[1] - 2, image.shape[0] - 2])
    seen = np.concatenate([image[where[:, 1] + dy, where[:, 0]] for dy in (-1, 0, 1)])
    red, green, blue = np.percentile(seen, 15, axis=0) * 0.8
    return int(red), int(green), int(blue)


def _eye_layer(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The eyeballs without lids: sclera and iris continued behind the lids.

    The iris is completed by turning its visible rows about the centre; the sclera takes the colour of its visible part, darker
    towards the corners as a ball is.
    """
    layer = image.copy()
    for side in SIDES:
        _paint_eyeball(layer, image, points, side)
    return layer


def _paint_eyeball(layer: np.ndarray, image: np.ndarray, points: np.ndarray, side: Side) -> None:
    eye = mesh_regions(side)
    upper = smooth_line(points[[eye.outer_canthus, *eye.upper_lid, eye.inner_canthus]])
    lower = smooth_line(points[[eye.outer_canthus, *eye.lower_lid, eye.inner_canthus]])
    centre = points[eye.iris_centre]
    radius = float(np.linalg.norm(points[eye.iris_temporal] - points[eye.iris_nasal])) / 2
    width = float(np.linalg.norm(points[eye.outer_canthus] - points[eye.inner_canthus]))
    window = Window.around(np.vstack([upper, lower]), 0.35 * width, image.shape[1], image.shape[0])
    if window is None:
        return
    view, seen = window.of(layer), window.of(image)
    opening = polygon_mask(np.vstack([upper, lower[::-1]]), window)
    inner = cv2.erode(opening, np.ones((3, 3), np.uint8)) > 0.95
    rows, columns = np.mgrid[window.top : window.bottom, window.left : window.right].astype(np.float32)
    away = np.hypot(columns - centre[0], rows - centre[1]) / radius
    sclera = inner & (away > 1.15)
    white = np.percentile(seen[sclera], 60, axis=0) if sclera.sum() > 20 else np.array([205.0, 200.0, 196.0])
    ball = np.clip(1.04 - 0.16 * ((columns - centre[0]) / (0.5 * width)) ** 2, 0.6, 1.1)
    painted = white * ball[..., None]
    iris = _completed_iris(seen, inner, rows - centre[1], columns - centre[0], radius)
    rim = np.clip((1.04 - away) / 0.08, 0, 1)[..., None]
    painted = painted * (1 - rim) + iris * rim
    hidden = 1 - cv2.GaussianBlur(inner.astype(np.float32), (0, 0), 1.0)[..., None]
    near = np.clip((0.75 * width - np.hypot(columns - centre[0], rows - centre[1])) / (0.1 * width), 0, 1)[..., None]
    mix = hidden * near
    view[...] = np.clip(view * (1 - mix) + painted * mix + 0.5, 0, 255).astype(np.uint8)


def _completed_iris(seen: np.ndarray, visible: np.ndarray, dy: np.ndarray, dx: np.ndarray, radius: float) -> np.ndarray:
    """(h, w, 3) iris from the mean colour of its visible part at every distance from the centre."""
    away = np.hypot(dx, dy) / radius
    profile = []
    edges = np.linspace(0, 1.1, 12)
    overall = seen[visible & (away < 1)]
    fallback = overall.mean(axis=0) if len(overall) else np.array([70.0, 55.0, 45.0])
    for low, high in pairwise(edges):
        ring = seen[visible & (away >= low) & (away < high)]
        profile.append(np.median(ring, axis=0) if len(ring) > 3 else fallback)
    middles = (edges[:-1] + edges[1:]) / 2
    return np.stack([np.interp(away, middles, np.array(profile)[:, c]) for c in range(3)], axis=-1)
