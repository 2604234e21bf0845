"""From items to batches: faces cut out once with a margin, then moved, lit and mirrored anew every time they are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.face.landmarks import IBUG68
from models.landmarks.crops import Crop, CropPlan
from models.landmarks.manifest import LandmarkItem

_MARGIN = 1.4


@dataclass(frozen=True)
class Augmentation:
    """How far a face may be changed when it is shown.

    Attributes:
        turn_deg: turned by up to this much.
        zoom: larger or smaller by up to this part.
        shift: moved by up to this part of the crop.
        mirror: how often it is shown mirrored, with right and left points exchanged by the one mirror table.
        light: brightness, contrast and colour of channels by up to this part.
        blur: how often it is out of focus.
        noise: SD of the noise in grey levels, at most.
        hidden: how often a rectangle covers a part of the face.
    """

    turn_deg: float = 12.0
    zoom: float = 0.12
    shift: float = 0.05
    mirror: float = 0.5
    light: float = 0.25
    blur: float = 0.25
    noise: float = 8.0
    hidden: float = 0.15


USUAL = Augmentation()
# As a tracker's box may lie: the crop gives the points away to nobody.
BOX_ERROR = Augmentation(turn_deg=3.0, zoom=0.05, shift=0.03, mirror=0.0, light=0.0, blur=0.0, noise=0.0, hidden=0.0)


class Samples:
    """Faces of a list of items, kept as crops with a margin (about 100 kB each for a network of 128 pixels).

    Args:
        items: at least one.
        plan: of the network.
        progress: called after every picture with how many are done; may raise to cancel.
    """

    def __init__(
        self, items: Sequence[LandmarkItem], plan: CropPlan, progress: Callable[[int], None] = lambda _done: None
    ) -> None:
        self._plan = plan
        wide = CropPlan(round(plan.size_px * _MARGIN), plan.extent * _MARGIN, plan.raised)
        self._wide = [Crop.around(item.points, wide) for item in items]
        self._pictures = []
        for done, (item, crop) in enumerate(zip(items, self._wide, strict=True), 1):
            self._pictures.append(crop.cut(item.picture()))
            progress(done)
        self._visible = [item.visible for item in items]
        self._points = [crop.to_crop(item.points) for item, crop in zip(items, self._wide, strict=True)]

    def __len__(self) -> int:
        return len(self._pictures)

    def batch(
        self, indices: Sequence[int], random: np.random.Generator, augmentation: Augmentation
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Crop]]:
        """Some faces, changed at random.

        Returns:
            (B, 3, size, size) float32 pictures, 0 to 1; (B, 68, 2) float32 points in pixels of these pictures; (B, 68)
            bool, which of them can be seen; the way from each picture of the item to its crop, for faces that are not mirrored.
        """
        shown = [self._shown(index, random, augmentation) for index in indices]
        pictures = np.stack([picture for picture, *_ in shown]).transpose(0, 3, 1, 2)
        points = np.stack([points for _, points, _, _ in shown]).astype(np.float32)
        visible = np.stack([visible for _, _, visible, _ in shown])
        return np.ascontiguousarray(pictures, np.float32) / 255.0, points, visible, [crop for *_, crop in shown]

    def _shown(
        self, index: int, random: np.random.Generator, augmentation: Augmentation
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, Crop]:
        picture, points, wide = self._pictures[index], self._points[index], self._wide[index]
        visible = self._visible[index]
        inner = Crop.around(
            points,
            self._plan,
            turn_deg=augmentation.turn_deg * random.uniform(-1, 1),
            zoom=1 + augmentation.zoom * random.uniform(-1, 1),
            shift=tuple(augmentation.shift * random.uniform(-1, 1, 2)),
        )
        small, placed = inner.cut(picture), inner.to_crop(points)
        if random.random() < augmentation.mirror:
            small, placed = mirrored(small, placed)
            visible = visible[IBUG68.mirror]
        if augmentation.light or augmentation.noise or augmentation.hidden or augmentation.blur:
            small = _seen_by_a_camera(small, random, augmentation)
        linear = inner.matrix[:, :2] @ wide.matrix[:, :2]
        offset = inner.matrix[:, :2] @ wide.matrix[:, 2] + inner.matrix[:, 2]
        return small, placed, visible, Crop(np.column_stack([linear, offset]), self._plan.size_px)


def mirrored(picture: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture (H, W, 3) and its points (68, 2) as in a mirror: right and left points change their numbers."""
    return np.ascontiguousarray(picture[:, ::-1]), IBUG68.flip(points, picture.shape[1])


def _seen_by_a_camera(picture: np.ndarray, random: np.random.Generator, augmentation: Augmentation) -> np.ndarray:
    size = len(picture)
    if random.random() < augmentation.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), float(random.uniform(0.3, 1.2)) * size / 128)
    seen = picture.astype(np.float32)
    light = augmentation.light
    gains = (1 + light * random.uniform(-1, 1)) * (1 + 0.3 * light * random.uniform(-1, 1, 3))
    contrast = 1 + light * random.uniform(-1, 1)
    middle = seen.mean()
    seen = ((seen - middle) * contrast + middle) * gains.astype(np.float32)
    seen += random.normal(0, augmentation.noise * random.uniform(), seen.shape).astype(np.float32)
    if random.random() < augmentation.hidden:
        wide, high = (random.uniform(0.08, 0.3, 2) * size).astype(int)
        left, top = int(random.integers(0, size - wide)), int(random.integers(0, size - high))
        seen[top : top + high, left : left + wide] = random.uniform(0, 255, 3)
    return np.clip(seen, 0, 255)
