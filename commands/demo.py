"""The command ``demo``: simulated patients with visits, filmed, analysed and entered into the records; or many without video."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commands.console import CancelRequest, Console
from core.errors import InputError
from core.settings import Settings, load_settings

if TYPE_CHECKING:
    from core.records import Store

_MOST_WORKERS = 2


@dataclass(frozen=True)
class ManyOptions:
    """How many simulated patients and visits without video are wanted."""

    patients: int
    visits: int
    seed: int


@dataclass(frozen=True)
class DemoOptions:
    """Options of the command; see cli.py."""

    data_dir: Path | None
    work_dir: Path | None
    analyse: bool
    many: ManyOptions | None = None


def demo(options: DemoOptions, console: Console) -> None:
    """Add the demo patients that are missing, and print what was added.

    With ``many`` these are courses without video, else the filmed demo patients.

    Raises:
        InputError: fewer visits than patients.
        HemifaceError: something in the installation is broken, or the data folder cannot be written.
        Interrupted: Ctrl-C or SIGTERM; patients that lacked a visit were erased again.
    """
    cancelled = CancelRequest()
    with cancelled.listening():
        console.progress("starting")
        from core.records import Store

        settings = load_settings(options.data_dir)
        store = Store.open(settings)
        try:
            if options.many is not None:
                patients, visits = _add_many(store, options.many, console, cancelled)
            else:
                patients, visits = _add_filmed(store, options, settings, console, cancelled)
        finally:
            store.close()
    console.clear()
    if visits:
        added = f"{_counted(visits, 'visit')} of {_counted(patients, 'simulated patient')}"
        print(f"Added {added} to {settings.data_dir}.")
    else:
        print(f"The demo patients are in {settings.data_dir} already; nothing was added.")


def _add_filmed(
    store: Store, options: DemoOptions, settings: Settings, console: Console, cancelled: CancelRequest
) -> tuple[int, int]:
    from core.records.demo import add_demo_patients
    from models.opinions import with_opinions
    from models.tracking import tracker_factory

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
    return outcome.patients, outcome.visits


def _add_many(store: Store, options: ManyOptions, console: Console, cancelled: CancelRequest) -> tuple[int, int]:
    from core.records.many import add_many

    if options.visits < options.patients:
        raise InputError("Every patient needs at least one visit.", code="many_visits")
    outcome = add_many(
        store, options.patients, options.visits, seed=options.seed, progress=console.progress, cancelled=cancelled
    )
    return outcome.patients, outcome.visits


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
