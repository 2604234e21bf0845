"""Makes the shipped screen for synkinesis, synkinesis_cnn, from a simulated cohort (benchmarks/make_cohort.py).

    python benchmarks/train_screening.py --cohort COHORT --seed 5 --minutes 8 --ship

With --checkpoint a network that was trained before is judged and shipped, and nothing is trained.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import torch

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from models.card import Change, Identity, ModelCard, TrainingData  # noqa: E402
from models.cohort import Cohort  # noqa: E402
from models.evidence.cards import calibration_of, metrics_of, operating_words, subgroups_of  # noqa: E402
from models.evidence.store import Limits  # noqa: E402
from models.screening.checkpoints import Checkpoint, load_checkpoint  # noqa: E402
from models.screening.data import from_cohort  # noqa: E402
from models.screening.inference import predict  # noqa: E402
from models.screening.predictions import PredictionRow, rows_of, write_predictions  # noqa: E402
from models.screening.training import TrainingOptions, train  # noqa: E402
from models.weights import WEIGHTS_FOLDER, save_weights, write_manifest  # noqa: E402

NAME = "synkinesis_cnn"
_DATA = "test people of the simulated cohort"


def card(checkpoint: Checkpoint, rows: list[PredictionRow], options: argparse.Namespace, people: int) -> ModelCard:
    """The card, with the figures of the predictions ``rows`` of the test people."""
    found = checkpoint.calibration
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
            "Aligned face crops of 128 pixels, 1.4 mm each, background grey outside a fixed ellipse; brightness and colour evened."
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
            "All figures are of simulated people. Training was ended by the clock while its validation loss was still falling "
            "(a first version): it is below the published 98.6 % and was not compared with the published layout yet. "
            "It learned from the first 47 of 56 training "
            "people, while the cohort was still being made; a run on the whole cohort gives other weights."
        ),
        energy_and_runtime="Trained for 8 minutes on one core of a CPU; a few milliseconds an image.",
        changelog=(Change(version="0.1", date=date.today(), text="First version, trained for 8 minutes."),),
        command=(
            f"python benchmarks/train_screening.py --cohort COHORT --seed {options.seed} "
            f"--epochs {options.epochs} --minutes {options.minutes:g} --ship"
        ),
        seed=options.seed,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--minutes", type=float, default=8.0, help="of training at most")
    parser.add_argument("--checkpoint", type=Path, help="judge this network and train none")
    parser.add_argument("--people", type=int, help="people it learned from; counted where it is trained here")
    parser.add_argument("--ship", action="store_true", help="put weights, card and predictions into models/weights")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cohort, cpu = Cohort.load(options.cohort), torch.device("cpu")
    if options.checkpoint:
        checkpoint, people = load_checkpoint(options.checkpoint), options.people
    else:
        data = from_cohort(cohort, splits=("train", "validation"))
        checkpoint = train(
            data, TrainingOptions(epochs=options.epochs, seed=options.seed, minutes=options.minutes), device=cpu
        ).checkpoint
        people = len(set(data.of_split("train").people))
    test = from_cohort(cohort, splits=("test",))
    rows = rows_of(test, predict(checkpoint, test, cpu))
    made = card(checkpoint, rows, options, people)
    for metric in made.metrics:
        print(metric)
    if options.ship:
        write_predictions(WEIGHTS_FOLDER / f"{NAME}.predictions.csv", rows)
        save_weights(WEIGHTS_FOLDER / f"{NAME}.safetensors", checkpoint.file_tensors, made)
        write_manifest()


if __name__ == "__main__":
    main()
