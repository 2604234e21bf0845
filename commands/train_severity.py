"""The commands ``train severity`` and ``evaluate severity``: severity of every branch from rated examinations, or from a cohort."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commands.console import CancelRequest, Console
from commands.output import whole_folder
from core.errors import InputError

if TYPE_CHECKING:
    from models.severity.card import Told
    from models.severity.data import SeverityData

SHIPPED = "severity_branches"
NEW = "new"
_MOST_EPOCHS = 10_000


@dataclass(frozen=True)
class TrainSeverityOptions:
    """Options of ``train severity``.

    Attributes:
        data: manifest, its folder, or the folder of a simulated cohort.
        out: folder for what is written.
        start: name of a shipped network, the path of its weights, or ``"new"`` for random weights.
        epochs: at most.
        seed: of split, order, augmentation and new weights.
    """

    data: Path
    out: Path
    start: str = NEW
    epochs: int = 40
    seed: int = 0


@dataclass(frozen=True)
class EvaluateSeverityOptions:
    """Options of ``evaluate severity``.

    Attributes:
        data: as for training.
        out: folder for what is written.
        weights: name of a shipped network or the path of its weights.
        everybody: judge on all patients of a manifest; only right for weights that learned from none of them.
        seed: of the split: that of the training, so that its test patients judge.
    """

    data: Path
    out: Path
    weights: str = SHIPPED
    everybody: bool = False
    seed: int = 0


def train_severity(options: TrainSeverityOptions, console: Console) -> None:
    """Train and write model.safetensors, card.json, curves.json, predictions.csv, report.md and run.json.

    Raises:
        InputError: the manifest or an option cannot be used.
        UnavailableError: the weights to start from are missing or wrong.
        Interrupted: the user ended it; nothing is left behind.
    """
    if not 1 <= options.epochs <= _MOST_EPOCHS:
        raise InputError(f"--epochs must be between 1 and {_MOST_EPOCHS}, got {options.epochs}.", code="option")
    _check_seed(options.seed)
    cancel = CancelRequest()
    with cancel.listening(), whole_folder(options.out) as partial:
        from models.registry import device
        from models.severity.checkpoints import load_checkpoint
        from models.severity.run import REPORT_FILE, Order, run
        from models.severity.training import TrainingOptions

        data, told = _data(options.data, options.seed, console, cancel)
        start = None if options.start == NEW else load_checkpoint(_named(options.start))
        parts = [len({exam.person for exam in data.exams if exam.split == part}) for part in _SPLITS]
        order = Order(
            data,
            TrainingOptions(epochs=options.epochs, learning_rate=2e-3 if start is None else 5e-4, seed=options.seed),
            f"python cli.py train severity DATA --out OUT --from {Path(options.start).name} --epochs {options.epochs} "
            f"--seed {options.seed}",
            f"People were divided (seed {options.seed}): {parts[0]} to learn from, {parts[1]} to say when to stop, {parts[2]} to "
            "judge; all examinations of a person are in one part.",
            start,
            "random weights" if start is None else Path(options.start).name,
            told=told,
        )
        run(order, partial, device(), progress=console.progress, cancelled=cancel.raise_if_asked)
        report = (partial / REPORT_FILE).read_text(encoding="utf-8")
    console.clear()
    print(report)


def evaluate_severity(options: EvaluateSeverityOptions, console: Console) -> None:
    """Judge a network and write predictions.csv and report.md.

    Raises:
        InputError: the manifest or an option cannot be used, or nobody is left to judge on.
        UnavailableError: the weights are missing or wrong.
        Interrupted: the user ended it; nothing is left behind.
    """
    _check_seed(options.seed)
    cancel = CancelRequest()
    with cancel.listening(), whole_folder(options.out) as partial:
        from dataclasses import replace

        from models.registry import device
        from models.severity.checkpoints import load_checkpoint
        from models.severity.inference import predict
        from models.severity.predictions import rows_of, write_predictions
        from models.severity.run import PREDICTIONS_FILE, REPORT_FILE, judged_part, report_text

        data, told = _data(options.data, options.seed, console, cancel)
        checkpoint = load_checkpoint(_named(options.weights))
        if options.everybody:
            data = replace(data, exams=tuple(replace(exam, split="test") for exam in data.exams))
        judged = judged_part(data).of_split("test")
        console.progress("judging", 0, len(judged))
        rows = rows_of(judged, predict(checkpoint, judged, device(), cancelled=cancel.raise_if_asked))
        everybody = " --everybody" if options.everybody else ""
        command = (
            f"python cli.py evaluate severity DATA --out OUT --weights {Path(options.weights).name}{everybody} "
            f"--seed {options.seed}"
        )
        report = report_text(rows, told, command)
        write_predictions(partial / PREDICTIONS_FILE, rows)
        (partial / REPORT_FILE).write_text(report, encoding="utf-8")
    console.clear()
    print(report)


_SPLITS = ("train", "validation", "test")


def _data(path: Path, seed: int, console: Console, cancel: CancelRequest) -> tuple[SeverityData, Told]:
    """The examinations, and what is to be told of them."""
    from models.cohort import Cohort
    from models.severity.card import Told
    from models.severity.data import from_cohort
    from models.severity.manifest import rated_data, read_manifest
    from models.tracking import tracker_factory

    def reading(done: int) -> None:
        cancel.raise_if_asked()
        console.progress("reading", done)

    reading(0)
    if path.is_dir() and _is_cohort(path):
        told = Told(
            sources="A simulated cohort (models/cohort).",
            simulated=True,
            data="simulated examinations of people that were not learned from",
            truth="Severity is 100 times the part of the movement that the simulation took from a branch.",
            caveats="Everything is simulated; no figure says how it does on patients.",
        )
        return from_cohort(Cohort.load(path), progress=reading), told
    data = rated_data(read_manifest(path), seed, tracker_factory, progress=reading)
    return data, Told()


def _is_cohort(folder: Path) -> bool:
    return any(path.with_suffix(".json").is_file() for path in folder.glob("*.npz"))


def _named(name: str) -> str | Path:
    from models.weights import is_path

    return Path(name) if is_path(name) else name


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise InputError(f"--seed must not be below 0, got {seed}.", code="option")
