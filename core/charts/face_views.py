"""A face cut out of a picture to be looked at, and what a network saw in it laid over it."""

from __future__ import annotations

import cv2
import numpy as np

_MARGIN = 0.22
_STRONGEST = 0.62


def face_square(points: np.ndarray) -> tuple[float, float, float]:
    """Left, top and side in pixels of the square around a face, with room for forehead and chin.

    Args:
        points: (N, 2 or 3) pixels.
    """
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    side = float((high - low).max()) * (1 + 2 * _MARGIN)
    left, top = (low + high) / 2 - side / 2
    return float(left), float(top), side


def face_view(image: np.ndarray, points: np.ndarray, size_px: int) -> np.ndarray:
    """(size, size, 3) uint8: the face in the middle, the picture's edge repeated where it ends.

    Args:
        image: (H, W, 3) uint8 RGB.
        points: (N, 2 or 3) landmarks in its pixels.
        size_px: side of the view.
    """
    return _cut(image, points, size_px)


def heat_view(image: np.ndarray, points: np.ndarray, heat: np.ndarray, size_px: int) -> np.ndarray:
    """``face_view`` with a heat over it: dark blue to yellow, and the picture as it is where there is none.

    Args:
        image, points, size_px: as for ``face_view``.
        heat: (H, W) 0 to 1 over the picture.

    Raises:
        ValueError: the heat is not of the picture's size.
    """
    if heat.shape != image.shape[:2]:
        raise ValueError(f"heat must have the picture's shape {image.shape[:2]}, got {heat.shape}")
    face = _cut(image, points, size_px)
    warm = np.clip(_cut(heat.astype(np.float32), points, size_px), 0, 1)
    colours = cv2.applyColorMap(np.rint(255 * warm).astype(np.uint8), cv2.COLORMAP_VIRIDIS)[..., ::-1]
    share = _STRONGEST * np.sqrt(warm)[..., None]
    return np.asarray(np.rint(face * (1 - share) + colours * share), dtype=np.uint8)


def _cut(field: np.ndarray, points: np.ndarray, size_px: int) -> np.ndarray:
    left, top, side = face_square(points)
    scale = size_px / side
    if scale < 1:  # averaged first, so that nothing flickers away
        size = (max(1, round(field.shape[1] * scale)), max(1, round(field.shape[0] * scale)))
        ratio = np.array([size[0] / field.shape[1], size[1] / field.shape[0]])
        field = cv2.resize(field, size, interpolation=cv2.INTER_AREA)
    else:
        ratio = np.ones(2)
    zoom = scale / ratio
    # Edge of the first pixel at -0.5, in the picture and in the view.
    shift = -(np.array([left, top]) + 0.5) * scale + zoom * 0.5 - 0.5
    matrix = np.array([[zoom[0], 0, shift[0]], [0, zoom[1], shift[1]]])
    return cv2.warpAffine(
        np.ascontiguousarray(field),
        matrix,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
