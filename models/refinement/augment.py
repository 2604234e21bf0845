"""What cameras, light and compression do to a crop, and how the mesh errs about its place: seeded, for training."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.refinement.alignment import CROP_HEIGHT, CROP_WIDTH, MM_PER_PX

# Crops are kept finer and with a margin, so that they can be shifted and turned.
STORED_MM_PER_PX = 0.6
MARGIN_MM = 8.0
STORED_SIZE = tuple(
    int(np.ceil((pixels * MM_PER_PX + 2 * MARGIN_MM) / STORED_MM_PER_PX)) for pixels in (CROP_WIDTH, CROP_HEIGHT)
)
_IRIS_MM = 11.7


@dataclass(frozen=True)
class Augmentation:
    """How strongly crops are changed; SDs unless said otherwise.

    Attributes:
        shift_mm, turn_deg, scale: of the crop's place.
        point_noise_mm: of each of the mesh's points by itself.
        mesh_error: least and greatest factor by which all errors of the mesh in a crop are multiplied together, so that how far
            the mesh is off is learned from the picture and not from the mesh.
        iris_px: least iris diameter that a camera leaves, in pixels of the picture.
        pictures: whether light, colour, blur, noise and compression change at all.
    """

    shift_mm: float = 1.0
    turn_deg: float = 2.5
    scale: float = 0.03
    point_noise_mm: float = 0.25
    mesh_error: tuple[float, float] = (0.3, 1.7)
    iris_px: float = 8.0
    pictures: bool = True


NONE = Augmentation(0.0, 0.0, 0.0, 0.0, (1.0, 1.0), 40.0, pictures=False)


def augmented(
    stored: np.ndarray, points: tuple[np.ndarray, ...], how: Augmentation, random: np.random.Generator
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """A crop (CROP_HEIGHT, CROP_WIDTH, 3) uint8 as some camera and some alignment would have given it, and its points.

    Args:
        stored: (STORED_SIZE[1], STORED_SIZE[0], 3) uint8 crop with its margin.
        points: arrays (P, 2) of u and v in millimetres, all moved in the same way.
        how: strengths.
        random: what to draw from.
    """
    turn = np.deg2rad(how.turn_deg) * random.standard_normal()
    scale = float(np.exp(how.scale * random.standard_normal()))
    shift = how.shift_mm * random.standard_normal(2)
    centre = 0.5 * MM_PER_PX * np.array([CROP_WIDTH - 1, CROP_HEIGHT - 1])
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    # New millimetres of a point p: rotation (p - centre) + centre + shift; the crop is sampled the other way round.
    moved = tuple((p - centre) @ rotation.T + centre + shift for p in points)
    back = np.linalg.inv(rotation)
    offset = centre - back @ (centre + shift)
    matrix = np.column_stack([back * MM_PER_PX / STORED_MM_PER_PX, (offset + MARGIN_MM) / STORED_MM_PER_PX])
    crop = cv2.warpAffine(
        stored,
        matrix,
        (CROP_WIDTH, CROP_HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return (_seen_by_a_camera(crop, how, random) if how.pictures else crop), moved


def _seen_by_a_camera(crop: np.ndarray, how: Augmentation, random: np.random.Generator) -> np.ndarray:
    picture = _lit(crop.astype(np.float32), random)
    if random.random() < 0.6:
        picture = _coarser(picture, how, random)
    if random.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.4, 1.1))
    if random.random() < 0.15:
        picture = _moved_while_exposed(picture, random)
    if random.random() < 0.7:
        grain = random.standard_normal(picture.shape[:2], np.float32)[..., None]
        colour = random.standard_normal(picture.shape, np.float32)
        picture = picture + random.uniform(0.5, 7.0) * (0.8 * grain + 0.5 * colour)
    picture = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        quality = int(random.integers(25, 90))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    if random.random() < 0.2:
        grey = picture.mean(axis=2, keepdims=True)
        picture = np.repeat(grey, 3, axis=2).astype(np.uint8)
    return picture


def _lit(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Exposure down to low light, contrast, gamma, colour of the light, and light from one side."""
    gamma = np.exp(0.25 * random.standard_normal())
    picture = 255.0 * (picture / 255.0) ** gamma
    across = np.linspace(-0.5, 0.5, picture.shape[1], dtype=np.float32)[None, :, None]
    along = np.linspace(-0.5, 0.5, picture.shape[0], dtype=np.float32)[:, None, None]
    side, top = 0.45 * random.standard_normal(2)
    gain = np.clip(1.0 + side * across + top * along, 0.3, 1.8)
    colour = 1.0 + 0.10 * random.standard_normal(3).astype(np.float32)
    exposure = random.uniform(0.25, 0.7) if random.random() < 0.25 else random.uniform(0.7, 1.3)
    lift = random.uniform(0, 30) if random.random() < 0.3 else 0.0
    return picture * (exposure * gain * colour) + np.float32(lift)


def _coarser(picture: np.ndarray, how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """As a camera saw it whose iris is only some pixels wide."""
    finest = _IRIS_MM / MM_PER_PX
    iris = random.uniform(how.iris_px, max(finest, how.iris_px + 1e-3))
    factor = min(iris / finest, 1.0)
    size = (max(8, round(picture.shape[1] * factor)), max(8, round(picture.shape[0] * factor)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    back = cv2.INTER_CUBIC if random.random() < 0.5 else cv2.INTER_LINEAR
    return cv2.resize(small, (picture.shape[1], picture.shape[0]), interpolation=back)


def _moved_while_exposed(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    length = int(random.integers(2, 5))
    kernel = np.full((length, 1), 1.0 / length, np.float32)
    return cv2.filter2D(picture, -1, kernel if random.random() < 0.5 else kernel.T)
