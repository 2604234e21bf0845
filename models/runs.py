"""What training and evaluation programs leave behind: ``runs/NAME/run.json`` in the data folder, and the page that shows it.

A run is data of its own; the model that came out of it ships only when somebody puts it into ``models/weights`` with its card.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import HemifaceError, InputError
from models.card import Metric, ModelCard, card_json
from models.registry import sha256_of
from models.training_card import CommonTold, Made
from models.weights import write_whole

RUN_FILE = "run.json"
MODEL_FILE, CARD_FILE, CURVES_FILE = "model.safetensors", "card.json", "curves.json"
PREDICTIONS_FILE, REPORT_FILE = "predictions.csv", "report.md"
_MOST_BYTES = 5_000_000
_MOST_RUNS = 100


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class RunCurve(_Part):
    """One line of a run's plot: x (n,) and y (n,), None where a value was not measured."""

    x: tuple[float, ...]
    y: tuple[float | None, ...]

    @model_validator(mode="after")
    def _as_long(self) -> RunCurve:
        if len(self.x) != len(self.y):
            raise ValueError("x and y have different lengths")
        return self


class TrainingRun(_Part):
    """One run of a training or evaluation program.

    Attributes:
        name: e.g. ``"fan_small"``; the same model may have many runs.
        date: when it ended, or was last written, with its time zone.
        command, seed: what makes it again.
        data: what it learned from and was tested on; simulated data are called simulated.
        finished: False while it runs and when it was stopped.
        table: its results, a row each: name of a column -> number or text, None where there is none. Units are in the names.
        curves: name of a line -> its points.
        x_title, y_title: of the plot, with units.
        notes: anything else that a reader should know.
    """

    name: str = Field(min_length=1, max_length=100)
    date: datetime
    command: str = Field(min_length=1)
    seed: int
    data: str = Field(min_length=1)
    finished: bool
    table: tuple[dict[str, float | int | str | None], ...] = ()
    curves: dict[str, RunCurve] = Field(default_factory=dict)
    x_title: str = "Epoch"
    y_title: str = "Loss"
    notes: str = ""


@dataclass(frozen=True)
class FoundRun:
    """A run's folder, and either what is in it or one sentence on why that cannot be shown."""

    folder: Path
    run: TrainingRun | None
    problem: str


def found_runs(runs_folder: Path) -> list[FoundRun]:
    """The runs below the folder, the newest first, those that cannot be read last; none when there is no such folder.

    Args:
        runs_folder: usually ``load_settings().data_dir / "runs"``.
    """
    found = []
    newest = sorted(runs_folder.glob(f"*/{RUN_FILE}"), key=lambda path: (-path.stat().st_mtime, path))
    for path in newest[:_MOST_RUNS]:
        try:
            found.append(FoundRun(path.parent, read_run(path), ""))
        except HemifaceError as problem:
            found.append(FoundRun(path.parent, None, str(problem)))
    return sorted(found, key=lambda entry: -entry.run.date.timestamp() if entry.run else 0.0)


def read_run(path: Path) -> TrainingRun:
    """The run in a file; raises InputError with one sentence when it cannot be used."""
    name = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"The run {name} is larger than {_MOST_BYTES // 1_000_000} MB.", code="run")
        return TrainingRun.model_validate_json(path.read_bytes())
    except OSError as problem:
        raise InputError(f"The run {name} cannot be read.", code="run") from problem
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise InputError(f"The run {name} cannot be used: {field}: {first['msg']}.", code="run") from problem


def write_run(folder: Path, run: TrainingRun) -> Path:
    """Write ``run.json`` into a run's folder, whole or not at all, and return its path; it may be written again and again."""
    path = folder / RUN_FILE
    write_whole(path, (run.model_dump_json(indent=1) + "\n").encode("utf-8"))
    return path


def write_curves(folder: Path, epochs: Sequence[Mapping[str, float]], details: Mapping[str, object]) -> Path:
    """Write ``curves.json``: every epoch to six digits, what is to be told besides, and the versions that trained.

    Args:
        folder: of the run.
        epochs: a row of the curves each.
        details: what JSON can hold.
    """
    import torch

    content = {"epochs": rounded(epochs), **details, "torch": torch.__version__, "python": platform.python_version()}
    path = folder / CURVES_FILE
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode("utf-8"))
    return path


def rounded(epochs: Iterable[Mapping[str, float]]) -> list[dict[str, float | None]]:
    """Rows of curves to six digits; what is not finite becomes None, as JSON has no word for it."""
    return [
        {key: float(f"{value:.6g}") if math.isfinite(value) else None for key, value in epoch.items()}
        for epoch in epochs
    ]


def write_card(folder: Path, card: ModelCard) -> ModelCard:
    """Write ``card.json`` of the weights in ``MODEL_FILE`` beside it, whole or not at all; the card with their hash."""
    whole = card.with_sha256(sha256_of(folder / MODEL_FILE))
    write_whole(folder / CARD_FILE, card_json(whole).encode("utf-8"))
    return whole


def runtime_words(seconds: float, unit: str, device: str) -> str:
    """What a training took.

    Args:
        seconds: of the clock or of the processor.
        unit: how its minutes are called, e.g. "minutes of processor time".
        device: where, e.g. "cpu".
    """
    import torch

    return f"Training took {seconds / 60:.1f} {unit} on {device} ({torch.get_num_threads()} threads)."


def finished_run(
    told: CommonTold,
    made: Made,
    *,
    start_name: str,
    table: Sequence[Mapping[str, float | int | str | None]],
    epochs: Sequence[Mapping[str, float]],
    lines: Mapping[str, str],
    y_title: str,
) -> TrainingRun:
    """A training that has just ended, as a run.

    Args:
        told: what the training cannot know.
        made: how it was made.
        start_name: what it started from, in words.
        table: results, a row each.
        epochs: a row of the curves each.
        lines: key in these rows -> name of the line in the plot.
        y_title: of the plot, with units.
    """
    return TrainingRun(
        name=told.name,
        date=datetime.now(UTC),
        command=made.command,
        seed=made.seed,
        data=f"{made.split} Judged on {told.data}.",
        finished=True,
        table=tuple(dict(row) for row in table),
        curves=run_curves({name: {epoch["epoch"]: epoch[key] for epoch in epochs} for key, name in lines.items()}),
        y_title=y_title,
        notes=f"Started from {start_name}. {made.runtime} {told.caveats}",
    )


def figure_rows(metrics: Sequence[Metric] | str) -> list[dict[str, float | int | str | None]]:
    """The figures of a card as rows of a run's table; none when the card says in words why there are none."""
    figures = () if isinstance(metrics, str) else metrics
    return [{"figure": one.name, "value": one.value, "low": one.low, "high": one.high} for one in figures]


def run_curves(points: Mapping[str, Mapping[float, float | None]]) -> dict[str, RunCurve]:
    """Name -> {x: y} as the curves of a run; numbers that are not finite become None."""
    return {
        name: RunCurve(
            x=tuple(line), y=tuple(y if y is not None and abs(y) < float("inf") else None for y in line.values())
        )
        for name, line in points.items()
    }
