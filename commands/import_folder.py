"""The command ``import``: a folder of videos into the records, or what that would do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from commands.console import CancelRequest, Console
from core.errors import InputError
from core.settings import load_settings

PATTERN_HELP = (
    "How paths are made, e.g. {patient}_{date}_{label}; a blank stands for any of blank, _ and -, * for anything. "
    "By default PATIENT_DATE_LABEL or PATIENT/DATE/anything."
)


@dataclass(frozen=True)
class ImportOptions:
    """Options of the command; see cli.py."""

    folder: Path
    dry_run: bool = False
    pattern: str | None = None
    data_dir: Path | None = None


def import_folder(options: ImportOptions, console: Console) -> None:
    """Print what happens to every file, and do it unless it is a dry run.

    Raises:
        InputError: the folder or the pattern cannot be used, or not one of its files can.
        HemifaceError: the disk is full, or the data folder cannot be written.
        Interrupted: Ctrl-C or SIGTERM; what was entered stays, and the next run goes on from there.
    """
    from core.exports.import_folder import FileState, carry_out, described, plan_import
    from core.records import Store

    settings = load_settings(options.data_dir)
    cancelled = CancelRequest()
    with cancelled.listening():
        store = Store.open(settings)
        try:
            plan = plan_import(
                store, options.folder, pattern=options.pattern, progress=console.progress, cancelled=cancelled
            )
            if not options.dry_run:
                plan = carry_out(store, plan, settings.video, progress=console.progress, cancelled=cancelled)
        finally:
            store.close()
    console.clear()
    for line in described(plan, done=not options.dry_run):
        print(line)
    if plan.count(FileState.REFUSED) == len(plan.files):
        raise InputError("Not one of these files can be imported.", hint="See --pattern.", code="import")
