"""Recorded and tracked phantom examinations for the golden tests, made once a worker process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from core.analysis import analyse_track
from core.exam.segments import Segment
from core.phantom.camera import Camera
from core.phantom.condition import Condition, bilateral, flaccid, healthy, single_branch, synkinetic
from core.phantom.drawing.identity import IDENTITIES
from core.phantom.drawing.portrait import draw_portrait
from core.phantom.exam import short_script
from core.phantom.motion import simulate
from core.phantom.portrait import Portrait
from core.phantom.recording import record
from core.result import ExamResult
from core.track_video import track_video
from core.tracking import FaceTrack
from core.video.reader import FrameReader
from core.video.writer import VideoWriter
from core.words import Branch, Side
from models.tracking import tracker_factory

R, L = Side.RIGHT, Side.LEFT
CAMERA = Camera(480, 480, fps=25.0)
# For clips that are halved: the iris must still have some pixels.
LARGE_CAMERA = Camera(640, 640, fps=25.0)
GRADED = tuple(branch for branch in Branch if branch is not Branch.CERVICAL)


@dataclass(frozen=True)
class Case:
    """A face of ``IDENTITIES`` by its place there, what is wrong with it, and how it is filmed."""

    identity: int
    condition: Condition
    camera: Camera = CAMERA


CASES: dict[str, Case] = {
    "healthy, 1": Case(0, healthy(person=201)),
    "healthy, 5": Case(4, healthy(person=202)),
    "healthy, 7": Case(6, healthy(person=203)),
    "complete right": Case(2, flaccid(R, 1.0, person=204), LARGE_CAMERA),
    "mild left": Case(3, flaccid(L, 0.4, person=205)),
    "temporal right": Case(1, single_branch(Branch.TEMPORAL, R, 0.9, person=206)),
    "zygomatic left": Case(5, single_branch(Branch.ZYGOMATIC, L, 0.9, person=207)),
    "buccal right": Case(7, single_branch(Branch.BUCCAL, R, 0.9, person=208)),
    "marginal mandibular left": Case(8, single_branch(Branch.MARGINAL_MANDIBULAR, L, 0.9, person=209)),
    "synkinetic left": Case(6, synkinetic(L, 1.0, 0.4, person=210), LARGE_CAMERA),
    "bilateral": Case(1, bilateral(0.8, 0.7, person=211)),
}


@dataclass(frozen=True)
class Recorded:
    """A clip with what was performed when, and its exact landmarks, (T, 478, 3) pixels."""

    video: Path
    segments: list[Segment]
    landmarks: np.ndarray


@lru_cache(maxsize=1)
def folder() -> Path:
    """Emptied when the process ends."""
    temporary = tempfile.TemporaryDirectory(prefix="hemiface-golden-")
    _KEPT.append(temporary)
    return Path(temporary.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@lru_cache
def recorded(name: str) -> Recorded:
    """The examination of one of CASES as an H.264 clip."""
    case = CASES[name]
    portrait = draw_portrait(IDENTITIES[case.identity], round(1.25 * case.camera.width))
    return film(portrait, case.condition, folder() / f"{name}.mp4", case.camera)


def film(portrait: Portrait, condition: Condition, path: Path, camera: Camera = CAMERA) -> Recorded:
    """A short examination of any portrait; the person's number is the seed of all that varies."""
    seed = condition.person
    motion = simulate(portrait.shape_mm, condition, short_script(seed), camera.fps, seed)
    made = record(portrait, motion, path, camera, seed=seed)
    return Recorded(path, made.segments, made.landmarks)


@lru_cache
def tracked(name: str) -> FaceTrack:
    """The default tracker over ``recorded(name)``."""
    return track_video(recorded(name).video, tracker_factory())


@lru_cache
def examined(name: str, *, with_segments: bool = True) -> ExamResult:
    """Result of one of CASES, with the segments of its cues or with those that the motion suggests."""
    segments = recorded(name).segments if with_segments else None
    return analyse_track(tracked(name), segments=segments, simulated=True).result


def changed(name: str, label: str, change: Callable[[np.ndarray], np.ndarray], *, mirrored: bool = False) -> ExamResult:
    """Result of a clip of which every picture was changed and encoded again."""
    original = recorded(name)
    path = folder() / f"{name}, {label}.mp4"
    frames = FrameReader(original.video)
    first = change(next(iter(FrameReader(original.video))).image)
    with VideoWriter(path, first.shape[1], first.shape[0], CASES[name].camera.fps, crf=14) as writer:
        for frame in frames:
            writer.write(change(frame.image), frame.time_s)
    track = track_video(path, tracker_factory(), mirrored=mirrored)
    return analyse_track(track, segments=original.segments, simulated=True).result


def flipped(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image[:, ::-1])


def half_size(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def rotated(image: np.ndarray, degrees: float = 10.0) -> np.ndarray:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def scores(result: ExamResult, what: str) -> dict[tuple[Branch, Side], float | None]:
    """Weakness or synkinesis of every branch but the cervical one, on both sides."""
    return {(branch, side): getattr(result.branches[branch].get(side), what) for branch in GRADED for side in Side}
