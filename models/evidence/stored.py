"""Predictions and evidence as they are stored beside weights, read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError
from models.evidence.rows import exams_of, pictures_of
from models.evidence.store import Evidence, ModelFacts, read_evidence

if TYPE_CHECKING:
    from models.screening.predictions import PredictionRow

SCREEN, BASELINE = "synkinesis_cnn", "synkinesis_published"


@dataclass(frozen=True)
class Stored:
    """What is known of a screen without the data it was judged with.

    Attributes:
        evidence: what was found beside the predictions.
        rows: network -> predictions of the test people.
    """

    evidence: Evidence
    rows: dict[str, Sequence[PredictionRow]]

    def facts(self, name: str = SCREEN) -> ModelFacts:
        """Of a network."""
        return self.evidence.models[name]

    def exams(self, name: str = SCREEN) -> list[PredictionRow]:
        """Its examinations."""
        return exams_of(self.rows[name])

    def as_used(self) -> list[PredictionRow]:
        """Examinations of the screen as it answers in use: refused pictures are left out of those that the gate lets pass."""
        told = self.evidence.partly
        return [replace(row, probability=told.get(row.exam, row.probability)) for row in self.exams()]

    def pictures(self, name: str = SCREEN) -> list[PredictionRow]:
        """Its pictures."""
        return pictures_of(self.rows[name])


def predictions_path(folder: Path, name: str) -> Path:
    """Where the predictions of a network lie."""
    return folder / f"{name}.predictions.csv"


def evidence_path(folder: Path, name: str = SCREEN) -> Path:
    """Where the evidence lies."""
    return folder / f"{name}.evidence.json"


def read_stored(folder: Path) -> Stored:
    """The predictions of every network that the evidence of a folder names; InputError when a file is missing or wrong."""
    from models.screening.predictions import read_predictions

    evidence = read_evidence(evidence_path(folder))
    rows = {name: read_predictions(predictions_path(folder, name)) for name in evidence.models}
    for name, some in rows.items():
        if not exams_of(some):
            raise InputError(f"The predictions of {name} hold no examination.", code="evidence")
    return Stored(evidence, rows)
