"""Options of ``cli.py export``; what the commands do is in ``commands.export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.console import Console, ProgressStyle, exit_codes
from commands.options import DataDirOption, ProgressOption
from core.exports.formats import TableFormat, TidyTable

export_app = typer.Typer(
    help="Tables, research data, FHIR, and a patient's own data.", no_args_is_help=True, rich_markup_mode=None
)

PatientsOption = Annotated[
    list[str] | None,
    typer.Option("--patient", help="Record number or id of a patient; may be given again.", show_default=False),
]
VisitsOption = Annotated[
    list[str] | None,
    typer.Option("--visit", help="Id of a visit, or RECORD-NUMBER/YYYY-MM-DD; may be given again.", show_default=False),
]
AllOption = Annotated[bool, typer.Option("--all", help="All visits of all patients.")]


@export_app.command("tidy")
def export_tidy_command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables and the data dictionary.")],
    patient: PatientsOption = None,
    visit: VisitsOption = None,
    everything: AllOption = False,
    table: Annotated[
        list[TidyTable] | None,
        typer.Option("--table", help="May be given again; measures by default.", show_default=False),
    ] = None,
    table_format: Annotated[TableFormat, typer.Option("--format", help="File format.")] = TableFormat.CSV,
    every_analysis: Annotated[
        bool, typer.Option("--every-analysis", help="All analyses of a recording, not only the newest.")
    ] = False,
    data_dir: DataDirOption = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Write measures, curves or landmarks as tidy tables, with dates and labels, without names. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.export import Choice, export_tidy

        choice = Choice(patient or [], visit or [], everything, out, data_dir)
        export_tidy(choice, table or [TidyTable.MEASURES], table_format, every_analysis, console)


@export_app.command("research")
def export_research_command(
    out: Annotated[Path, typer.Option("--out", help="Zip file to write.")],
    patient: PatientsOption = None,
    visit: VisitsOption = None,
    everything: AllOption = False,
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="Of curves and landmarks; measures are always csv.")
    ] = TableFormat.PARQUET,
    video: Annotated[bool, typer.Option("--video", help="Put the videos in, without sound and metadata.")] = False,
    video_consent: Annotated[
        bool, typer.Option("--video-consent", help="Every patient has consented to that; --video needs it.")
    ] = False,
    data_dir: DataDirOption = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Write pseudonymised research data in BIDS-like folders, dates shifted. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.export import Choice, export_research

        choice = Choice(patient or [], visit or [], everything, out, data_dir)
        export_research(choice, table_format, video, video_consent, console)


@export_app.command("fhir")
def export_fhir_command(
    out: Annotated[Path, typer.Option("--out", help="JSON file to write.")],
    patient: PatientsOption = None,
    visit: VisitsOption = None,
    everything: AllOption = False,
    report: Annotated[bool, typer.Option("--report", help="Put the PDF report of each visit in.")] = False,
    data_dir: DataDirOption = None,
    progress: ProgressOption = ProgressStyle.AUTO,
) -> None:
    """Write visits as a FHIR R4 bundle, with the patients' names. Exit codes as of analyse."""
    console = Console(progress)
    with exit_codes(console):
        from commands.export import Choice, export_fhir

        export_fhir(Choice(patient or [], visit or [], everything, out, data_dir), report, console)


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
