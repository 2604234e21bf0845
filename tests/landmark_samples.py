"""A small manifest for tests of landmark training: grey pictures with a bright spot at every point of a face."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.face.landmarks import MESH478_OF_IBUG68
from core.words import Side
from models.landmarks.manifest import LandmarkItem, write_manifest
from tests.synthetic import neutral_face

SIDE_PX = 160


def face_points(random: np.random.Generator | None = None) -> np.ndarray:
    """(68, 2) pixels: the synthetic face in the middle of a picture, with ``random`` a little elsewhere and each point moved."""
    shape = neutral_face()[list(MESH478_OF_IBUG68), :2] * [1, -1]
    shape = (shape - (shape.min(axis=0) + shape.max(axis=0)) / 2) * (0.6 * SIDE_PX / np.ptp(shape[:, 0]))
    points = shape + (SIDE_PX - 1) / 2
    return points if random is None else points + random.uniform(-6, 6, 2) + random.uniform(-1.5, 1.5, points.shape)


def picture_of(points: np.ndarray) -> np.ndarray:
    """(160, 160, 3) uint8: spots at points (68, 2), those of the picture's left half red and of its right half blue."""
    picture = np.full((SIDE_PX, SIDE_PX, 3), 70, np.uint8)
    for number, (x, y) in enumerate(points):
        colour = (255, 120, 40 + 3 * number) if x < SIDE_PX / 2 else (40 + 3 * number, 120, 255)
        cv2.circle(picture, (round(16 * x), round(16 * y)), 24, colour, -1, cv2.LINE_AA, shift=4)
    return picture


def small_manifest(folder: Path, patients: int = 4, pictures: int = 2) -> Path:
    """A folder with a manifest: ``pictures`` of each of ``patients``, right and left palsies of two classes."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(5)
    items = []
    for patient in range(patients):
        for number in range(pictures):
            points = face_points(random)
            file = folder / f"p{patient}-{number}.png"
            cv2.imwrite(str(file), picture_of(points)[..., ::-1])
            side = Side.RIGHT if patient % 2 else Side.LEFT
            items.append(LandmarkItem(file, points, f"P{patient}", ("mild", "severe")[number % 2], side))
    return write_manifest(folder, items)
