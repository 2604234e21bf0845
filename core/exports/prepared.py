"""The exports that pages offer, each as the work that writes its file (core.exports.work)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core.exports.examinations import LeftOut, Progress
from core.exports.formats import TableFormat, TidyTable
from core.exports.work import Made, Make
from core.records.store import Store
from core.video.limits import DEFAULT_LIMITS, VideoLimits

_ZIP, _FHIR = "application/zip", "application/fhir+json"


def patient_record(store: Store, patient_id: str) -> Make:
    """Everything that is kept about a patient; its steps are bytes."""

    def make(folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> Made:
        path = folder / f"hemiface_patient_{patient_id[:8]}.zip"
        store.export_patient(
            patient_id, path, progress=lambda done, total: progress("packing", done, total), cancelled=cancelled
        )
        return Made(path, _ZIP)

    return make


def research(store: Store, visit_ids: Sequence[str], *, form: TableFormat, with_video: bool, consent: bool) -> Make:
    """The research export (core.exports.research); ``consent`` is the word of the caller that all agreed to videos."""

    def make(folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> Made:
        from core.exports.research import write_research

        made = write_research(
            store,
            visit_ids,
            folder / "hemiface_research.zip",
            form=form,
            with_video=with_video,
            video_consent=consent,
            progress=progress,
            cancelled=cancelled,
        )
        counts = (
            _counted(made.participants, "patient"),
            _counted(made.sessions, "visit"),
            _counted(made.recordings, "recording"),
            "with videos" if with_video else "without videos",
        )
        return Made(made.path, _ZIP, ", ".join(counts), made.left_out)

    return make


def tables(store: Store, visit_ids: Sequence[str], *, names: Sequence[TidyTable], form: TableFormat) -> Make:
    """Tidy tables and their dictionary as one zip (core.exports.tidy)."""

    def make(folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> Made:
        from core.exports.tidy import write_tidy_zip

        target = folder / "hemiface_tables.zip"
        made = write_tidy_zip(store, visit_ids, target, tables=names, form=form, progress=progress, cancelled=cancelled)
        counts = [f"{name} with {_counted(rows, 'row')}" for name, rows in made.rows.items()]
        return Made(target, _ZIP, ", ".join([*counts, "the data dictionary"]), made.left_out)

    return make


def fhir(store: Store, visit_ids: Sequence[str], *, with_reports: bool, limits: VideoLimits = DEFAULT_LIMITS) -> Make:
    """A FHIR bundle without videos (core.exports.fhir), with the reports of the visits where they are asked for."""

    def make(folder: Path, progress: Progress, cancelled: Callable[[], bool]) -> Made:
        from core.exports.fhir import write_fhir
        from core.exports.fhir_reports import reports_of_visits

        left_out: list[LeftOut] = []
        reports = {}
        if with_reports:
            reports = reports_of_visits(
                store, visit_ids, left_out, limits=limits, progress=progress, cancelled=cancelled
            )
        made = write_fhir(
            store, visit_ids, folder / "hemiface_fhir.json", reports=reports, progress=progress, cancelled=cancelled
        )
        contents = [_counted(made.observations, "observation")]
        if with_reports:
            contents.append(_counted(len(reports), "PDF report"))
        return Made(made.path, _FHIR, ", ".join(contents), (*left_out, *made.left_out))

    return make


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
