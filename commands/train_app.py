"""Options of ``cli.py train`` and ``cli.py evaluate``; what the commands do is in ``commands.train`` and ``commands.train_*``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.console import Console, ProgressStyle, exit_codes
from commands.options import ProgressOption
from commands.train_screening import LayoutOption, SplitOption

TrainEpochsOption = Annotated[int, typer.Option("--epochs", help="At most; training stops when it no longer improves.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the split of the patients and of the training.")]
TrainOutOption = Annotated[
    Path, typer.Option("--out", help="Folder for weights, card, curves, predictions and report.")
]
RatedData = Annotated[
    Path,
    typer.Argument(help="Manifest of rated examinations, its folder, or a simulated cohort.", show_default=False),
]
LabelledData = Annotated[
    Path,
    typer.Argument(
        help="Manifest of labelled pictures, its folder, folders LABEL/PATIENT, or a simulated cohort.",
        show_default=False,
    ),
]

train_app = typer.Typer(help="Train networks with data of your own.", no_args_is_help=True, rich_markup_mode=None)
evaluate_app = typer.Typer(help="Judge networks with data of your own.", no_args_is_help=True, rich_markup_mode=None)


@train_app.command("landmarks")
def train_landmarks_command(
    manifest: Annotated[
        Path, typer.Argument(help="manifest.json of pictures with 68 points, or its folder.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for weights, card, curves and report.")],
    start: Annotated[
        str, typer.Option("--from", help="Weights to go on from: fan_small, fan_small_palsy, 3dfan4, a file, or new.")
    ] = "fan_small",
    epochs: TrainEpochsOption = 60,
    size: Annotated[
        int | None,
        typer.Option("--size", help="Side of the crop in pixels; by default that of the weights.", show_default=False),
    ] = None,
    seed: SeedOption = 0,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Fine-tune the 68 landmarks; people are split, never frames. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.train import TrainLandmarksOptions, train_landmarks

        train_landmarks(TrainLandmarksOptions(manifest, out, start, epochs, size, seed), console)


@train_app.command("severity")
def train_severity_command(
    data: RatedData,
    out: TrainOutOption,
    start: Annotated[
        str, typer.Option("--from", help="Weights to go on from: severity_branches, a file, or new.")
    ] = "new",
    epochs: TrainEpochsOption = 40,
    seed: SeedOption = 0,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Train the severity of every branch; people are split, never examinations. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.train_severity import TrainSeverityOptions, train_severity

        train_severity(TrainSeverityOptions(data, out, start, epochs, seed), console)


@train_app.command("screening")
def train_screening_command(
    data: LabelledData,
    out: TrainOutOption,
    layout: Annotated[
        LayoutOption, typer.Option("--layout", help="Which network: ours on aligned faces, or the published one.")
    ] = LayoutOption.HEMIFACE,
    start: Annotated[
        str, typer.Option("--from", "--start", help="Weights to go on from: synkinesis_cnn, a file, or new.")
    ] = "new",
    epochs: TrainEpochsOption = 18,
    seed: SeedOption = 0,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Train a screen for synkinesis; people are split, never pictures. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.train_screening import TrainScreeningOptions, train_screening

        train_screening(TrainScreeningOptions(data, out, layout, start, epochs, seed), console)


@evaluate_app.command("severity")
def evaluate_severity_command(
    data: RatedData,
    out: Annotated[Path, typer.Option("--out", help="Folder for predictions and report.")],
    weights: Annotated[
        str, typer.Option("--weights", help="Network to judge: severity_branches or a file.")
    ] = "severity_branches",
    everybody: Annotated[
        bool,
        typer.Option("--everybody", help="Judge on all patients; right when the network learned from none of them."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of the split of the patients, as in training.")] = 0,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Judge the severity of every branch beside the rule-based score, on people not learned from. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.train_severity import EvaluateSeverityOptions, evaluate_severity

        evaluate_severity(EvaluateSeverityOptions(data, out, weights, everybody, seed), console)


@evaluate_app.command("screening")
def evaluate_screening_command(
    data: LabelledData,
    weights: Annotated[
        str, typer.Option("--weights", help="Network to judge: synkinesis_cnn or a file.")
    ] = "synkinesis_cnn",
    split: Annotated[
        SplitOption,
        typer.Option("--split", help="Who judges; all is right when the network learned from none of them."),
    ] = SplitOption.TEST,
    seed: Annotated[int, typer.Option("--seed", help="Of the split of the patients, as in training.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the report.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for predictions and report.", show_default=False)
    ] = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Judge a screen for synkinesis on people that it did not learn from. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.train_screening import EvaluateScreeningOptions, evaluate_screening

        evaluate_screening(EvaluateScreeningOptions(data, weights, split, seed, as_json, out), console)
