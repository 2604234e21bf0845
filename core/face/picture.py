"""Light and sharpness of a face in a picture, measured while it is tracked (reference A4)."""

from __future__ import annotations

import cv2
import numpy as np

from core.face.landmarks import mesh_regions
from core.words import SIDES, Side

_SHARPNESS_WIDTH_PX = 128


def cheek_luminance(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Mean luminance of the patient's right and left cheek, (2,) 0 to 255; NaN for a cheek outside the picture.

    Args:
        image: (H, W, 3) uint8 RGB.
        points: (478, 2 or 3) MESH478 pixels in it.
    """
    return np.array([_patch_luminance(image, points, side) for side in SIDES])


def _patch_luminance(image: np.ndarray, points: np.ndarray, side: Side) -> float:
    corners = points[list(mesh_regions(side).cheek), :2]
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, [image.shape[1], image.shape[0]])
    if (high <= low).any():
        return float("nan")
    patch = image[low[1] : high[1], low[0] : high[0]]
    return float(cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2GRAY).mean())


def sharpness(image: np.ndarray, points: np.ndarray) -> float:
    """SD of the Laplacian of the face brought to 128 px width, in grey levels; low when blurred or out of focus.

    NaN when the face lies outside the picture. Arguments as in ``cheek_luminance``.
    """
    low = np.maximum(np.floor(points[:, :2].min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(points[:, :2].max(axis=0)).astype(int) + 1, [image.shape[1], image.shape[0]])
    if (high - low < 8).any():
        return float("nan")
    face = cv2.cvtColor(np.ascontiguousarray(image[low[1] : high[1], low[0] : high[0]]), cv2.COLOR_RGB2GRAY)
    scale = _SHARPNESS_WIDTH_PX / face.shape[1]
    size = (_SHARPNESS_WIDTH_PX, max(8, round(face.shape[0] * scale)))
    small = cv2.resize(face, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return float(cv2.Laplacian(small, cv2.CV_32F).std())
