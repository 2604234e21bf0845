"""Access requests: everything that is kept about one patient, in one zip file.

The zip holds ``README.txt``; one JSON file a table in ``records`` (patients.json, visits.json, treatments.json ...; columns by
their names, times in UTC) and ``records/audit_events.json``; every file in ``files`` as it lies in the data folder (videos,
analyses, pictures made from them); and ``manifest.json`` with size and sha256 of every other member.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from core import __version__
from core.errors import Cancelled, InputError
from core.records.base import Records, find, now
from core.records.belongings import belongings
from core.records.erasure import files_in
from core.records.files import PIECE_BYTES, disk_errors, flush_folder, hash_file
from core.records.tables import AuditRow, Base, CaptureRow, PatientRow

MANIFEST, README = "manifest.json", "README.txt"
FORM = "1.0"
# A search key is the name again; the hash of a token opens nothing and tells nothing about the patient.
_LEFT_OUT = {"search_text", "token_hash"}
_PACKED = {".mp4", ".mov", ".webm", ".mkv", ".avi", ".jpg", ".npz"}
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # zip knows no earlier day
_README = """Everything that Hemiface keeps about one patient.

records/   one JSON file a table, one object a row; times are UTC, left and right are the patient's own
files/     recordings and what was made from them, as they lie in the data folder
manifest.json   size in bytes and sha256 of every other file of this archive
"""


@dataclass(frozen=True)
class PatientExport:
    """What ``export_patient`` wrote.

    Attributes:
        path: the zip file.
        sha256, size_bytes: of the zip file.
        rows: table -> rows; ``audit_events`` counts those before the export.
        files: number of the patient's files.
        missing: files that the records name and that are not in the data folder.
    """

    path: Path
    sha256: str
    size_bytes: int
    rows: dict[str, int]
    files: int
    missing: list[str]


Progress = Callable[[int, int], None]
"""Called with the bytes of the patient's files that are done, and their total."""


class ExportRecords(Records):
    """Access requests."""

    def export_patient(
        self,
        patient_id: str,
        target: Path,
        *,
        progress: Progress = lambda *_: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> PatientExport:
        """Write everything that is kept about a patient into one zip file; the audit event "export" tells of it.

        The file gets its name when it is complete and on the disk; until then, and whenever this raises, there is none.

        Args:
            patient_id: whose records.
            target: the zip file; nothing may be there, its folder must exist.
            progress: called with the bytes that are done and the bytes in all.
            cancelled: asked all the time; work ends soon after it says True.

        Raises:
            Cancelled: ``cancelled`` said True.
            InputError: ``target`` exists, or its folder does not.
            HemifaceError: unknown patient, disk full.
        """
        if target.exists():
            raise InputError(f"{target.name} exists already.", hint="Choose another name.", code="export_exists")
        if not target.parent.is_dir():
            raise InputError("The folder for the export does not exist.", code="export_folder")
        with self.database.read() as session:
            find(session, PatientRow, patient_id, "patient")
            tables = _tables(session, patient_id)
            captures = list(session.scalars(select(CaptureRow.id).where(CaptureRow.patient_id == patient_id)))
        files = files_in([self.files.patients / patient_id, *(self.files.captures / name for name in captures)])
        missing = _missing(tables, {self.files.relative(path) for path in files})
        unfinished = target.with_name(f".{target.name}.{uuid4().hex}.part")
        try:
            with disk_errors():
                _write(unfinished, tables, files, self.files.root, missing, progress, cancelled)
                digest, size = hash_file(unfinished), unfinished.stat().st_size
            with self.database.write() as session:
                self._note(session, "export", "patient", patient_id, sha256=digest, size_bytes=size, files=len(files))
                with disk_errors():  # before the commit: no export without its event, no event without its export
                    unfinished.replace(target)
                    flush_folder(target.parent)
        finally:
            unfinished.unlink(missing_ok=True)
        rows = {name: len(entries) for name, entries in tables.items()}
        return PatientExport(target, digest, size, rows, len(files), missing)


def _tables(session: Session, patient_id: str) -> dict[str, list[dict[str, Any]]]:
    """Table -> its rows about the patient as JSON values, empty tables included."""
    tables = {
        entry.name: [_plain(row) for row in session.scalars(select(entry.row_type).where(entry.where))]
        for entry in belongings(patient_id)
    }
    tables["audit_events"] = [_plain(row) for row in _audit_events(session, patient_id)]
    return tables


def _plain(row: Base) -> dict[str, Any]:
    names = (attribute.key for attribute in inspect(type(row)).column_attrs)
    return {name: _json_value(getattr(row, name)) for name in names if name not in _LEFT_OUT}


def _json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _audit_events(session: Session, patient_id: str) -> Iterator[AuditRow]:
    """Events about the patient and what belongs or belonged to it: an event of creation names the owner in its details."""
    known = {patient_id}
    for row in session.scalars(select(AuditRow).order_by(AuditRow.number)):
        if row.subject_id in known:
            yield row
        elif any(isinstance(value, str) and value in known for value in row.details.values()):
            known.add(row.subject_id)
            yield row


def _missing(tables: dict[str, list[dict[str, Any]]], present: set[str]) -> list[str]:
    named = [row["path"] for row in tables["recordings"]]
    named += [f"{row['folder']}/{name}" for row in tables["analyses"] for name in row["hashes"]]
    return sorted(set(named) - present)


def _write(
    path: Path,
    tables: dict[str, list[dict[str, Any]]],
    files: list[Path],
    root: Path,
    missing: list[str],
    progress: Progress,
    cancelled: Callable[[], bool],
) -> None:
    total, done = sum(file.stat().st_size for file in files), 0
    contents: dict[str, dict[str, Any]] = {}

    def advance(size: int) -> None:
        nonlocal done
        if cancelled():
            raise Cancelled
        done += size
        progress(done, total)

    with path.open("xb") as stream:
        path.chmod(0o600)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            _add_text(archive, contents, README, _README)
            for name, rows in tables.items():
                advance(0)
                _add_text(archive, contents, f"records/{name}.json", json.dumps(rows, indent=1, ensure_ascii=False))
            for file in files:
                name = f"files/{file.relative_to(root).as_posix()}"
                contents[name] = _add_file(archive, name, file, advance)
            manifest = {
                "form": FORM,
                "software": {"name": "hemiface", "version": __version__},
                "written_at": now().isoformat(),
                "missing_files": missing,
                "contents": contents,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        stream.flush()
        os.fsync(stream.fileno())
    progress(total, total)


def _add_text(archive: zipfile.ZipFile, contents: dict[str, dict[str, Any]], name: str, text: str) -> None:
    data = text.encode()
    archive.writestr(name, data)
    contents[name] = {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _add_file(archive: zipfile.ZipFile, name: str, file: Path, advance: Callable[[int], None]) -> dict[str, Any]:
    """Copy one file into the archive piece by piece; what is packed already is stored as it is."""
    info = zipfile.ZipInfo(name, _zip_time(file))
    info.compress_type = zipfile.ZIP_STORED if file.suffix in _PACKED else zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as source, archive.open(info, "w", force_zip64=True) as sink:
        for piece in _pieces(source):
            sink.write(piece)
            digest.update(piece)
            size += len(piece)
            advance(len(piece))
    return {"size_bytes": size, "sha256": digest.hexdigest()}


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(PIECE_BYTES):
        yield piece


def _zip_time(file: Path) -> tuple[int, int, int, int, int, int]:
    written = max(datetime.fromtimestamp(file.stat().st_mtime, UTC), _EARLIEST)
    return written.year, written.month, written.day, written.hour, written.minute, written.second
