"""The command ``screen``: the probability of synkinesis in loose pictures, as the page Synkinesis tells it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from commands.console import CancelRequest, Console
from core import __version__
from core.charts.screening import limits_words
from core.errors import InputError, NoFaceError, UnavailableError
from core.face.landmarks import MESH478_COUNT
from core.loose_pictures import SUFFIXES, read_picture
from core.records.text import clean_line
from core.result import Screening, Software
from core.screening_table import PictureAnswer, summary
from core.second_opinions import KeyFrame
from core.track_photo import track_photo

if TYPE_CHECKING:
    from core.second_opinions import SynkinesisScreener
    from core.tracking import TrackerFactory
    from models.card import TrainingData

SHIPPED = "synkinesis_cnn"
SCHEMA_VERSION = "1.0"
NOT_READ = "not_read"
_HEAD = ("File", "Verdict", "Probability (95 % interval)", "Why there is none")
_WIDEST_NAME = 48


@dataclass(frozen=True)
class ScreenOptions:
    """Options of ``screen``.

    Attributes:
        images: picture files; a folder stands for the pictures in it.
        as_json: print one JSON document instead of a table.
        weights: name of a shipped network or the path of its weights.
    """

    images: Sequence[Path]
    as_json: bool = False
    weights: str = SHIPPED


def screen(options: ScreenOptions, console: Console) -> None:
    """Print what the screen says of each picture by itself; one that cannot be read is told with its reason.

    Raises:
        InputError: a file is not there, there are no pictures, or none of them could be read (after all have been told).
        UnavailableError: the weights are missing or wrong.
        Interrupted: the user ended it; nothing is printed.
    """
    paths = _pictures(options.images)
    cancel = CancelRequest()
    with cancel.listening():
        console.progress("starting", 0, len(paths))
        screener, learned_from = _screener(options.weights)
        from models.tracking import tracker_factory

        factory, answers, begun = tracker_factory(), [], time.monotonic()
        for done, path in enumerate(paths):
            cancel.raise_if_asked()
            left = (time.monotonic() - begun) / done * (len(paths) - done) if done else None
            console.progress("screening", done, len(paths), left)
            answers.append(answer(path, screener, factory))
        cancel.raise_if_asked()
    console.clear()
    nothing = screener.screen([])  # not assessable, with the network and its operating point
    if options.as_json:
        print(json.dumps(_document(paths, answers, nothing, learned_from), indent=1))
    else:
        print(_text(answers, nothing, learned_from))
    if all(one.screening is None for one in answers):
        raise InputError(
            answers[0].reason if len(answers) == 1 else f"None of the {len(answers)} pictures could be read.",
            code="picture",
        )


def answer(path: Path, screener: SynkinesisScreener, factory: TrackerFactory) -> PictureAnswer:
    """What the screen says of the picture in a file, whose expression nobody knows.

    Args:
        path: of the file.
        screener: the network.
        factory: finds the landmarks.
    """
    try:
        image = read_picture(_content(path))
    except InputError as problem:
        return PictureAnswer(path.name, problem=problem.message)
    try:
        points = track_photo(image, factory).points
    except NoFaceError:
        points = None
    # Without a face the gate says why.
    placed = np.full((MESH478_COUNT, 3), np.nan) if points is None else points
    return PictureAnswer(path.name, screener.screen([KeyFrame(image, placed)]))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputError("The file cannot be read.", code="picture") from problem


def _pictures(given: Sequence[Path]) -> list[Path]:
    """Every file once, in the order given; those of a folder in the order of their names."""
    paths: list[Path] = []
    for path in given:
        if path.is_dir():
            paths += _in_folder(path)
        elif path.exists():
            paths.append(path)
        else:
            raise InputError(f"There is no file or folder {clean_line(path.name)}.", code="picture")
    return list(dict.fromkeys(paths))


def _in_folder(folder: Path) -> list[Path]:
    try:
        found = sorted(
            path for path in folder.iterdir() if path.suffix.lower().lstrip(".") in SUFFIXES and path.is_file()
        )
    except OSError as problem:
        raise InputError(f"The folder {clean_line(folder.name)} cannot be read.", code="picture") from problem
    if not found:
        raise InputError(
            f"The folder {clean_line(folder.name)} has no pictures ({', '.join(SUFFIXES)}).", code="picture"
        )
    return found


def _screener(weights: str) -> tuple[SynkinesisScreener, TrainingData | None]:
    """The network, and what its card says it learned from; None without a card of these weights."""
    from models.weights import WEIGHTS_FOLDER, is_path

    path = Path(weights) if is_path(weights) else WEIGHTS_FOLDER / f"{weights}.safetensors"
    if not path.is_file():  # before torch is imported for nothing
        raise UnavailableError(
            f"The weights {path.name} are missing.",
            hint="Choose others with --weights; python cli.py models list shows what ships.",
            code="weights",
        )
    from models.screening.screener import SynkinesisCnn

    return SynkinesisCnn.from_weights(path if is_path(weights) else weights), _learned_from(path)


def _learned_from(weights: Path) -> TrainingData | None:
    """From the card beside weights, as those that ship have it (NAME.card.json) or a training leaves it (card.json)."""
    from models.card import read_card
    from models.registry import sha256_of

    for name in (f"{weights.stem}.card.json", "card.json"):
        path = weights.with_name(name)
        try:
            card = read_card(path) if path.is_file() else None
        except InputError:
            continue
        if card is not None and card.identity.sha256 == sha256_of(weights):
            return card.training_data
    return None


def _trained_on(learned_from: TrainingData | None) -> str:
    """``"simulated"``, ``"patients"``, ``"both"`` or ``"unknown"``."""
    if learned_from is None:
        return "unknown"
    real, simulated = learned_from.real_people > 0, learned_from.simulated_people > 0
    return "both" if real and simulated else "patients" if real else "simulated"


_WORDS = {
    "simulated": "The network learned from simulated faces, not from patients",
    "patients": "The network learned from the pictures of a clinic",
    "both": "The network learned from simulated faces and from the pictures of a clinic",
    "unknown": "What the network learned from is not known, because no card of these weights lies beside them",
}


def _text(answers: Sequence[PictureAnswer], network: Screening, learned_from: TrainingData | None) -> str:
    lines = [_HEAD, *((_short(one.name), one.verdict, one.probability, one.reason) for one in answers)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD) - 1)]
    table = ["  ".join([*map(str.ljust, line, widths), line[-1]]).rstrip() for line in lines]
    words = f"{_WORDS[_trained_on(learned_from)]}; one picture is no examination, and no diagnosis follows from it."
    model = f"Network {network.model}, sha256 {network.weights_sha256}."
    return "\n".join([*table, "", f"{summary(answers)}.", limits_words(network), words, model])


def _short(name: str) -> str:
    shown = clean_line(name)
    return shown if len(shown) <= _WIDEST_NAME else f"{shown[: _WIDEST_NAME - 12]}…{shown[-11:]}"


def _document(
    paths: Sequence[Path], answers: Sequence[PictureAnswer], network: Screening, learned_from: TrainingData | None
) -> dict[str, object]:
    """The JSON document; its contract is in docs/architecture.md."""
    return {
        "schema_version": SCHEMA_VERSION,
        "software": Software(version=__version__).model_dump(),
        "model": network.model,
        "weights_sha256": network.weights_sha256,
        "trained_on": _trained_on(learned_from),
        "operating_point": {"threshold": network.threshold, "unsure_from": network.unsure_from},
        "images": [_entry(path, one) for path, one in zip(paths, answers, strict=True)],
    }


def _entry(path: Path, one: PictureAnswer) -> dict[str, object]:
    found = one.screening
    numbers = (None, None, None) if found is None else (found.probability, found.low, found.high)
    return {
        "file": one.name,
        "path": str(path),
        "verdict": NOT_READ if found is None else found.verdict,
        **dict(zip(("probability", "low", "high"), numbers, strict=True)),
        "reason": one.reason or None,
    }
