"""Makes the shipped screen for synkinesis, synkinesis_cnn, from a simulated cohort (benchmarks/make_cohort.py).

    python benchmarks/train_screening.py --cohort COHORT --seed 5 --ship

Without --ship it trains, prints the figures of the test people and keeps nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import torch

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from models.card import Change, Identity, ModelCard, TrainingData  # noqa: E402
from models.cohort import Cohort  # noqa: E402
from models.cohort.crops import MM_PER_PX, SIZE_PX  # noqa: E402
from models.evidence.cards import calibration_of, metrics_of, operating_words, subgroups_of  # noqa: E402
from models.evidence.store import Limits  # noqa: E402
from models.screening.data import from_cohort  # noqa: E402
from models.screening.inference import predict  # noqa: E402
from models.screening.predictions import PredictionRow, rows_of, write_predictions  # noqa: E402
from models.screening.training import Training, TrainingOptions, train  # noqa: E402
from models.weights import WEIGHTS_FOLDER, save_weights, write_manifest  # noqa: E402

NAME = "synkinesis_cnn"
_DATA = "test people of the simulated cohort"


def card(
    training: Training, rows: list[PredictionRow], options: argparse.Namespace, people: int, minutes: float
) -> ModelCard:
    """The card, with the figures of the predictions ``rows`` of the test people.

    Args:
        training: what came of it.
        rows: of test people.
        options: of the command.
        people: how many were learned from.
        minutes: that training took.
    """
    found = training.checkpoint.calibration
    assert found is not None
    exam, picture = (
        Limits(threshold=point.threshold, unsure_from=point.unsure_from)
        for point in (found.exam_point, found.picture_point)
    )
    return ModelCard(
        identity=Identity(name=NAME, version="0.1"),
        owner_and_contact="The Hemiface project; see the repository's issues.",
        date=date.today(),
        licence="MIT; learned from the Face Research Lab London Set, CC BY 4.0 (DeBruine and Jones 2017), and drawn people",
        intended_use="Screen for synkinesis from the key pictures of an examination, beside measured synkinesis, for research.",
        out_of_scope="Diagnosis; children; turned heads; pictures that show one half of the face only.",
        inputs_and_preprocessing=(
            f"Aligned face crops of {SIZE_PX} pixels, {MM_PER_PX} mm each, grey outside a fixed outline; light and colour evened."
        ),
        training_data=TrainingData(
            real_people=0,
            simulated_people=people,
            sources="Simulated: photographs of the London Set moved by the phantom's muscle model, and drawn people.",
            cameras="Simulated cameras, light, blur and noise over photographs of one studio camera.",
            dates="London Set: published 2017.",
            consent="The people agreed to research use in original or altered form; none of them is a patient.",
        ),
        evaluation_data=f"{_DATA}: healthy, palsy without synkinesis, and synkinesis. No patient was seen.",
        split_method="By person, fixed; nobody is in two of training, validation and test.",
        metrics=metrics_of(rows, exam, picture, _DATA),
        operating_point=operating_words(exam, picture),
        subgroup_results=subgroups_of(rows, exam, _DATA),
        confound_probes="Not done yet: see docs/accuracy.md.",
        calibration=calibration_of(rows),
        quality_gate="Face size, pose, face cut off, light and sharpness (models/screening/gate.py).",
        ethical_risks="Simulated faces are unlike many real ones; errors by skin tone, age and gender on patients are unknown.",
        caveats=(
            f"All figures are of simulated people. Kept: epoch {training.best_epoch} of {len(training.curves)}; training ended "
            f"because {training.ended}."
        ),
        energy_and_runtime=f"Trained for {minutes:.0f} minutes on a CPU of two cores. Time an image: docs/accuracy.md.",
        changelog=(Change(version="0.1", date=date.today(), text="First version."),),
        command=(
            f"python benchmarks/train_screening.py --cohort COHORT --seed {options.seed} --epochs {options.epochs}"
            + (f" --minutes {options.minutes:g}" if options.minutes else "")
            + " --ship"
        ),
        seed=options.seed,
    )


def _tell(curve: Mapping[str, float]) -> None:
    """An epoch on standard error."""
    print("  ".join(f"{name} {value:.4g}" for name, value in curve.items()), file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--minutes", type=float, help="of training at most; then the result depends on the computer")
    parser.add_argument("--threads", type=int, default=2, help="of the processor")
    parser.add_argument("--ship", action="store_true", help="put weights, card and predictions into models/weights")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cohort, cpu = Cohort.load(options.cohort), torch.device("cpu")
    data = from_cohort(cohort, splits=("train", "validation"))
    begun = time.monotonic()
    how = TrainingOptions(epochs=options.epochs, seed=options.seed, minutes=options.minutes)
    training = train(data, how, device=cpu, epoch_done=_tell)
    minutes = (time.monotonic() - begun) / 60
    people = len(set(data.of_split("train").people))
    test = from_cohort(cohort, splits=("test",))
    rows = rows_of(test, predict(training.checkpoint, test, cpu))
    made = card(training, rows, options, people, minutes)
    for metric in made.metrics:
        print(metric)
    if options.ship:
        write_predictions(WEIGHTS_FOLDER / f"{NAME}.predictions.csv", rows)
        save_weights(WEIGHTS_FOLDER / f"{NAME}.safetensors", training.checkpoint.file_tensors, made)
        write_manifest()


if __name__ == "__main__":
    main()
