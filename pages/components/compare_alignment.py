"""Pictures of two visits brought onto each other: turned, moved and scaled so that the corners of the eyes coincide."""

from __future__ import annotations

import cv2
import numpy as np

from core.face.landmarks import mesh_regions
from core.words import SIDES

VIEW_WIDTH_PX, VIEW_HEIGHT_PX = 460, 560
# Places of the outer and inner corners of the eyes, in widths of the view from its left and top edge. The distance between the
# outer corners is about 90 mm of a face, so that the view shows forehead and chin.
_OUTER, _INNER, _LEVEL = 0.285, 0.118, 0.46


def aligned_view(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(VIEW_HEIGHT_PX, VIEW_WIDTH_PX, 3) uint8: the face with its eyes at the same place as in every other view.

    Only the corners of the eyes count, which do not move with expression (reference C5), and the view is turned, moved and
    scaled, never stretched: what differs between two views is the face and how the head was held.

    Args:
        image: (H, W, 3) uint8 RGB.
        points: (478, 2 or 3) MESH478 landmarks in its pixels.
    """
    matrix = view_matrix(points)
    zoom = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if zoom < 0.5:  # averaged first, so that nothing flickers away
        small = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        ratio = np.array([small.shape[1] / image.shape[1], small.shape[0] / image.shape[0]])
        image, matrix = small, np.hstack([matrix[:, :2] / ratio, matrix[:, 2:]])
    return cv2.warpAffine(
        np.ascontiguousarray(image),
        matrix,
        (VIEW_WIDTH_PX, VIEW_HEIGHT_PX),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def view_matrix(points: np.ndarray) -> np.ndarray:
    """(2, 3) from pixels of a picture to those of the view: the similarity that fits the four corners of the eyes best."""
    corners = [
        index for side in SIDES for index in (mesh_regions(side).outer_canthus, mesh_regions(side).inner_canthus)
    ]
    there = points[corners, 0] + 1j * points[corners, 1]
    here = np.array([-_OUTER, -_INNER, _INNER, _OUTER])[[0, 1, 3, 2]] + 0.5 + 1j * _LEVEL
    here = here * VIEW_WIDTH_PX
    moved = there - there.mean()
    turn = np.vdot(moved, here - here.mean()) / np.vdot(moved, moved).real
    shift = here.mean() - turn * there.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
