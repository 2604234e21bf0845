"""Hemiface on the command line: ``python cli.py --help``. Options only; what the commands do is in ``commands``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.analyse import AnalyseOptions, SideOption, analyse
from commands.console import Console, ProgressStyle, exit_codes
from commands.export_app import export_app
from commands.import_folder import PATTERN_HELP
from commands.options import DataDirOption, ProgressOption
from commands.train_app import evaluate_app, train_app
from core.reports.content import Paper

app = typer.Typer(
    help="Facial palsy measured from video: weakness and synkinesis for every branch of the facial nerve.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(
    help="Models that ship, their cards, and optional model files.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(models_app, name="models")
db_app = typer.Typer(help="The database of the records.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(db_app, name="db")
app.add_typer(export_app, name="export")
app.add_typer(train_app, name="train")
app.add_typer(evaluate_app, name="evaluate")


@app.command("analyse")
def analyse_command(
    video: Annotated[Path, typer.Argument(help="Video file: mp4, mov, webm, mkv or avi.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for result.json, track.npz, measures.csv, curves.npz.")],
    segments: Annotated[Path | None, typer.Option("--segments", help="JSON file: what was performed when.")] = None,
    side: Annotated[SideOption, typer.Option("--side", help="Affected side, the patient's own.")] = SideOption.UNKNOWN,
    mirrored: Annotated[bool, typer.Option("--mirrored", help="The camera app mirrored the recording.")] = False,
    tracker: Annotated[str, typer.Option("--tracker", help="Name of the tracker (see doctor).")] = "mediapipe_mesh",
    model_path: Annotated[Path | None, typer.Option("--model-path", help="Model file of the tracker.")] = None,
    mirror_average: Annotated[
        bool,
        typer.Option("--mirror-average/--no-mirror-average", help="Track every frame flipped, too, and average."),
    ] = True,
    half_faces: Annotated[
        bool,
        typer.Option("--half-faces/--no-half-faces", help="Track each half of the face for itself, too."),
    ] = True,
    simulated: Annotated[bool, typer.Option("--simulated", help="The recording shows a simulated patient.")] = False,
    opinions: Annotated[
        bool,
        typer.Option("--opinions/--no-opinions", help="Screen for synkinesis and grade severity by networks, too."),
    ] = True,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Analyse one video. Exit codes: 0 done, 2 the input cannot be analysed, 1 the installation is broken, 130 cancelled."""
    console = Console(progress)
    options = AnalyseOptions(
        video,
        out,
        segments,
        side,
        mirrored,
        tracker,
        model_path,
        mirror_average=mirror_average,
        half_faces=half_faces,
        simulated=simulated,
        opinions=opinions,
    )
    with exit_codes(console):
        analyse(options, console)


@app.command("check")
def check_command(
    video: Annotated[Path, typer.Argument(help="Video file: mp4, mov, webm, mkv or avi.", show_default=False)],
    segments: Annotated[Path, typer.Option("--segments", help="JSON file: what was performed when.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="JSON file to write; printed as text when not given.", show_default=False),
    ] = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Say within seconds which movements of a recording can be measured, and why others cannot. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.check import CheckOptions, check

        check(CheckOptions(video, segments, out), console)


@app.command("screen")
def screen_command(
    images: Annotated[
        list[Path],
        typer.Argument(help="Pictures of faces; a folder stands for the pictures in it.", show_default=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
    weights: Annotated[
        str, typer.Option("--weights", help="Network: synkinesis_cnn or a file of ours.")
    ] = "synkinesis_cnn",
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Screen loose pictures for synkinesis, each by itself; nothing is stored. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.screen import ScreenOptions, screen

        screen(ScreenOptions(images, as_json, weights), console)


@app.command("report")
def report_command(
    visit: Annotated[str, typer.Option("--visit", help="Id of the visit (in the address of its pages).")],
    out: Annotated[Path, typer.Option("--out", help="PDF file to write.")],
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Id of an earlier visit to compare with.", show_default=False)
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Print the key pictures, or leave them out.")
    ] = True,
    paper: Annotated[Paper, typer.Option("--paper", help="Size of the sheets.")] = Paper.A4,
    data_dir: DataDirOption = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Write the report of an analysed visit, or of two visits compared, as a PDF. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.report import ReportOptions, report

        report(ReportOptions(visit, out, baseline, pictures, paper, data_dir), console)


@app.command("demo")
def demo_command(
    data_dir: DataDirOption = None,
    analyse: Annotated[
        bool, typer.Option("--analysis/--no-analysis", help="Analyse the videos, or only film and enter them.")
    ] = True,
    work_dir: Annotated[
        Path | None,
        typer.Option(
            "--work-dir", help="Folder for unfinished files; by default in the data folder.", show_default=False
        ),
    ] = None,
    many: Annotated[
        bool, typer.Option("--many", help="Instead, add many simulated courses without video, to try the pages with.")
    ] = False,
    patients: Annotated[int, typer.Option("--patients", min=1, help="With --many: patients in all.")] = 200,
    visits: Annotated[int, typer.Option("--visits", min=1, help="With --many: visits in all.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="With --many: of everything that is random.")] = 0,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Add simulated patients with known weakness to the records; those that are there already stay as they are."""
    console = Console(progress)
    with exit_codes(console):
        from commands.demo import DemoOptions, ManyOptions, demo

        wanted = ManyOptions(patients, visits, seed) if many else None
        demo(DemoOptions(data_dir, work_dir, analyse, wanted), console)


@app.command()
def doctor() -> None:
    """Check this installation: versions, device, trackers, models, database and data folder. Exit code 1 when broken."""
    with exit_codes(Console()):
        from commands.doctor import examine, print_findings

        if not print_findings(examine()):
            raise SystemExit(1)


@models_app.command("list")
def models_list() -> None:
    """List the models that ship and the optional model files, and whether they can be used."""
    with exit_codes(Console()):
        from commands.models import list_models

        list_models()


@models_app.command("card")
def models_card(
    name: Annotated[str, typer.Argument(help="Name of a model that ships (see models list).", show_default=False)],
) -> None:
    """Print the card of a model: what it is for, what it learned from, how good it is, and the command that makes it again."""
    with exit_codes(Console()):
        from commands.models import print_card

        print_card(name)


@models_app.command("fetch")
def models_fetch(
    name: Annotated[str, typer.Argument(help="Name of the model (see models list).", show_default=False)],
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Fetch a model file from its maker, over https, and check it."""
    console = Console(progress)
    with exit_codes(console):
        from commands.models import fetch

        fetch(name, console)


@models_app.command("import")
def models_import(
    name: Annotated[str, typer.Argument(help="Name of the model (see models list).", show_default=False)],
    file: Annotated[Path, typer.Argument(help="The file, brought from another computer.", show_default=False)],
) -> None:
    """Take a model file from a folder or a stick, and check it."""
    with exit_codes(Console()):
        from commands.models import import_file

        import_file(name, file)


@app.command("import")
def import_command(
    folder: Annotated[Path, typer.Argument(help="Folder of videos named by patient and date.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    pattern: Annotated[str | None, typer.Option("--pattern", help=PATTERN_HELP, show_default=False)] = None,
    data_dir: DataDirOption = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Enter a folder of videos; what is in the records already is left alone. Exit codes as of analyse; 2 if no file was usable."""
    console = Console(progress)
    with exit_codes(console):
        from commands.import_folder import ImportOptions, import_folder

        import_folder(ImportOptions(folder, dry_run, pattern, data_dir), console)


@db_app.command("info")
def db_info(data_dir: DataDirOption = None) -> None:
    """Say where the database is, its schema, and how much it holds; nothing is changed."""
    with exit_codes(Console()):
        from commands.db import info
        from core.settings import load_settings

        info(load_settings(data_dir))


@db_app.command("upgrade")
def db_upgrade(data_dir: DataDirOption = None) -> None:
    """Bring the database to the schema of this version; the app does so, too, when it starts."""
    with exit_codes(Console()):
        from commands.db import upgrade
        from core.settings import load_settings

        upgrade(load_settings(data_dir))


def main() -> None:
    """Entry of the program."""
    from models.native_logs import divert_native_logs

    divert_native_logs()
    app()


if __name__ == "__main__":
    main()
