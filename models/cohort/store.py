"""A cohort on disk: cohort.json with what is known of every examination, and a file of pictures for each person."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import InputError
from core.exam.protocol import Expression
from core.result import ExamResult
from models.cohort.conditions import Group
from models.cohort.exams import CohortExam

_QUALITY = 95
_PICTURES = ("crops", "views")


class Cohort:
    """The examinations of a folder, read person by person: only one person's pictures are in memory at a time.

    Args:
        folder: which ``save_person`` filled; people may still be added.

    Raises:
        InputError: there is no examination in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = sorted(path.stem for path in folder.glob("*.npz") if path.with_suffix(".json").is_file())
        if not self.people:
            raise InputError(f"The folder {folder.name} holds no cohort.", hint="benchmarks/make_cohort.py makes one.")

    @classmethod
    def load(cls, folder: Path) -> Cohort:
        """The cohort of a folder."""
        return cls(folder)

    def __iter__(self) -> Iterator[CohortExam]:
        for person in self.people:
            yield from load_person(self.folder / f"{person}.json")


def save_person(folder: Path, person: str, exams: Sequence[CohortExam], lost: dict[str, int]) -> Path:
    """Write PERSON.npz and PERSON.json; the JSON comes last, so that a person is there as a whole or not at all.

    Args:
        folder: of the cohort.
        person: name of the files.
        exams: of one person.
        lost: group -> examinations that are missing because the mesh lost the face.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {}
    entries: list[dict[str, Any]] = []
    for exam in exams:
        for kind in _PICTURES:
            encoded = [_jpeg(picture) for picture in getattr(exam, kind)]
            arrays[f"{exam.exam}/{kind}"] = np.concatenate(encoded)
            arrays[f"{exam.exam}/{kind}_at"] = np.cumsum([0, *map(len, encoded)])
        arrays[f"{exam.exam}/points"] = exam.points
        entry = {key: value for key, value in vars(exam).items() if key not in (*_PICTURES, "points", "result")}
        entry["result"] = None if exam.result is None else exam.result.model_dump(mode="json")
        entries.append(entry)
    np.savez(folder / f"{person}.npz", **arrays)
    path = folder / f"{person}.json"
    path.write_text(json.dumps({"exams": entries, "lost": lost}), encoding="utf-8")
    return path


def load_person(path: Path) -> list[CohortExam]:
    """The examinations of one person's JSON file."""
    entries = json.loads(path.read_text(encoding="utf-8"))["exams"]
    exams = []
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as stored:
        for entry in entries:
            name = entry["exam"]
            pictures = {kind: _decoded(stored[f"{name}/{kind}"], stored[f"{name}/{kind}_at"]) for kind in _PICTURES}
            result = entry.pop("result")
            exams.append(
                CohortExam(
                    **{
                        **entry,
                        "group": Group(entry["group"]),
                        "expressions": tuple(Expression(value) for value in entry["expressions"]),
                        "refusals": tuple(entry["refusals"]),
                    },
                    crops=pictures["crops"],
                    views=pictures["views"],
                    points=stored[f"{name}/points"],
                    result=None if result is None else ExamResult.model_validate(result),
                )
            )
    return exams


def _jpeg(picture: np.ndarray) -> np.ndarray:
    done, encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise OSError("a picture could not be encoded")
    return encoded.ravel()


def _decoded(encoded: np.ndarray, at: np.ndarray) -> np.ndarray:
    pictures = [
        cv2.imdecode(encoded[first:last], cv2.IMREAD_COLOR)[..., ::-1] for first, last in itertools.pairwise(at)
    ]
    return np.stack(pictures)
