"""Which simulated patients are examined: who they are, what is wrong with them, and how they are filmed.

Drawn people come from ``random_identity`` with seeds of their own and the photographs are not those of the tests, so nothing
that the project was adjusted with or is tested on is counted here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.grading.synkinesis import REGION_SPECS
from core.phantom.camera import Camera
from core.phantom.condition import Condition, Synkinesis, bilateral, flaccid, healthy, single_branch, synkinetic
from core.words import SIDES, Branch, Side
from models.refinement.data import split_people

FIRST_IDENTITY = 700
PICTURE_PX = 512
# Every eighth photograph of a folder belongs to the tests.
TEST_PHOTO_STEP = 8


@dataclass(frozen=True)
class Case:
    """One examination.

    Attributes:
        name: names its folder.
        group: kind of patient, for the tables.
        identity: seed of the drawn person, or None.
        photo: the photograph, or None.
        condition: what is simulated.
        camera: how it is filmed.
        sway: how much the head moves, 1 as people who try to keep still.
        seed: of script, motion and camera noise.
    """

    name: str
    group: str
    identity: int | None
    photo: Path | None
    condition: Condition
    camera: Camera
    sway: float
    seed: int


def _side(random: np.random.Generator) -> Side:
    return SIDES[int(random.integers(2))]


def _flaccid(severity: float) -> Callable[[np.random.Generator], Condition]:
    return lambda random: flaccid(_side(random), severity)


def _single(branch: Branch) -> Callable[[np.random.Generator], Condition]:
    return lambda random: single_branch(branch, _side(random), float(random.choice([0.6, 0.8, 1.0])))


def _usual_synkinesis(random: np.random.Generator) -> Condition:
    return synkinetic(_side(random), float(random.uniform(0.6, 1.0)), float(random.uniform(0.0, 0.4)))


def _any_synkinesis(random: np.random.Generator) -> Condition:
    """Four of all watched pairs of trigger and region, whether frequent or rare in people."""
    side = _side(random)
    pairs = [(trigger, region) for region, spec in REGION_SPECS.items() for trigger in spec.triggers]
    chosen = random.choice(len(pairs), size=4, replace=False)
    links = tuple(Synkinesis(side, *pairs[int(i)], strength=float(random.uniform(0.4, 1.0))) for i in chosen)
    return replace(synkinetic(side, weakness=float(random.uniform(0.0, 0.4))), synkinesis=links)


def _bilateral(random: np.random.Generator) -> Condition:
    return bilateral(float(random.uniform(0.4, 1.0)), float(random.uniform(0.4, 1.0)))


# One round of patients; a run takes as many as it is asked for, round after round.
_ROUND: tuple[tuple[str, Callable[[np.random.Generator], Condition]], ...] = (
    ("healthy", lambda _: healthy()),
    ("flaccid 1.0", _flaccid(1.0)),
    ("temporal only", _single(Branch.TEMPORAL)),
    ("synkinetic, usual", _usual_synkinesis),
    ("flaccid 0.3", _flaccid(0.3)),
    ("zygomatic only", _single(Branch.ZYGOMATIC)),
    ("bilateral", _bilateral),
    ("flaccid 0.6", _flaccid(0.6)),
    ("buccal only", _single(Branch.BUCCAL)),
    ("synkinetic, any", _any_synkinesis),
    ("marginal mandibular only", _single(Branch.MARGINAL_MANDIBULAR)),
    ("healthy", lambda _: healthy()),
)


def _camera(random: np.random.Generator) -> Camera:
    return Camera(
        PICTURE_PX,
        PICTURE_PX,
        fps=float(random.choice([25.0, 30.0])),
        distance_mm=float(random.uniform(450, 1000)),
        face_part=float(random.uniform(0.38, 0.52)),
        brightness=float(random.uniform(0.7, 1.2)),
        side_light=float(random.uniform(-0.35, 0.35)),
        warmth=float(random.uniform(-0.1, 0.1)),
        noise=float(random.uniform(0.8, 4.0)),
        blur_px=float(random.uniform(0.0, 0.8)),
    )


def _case(number: int, name: str, *, identity: int | None = None, photo: Path | None = None) -> Case:
    random = np.random.default_rng([2 if photo is None else 3, number])
    group, make = _ROUND[number % len(_ROUND)]
    condition = replace(make(random), person=1000 + number)
    camera, sway = _camera(random), float(random.uniform(0.5, 1.5))
    return Case(name, group, identity, photo, condition, camera, sway, seed=number)


def drawn_cases(count: int) -> list[Case]:
    """The first ``count`` drawn patients; the same whenever they are asked for."""
    return [_case(i, f"drawn-{i:03}", identity=FIRST_IDENTITY + i) for i in range(count)]


def photo_cases(folder: Path, count: int, *, unseen: bool = False) -> list[Case]:
    """The first ``count`` patients made of the photographs (jpg) in a folder.

    Args:
        folder: of the photographs.
        count: at most so many patients.
        unseen: only people whom no network of a tracker was trained on; else all but those that the tests use.
    """
    photos = [photo for i, photo in enumerate(sorted(folder.glob("*.jpg"))) if unseen or i % TEST_PHOTO_STEP]
    if unseen:
        people = split_people(photo.stem for photo in photos)
        photos = [photo for photo in photos if photo.stem in {*people.validation, *people.test}]
    if not photos:
        raise SystemExit(f"{folder} holds no photographs (jpg).")
    # Far apart in the list, so that a small run already sees different people.
    step = next(s for s in (7, 11, 13, 17, 1) if len(photos) % s)
    return [_case(i, f"photo-{i:03}", photo=photos[i * step % len(photos)]) for i in range(min(count, len(photos)))]
