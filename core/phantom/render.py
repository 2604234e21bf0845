"""From a portrait and a moved face to a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np

from core.phantom.camera import Camera, Sensor
from core.phantom.eyes import EyePainter
from core.phantom.mouth import MouthPainter
from core.phantom.portrait import FOLD_TINT, PORTRAIT_DISTANCE_MM, Crease, Portrait
from core.phantom.warp import FACE_OVAL, SkinWarp, skirt_around
from core.words import SIDES, Side

# The head turns about a point in the neck, below and behind the eyes.
TURN_CENTRE_MM = np.array([0.0, -95.0, -75.0])
_MOST_TEXTURE = 1.25


class Renderer:
    """Draws one portrait through one camera.

    Args:
        portrait: the face at rest.
        camera: where it is seen from.
        seed: of the camera noise.
    """

    def __init__(self, portrait: Portrait, camera: Camera, seed: int = 0) -> None:
        portrait = _fitted(portrait, camera)
        self._portrait = portrait
        self._camera = camera
        self._sensor = Sensor(camera, seed)
        mm_per_px, origin_px = _scale_and_origin(portrait)
        self._skirt = skirt_around(portrait, mm_per_px, origin_px)
        self._warp = SkinWarp(portrait, self._skirt)
        self._eyes = [EyePainter(portrait, side) for side in SIDES]
        self._mouth = MouthPainter(portrait)
        self._creases = {key: _cut(crease) for key, crease in portrait.creases.items() if np.abs(crease).max() > 0}
        still = (np.zeros(3), np.zeros(3))
        self._skirt_still = self._project(self._skirt.place_mm, *still)
        self._background = self._placed_background()

    def landmarks(self, shape_mm: np.ndarray, pose_deg: np.ndarray, translation_mm: np.ndarray) -> np.ndarray:
        """(478, 3) exact landmarks of a moved face in pixels: x right, y down, z away from the camera."""
        return self._project(shape_mm, pose_deg, translation_mm)

    def frame(
        self,
        shape_mm: np.ndarray,
        pose_deg: np.ndarray,
        translation_mm: np.ndarray,
        creases: Mapping[tuple[Crease, Side], float] | None = None,
        jaw_drop_mm: float = 0.0,
    ) -> np.ndarray:
        """(H, W, 3) uint8 RGB picture.

        Args:
            shape_mm: (478, 3) the moved face in face axes, without head movement.
            pose_deg: (3,) yaw, pitch, roll.
            translation_mm: (3,) displacement of the head.
            creases: depth of each fold added to the portrait's own, 0 to 1; down to -1 smooths the portrait's own fold away.
            jaw_drop_mm: how far the lower teeth have gone down.
        """
        points = self._project(shape_mm, pose_deg, translation_mm)
        at_rest = self._project(self._portrait.shape_mm, pose_deg, translation_mm)
        vertices = np.vstack([points, self._skirt_vertices(points, at_rest, pose_deg, translation_mm)])
        map_x, map_y = self._warp.maps(vertices, self._camera.width, self._camera.height)
        texture = self._creased(creases or {})
        picture = cv2.remap(texture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        scale = self._camera.px_per_mm
        for eye in self._eyes:
            eye.paint(picture, points[:, :2], at_rest[:, :2], scale)
        anchors = self._project(self._mouth.anchors_mm(jaw_drop_mm), pose_deg, translation_mm)
        self._mouth.paint(picture, points[:, :2], anchors[:, :2], scale)
        if self._background is not None and self._portrait.matte is not None:
            matte = cv2.remap(self._portrait.matte, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            picture = _over(picture, matte, self._background)
        return self._sensor.expose(picture)

    def _project(self, shape_mm: np.ndarray, pose_deg: np.ndarray, translation_mm: np.ndarray) -> np.ndarray:
        return self._camera.project(shape_mm, pose_deg, translation_mm, TURN_CENTRE_MM)

    def _skirt_vertices(
        self, points: np.ndarray, at_rest: np.ndarray, pose_deg: np.ndarray, translation_mm: np.ndarray
    ) -> np.ndarray:
        skirt = self._skirt
        moved = self._project(skirt.place_mm, pose_deg, translation_mm)
        stiff = skirt.stiffness[:, None]
        placed = stiff * moved + (1 - stiff) * self._skirt_still
        oval = np.array(FACE_OVAL)[skirt.oval]
        placed[:, :2] += (skirt.follows * skirt.stiffness)[:, None] * (points[oval, :2] - at_rest[oval, :2])
        placed[:, 2] = moved[:, 2]
        return placed

    def _creased(self, creases: Mapping[tuple[Crease, Side], float]) -> np.ndarray:
        texture = self._portrait.image
        folds = self._portrait.resting_folds
        wanted = {key: depth if depth > 0 else depth * folds.get(key, 0.0) for key, depth in creases.items()}
        active = {key: depth for key, depth in wanted.items() if abs(depth) > 0.01 and key in self._creases}
        if not active:
            return texture
        texture = texture.copy()
        for key, depth in active.items():
            place, crease = self._creases[key]
            view = texture[place]
            factor = 1.0 - np.float32(depth) * crease[..., None] * (1 - np.array(FOLD_TINT, np.float32))
            view[...] = np.clip(view * factor + 0.5, 0, 255).astype(np.uint8)
        return texture

    def _placed_background(self) -> np.ndarray | None:
        background = self._portrait.background
        if background is None:
            return None
        size = (self._camera.width, self._camera.height)
        height, width = background.shape[:2]
        factor = max(size[0] / width, size[1] / height)
        scaled = cv2.resize(background, (round(width * factor), round(height * factor)))
        top, left = (scaled.shape[0] - size[1]) // 2, (scaled.shape[1] - size[0]) // 2
        return np.ascontiguousarray(scaled[top : top + size[1], left : left + size[0]])


def _fitted(portrait: Portrait, camera: Camera) -> Portrait:
    """The portrait at no more than 1.25 times the resolution at which it is seen: sampling a finer one would flicker."""
    mm_per_px, _ = _scale_and_origin(portrait)
    factor = _MOST_TEXTURE * camera.px_per_mm * mm_per_px
    if factor >= 1:
        return portrait
    height, width = portrait.image.shape[:2]
    size = (round(width * factor), round(height * factor))

    def scaled(layer: np.ndarray) -> np.ndarray:
        return cv2.resize(layer, size, interpolation=cv2.INTER_AREA)

    ratio = np.array([size[0] / width, size[1] / height])
    return replace(
        portrait,
        image=scaled(portrait.image),
        points=(portrait.points + 0.5) * ratio - 0.5,
        eye_layer=scaled(portrait.eye_layer),
        background=None if portrait.background is None else scaled(portrait.background),
        matte=None if portrait.matte is None else scaled(portrait.matte),
        creases={key: scaled(crease) for key, crease in portrait.creases.items()},
    )


def _over(picture: np.ndarray, matte: np.ndarray, background: np.ndarray) -> np.ndarray:
    return cv2.blendLinear(picture, background, matte, 1 - matte)


def _cut(crease: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray]:
    """The part of a fold's map that is not empty."""
    rows, columns = np.nonzero(np.abs(crease) > 0.004)
    place = (slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1))
    return place, np.ascontiguousarray(crease[place], dtype=np.float32)


def _scale_and_origin(portrait: Portrait) -> tuple[float, np.ndarray]:
    """Millimetres a pixel of the portrait at the eyes and where the origin of the face axes lies in it, by least squares."""
    seen = portrait.shape_mm[:, :2] / (1 - portrait.shape_mm[:, 2:] / PORTRAIT_DISTANCE_MM) * [1, -1]
    points = portrait.points
    centred_seen, centred_points = seen - seen.mean(axis=0), points - points.mean(axis=0)
    mm_per_px = float((centred_seen * centred_points).sum() / (centred_points**2).sum())
    return mm_per_px, points.mean(axis=0) - seen.mean(axis=0) / mm_per_px
