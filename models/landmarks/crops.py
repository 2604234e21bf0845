"""Where a network looks: an upright square around the 68 points of a face, and the way back to the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.checks import check_shape
from core.face.ibug68 import OUTER_CANTHI, POINTS

_MOST_OVERSAMPLING = 6


@dataclass(frozen=True)
class CropPlan:
    """How large the square is and where it lies.

    Attributes:
        size_px: side of the network's input.
        extent: side of the square in the picture, in mean sides of the box around the 68 points.
        raised: how far its centre lies above the centre of that box, in heights of the box.
    """

    size_px: int
    extent: float
    raised: float = 0.0


# As the published networks were trained: 200 pixels at a reference scale of 195, the centre raised by 0.12
# (face_alignment/utils.py).
OFFICIAL_CROP = CropPlan(256, 2 * 200 / 195, 0.12)
# A small network wastes no pixels on what is around the face.
SMALL_CROP = CropPlan(128, 1.3, 0.02)


@dataclass(frozen=True)
class Crop:
    """One face cut out of one picture.

    Attributes:
        matrix: (2, 3) from pixels of the picture to pixels of the crop.
        size_px: side of the crop.
    """

    matrix: np.ndarray
    size_px: int

    @classmethod
    def around(
        cls,
        points: np.ndarray,
        plan: CropPlan,
        *,
        turn_deg: float = 0.0,
        zoom: float = 1.0,
        shift: tuple[float, float] = (0.0, 0.0),
    ) -> Crop:
        """The square around (68, 2) points of the picture, upright on the line of the outer canthi.

        Args:
            points: iBUG points, pixels.
            plan: size and place.
            turn_deg: turned further by this much.
            zoom: factor on the size of the face in the crop.
            shift: of the face in the crop, in sides of the crop, right and down.
        """
        check_shape("points", points, (POINTS, 2))
        points = points.astype(np.float64)
        across = points[OUTER_CANTHI[1]] - points[OUTER_CANTHI[0]]
        upright = _rotation(-np.arctan2(across[1], across[0]))
        level = points @ upright.T
        low, high = level.min(axis=0), level.max(axis=0)
        box = np.maximum(high - low, 1.0)
        centre = upright.T @ ((low + high) / 2 - [0.0, plan.raised * box[1]])
        linear = zoom * plan.size_px / (plan.extent * box.mean()) * (_rotation(np.radians(turn_deg)) @ upright)
        middle = (plan.size_px - 1) / 2 + np.array(shift) * plan.size_px
        return cls(np.column_stack([linear, middle - linear @ centre]), plan.size_px)

    def cut(self, image: np.ndarray) -> np.ndarray:
        """(size, size, 3) uint8 crop of a picture; a finer picture is averaged and not skipped through."""
        scale = float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))
        finer = int(np.clip(np.ceil(0.75 / scale), 1, _MOST_OVERSAMPLING))
        matrix = self.matrix * finer
        matrix[:, 2] += 0.5 * (finer - 1)
        side = self.size_px * finer
        large = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return large if finer == 1 else cv2.resize(large, (self.size_px,) * 2, interpolation=cv2.INTER_AREA)

    def to_crop(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) pixels of the crop from pixels of the picture."""
        return points @ self.matrix[:, :2].T + self.matrix[:, 2]

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) pixels of the picture from pixels of the crop."""
        return (points - self.matrix[:, 2]) @ np.linalg.inv(self.matrix[:, :2]).T


def _rotation(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])
