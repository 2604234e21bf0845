"""One training of a screen from examinations to a folder: training, judgement on people never seen, and the files of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

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
from models.screening.card import Told, calibration_in, limits_of, model_card
from models.screening.checkpoints import Checkpoint
from models.screening.data import ScreeningData
from models.screening.inference import predict
from models.screening.manifest import LeftOut
from models.screening.predictions import PredictionRow, rows_of, write_predictions
from models.screening.report import Judged, report_text
from models.screening.training import TrainingOptions, train
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
        told: for the card.
        left_out: what is not in the data, and why.
    """

    data: ScreeningData
    options: TrainingOptions
    command: str
    split_text: str
    start: Checkpoint | None = None
    start_name: str = "random weights"
    told: Told = field(default_factory=Told)
    left_out: Sequence[LeftOut] = ()


@dataclass(frozen=True)
class Outcome:
    """A finished training, and what it said of validation and test people."""

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
    if not order.data.of_split("test").exams:
        raise InputError("There are no examinations of test people to judge with.", code="manifest")
    training = train(
        order.data, order.options, device=device, start=order.start, progress=progress, cancelled=cancelled
    )
    rows = []
    for split in ("validation", "test"):
        part = order.data.of_split(split)
        rows += rows_of(part, predict(training.checkpoint, part, device, cancelled=cancelled))
    runtime = runtime_words(time.process_time() - begun, "minutes of processor time", device.type)
    _write(order, out, training, rows, runtime)
    return Outcome(training, rows, runtime)


def judged_by(
    checkpoint: Checkpoint, rows: Sequence[PredictionRow], told: Told, command: str, left_out: Sequence[LeftOut] = ()
) -> Judged:
    """The test people among ``rows``, with the operating points of a calibrated network.

    Raises:
        InputError: nothing can be said of any of them.
    """
    tested = [row for row in rows if row.split == "test"]
    if not any(row.probability is not None for row in tested if row.expression == "exam"):
        raise InputError("There are no examinations of test people to judge with.", code="manifest")
    found = calibration_in(checkpoint.calibration)
    return Judged(tested, limits_of(found.exam_point), limits_of(found.picture_point), told, command, left_out)


def _write(order: Order, out: Path, training: Training[Checkpoint], rows: list[PredictionRow], runtime: str) -> None:
    training.checkpoint.save(out / MODEL_FILE)
    judged = judged_by(training.checkpoint, rows, order.told, order.command, order.left_out)
    made = Made(order.split_text, order.command, order.options.seed, runtime, date.today())
    learned = len(set(order.data.of_split("train").people))
    card = write_card(out, model_card(order.told, training, judged.rows, made, people=learned))
    write_predictions(out / PREDICTIONS_FILE, rows)
    details = {"options": asdict(order.options), "best_epoch": training.best_epoch, "ended": training.ended}
    write_curves(out, training.curves, details)
    (out / REPORT_FILE).write_text(report_text(judged, runtime), encoding="utf-8")
    write_run(
        out,
        finished_run(
            order.told,
            made,
            start_name=order.start_name,
            table=figure_rows(card.metrics),
            epochs=training.curves,
            lines={"training_loss": "training loss", "validation_loss": "validation loss"},
            y_title="Loss (cross entropy)",
        ),
    )
