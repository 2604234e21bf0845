"""Which pictures the screen may say something of: face large enough, turned to the camera, whole, lit and sharp."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.exam.framing import PITCH_LIMIT_DEG, ROLL_LIMIT_DEG, YAW_LIMIT_DEG
from core.exam.protocol import Expression
from core.exam.quality import BRIGHTEST_CHEEK, DARKEST_CHEEK, LOWEST_SHARPNESS
from core.face.picture import cheek_luminance, sharpness
from core.face.pose import head_pose
from core.face.scale import IRIS_DIAMETER_MM, iris_diameter
from models.face_crops import MM_PER_PX

SMALLEST_IRIS_PX = IRIS_DIAMETER_MM / MM_PER_PX
"""Below this the crop would have more pixels than the picture."""
_MOST_OUTSIDE = 0.02
NEEDED = (Expression.EYES_TIGHT, Expression.SMILE_OPEN)
"""An examination is assessable with a usable picture at rest and one of these: where synkinesis shows most."""


def refusal(image: np.ndarray, points: np.ndarray) -> str | None:
    """Why nothing is said of a picture (H, W, 3) with MESH478 points (478, 3) in it, one sentence; None when something may be."""
    if not np.isfinite(points).all():
        return "No face was found in the picture."
    height, width = image.shape[:2]
    iris = float(iris_diameter(points))
    if iris < SMALLEST_IRIS_PX:
        return f"The face is too small: the iris measures {iris:.0f} pixels, {SMALLEST_IRIS_PX:.0f} are needed."
    outside = (points[:, :2] < -0.5).any(axis=1) | (points[:, :2] > [width - 0.5, height - 0.5]).any(axis=1)
    if outside.mean() > _MOST_OUTSIDE:
        return "Part of the face lies outside the picture."
    yaw, pitch, roll = np.abs(head_pose(points[None])[0])
    if yaw > YAW_LIMIT_DEG:
        return f"The head is turned to the side by {yaw:.0f} degrees."
    if pitch > PITCH_LIMIT_DEG:
        return f"The head is tilted up or down by {pitch:.0f} degrees."
    if roll > ROLL_LIMIT_DEG:
        return f"The head is tilted to a shoulder by {roll:.0f} degrees."
    cheeks = cheek_luminance(image, points)
    if np.nanmax(cheeks) < DARKEST_CHEEK:
        return "The face is too dark."
    if np.nanmin(cheeks) > BRIGHTEST_CHEEK:
        return "The face is overexposed."
    sharp = sharpness(image, points)
    if np.isfinite(sharp) and sharp < LOWEST_SHARPNESS:
        return "The face is blurred."
    return None


def examination_refusal(expressions: Sequence[Expression | None], reasons: Sequence[str | None]) -> str | None:
    """Why nothing is said of an examination, or of loose pictures (all of which have no expression); None when something may be.

    Args:
        expressions: of its pictures.
        reasons: why nothing is said of each picture (``refusal``), None where something may be.
    """
    usable = {expression for expression, reason in zip(expressions, reasons, strict=True) if reason is None}
    first = next((reason for reason in reasons if reason), None)
    if not usable:
        return first or "There is no picture."
    loose = all(expression is None for expression in expressions)
    if loose or (Expression.REST in usable and usable.intersection(NEEDED)):
        return None
    what = "at rest" if Expression.REST not in usable else "of tight eye closure or of a big smile"
    return f"There is no usable picture {what}." + (f" {first}" if first else "")
