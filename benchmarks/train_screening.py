"""Makes the shipped screens for synkinesis from a simulated cohort (benchmarks/make_cohort.py).

    python benchmarks/train_screening.py --cohort COHORT --seed 5 --ship                       # synkinesis_cnn
    python benchmarks/train_screening.py --cohort COHORT --seed 5 --layout published --ship    # synkinesis_published, the baseline

Trains, stops and calibrates on validation people, judges on people that it never saw and prints the figures; ``--ship`` puts
weights, card and predictions into models/weights. An epoch takes a minute and more. benchmarks/screening.py adds probes, stress and
groups of people to the cards.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

import torch  # noqa: E402

from models.card import ModelCard  # noqa: E402
from models.cohort import Cohort  # noqa: E402
from models.evidence.stored import BASELINE, SCREEN, predictions_path  # noqa: E402
from models.screening.card import Told, model_card  # noqa: E402
from models.screening.checkpoints import Checkpoint, Layout  # noqa: E402
from models.screening.data import PAPER_PICTURES, ScreeningData, from_cohort  # noqa: E402
from models.screening.inference import predict  # noqa: E402
from models.screening.predictions import PredictionRow, rows_of, write_predictions  # noqa: E402
from models.screening.training import TrainingOptions, published_options, train  # noqa: E402
from models.training_card import Made  # noqa: E402
from models.training_loop import Training  # noqa: E402
from models.weights import WEIGHTS_FOLDER, save_weights, write_manifest  # noqa: E402

NAMES = {Layout.HEMIFACE: SCREEN, Layout.PUBLISHED: BASELINE}
SPLIT = "By person, fixed; nobody is in two of training, validation and test."


def told(layout: Layout) -> Told:
    """What the card says that training cannot know."""
    baseline = layout is Layout.PUBLISHED
    return Told(
        name=NAMES[layout],
        version="0.1",
        owner="The Hemiface project; see the repository's issues.",
        licence="MIT; learned from the Face Research Lab London Set, CC BY 4.0 (DeBruine and Jones 2017), and drawn people",
        sources="Simulated: photographs of the London Set moved by the phantom's muscle model, and drawn people.",
        cameras="Simulated cameras, light, blur and noise over photographs of one studio camera.",
        dates="London Set: published 2017.",
        consent="The people agreed to research use in original or altered form; none of them is a patient.",
        simulated=True,
        data="test people of the simulated cohort",
        evaluation="Healthy, palsy without synkinesis, and synkinesis. No patient was seen.",
        probes="Those of synkinesis_cnn, of the same pictures: docs/accuracy.md."
        if baseline
        else "Not done yet: docs/accuracy.md.",
        risks="Simulated faces are unlike many real ones; errors by skin tone, age and gender on patients are unknown.",
        caveats="All figures are of simulated people."
        + (" A baseline for the table only; nothing in the app uses it." if baseline else ""),
    )


def data_of(layout: Layout, cohort: Cohort, *splits: str) -> ScreeningData:
    """What a layout is shown: ours all crops, the published one whole pictures of the paper's three expressions."""
    if layout is Layout.PUBLISHED:
        return from_cohort(cohort, "views", expressions=PAPER_PICTURES, splits=splits)
    return from_cohort(cohort, splits=splits)


def card(
    layout: Layout, training: Training[Checkpoint], rows: list[PredictionRow], command: str, seed: int, people: int
) -> ModelCard:
    """The card, with the figures of the predictions ``rows`` of the test people; ``people`` were learned from."""
    minutes = training.curves[-1]["seconds"] / 60
    return model_card(
        told(layout),
        training,
        rows,
        Made(
            SPLIT,
            command,
            seed,
            f"Trained for {minutes:.0f} minutes on a CPU of two cores. Time an image: docs/accuracy.md.",
            datetime.now(UTC).date(),
        ),
        people=people,
    )


def command_of(options: argparse.Namespace) -> str:
    """The command that makes it again."""
    parts = [f"python benchmarks/train_screening.py --cohort COHORT --seed {options.seed} --epochs {options.epochs}"]
    parts += [f"--layout {options.layout}"] * (options.layout != Layout.HEMIFACE)
    parts += [f"--minutes {options.minutes:g}"] if options.minutes else []
    return " ".join([*parts, "--ship"])


def ship(layout: Layout, training: Training[Checkpoint], rows: list[PredictionRow], made: ModelCard) -> None:
    """Weights, card and predictions into models/weights."""
    write_predictions(predictions_path(WEIGHTS_FOLDER, NAMES[layout]), rows)
    save_weights(WEIGHTS_FOLDER / f"{NAMES[layout]}.safetensors", training.checkpoint.file_tensors, made)
    write_manifest()


def _tell(curve: Mapping[str, float]) -> None:
    """An epoch on standard error."""
    print("  ".join(f"{name} {value:.4g}" for name, value in curve.items()), file=sys.stderr, flush=True)


def main() -> None:
    begun = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--layout", choices=[layout.value for layout in Layout], default=Layout.HEMIFACE.value)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--minutes", type=float, help="of training at most; then the result depends on the computer")
    parser.add_argument("--threads", type=int, default=2, help="of the processor")
    parser.add_argument("--ship", action="store_true", help="put weights, card and predictions into models/weights")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    layout, cohort, cpu = Layout(options.layout), Cohort.load(options.cohort), torch.device("cpu")
    data = data_of(layout, cohort, "train", "validation")
    how = (
        published_options(options.seed, options.epochs)
        if layout is Layout.PUBLISHED
        else TrainingOptions(epochs=options.epochs, seed=options.seed, minutes=options.minutes)
    )
    training = train(data, how, device=cpu, epoch_done=_tell)
    test = data_of(layout, cohort, "test")
    rows = rows_of(test, predict(training.checkpoint, test, cpu))
    made = card(layout, training, rows, command_of(options), options.seed, len(set(data.of_split("train").people)))
    for metric in made.metrics:
        print(metric)
    print(f"{(time.monotonic() - begun) / 60:.0f} minutes in all", file=sys.stderr)
    if options.ship:
        ship(layout, training, rows, made)


if __name__ == "__main__":
    main()
