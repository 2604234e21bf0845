"""Train the refinement of the mesh and write its weights with their card.

    python benchmarks/train_refinement.py --london FOLDER --work WORK --seed 478

FOLDER holds ``neutral/`` and ``smiling/`` photographs of consenting people. The pictures are made once and kept in WORK; they are
simulated apart from the unmoved photographs. Without --out the weights go where they ship.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.phantom.drawing.identity import random_identity
from core.phantom.drawing.portrait import draw_portrait
from models.card import Change, Identity, Metric, ModelCard, TrainingData
from models.refinement.data import (
    Collected,
    Halves,
    People,
    add_photo,
    add_portrait,
    photo_portrait,
    split_people,
)
from models.refinement.network import NAME, VERSION, RegionNetwork
from models.runs import TrainingRun, run_curves, write_run
from models.tracking.mediapipe_mesh import MediaPipeMeshFactory
from models.weights import WEIGHTS_FOLDER, save_weights

if TYPE_CHECKING:
    from models.refinement.training import RegionReport, TrainingOptions

FIRST_DRAWN = 9000
_DRAWN = "drawn"
DRAWN_HEIGHT_PX = 700


def make_pictures(people: People, options: argparse.Namespace) -> tuple[Halves, Halves]:
    """Training and validation halves, made once and kept."""
    options.work.mkdir(parents=True, exist_ok=True)
    both = []
    drawn = [f"{_DRAWN} {number}" for number in range(options.drawn)]
    for name, members, count in (
        ("training", [*people.training, *drawn], options.pictures),
        ("validation", list(people.validation), options.pictures // 2),
    ):
        path = options.work / f"{name}.npz"
        if not path.exists():
            begin, parts = time.monotonic(), []
            with _pool(options.jobs) as pool:
                jobs = [pool.submit(person_halves, options.london, one, count, options.seed) for one in members]
                for number, job in enumerate(jobs, 1):
                    parts.append(job.result())
                    print(f"{name}: {number} of {len(jobs)}, {time.monotonic() - begin:.0f} s", file=sys.stderr)
            Halves.together(parts).save(path)
        both.append(Halves.load(path))
    return both[0], both[1]


def person_halves(london: Path, name: str, count: int, seed: int) -> Halves:
    """Moved pictures of one person, photographed or drawn, and of the former also the photographs as they are."""
    factory, collected = MediaPipeMeshFactory(), Collected()
    if name.startswith(_DRAWN):
        number = FIRST_DRAWN + int(name.removeprefix(_DRAWN))
        portrait = draw_portrait(random_identity(number), DRAWN_HEIGHT_PX)
        add_portrait(collected, portrait, factory, count // 3, np.random.default_rng([seed, number]))
        return collected.halves()
    portrait = photo_portrait(london / "neutral" / f"{name}.jpg", factory)
    add_portrait(collected, portrait, factory, count, np.random.default_rng([seed, int(name)]))
    for kind in ("neutral", "smiling"):
        add_photo(collected, london / kind / f"{name}.jpg", factory)
    return collected.halves()


def train_one(name: str, work: Path, how: TrainingOptions, threads: int) -> tuple[RegionNetwork, RegionReport]:
    """One region in a process of its own, from the pictures that are kept."""
    import torch

    from models.refinement.alignment import REGIONS
    from models.refinement.training import train_region

    torch.set_num_threads(threads)
    region = next(region for region in REGIONS if region.name == name)
    training, validation = (Halves.load(work / f"{part}.npz") for part in ("training", "validation"))
    return train_region(region, training, validation, how, lambda line: print(line, flush=True))


def _pool(jobs: int) -> ProcessPoolExecutor:
    # A fresh process each: the trackers' native threads do not survive a fork.
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))


def card(options: argparse.Namespace, people: People, metrics: tuple[Metric, ...], runtime: str) -> ModelCard:
    """The card of the weights."""
    simulated = "simulated: photographs of people moved by a muscle model"
    return ModelCard(
        identity=Identity(name=NAME, version=VERSION),
        owner_and_contact="The Hemiface project; see the repository's issues.",
        date=date.today(),
        licence="That of Hemiface for the weights. Photographs: Face Research Lab London Set, DeBruine and Jones 2017, "
        "10.6084/m9.figshare.5047666, CC BY 4.0, moved and cropped.",
        intended_use="Refines lids, brows, lips and alar rims of the MediaPipe face mesh, one half of the face at a time, in "
        "video of people with facial palsy; the tracker hemiface.",
        out_of_scope="Heads turned by more than about 30 degrees, hidden eyes or mouth, children, identification of people.",
        inputs_and_preprocessing="Two crops of 64 x 80 pixels a half (0.8 mm a pixel) placed by stable points, the left half "
        "mirrored, brightness and contrast evened out; and the mesh's own points in the crop.",
        training_data=TrainingData(
            real_people=len(people.training),
            simulated_people=options.drawn,
            sources="Neutral photographs moved by the phantom's muscle model and painted lids and mouths (simulated), the "
            "unmoved neutral and smiling photographs, and drawn people. Targets are the mesh of the neutral photograph, moved.",
            cameras="One studio camera; simulated distance, light, colour, coarseness (iris from 8 pixels), blur, noise and JPEG.",
            dates="London Set: published 2017.",
            consent="The people agreed to research use in original or altered form; none of them is a patient.",
        ),
        evaluation_data=f"{len(people.test)} people of the London Set who were never trained on ({', '.join(people.test)}), "
        "moved in the same way; simulated. Real palsy: not done yet, there are no recordings of patients.",
        split_method="By person, fixed by the order of the names: every eighth is tested on, the fourth after each stops "
        "the training.",
        metrics=metrics,
        operating_point="None: it gives points, no decision.",
        subgroup_results="Not done yet: eight test people are too few for groups of age, gender or ethnicity.",
        confound_probes="Not done yet; benchmarks/landmarks.py measures flipped pictures and unmoved photographs.",
        calibration="Not applicable: it gives points, no probability.",
        quality_gate="Refinement fades out for heads turned or nodded from 20 to 32 degrees and where it moves a region by more "
        "than 7 to 11 mm on average.",
        ethical_risks="Painted lids and mouths may look unlike those of some people, with spectacles, make-up, deep folds or "
        "dark skin, and the refinement may then be worse than the mesh.",
        caveats=f"Metrics are of validation people, {simulated}. The truth of an unmoved face is the mesh's own.",
        energy_and_runtime=runtime,
        changelog=(
            Change(version="1.0", date=date(2026, 11, 26), text="First version."),
            Change(
                version=VERSION,
                date=date.today(),
                text="Every point looks around itself at finer features; the errors of the mesh are varied while training.",
            ),
        ),
        command=f"python benchmarks/train_refinement.py --london LONDON --work WORK --seed {options.seed} --steps {options.steps}",
        seed=options.seed,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--london", type=Path, required=True, help="folder with neutral/ and smiling/ photographs")
    parser.add_argument("--work", type=Path, required=True, help="where the pictures are kept")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER / "hemiface_refine.safetensors")
    parser.add_argument("--pictures", type=int, default=96, help="moved pictures of each person")
    parser.add_argument("--drawn", type=int, default=20, help="drawn people among the training")
    parser.add_argument("--minutes", type=float, default=60.0, help="at most so long a region")
    parser.add_argument("--steps", type=int, default=1000, help="batches a region")
    parser.add_argument("--jobs", type=int, default=1, help="people, then regions, at once")
    parser.add_argument("--threads", type=int, default=1, help="of each region")
    parser.add_argument("--seed", type=int, default=478)
    options = parser.parse_args()

    import torch

    from models.refinement.alignment import REGIONS
    from models.refinement.training import TrainingOptions, joined

    names = [path.stem for path in (options.london / "neutral").glob("*.jpg")]
    people = split_people(names)
    make_pictures(people, options)
    begin = time.monotonic()
    fast = bool(torch.cpu.get_capabilities().get("amx_bf16"))  # other processors are slower with bfloat16 than without
    how = TrainingOptions(steps=options.steps, minutes=options.minutes, fast=fast, seed=options.seed)
    with _pool(options.jobs) as pool:
        names = [region.name for region in REGIONS]
        jobs = {name: pool.submit(train_one, name, options.work, how, options.threads) for name in names}
        found = {name: job.result() for name, job in jobs.items()}
    network, reports = joined(found), {name: report for name, (_, report) in found.items()}
    minutes = (time.monotonic() - begin) / 60
    metrics = tuple(
        Metric(
            name=f"mean distance of the {name} points from the truth, mesh alone {report.mesh_mm:.2f} mm",
            value=_best(report),
            unit="mm",
            interval="none: eight people",
            data=f"{len(people.validation)} validation people, simulated",
        )
        for name, report in reports.items()
    )
    runtime = f"Trained in {minutes:.0f} minutes on {options.jobs * options.threads} core(s) of a CPU; a few milliseconds a face."
    save_weights(options.out, network.state_dict(), card(options, people, metrics, runtime))
    curves = {f"{name}, validation people": dict(report.validation) for name, report in reports.items()}
    run = TrainingRun(
        name=NAME,
        date=datetime.now(UTC),
        command=f"python benchmarks/train_refinement.py --london LONDON --work WORK --seed {options.seed} --steps {options.steps}",
        seed=options.seed,
        data=f"{len(people.training)} people and {options.drawn} drawn people, moved: simulated",
        finished=True,
        table=tuple(
            {"region": name, "mesh_mm": report.mesh_mm, "refined_mm": _best(report)} for name, report in reports.items()
        ),
        curves=run_curves(curves),
        x_title="Batches",
        y_title="Distance from the truth, mm",
    )
    write_run(options.work, run)


def _best(report: RegionReport) -> float:
    return round(min(value for _, value in report.validation), 3)


if __name__ == "__main__":
    main()
