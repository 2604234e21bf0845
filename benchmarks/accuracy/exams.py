"""One simulated examination from portrait to figures: recorded, tracked, analysed, compared with what was put in.

Everything is kept in the case's folder, so an interrupted run goes on where it was: exam.mp4, segments.json, landmarks.npz,
truth.json, one track a way of tracking, and figures-<mode>.json.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.accuracy.cases import Case
from benchmarks.accuracy.comparison import compare
from core.exam.segments import read_segments
from core.phantom.drawing.identity import random_identity
from core.phantom.drawing.portrait import draw_portrait
from core.phantom.exam import short_script
from core.phantom.motion import simulate
from core.phantom.photo import portrait_from_photo
from core.phantom.portrait import Portrait
from core.phantom.recording import record
from core.track_photo import track_photo
from core.track_video import track_video
from core.tracking import FaceTrack
from models.tracking import DEFAULT_TRACKER, tracker_factory

PROJECT = Path(__file__).resolve().parents[2]
PORTRAIT_PX = 560


@dataclass(frozen=True)
class Mode:
    """A way of tracking: which tracker, and what ``track_video`` does with it."""

    tracker: str = DEFAULT_TRACKER
    mirror_average: bool = True
    half_faces: bool = True


MODES: dict[str, Mode] = {
    "default": Mode(),
    "whole": Mode(half_faces=False),
    "plain": Mode(mirror_average=False, half_faces=False),
    "hemiface": Mode("hemiface"),
    "hemiface-whole": Mode("hemiface", half_faces=False),
}
# What a recording and its track depend on: when one of these changes they are made again.
_RECORDED_BY = ("core/phantom", "core/exam", "core/face", "core/video/writer.py")
_TRACKED_BY = (
    "core/face", "core/follow.py", "core/half_faces.py", "core/mirror_averaging.py", "core/track_video.py", "core/video",
    "models/tracking", "models/refinement", "models/weights/hemiface_refine.safetensors",
)  # fmt: skip


def examine(case: Case, folder: Path, mode: str, *, keep_tracks: bool = False) -> dict[str, Any]:
    """Figures of one case and one way of tracking, also written to its folder.

    Args:
        case: who and what.
        folder: of all cases; this one gets a folder of its own.
        mode: one of MODES.
        keep_tracks: take recordings and tracks that are there, whatever made them.
    """
    own = folder / case.name
    own.mkdir(parents=True, exist_ok=True)
    recorded = _made_by(_RECORDED_BY, _described(case))
    if not _is_made(own / "exam.mp4", recorded, keep=keep_tracks):
        make_recording(case, own)
        _note(own / "exam.mp4", recorded)
    tracked = _made_by(_TRACKED_BY, recorded, mode)
    track_file = own / f"track-{mode}.npz"
    if not _is_made(track_file, tracked, keep=keep_tracks):
        way = MODES[mode]
        track = track_video(
            own / "exam.mp4",
            tracker_factory(way.tracker),
            mirror_average=way.mirror_average,
            half_faces=way.half_faces,
        )
        track.save(track_file)
        _note(track_file, tracked)
    with np.load(own / "landmarks.npz") as stored:
        exact = stored["points"]
    figures = {
        "case": {"name": case.name, "group": case.group, "drawn": case.photo is None},
        "mode": mode,
        **compare(case.condition, FaceTrack.load(track_file), exact, read_segments(own / "segments.json")),
    }
    (own / f"figures-{mode}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return figures


def make_recording(case: Case, folder: Path) -> None:
    """Film a case into its folder: exam.mp4, landmarks.npz, segments.json and, last, truth.json."""
    portrait = _portrait(case)
    script = short_script(case.seed)
    motion = simulate(portrait.shape_mm, case.condition, script, case.camera.fps, case.seed, sway=case.sway)
    record(portrait, motion, folder / "exam.mp4", case.camera, seed=case.seed).save(folder)


def _portrait(case: Case) -> Portrait:
    if case.photo is None:
        return draw_portrait(random_identity(case.identity or 0), PORTRAIT_PX)
    image = cv2.imread(str(case.photo))
    if image is None:
        raise SystemExit(f"{case.photo} cannot be read as a picture.")
    image = np.ascontiguousarray(image[..., ::-1])
    points = track_photo(image, tracker_factory()).points
    assert points is not None  # track_photo raises without a face
    return portrait_from_photo(case.photo.stem, image, points)


def _described(case: Case) -> str:
    """The case in words, the same in every process, without where the photographs lie."""
    # A set has another order in every process.
    condition = replace(case.condition, resting_signs=frozenset())
    photo = None if case.photo is None else Path(case.photo.name)
    return f"{replace(case, condition=condition, photo=photo)!r} {sorted(case.condition.resting_signs)}"


@cache
def _source_hash(parts: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        path = PROJECT / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _made_by(parts: tuple[str, ...], *others: str) -> str:
    return hashlib.sha256(" ".join([_source_hash(parts), *others]).encode()).hexdigest()


def _is_made(file: Path, made_by: str, *, keep: bool) -> bool:
    note = file.with_suffix(".made")
    return file.is_file() and note.is_file() and (keep or note.read_text(encoding="utf-8") == made_by)


def _note(file: Path, made_by: str) -> None:
    file.with_suffix(".made").write_text(made_by, encoding="utf-8")
