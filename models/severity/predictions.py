"""Predictions as rows: one for each examination, branch and side, beside the rule-based score of the same; stored as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.words import SIDES
from models.severity.data import SeverityData
from models.severity.features import LEARNED_BRANCHES
from models.severity.inference import Predictions

_DIGITS = 2
_MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class PredictionRow:
    """What was said of one branch on one side; numbers are severities from 0 to 100, None where nothing may be said.

    Attributes:
        exam, person, source, split, group, affected: as in ``ExamFacts``.
        branch, side: of what.
        truth: what is known.
        severity, low, high: of the network with its 80 % interval.
        rule_based: weakness by the rules of core.grading.
        kinematics, appearance: severity by the same network, shown measurements alone, or pictures alone.
    """

    exam: str
    person: str
    source: str
    split: str
    group: str
    affected: str
    branch: str
    side: str
    truth: float
    severity: float | None
    low: float | None
    high: float | None
    rule_based: float | None
    kinematics: float | None = None
    appearance: float | None = None


_TEXTS = ("exam", "person", "source", "split", "group", "affected", "branch", "side")
COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(PredictionRow))


def rows_of(
    data: SeverityData,
    predictions: Predictions,
    kinematics: Predictions | None = None,
    appearance: Predictions | None = None,
) -> list[PredictionRow]:
    """A row for everything whose severity is known.

    Args:
        data: examinations.
        predictions: of the network for them.
        kinematics, appearance: of the network with part of the inputs.
    """
    rows = []
    for number, facts in enumerate(data.exams):
        for column, side in enumerate(SIDES):
            for place, branch in enumerate(LEARNED_BRANCHES):
                at = (number, column, place)
                if not np.isfinite(data.truth[at]):
                    continue
                rows.append(
                    PredictionRow(
                        **asdict(facts),
                        branch=branch.value,
                        side=side.value,
                        truth=round(float(data.truth[at]), _DIGITS),
                        severity=_number(predictions.severity[at]),
                        low=_number(predictions.low[at]),
                        high=_number(predictions.high[at]),
                        rule_based=_number(data.rule[at]),
                        kinematics=None if kinematics is None else _number(kinematics.severity[at]),
                        appearance=None if appearance is None else _number(appearance.severity[at]),
                    )
                )
    return rows


def write_predictions(path: Path, rows: Iterable[PredictionRow]) -> Path:
    """Write the rows as CSV; what is None stays empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    return path


def read_predictions(path: Path) -> list[PredictionRow]:
    """The rows of a file that ``write_predictions`` wrote; raises InputError for anything else."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"The predictions {path.name} are too large.", code="predictions")
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputError(f"The file {path.name} has not the columns of predictions.", code="predictions")
            return [_row(entry) for entry in reader]
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"The predictions {path.name} cannot be read.", code="predictions") from problem
    except (ValueError, TypeError) as problem:
        raise InputError(
            f"The predictions {path.name} hold something that is no number.", code="predictions"
        ) from problem


def column(rows: Sequence[PredictionRow], name: str) -> np.ndarray:
    """(n,) numbers of one column; NaN where there is none."""
    return np.array([np.nan if getattr(row, name) is None else getattr(row, name) for row in rows], dtype=float)


def _row(entry: dict[str, str]) -> PredictionRow:
    numbers = {name: float(entry[name]) if entry[name] else None for name in COLUMNS if name not in _TEXTS}
    if numbers["truth"] is None:
        raise ValueError("truth is missing")
    return PredictionRow(**{name: entry[name] for name in _TEXTS}, **numbers)  # type: ignore[arg-type]


def _number(value: float) -> float | None:
    return round(float(value), _DIGITS) if np.isfinite(value) else None
