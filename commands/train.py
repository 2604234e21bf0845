"""The command ``train landmarks``: fine-tunes a landmark network with a manifest of pictures and points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commands.console import CancelRequest, Console
from commands.output import whole_folder
from core.errors import InputError

if TYPE_CHECKING:
    from models.landmarks.checkpoints import Checkpoint

NEW = "new"
SMALL_WIDTH = 64
_SIZE_STEP_PX, _LEAST_PX, _MOST_PX = 64, 64, 512
_MOST_EPOCHS = 10_000


@dataclass(frozen=True)
class TrainLandmarksOptions:
    """Options of ``train landmarks``.

    Attributes:
        manifest: manifest.json or its folder.
        out: folder for what is written.
        start: name of a network, the path of its weights, or ``"new"`` for random weights.
        epochs: at most.
        size_px: side of the crop; None takes that of the weights.
        seed: of split, order, augmentation and new weights.
    """

    manifest: Path
    out: Path
    start: str = "fan_small"
    epochs: int = 60
    size_px: int | None = None
    seed: int = 0


def train_landmarks(options: TrainLandmarksOptions, console: Console) -> None:
    """Train and write model.safetensors, card.json, curves.json, report.json, report.md and run.json.

    Raises:
        InputError: the manifest or an option cannot be used.
        UnavailableError: the weights to start from are missing or wrong.
        Interrupted: the user ended it; nothing is left behind.
    """
    _check(options)
    console.progress("reading")
    from models.landmarks.manifest import read_manifest
    from models.landmarks.splitting import split_patients

    items = read_manifest(options.manifest)
    split = split_patients((item.patient for item in items), options.seed)
    from models.landmarks.report import table
    from models.landmarks.run import Order, run
    from models.landmarks.training import TrainingOptions
    from models.registry import device

    start, words = _start(options)
    order = Order(
        items=items,
        split=split,
        start=start,
        start_name=words,
        options=TrainingOptions(
            epochs=options.epochs, learning_rate=1e-3 if options.start == NEW else 3e-4, seed=options.seed
        ),
        command=_command(options),
        split_text=(
            f"People were divided at random (seed {options.seed}): {len(split.train)} to learn from, "
            f"{len(split.validation)} to say when to stop, {len(split.test)} to judge; all pictures of a person are in one part."
        ),
    )
    cancel = CancelRequest()
    with cancel.listening(), whole_folder(options.out) as partial:
        outcome = run(order, partial, device(), progress=console.progress, cancelled=cancel.raise_if_asked)
    console.clear()
    print(table(outcome.rows))


def _check(options: TrainLandmarksOptions) -> None:
    if not 1 <= options.epochs <= _MOST_EPOCHS:
        raise InputError(f"--epochs must be between 1 and {_MOST_EPOCHS}, got {options.epochs}.", code="option")
    if options.seed < 0:
        raise InputError(f"--seed must not be below 0, got {options.seed}.", code="option")
    size = options.size_px
    if size is not None and (size % _SIZE_STEP_PX or not _LEAST_PX <= size <= _MOST_PX):
        raise InputError(
            f"--size must be a multiple of {_SIZE_STEP_PX} between {_LEAST_PX} and {_MOST_PX} pixels, got {size}.",
            code="option",
        )


def _start(options: TrainLandmarksOptions) -> tuple[Checkpoint, str]:
    """Weights to start from, and what they are."""
    from dataclasses import replace

    from models.landmarks.checkpoints import OFFICIAL_NAME, load_checkpoint, load_official
    from models.landmarks.crops import SMALL_CROP
    from models.landmarks.training import new_checkpoint
    from models.registry import ModelFiles
    from models.weights import is_path

    if options.start == NEW:
        plan = replace(SMALL_CROP, size_px=options.size_px or SMALL_CROP.size_px)
        return new_checkpoint(plan, modules=1, width=SMALL_WIDTH, seed=options.seed), "random weights"
    if options.start == OFFICIAL_NAME:
        checkpoint = load_official(ModelFiles())
    else:
        checkpoint = load_checkpoint(Path(options.start) if is_path(options.start) else options.start)
    words = Path(options.start).name
    if options.size_px is not None:
        checkpoint = replace(checkpoint, plan=replace(checkpoint.plan, size_px=options.size_px))
    return checkpoint, words


def _command(options: TrainLandmarksOptions) -> str:
    """The command without the folders of this computer."""
    size = f" --size {options.size_px}" if options.size_px is not None else ""
    start = Path(options.start).name
    return (
        f"python cli.py train landmarks MANIFEST --out OUT --from {start} "
        f"--epochs {options.epochs}{size} --seed {options.seed}"
    )
