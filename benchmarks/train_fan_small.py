"""Makes the shipped networks fan_small and fan_small_palsy, and the table of docs/accuracy.md.

    python benchmarks/train_fan_small.py --london LONDON --out OUT --seed 0
    ... --ship                       # put both into models/weights
    ... --write docs/accuracy.md     # put the table into the document

LONDON holds ``neutral`` and ``smiling`` of the Face Research Lab London Set (DeBruine and Jones 2017, 10.6084/m9.figshare.5047666,
CC BY 4.0). fan_small learns the mesh's own points on the photographs as they are; fan_small_palsy goes on from it with one-sided
palsy that is simulated on the same people. Both stop by people, and the table is of people, whom neither has seen. An interrupted
program goes on with the step that was not finished.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.accuracy.document import replace_part  # noqa: E402
from models.card import read_card  # noqa: E402
from models.landmarks.card import Told  # noqa: E402
from models.landmarks.checkpoints import Checkpoint, load_checkpoint  # noqa: E402
from models.landmarks.crops import SMALL_CROP  # noqa: E402
from models.landmarks.london import PALSY, PHOTOS, write_manifests  # noqa: E402
from models.landmarks.manifest import LandmarkItem, read_manifest  # noqa: E402
from models.landmarks.mesh_points import MESH_POINTS  # noqa: E402
from models.landmarks.report import WHOLE, Row, compare, point_errors, table  # noqa: E402
from models.landmarks.run import MODEL_FILE, Order, judged, run  # noqa: E402
from models.landmarks.splitting import Split  # noqa: E402
from models.landmarks.training import TrainingOptions, new_checkpoint  # noqa: E402
from models.refinement.data import split_people  # noqa: E402
from models.tracking import tracker_factory  # noqa: E402
from models.weights import WEIGHTS_FOLDER, save_weights  # noqa: E402

SMALL, TUNED = "fan_small", "fan_small_palsy"
WIDTH = 64
ERRORS_FILE = "errors.npz"  # of the test people, written last
_LOOKS = 4
_LONDON = Told(
    licence="MIT; learned from the Face Research Lab London Set, CC BY 4.0 (DeBruine and Jones 2017)",
    sources="Face Research Lab London Set, DeBruine and Jones 2017, 10.6084/m9.figshare.5047666.v5",
    cameras="One studio camera, frontal, even light.",
    dates="Published in 2017.",
    consent="The people consented to research use of their pictures in original or altered forms.",
)


def split_of(names: list[str]) -> Split:
    """The people of models/refinement: the same test people for every network that ships."""
    people = split_people(names)
    return Split(frozenset(people.training), frozenset(people.validation), frozenset(people.test))


def train_step(
    name: str, items: list[LandmarkItem], start: Checkpoint, start_name: str, told: Told, options: argparse.Namespace
) -> Checkpoint:
    """Train one network into OUT/NAME, or read what an earlier run made."""
    folder: Path = options.out / name
    if (folder / ERRORS_FILE).is_file():
        return load_checkpoint(folder / MODEL_FILE)
    split = split_of(sorted({item.patient for item in items}))
    epochs = options.epochs_photos if name == SMALL else options.epochs_palsy
    order = Order(
        items=items,
        split=split,
        start=start,
        start_name=start_name,
        options=TrainingOptions(
            epochs=epochs,
            learning_rate=3e-3 if name == SMALL else 1.5e-3,
            pictures_an_epoch=options.pictures_an_epoch,
            seed=options.seed,
            minutes=None if name == SMALL else options.minutes_palsy,
        ),
        command=command_line(options),
        split_text=(
            f"By people (models/refinement/data.py): {len(split.train)} to learn from, {len(split.validation)} to say when "
            f"to stop, {len(split.test)} to judge."
        ),
        told=replace(told, name=name, real_people=len(split.train)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    outcome = run(order, folder, torch.device("cpu"), progress=_told)
    np.savez(folder / ERRORS_FILE, before=outcome.before, after=outcome.after)
    return load_checkpoint(folder / MODEL_FILE)


def _told(stage: str, done: int, total: int, left: float | None) -> None:
    if done == total or done % 50 == 0:
        print(f"{stage} {done} of {total}" + (f", {left:.0f} s left" if left else ""), file=sys.stderr, flush=True)


def thinned(items: list[LandmarkItem], every: int) -> list[LandmarkItem]:
    """Every n-th picture of those who are not judged on, and all of those who are."""
    test = split_of(sorted({item.patient for item in items})).test
    return [item for number, item in enumerate(items) if item.patient in test or number % every == 0]


def mesh_errors(items: list[LandmarkItem]) -> np.ndarray:
    """(n, 68) errors of the mesh itself, each picture shown as a still video; NaN where it found no face."""
    found = []
    tracker = tracker_factory().create()
    try:
        for number, item in enumerate(items):
            picture = item.picture()
            faces = [tracker.detect(picture, (_LOOKS * number + look) / 30) for look in range(_LOOKS)][-1]
            points = faces[0].points if faces else np.full((478, 3), np.nan)
            found.append(points[MESH_POINTS, :2].astype(np.float64))
    finally:
        tracker.close()
    return point_errors(np.stack(found), items)


def command_line(options: argparse.Namespace) -> str:
    """The command that makes all this again, without the folders of this computer."""
    minutes = f" --minutes-palsy {options.minutes_palsy:g}" if options.minutes_palsy else ""
    return (
        f"python benchmarks/train_fan_small.py --london LONDON --out OUT --seed {options.seed} "
        f"--epochs-photos {options.epochs_photos} --epochs-palsy {options.epochs_palsy} "
        f"--pictures-an-epoch {options.pictures_an_epoch} --every {options.every}{minutes}"
    )


def document(rows: list[Row], against_mesh: list[Row], photos: list[Row], options: argparse.Namespace) -> str:
    """The part of docs/accuracy.md."""
    people = rows[0].after
    whole = next(row for row in photos if row.name == WHOLE)
    return "\n\n".join(
        [
            f"Command: `{command_line(options)}`",
            f"{people.patients} people that neither network saw, {people.pictures} simulated pictures of them. NME: mean "
            "distance from the true points, per cent of the distance of the outer canthi; every person weighs the same; in "
            "brackets 95 % intervals from 2,000 bootstrap resamples of the people.",
            "*before*: `fan_small`, which learned from undistorted photographs; *after*: `fan_small_palsy`, the same network "
            "fine-tuned on one-sided simulated palsy of the people that it had learned from.",
            table(rows, "fan_small", "fan_small_palsy"),
            "The mesh itself (MediaPipe, one run, no mirror averaging, no half faces) on the same pictures, beside the fine-tuned "
            "network:",
            table(against_mesh, "mesh", "fan_small_palsy"),
            f"On the undistorted photographs of the same {whole.after.patients} people, against the mesh's own points: fan_small "
            f"{whole.before}, fan_small_palsy {whole.after}.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--london", type=Path, required=True, help="folder with neutral and smiling")
    parser.add_argument("--out", type=Path, required=True, help="folder for pictures and networks")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs-photos", type=int, default=22)
    parser.add_argument("--epochs-palsy", type=int, default=40)
    parser.add_argument("--minutes-palsy", type=float, help="of fine-tuning at most; any when not given")
    parser.add_argument(
        "--every", type=int, default=1, help="take every n-th simulated picture to learn and check with"
    )
    parser.add_argument("--pictures-an-epoch", type=int, default=640, help="shown in an epoch")
    parser.add_argument("--ship", action="store_true", help="put both networks into models/weights")
    parser.add_argument("--write", type=Path, help="document whose marked part is replaced")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not (options.out / PALSY / "manifest.json").is_file():
        write_manifests(
            options.london, options.out, tracker_factory(), options.seed, progress=lambda *p: _told("people", *p, None)
        )
    photos, palsy = read_manifest(options.out / PHOTOS), read_manifest(options.out / PALSY)
    small = train_step(
        SMALL,
        photos,
        new_checkpoint(SMALL_CROP, modules=1, width=WIDTH, seed=options.seed),
        "random weights",
        replace(
            _LONDON,
            data="photographs of people, against the points of the MediaPipe mesh",
            caveats=(
                "The true points are the mesh's own on frontal studio photographs of 68 adults, neutral and smiling: the "
                "network cannot be better than the mesh there, and has seen no other movement and no palsy."
            ),
            changelog="Learned from undistorted photographs; the start of fan_small_palsy.",
        ),
        options,
    )
    tuned = train_step(
        TUNED,
        thinned(palsy, options.every),
        small,
        SMALL,
        replace(
            _LONDON,
            data="simulated one-sided palsy on photographs of people",
            simulated_people=len(split_of(sorted({item.patient for item in palsy})).train),
            caveats=(
                "The palsy is simulated: photographs warped by the muscle model that also gave the true points. There is no "
                "recording of a patient in it, and no figure here says how it does on patients."
            ),
            changelog="fan_small, fine-tuned on simulated palsy.",
        ),
        options,
    )
    split = split_of(sorted({item.patient for item in palsy}))
    test, undistorted = split.items("test", palsy), split.items("test", photos)
    cpu = torch.device("cpu")
    with np.load(options.out / TUNED / ERRORS_FILE) as errors:
        before, after = errors["before"], errors["after"]
    rows = compare(before, after, test, options.seed)
    seen = mesh_errors(test)
    known = np.isfinite(seen).all(axis=1)
    print(f"mesh found {known.sum()} of {len(known)}", file=sys.stderr)
    chosen = [item for item, there in zip(test, known, strict=True) if there]
    against = compare(seen[known], after[known], chosen, options.seed)
    still = compare(judged(small, undistorted, cpu), judged(tuned, undistorted, cpu), undistorted, options.seed)
    text = document(rows, against, still, options)
    print(text)
    if options.write:
        replace_part(options.write, "fan", text)
    if options.ship:
        for name, checkpoint in ((SMALL, small), (TUNED, tuned)):
            told = {"command": command_line(options)}  # the step may have been made by an earlier call
            card = read_card(options.out / name / "card.json").model_copy(update=told)
            save_weights(WEIGHTS_FOLDER / f"{name}.safetensors", checkpoint.file_tensors, card)
            runtime = json.loads((options.out / name / "report.json").read_text(encoding="utf-8"))["details"]["seconds"]
            print(f"{name}: trained in {runtime / 60:.1f} min, shipped", file=sys.stderr)


if __name__ == "__main__":
    main()
