"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.console import ProgressStyle

ProgressOption = Annotated[
    ProgressStyle, typer.Option("--progress", help="auto: a bar on a terminal; json: one object a line on stderr.")
]

DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of the records; by default what the settings say.", show_default=False),
]
