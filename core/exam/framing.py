"""Is the picture good enough to record? One small picture of a preview, judged in words (reference A4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

from core.exam.quality import BRIGHTEST_CHEEK, DARKEST_CHEEK, LIGHT_DIFFERENCE, SMALLEST_IRIS_PX
from core.face.pose import head_pose
from core.face.scale import IRIS_DIAMETER_MM, iris_diameter

# Wider than the gates on a movement (reference A4): a head finds its own straight position, and pitch is judged against an average
# face, whose zero is not everybody's.
YAW_LIMIT_DEG, PITCH_LIMIT_DEG, ROLL_LIMIT_DEG = 8.0, 18.0, 12.0
NEAREST_MM = 350.0
# Of the longer side of the picture: a laptop or phone camera sees 60 to 75 degrees along it.
_USUAL_FIELD_DEG = 66.0
_EDGE = 0.01
# Landmarks end at the hairline; what belongs to the head above and beside them.
_ABOVE, _BESIDE = 0.12, 0.02


class FramingAspect(StrEnum):
    """What is looked at."""

    FACE = "face"
    DISTANCE = "distance"
    HEAD = "head"
    LIGHT = "light"


class PreviewPicture(Protocol):
    """What is known of a picture of the preview (models.tracking.frames finds it)."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def faces(self) -> Sequence[np.ndarray]: ...
    @property
    def cheek_luminance(self) -> np.ndarray | None: ...


@dataclass(frozen=True)
class Framing:
    """What was seen.

    Attributes:
        findings: aspect -> code of ``pages.components.recorder_texts`` such as "distance_far"; "unknown" where it cannot be judged.
        box: (left, top, right, bottom) of the largest face as parts of the picture's width and height, None without one.
        iris_px: horizontal iris diameter in pixels of the recording, None without a face.
        yaw_deg, pitch_deg, roll_deg: head pose, None without a face.
    """

    findings: dict[FramingAspect, str]
    box: tuple[float, float, float, float] | None = None
    iris_px: float | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None

    @property
    def good(self) -> bool:
        """Nothing speaks against recording now."""
        return all(code.endswith("_ok") for code in self.findings.values())

    def as_json(self) -> dict[str, Any]:
        """For the recorder's script."""
        pose = {"yaw_deg": self.yaw_deg, "pitch_deg": self.pitch_deg, "roll_deg": self.roll_deg}
        rounded = {name: None if value is None else round(value, 1) for name, value in pose.items()}
        return {
            "good": self.good,
            "findings": {aspect.value: code for aspect, code in self.findings.items()},
            "box": self.box and [round(part, 4) for part in self.box],
            "iris_px": None if self.iris_px is None else round(self.iris_px, 1),
            **rounded,
        }


def judge_framing(picture: PreviewPicture, *, recorded_width_px: float | None = None) -> Framing:
    """Judge a picture of the preview.

    Args:
        picture: what was found in it; points in its own pixels, which may be fewer than the recording's.
        recorded_width_px: width of the recording; the picture's own when None.
    """
    unknown = dict.fromkeys(FramingAspect, "unknown")
    if not picture.faces:
        return Framing({**unknown, FramingAspect.FACE: "face_none"})
    points = picture.faces[0]
    scale = (recorded_width_px or picture.width) / picture.width
    iris_px = float(iris_diameter(points)) * scale
    yaw, pitch, roll = (float(angle) for angle in head_pose(points[None])[0])
    box = _box(points, picture.width, picture.height)
    findings = {
        FramingAspect.FACE: _face(len(picture.faces), box),
        FramingAspect.DISTANCE: _distance(iris_px, max(picture.width, picture.height) * scale),
        FramingAspect.HEAD: _head(yaw, pitch, roll),
        FramingAspect.LIGHT: _light(picture.cheek_luminance),
    }
    return Framing(findings, box, iris_px, yaw, pitch, roll)


def _box(points: np.ndarray, width: int, height: int) -> tuple[float, float, float, float]:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    size = high - low
    return (
        float((low[0] - _BESIDE * size[0]) / width),
        float((low[1] - _ABOVE * size[1]) / height),
        float((high[0] + _BESIDE * size[0]) / width),
        float(high[1] / height),
    )


def _face(count: int, box: tuple[float, float, float, float]) -> str:
    if count > 1:
        return "face_many"
    inside = box[0] >= -_EDGE and box[1] >= -_EDGE and box[2] <= 1 + _EDGE and box[3] <= 1 + _EDGE
    return "face_ok" if inside else "face_cut"


def _distance(iris_px: float, longer_side_px: float) -> str:
    if iris_px < SMALLEST_IRIS_PX:
        return "distance_far"
    distance_mm = IRIS_DIAMETER_MM / iris_px * longer_side_px / (2 * np.tan(np.deg2rad(_USUAL_FIELD_DEG / 2)))
    return "distance_near" if distance_mm < NEAREST_MM else "distance_ok"


def _head(yaw_deg: float, pitch_deg: float, roll_deg: float) -> str:
    if not np.isfinite([yaw_deg, pitch_deg, roll_deg]).all():
        return "unknown"
    if abs(yaw_deg) > YAW_LIMIT_DEG:
        return "head_turned"
    if abs(roll_deg) > ROLL_LIMIT_DEG:
        return "head_tilted"
    return "head_nodded" if abs(pitch_deg) > PITCH_LIMIT_DEG else "head_ok"


def _light(cheeks: np.ndarray | None) -> str:
    if cheeks is None or not np.isfinite(cheeks).all():
        return "unknown"
    darker, brighter = sorted(float(value) for value in cheeks)
    if brighter < DARKEST_CHEEK:
        return "light_dark"
    if darker > BRIGHTEST_CHEEK:
        return "light_bright"
    return "light_uneven" if (brighter - darker) / brighter > LIGHT_DIFFERENCE else "light_ok"
