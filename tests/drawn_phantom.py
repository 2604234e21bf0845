"""One small drawn phantom for all tests of the picture, seen without noise, and ways to read a picture at its landmarks."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from core.exam.protocol import Expression
from core.face.landmarks import mesh_regions
from core.phantom.camera import Camera
from core.phantom.condition import Condition
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.drawing.portrait import draw_portrait
from core.phantom.exam import Cue, ExamScript
from core.phantom.layers import smooth_line
from core.phantom.lids import lid_displacement
from core.phantom.motion import simulate
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.words import SIDES, Side

STILL = np.zeros(3)
NEAR = Camera(width=320, height=320, face_part=0.8, noise=0.0)


@cache
def portrait(number: int = 0, height_px: int = 560) -> Portrait:
    """One of the drawn identities, drawn once."""
    return draw_portrait(IDENTITIES[number], height_px)


@cache
def renderer(number: int = 0, camera: Camera = NEAR) -> Renderer:
    """Draws it through a camera without noise; such a renderer holds no state between frames."""
    assert camera.noise == 0
    return Renderer(portrait(number), camera)


def picture(shape_mm: np.ndarray | None = None, *, number: int = 0, pose=(0, 0, 0), shift=(0, 0, 0), jaw_drop_mm=0.0):
    """(320, 320, 3) picture and (478, 3) exact landmarks of a moved face, by default at rest."""
    shape_mm = portrait(number).shape_mm if shape_mm is None else shape_mm
    head = np.array(pose, float), np.array(shift, float)
    drawn = renderer(number)
    return drawn.frame(shape_mm, *head, jaw_drop_mm=jaw_drop_mm), drawn.landmarks(shape_mm, *head)


@cache
def at_rest(number: int = 0) -> np.ndarray:
    """(478, 3) its landmarks while it looks straight ahead with open eyes."""
    return renderer(number).landmarks(portrait(number).shape_mm, STILL, STILL)


def closed(right: float, left: float, *, number: int = 0) -> np.ndarray:
    """(478, 3) the face with its eyes closed by so much: 0 open, 1 shut, below 0 wider."""
    shape = portrait(number).shape_mm
    return shape + lid_displacement(shape, np.array([[right, left]]), np.zeros((1, 2)))[0]


def held(expression: Expression, condition: Condition, *, number: int = 0) -> tuple[np.ndarray, float]:
    """(478, 3) the face while it holds a movement, and how far its lower teeth are down."""
    cue = Cue(expression, 0.2)
    motion = simulate(portrait(number).shape_mm, condition, ExamScript((cue,), (), 4.0), fps=10, sway=0.0)
    middle = int(10 * (cue.onset_s + cue.rise_s + cue.hold_s / 2))
    return motion.shape_mm[middle].astype(float), float(motion.jaw_drop_mm[middle])


# ------------------------------------------------------------------------------------------------------ reading a picture


def grey(image: np.ndarray) -> np.ndarray:
    """(H, W) mean of the channels, 0 to 255."""
    return image.astype(float).mean(axis=2)


def sampled(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values of a field (H, W) or (H, W, C) at points (..., 2) between the pixels."""
    flat = points.reshape(-1, 1, 2).astype(np.float32)
    values = cv2.remap(field.astype(np.float32), flat, None, cv2.INTER_LINEAR)[:, 0]
    return values.reshape((*points.shape[:-1], *field.shape[2:]))


def inside(outline: np.ndarray, size: tuple[int, int], shrink_px: int = 0) -> np.ndarray:
    """(H, W) bool: pixels inside an outline (N, 2), without so many at its edge; below 0 with so many around it."""
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], [1.0])
    kernel = np.ones((2 * abs(shrink_px) + 1,) * 2, np.uint8)
    return (cv2.erode(mask, kernel) if shrink_px > 0 else cv2.dilate(mask, kernel)).astype(bool)


def lid_outline(points: np.ndarray, side: Side) -> np.ndarray:
    """(96, 2) outline of the opening of the lids."""
    eye = mesh_regions(side)
    upper, lower = (
        smooth_line(points[[eye.outer_canthus, *lid, eye.inner_canthus], :2]) for lid in (eye.upper_lid, eye.lower_lid)
    )
    return np.vstack([upper, lower[::-1]])


def lip_outline(points: np.ndarray, which: str) -> np.ndarray:
    """(128, 2) outline of the lips, ``which`` is "outer" or "inner" (of the open mouth)."""
    lines = []
    for lip in ("upper", "lower"):
        right, left = (getattr(mesh_regions(side), f"{lip}_lip_{which}") for side in SIDES)
        lines.append(smooth_line(points[[*right, *left[-2::-1]], :2], 64))
    return np.vstack([lines[0], lines[1][::-1]])


def whites(image: np.ndarray, points: np.ndarray, side: Side) -> int:
    """Pixels about the eye at rest that are as bright and colourless as the white of an eye."""
    rest = inside(lid_outline(points, side), image.shape[:2], -1)
    values = image.astype(int)
    pale = (values.min(axis=2) > 165) & (np.ptp(values, axis=2) < 32)
    return int((pale & rest).sum())


def iris_seen(image: np.ndarray, points: np.ndarray, side: Side) -> tuple[np.ndarray, float]:
    """Centre (2,) and diameter in pixels of the dark disc of an iris, from its edges beside the lids.

    Every edge lies where the brightness is half way between the iris and the white beside it.
    """
    eye = mesh_regions(side)
    centre, radius = points[eye.iris_centre, :2], np.linalg.norm(points[eye.iris_temporal] - points[eye.iris_nasal]) / 2
    along = np.arange(0.70, 1.31, 0.02) * radius
    edges = []
    for angle in np.deg2rad([*range(-10, 41, 5), *range(140, 191, 5)]):
        way = np.array([np.cos(angle), np.sin(angle)])
        values = sampled(grey(image), centre + along[:, None] * way)
        level = (values[:6].min() + values[-8:].max()) / 2
        step = int(np.argmax(values > level))
        reach = np.interp(level, values[step - 1 : step + 1], along[step - 1 : step + 1])
        edges.append(centre + reach * way)
    x, y = np.array(edges).T
    a, b, c = np.linalg.lstsq(np.column_stack([2 * x, 2 * y, np.ones(len(x))]), x**2 + y**2, rcond=None)[0]
    return np.array([a, b]), 2 * float(np.sqrt(c + a * a + b * b))
