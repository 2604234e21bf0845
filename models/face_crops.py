"""The one crop of a face that learned second opinions see: aligned by points that do not move with expression, background grey.

What is outside a fixed rounded outline (an ellipse of the third power) is painted over; it is the same for every face, so that its
shape tells nothing of the movement (reference F4). Brows, also raised ones, eyes, mouth and chin are in it. A change of the outline
needs models that are trained anew.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.refinement.alignment import FacePlace

SIZE_PX = 160
MM_PER_PX = 1.12
_ORIGIN_PX = (79.5, 46.0)  # between the inner canthi
_OUTLINE_MIDDLE_MM = (0.0, 37.0)
_OUTLINE_HALF_MM = (80.0, 92.0)
_OUTLINE_POWER = 3
_GREY = 128
_MOST_OVERSAMPLING = 4


def _mask() -> np.ndarray:
    down, across = np.mgrid[:SIZE_PX, :SIZE_PX]
    x = (across - _ORIGIN_PX[0]) * MM_PER_PX - _OUTLINE_MIDDLE_MM[0]
    y = (down - _ORIGIN_PX[1]) * MM_PER_PX - _OUTLINE_MIDDLE_MM[1]
    power = _OUTLINE_POWER
    return np.abs(x / _OUTLINE_HALF_MM[0]) ** power + np.abs(y / _OUTLINE_HALF_MM[1]) ** power <= 1


FACE_MASK: np.ndarray = _mask()
"""(160, 160) bool: True inside the outline."""
FACE_MASK.setflags(write=False)


def crop_matrix(points: np.ndarray) -> np.ndarray:
    """(2, 3) from pixels of the crop (x, y, 1) to pixels of the picture; raises ValueError when the stable points coincide.

    Args:
        points: (478, 2 or 3) MESH478 in pixels.
    """
    place = FacePlace.of(points)
    step = MM_PER_PX * place.scale
    first = place.origin - step * complex(*_ORIGIN_PX)
    return np.array([[step.real, -step.imag, first.real], [step.imag, step.real, first.imag]])


def face_crop(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(160, 160, 3) uint8 crop of a face in a picture (H, W, 3), averaged where the picture is finer than the crop.

    Args:
        image: RGB.
        points: (478, 2 or 3) MESH478 in its pixels.
    """
    matrix = crop_matrix(points)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    fine = int(np.clip(np.ceil(scale - 0.25), 1, _MOST_OVERSAMPLING))
    # Pixels of the finer crop are centred around those of the crop.
    finer = matrix.copy()
    finer[:, :2] /= fine
    finer[:, 2] += matrix[:, :2] @ np.full(2, 0.5 / fine - 0.5)
    crop = cv2.warpAffine(
        image,
        finer,
        (SIZE_PX * fine, SIZE_PX * fine),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if fine > 1:
        crop = cv2.resize(crop, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA)
    return np.where(FACE_MASK[..., None], crop, np.uint8(_GREY))
