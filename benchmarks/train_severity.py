"""Makes the shipped network severity_branches from a simulated cohort (benchmarks/make_cohort.py).

    python benchmarks/train_severity.py --cohort COHORT --measured MEASURED --out OUT --seed 5
    ... --ship                       # put the weights, the card and the predictions into models/weights

Trains the network, stops on validation people and judges on people that it never saw; for comparison it is also asked with
measurements alone and with pictures alone. The examinations are kept in OUT, so that a second call begins at once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from models.card import read_card  # noqa: E402
from models.cohort import Cohort  # noqa: E402
from models.severity.card import Told  # noqa: E402
from models.severity.checkpoints import load_checkpoint  # noqa: E402
from models.severity.data import ExamFacts, SeverityData, from_cohort  # noqa: E402
from models.severity.run import MODEL_FILE, PREDICTIONS_FILE, Order, run  # noqa: E402
from models.severity.training import TrainingOptions  # noqa: E402
from models.weights import WEIGHTS_FOLDER, save_weights, write_manifest, write_whole  # noqa: E402

NAME = "severity_branches"
DATA_FILE = "examinations.npz"
_ARRAYS = ("kinematics", "pictures", "seen", "truth", "rule")
TOLD = Told(
    name=NAME,
    licence="MIT; learned from the Face Research Lab London Set, CC BY 4.0 (DeBruine and Jones 2017), and from drawn people",
    sources=(
        "Simulated examinations (models/cohort): photographs of the Face Research Lab London Set, DeBruine and Jones 2017, "
        "10.6084/m9.figshare.5047666.v5, and drawn people, moved by the muscle model."
    ),
    cameras="Simulated cameras; the photographs are of one studio camera.",
    dates="Photographs published in 2017; simulated in 2026.",
    consent="The people consented to research use of their pictures in original or altered forms.",
    simulated=True,
    data="simulated examinations of people that were not learned from",
    truth="Severity is 100 times the part of the movement that the simulation took from a branch.",
    caveats=(
        "Everything is simulated: nobody with a palsy is in it, and no figure says how it does on patients. The simulation that "
        "gave the truth is the one that it learned from, which the rule-based score did not."
    ),
    changelog="First version.",
)


def examinations(cohorts: Sequence[Path], kept: Path) -> SeverityData:
    """The examinations of cohorts, from ``kept`` when they were read before."""
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            facts = tuple(ExamFacts(*(str(part) for part in row)) for row in stored["facts"])
            return SeverityData(*(stored[name] for name in _ARRAYS), facts)
    exams = (
        replace(exam, exam=f"{number}-{exam.exam}")
        for number, cohort in enumerate(cohorts, 1)
        for exam in Cohort.load(cohort)
    )
    data = from_cohort(exams, progress=lambda done: _told("reading", done, 0, None))
    facts = np.array([tuple(vars(exam).values()) for exam in data.exams])
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(kept, facts=facts, **{name: getattr(data, name) for name in _ARRAYS})
    return data


def command_line(options: argparse.Namespace) -> str:
    """The command that makes it again, without the folders of this computer."""
    measured = " --measured MEASURED" if options.measured else ""
    return (
        f"python benchmarks/train_severity.py --cohort COHORT{measured} --out OUT --seed {options.seed} --epochs {options.epochs} "
        "--ship"
    )


def _told(stage: str, done: int, total: int, left: float | None) -> None:
    if done == total or done % 50 == 0:
        print(f"{stage} {done} of {total}" + (f", {left:.0f} s left" if left else ""), file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", type=Path, required=True, help="folder that benchmarks/make_cohort.py filled")
    parser.add_argument("--measured", type=Path, help="a cohort of more measured examinations of the training people")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights, curves and predictions")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--ship", action="store_true", help="put weights, card and predictions into models/weights")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = examinations([c for c in (options.cohort, options.measured) if c], options.out / DATA_FILE)
    people = {
        split: len({e.person for e in data.exams if e.split == split}) for split in ("train", "validation", "test")
    }
    order = Order(
        data,
        TrainingOptions(epochs=options.epochs, patience=options.epochs, seed=options.seed),
        command_line(options),
        f"By people, never by examination: {people['train']} to learn from, {people['validation']} to say when to stop and for the "
        f"intervals, {people['test']} to judge (models/cohort).",
        parts_alone=True,
        told=TOLD,
    )
    begun = time.monotonic()
    outcome = run(order, options.out, torch.device("cpu"), progress=_told)
    print((options.out / "report.md").read_text(encoding="utf-8"))
    print(f"{outcome.runtime} {time.monotonic() - begun:.0f} s in all", file=sys.stderr)
    if options.ship:
        tensors = load_checkpoint(options.out / MODEL_FILE).file_tensors
        content = (options.out / PREDICTIONS_FILE).read_bytes()
        write_whole(WEIGHTS_FOLDER / f"{NAME}.{PREDICTIONS_FILE}", content)
        save_weights(WEIGHTS_FOLDER / f"{NAME}.safetensors", tensors, read_card(options.out / "card.json"))
        write_manifest()


if __name__ == "__main__":
    main()
