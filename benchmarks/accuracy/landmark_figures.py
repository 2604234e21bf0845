"""What a tracker makes of pictures with exact points: errors by region, what is left of a closed eye, gains, and flips."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import cv2
import numpy as np

from benchmarks.accuracy.landmark_pictures import CLOSURES, HandPlaced, Posed, distance_from_line
from core.face.ibug68 import Region, region_side_points
from core.face.landmarks import MESH478, MESH478_OF_IBUG68, mesh_regions
from core.face.scale import IRIS_DIAMETER_MM, iris_diameter
from core.half_faces import HalfFaces
from core.mirror_averaging import MirrorAveraging
from core.tracking import TrackerFactory
from core.video.reader import Frame
from core.words import SIDES, Side

# Points that every scheme of the field has (reference B3), so that trackers can be compared.
REGIONS = {
    "brows": MESH478_OF_IBUG68[17:27],
    "lids": MESH478_OF_IBUG68[36:48],
    "lips": MESH478_OF_IBUG68[48:68],
}
# The same of one side; sides are compared where one side alone moves.
SIDE_REGIONS = {
    region: {side: [MESH478_OF_IBUG68[i] for i in region_side_points(known, side)] for side in SIDES}
    for region, known in (("brows", Region.BROWS), ("lids", Region.LIDS), ("lips", Region.LIPS))
}
ROLES = ("moving side", "still side")
_PUPILS = (468, 473)
_LOOKS = 3
_BETWEEN_S = 1 / 30


class Eyes:
    """A tracker that looks at pictures as at a clip that stands still; a context manager.

    Args:
        factory: which tracker.
        as_in_use: mirror averaging and each half for itself, as examinations are analysed; else one plain run.
    """

    def __init__(self, factory: TrackerFactory, *, as_in_use: bool) -> None:
        self._factory, self._as_in_use = factory, as_in_use
        self._opened = ExitStack()
        self._clock_s = 0.0
        self.seconds: list[float] = []

    def __enter__(self) -> Eyes:
        averaging = MirrorAveraging(self._factory, average=self._as_in_use)
        self._whole = self._opened.enter_context(averaging)
        self._halves = self._opened.enter_context(HalfFaces(self._factory)) if self._as_in_use else None
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def look(self, image: np.ndarray) -> np.ndarray | None:
        """(478, 3) pixels, None without a face; the time of every look but the first is kept in ``seconds``."""
        points = None
        for number in range(_LOOKS):
            begin = time.perf_counter()
            self._clock_s += _BETWEEN_S
            frame = Frame(self._clock_s, np.ascontiguousarray(image))
            found = self._whole.merge(self._whole.detect(frame))
            if self._halves is not None:
                found = self._halves.finish(self._halves.begin(frame, found))
            points = found.points
            if number:
                self.seconds.append(time.perf_counter() - begin)
        return points


@dataclass
class Figures:
    """Everything that is collected of one tracker in one way.

    Attributes:
        errors: region -> errors in % of the distance of the pupils, one a picture.
        side_errors: "region, role" -> the same of one side, of pictures in which one side alone moves.
        closures: part of the fissure that is closed -> error of the closing eye's aperture, parts of its aperture at rest.
        left_open: what is left of the aperture of the eye that closes, parts of its own rest.
        open_change: change of the aperture of the open eye beside it from its own rest, parts (exact 0).
        open_error: error of the open eye's aperture beside it, parts of the true one.
        gains: movement -> (true, measured) excursion in millimetres of sides that move.
        leaks: movement -> excursion of the side that does not move, parts of the true one of the side that does.
        flips_mm: how far measures of right minus left differ when the picture is flipped.
        by_hand: region -> distance from hand-placed lines in % of the distance of the pupils.
        seconds: time a frame.
        pictures, missed: how many, and how many without a face.
    """

    errors: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in REGIONS})
    side_errors: dict[str, list[float]] = field(
        default_factory=lambda: {f"{name}, {role}": [] for name in SIDE_REGIONS for role in ROLES}
    )
    closures: dict[str, list[float]] = field(default_factory=lambda: {str(part): [] for part in CLOSURES})
    left_open: list[float] = field(default_factory=list)
    open_change: list[float] = field(default_factory=list)
    open_error: list[float] = field(default_factory=list)
    gains: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {"smile": [], "snarl": [], "brow": []})
    leaks: dict[str, list[float]] = field(default_factory=lambda: {"smile": [], "snarl": [], "brow": []})
    flips_mm: list[float] = field(default_factory=list)
    by_hand: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in REGIONS})
    seconds: list[float] = field(default_factory=list)
    pictures: int = 0
    missed: int = 0


def examine(
    pictures: Sequence[Posed], photo: HandPlaced, factory: TrackerFactory, *, as_in_use: bool, into: Figures
) -> None:
    """Add what a tracker makes of one person's pictures, of their mirror images and of the unmoved photograph."""
    with Eyes(factory, as_in_use=as_in_use) as eyes, Eyes(factory, as_in_use=as_in_use) as mirrored:
        rest: dict[str, np.ndarray] = {}
        for picture in pictures:
            into.pictures += 1
            found = eyes.look(picture.image)
            flipped = mirrored.look(cv2.flip(picture.image, 1))
            if found is None or flipped is None:
                into.missed += 1
                continue
            if picture.movement == "rest":
                rest[picture.camera] = found
            if picture.camera in rest:
                _add(into, picture, found, rest[picture.camera])
            back = MESH478.flip(flipped, picture.image.shape[1])
            into.flips_mm += list(np.abs(_right_minus_left(found) - _right_minus_left(back)) * _mm_per_px(picture))
        into.seconds += eyes.seconds
    with Eyes(factory, as_in_use=as_in_use) as eyes:
        found = eyes.look(photo.image)
    if found is not None:
        for region, curves in photo.lines.items():
            away = [distance_from_line(found[list(curve), :2], line) for curve, line in curves]
            into.by_hand[region].append(100 * float(np.concatenate(away).mean()) / photo.pupils_px)


def _add(into: Figures, picture: Posed, found: np.ndarray, rest: np.ndarray) -> None:
    truth = picture.truth
    pupils = float(np.linalg.norm(picture.rest[_PUPILS[0], :2] - picture.rest[_PUPILS[1], :2]))
    for region, points in REGIONS.items():
        away = np.linalg.norm(found[list(points), :2] - truth[list(points), :2], axis=1).mean()
        into.errors[region].append(100 * float(away) / pupils)
    if len(picture.sides) == 1:
        for region, of_side in SIDE_REGIONS.items():
            for role, side in zip(ROLES, (picture.sides[0], picture.sides[0].opposite), strict=True):
                away = np.linalg.norm(found[of_side[side], :2] - truth[of_side[side], :2], axis=1).mean()
                into.side_errors[f"{region}, {role}"].append(100 * float(away) / pupils)
    if picture.movement == "closure":
        closing = picture.sides[0]
        beside = closing.opposite
        seen, true = (
            aperture(points, closing) / aperture(own, closing) for points, own in ((found, rest), (truth, picture.rest))
        )
        into.closures[str(picture.closed)].append(seen - true)
    if picture.movement == "closure" and picture.closed == 1.0:
        into.left_open.append(abs(aperture(found, closing)) / aperture(rest, closing))
        into.open_change.append(aperture(found, beside) / aperture(rest, beside) - 1)
        into.open_error.append(aperture(found, beside) / aperture(truth, beside) - 1)
    if picture.movement in into.gains:
        mm = _mm_per_px(picture)
        true = {side: mm * excursion(truth, picture.rest, picture.movement, side) for side in SIDES}
        seen = {side: mm * excursion(found, rest, picture.movement, side) for side in SIDES}
        into.gains[picture.movement] += [(true[side], seen[side]) for side in picture.sides]
        if len(picture.sides) == 1:
            moving = picture.sides[0]
            still = moving.opposite
            into.leaks[picture.movement].append((seen[still] - true[still]) / true[moving])


def aperture(points: np.ndarray, side: Side) -> float:
    """Mean height of the palpebral fissure in pixels of an upright face, below 0 where the lids cross (M4)."""
    eye = mesh_regions(side)
    return float((points[list(eye.fissure_lower), 1] - points[list(eye.fissure_upper), 1]).mean())


def excursion(points: np.ndarray, rest: np.ndarray, movement: str, side: Side) -> float:
    """How far a side of an upright, still face moved, pixels: along the corner's way for a smile, up for snarl and brow."""
    face = mesh_regions(side)
    moved = points[:, :2] - rest[:, :2]
    if movement == "smile":
        return float(np.linalg.norm(moved[face.corner]))
    places = face.brow_middle if movement == "brow" else (face.ala, *face.upper_lip_lateral)
    return float(-moved[list(places), 1].mean())


def _right_minus_left(points: np.ndarray) -> np.ndarray:
    """(4,) pixels, right minus left: brow height, palpebral fissure, and place of the mouth corner outwards and up."""
    middle = points[[133, 362], :2].mean(axis=0)
    values = []
    for side in SIDES:
        face = mesh_regions(side)
        corner = points[face.corner, :2] - middle
        brow = middle[1] - points[list(face.brow_middle), 1].mean()
        values.append([brow, aperture(points, side), side.lateral_sign * corner[0], -corner[1]])
    return np.array(values[0]) - np.array(values[1])


def _mm_per_px(picture: Posed) -> float:
    return IRIS_DIAMETER_MM / float(iris_diameter(picture.rest))
