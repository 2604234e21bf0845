"""The list of pictures that landmarks are learned from.

A folder holds the pictures, one .pts file each (68 iBUG points, counted from 1 as that format does) and ``manifest.json``::

    {"items": [{"image": "a.jpg", "pts": "a.pts", "patient": "P1", "severity": "severe", "side": "right"}, ...]}

``patient`` is a pseudonym; ``severity`` (any short word) and ``side`` (the patient's own affected side) may be null. ``visible``
(68 times true or false) may say which points could be seen; those that could only be guessed are neither learned from nor judged
with. ``frame_sha256`` may name the picture: the points of several annotators on one picture of a patient become one item, their
mean. Other keys are not looked at. The app's export of corrected landmarks (``core/face/pts_files.py``), unpacked, is such a
folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import InputError
from core.face.ibug68 import POINTS
from core.face.pts_files import MANIFEST, MOST_PTS_BYTES, format_pts, parse_pts
from core.words import Side

_MOST_BYTES = 50_000_000
_LONGEST_WORD = 64


@dataclass(frozen=True)
class LandmarkItem:
    """One picture with its points.

    Attributes:
        image: the picture.
        points: (68, 2) iBUG points in pixels, the centre of the first pixel is 0.
        patient: pseudonym; the data are split by it.
        severity: class of the palsy in a word, or None.
        side: affected side, or None.
        visible: (68,) bool; False for a point that could only be guessed.
    """

    image: Path
    points: np.ndarray
    patient: str
    severity: str | None = None
    side: Side | None = None
    visible: np.ndarray = field(default_factory=lambda: np.ones(POINTS, bool))

    def picture(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB; raises InputError when it cannot be read."""
        found = cv2.imread(str(self.image), cv2.IMREAD_COLOR)
        if found is None:
            raise InputError(f"The picture {self.image.name} cannot be read.", code="manifest")
        return np.ascontiguousarray(found[..., ::-1])


def read_manifest(path: Path) -> list[LandmarkItem]:
    """The items of a manifest.

    Args:
        path: manifest.json, or the folder that holds it.

    Raises:
        InputError: it cannot be read, or an item lacks something; one sentence names the first that does.
    """
    path = path / MANIFEST if path.is_dir() else path
    content = _json(path)
    entries = content.get("items") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise InputError(f'The manifest {path.name} has no list "items".', code="manifest")
    items = [_item(entry, number, path.parent) for number, entry in enumerate(entries, 1)]
    return _one_item_a_picture(items, entries)


def _one_item_a_picture(items: Sequence[LandmarkItem], entries: Sequence[dict[str, Any]]) -> list[LandmarkItem]:
    """Items of the same picture of one patient joined, in the order of their first; others as they are."""
    groups: dict[tuple[str, str], list[LandmarkItem]] = {}
    for number, (item, entry) in enumerate(zip(items, entries, strict=True)):
        picture = entry.get("frame_sha256")
        key = picture if isinstance(picture, str) and picture else f"item {number}"
        groups.setdefault((item.patient, key), []).append(item)
    return [_joined(group) for group in groups.values()]


def _joined(items: Sequence[LandmarkItem]) -> LandmarkItem:
    """What several annotators say of one picture: the mean of those who saw a point, or of all when nobody did."""
    if len(items) == 1:
        return items[0]
    seen = np.stack([item.visible for item in items])
    counted = np.where(seen.any(axis=0), seen, True).astype(float)[..., None]
    points = (np.stack([item.points for item in items]) * counted).sum(axis=0) / counted.sum(axis=0)
    return replace(items[0], points=points, visible=seen.any(axis=0))


def write_manifest(folder: Path, items: list[LandmarkItem]) -> Path:
    """Write manifest.json and a .pts file for every item, whose pictures lie in ``folder`` already."""
    entries: list[dict[str, object]] = []
    for item in items:
        points_file = item.image.with_suffix(".pts")
        points_file.write_text(format_pts(item.points), encoding="utf-8")
        side = item.side.value if item.side else None
        names = {"image": item.image.name, "pts": points_file.name, "patient": item.patient}
        entry: dict[str, object] = {**names, "severity": item.severity, "side": side}
        if not item.visible.all():
            entry["visible"] = item.visible.tolist()
        entries.append(entry)
    path = folder / MANIFEST
    path.write_text(json.dumps({"items": entries}, indent=0), encoding="utf-8")
    return path


def read_points(path: Path) -> np.ndarray:
    """(68, 2) pixels, the centre of the first pixel 0, of a .pts file; raises InputError."""
    try:
        if path.stat().st_size > MOST_PTS_BYTES:
            raise InputError(f"The points file {path.name} is too large.", code="manifest")
        return parse_pts(path.read_text(encoding="utf-8", errors="replace"))
    except OSError as problem:
        raise InputError(f"The points file {path.name} cannot be read.", code="manifest") from problem
    except InputError as problem:
        raise InputError(f"The points file {path.name} cannot be used: {problem.message}", code="manifest") from problem


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"The manifest {path.name} is too large.", code="manifest")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"The manifest {path} cannot be read.", hint="Check its name.", code="manifest") from problem
    except (ValueError, RecursionError) as problem:
        raise InputError(f"The manifest {path.name} is not valid JSON.", code="manifest") from problem


def _item(entry: Any, number: int, folder: Path) -> LandmarkItem:
    if not isinstance(entry, dict):
        raise _wrong(number, "is no object with image, pts and patient")
    image, points_file = _file(entry, "image", number, folder), _file(entry, "pts", number, folder)
    patient, severity, side = entry.get("patient"), entry.get("severity"), entry.get("side")
    if not isinstance(patient, str) or not patient.strip():
        raise _wrong(number, 'has no "patient": data are split by patient, so every picture needs its pseudonym')
    if severity is not None and (not isinstance(severity, str) or not 0 < len(severity) <= _LONGEST_WORD):
        raise _wrong(number, 'has a "severity" that is neither a word nor null')
    if side not in (None, *(known.value for known in Side)):
        raise _wrong(number, 'has a "side" that is neither right nor left nor null')
    visible = entry.get("visible", [True] * POINTS)
    if not isinstance(visible, list) or len(visible) != POINTS or not all(isinstance(flag, bool) for flag in visible):
        raise _wrong(number, f'has a "visible" that is no list of {POINTS} times true or false')
    if not any(visible):
        raise _wrong(number, "has no visible point")
    points = read_points(points_file)
    if float(np.ptp(points[:, 0])) < 1 or float(np.ptp(points[:, 1])) < 1:
        raise _wrong(number, "has points that all lie in one place")
    return LandmarkItem(image, points, patient, severity, Side(side) if side else None, np.array(visible))


def _file(entry: dict[str, Any], key: str, number: int, folder: Path) -> Path:
    name = entry.get(key)
    if not isinstance(name, str) or not name:
        raise _wrong(number, f'has no "{key}"')
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _wrong(number, f'has an "{key}" outside the folder of the manifest')
    if not path.is_file():
        raise _wrong(number, f"names the file {path.name}, which is not there")
    return path


def _wrong(number: int, what: str) -> InputError:
    return InputError(f"Item {number} of the manifest {what}.", code="manifest")
