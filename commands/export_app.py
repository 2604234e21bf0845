"""Options of ``cli.py export``; what the commands do is in ``commands.export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.console import Console, ProgressStyle, exit_codes
from commands.export_choice import Choice, export_command
from commands.options import DataDirOption, ProgressOption
from core.exports.formats import DEFAULT_TABLES, TableFormat, TidyTable

export_app = typer.Typer(
    help="Tables, research data, FHIR, and a patient's own data.", no_args_is_help=True, rich_markup_mode=None
)


@export_command(export_app, "tidy", out="Folder for the tables and the data dictionary.")
def export_tidy_command(
    choice: Choice,
    console: Console,
    table: Annotated[
        list[TidyTable] | None,
        typer.Option("--table", help="May be given again; measures and changes by default.", show_default=False),
    ] = None,
    table_format: Annotated[TableFormat, typer.Option("--format", help="File format.")] = TableFormat.CSV,
    every_analysis: Annotated[
        bool, typer.Option("--every-analysis", help="All analyses of a recording, not only the newest.")
    ] = False,
) -> None:
    """Write measures, changes between visits, curves or landmarks as tidy tables, with dates and labels, without names.

    Exit codes as of analyse.
    """
    from commands.export import export_tidy

    export_tidy(choice, table or DEFAULT_TABLES, table_format, every_analysis, console)


@export_command(export_app, "research", out="Zip file to write.")
def export_research_command(
    choice: Choice,
    console: Console,
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="Of curves and landmarks; measures are always csv.")
    ] = TableFormat.PARQUET,
    video: Annotated[bool, typer.Option("--video", help="Put the videos in, without sound and metadata.")] = False,
    video_consent: Annotated[
        bool, typer.Option("--video-consent", help="Every patient has consented to that; --video needs it.")
    ] = False,
) -> None:
    """Write pseudonymised research data in BIDS-like folders, dates shifted. Exit codes as of analyse."""
    from commands.export import export_research

    export_research(choice, table_format, video, video_consent, console)


@export_command(export_app, "fhir", out="JSON file to write.")
def export_fhir_command(
    choice: Choice,
    console: Console,
    report: Annotated[bool, typer.Option("--report", help="Put the PDF report of each visit in.")] = False,
    video: Annotated[
        bool,
        typer.Option("--video", help="Put the videos in as they were recorded, with sound; faces identify people."),
    ] = False,
) -> None:
    """Write visits as a FHIR R4 bundle, with the patients' names. Exit codes as of analyse."""
    from commands.export import export_fhir

    export_fhir(choice, report, video, console)


@export_app.command("patient")
def export_patient_command(
    patient: Annotated[str, typer.Argument(help="Record number or id of the patient.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Zip file to write; nothing may be there.")],
    data_dir: DataDirOption = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Write everything that is kept about one patient, for a request of access. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.export import export_patient

        export_patient(patient, out, data_dir, console)
