"""A clinic's labelled pictures: the list, or the folders, that a screen of its own is trained and judged with.

A folder holds ``manifest.csv`` or ``manifest.json``. In CSV the first line names the columns; JSON is
``{"items": [{"image": "a.jpg", "patient": "P1", "label": "synkinesis", ...}, ...]}`` with the same names:

    image        file in that folder or below it
    patient      pseudonym; the data are split by it
    label        synkinesis or no synkinesis; also 1 or 0, yes or no, true or false
    expression   what is performed, e.g. rest, eyes_tight, smile_open; may be left out where nobody knows
    visit        may be left out; pictures of one patient and visit are one examination, with one label
    group        healthy, flaccid or synkinetic; may be left out, then figures of groups are of those with and without

A folder without a manifest is read as ``LABEL/PATIENT/*.jpg``, LABEL being ``synkinesis`` or ``no_synkinesis``; the pictures of a
patient under one label are one examination.

Pictures without a face, and those that the gate of the screen refuses, are neither learned from nor judged with, nor are
examinations at rest only: synkinesis shows in movement. All of them are told.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from core.errors import InputError
from core.exam.protocol import Expression
from core.loose_pictures import SUFFIXES, read_picture
from core.track_photo import track_photo
from models.cohort.conditions import Group
from models.face_crops import face_crop
from models.landmarks.splitting import LEAST_PATIENTS, split_patients
from models.screening.checkpoints import Layout
from models.screening.data import SPLITS, ExamFacts, ScreeningData, joined
from models.screening.gate import refusal
from models.screening.published import SIZE_PX as PUBLISHED_PX

if TYPE_CHECKING:
    from core.tracking import TrackerFactory

JSON_NAME, CSV_NAME = "manifest.json", "manifest.csv"
WITH, WITHOUT = "with synkinesis", "without synkinesis"
"""What examinations of no known group are called."""
_MOST_BYTES = 50_000_000
_COLUMNS = ("image", "patient", "label", "expression", "visit", "group")
_NEEDED = _COLUMNS[:3]
_LABELS = {
    **dict.fromkeys(("synkinesis", "1", "yes", "true"), True),
    **dict.fromkeys(("no synkinesis", "0", "no", "false"), False),
}


@dataclass(frozen=True)
class LabelledExam:
    """One examination.

    Attributes:
        patient: pseudonym.
        visit: tells examinations of a patient apart; "" for the only one.
        images: (expression, file) of its pictures; None where nobody knows what is performed.
        synkinesis: the label.
        group: ``"healthy"``, ``"flaccid"``, ``"synkinetic"``, ``WITH`` or ``WITHOUT``.
    """

    patient: str
    visit: str
    images: tuple[tuple[Expression | None, Path], ...]
    synkinesis: bool
    group: str

    @property
    def name(self) -> str:
        """Unique among the examinations of a manifest."""
        return f"{self.patient}, {self.visit}" if self.visit else self.patient


def read_manifest(path: Path) -> list[LabelledExam]:
    """The examinations of a clinic's folder, in the order in which they come first.

    Args:
        path: manifest.csv or .json, the folder that holds one, or a folder LABEL/PATIENT/pictures.

    Raises:
        InputError: it cannot be read, or an item lacks something; one sentence names the first that does.
    """
    if path.is_dir():
        listed = [path / name for name in (CSV_NAME, JSON_NAME) if (path / name).is_file()]
        return _together(_items(listed[0])) if listed else _of_folders(path)
    if path.suffix not in (".csv", ".json"):
        raise InputError(f"There is no folder and no manifest {path.name}.", code="manifest")
    return _together(_items(path))


@dataclass(frozen=True)
class LeftOut:
    """A picture, or a whole examination, that is neither learned from nor judged with, and why, one sentence."""

    patient: str
    what: str
    reason: str


def clinic_data(
    exams: Sequence[LabelledExam],
    layout: Layout,
    factory: TrackerFactory,
    *,
    seed: int | None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[ScreeningData, list[LeftOut]]:
    """The usable pictures as a network sees them, split by patient, and what was left out.

    Args:
        exams: of ``read_manifest``.
        layout: of the network: aligned crops (160 pixels), or for the published one the centre square of the whole picture (256).
        factory: finds the landmarks.
        seed: of the split; None makes test people of everybody.
        progress: told how many pictures of how many were read.

    Raises:
        InputError: the usable pictures are of too few patients, or there are none.
    """
    if seed is not None:
        divided(exams, seed)  # before minutes are spent on their pictures
    total, done, left_out = sum(len(exam.images) for exam in exams), 0, []
    usable: list[tuple[LabelledExam, list[tuple[Expression | None, np.ndarray]]]] = []
    for exam in exams:
        pictures = []
        for expression, path in exam.images:
            progress(done, total)
            done += 1
            try:
                pictures.append((expression, _seen(path, layout, factory)))
            except InputError as problem:
                left_out.append(LeftOut(exam.patient, path.name, problem.message))
        if any(expression is not Expression.REST for expression, _ in pictures):
            usable.append((exam, pictures))
        elif pictures:
            left_out.append(
                LeftOut(exam.patient, f"examination {exam.name}", "It has no usable picture of a movement.")
            )
    progress(done, total)
    if not usable:
        raise InputError(f"None of the {total} pictures of the manifest can be used.", code="manifest")
    part_of = divided([exam for exam, _ in usable], seed) if seed is not None else {}
    return joined(
        (_facts(exam, part_of.get(exam.patient, "test")), np.stack([p for _, p in pictures]), [e for e, _ in pictures])
        for exam, pictures in usable
    ), left_out


def divided(exams: Sequence[LabelledExam], seed: int) -> dict[str, str]:
    """Patient -> ``"train"``, ``"validation"`` or ``"test"``, at random with ``seed``; every part has both classes.

    Patients with and without synkinesis are divided apart. Those who have examinations of both classes count for one of them, or
    for both where the others are too few.

    Raises:
        InputError: there are too few patients of a class; one sentence says how many there are.
    """
    yes = {exam.patient for exam in exams if exam.synkinesis}
    no = {exam.patient for exam in exams if not exam.synkinesis}
    choices = [part for part in ((yes, no - yes), (no, yes - no)) if min(map(len, part)) >= LEAST_PATIENTS]
    if not choices and len(yes & no) >= LEAST_PATIENTS:
        choices = [(yes & no, yes ^ no)]
    if not choices:
        both = f"; {len(yes & no)} are in both" if yes & no else ""
        raise InputError(
            f"There must be at least {LEAST_PATIENTS} patients with synkinesis and {LEAST_PATIENTS} without, because a network is "
            f"judged on people it never saw; those with usable pictures are {len(yes)} and {len(no)}{both}.",
            code="manifest",
        )
    part_of = {}
    for patients in choices[0]:
        if len(patients) < LEAST_PATIENTS:
            part_of |= dict.fromkeys(patients, "train")
            continue
        split = split_patients(patients, seed)
        part_of |= {name: part for part in SPLITS for name in getattr(split, part)}
    return part_of


def _seen(path: Path, layout: Layout, factory: TrackerFactory) -> np.ndarray:
    """The picture as a network sees it; InputError when it cannot be used."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise InputError("The file cannot be read.", code="picture") from problem
    image = read_picture(content)
    points = track_photo(image, factory).points
    reason = "No face was found in the picture." if points is None else refusal(image, points)
    if points is None or reason is not None:
        raise InputError(reason or "", code="picture")
    return face_crop(image, points) if layout is Layout.HEMIFACE else whole_picture(image)


def whole_picture(image: np.ndarray) -> np.ndarray:
    """(256, 256, 3) the centre square of a picture (H, W, 3), as the published layout sees it."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(image[top : top + side, left : left + side])
    smaller = side >= PUBLISHED_PX
    return cv2.resize(
        square, (PUBLISHED_PX, PUBLISHED_PX), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    )


def _facts(exam: LabelledExam, split: str) -> ExamFacts:
    strength = float("nan") if exam.synkinesis else 0.0
    return ExamFacts(
        exam=exam.name,
        person=exam.patient,
        source="clinic",
        split=split,
        group=exam.group,
        side="",
        strength=strength,
        synkinesis=exam.synkinesis,
    )


@dataclass(frozen=True)
class _Item:
    number: int
    image: Path
    patient: str
    label: bool
    expression: Expression | None
    visit: str
    group: str


def _items(path: Path) -> list[_Item]:
    text = _text(path)
    entries = _csv_entries(path, text) if path.suffix == ".csv" else _json_entries(path, text)
    return [_item(entry, number, path.parent) for number, entry in enumerate(entries, 1)]


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"The manifest {path.name} is too large.", code="manifest")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(
            f"The manifest {path.name} cannot be read.", hint="Check its name.", code="manifest"
        ) from problem


def _json_entries(path: Path, text: str) -> list[Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"The manifest {path.name} is not valid JSON.", code="manifest") from problem
    entries = content.get("items") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise InputError(f'The manifest {path.name} has no list "items".', code="manifest")
    return entries


def _csv_entries(path: Path, text: str) -> list[dict[str, Any]]:
    first = text.split("\n", 1)[0]
    # Spreadsheets write semicolons where the comma is in numbers.
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first and "," not in first else ",")
    try:
        names, entries = reader.fieldnames or (), list(reader)
    except csv.Error as problem:
        raise InputError(f"The manifest {path.name} is not valid CSV.", code="manifest") from problem
    unknown = [name for name in names if name not in _COLUMNS]
    missing = [name for name in _NEEDED if name not in names]
    if unknown or missing:
        what = f'no column "{missing[0]}"' if missing else f"the unknown column {unknown[0]!r}"
        raise InputError(f"The manifest {path.name} has {what}.", code="manifest")
    if not entries:
        raise InputError(f"The manifest {path.name} has no pictures.", code="manifest")
    return entries


def _item(entry: Any, number: int, folder: Path) -> _Item:
    if not isinstance(entry, dict):
        raise _wrong(number, "is no object with image, patient and label")
    if None in entry:  # where a reader of CSV puts what is too much
        raise _wrong(number, "has more fields than columns")
    patient = _word(entry.get("patient"))
    if not patient:
        raise _wrong(number, 'has no "patient": data are split by patient, so every picture needs a pseudonym')
    label = label_of(entry.get("label"))
    if label is None:
        raise _wrong(number, 'has a "label" that is neither synkinesis nor no synkinesis')
    expression = _word(entry.get("expression"))
    if expression and expression not in {e.value for e in Expression}:
        known = ", ".join(e.value for e in Expression)
        raise _wrong(number, f'has an "expression" that is none of {known}')
    group = _word(entry.get("group")).lower()
    if group and group not in {g.value for g in Group}:
        raise _wrong(number, f'has a "group" that is none of {", ".join(Group)}')
    if group and (group == Group.SYNKINETIC) is not label:
        raise _wrong(number, f'has the "group" {group}, which does not go with its label')
    performed = Expression(expression) if expression else None
    image = _file(entry.get("image"), number, folder)
    return _Item(number, image, patient, label, performed, _word(entry.get("visit")), group)


def label_of(value: Any) -> bool | None:
    """Whether a label says synkinesis; None when it is no label.

    >>> label_of("No synkinesis"), label_of("no_synkinesis"), label_of(1), label_of("maybe")
    (False, False, True, None)
    """
    return _LABELS.get(_word(value).lower().replace("_", " "))


def _word(value: Any) -> str:
    """A text or whole number of a manifest as text; "" when it is neither."""
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _file(name: Any, number: int, folder: Path) -> Path:
    if not isinstance(name, str) or not name.strip():
        raise _wrong(number, 'has no "image"')
    path = folder / name.strip()
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _wrong(number, "names a picture outside the folder of the manifest")
    if not path.is_file():
        raise _wrong(number, f"names the picture {path.name}, which is not there")
    return path


def _of_folders(folder: Path) -> list[LabelledExam]:
    """The examinations of LABEL/PATIENT/pictures."""
    items: list[_Item] = []
    for labelled in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
        label = label_of(labelled.name)
        if label is None:
            continue
        if pictures_in(labelled):
            raise InputError(
                f"Pictures in {labelled.name} must lie in a folder for each patient: data are split by patient.",
                code="manifest",
            )
        for patient in sorted(entry for entry in labelled.iterdir() if entry.is_dir()):
            visit = WITH if label else WITHOUT
            for image in pictures_in(patient):
                items.append(_Item(len(items) + 1, image, patient.name, label, None, visit, ""))
    if not items:
        raise InputError(
            f"The folder {folder.name} has no manifest.csv or .json, and no pictures in synkinesis/PATIENT or "
            "no_synkinesis/PATIENT.",
            code="manifest",
        )
    return _together(items)


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder in the order of their names; those of folders in it are not looked for."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower().lstrip(".") in SUFFIXES and not path.name.startswith(".")
    )


def _together(items: Sequence[_Item]) -> list[LabelledExam]:
    """Items of the same patient and visit as one examination."""
    exams: dict[tuple[str, str], LabelledExam] = {}
    seen: set[Path] = set()
    for item in items:
        if item.image.resolve() in seen:
            raise _wrong(item.number, f"names the picture {item.image.name} again")
        seen.add(item.image.resolve())
        key = (item.patient, item.visit)
        before = exams.get(key)
        shown = ((item.expression, item.image),)
        if before is None:
            exams[key] = LabelledExam(item.patient, item.visit, shown, item.label, item.group)
            continue
        if before.synkinesis is not item.label:
            raise _wrong(item.number, "has another label than another picture of the same patient and visit")
        if before.group and item.group and before.group != item.group:
            raise _wrong(item.number, "has another group than another picture of the same patient and visit")
        exams[key] = replace(before, images=before.images + shown, group=before.group or item.group)
    return [
        exam if exam.group else replace(exam, group=WITH if exam.synkinesis else WITHOUT) for exam in exams.values()
    ]


def _wrong(number: int, what: str) -> InputError:
    return InputError(f"Item {number} of the manifest {what}.", code="manifest")
