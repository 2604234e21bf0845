"""A small made-up clinic: pictures of one drawn face at rest and smiling, with and without an eye that closes in the smile."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from core.exam.protocol import Expression
from core.phantom.condition import Condition, synkinetic
from core.words import Side
from tests.drawn_phantom import held, picture

COLUMNS = ("image", "patient", "label", "expression", "visit", "group")


@cache
def face(smiles: bool = False, synkinesis: bool = False) -> np.ndarray:
    """(320, 320, 3) RGB."""
    if not smiles:
        return picture()[0]
    condition = (
        Condition("drawn", synkinesis=synkinetic(Side.LEFT, 1.0).synkinesis) if synkinesis else Condition("drawn")
    )
    shape, jaw_drop_mm = held(Expression.SMILE_OPEN, condition)
    return picture(shape, jaw_drop_mm=jaw_drop_mm)[0]


def write_picture(path: Path, image: np.ndarray, seed: int = 0) -> Path:
    """Write a picture in a light and with a noise of its own."""
    random = np.random.default_rng(seed)
    other = image * random.uniform(0.85, 1.1) + random.normal(0, 2, image.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.clip(other, 0, 255).astype(np.uint8)[..., ::-1])
    return path


def rows_of_clinic(patients: int) -> list[dict[str, str]]:
    """Manifest of as many patients, a picture at rest and one smiling of each; every other one has synkinesis."""
    rows = []
    for number in range(patients):
        label, group = ("synkinesis", "synkinetic") if number % 2 else ("no synkinesis", "healthy")
        for expression in ("rest", "smile_open"):
            values = (f"p{number}-{expression}.png", f"P{number}", label, expression, "1", group)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def write_csv(folder: Path, rows: list[dict[str, str]]) -> Path:
    """Write manifest.csv."""
    path = folder / "manifest.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def clinic_folder(folder: Path, patients: int = 10) -> Path:
    """Pictures and their manifest; returns the folder."""
    rows = rows_of_clinic(patients)
    for number, row in enumerate(rows):
        image = face(row["expression"] != "rest", row["label"] == "synkinesis")
        write_picture(folder / row["image"], image, number)
    write_csv(folder, rows)
    return folder
