"""The command ``demo``: simulated patients with visits, filmed, analysed and entered into the records."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from commands.console import CancelRequest, Console
from core.settings import load_settings

_MOST_WORKERS = 2


@dataclass(frozen=True)
class DemoOptions:
    """Options of the command; see cli.py."""

    data_dir: Path | None
    work_dir: Path | None
    analyse: bool


def demo(options: DemoOptions, console: Console) -> None:
    """Add the demo patients that are missing, and print what was added.

    Raises:
        HemifaceError: something in the installation is broken, or the data folder cannot be written.
        Interrupted: Ctrl-C or SIGTERM; patients that lacked a visit were erased again.
    """
    cancelled = CancelRequest()
    with cancelled.listening():
        console.progress("starting")
        from core.records import Store
        from core.records.demo import add_demo_patients
        from models.opinions import with_opinions
        from models.tracking import tracker_factory

        settings = load_settings(options.data_dir)
        store = Store.open(settings)
        try:
            outcome = add_demo_patients(
                store,
                tracker_factory() if options.analyse else None,
                iris_mm=settings.iris_mm,
                opinions=with_opinions,
                workers=min(_MOST_WORKERS, os.cpu_count() or 1),
                work_dir=options.work_dir,
                progress=console.progress,
                cancelled=cancelled,
            )
        finally:
            store.close()
    console.clear()
    if outcome.visits:
        added = f"{_counted(outcome.visits, 'visit')} of {_counted(outcome.patients, 'simulated patient')}"
        print(f"Added {added} to {settings.data_dir}.")
    else:
        print(f"The demo patients are in {settings.data_dir} already; nothing was added.")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
