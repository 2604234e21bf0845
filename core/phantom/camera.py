"""A perspective camera, its light and its noise: from a face in millimetres to pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.face.pose import rotation_from_angles
from core.phantom.portrait import PORTRAIT_DISTANCE_MM

_NOISE_MARGIN_PX = 64


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and how it sees.

    Attributes:
        width, height: pixels of the picture.
        fps: frames a second.
        distance_mm: from the camera to the middle between the eyes.
        face_part: width of an average face (130 mm) at the distance of the eyes, as part of the picture's smaller side.
        brightness: factor on the light, 1 as drawn.
        side_light: brightness of the patient's left minus the right edge of the picture, as part of the mean.
        warmth: above 0 warmer (more red), below 0 cooler, about 0.1 is clearly visible.
        noise: SD of the camera noise in grey levels.
        blur_px: SD of a lens blur in pixels, 0 none.
    """

    width: int = 640
    height: int = 640
    fps: float = 30.0
    distance_mm: float = PORTRAIT_DISTANCE_MM
    face_part: float = 0.46
    brightness: float = 1.0
    side_light: float = 0.0
    warmth: float = 0.0
    noise: float = 1.6
    blur_px: float = 0.0

    @property
    def px_per_mm(self) -> float:
        """Pixels a millimetre at the distance of the eyes."""
        return self.face_part * min(self.width, self.height) / 130.0

    def project(
        self, shape_mm: np.ndarray, pose_deg: np.ndarray, translation_mm: np.ndarray, turn_centre_mm: np.ndarray
    ) -> np.ndarray:
        """Pixels of points of the head, (N, 3): x right, y down, z away from the camera, z in the scale of the eyes.

        Args:
            shape_mm: (N, 3) face axes, origin between the eyes.
            pose_deg: (3,) yaw, pitch, roll of the head.
            translation_mm: (3,) displacement of the head.
            turn_centre_mm: (3,) point that the head turns about, in the neck.
        """
        rotation = rotation_from_angles(*(float(angle) for angle in pose_deg))
        placed = (shape_mm - turn_centre_mm) @ rotation.T + turn_centre_mm + translation_mm
        scale = self.px_per_mm * self.distance_mm / (self.distance_mm - placed[:, 2])
        x = self.width / 2 + scale * placed[:, 0]
        y = self.eye_level_px - scale * placed[:, 1]
        return np.column_stack([x, y, -self.px_per_mm * placed[:, 2]])

    @property
    def eye_level_px(self) -> float:
        """Row of the picture in which the eyes of a centred head lie: the face is centred, not the eyes."""
        return self.height / 2 - 22.0 * self.px_per_mm


class Sensor:
    """What light and sensor do to a finished picture; the noise of every frame is a cut of one seeded tile."""

    def __init__(self, camera: Camera, seed: int) -> None:
        self._camera = camera
        self._random = np.random.default_rng(seed)
        shape = (camera.height + _NOISE_MARGIN_PX, camera.width + _NOISE_MARGIN_PX)
        fine = self._random.normal(0.0, 1.0, shape)
        coarse = cv2.resize(
            self._random.normal(0.0, 1.0, (shape[0] // 2, shape[1] // 2)), shape[::-1], interpolation=cv2.INTER_LINEAR
        )
        grain = camera.noise * (0.8 * fine + 0.9 * coarse)
        self._noise = np.repeat(np.rint(grain)[:, :, None], 3, axis=2).astype(np.int16)
        self._gain = self._gain_map()

    def _gain_map(self) -> np.ndarray | None:
        camera = self._camera
        if camera.brightness == 1.0 and camera.side_light == 0.0 and camera.warmth == 0.0:
            return None
        across = np.linspace(-0.5, 0.5, camera.width) * camera.side_light
        colour = np.array([1 + 0.6 * camera.warmth, 1.0, 1 - 0.8 * camera.warmth])
        gain = camera.brightness * (1 + across)[None, :, None] * colour
        return np.broadcast_to(gain, (camera.height, camera.width, 3)).astype(np.float32)

    def expose(self, picture: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 RGB as the camera delivers it."""
        if self._gain is not None:
            picture = cv2.multiply(picture, self._gain, dtype=cv2.CV_8U)
        if self._camera.blur_px > 0:
            picture = cv2.GaussianBlur(picture, (0, 0), self._camera.blur_px)
        if self._camera.noise <= 0:
            return picture
        top, left = self._random.integers(0, _NOISE_MARGIN_PX, 2)
        noise = self._noise[top : top + self._camera.height, left : left + self._camera.width]
        return cv2.add(picture, noise, dtype=cv2.CV_8U)
