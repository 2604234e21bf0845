"""Recordings and their segments."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.errors import HemifaceError
from core.exam.protocol import Expression
from core.exam.segments import Segment, SegmentFile
from core.records.base import Records, find, new_id, not_found, now
from core.records.entries import Recording, RecordingKind, SegmentSet
from core.records.files import StoredFile, sniffed_suffix
from core.records.tables import PatientRow, RecordingRow, SegmentSetRow, VisitRow
from core.records.text import clean_file_name
from core.words import AffectedSide


class RecordingRecords(Records):
    """Recordings of visits, their files and the versions of their segments."""

    def add_recording(
        self,
        visit_id: str,
        source: Path | BinaryIO | StoredFile,
        original_name: str,
        *,
        kind: RecordingKind = RecordingKind.EXAM,
        expression: Expression | None = None,
        mirrored: bool = False,
        affected_side: AffectedSide = AffectedSide.UNDETERMINED,
        facts: Mapping[str, Any] | None = None,
        confirmed: bool = True,
        max_bytes: int | None = None,
    ) -> Recording:
        """Copy a video into the store and enter it.

        The copy is flushed and renamed to its place before the row is committed, so that a row never names half a file.

        Args:
            visit_id: the visit it belongs to.
            source: a file, or a binary stream such as an upload, read in pieces of 1 MB; or what ``files.receive`` has
                already copied, which is moved.
            original_name: the client's name of the file, kept for showing only.
            kind, expression: whole exam, or one expression for its whole length (then ``expression`` is needed).
            mirrored: its camera app mirrored it.
            affected_side: if known.
            facts: what the probe found, JSON values only.
            confirmed: False until a person has confirmed its orientation.
            max_bytes: refuse anything larger.

        Raises:
            HemifaceError: unknown visit, too large, disk full.
        """
        with self.database.read() as session:
            patient_id = find(session, VisitRow, visit_id, "visit").patient_id
        stored = source if isinstance(source, StoredFile) else self.files.receive(source, max_bytes)
        recording_id = new_id()
        try:
            with stored.path.open("rb") as stream:
                suffix = sniffed_suffix(stream.read(64))
            target = self.files.recording_folder(patient_id, recording_id) / f"source{suffix}"
            self.files.place(stored.path, target)
            with self.database.write() as session:
                find(session, VisitRow, visit_id, "visit")
                row = RecordingRow(
                    id=recording_id,
                    visit_id=visit_id,
                    kind=kind.value,
                    expression=expression.value if expression else None,
                    original_name=clean_file_name(original_name),
                    path=self.files.relative(target),
                    sha256=stored.sha256,
                    size_bytes=stored.size_bytes,
                    mirrored=mirrored,
                    affected_side=affected_side.value,
                    facts=dict(facts or {}),
                    confirmed=confirmed,
                    created_at=now(),
                )
                session.add(row)
                self._note(session, "create", "recording", recording_id, visit=visit_id, sha256=stored.sha256)
        except BaseException:
            stored.path.unlink(missing_ok=True)
            self.files.remove_recording(patient_id, recording_id)
            raise
        return self.recording(recording_id)

    def recording(self, recording_id: str) -> Recording:
        """One recording; raises HemifaceError when unknown."""
        with self.database.read() as session:
            found = _recordings(session, RecordingRow.id == recording_id)
        if not found:
            raise not_found("recording")
        return found[0]

    def recordings(self, visit_id: str, *, confirmed: bool | None = None) -> list[Recording]:
        """Recordings of a visit in the order in which they came; all, or only (un)confirmed ones."""
        wanted = [RecordingRow.visit_id == visit_id]
        if confirmed is not None:
            wanted.append(RecordingRow.confirmed.is_(confirmed))
        with self.database.read() as session:
            return _recordings(session, *wanted)

    def update_recording(
        self,
        recording_id: str,
        *,
        kind: RecordingKind,
        expression: Expression | None,
        mirrored: bool,
        affected_side: AffectedSide,
        confirmed: bool,
    ) -> Recording:
        """Change how a recording is to be read; analyses made before keep what they were made with."""
        with self.database.write() as session:
            row = find(session, RecordingRow, recording_id, "recording")
            row.kind, row.expression = kind.value, expression.value if expression else None
            row.mirrored, row.affected_side, row.confirmed = mirrored, affected_side.value, confirmed
            self._note(session, "update", "recording", recording_id, mirrored=mirrored, confirmed=confirmed)
        return self.recording(recording_id)

    def reopen_recording(self, recording_id: str) -> None:
        """Ask again for orientation and content: the recording waits for confirmation, what was said of it stays."""
        with self.database.write() as session:
            find(session, RecordingRow, recording_id, "recording").confirmed = False
            self._note(session, "update", "recording", recording_id, confirmed=False)

    def delete_recording(self, recording_id: str) -> None:
        """Erase a recording with its analyses and files."""
        patient_id = self.recording(recording_id).patient_id
        with self.database.write() as session:
            find(session, RecordingRow, recording_id, "recording")
            session.execute(delete(RecordingRow).where(RecordingRow.id == recording_id))
            self._note(session, "delete", "recording", recording_id)
        self.files.remove_recording(patient_id, recording_id)
        self.database.erase_leftovers()

    def patients_by_video(self) -> dict[str, set[str]]:
        """sha256 of every video in the records -> ids of the patients who have it; one query."""
        query = select(RecordingRow.sha256, VisitRow.patient_id).join(VisitRow, RecordingRow.visit_id == VisitRow.id)
        known: dict[str, set[str]] = {}
        with self.database.read() as session:
            for sha256, patient_id in session.execute(query):
                known.setdefault(sha256, set()).add(patient_id)
        return known

    def recording_path(self, recording: Recording | str) -> Path:
        """Absolute path of the video file; raises HemifaceError when the file is missing from the data folder."""
        entry = self.recording(recording) if isinstance(recording, str) else recording
        path = self.files.resolve(entry.path)
        if not path.is_file():
            raise HemifaceError(
                "The video file of this recording is missing from the data folder.",
                hint="Restore it from a backup, or delete the recording and upload it again.",
                code="file_missing",
            )
        return path

    def derived_path(self, recording: Recording, name: str) -> Path:
        """Where a file made from a recording is kept beside it (a preview, a copy for the browser); deleted with it."""
        return self.files.resolve(recording.path).parent / name

    def keep_derived(self, recording: Recording, name: str, content: bytes | Path) -> Path:
        """Keep a file made from a recording beside it: bytes, or a finished file that is moved there."""
        temporary = content if isinstance(content, Path) else self.files.receive(io.BytesIO(content)).path
        target = self.derived_path(recording, name)
        self.files.place(temporary, target)
        return target

    def save_segments(self, recording_id: str, segments: Sequence[Segment]) -> SegmentSet:
        """Keep ``segments`` as the newest version of the recording's segments; earlier versions stay.

        No segments mean that an analysis finds the movements itself.
        """
        ordered = sorted(segments, key=lambda segment: segment.start_s)
        content = SegmentFile(segments=ordered).model_dump(mode="json", exclude_none=True)
        with self.database.write() as session:
            # Locks the recording on servers that write side by side, so that two savers get two numbers.
            session.get(RecordingRow, recording_id, with_for_update=True)
            find(session, RecordingRow, recording_id, "recording")
            newest = session.scalar(
                select(func.max(SegmentSetRow.version)).where(SegmentSetRow.recording_id == recording_id)
            )
            row = SegmentSetRow(
                recording_id=recording_id, version=(newest or 0) + 1, segments=content, who=self.who, created_at=now()
            )
            session.add(row)
            self._note(session, "segments", "recording", recording_id, version=row.version)
            return _segment_set(row)

    def segments(self, recording_id: str, version: int | None = None) -> SegmentSet | None:
        """One version of a recording's segments, the newest by default; None when none were ever given."""
        query = select(SegmentSetRow).where(SegmentSetRow.recording_id == recording_id)
        if version is not None:
            query = query.where(SegmentSetRow.version == version)
        with self.database.read() as session:
            row = session.scalars(query.order_by(SegmentSetRow.version.desc()).limit(1)).first()
            return None if row is None else _segment_set(row)

    def segment_versions(self, recording_id: str) -> list[SegmentSet]:
        """Every version of a recording's segments, the oldest first."""
        query = select(SegmentSetRow).where(SegmentSetRow.recording_id == recording_id)
        with self.database.read() as session:
            return [_segment_set(row) for row in session.scalars(query.order_by(SegmentSetRow.version))]


def _recordings(session: Session, *wanted: Any) -> list[Recording]:
    query = (
        select(RecordingRow, PatientRow.id, PatientRow.simulated)
        .join(VisitRow, RecordingRow.visit_id == VisitRow.id)
        .join(PatientRow, VisitRow.patient_id == PatientRow.id)
        .where(*wanted)
        .order_by(RecordingRow.created_at, RecordingRow.id)
    )
    return [recording_of_row(row, patient_id, simulated) for row, patient_id, simulated in session.execute(query)]


def recording_of_row(row: RecordingRow, patient_id: str, simulated: bool) -> Recording:
    """What the store hands out for a row."""
    return Recording(
        id=row.id,
        visit_id=row.visit_id,
        patient_id=patient_id,
        kind=RecordingKind(row.kind),
        expression=Expression(row.expression) if row.expression else None,
        original_name=row.original_name,
        path=row.path,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        mirrored=row.mirrored,
        affected_side=AffectedSide(row.affected_side),
        facts=row.facts,
        confirmed=row.confirmed,
        simulated=simulated,
        created_at=row.created_at,
    )


def _segment_set(row: SegmentSetRow) -> SegmentSet:
    segments = SegmentFile.model_validate(row.segments).segments
    return SegmentSet(row.recording_id, row.version, segments, row.who, row.created_at)
