"""Landmarks corrected by hand: every save is a new version, nothing is ever changed; they go with their recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy import func, select

from core.annotated_frame import AnnotatedFrame, PlacedBy
from core.errors import InputError
from core.landmark_agreement import PairedFrame
from core.records.base import Records, find, new_id, now
from core.records.tables import LandmarkSetRow, RecordingRow
from core.records.text import clean_line


@dataclass(frozen=True)
class LandmarkSet:
    """One version of the points that one annotator placed on one picture of a recording."""

    id: str
    recording_id: str
    frame: AnnotatedFrame
    version: int
    created_at: datetime


class LandmarkSetRecords(Records):
    """Landmark sets of recordings."""

    def save_landmarks(self, recording_id: str, frame: AnnotatedFrame, *, source: str = "page") -> LandmarkSet:
        """Keep points as the newest version of this annotator on this picture; earlier versions stay.

        Args:
            recording_id: of a recording that is in the records.
            frame: what was placed; its annotator's name is cleaned.
            source: where it came from, for the audit event: "page" or "import".

        Raises:
            InputError: the annotator has no name.
            HemifaceError: unknown recording, disk full.
        """
        annotator = clean_line(frame.annotator)
        if not annotator:
            raise InputError("Corrected landmarks need the name of their annotator.", code="annotator")
        placed = replace(frame, annotator=annotator)
        with self.database.write() as session:
            # Locks the recording on servers that write side by side, so that two savers get two numbers.
            session.get(RecordingRow, recording_id, with_for_update=True)
            find(session, RecordingRow, recording_id, "recording")
            newest = session.scalar(
                select(func.max(LandmarkSetRow.version)).where(
                    LandmarkSetRow.recording_id == recording_id,
                    LandmarkSetRow.frame_index == placed.index,
                    LandmarkSetRow.annotator == annotator,
                )
            )
            row = LandmarkSetRow(
                id=new_id(),
                recording_id=recording_id,
                frame_index=placed.index,
                frame_time_s=placed.time_s,
                frame_sha256=placed.sha256,
                width=placed.width,
                height=placed.height,
                annotator=annotator,
                version=(newest or 0) + 1,
                points=np.round(placed.points, 3).tolist(),
                visible=[bool(seen) for seen in placed.visible],
                tracker_name=placed.tracker.name[:80],
                tracker_version=placed.tracker.version[:120],
                weights_sha256=placed.tracker.weights_sha256[:64],
                created_at=now(),
            )
            session.add(row)
            self._note(
                session,
                "landmarks",
                "recording",
                recording_id,
                set=row.id,
                frame=row.frame_index,
                version=row.version,
                source=source,
            )
            return _landmark_set(row)

    def landmark_sets(
        self, recording_id: str, *, annotator: str | None = None, every_version: bool = False
    ) -> list[LandmarkSet]:
        """Sets of a recording in the order of its pictures and annotators: the newest versions, or all of them.

        Args:
            recording_id: of the recording.
            annotator: only of this one.
            every_version: earlier versions, too, the oldest first.
        """
        query = select(LandmarkSetRow).where(LandmarkSetRow.recording_id == recording_id)
        if annotator is not None:
            query = query.where(LandmarkSetRow.annotator == clean_line(annotator))
        query = query.order_by(LandmarkSetRow.frame_index, LandmarkSetRow.annotator, LandmarkSetRow.version)
        with self.database.read() as session:
            found = [_landmark_set(row) for row in session.scalars(query)]
        if every_version:
            return found
        return list({(entry.frame.index, entry.frame.annotator): entry for entry in found}.values())


def paired_frames(sets: list[LandmarkSet], first: str, second: str) -> list[tuple[AnnotatedFrame, PairedFrame]]:
    """The pictures that two annotators both corrected, in order: the first one's frame, and both together.

    Pictures whose pixels were not the same for both (the recording was turned in between) are left out.
    """
    ours = {entry.frame.index: entry.frame for entry in sets if entry.frame.annotator == first}
    theirs = {entry.frame.index: entry.frame for entry in sets if entry.frame.annotator == second}
    return [
        (one, PairedFrame(one.points, other.points, one.visible, other.visible))
        for index, one in sorted(ours.items())
        if (other := theirs.get(index)) is not None and other.sha256 == one.sha256
    ]


def _landmark_set(row: LandmarkSetRow) -> LandmarkSet:
    frame = AnnotatedFrame(
        index=row.frame_index,
        time_s=row.frame_time_s,
        sha256=row.frame_sha256,
        width=row.width,
        height=row.height,
        annotator=row.annotator,
        points=np.array(row.points, dtype=float),
        visible=np.array(row.visible, dtype=bool),
        tracker=PlacedBy(row.tracker_name, row.tracker_version, row.weights_sha256),
    )
    return LandmarkSet(row.id, row.recording_id, frame, row.version, row.created_at)
