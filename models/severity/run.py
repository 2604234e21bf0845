"""One training from examinations to a folder: training, judgement on people never seen, and the files that tell of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import torch

from core.errors import InputError
from models.runs import (
    MODEL_FILE,
    PREDICTIONS_FILE,
    REPORT_FILE,
    figure_rows,
    finished_run,
    runtime_words,
    write_card,
    write_curves,
    write_run,
)
from models.severity.card import COMPARED, Told, model_card, test_rows
from models.severity.checkpoints import Checkpoint
from models.severity.data import SeverityData
from models.severity.inference import Inputs, answerable, predict
from models.severity.predictions import PredictionRow, rows_of, write_predictions
from models.severity.report import affected, table
from models.severity.training import TrainingOptions, train
from models.training_card import Made
from models.training_loop import Progress, Training, never, unheard


@dataclass(frozen=True)
class Order:
    """What is to be trained.

    Attributes:
        data: examinations of everybody, each with its split.
        options: of the training.
        command: that makes it again; holds the seed.
        split_text: how the people were divided.
        start: weights to go on from; None for new ones.
        start_name: what they are, in words.
        parts_alone: ask the network with measurements alone and with pictures alone, too, for comparison.
        told: for the card.
    """

    data: SeverityData
    options: TrainingOptions
    command: str
    split_text: str
    start: Checkpoint | None = None
    start_name: str = "random weights"
    parts_alone: bool = False
    told: Told = field(default_factory=Told)


@dataclass(frozen=True)
class Outcome:
    """A finished training and what it said of validation and test people."""

    training: Training[Checkpoint]
    rows: list[PredictionRow]
    runtime: str


def run(
    order: Order,
    out: Path,
    device: torch.device,
    *,
    progress: Progress = unheard,
    cancelled: Callable[[], None] = never,
) -> Outcome:
    """Train, judge and write model.safetensors, card.json, curves.json, predictions.csv, report.md and run.json into ``out``.

    Raises:
        InputError: there is nothing to learn from or to judge with.
    """
    begun = time.process_time()
    judged = judged_part(order.data)
    training = train(
        order.data, order.options, device=device, start=order.start, progress=progress, cancelled=cancelled
    )
    predictions = predict(training.checkpoint, judged, device, cancelled=cancelled, inputs=order.options.inputs)
    alone = [
        predict(training.checkpoint, judged, device, inputs=inputs, cancelled=cancelled)
        for inputs in ((Inputs.KINEMATICS, Inputs.APPEARANCE) if order.parts_alone else ())
    ]
    rows = rows_of(judged, predictions, *alone)
    runtime = runtime_words(time.process_time() - begun, "minutes of processor time", device.type)
    _write(order, out, training, rows, runtime)
    return Outcome(training, rows, runtime)


def judged_part(data: SeverityData) -> SeverityData:
    """Validation and test people: measured examinations when test people have any, else those with pictures only.

    Raises:
        InputError: of test people nothing is known.
    """
    known = np.isfinite(data.truth).any(axis=(1, 2)) & answerable(data).any(axis=1)
    held = known & np.array([exam.split in ("validation", "test") for exam in data.exams], dtype=bool)
    test = held & np.array([exam.split == "test" for exam in data.exams], dtype=bool)
    if not test.any():
        raise InputError("There are no rated examinations of test people to judge with.", code="manifest")
    return data.of(held & data.measured if (test & data.measured).any() else held)


def _write(order: Order, out: Path, training: Training[Checkpoint], rows: list[PredictionRow], runtime: str) -> None:
    training.checkpoint.save(out / MODEL_FILE)
    learned = order.data.of_split("train")
    made = Made(order.split_text, order.command, order.options.seed, runtime, date.today())
    people = len({exam.person for exam in learned.exams})
    card = model_card(order.told, rows, made, learned=(people, len(learned)), best_epoch=training.best_epoch)
    write_card(out, card)
    write_predictions(out / PREDICTIONS_FILE, rows)
    details = {"options": asdict(order.options), "best_epoch": training.best_epoch, "ended": training.ended}
    write_curves(out, training.curves, details)
    (out / REPORT_FILE).write_text(report_text(rows, order.told, order.command, runtime), encoding="utf-8")
    write_run(
        out,
        finished_run(
            order.told,
            made,
            start_name=order.start_name,
            table=figure_rows(card.metrics),
            epochs=training.curves,
            lines={"training_loss": "training loss", "validation_mae": "validation MAE, points"},
            y_title="Loss; MAE, points of severity",
        ),
    )


def report_text(rows: list[PredictionRow], told: Told, command: str, runtime: str = "") -> str:
    """report.md: the tables of the people who judge."""
    tested = test_rows(rows)
    methods = [method for method in COMPARED if any(getattr(row, method) is not None for row in tested)]
    people = len({row.person for row in tested})
    parts = [
        "# Severity of every branch",
        f"Command: `{command}`",
        f"Judged on {told.data}: {people} people, {len({row.exam for row in tested})} examinations. {told.truth} In brackets 95 % "
        "intervals from 2,000 bootstrap resamples of the people.",
        "## Affected sides",
        table(affected(tested), methods),
        "## All sides",
        table(tested, methods),
        told.caveats,
        runtime,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
