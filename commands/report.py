"""The command ``report``: the PDF of a stored visit, or of a visit against an earlier one."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from commands.console import Console
from core.errors import HemifaceError
from core.reports.content import Paper
from core.settings import load_settings


@dataclass(frozen=True)
class ReportOptions:
    """Options of the command; see cli.py."""

    visit: str
    out: Path
    baseline: str | None = None
    pictures: bool = True
    paper: Paper = Paper.A4
    data_dir: Path | None = None


def report(options: ReportOptions, console: Console) -> None:
    """Write the report of a visit; an existing file is replaced once the new one is whole.

    Raises:
        InputError: the visit has no analysis that can be reported.
        HemifaceError: unknown visit, files that cannot be read, or the file cannot be written.
    """
    from core.records import Store
    from core.reports.from_store import report_of_comparison, report_of_visit

    settings = load_settings(options.data_dir)
    console.progress("reading")
    store = Store.open(settings)
    try:
        if options.baseline is None:
            made = report_of_visit(
                store, options.visit, pictures=options.pictures, paper=options.paper, limits=settings.video
            )
        else:
            made = report_of_comparison(
                store,
                options.baseline,
                options.visit,
                pictures=options.pictures,
                paper=options.paper,
                limits=settings.video,
            )
    finally:
        store.close()
    _write(options.out, made)
    console.clear()
    print(f"Wrote {options.out}.")


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".partial-", dir=path.parent)
        partial = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        partial.replace(path)
    except OSError as problem:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise HemifaceError(
            f"The file {path} cannot be written: {problem.strerror or problem}.",
            hint="Choose another one with --out.",
            code="output",
        ) from problem
