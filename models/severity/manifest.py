"""Examinations that clinicians have rated: the list that a clinic's own severity network is trained and judged with.

A folder holds ``manifest.json`` or ``manifest.csv``. JSON::

    {"maximum": 100, "items": [
      {"patient": "P1", "exam": "p1-first", "video": "p1-first.mp4", "scores": {"temporal:right": 40, "buccal:right": 75}},
      {"patient": "P2", "visit": "1", "image": "p2-rest.jpg", "expression": "rest", "scores": {"zygomatic:left": 60}},
      {"patient": "P2", "visit": "1", "image": "p2-smile.jpg", "expression": "smile_open"}]}

``patient`` is a pseudonym; the data are split by it. An item names either an ``exam``, the folder that ``cli.py analyse`` wrote
(result.json, track.npz, curves.npz) or one with result.json alone, or an ``image`` with its ``expression``. Pictures of an
exam come from its ``video``, or lie in its folder as EXPRESSION.jpg or .png (``rest.jpg``, ``smile_open.png``); an exam without
pictures is learned from its measurements. Images of the same patient and ``visit`` are one examination.

``scores`` are by "branch:side", the patient's own side: 0 normal, ``maximum`` no function; 100 when it is not given, 4 for a scale
from 0 to 4. What was not rated is left out or null. The cervical branch may stand in it, but is not learned. An item's own
``maximum`` overrules the list's. In CSV the first line names the columns: patient, visit, exam, video, image, expression, maximum,
and scores as ``temporal_right`` and so on; empty means not given.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from core.analysis import Analysis
from core.errors import InputError
from core.exam.protocol import Expression
from core.key_frames import choose_key_frames, read_key_frames
from core.measures.curves import Curves
from core.result import ExamResult
from core.track_photo import track_photo
from core.tracking import FaceTrack
from core.words import SIDES, Branch, Side
from models.face_crops import face_crop
from models.landmarks.splitting import split_patients
from models.severity.data import PICTURES, SPLITS, ExamFacts, SeverityData, joined, severity_exam
from models.severity.features import LEARNED_BRANCHES

if TYPE_CHECKING:
    from core.tracking import TrackerFactory

JSON_NAME, CSV_NAME = "manifest.json", "manifest.csv"
_MOST_BYTES = 50_000_000
_HIGHEST = 100.0
_SUFFIXES = (".jpg", ".jpeg", ".png")
_TEXTS = ("patient", "visit", "exam", "video", "image", "expression")
_SCORES = {f"{branch.value}:{side.value}": (branch, side) for branch in Branch for side in SIDES}


@dataclass(frozen=True)
class RatedExam:
    """One rated examination.

    Attributes:
        patient: pseudonym.
        name: of the examination, unique.
        folder: what an analysis wrote; None for images.
        video: that was analysed; None without.
        images: (expression, file) of pictures.
        scores: (2, B) severity of the learned branches from 0 to 100; NaN where it was not rated.
    """

    patient: str
    name: str
    folder: Path | None
    video: Path | None
    images: tuple[tuple[Expression, Path], ...]
    scores: np.ndarray


def read_manifest(path: Path) -> list[RatedExam]:
    """The examinations of a manifest.

    Args:
        path: manifest.json or .csv, or the folder that holds one.

    Raises:
        InputError: it cannot be read, or an item lacks something; one sentence names the first that does.
    """
    if path.is_dir():
        path = path / CSV_NAME if (path / CSV_NAME).is_file() else path / JSON_NAME
    entries, maximum = _entries(path)
    exams: dict[tuple[str, str], RatedExam] = {}
    for number, entry in enumerate(entries, 1):
        exam = _exam(entry, number, path.parent, maximum)
        key = (exam.patient, exam.name)
        if key in exams and (exam.folder is not None or exams[key].folder is not None):
            raise _wrong(number, f"names the examination {exam.name} again")
        exams[key] = _together(exams[key], exam, number) if key in exams else exam
    rated = list(exams.values())
    for exam in rated:
        if not np.isfinite(exam.scores).any():
            raise InputError(f"The examination {exam.name} of {exam.patient} has no score.", code="manifest")
    return rated


def rated_data(
    exams: Sequence[RatedExam],
    seed: int,
    factory: Callable[[], TrackerFactory],
    *,
    progress: Callable[[int], None] = lambda _done: None,
) -> SeverityData:
    """The examinations with measurements and pictures, split by patient at random with ``seed``.

    Args:
        exams: of ``read_manifest``.
        seed: of the split.
        factory: makes what finds landmarks in single pictures; asked only where there are some.
        progress: told how many were read.

    Raises:
        InputError: fewer than three patients, or something cannot be read.
    """
    split = split_patients((exam.patient for exam in exams), seed)
    part_of = {name: part for part in SPLITS for name in getattr(split, part)}
    rows = []
    for number, exam in enumerate(exams, 1):
        progress(number)
        affected = [s.value for s in SIDES if (np.nan_to_num(exam.scores[SIDES.index(s)]) > 0).any()]
        side = affected[0] if len(affected) == 1 else "both" if affected else "none"
        facts = ExamFacts(f"{exam.patient} {exam.name}", exam.patient, "clinic", part_of[exam.patient], "", side)
        result = None if exam.folder is None else _result(exam.folder)
        rows.append(severity_exam(facts, result, _crops(exam, result, factory), exam.scores))
    return joined(rows)


def _entries(path: Path) -> tuple[list[dict[str, Any]], float]:
    text = _text(path)
    if path.suffix == ".csv":
        return _csv_entries(path, text), _HIGHEST
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"The manifest {path.name} is not valid JSON.", code="manifest") from problem
    entries = content.get("items") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise InputError(f'The manifest {path.name} has no list "items".', code="manifest")
    return entries, _maximum(content.get("maximum"), 0)


def _csv_entries(path: Path, text: str) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text))
    known = {*_TEXTS, "maximum", *(name.replace(":", "_") for name in _SCORES)}
    unknown = [name for name in reader.fieldnames or () if name not in known]
    if unknown or "patient" not in (reader.fieldnames or ()):
        what = f"the unknown column {unknown[0]}" if unknown else 'no column "patient"'
        raise InputError(f"The manifest {path.name} has {what}.", code="manifest")
    entries = []
    for row in reader:
        entry: dict[str, Any] = {name: row.get(name) or None for name in (*_TEXTS, "maximum")}
        entry["scores"] = {name: row.get(name.replace(":", "_")) or None for name in _SCORES}
        entries.append(entry)
    if not entries:
        raise InputError(f"The manifest {path.name} has no examinations.", code="manifest")
    return entries


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"The manifest {path.name} is too large.", code="manifest")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"The manifest {path} cannot be read.", hint="Check its name.", code="manifest") from problem


def _exam(entry: Any, number: int, folder: Path, maximum: float) -> RatedExam:
    if not isinstance(entry, dict):
        raise _wrong(number, "is no object with patient, exam or image, and scores")
    patient, visit = entry.get("patient"), entry.get("visit")
    if not isinstance(patient, str) or not patient.strip():
        raise _wrong(number, 'has no "patient": data are split by patient, so every item needs its pseudonym')
    own = entry.get("maximum")
    scores = _scores(entry.get("scores"), number, maximum if own is None else _maximum(own, number))
    exam, image = entry.get("exam"), entry.get("image")
    if (exam is None) == (image is None):
        raise _wrong(number, 'must have either an "exam" or an "image"')
    if exam is not None:
        found = _inside(exam, "exam", number, folder)
        if not (found / "result.json").is_file():
            raise _wrong(number, f"names the examination {found.name}, which has no result.json")
        video = None if entry.get("video") is None else _file(entry["video"], "video", number, folder)
        pictures = [(e, found / f"{e.value}{s}") for e in PICTURES for s in _SUFFIXES]
        return RatedExam(patient, found.name, found, video, tuple(p for p in pictures if p[1].is_file()), scores)
    expression = entry.get("expression")
    if expression not in {e.value for e in PICTURES}:
        known = ", ".join(e.value for e in PICTURES)
        raise _wrong(number, f'has an "expression" that is none of {known}')
    picture = (Expression(expression), _file(image, "image", number, folder))
    return RatedExam(patient, f"visit {visit or 1}", None, None, (picture,), scores)


def _together(one: RatedExam, other: RatedExam, number: int) -> RatedExam:
    """Two images of the same visit."""
    both = np.isfinite(one.scores) & np.isfinite(other.scores)
    if not np.allclose(one.scores[both], other.scores[both]):
        raise _wrong(number, "has other scores than another image of the same patient and visit")
    scores = np.where(np.isfinite(one.scores), one.scores, other.scores)
    return RatedExam(one.patient, one.name, None, None, one.images + other.images, scores)


def _scores(given: Any, number: int, maximum: float) -> np.ndarray:
    scores = np.full((len(SIDES), len(LEARNED_BRANCHES)), np.nan)
    if given is None:
        return scores
    if not isinstance(given, dict):
        raise _wrong(number, 'has "scores" that are no object of "branch:side" and number')
    for name, value in given.items():
        if name not in _SCORES:
            raise _wrong(number, f"has a score for {name!r}, which is no branch and side such as temporal:right")
        score = None if value is None else _as_number(value)
        if value is not None and (score is None or not 0 <= score <= maximum):
            raise _wrong(number, f"has a score for {name} that is no number from 0 to {maximum:g}")
        branch, side = _SCORES[name]
        if score is not None and branch in LEARNED_BRANCHES:
            scores[_place(branch, side)] = _HIGHEST * score / maximum
    return scores


def _place(branch: Branch, side: Side) -> tuple[int, int]:
    return SIDES.index(side), LEARNED_BRANCHES.index(branch)


def _maximum(value: Any, number: int) -> float:
    if value is None:
        return _HIGHEST
    found = _as_number(value)
    if found is None or found <= 0:
        where = "The manifest" if number == 0 else f"Item {number} of the manifest"
        raise InputError(f'{where} has a "maximum" that is no number above 0.', code="manifest")
    return found


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if np.isfinite(found) else None


def _inside(name: Any, key: str, number: int, folder: Path) -> Path:
    if not isinstance(name, str) or not name:
        raise _wrong(number, f'has no "{key}"')
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _wrong(number, f'has a path in "{key}" outside the folder of the manifest')
    return path


def _file(name: Any, key: str, number: int, folder: Path) -> Path:
    path = _inside(name, key, number, folder)
    if not path.is_file():
        raise _wrong(number, f"names the file {path.name}, which is not there")
    return path


def _result(folder: Path) -> ExamResult:
    try:
        return ExamResult.model_validate_json((folder / "result.json").read_bytes())
    except (OSError, ValueError) as problem:
        raise InputError(f"The result of the examination {folder.name} cannot be read.", code="manifest") from problem


def _crops(
    exam: RatedExam, result: ExamResult | None, factory: Callable[[], TrackerFactory]
) -> list[tuple[Expression | None, np.ndarray]]:
    if exam.video is not None and exam.folder is not None and result is not None:
        return _crops_of_video(exam.folder, exam.video, result)
    crops: list[tuple[Expression | None, np.ndarray]] = []
    for expression, path in exam.images:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise InputError(f"The picture {path.name} cannot be read.", code="manifest")
        image = np.ascontiguousarray(picture[..., ::-1])
        points = track_photo(image, factory()).points
        if points is not None:
            crops.append((expression, face_crop(image, points)))
    return crops


def _crops_of_video(folder: Path, video: Path, result: ExamResult) -> list[tuple[Expression | None, np.ndarray]]:
    """The key frames that the analysis chose, read from the video again."""
    try:
        curves, track = Curves.load(folder / "curves.npz"), FaceTrack.load(folder / "track.npz")
    except (OSError, ValueError, KeyError) as problem:
        raise InputError(
            f"The examination {folder.name} has a video, but its track.npz or curves.npz cannot be read.",
            code="manifest",
        ) from problem
    frames = read_key_frames(video, track, choose_key_frames(Analysis(result, curves, track)))
    return [(frame.expression, face_crop(frame.image, frame.points)) for frame in frames]


def _wrong(number: int, what: str) -> InputError:
    return InputError(f"Item {number} of the manifest {what}.", code="manifest")
