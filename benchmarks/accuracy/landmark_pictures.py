"""Pictures of people with exact points, one movement of one side at a time, and points that people placed by hand. Simulated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.exam.protocol import Expression
from core.phantom.camera import Camera
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.words import SIDES, Side
from models.refinement.poses import contraction, posed

# A near, sharp camera and a small, soft, dim and noisy one; the iris is about 22 and 11 pixels wide.
CAMERAS = {
    "near": Camera(560, 560, face_part=0.46, noise=1.0),
    "poor": Camera(320, 320, face_part=0.42, noise=6.0, blur_px=0.9, brightness=0.6, side_light=0.3),
}
MOVEMENTS = {
    "smile": (Expression.SMILE_OPEN, Expression.SMILE_CLOSED),
    "snarl": (Expression.SNARL,),
    "brow": (Expression.BROW_RAISE,),
}
CLOSURES = (0.25, 0.5, 0.75, 1.0)

# Hand-placed points of the London set, of the person's right and left, and lips of both sides: lines from corner to corner.
_UPPER_LIDS = ((18, 19, 20, 21, 22), (23, 24, 25, 26, 27))
_LOWER_LIDS = ((18, 28, 29, 30, 22), (23, 31, 32, 33, 27))
_BROWS = ((71, 72, 73, 74, 75, 76), (77, 78, 79, 80, 81))
_UPPER_LIP, _LOWER_LIP = (87, 88, 89, 90, 91, 92, 93), (87, 104, 105, 106, 107, 108, 93)


@dataclass(frozen=True)
class Posed:
    """One picture.

    Attributes:
        camera: name of the camera.
        movement: "rest", "closure", or a name of MOVEMENTS.
        sides: which sides move.
        image: (H, W, 3) uint8 RGB.
        truth: (478, 3) exact points in pixels.
        rest: (478, 3) exact points of the face at rest in the same camera.
        expression: what was performed; None at rest and for the lids alone.
        closed: part of the open fissure that the lids of the moving side cover; 0 for other movements.
    """

    camera: str
    movement: str
    sides: tuple[Side, ...]
    image: np.ndarray
    truth: np.ndarray
    rest: np.ndarray
    expression: Expression | None = None
    closed: float = 0.0


@dataclass(frozen=True)
class HandPlaced:
    """An unmoved photograph with lines that a person placed.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        lines: region -> for each curve of the mesh (its MESH478 indices) the (K, 2) line in pixels on which it should lie.
        pupils_px: distance of the pupils.
    """

    image: np.ndarray
    lines: dict[str, list[tuple[tuple[int, ...], np.ndarray]]]
    pupils_px: float


def posed_pictures(portrait: Portrait) -> Iterator[Posed]:
    """Rest first, then each side closing its eye alone by parts, then every movement of each side alone and of both; by camera."""
    still = np.zeros(3)
    for name, camera in CAMERAS.items():
        renderer = Renderer(portrait, camera, seed=len(name))
        rest = renderer.landmarks(portrait.shape_mm, still, still)
        for movement, expression, sides, closed in _wanted():
            parts = [1.0 if side in sides else 0.0 for side in SIDES]
            activation = contraction(expression or Expression.REST, *parts)
            face = posed(portrait.shape_mm, activation, closed * np.array(parts))
            picture = renderer.frame(face.shape_mm, still, still, face.creases, face.jaw_drop_mm)
            truth = renderer.landmarks(face.shape_mm, still, still)
            yield Posed(name, movement, sides, picture, truth, rest, expression, closed)


def _wanted() -> Iterator[tuple[str, Expression | None, tuple[Side, ...], float]]:
    yield "rest", None, (), 0.0
    for side in SIDES:
        for closed in CLOSURES:
            yield "closure", None, (side,), closed
    for movement, expressions in MOVEMENTS.items():
        for expression in expressions:
            for sides in ((Side.RIGHT,), (Side.LEFT,), SIDES):
                yield movement, expression, tuple(sides), 0.0


def hand_placed(london: Path, person: str) -> HandPlaced:
    """The neutral photograph of a person with its lines; raises OSError or KeyError where they are not there."""
    from core.face.landmarks import mesh_regions

    image = cv2.imread(str(london / "neutral" / f"{person}.jpg"))
    if image is None:
        raise OSError(f"{person}.jpg cannot be read")
    points = np.array(json.loads((london / "neutral_landmarks.json").read_text(encoding="utf-8"))[person])
    lines: dict[str, list[tuple[tuple[int, ...], np.ndarray]]] = {"brows": [], "lids": [], "lips": []}
    for column, side in enumerate(SIDES):
        face = mesh_regions(side)
        lines["lids"] += [
            (face.upper_lid, points[list(_UPPER_LIDS[column])]),
            (face.lower_lid, points[list(_LOWER_LIDS[column])]),
        ]
        lines["brows"].append((face.brow_upper, points[list(_BROWS[column])]))
        lines["lips"] += [
            (face.upper_lip_outer[:-1], points[list(_UPPER_LIP)]),
            (face.lower_lip_outer[:-1], points[list(_LOWER_LIP)]),
        ]
    return HandPlaced(np.ascontiguousarray(image[..., ::-1]), lines, float(np.linalg.norm(points[0] - points[1])))


def distance_from_line(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """(N,) distance of points (N, 2) from a line of straight pieces through (K, 2)."""
    begin, step = line[:-1], np.diff(line, axis=0)
    from_begin = points[:, None] - begin
    part = np.clip((from_begin * step).sum(axis=-1) / (step**2).sum(axis=-1), 0.0, 1.0)
    return np.linalg.norm(from_begin - part[..., None] * step, axis=-1).min(axis=1)
