"""What every ``export`` command of chosen visits asks for: which visits, where to, and how progress is told."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.console import Console, ProgressStyle, exit_codes
from commands.options import DataDirOption, ProgressOption

PatientsOption = Annotated[
    list[str] | None,
    typer.Option("--patient", help="Record number or id of a patient; may be given again.", show_default=False),
]
VisitsOption = Annotated[
    list[str] | None,
    typer.Option("--visit", help="Id of a visit, or RECORD-NUMBER/YYYY-MM-DD; may be given again.", show_default=False),
]
AllOption = Annotated[bool, typer.Option("--all", help="All visits of all patients.")]


@dataclass(frozen=True)
class Choice:
    """What to export and where to.

    Attributes:
        patients: record numbers or ids.
        visits: ids, or RECORD-NUMBER/YYYY-MM-DD.
        everything: all visits of all patients.
        out: file or folder to write.
        data_dir: folder of the records; None is that of the settings.
    """

    patients: Sequence[str]
    visits: Sequence[str]
    everything: bool
    out: Path
    data_dir: Path | None


def export_command(app: typer.Typer, name: str, out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command of visits: ``--out``, the choice of visits, ``--data-dir`` and ``--progress`` are added to its options.

    The function is called with a ``Choice``, a ``Console`` and its own options as keywords; problems become one sentence and an
    exit code.

    Args:
        app: where the command belongs.
        name: of the command.
        out: help of ``--out``.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def command(**options: Any) -> None:
            choice = Choice(
                options.pop("patient") or [],
                options.pop("visit") or [],
                options.pop("everything"),
                options.pop("out"),
                options.pop("data_dir"),
            )
            console = Console(options.pop("progress"))
            with exit_codes(console):
                function(choice, console, **options)

        _, _, *own = inspect.signature(function, eval_str=True).parameters.values()
        parameters = [
            _option("out", Annotated[Path, typer.Option("--out", help=out)], inspect.Parameter.empty),
            _option("patient", PatientsOption, None),
            _option("visit", VisitsOption, None),
            _option("everything", AllOption, False),
            *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own),
            _option("data_dir", DataDirOption, None),
            _option("progress", ProgressOption, ProgressStyle.AUTO),
        ]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__doc__ = function.__doc__
        app.command(name)(command)
        return function

    return register


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
