"""Corrected landmarks of a recording as a zip file of pictures and .pts files, and back."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.annotated_frame import AnnotatedFrame, picture_sha256
from core.errors import InputError
from core.face.pts_files import MANIFEST, NamedFrame, format_pts, frame_names, manifest_of, read_frames
from core.records.entries import Recording
from core.records.frame_pictures import frame_picture, keep_pictures, png_bytes
from core.records.landmark_sets import LandmarkSet
from core.records.store import Store
from core.records.text import clean_line
from core.video.limits import VideoLimits

MOST_ZIP_BYTES = 500_000_000
_MOST_ENTRIES = 20_000
_HINT = "Use a zip file that Hemiface exported, with its manifest.json."


@dataclass(frozen=True)
class ImportPlan:
    """What an import does, or would do.

    Attributes:
        new: frames to enter, each as a new version.
        known: frames that the records have as they are.
        refused: (name, why not) of the others.
    """

    new: list[AnnotatedFrame]
    known: list[AnnotatedFrame]
    refused: list[tuple[str, str]]


def export_landmarks(store: Store, recording: Recording, limits: VideoLimits) -> bytes:
    """Zip file with the newest version of every annotator on every picture: pictures, .pts files, manifest; no name of a patient.

    Pictures that are no longer those that were annotated (the recording was turned) are left out with their points.

    Raises:
        InputError: nothing was corrected.
        HemifaceError: the video cannot be read.
    """
    sets = store.landmark_sets(recording.id)
    keep_pictures(store, recording, {entry.frame.index for entry in sets}, limits)
    pictures = {}
    for index in {entry.frame.index for entry in sets}:
        image = frame_picture(store, recording, index, limits)
        pictures[index] = (picture_sha256(image), png_bytes(image))
    current = [entry for entry in sets if pictures[entry.frame.index][0] == entry.frame.sha256]
    if not current:
        raise InputError("No landmarks of this video were corrected yet.", code="landmarks")
    named = _named(current)
    side = recording.affected_side.side
    manifest = manifest_of(named, patient=recording.patient_id, recording=recording.id, side=side)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo(MANIFEST), manifest.model_dump_json(indent=1))
        for entry in named:
            archive.writestr(zipfile.ZipInfo(f"{entry.name}.png"), pictures[entry.frame.index][1])
            archive.writestr(zipfile.ZipInfo(f"{entry.name}.pts"), format_pts(entry.frame.points))
    return stream.getvalue()


def plan_import(store: Store, recording: Recording, source: BinaryIO | Path, limits: VideoLimits) -> ImportPlan:
    """What an import of a zip file or a folder would do; changes nothing.

    Every frame is compared with the recording's own picture of that number: points of another video, or of a mirrored one, are
    refused.

    Raises:
        InputError: it is no such zip file or folder.
        HemifaceError: the video cannot be read.
    """
    if isinstance(source, Path):
        return _plan(store, recording, read_frames(_folder_reader(source)), limits)
    try:
        with zipfile.ZipFile(source) as archive:
            frames = read_frames(_zip_reader(archive))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error) as problem:
        raise InputError("This is not a zip file that can be read.", hint=_HINT, code="zip") from problem
    return _plan(store, recording, frames, limits)


def carry_out(store: Store, recording: Recording, plan: ImportPlan) -> list[LandmarkSet]:
    """Enter the new frames of a plan."""
    return [store.save_landmarks(recording.id, frame, source="import") for frame in plan.new]


def _named(sets: Sequence[LandmarkSet]) -> list[NamedFrame]:
    names = frame_names([entry.frame for entry in sets])
    return [
        NamedFrame(name, entry.frame, entry.version, entry.created_at) for name, entry in zip(names, sets, strict=True)
    ]


def _plan(store: Store, recording: Recording, frames: Sequence[NamedFrame], limits: VideoLimits) -> ImportPlan:
    from core.video.stills import pictures_at

    path = store.recording_path(recording)
    wanted = {entry.frame.index for entry in frames}
    hashes = {
        index: picture_sha256(frame.image)
        for index, frame in pictures_at(path, wanted, mirrored=recording.mirrored, limits=limits)
    }
    kept = {(entry.frame.index, entry.frame.annotator): entry.frame for entry in store.landmark_sets(recording.id)}
    plan = ImportPlan([], [], [])
    for entry in frames:
        frame = entry.frame
        before = kept.get((frame.index, clean_line(frame.annotator)))
        if not clean_line(frame.annotator):
            plan.refused.append((entry.name, "its annotator has no name"))
        elif frame.index not in hashes:
            plan.refused.append((entry.name, "this video has no such picture"))
        elif hashes[frame.index] != frame.sha256:
            plan.refused.append((entry.name, "it belongs to another picture than this video has there"))
        elif before is not None and before.same_as(frame):
            plan.known.append(frame)
        else:
            plan.new.append(frame)
    return plan


def _zip_reader(archive: zipfile.ZipFile) -> Callable[[str, int], bytes | None]:
    """Reads entries in memory, never more of one than asked for; nothing is unpacked to the disk."""
    names = archive.namelist()
    if len(names) > _MOST_ENTRIES:
        raise InputError("The zip file holds too many files.", hint=_HINT, code="zip")
    # A folder that was zipped as a whole has its own name in front.
    tops = [name.removesuffix(MANIFEST) for name in names if name == MANIFEST or name.endswith(f"/{MANIFEST}")]
    top = min(tops, key=len) if tops else ""
    known = set(names)

    def read(name: str, most: int) -> bytes | None:
        if top + name not in known:
            return None
        with archive.open(top + name) as stream:
            return stream.read(most + 1)

    return read


def _folder_reader(folder: Path) -> Callable[[str, int], bytes | None]:
    """Reads files of a folder; a link that leads out of it counts as missing."""
    root = folder.resolve()

    def read(name: str, most: int) -> bytes | None:
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            return None
        with path.open("rb") as stream:
            return stream.read(most + 1)

    return read
