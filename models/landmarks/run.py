"""One training from manifest to folder: split, training, judgement on people never seen, and the files that tell of it."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import torch

from core.errors import InputError
from models.landmarks.card import Told, model_card
from models.landmarks.checkpoints import Checkpoint
from models.landmarks.inference import predict, prepared
from models.landmarks.manifest import LandmarkItem
from models.landmarks.report import Row, as_json, compare, counts, point_errors, table, whole_face
from models.landmarks.samples import Samples
from models.landmarks.splitting import Split
from models.landmarks.training import TrainingOptions, train
from models.runs import (
    CURVES_FILE,
    MODEL_FILE,
    REPORT_FILE,
    finished_run,
    rounded,
    runtime_words,
    write_card,
    write_run,
)
from models.training_card import Made
from models.training_loop import Progress, Training, never, unheard

SUMMARY_FILE = "report.json"


@dataclass(frozen=True)
class Order:
    """What is to be trained.

    Attributes:
        items: pictures of everybody.
        split: who learns, who says when to stop, who judges.
        start: weights to begin with.
        start_name: what they are, in words.
        options: of the training.
        command: that makes it again; holds the seed.
        split_text: how the people were divided.
        told: for the card.
    """

    items: Sequence[LandmarkItem]
    split: Split
    start: Checkpoint
    start_name: str
    options: TrainingOptions
    command: str
    split_text: str
    told: Told = field(default_factory=Told)


@dataclass(frozen=True)
class Outcome:
    """A finished training and its judgement on the test people."""

    training: Training[Checkpoint]
    rows: list[Row]
    test: list[LandmarkItem]
    before: np.ndarray
    after: np.ndarray


def run(
    order: Order,
    out: Path,
    device: torch.device,
    *,
    progress: Progress = unheard,
    cancelled: Callable[[], None] = never,
) -> Outcome:
    """Train, judge and write model.safetensors, card.json, curves.json, report.json, report.md and run.json into ``out``.

    Raises:
        InputError: pictures cannot be read or there is nothing to judge with.
    """
    begun = time.monotonic()
    test = order.split.items("test", order.items)
    if not test:
        raise InputError("There are no pictures of test people.", code="manifest")
    training = train(
        order.items, order.split, order.start, order.options, device=device, progress=progress, cancelled=cancelled
    )
    before, after = (
        judged(checkpoint, test, device, progress=progress, cancelled=cancelled)
        for checkpoint in (order.start, training.checkpoint)
    )
    rows = compare(before, after, test, order.options.seed)
    _write(order, out, training, rows, device, time.monotonic() - begun)
    return Outcome(training, rows, test, before, after)


def judged(
    checkpoint: Checkpoint,
    items: Sequence[LandmarkItem],
    device: torch.device,
    *,
    progress: Progress = unheard,
    cancelled: Callable[[], None] = never,
) -> np.ndarray:
    """(n, 68) errors of a network, per cent of the interocular distance, as the tracker uses it: mirrored pictures averaged."""

    def cutting(done: int) -> None:
        cancelled()
        progress("judging", done, len(items), None)

    samples = Samples(items, checkpoint.plan, cutting)
    network = prepared(checkpoint.network(), device)
    return point_errors(predict(network, samples, device, flip=True, cancelled=cancelled), items)


def _write(
    order: Order, out: Path, training: Training[Checkpoint], rows: list[Row], device: torch.device, seconds: float
) -> None:
    training.checkpoint.save(out / MODEL_FILE)
    learned = counts(order.split.items("train", order.items))
    runtime = runtime_words(seconds, "min", device.type)
    made = Made(order.split_text, order.command, order.options.seed, runtime, date.today())
    write_card(out, model_card(order.told, training, rows, made, patients=learned["patients"]))
    _json(out / CURVES_FILE, rounded(training.curves))
    summary = {
        "unit": "% of the distance of the outer canthi",
        "before": order.start_name,
        "rows": as_json(rows),
        "details": _details(order, training, seconds, device),
    }
    _json(out / SUMMARY_FILE, summary)
    (out / REPORT_FILE).write_text(_report(order, training, rows), encoding="utf-8")
    write_run(
        out,
        finished_run(
            order.told,
            made,
            start_name=order.start_name,
            table=_table_rows(rows),
            epochs=training.curves,
            lines={"training_loss": "training loss", "validation_nme_pct": "validation NME, %"},
            y_title="Loss; NME, %",
        ),
    )


def _details(order: Order, training: Training[Checkpoint], seconds: float, device: torch.device) -> dict[str, object]:
    parts = {part: sorted(getattr(order.split, part)) for part in ("train", "validation", "test")}
    return {
        "options": asdict(order.options),
        "crop": asdict(training.checkpoint.plan),
        "network": training.checkpoint.size_text,
        "split": parts,
        "pictures": {part: len(order.split.items(part, order.items)) for part in parts},
        "best_epoch": training.best_epoch,
        "ended": training.ended,
        "seconds": round(seconds, 1),
        "device": device.type,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _table_rows(rows: Sequence[Row]) -> list[dict[str, float | int | str | None]]:
    return [
        {
            "points": row.name,
            "patients": row.before.patients,
            "pictures": row.before.pictures,
            "before_nme_pct": round(row.before.value, 3),
            "after_nme_pct": round(row.after.value, 3),
            "after_low_pct": round(row.after.low, 3),
            "after_high_pct": round(row.after.high, 3),
        }
        for row in rows
    ]


def _report(order: Order, training: Training[Checkpoint], rows: Sequence[Row]) -> str:
    whole = whole_face(rows)
    return "\n\n".join(
        [
            "# Landmarks before and after training",
            f"Command: `{order.command}`",
            f"Started from: {order.start_name}. Kept: epoch {training.best_epoch} of {len(training.curves) - 1}; ended because "
            f"{training.ended}. {order.split_text}",
            f"Judged on {order.told.data}: {whole.after.patients} people who were not learned from. NME is the mean distance "
            "from the true points as per cent of the distance of the outer canthi; every patient weighs the same; in brackets "
            "95 % intervals from 2,000 bootstrap resamples of the patients.",
            table(rows),
            order.told.caveats,
        ]
    ) + "\n"  # fmt: skip


def _json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
