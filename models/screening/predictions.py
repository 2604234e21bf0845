"""Predictions as a CSV file: a row for every examination and one for each of its pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from models.weights import write_whole

if TYPE_CHECKING:
    from models.screening.data import ScreeningData
    from models.screening.inference import Predictions

EXAM = "exam"
"""Stands for the expression in the row of a whole examination."""


@dataclass(frozen=True)
class PredictionRow:
    """What the network says of an examination or of one of its pictures.

    Attributes:
        exam, person, source, split, group, side, strength: as ``ExamFacts``.
        expression: ``"exam"`` in the row of a whole examination, "" for a loose picture of which nobody knows.
        label: 1 with synkinesis, 0 without.
        probability: calibrated; None where nothing can be said.
    """

    exam: str
    person: str
    source: str
    split: str
    group: str
    side: str
    strength: float
    expression: str
    label: int
    probability: float | None


_COLUMNS = tuple(field.name for field in fields(PredictionRow))


def rows_of(data: ScreeningData, predictions: Predictions) -> list[PredictionRow]:
    """Every examination followed by its pictures, without those that do not show what it shows (``ScreeningData.telling``)."""
    rows = []
    telling = data.telling
    for number, facts in enumerate(data.exams):
        known = (facts.exam, facts.person, facts.source, facts.split, facts.group, facts.side, float(facts.strength))
        told = [(EXAM, predictions.exam_probability[number])]
        for i in np.flatnonzero((data.exam_of == number) & telling):
            expression = data.expressions[i]
            told.append(("" if expression is None else expression.value, predictions.picture_probability[i]))
        for name, value in told:
            probability = float(value) if np.isfinite(value) else None
            rows.append(PredictionRow(*known, name, int(facts.synkinesis), probability))
    return rows


def write_predictions(path: Path, rows: Sequence[PredictionRow]) -> Path:
    """Write the rows; probabilities to six places, strengths to three."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        *facts, strength, expression, label, probability = astuple(row)
        shown = "" if probability is None else f"{probability:.6f}"
        writer.writerow([*facts, "" if np.isnan(strength) else f"{strength:.3f}", expression, label, shown])
    write_whole(path, stream.getvalue().encode("utf-8"))
    return path


def read_predictions(path: Path) -> list[PredictionRow]:
    """The rows of a file; InputError when it cannot be used."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise InputError(f"The file {path.name} has not the columns of predictions.", code="predictions")
            return [_row(line) for line in reader]
    except OSError as problem:
        raise InputError(f"The file {path.name} cannot be read.", code="predictions") from problem
    except (ValueError, TypeError) as problem:
        raise InputError(f"The file {path.name} holds a line that is no prediction.", code="predictions") from problem


def _row(line: dict[str, str]) -> PredictionRow:
    label, probability = int(line["label"]), float(line["probability"]) if line["probability"] else None
    if label not in (0, 1) or (probability is not None and not 0 <= probability <= 1):
        raise ValueError("no prediction")
    strength = float(line["strength"]) if line["strength"] else float("nan")
    texts = [line[name] for name in ("exam", "person", "source", "split", "group", "side")]
    return PredictionRow(*texts, strength, line["expression"], label, probability)
