"""The commands ``train screening`` and ``evaluate screening``: a screen for synkinesis from labelled pictures, or from a cohort."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from commands.console import CancelRequest, Console
from commands.output import whole_folder
from core import __version__
from core.errors import InputError, UnavailableError
from core.result import Software

if TYPE_CHECKING:
    from models.screening.card import Told
    from models.screening.checkpoints import Checkpoint, Layout
    from models.screening.data import ScreeningData
    from models.screening.manifest import LabelledExam, LeftOut
    from models.screening.report import Judged

SHIPPED = "synkinesis_cnn"
NEW = "new"
SCHEMA_VERSION = "1.0"
_MOST_EPOCHS = 10_000
_SPLITS = ("train", "validation", "test")
_SLOWER = 0.25
"""Part of the learning rate with which training goes on from weights."""


class LayoutOption(StrEnum):
    """Which network; as ``models.screening.checkpoints.Layout``, which imports torch."""

    HEMIFACE = "hemiface"
    PUBLISHED = "published"


class SplitOption(StrEnum):
    """Who judges: the test people, or everybody."""

    TEST = "test"
    ALL = "all"


@dataclass(frozen=True)
class TrainScreeningOptions:
    """Options of ``train screening``.

    Attributes:
        data: manifest, its folder, a folder LABEL/PATIENT/pictures, or the folder of a simulated cohort.
        out: folder for what is written.
        layout: which network.
        start: name of a shipped network, the path of its weights, or ``"new"`` for random weights.
        epochs: at most.
        seed: of split, order, augmentation and new weights.
    """

    data: Path
    out: Path
    layout: LayoutOption = LayoutOption.HEMIFACE
    start: str = NEW
    epochs: int = 18
    seed: int = 0


@dataclass(frozen=True)
class EvaluateScreeningOptions:
    """Options of ``evaluate screening``.

    Attributes:
        data: as for training.
        weights: name of a shipped network or the path of its weights.
        split: who judges; everybody is only right for weights that learned from none of them.
        seed: of the split: that of the training, so that its test patients judge.
        as_json: print one JSON document instead of the report.
        out: folder for predictions.csv and report.md; None writes nothing.
    """

    data: Path
    weights: str = SHIPPED
    split: SplitOption = SplitOption.TEST
    seed: int = 0
    as_json: bool = False
    out: Path | None = None


def train_screening(options: TrainScreeningOptions, console: Console) -> None:
    """Train and write model.safetensors, card.json, curves.json, predictions.csv, report.md and run.json.

    Raises:
        InputError: the data or an option cannot be used.
        UnavailableError: the weights to start from are missing or wrong.
        Interrupted: the user ended it; nothing is left behind.
    """
    if not 1 <= options.epochs <= _MOST_EPOCHS:
        raise InputError(f"--epochs must be between 1 and {_MOST_EPOCHS}, got {options.epochs}.", code="option")
    _check_seed(options.seed)
    cancel = CancelRequest()
    with cancel.listening(), whole_folder(options.out) as partial:
        console.progress("reading")
        from models.registry import device
        from models.screening.checkpoints import Layout
        from models.screening.run import REPORT_FILE, Order, run
        from models.screening.training import TrainingOptions, published_options

        layout = Layout(options.layout.value)
        listed = _listed(options.data, options.seed)
        start = None if options.start == NEW else _start(options.start, layout)
        read = _read(options.data, listed, layout, options.seed, console, cancel)
        how = (
            TrainingOptions(epochs=options.epochs, seed=options.seed)
            if layout is Layout.HEMIFACE
            else published_options(options.seed, options.epochs)
        )
        if start is not None:
            how = replace(how, learning_rate=how.learning_rate * _SLOWER)
        order = Order(
            read.data,
            how,
            f"python cli.py train screening DATA --out OUT --layout {layout} --from {Path(options.start).name} "
            f"--epochs {options.epochs} --seed {options.seed}",
            _split_words(read, options.seed),
            start,
            "random weights" if start is None else Path(options.start).name,
            told=read.told,
            left_out=read.left_out,
        )
        run(order, partial, device(), progress=console.progress, cancelled=cancel.raise_if_asked)
        report = (partial / REPORT_FILE).read_text(encoding="utf-8")
    console.clear()
    print(report)


def evaluate_screening(options: EvaluateScreeningOptions, console: Console) -> None:
    """Judge a network, print its report or one JSON document, and with ``out`` write predictions.csv and report.md.

    Raises:
        InputError: the data or an option cannot be used, or nobody is left to judge on.
        UnavailableError: the weights are missing or wrong.
        Interrupted: the user ended it; nothing is left behind.
    """
    _check_seed(options.seed)
    cancel = CancelRequest()
    with cancel.listening(), nullcontext() if options.out is None else whole_folder(options.out) as partial:
        console.progress("reading")
        from models.registry import device
        from models.screening.checkpoints import load_checkpoint
        from models.screening.inference import predict
        from models.screening.predictions import rows_of, write_predictions
        from models.screening.report import report_text
        from models.screening.run import PREDICTIONS_FILE, REPORT_FILE, judged_by

        seed = options.seed if options.split is SplitOption.TEST else None
        listed = _listed(options.data, seed)
        checkpoint = load_checkpoint(_named(options.weights))
        read = _read(options.data, listed, checkpoint.layout, seed, console, cancel)
        tested = read.data.of_split("test")
        console.progress("judging", 0, len(tested.exams))
        rows = (
            rows_of(tested, predict(checkpoint, tested, device(), cancelled=cancel.raise_if_asked))
            if tested.exams
            else []
        )
        command = (
            f"python cli.py evaluate screening DATA --weights {Path(options.weights).name} --split {options.split} "
            f"--seed {options.seed}"
        )
        judged = judged_by(checkpoint, rows, read.told, command, read.left_out)
        report = report_text(judged)
        if partial is not None:
            write_predictions(partial / PREDICTIONS_FILE, rows)
            (partial / REPORT_FILE).write_text(report, encoding="utf-8")
        shown = json.dumps(_document(judged, options), indent=1) if options.as_json else report
    console.clear()
    print(shown)


@dataclass(frozen=True)
class _Read:
    """Examinations with what is to be told of them, and what was left out of them."""

    data: ScreeningData
    told: Told
    left_out: list[LeftOut]
    from_cohort: bool


def _listed(path: Path, seed: int | None) -> list[LabelledExam] | None:
    """The examinations of a clinic, or None for a cohort; what is wrong with their list is told before anything takes long."""
    from models.screening.manifest import divided, read_manifest

    if path.is_dir() and any(file.with_suffix(".json").is_file() for file in path.glob("*.npz")):
        return None
    exams = read_manifest(path)
    if seed is not None:
        divided(exams, seed)
    return exams


def _read(
    path: Path,
    listed: list[LabelledExam] | None,
    layout: Layout,
    seed: int | None,
    console: Console,
    cancel: CancelRequest,
) -> _Read:
    from models.cohort import Cohort
    from models.screening.card import SIMULATED, Told
    from models.screening.checkpoints import Layout
    from models.screening.data import from_cohort
    from models.screening.manifest import clinic_data
    from models.tracking import tracker_factory

    def reading(done: int, total: int | None = None) -> None:
        cancel.raise_if_asked()
        console.progress("reading", done, total)

    if listed is not None:
        data, left_out = clinic_data(listed, layout, tracker_factory(), seed=seed, progress=reading)
        return _Read(data, Told(), left_out, from_cohort=False)
    kind = "crops" if layout is Layout.HEMIFACE else "views"
    data = from_cohort(Cohort.load(path), kind, progress=reading)
    if seed is None:
        data = replace(data, exams=tuple(replace(exam, split="test") for exam in data.exams))
    return _Read(data, SIMULATED, [], from_cohort=True)


def _split_words(read: _Read, seed: int) -> str:
    parts = [len(set(read.data.of_split(part).people)) for part in _SPLITS]
    counts = f"{parts[0]} to learn from, {parts[1]} to stop and calibrate with, {parts[2]} to judge"
    if read.from_cohort:
        return f"By person, fixed with the cohort: {counts}; nobody is in two of these."
    return (
        f"By patient, those with and without synkinesis apart, at random (seed {seed}): {counts}; all pictures of a patient are in "
        "one part."
    )


def _start(name: str, layout: Layout) -> Checkpoint:
    """Weights to go on from."""
    from models.face_crops import SIZE_PX
    from models.screening.checkpoints import Layout, load_checkpoint
    from models.screening.published import SIZE_PX as PUBLISHED_PX

    found = load_checkpoint(_named(name))
    size = SIZE_PX if layout is Layout.HEMIFACE else PUBLISHED_PX
    if found.layout is not layout or found.size_px != size:
        raise UnavailableError(
            f"The weights {Path(name).name} are those of the layout {found.layout} for pictures of {found.size_px} pixels, not of "
            f"{layout} for {size}.",
            hint="Choose another --layout or --from.",
            code="weights",
        )
    return found


def _document(judged: Judged, options: EvaluateScreeningOptions) -> dict[str, object]:
    from models.evidence.rows import exams_of, pictures_of
    from models.registry import sha256_of
    from models.screening.report import confusion, measures
    from models.weights import WEIGHTS_FOLDER

    named = _named(options.weights)
    path = named if isinstance(named, Path) else WEIGHTS_FOLDER / f"{named}.safetensors"
    exams = exams_of(judged.rows)
    return {
        "schema_version": SCHEMA_VERSION,
        "software": Software(version=__version__).model_dump(),
        "model": path.stem,
        "weights_sha256": sha256_of(path),
        "data": judged.told.data,
        "simulated": judged.told.simulated,
        "split": options.split.value,
        "seed": options.seed,
        "people": len({row.person for row in exams}),
        "examinations": len(exams),
        "pictures": len(pictures_of(judged.rows)),
        "operating_points": {
            "examinations": judged.exam.model_dump(),
            "pictures": judged.picture.model_dump(),
        },
        "measures": measures(judged),
        "groups": confusion(exams, judged.exam),
        "left_out": [asdict(one) for one in judged.left_out],
    }


def _named(name: str) -> str | Path:
    from models.weights import is_path

    return Path(name) if is_path(name) else name


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise InputError(f"--seed must not be below 0, got {seed}.", code="option")
