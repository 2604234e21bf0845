"""Two manifests from the photographs of the Face Research Lab London Set: as they are, and with simulated palsy of the same people.

The set (DeBruine and Jones 2017, 10.6084/m9.figshare.5047666, CC BY 4.0) is not part of the project. Points are the mesh's own
where the photograph is undistorted; in the simulated pictures they are the mesh's points of the neutral photograph, carried along
by the displacement that moved it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from core.errors import InputError
from core.face.landmarks import MESH478_OF_IBUG68
from core.phantom.camera import Camera
from core.phantom.condition import Condition, flaccid, healthy, synkinetic
from core.phantom.exam import Cue, short_script
from core.phantom.motion import Motion, simulate
from core.phantom.photo import portrait_from_photo
from core.phantom.portrait import Portrait
from core.phantom.render import Renderer
from core.track_photo import track_photo
from core.tracking import TrackerFactory
from core.words import SIDES, Side
from models.landmarks.manifest import LandmarkItem, write_manifest

PICTURE_PX = 384
PHOTOS, PALSY = "photos", "palsy"
_FPS = 10.0
_JPEG_QUALITY = 95
_IBUG = list(MESH478_OF_IBUG68)


def write_manifests(
    london: Path,
    out: Path,
    factory: TrackerFactory,
    seed: int,
    *,
    people: list[str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Path, Path]:
    """Write ``out/photos`` and ``out/palsy``, each a folder with a manifest.

    Args:
        london: folder with ``neutral`` and ``smiling``.
        out: for both folders.
        factory: the mesh.
        seed: of conditions, cameras and movements.
        people: names of those to take; None takes all.
        progress: called with people done and people in all.

    Raises:
        InputError: there are no photographs.
    """
    paths = [path for path in sorted((london / "neutral").glob("*.jpg")) if people is None or path.stem in people]
    if not paths:
        raise InputError(f"{london} holds no photographs (neutral/*.jpg).", code="missing")
    folders = out / PHOTOS, out / PALSY
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    as_they_are: list[LandmarkItem] = []
    simulated: list[LandmarkItem] = []
    for done, path in enumerate(paths, 1):
        for look in ("neutral", "smiling"):
            image = _read(london / look / path.name)
            points = track_photo(image, factory).points
            assert points is not None  # track_photo raises instead
            file = _written(folders[0] / f"{path.stem}-{look}.jpg", image)
            as_they_are.append(LandmarkItem(file, points[_IBUG, :2].astype(np.float64), path.stem))
            if look == "neutral":
                portrait = portrait_from_photo(path.stem, image, points)
                simulated += _palsies(portrait, folders[1], np.random.default_rng([seed, int(path.stem)]))
        progress(done, len(paths))
    write_manifest(folders[0], as_they_are)
    write_manifest(folders[1], simulated)
    return folders


def conditions(random: np.random.Generator, person: int) -> list[tuple[str, Side | None, Condition]]:
    """Class, affected side and condition of every examination of a person: healthy, weak to four degrees, synkinetic."""
    first = SIDES[int(random.integers(2))]
    found: list[tuple[str, Side | None, Condition]] = [("normal", None, healthy(person))]
    for number, (name, low, high) in enumerate(
        (("mild", 0.25, 0.45), ("moderate", 0.5, 0.7), ("severe", 0.75, 0.9), ("complete", 1.0, 1.0))
    ):
        side = first if number % 2 else first.opposite
        found.append((name, side, flaccid(side, float(random.uniform(low, high)), person=person)))
    side = SIDES[int(random.integers(2))]
    strength, weakness = float(random.uniform(0.6, 1.0)), float(random.uniform(0.1, 0.4))
    found.append(("synkinetic", side, synkinetic(side, strength, weakness, person)))
    return found


def _palsies(portrait: Portrait, folder: Path, random: np.random.Generator) -> Iterator[LandmarkItem]:
    for number, (severity, side, condition) in enumerate(conditions(random, int(portrait.name))):
        seed = int(random.integers(1 << 30))
        motion = simulate(portrait.shape_mm, condition, short_script(seed), _FPS, seed, sway=2.5)
        renderer = Renderer(portrait, _camera(random), seed)
        frames = [2, *(_held(cue) for cue in motion.script.cues)]
        for look, frame in enumerate(frames):
            picture, points = _seen(renderer, motion, frame)
            file = _written(folder / f"{portrait.name}-{number}-{look}.jpg", picture)
            yield LandmarkItem(file, points, portrait.name, severity, side)


def _held(cue: Cue) -> int:
    """Frame in the middle of a hold."""
    return round((cue.onset_s + cue.rise_s + 0.6 * cue.hold_s) * _FPS)


def _seen(renderer: Renderer, motion: Motion, frame: int) -> tuple[np.ndarray, np.ndarray]:
    place = motion.shape_mm[frame], motion.pose_deg[frame], motion.translation_mm[frame]
    folds = {key: float(depth[frame]) for key, depth in motion.creases.items()}
    picture = renderer.frame(*place, folds, float(motion.jaw_drop_mm[frame]))
    return picture, renderer.landmarks(*place)[_IBUG, :2]


def _camera(random: np.random.Generator) -> Camera:
    return Camera(
        PICTURE_PX,
        PICTURE_PX,
        distance_mm=float(random.uniform(450, 1000)),
        face_part=float(random.uniform(0.42, 0.56)),
        brightness=float(random.uniform(0.8, 1.15)),
        side_light=float(random.uniform(-0.3, 0.3)),
        noise=float(random.uniform(0.5, 3.0)),
    )


def _read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    if image is None:
        raise InputError(f"The photograph {path.name} cannot be read.", code="missing")
    return np.ascontiguousarray(image[..., ::-1])


def _written(path: Path, image: np.ndarray) -> Path:
    cv2.imwrite(str(path), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return path
