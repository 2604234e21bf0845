"""Tidy tables of measures, changes, curves and landmarks beside their data dictionary (reliability section 3, docs/exports.md)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pyarrow as pa

from core.errors import HemifaceError, InputError
from core.exports.audit import note_export
from core.exports.change_rows import change_rows
from core.exports.columns import ALL_TABLES, CHANGES_TABLE, CURVES_TABLE, MEASURES_TABLE, TableSpec, landmarks_table
from core.exports.dictionary import dictionary
from core.exports.examinations import (
    Examination,
    Keys,
    LeftOut,
    Progress,
    each_visit,
    examinations,
    no_progress,
    not_cancelled,
    nothing_to_export,
    packing,
)
from core.exports.files import whole_file, whole_files, zip_folder
from core.exports.formats import DEFAULT_TABLES, TableFormat, TidyTable
from core.exports.measure_rows import examination_rows, judged_rows
from core.exports.tables import TableWriter, read_table
from core.records.store import Store
from core.words import SIDES

DICTIONARY = "data_dictionary.json"
_AXES = ("x", "y", "z")


@dataclass(frozen=True)
class TidyExport:
    """What was written.

    Attributes:
        place: the folder, or the zip.
        rows: name of the file -> rows.
        left_out: what could not be exported, and why.
    """

    place: Path
    rows: dict[str, int]
    left_out: tuple[LeftOut, ...]


def write_tidy(
    store: Store,
    visit_ids: Sequence[str],
    folder: Path,
    *,
    tables: Sequence[TidyTable] = DEFAULT_TABLES,
    form: TableFormat = TableFormat.CSV,
    every_analysis: bool = False,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = not_cancelled,
) -> TidyExport:
    """Write tables of visits and the data dictionary into ``folder``; all of them or nothing.

    Args:
        store: the records; the export is noted in the audit trail.
        visit_ids: the visits (``choose_visits``).
        folder: made where needed; files of the same names are replaced.
        tables: which tables; changes hold the first of these visits of a patient against every later one.
        form: CSV or Parquet.
        every_analysis: all analyses of a recording instead of the newest one.
        progress, cancelled: are told and asked after each visit.

    Raises:
        InputError: the folder cannot be written, or there is nothing to export.
        HemifaceError: a visit is not in the records.
        Cancelled: nothing was written.
    """
    with whole_files(folder) as partial:
        made = _write_tables(store, visit_ids, partial, tables, form, every_analysis, progress, cancelled)
        note_export(store, "tidy", visit_ids, tables=[table.value for table in tables], form=form.value)
    return replace(made, place=folder)


def write_tidy_zip(
    store: Store,
    visit_ids: Sequence[str],
    target: Path,
    *,
    tables: Sequence[TidyTable] = DEFAULT_TABLES,
    form: TableFormat = TableFormat.CSV,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = not_cancelled,
) -> TidyExport:
    """As ``write_tidy``, with the newest analyses, and the tables and the dictionary in one zip, which is complete or not there."""
    with whole_file(target) as zipped:
        folder = Path(mkdtemp(prefix=".partial-", dir=target.parent))
        try:
            made = _write_tables(store, visit_ids, folder, tables, form, False, progress, cancelled)
            zip_folder(folder, zipped, packing(progress, cancelled))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        note_export(store, "tidy", visit_ids, tables=[table.value for table in tables], form=form.value)
    return replace(made, place=target)


def _write_tables(
    store: Store,
    visit_ids: Sequence[str],
    folder: Path,
    tables: Sequence[TidyTable],
    form: TableFormat,
    every_analysis: bool,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> TidyExport:
    """The tables and the dictionary in a folder that is there; raises as ``write_tidy``."""
    left_out: list[LeftOut] = []
    with _Writers(folder, form) as writers:
        for visit_id in each_visit(visit_ids, progress, cancelled):
            _write_visit(store, visit_id, writers, tables, every_analysis, left_out)
        if TidyTable.CHANGES in tables:
            for rows in change_rows(store, visit_ids, left_out, progress, cancelled):
                writers.write(CHANGES_TABLE, CHANGES_TABLE.table(rows))
    if not any(writers.rows.values()):
        raise nothing_to_compare() if set(tables) == {TidyTable.CHANGES} else nothing_to_export()
    (folder / DICTIONARY).write_text(json.dumps(dictionary(), indent=1, ensure_ascii=False), encoding="utf-8")
    return TidyExport(folder, writers.rows, tuple(left_out))


def _write_visit(
    store: Store,
    visit_id: str,
    writers: _Writers,
    tables: Sequence[TidyTable],
    every_analysis: bool,
    left_out: list[LeftOut],
) -> None:
    if TidyTable.MEASURES in tables:
        visit = store.visit(visit_id)
        patient = store.patient(visit.patient_id)
        keys = Keys(patient.id, visit.id, visit.day, "", "", visit.label or None, with_names=True)
        writers.write(MEASURES_TABLE, MEASURES_TABLE.table(judged_rows(store, visit, keys, patient.simulated)))
    for examination in examinations(store, [visit_id], left_out, every_analysis=every_analysis):
        for spec, table in examination_tables(examination, examination.keys, tables, left_out):
            writers.write(spec, table)


def examination_tables(
    examination: Examination, keys: Keys, tables: Sequence[TidyTable], left_out: list[LeftOut]
) -> Iterator[tuple[TableSpec, pa.Table]]:
    """The tables of one examination under the ids of ``keys``; files that cannot be read are noted in ``left_out``.

    Changes are of two examinations and not among them.
    """
    makers: dict[TidyTable, Callable[[Examination, Keys], tuple[TableSpec, pa.Table] | None]] = {
        TidyTable.MEASURES: lambda e, k: (MEASURES_TABLE, MEASURES_TABLE.table(examination_rows(e, k))),
        TidyTable.CURVES: curves_of,
        TidyTable.LANDMARKS: landmarks_of,
    }
    for name in (table for table in tables if table in makers):
        try:
            made = makers[name](examination, keys)
        except HemifaceError as problem:
            left_out.append(LeftOut(f"{name} of analysis {keys.analysis_id}", problem.message))
            continue
        if made is None:
            left_out.append(LeftOut(f"{name} of analysis {keys.analysis_id}", "The analysis kept none."))
        else:
            yield made


def curves_of(examination: Examination, keys: Keys) -> tuple[TableSpec, pa.Table] | None:
    """The table of curves of an examination: first the patient's right, then the left, then the midline; None without curves."""
    curves = examination.curves
    if curves is None:
        return None
    count = len(curves.times_s)
    nothing = np.full(count, np.nan)
    columns: dict[str, list[np.ndarray]] = {}
    for place, _ in enumerate((*SIDES, "both")):
        for name in CURVES_TABLE.schema.names:
            if place < len(SIDES):
                values = curves.values[name][:, place] if name in curves.values else nothing
            else:
                values = curves.midline.get(name, nothing)
            columns.setdefault(name, []).append(values)
    tasks = _tasks(examination, curves.times_s)
    known: dict[str, pa.Array] = {
        "time_s": pa.array(np.tile(curves.times_s, 3)),
        "task": pa.array(tasks * 3, pa.string()),
        "side": pa.array(np.repeat([side.value for side in SIDES] + ["both"], count)).cast(pa.string()),
    }
    return CURVES_TABLE, _table(
        CURVES_TABLE, keys, 3 * count, known, {n: np.concatenate(v) for n, v in columns.items()}
    )


def landmarks_of(examination: Examination, keys: Keys) -> tuple[TableSpec, pa.Table]:
    """The table of landmarks of an examination, one picture a row."""
    track = examination.track
    spec = landmarks_table(track.scheme)
    count = len(track.times)
    points = {
        f"{axis}_{index}": track.points[:, index, place]
        for place, axis in enumerate(_AXES)
        for index in range(track.scheme.count)
    }
    pose = {
        f"hemiface_{name}_deg": track.pose[:, place].astype(np.float32)
        for place, name in enumerate(("yaw", "pitch", "roll"))
    }
    known = {
        "frame": pa.array(np.arange(count)),
        "face_id": pa.array(np.zeros(count, np.int64)),
        "timestamp": pa.array(np.asarray(track.times, float)),
        "success": pa.array(track.found),
        "task": pa.array(_tasks(examination, track.times), pa.string()),
    }
    uncertainty = {"hemiface_uncertainty_px": _median(track.uncertainty, count)}
    return spec, _table(spec, keys, count, known, points | pose | uncertainty)


def read_tidy(path: Path) -> pa.Table:
    """A table that ``write_tidy`` wrote, as it was: equal to the one that was written.

    Raises:
        InputError: the file cannot be read, or is no table of Hemiface.
    """
    for spec in ALL_TABLES:
        if path.stem == spec.name or path.stem.endswith(f"_{spec.name}"):
            return read_table(path, spec)
    raise InputError(
        f"The file {path.name} is no table of Hemiface.",
        hint=f"Its name should be {', '.join(spec.name for spec in ALL_TABLES)} with .csv or .parquet.",
        code="table",
    )


def nothing_to_compare() -> InputError:
    """The error of a table of changes without any pair of visits."""
    return InputError(
        "There is nothing to compare: no patient has two analysed visits among these.",
        hint="Choose all visits of a patient.",
        code="nothing",
    )


class _Writers:
    """A writer for each table, opened when its first rows come."""

    def __init__(self, folder: Path, form: TableFormat) -> None:
        self.rows: dict[str, int] = {}
        self._folder, self._form = folder, form
        self._open: dict[str, TableWriter] = {}
        self._stack = ExitStack()

    def write(self, spec: TableSpec, table: pa.Table) -> None:
        name = f"{spec.name}.{self._form.value}"
        if name not in self._open:
            writer = TableWriter(self._folder / name, spec, self._form)
            self._open[name] = self._stack.enter_context(writer)
        self._open[name].write(table)
        self.rows[name] = self._open[name].rows

    def __enter__(self) -> _Writers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _table(
    spec: TableSpec, keys: Keys, count: int, known: dict[str, pa.Array], numbers: dict[str, np.ndarray]
) -> pa.Table:
    """The keys in every row, then ``known`` columns, then numbers, whose NaN are missing."""
    same = keys.as_row()
    columns = []
    for field in spec.schema:
        if field.name in same:
            columns.append(pa.repeat(pa.scalar(same[field.name], field.type), count))
        elif field.name in known:
            columns.append(known[field.name])
        else:
            columns.append(pa.array(numbers[field.name], field.type, from_pandas=True))
    return pa.Table.from_arrays(columns, schema=spec.schema)


def _tasks(examination: Examination, times_s: np.ndarray) -> list[str | None]:
    """The expression of the segment at each time, None between segments."""
    tasks: list[str | None] = [None] * len(times_s)
    for segment in examination.result.segments:
        first, last = np.searchsorted(times_s, segment.start_s), np.searchsorted(times_s, segment.end_s, side="right")
        tasks[first:last] = [segment.expression.value] * int(last - first)
    return tasks


def _median(uncertainty: np.ndarray | None, count: int) -> np.ndarray:
    """(count,) float32 pixels; NaN where nothing is known."""
    medians = np.full(count, np.nan, np.float32)
    if uncertainty is not None:
        known = np.isfinite(uncertainty).any(axis=1)
        medians[known] = np.nanmedian(uncertainty[known], axis=1)
    return medians
