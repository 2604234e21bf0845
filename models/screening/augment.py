"""How pictures of one examination are changed for training: light that all of them share, and what befalls each one by itself."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """How strongly pictures are changed; SDs unless said otherwise.

    Attributes:
        flipped: part of the examinations that are mirrored as a whole, which changes no label.
        shift_px, turn_deg, scale: of each picture's place, as alignment errs.
        gamma, side_light, colour: of the light, shared by the pictures of an examination.
        exposure: least and greatest, likewise.
        blurred, noisy, compressed: part of the pictures that are.
    """

    flipped: float = 0.5
    shift_px: float = 0.5
    turn_deg: float = 0.8
    scale: float = 0.008
    gamma: float = 0.15
    side_light: float = 0.25
    colour: float = 0.05
    exposure: tuple[float, float] = (0.6, 1.3)
    blurred: float = 0.3
    noisy: float = 0.5
    compressed: float = 0.3


NONE = Augmentation(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, (1.0, 1.0), 0.0, 0.0, 0.0)


def augmented(pictures: np.ndarray, how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """(n, S, S, 3) uint8 pictures of ONE examination as another camera, light and alignment would have given them."""
    if how == NONE:
        return pictures
    mirrored = random.random() < how.flipped
    table = _light_table(how, random)
    slope = _slope(pictures.shape[1], how, random)
    return np.stack([_changed(p[:, ::-1] if mirrored else p, table, slope, how, random) for p in pictures])


def _light_table(how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """(1, 256, 3) what every grey level of every channel becomes: gamma, exposure, colour of the light."""
    gamma = np.exp(how.gamma * random.standard_normal())
    gain = random.uniform(*how.exposure) * (1.0 + how.colour * random.standard_normal(3))
    levels = 255.0 * (np.arange(256) / 255.0)[:, None] ** gamma * gain
    return np.clip(levels + 0.5, 0, 255).astype(np.uint8)[None]


def _slope(size_px: int, how: Augmentation, random: np.random.Generator) -> np.ndarray | None:
    """(S, S, 1) light from one side, or None for half of the examinations."""
    if not how.side_light or random.random() < 0.5:
        return None
    across, along = how.side_light * random.standard_normal(2)
    ramp = np.linspace(-0.5, 0.5, size_px, dtype=np.float32)
    return np.clip(1.0 + across * ramp[None, :] + along * ramp[:, None], 0.4, 1.6).astype(np.float32)[..., None]


def _changed(
    picture: np.ndarray, table: np.ndarray, slope: np.ndarray | None, how: Augmentation, random: np.random.Generator
) -> np.ndarray:
    size = picture.shape[0]
    turn, scale = how.turn_deg * random.standard_normal(), np.exp(how.scale * random.standard_normal())
    matrix = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), float(turn), float(scale))
    matrix[:, 2] += how.shift_px * random.standard_normal(2)
    picture = cv2.warpAffine(
        np.ascontiguousarray(picture), matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    picture = cv2.LUT(picture, table)
    if slope is not None:
        picture = np.clip(picture * slope, 0, 255).astype(np.uint8)
    if random.random() < how.blurred:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 1.0))
    if random.random() < how.noisy:
        grain = random.standard_normal(picture.shape, np.float32)
        picture = np.clip(picture + random.uniform(0.5, 6.0) * grain + 0.5, 0, 255).astype(np.uint8)
    if random.random() < how.compressed:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 95))]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
    return picture
