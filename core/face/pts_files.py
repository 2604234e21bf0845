"""Landmarks as folders of pictures and .pts files with a manifest, as landmark tools read them.

A folder holds one folder for each annotator with pairs of the same name, ``frame_000123.png`` and ``frame_000123.pts``, and above
them ``manifest.json``, which keeps what a .pts file has no place for. The training of landmark networks reads the same folder
(``cli.py train landmarks``). The .pts form is that of iBUG and 300-W::

    version: 1
    n_points: 68
    {
    312.500 240.250
    ...
    }

Coordinates in .pts files are 1-based as there: the centre of the first pixel is (1, 1). Everywhere else in the project it is
(0, 0), so one pixel is added on writing and taken off on reading. Pictures are never read back: what a point belongs to is told
by the hash of the picture in the manifest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.annotated_frame import AnnotatedFrame, PlacedBy
from core.checks import check_shape
from core.errors import InputError
from core.face.ibug68 import POINTS
from core.words import Side

MANIFEST = "manifest.json"
MOST_FRAMES = 5000
MOST_MANIFEST_BYTES = 10_000_000
MOST_PTS_BYTES = 20_000
FORMAT = "hemiface-landmarks"
CONVENTION = (
    "Points are iBUG 68; coordinates in .pts files are pixels, 1-based (centre of the first pixel is 1, 1). "
    "Right and left are the patient's own; pictures are not mirrored."
)
_FIRST_PIXEL = 1.0
_HINT = "Use a folder or zip file that Hemiface exported, with its manifest.json."
# At most one folder, and names that mean the same on every computer: no way out of the folder.
_NAME = r"^([A-Za-z0-9_-]{1,60}/)?[A-Za-z0-9_-]{1,80}\.(pts|png)$"

FileName = Annotated[str, Field(pattern=_NAME)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ManifestTracker(_Strict):
    """The tracker whose points the annotator started from; empty when there was none."""

    name: Annotated[str, Field(max_length=80)] = ""
    version: Annotated[str, Field(max_length=120)] = ""
    weights_sha256: Annotated[str, Field(max_length=64)] = ""


class ManifestFrame(_Strict):
    """One .pts file: which picture it belongs to, who placed its points, and which of them are visible.

    ``patient`` is the store's random id, never a name; ``side`` is the patient's affected side, if known.
    """

    image: FileName
    pts: FileName
    patient: Annotated[str, Field(max_length=64)]
    severity: Annotated[str, Field(max_length=64)] | None = None
    side: Side | None = None
    frame_index: Annotated[int, Field(ge=0)]
    frame_time_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    frame_sha256: Hash
    width: Annotated[int, Field(gt=0, le=20_000)]
    height: Annotated[int, Field(gt=0, le=20_000)]
    annotator: Annotated[str, Field(min_length=1, max_length=120)]
    version: Annotated[int, Field(ge=1)]
    created_at: datetime
    tracker: ManifestTracker
    visible: Annotated[list[bool], Field(min_length=POINTS, max_length=POINTS)]


class Manifest(_Strict):
    """manifest.json."""

    format: Literal["hemiface-landmarks"] = "hemiface-landmarks"
    format_version: Literal[1] = 1
    convention: str = CONVENTION
    recording: Annotated[str, Field(max_length=64)]
    items: Annotated[list[ManifestFrame], Field(max_length=MOST_FRAMES)]


@dataclass(frozen=True)
class NamedFrame:
    """What one .pts file of a folder holds, with its version and time as they were kept."""

    name: str
    frame: AnnotatedFrame
    version: int
    created_at: datetime


def format_pts(points: np.ndarray) -> str:
    """A .pts file of (68, 2) pixels, to a thousandth of a pixel, 1-based."""
    check_shape("points", points, (POINTS, 2))
    lines = "\n".join(f"{x:.3f} {y:.3f}" for x, y in points + _FIRST_PIXEL)
    return f"version: 1\nn_points: {POINTS}\n{{\n{lines}\n}}\n"


def parse_pts(text: str) -> np.ndarray:
    """(68, 2) pixels of a .pts file, 0-based.

    Raises:
        InputError: it is no .pts file of 68 finite points.
    """
    match = re.fullmatch(r"\s*version:\s*1\s+n_points:\s*(\d{1,6})\s*\{([^{}]*)\}\s*", text)
    if match is None:
        raise InputError("This is not a .pts file of version 1.", hint=_HINT, code="pts")
    if int(match[1]) != POINTS:
        raise InputError(f"{POINTS} points are needed, the .pts file has {int(match[1])}.", hint=_HINT, code="pts")
    try:
        values = np.array([float(word) for word in match[2].split()])
    except ValueError as problem:
        raise InputError("The .pts file holds something that is no number.", hint=_HINT, code="pts") from problem
    if values.size != 2 * POINTS or not np.isfinite(values).all():
        raise InputError(f"The .pts file does not hold {POINTS} points.", hint=_HINT, code="pts")
    return values.reshape(POINTS, 2) - _FIRST_PIXEL


def manifest_of(frames: Sequence[NamedFrame], *, patient: str, recording: str, side: Side | None = None) -> Manifest:
    """The manifest of a folder with these frames of one recording; names as from ``frame_names``."""
    return Manifest(
        recording=recording,
        items=[
            ManifestFrame(
                image=f"{named.name}.png",
                pts=f"{named.name}.pts",
                patient=patient,
                side=side,
                frame_index=named.frame.index,
                frame_time_s=named.frame.time_s,
                frame_sha256=named.frame.sha256,
                width=named.frame.width,
                height=named.frame.height,
                annotator=named.frame.annotator,
                version=named.version,
                created_at=named.created_at,
                tracker=ManifestTracker(**vars(named.frame.tracker)),
                visible=[bool(seen) for seen in named.frame.visible],
            )
            for named in frames
        ],
    )


def frame_names(frames: Sequence[AnnotatedFrame]) -> list[str]:
    """A name for each frame, e.g. ``"annotator_1/frame_000123"``: names of people are no file names, so they are numbered."""
    numbers = {name: number for number, name in enumerate(sorted({frame.annotator for frame in frames}), start=1)}
    return [f"annotator_{numbers[frame.annotator]}/frame_{frame.index:06d}" for frame in frames]


def read_manifest(content: bytes) -> Manifest:
    """The manifest in these bytes.

    Raises:
        InputError: it is none, or it names files outside its folder or the same file twice.
    """
    if len(content) > MOST_MANIFEST_BYTES:
        raise InputError("The manifest is too large.", hint=_HINT, code="manifest")
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:80]
        raise InputError(
            f"The manifest cannot be used: {where or 'it'} is not as it should be.", hint=_HINT, code="manifest"
        ) from problem
    names = [entry.pts for entry in manifest.items]
    if len(set(names)) != len(names):
        raise InputError("The manifest names a file twice.", hint=_HINT, code="manifest")
    return manifest


def read_frames(read: Callable[[str, int], bytes | None]) -> list[NamedFrame]:
    """Every frame of a folder, checked.

    Args:
        read: gives the bytes of a file of the folder by its name, or None when it is not there; it may stop one byte after the
            number of bytes that it is told.

    Raises:
        InputError: there is no manifest, or a file is missing, too large, or not as the manifest says.
    """
    content = read(MANIFEST, MOST_MANIFEST_BYTES)
    if content is None:
        raise InputError("There is no manifest.json.", hint=_HINT, code="manifest")
    return [_read_frame(entry, read) for entry in read_manifest(content).items]


def _read_frame(entry: ManifestFrame, read: Callable[[str, int], bytes | None]) -> NamedFrame:
    content = read(entry.pts, MOST_PTS_BYTES)
    if content is None:
        raise InputError(f"The file {entry.pts} is missing.", hint=_HINT, code="pts")
    if len(content) > MOST_PTS_BYTES:
        raise InputError(f"The file {entry.pts} is too large.", hint=_HINT, code="pts")
    try:
        frame = AnnotatedFrame(
            index=entry.frame_index,
            time_s=entry.frame_time_s,
            sha256=entry.frame_sha256,
            width=entry.width,
            height=entry.height,
            annotator=entry.annotator,
            points=parse_pts(content.decode("utf-8", errors="replace")),
            visible=np.array(entry.visible, dtype=bool),
            tracker=PlacedBy(**entry.tracker.model_dump()),
        )
    except InputError as problem:
        raise InputError(f"{entry.pts}: {problem.message}", hint=problem.hint, code=problem.code) from problem
    except ValueError as problem:
        raise InputError(f"{entry.pts}: points lie far outside the picture.", hint=_HINT, code="pts") from problem
    return NamedFrame(entry.pts.removesuffix(".pts"), frame, entry.version, entry.created_at)
