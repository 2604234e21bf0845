"""Pictures with exact points for training: photographs of people and drawn people, moved by the muscle model. Simulated.

For every picture the mesh is run as in use, so that crops lie where they will lie and the network sees what the mesh makes of a
moved face. The truth is the mesh of the neutral photograph, carried along by the very displacement that moved the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from core.face.scale import iris_diameter
from core.phantom.camera import Camera
from core.phantom.photo import portrait_from_photo
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.track_photo import track_photo
from core.tracking import TrackerFactory
from core.words import SIDES
from models.refinement.alignment import REGIONS, CropPlace, FacePlace
from models.refinement.augment import MARGIN_MM, STORED_MM_PER_PX, STORED_SIZE
from models.refinement.poses import random_pose

PICTURE_PX = 448
# Every eighth photograph belongs to the project's tests, and to this network's test people, too; four further on lie those on
# whom training is stopped. The rest is trained on.
_STEP, _UNSEEN = 8, 8


@dataclass(frozen=True)
class People:
    """Who is trained on and who is not: names of photographs."""

    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def split_people(names: Iterable[str]) -> People:
    """The fixed split of the photographs of a folder: it depends on the sorted names alone."""
    ordered = sorted(names)
    test = tuple(ordered[::_STEP][:_UNSEEN])
    validation = tuple(ordered[_STEP // 2 :: _STEP][:_UNSEEN])
    unseen = {*test, *validation}
    return People(tuple(name for name in ordered if name not in unseen), validation, test)


@dataclass(frozen=True)
class Halves:
    """Halves of faces, each seen as a right half.

    Attributes:
        person: (N,) name of the person.
        crops: region -> (N, STORED_SIZE[1], STORED_SIZE[0], 3) uint8 RGB, finer than used and with a margin.
        mesh_mm, truth_mm: region -> (N, P, 2) float32 millimetres of the crop: what the mesh saw and what is true.
    """

    person: np.ndarray
    crops: dict[str, np.ndarray]
    mesh_mm: dict[str, np.ndarray]
    truth_mm: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.person)

    def of(self, people: Iterable[str]) -> Halves:
        """Those of some people."""
        chosen = np.isin(self.person, list(people))
        parts = [{k: v[chosen] for k, v in getattr(self, f.name).items()} for f in fields(self)[1:]]
        return Halves(self.person[chosen], *parts)

    @classmethod
    def together(cls, parts: Sequence[Halves]) -> Halves:
        """Those of several, one after the other."""
        stacked = [
            {r.name: np.concatenate([getattr(part, f.name)[r.name] for part in parts]) for r in REGIONS}
            for f in fields(cls)[1:]
        ]
        return cls(np.concatenate([part.person for part in parts]), *stacked)

    def save(self, path: Path) -> None:
        """Write an .npz that ``load`` reads."""
        arrays = {f"{f.name}/{k}": v for f in fields(self)[1:] for k, v in getattr(self, f.name).items()}
        np.savez(path, person=self.person, **arrays)

    @classmethod
    def load(cls, path: Path) -> Halves:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            parts = [{r.name: stored[f"{f.name}/{r.name}"] for r in REGIONS} for f in fields(cls)[1:]]
            return cls(stored["person"], *parts)


class Collected:
    """Halves under collection."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]] = []

    def add(self, person: str, image: np.ndarray, mesh: np.ndarray, truth: np.ndarray) -> None:
        """Both halves of a picture (H, W, 3) with the mesh's and the true points (478, 2 or 3) in pixels."""
        face = FacePlace.of(mesh)
        for side in SIDES:
            crops, seen, true = {}, {}, {}
            for region in REGIONS:
                place = CropPlace.of(face, region, side)
                indices = list(region.of_side(side))
                crops[region.name] = place.cut(image, STORED_SIZE, STORED_MM_PER_PX, MARGIN_MM)
                seen[region.name] = place.to_millimetres(mesh[indices]).astype(np.float32)
                true[region.name] = place.to_millimetres(truth[indices]).astype(np.float32)
            self._rows.append((person, crops, seen, true))

    def halves(self) -> Halves:
        """Everything so far."""
        names, *parts = zip(*self._rows, strict=True)
        stacked = [{r.name: np.stack([row[r.name] for row in part]) for r in REGIONS} for part in parts]
        return Halves(np.array(names), *stacked)


def read_photo(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB; raises OSError when it is no picture."""
    image = cv2.imread(str(path))
    if image is None:
        raise OSError(f"{path.name} cannot be read")
    return np.ascontiguousarray(image[..., ::-1])


def photo_portrait(path: Path, factory: TrackerFactory) -> Portrait:
    """The portrait of a neutral photograph."""
    image = read_photo(path)
    points = track_photo(image, factory).points
    assert points is not None  # track_photo raises instead
    return portrait_from_photo(path.stem, image, points)


def random_camera(random: np.random.Generator) -> Camera:
    """One of the cameras that people have; colour, blur, noise and coarseness come later, crop by crop."""
    return Camera(
        PICTURE_PX,
        PICTURE_PX,
        distance_mm=float(random.uniform(420, 1100)),
        face_part=float(random.uniform(0.42, 0.60)),
        side_light=float(random.uniform(-0.3, 0.3)),
        noise=float(random.uniform(0.0, 2.0)),
    )


def moved_pictures(
    portrait: Portrait, count: int, random: np.random.Generator, cameras: int = 3
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Random pictures (H, W, 3) of a portrait with their exact points (478, 3) in pixels."""
    done = 0
    for number in range(cameras):
        renderer = Renderer(portrait, random_camera(random), seed=int(random.integers(1 << 30)))
        until = round(count * (number + 1) / cameras)
        for _ in range(until - done):
            face = random_pose(portrait.shape_mm, random)
            pose = random.standard_normal(3) * [5.5, 4.5, 5.0]
            shift = random.standard_normal(3) * [6.0, 5.0, 10.0]
            picture = renderer.frame(face.shape_mm, pose, shift, face.creases, face.jaw_drop_mm)
            yield picture, renderer.landmarks(face.shape_mm, pose, shift)
        done = until


def add_portrait(
    collected: Collected, portrait: Portrait, factory: TrackerFactory, count: int, random: np.random.Generator
) -> None:
    """``count`` pictures of a portrait, each looked at by one run of the mesh as a video would be."""
    tracker = factory.create()
    try:
        for number, (picture, truth) in enumerate(moved_pictures(portrait, count, random)):
            faces = tracker.detect(picture, number / 30)
            if faces and _same_face(faces[0].points, truth):
                collected.add(portrait.name, picture, faces[0].points, truth)
    finally:
        tracker.close()


def add_photo(
    collected: Collected, path: Path, factory: TrackerFactory, sizes: Sequence[float] = (12.0, 17.0, 24.0)
) -> None:
    """An unmoved photograph at several iris diameters (pixels): the truth is the mirror-averaged mesh of the whole picture.

    Real smiles and eyes that no painter made keep the network honest where the mesh is good.
    """
    image = read_photo(path)
    whole = track_photo(image, factory).points
    assert whole is not None
    iris = float(iris_diameter(whole))
    for size in sizes:
        factor = size / iris
        if factor > 1:
            continue
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        ratio = np.array([small.shape[1] / image.shape[1], small.shape[0] / image.shape[0]])
        truth = (whole[:, :2] + 0.5) * ratio - 0.5
        tracker = factory.create()
        try:
            looks = [tracker.detect(small, i / 30) for i in range(2)]
        finally:
            tracker.close()
        if looks[-1]:
            collected.add(path.stem, small, looks[-1][0].points, truth)


def _same_face(found: np.ndarray, truth: np.ndarray) -> bool:
    """Whether the mesh found the face and not something else: its points lie within an iris and a half of the truth on average."""
    away = np.linalg.norm(found[:, :2] - truth[:, :2], axis=1).mean()
    return bool(away < 1.5 * iris_diameter(truth[:, :2]))
