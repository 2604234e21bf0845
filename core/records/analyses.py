"""Analyses of recordings: results, tracks and curves, one new folder each, never overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from core.errors import HemifaceError
from core.measures.curves import Curves
from core.records.base import Records, find, new_id, now
from core.records.entries import Analysis
from core.records.files import hash_file
from core.records.tables import AnalysisRow, RecordingRow, VisitRow
from core.result import ExamResult
from core.tracking import FaceTrack

RESULT, TRACK, CURVES, MEASURES = "result.json", "track.npz", "curves.npz", "measures.csv"
_NEEDED = (RESULT, TRACK)
_KEPT = (RESULT, TRACK, CURVES, MEASURES)


class AnalysisRecords(Records):
    """Analyses with their files; a file that was changed outside the program is refused."""

    def add_analysis(
        self,
        recording_id: str,
        folder: Path,
        *,
        options: Mapping[str, Any] | None = None,
        segments_version: int | None = None,
    ) -> Analysis:
        """Keep what an analysis wrote; ``folder`` itself is left alone.

        Args:
            recording_id: the recording that was analysed.
            folder: holds result.json and track.npz, and if made curves.npz and measures.csv (the command's ``--out``).
            options: how the analysis was asked for, JSON values only.
            segments_version: the SegmentSet that it used, None when it proposed segments itself.

        Raises:
            HemifaceError: unknown recording, incomplete folder, a result that cannot be read, disk full.
        """
        names = [name for name in _KEPT if (folder / name).is_file()]
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise HemifaceError(
                f"The analysis ended without {' and '.join(missing)}.",
                hint="Try the analysis again.",
                code="incomplete",
            )
        result = _read_result(folder / RESULT)
        patient_id = self._patient_of(recording_id)
        temporary, hashes = self.files.receive_folder(folder, names)
        analysis_id = new_id()
        target = self.files.analysis_folder(patient_id, recording_id, analysis_id)
        try:
            self.files.place(temporary, target)
            with self.database.write() as session:
                find(session, RecordingRow, recording_id, "recording")
                row = AnalysisRow(
                    id=analysis_id,
                    recording_id=recording_id,
                    created_at=now(),
                    software_version=result.software.version,
                    tracker_name=result.tracker.name,
                    tracker_version=result.tracker.version,
                    weights_sha256=result.tracker.weights_sha256,
                    options=dict(options or {}),
                    segments_version=segments_version,
                    folder=self.files.relative(target),
                    hashes=hashes,
                )
                session.add(row)
                self._note(session, "create", "analysis", analysis_id, recording=recording_id)
                return analysis_of_row(row)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(target, ignore_errors=True)
            raise

    def analysis(self, analysis_id: str) -> Analysis:
        """One analysis; raises HemifaceError when unknown."""
        with self.database.read() as session:
            return analysis_of_row(find(session, AnalysisRow, analysis_id, "analysis"))

    def analyses(self, recording_id: str) -> list[Analysis]:
        """Analyses of a recording, newest first."""
        query = select(AnalysisRow).where(AnalysisRow.recording_id == recording_id)
        query = query.order_by(AnalysisRow.created_at.desc(), AnalysisRow.id)
        with self.database.read() as session:
            return [analysis_of_row(row) for row in session.scalars(query)]

    def latest_analysis(self, recording_id: str) -> Analysis | None:
        """The newest analysis of a recording, None when it has none."""
        found = self.analyses(recording_id)
        return found[0] if found else None

    def load_result(self, analysis: Analysis | str) -> ExamResult:
        """result.json of an analysis, its hash checked; raises HemifaceError when missing, changed or unreadable."""
        return _read_result(self.analysis_file(analysis, RESULT))

    def load_track(self, analysis: Analysis | str) -> FaceTrack:
        """The landmarks of an analysis (seconds to read: a few tenths); raises HemifaceError as ``load_result``."""
        path = self.analysis_file(analysis, TRACK)
        try:
            return FaceTrack.load(path)
        except (ValueError, OSError) as problem:
            raise _unreadable(TRACK) from problem

    def load_curves(self, analysis: Analysis | str) -> Curves | None:
        """Every measure over time, None when the analysis kept no curves; raises HemifaceError as ``load_result``."""
        entry = self._entry(analysis)
        if CURVES not in entry.hashes:
            return None
        path = self.analysis_file(entry, CURVES)
        try:
            return Curves.load(path)
        except (ValueError, KeyError, OSError) as problem:
            raise _unreadable(CURVES) from problem

    def track_path(self, analysis: Analysis | str) -> Path:
        """Path of track.npz, its hash checked."""
        return self.analysis_file(analysis, TRACK)

    def analysis_file(self, analysis: Analysis | str, name: str) -> Path:
        """Path of one file of an analysis, its hash checked; raises HemifaceError when missing or changed."""
        entry = self._entry(analysis)
        path = self.files.resolve(entry.folder) / name
        if name not in entry.hashes or not path.is_file():
            raise HemifaceError(
                f"The file {name} of this analysis is missing.",
                hint="Analyse the recording again.",
                code="file_missing",
            )
        if hash_file(path) != entry.hashes[name]:
            raise HemifaceError(
                f"The file {name} of this analysis was changed outside Hemiface.",
                hint="Analyse the recording again; the changed file is not used.",
                code="file_changed",
            )
        return path

    def _entry(self, analysis: Analysis | str) -> Analysis:
        return self.analysis(analysis) if isinstance(analysis, str) else analysis

    def _patient_of(self, recording_id: str) -> str:
        with self.database.read() as session:
            recording = find(session, RecordingRow, recording_id, "recording")
            return find(session, VisitRow, recording.visit_id, "visit").patient_id


def _read_result(path: Path) -> ExamResult:
    try:
        return ExamResult.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as problem:
        raise _unreadable(RESULT) from problem


def _unreadable(name: str) -> HemifaceError:
    return HemifaceError(
        f"The file {name} of this analysis cannot be read.",
        hint="It may come from another version of Hemiface; analyse the recording again.",
        code="unreadable",
    )


def analysis_of_row(row: AnalysisRow) -> Analysis:
    """What the store hands out for a row."""
    return Analysis(
        id=row.id,
        recording_id=row.recording_id,
        created_at=row.created_at,
        software_version=row.software_version,
        tracker_name=row.tracker_name,
        tracker_version=row.tracker_version,
        weights_sha256=row.weights_sha256,
        options=row.options,
        segments_version=row.segments_version,
        folder=row.folder,
        hashes=row.hashes,
    )
