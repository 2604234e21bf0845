"""Recordings that a browser makes: parts arrive one after the other and lie on the disk at once; then they become a recording."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import delete, select

from core.errors import InputError
from core.exam.guide import Cue, CueOutcome, CueSheet, ExamPlan, cue_segments
from core.exam.protocol import Expression
from core.records.base import find, new_id, not_found, now
from core.records.capture_files import CaptureFolder, is_recording
from core.records.entries import Capture, CaptureState, Recording, RecordingKind
from core.records.recordings import RecordingRecords
from core.records.tables import CaptureRow, InvitationRow, PatientRow, VisitRow
from core.records.text import clean_line
from core.video.limits import VideoLimits
from core.words import AffectedSide

MOST_PART_BYTES = 16_000_000
# A part a second, and some more for those that are flushed early.
MOST_PARTS_A_SECOND = 2
_CAMERA_KEYS = ("width", "height", "frameRate", "user_agent")

P = ParamSpec("P")
R = TypeVar("R")
_one_at_a_time = threading.Lock()


def _waits_its_turn(method: Callable[P, R]) -> Callable[P, R]:
    """A browser that lost the answer asks again while the first request is still at work: the second one finds it done."""

    @functools.wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with _one_at_a_time:
            return method(*args, **kwargs)

    return wrapper


class CaptureError(InputError):
    """What a browser sent does not fit; ``code`` tells the route which answer that is."""


class CaptureRecords(RecordingRecords):
    """Captures: begun, filled part by part, finished, and kept as recordings or discarded."""

    def begin_capture(
        self,
        patient_id: str,
        plan: ExamPlan,
        mime: str,
        *,
        visit_id: str | None = None,
        invitation_id: str | None = None,
        camera: Mapping[str, Any] | None = None,
    ) -> Capture:
        """A new, empty capture; raises HemifaceError for an unknown patient, visit or invitation."""
        with self.database.write() as session:
            find(session, PatientRow, patient_id, "patient")
            if visit_id is not None and find(session, VisitRow, visit_id, "visit").patient_id != patient_id:
                raise not_found("visit")
            if (
                invitation_id is not None
                and find(session, InvitationRow, invitation_id, "invitation").patient_id != patient_id
            ):
                raise not_found("invitation")
            row = CaptureRow(
                id=new_id(),
                patient_id=patient_id,
                visit_id=visit_id,
                invitation_id=invitation_id,
                recording_id=None,
                state=CaptureState.RECORDING.value,
                mime=clean_line(mime, 80),
                plan=plan.model_dump(mode="json"),
                cues={"cues": []},
                camera=_camera(camera or {}),
                parts=0,
                size_bytes=0,
                created_at=now(),
                updated_at=now(),
                seen_at=None,
            )
            session.add(row)
            self._note(session, "create", "capture", row.id, visit=visit_id, invitation=invitation_id)
            return _capture(row)

    def append_part(self, capture_id: str, number: int, data: bytes, limits: VideoLimits) -> Capture:
        """Write the next part behind those that are there, and flush it to the disk before it is counted.

        The last part may come again when its answer was lost: it is written once.

        Raises:
            CaptureError: ``code`` is "order" for a part that is not the next one, "too_large" over a limit, "not_a_video" for a
                first part that is no video, "state" when the capture is finished.
            HemifaceError: unknown capture, disk full.
        """
        with self.database.write() as session:
            row = find(session, CaptureRow, capture_id, "recording")
            arrived = self._arrived(capture_id)
            if row.state != CaptureState.RECORDING.value:
                raise CaptureError("This recording has ended.", code="state")
            if number == row.parts - 1 and arrived.ends_with(data, row.size_bytes):
                return _capture(row)
            if number != row.parts:
                raise CaptureError(f"Part {row.parts} is expected, not part {number}.", code="order")
            self._check_part(row, data, limits)
            arrived.append(data, row.size_bytes)
            row.parts += 1
            row.size_bytes += len(data)
            row.updated_at = now()
            return _capture(row)

    def _check_part(self, row: CaptureRow, data: bytes, limits: VideoLimits) -> None:
        if not data:
            raise CaptureError("A part must not be empty.", code="empty")
        if len(data) > MOST_PART_BYTES or row.size_bytes + len(data) > limits.max_bytes:
            raise CaptureError(f"A recording may have at most {limits.max_bytes / 1e6:.0f} MB.", code="too_large")
        if row.parts >= MOST_PARTS_A_SECOND * limits.max_duration_s:
            raise CaptureError(
                f"A recording may be at most {limits.max_duration_s / 60:g} minutes long.", code="too_large"
            )
        if row.parts == 0 and not is_recording(data):
            raise CaptureError("This is not a video recording.", code="not_a_video")

    def save_cues(self, capture_id: str, cues: Sequence[Cue]) -> None:
        """Keep the cues so far, so that a recording that breaks off has them."""
        with self.database.write() as session:
            row = find(session, CaptureRow, capture_id, "recording")
            if row.state != CaptureState.RECORDING.value:
                raise CaptureError("This recording has ended.", code="state")
            row.cues = CueSheet(cues=tuple(cues)).model_dump(mode="json")

    @_waits_its_turn
    def finish_capture(
        self,
        capture_id: str,
        *,
        parts: int | None = None,
        cues: Sequence[Cue] | None = None,
        camera: Mapping[str, Any] | None = None,
    ) -> Capture:
        """Make what has arrived whole (core.video.repair); finishing twice is allowed.

        Args:
            capture_id: of a capture with at least one part.
            parts: how many the browser sent, when it says so; fewer on the disk are refused.
            cues: all cues; those that were saved before when None.
            camera: what the browser found out about the camera by the end.

        Raises:
            CaptureError: "order" when parts are missing, "empty" when there are none.
            VideoError: nothing can be read of it.
            HemifaceError: unknown capture, disk full.
        """
        capture = self.capture(capture_id)
        if capture.state is not CaptureState.RECORDING:
            return capture
        if parts is not None and parts != capture.parts:
            raise CaptureError(f"{capture.parts} of {parts} parts have arrived.", code="order")
        if not capture.parts:
            raise CaptureError("Nothing was recorded.", code="empty")
        arrived = self._arrived(capture_id)
        damaged = arrived.make_whole(capture.size_bytes)
        with self.database.write() as session:
            row = find(session, CaptureRow, capture_id, "recording")
            row.state = CaptureState.FINISHED.value
            row.updated_at = now()
            if cues is not None:
                row.cues = CueSheet(cues=tuple(cues)).model_dump(mode="json")
            broke_off = parts is None or damaged
            row.camera = {**row.camera, **_camera(camera or {}), "broke_off": broke_off}
            finished = _capture(row)
        arrived.remove_parts()
        return finished

    def capture_media(self, capture: Capture) -> Path:
        """The whole file of a finished capture; raises HemifaceError when it is not there."""
        media = self._arrived(capture.id).media()
        if media is None:
            raise not_found("recording")
        return media

    @_waits_its_turn
    def keep_capture(
        self, capture_id: str, limits: VideoLimits, *, day: date | None = None, label: str = ""
    ) -> Recording:
        """Make a finished capture a confirmed recording with its cues as segments; keeping twice gives the same recording.

        Args:
            capture_id: of a finished capture.
            limits: what is accepted as a video.
            day, label: of the visit that is made for a capture without one.

        Raises:
            CaptureError: it is not finished.
            VideoError: it cannot be analysed, e.g. too short.
            HemifaceError: unknown capture, disk full.
        """
        from core.video.probe import probe_video

        capture = self.capture(capture_id)
        if capture.state is CaptureState.KEPT and capture.recording_id is not None:
            return self.recording(capture.recording_id)
        if capture.state is not CaptureState.FINISHED:
            raise CaptureError("This recording has not ended.", code="state")
        media = self.capture_media(capture)
        probe = probe_video(media, limits)
        broke_off = bool(capture.camera.get("broke_off"))
        facts = {**asdict(probe), "capture": {"mime": capture.mime, **capture.camera}}
        facts["complete"] = probe.complete and not broke_off
        visit_id = capture.visit_id or self._visit_of(capture, day or now().date(), label)
        recording = self.add_recording(
            visit_id,
            media,
            capture_title(capture.plan),
            kind=RecordingKind.EXAM,
            mirrored=False,
            affected_side=self._known_side(capture.patient_id),
            facts=facts,
            confirmed=True,
        )
        segments = cue_segments(capture.cues, probe.duration_s)
        if segments:
            self.save_segments(recording.id, segments)
        with self.database.write() as session:
            row = find(session, CaptureRow, capture_id, "recording")
            row.state, row.recording_id, row.visit_id = CaptureState.KEPT.value, recording.id, visit_id
            self._note(session, "keep", "capture", capture_id, recording=recording.id, invitation=row.invitation_id)
        self.files.remove_capture(capture_id)
        return recording

    def discard_capture(self, capture_id: str) -> None:
        """Erase a capture that is not kept; nothing happens when it is gone already."""
        with self.database.write() as session:
            row = session.get(CaptureRow, capture_id)
            if row is not None and row.state == CaptureState.KEPT.value:
                raise CaptureError("This recording is part of a visit; delete it there.", code="state")
            if row is not None:
                session.execute(delete(CaptureRow).where(CaptureRow.id == capture_id))
                self._note(session, "delete", "capture", capture_id)
        self.files.remove_capture(capture_id)

    def capture(self, capture_id: str) -> Capture:
        """One capture; raises HemifaceError when unknown."""
        with self.database.read() as session:
            return _capture(find(session, CaptureRow, capture_id, "recording"))

    def captures(
        self,
        *,
        visit_id: str | None = None,
        invitation_id: str | None = None,
        state: CaptureState | None = None,
    ) -> list[Capture]:
        """Captures of a visit or an invitation, or all, in one state or in any; oldest first."""
        query = select(CaptureRow).order_by(CaptureRow.created_at, CaptureRow.id)
        for column, value in (
            (CaptureRow.visit_id, visit_id),
            (CaptureRow.invitation_id, invitation_id),
            (CaptureRow.state, state.value if state else None),
        ):
            if value is not None:
                query = query.where(column == value)
        with self.database.read() as session:
            return [_capture(row) for row in session.scalars(query)]

    def home_recordings(self, *, unseen: bool = True, limit: int = 200) -> list[Capture]:
        """Recordings that patients sent from home, newest first; only those nobody has taken note of, or all."""
        query = select(CaptureRow).where(
            CaptureRow.invitation_id.is_not(None), CaptureRow.state == CaptureState.KEPT.value
        )
        if unseen:
            query = query.where(CaptureRow.seen_at.is_(None))
        with self.database.read() as session:
            return [_capture(row) for row in session.scalars(query.order_by(CaptureRow.updated_at.desc()).limit(limit))]

    def note_seen(self, capture_id: str) -> None:
        """A clinician took note of a home recording."""
        with self.database.write() as session:
            find(session, CaptureRow, capture_id, "recording").seen_at = now()
            self._note(session, "seen", "capture", capture_id)

    def _arrived(self, capture_id: str) -> CaptureFolder:
        return CaptureFolder(self.files.captures / capture_id)

    def _visit_of(self, capture: Capture, day: date, label: str) -> str:
        """A visit of the day for a capture without one: the one that an earlier recording of the same day went to, or a new one."""
        with self.database.write() as session:
            query = select(VisitRow.id).where(
                VisitRow.patient_id == capture.patient_id, VisitRow.day == day, VisitRow.label == clean_line(label)
            )
            found = session.scalars(query.limit(1)).first()
            if found is not None:
                return found
            row = VisitRow(
                id=new_id(),
                patient_id=capture.patient_id,
                day=day,
                label=clean_line(label),
                notes="",
                created_at=now(),
            )
            session.add(row)
            self._note(session, "create", "visit", row.id, patient=capture.patient_id)
            return row.id

    def _known_side(self, patient_id: str) -> AffectedSide:
        with self.database.read() as session:
            return AffectedSide(find(session, PatientRow, patient_id, "patient").affected_side)


def capture_title(plan: ExamPlan) -> str:
    """What a recording made in the browser is called, e.g. ``"Guided recording, core 9"``."""
    movements = [expression for expression in plan.expressions if expression is not Expression.REST]
    if len(movements) == 1:
        return f"Guided recording, {movements[0].label[0].lower()}{movements[0].label[1:]}"
    protocol = plan.protocol.label.split(":")[0].lower()
    return (
        f"Guided recording, {protocol}"
        if protocol != "my own order"
        else f"Guided recording, {len(movements)} movements"
    )


def dropped_movements(cues: Sequence[Cue]) -> list[Expression]:
    """Movements that were asked for and never performed to their end, each once."""
    done = {cue.expression for cue in cues if cue.outcome is CueOutcome.DONE}
    return [e for e in dict.fromkeys(cue.expression for cue in cues) if e not in done and e is not Expression.REST]


def _camera(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser may tell of its camera: numbers, and one short text; never its name, which can be a person's."""
    kept: dict[str, Any] = {}
    for key in _CAMERA_KEYS:
        value = told.get(key)
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float) and abs(value) < 1e6:
            kept[key] = value
        elif key == "user_agent" and isinstance(value, str):
            kept[key] = clean_line(value, 200)
    return kept


def _capture(row: CaptureRow) -> Capture:
    return Capture(
        id=row.id,
        patient_id=row.patient_id,
        visit_id=row.visit_id,
        invitation_id=row.invitation_id,
        recording_id=row.recording_id,
        state=CaptureState(row.state),
        mime=row.mime,
        plan=ExamPlan.model_validate(row.plan),
        cues=CueSheet.model_validate(row.cues).cues,
        camera=row.camera,
        parts=row.parts,
        size_bytes=row.size_bytes,
        created_at=row.created_at,
        updated_at=row.updated_at,
        seen_at=row.seen_at,
    )
