"""The commands ``export tidy``, ``export research``, ``export fhir`` and ``export patient``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from commands.console import CancelRequest, Console
from commands.export_choice import Choice
from core.exports.formats import TableFormat, TidyTable
from core.settings import Settings, load_settings

if TYPE_CHECKING:
    from core.exports.examinations import LeftOut
    from core.records import Store

_MOST_SHOWN = 20


def export_tidy(
    choice: Choice, tables: Sequence[TidyTable], form: TableFormat, every_analysis: bool, console: Console
) -> None:
    """Write tidy tables and print what was written. Raises InputError, HemifaceError, Interrupted."""
    with _opened(choice.data_dir) as (store, _, cancelled):
        from core.exports.tidy import write_tidy

        made = write_tidy(
            store,
            _visits(store, choice),
            choice.out,
            tables=list(dict.fromkeys(tables)),
            form=form,
            every_analysis=every_analysis,
            progress=console.progress,
            cancelled=cancelled,
        )
    _tell(console, made.left_out)
    for name, rows in made.rows.items():
        print(f"Wrote {made.place / name}: {rows:,} rows.")


def export_research(choice: Choice, form: TableFormat, video: bool, consent: bool, console: Console) -> None:
    """Write the research zip and print what is in it. Raises InputError, HemifaceError, Interrupted."""
    with _opened(choice.data_dir) as (store, _, cancelled):
        from core.exports.research import write_research

        made = write_research(
            store,
            _visits(store, choice),
            choice.out,
            form=form,
            with_video=video,
            video_consent=consent,
            progress=console.progress,
            cancelled=cancelled,
        )
    _tell(console, made.left_out)
    print(
        f"Wrote {made.path}: {_counted(made.participants, 'patient')}, {_counted(made.sessions, 'visit')}, "
        f"{_counted(made.recordings, 'recording')}, {'with' if video else 'without'} video."
    )


def export_fhir(choice: Choice, with_report: bool, with_video: bool, console: Console) -> None:
    """Write a FHIR bundle and print what is in it. Raises InputError, HemifaceError, Interrupted."""
    with _opened(choice.data_dir) as (store, settings, cancelled):
        from core.exports.fhir import write_fhir
        from core.exports.fhir_reports import reports_of_visits

        visits = _visits(store, choice)
        left_out: list[LeftOut] = []
        reports = {}
        if with_report:
            reports = reports_of_visits(
                store, visits, left_out, limits=settings.video, progress=console.progress, cancelled=cancelled
            )
        made = write_fhir(
            store,
            visits,
            choice.out,
            reports=reports,
            with_video=with_video,
            progress=console.progress,
            cancelled=cancelled,
        )
    _tell(console, [*left_out, *made.left_out])
    print(f"Wrote {made.path}: {_counted(made.observations, 'observation')}.")


def export_patient(name: str, out: Path, data_dir: Path | None, console: Console) -> None:
    """Write everything about one patient and print where. Raises InputError, HemifaceError, Interrupted."""
    with _opened(data_dir) as (store, _, cancelled):
        from core.exports.examinations import find_patient

        made = store.export_patient(
            find_patient(store, name).id,
            out,
            progress=lambda done, total: console.progress("packing", done, total),
            cancelled=cancelled,
        )
    console.clear()
    print(f"Wrote {out}: {made.size_bytes / 1e6:.1f} MB, sha256 {made.sha256}.")


@contextmanager
def _opened(data_dir: Path | None) -> Iterator[tuple[Store, Settings, CancelRequest]]:
    from core.records import Store

    settings = load_settings(data_dir)
    cancelled = CancelRequest()
    with cancelled.listening():
        store = Store.open(settings)
        try:
            yield store, settings, cancelled
        finally:
            store.close()


def _visits(store: Store, choice: Choice) -> list[str]:
    from core.exports.examinations import choose_visits

    return choose_visits(store, patients=choice.patients, visits=choice.visits, everything=choice.everything)


def _tell(console: Console, left_out: Sequence[LeftOut]) -> None:
    """Print what could not be exported."""
    console.clear()
    for what in left_out[:_MOST_SHOWN]:
        print(f"Left out: {what.what}. {what.reason}")
    if len(left_out) > _MOST_SHOWN:
        print(f"Left out: {len(left_out) - _MOST_SHOWN} more.")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
