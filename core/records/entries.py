"""What the store hands out: frozen copies of rows, free of the database they came from. Times are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from core.errors import InputError
from core.exam.guide import Cue, CueOutcome, ExamPlan
from core.exam.protocol import Expression
from core.exam.segments import Segment
from core.records.text import clean_line, clean_note
from core.words import AffectedSide

CAUSES: tuple[str, ...] = (
    "Bell's palsy (idiopathic)",
    "Herpes zoster oticus (Ramsay Hunt)",
    "Vestibular schwannoma or its surgery",
    "Parotid tumour or its surgery",
    "Trauma",
    "Lyme disease",
    "Congenital",
    "Stroke (central)",
    "Other",
)
"""Offered when a patient is entered; any other wording may be typed."""

_EARLIEST_YEAR = 1900


class RecordingKind(StrEnum):
    """What one recording holds."""

    EXAM = "exam"
    """Several expressions one after the other."""
    SINGLE = "single"
    """One expression for its whole length."""


class JobState(StrEnum):
    """Life of a job: queued -> running -> done, failed or cancelled; interrupted when its server died."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def active(self) -> bool:
        return self in (JobState.QUEUED, JobState.RUNNING)


class PatientSort(StrEnum):
    """Orders of the patient list."""

    LAST_VISIT = "last visit"
    NAME = "name"
    RECORD_NUMBER = "record number"
    CREATED = "entered"


@dataclass(frozen=True)
class PatientDetails:
    """What a clinician enters for a patient.

    Attributes:
        name: name or pseudonym, needed.
        record_number: the clinic's own number, may be empty.
        birth_year: year of birth or None.
        affected_side: if known; UNDETERMINED is unknown.
        cause: of the palsy, free text, may be empty.
        onset: day on which it began, or None.
        notes: free text.
        simulated: a phantom or a warped portrait, not a patient.
    """

    name: str
    record_number: str = ""
    birth_year: int | None = None
    affected_side: AffectedSide = AffectedSide.UNDETERMINED
    cause: str = ""
    onset: date | None = None
    notes: str = ""
    simulated: bool = False

    def checked(self) -> PatientDetails:
        """The same with cleaned texts; raises InputError for what cannot be right, its sentence may be shown."""
        details = replace(
            self,
            name=clean_line(self.name),
            record_number=clean_line(self.record_number, 60),
            cause=clean_line(self.cause),
            notes=clean_note(self.notes),
        )
        today = datetime.now(UTC).date()
        if not details.name:
            raise InputError("A patient needs a name or a pseudonym.", code="patient_name")
        year, onset = details.birth_year, details.onset
        if year is not None and not _EARLIEST_YEAR <= year <= today.year:
            raise InputError(
                f"The year of birth must lie between {_EARLIEST_YEAR} and {today.year}.", code="patient_birth_year"
            )
        # A clinic east of Greenwich may already be one day ahead of UTC.
        if onset is not None and onset.toordinal() > today.toordinal() + 1:
            raise InputError("The day of onset lies in the future.", code="patient_onset")
        if onset is not None and year is not None and onset.year < year:
            raise InputError("The day of onset lies before the year of birth.", code="patient_onset")
        return details


@dataclass(frozen=True)
class Patient:
    """A patient: ``details`` as entered, with the store's id and times."""

    id: str
    details: PatientDetails
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return self.details.name

    @property
    def simulated(self) -> bool:
        return self.details.simulated


@dataclass(frozen=True)
class PatientSummary:
    """One row of the patient list; ``exams`` counts recordings that have at least one analysis."""

    patient: Patient
    visits: int
    recordings: int
    exams: int
    last_visit: date | None


@dataclass(frozen=True)
class PatientList:
    """One page of the patient list; ``total`` counts all that match the search."""

    rows: list[PatientSummary]
    total: int


@dataclass(frozen=True)
class Visit:
    """One day on which a patient was examined; several recordings may belong to it."""

    id: str
    patient_id: str
    day: date
    label: str
    notes: str
    created_at: datetime

    @property
    def title(self) -> str:
        """Date and label for headings, e.g. ``"12 Mar 2026 · 3 months after onset"``."""
        day = f"{self.day.day} {self.day:%b %Y}"
        return f"{day} · {self.label}" if self.label else day


@dataclass(frozen=True)
class VisitSummary:
    """A visit with its numbers: recordings, those not yet confirmed (orientation), those with an analysis."""

    visit: Visit
    recordings: int
    unconfirmed: int
    exams: int


@dataclass(frozen=True)
class Recording:
    """One video of one visit.

    Attributes:
        kind: whole exam or one expression.
        expression: the expression of a SINGLE recording, else None.
        original_name: cleaned name for showing; never used for storage.
        path: relative to the data folder, with forward slashes.
        sha256: hexadecimal hash of the file.
        mirrored: the camera app mirrored it; it is flipped when it is read.
        affected_side: given to the analysis; UNDETERMINED is unknown.
        facts: what the probe found (duration_s, width, height, fps, codec ...).
        confirmed: a person confirmed its orientation; unconfirmed recordings are not analysed.
        simulated: its patient is a simulated one.
    """

    id: str
    visit_id: str
    patient_id: str
    kind: RecordingKind
    expression: Expression | None
    original_name: str
    path: str
    sha256: str
    size_bytes: int
    mirrored: bool
    affected_side: AffectedSide
    facts: Mapping[str, Any]
    confirmed: bool
    simulated: bool
    created_at: datetime

    @property
    def title(self) -> str:
        """What to call it in headings: the expression of a single clip, else the file's name."""
        return self.expression.label if self.expression else self.original_name

    @property
    def duration_s(self) -> float | None:
        """Seconds, as the probe found them."""
        return self.facts.get("duration_s")

    @property
    def fps(self) -> float | None:
        """Frames a second on average, as the probe found them."""
        packets, duration = self.facts.get("packets"), self.duration_s
        return packets / duration if packets and duration else None


@dataclass(frozen=True)
class SegmentSet:
    """One version of a recording's segments; a correction makes a new version and keeps the old ones."""

    recording_id: str
    version: int
    segments: list[Segment]
    who: str
    created_at: datetime


@dataclass(frozen=True)
class Analysis:
    """One analysis of one recording; never overwritten.

    Attributes:
        options: how it was asked for (tracker, mirror averaging, side ...).
        segments_version: version of the SegmentSet it used, None when it proposed segments itself.
        folder: relative to the data folder; holds result.json, track.npz, measures.csv and, if made, curves.npz.
        hashes: file name -> sha256 in hexadecimal.
    """

    id: str
    recording_id: str
    created_at: datetime
    software_version: str
    tracker_name: str
    tracker_version: str
    weights_sha256: str
    options: Mapping[str, Any]
    segments_version: int | None
    folder: str
    hashes: Mapping[str, str]


class CaptureState(StrEnum):
    """Life of a recording that a browser makes: recording -> finished -> kept; what nobody keeps is deleted."""

    RECORDING = "recording"
    """Parts arrive, or have stopped arriving."""
    FINISHED = "finished"
    """Stopped in order; its file is whole and waits to be sent or kept."""
    KEPT = "kept"
    """It is a recording of a visit now."""


@dataclass(frozen=True)
class Capture:
    """A recording that a browser is making or made.

    Attributes:
        visit_id: where it goes when it is kept; None at home, where the visit is made when it is sent.
        invitation_id: the invitation it was made by, None in the clinic.
        recording_id: what it became.
        mime: container and codec as the browser named them.
        plan: what was asked for.
        cues: when it was asked for, in seconds from the start.
        camera: what the browser tells of its camera: width, height, frames a second.
        parts, size_bytes: what has arrived.
        updated_at: when the last part came.
        seen_at: when a clinician took note of a home recording.
    """

    id: str
    patient_id: str
    visit_id: str | None
    invitation_id: str | None
    recording_id: str | None
    state: CaptureState
    mime: str
    plan: ExamPlan
    cues: tuple[Cue, ...]
    camera: Mapping[str, Any]
    parts: int
    size_bytes: int
    created_at: datetime
    updated_at: datetime
    seen_at: datetime | None

    @property
    def performed(self) -> int:
        """Movements that were asked for and performed to their end."""
        return sum(cue.outcome is CueOutcome.DONE and cue.expression is not Expression.REST for cue in self.cues)


@dataclass(frozen=True)
class Invitation:
    """A link with which a patient records at home; the token in the link is known to nobody but the link.

    Attributes:
        plan: what is asked for.
        message: the clinician's words to the patient.
        language: of the first page, "" is the browser's.
        sent: recordings that came by it.
        opened_at: when the link was first opened.
    """

    id: str
    patient_id: str
    plan: ExamPlan
    message: str
    language: str
    expires_at: datetime
    max_recordings: int
    sent: int
    who: str
    created_at: datetime
    revoked_at: datetime | None
    opened_at: datetime | None

    def usable(self, at: datetime) -> bool:
        """Whether a recording can be sent with it at this time."""
        return self.revoked_at is None and at < self.expires_at and self.sent < self.max_recordings


@dataclass(frozen=True)
class Job:
    """Long work in a child process.

    Attributes:
        kind: "analyse" (a recording), "check" (a quick look at its movements), "convert" (a copy of it for the browser) or "demo"
            (the demo patients).
        progress: 0 to 1, or None before the first report.
        stage: what it is doing, in words.
        error: one sentence when it failed, with ``hint`` what to try.
        analysis_id: what it made.
    """

    id: str
    kind: str
    state: JobState
    patient_id: str | None
    visit_id: str | None
    recording_id: str | None
    options: Mapping[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    frames_done: int = 0
    frames_total: int | None = None
    seconds_left: float | None = None
    stage: str = ""
    error: str = ""
    hint: str = ""
    analysis_id: str | None = None
    pid: int | None = None
    server: str = ""
    heartbeat_at: datetime | None = field(default=None)

    @property
    def progress(self) -> float | None:
        if not self.frames_total:
            return None
        return min(1.0, self.frames_done / self.frames_total)


@dataclass(frozen=True)
class AuditEvent:
    """Who did what, when; holds ids, no names."""

    number: int
    at: datetime
    who: str
    action: str
    subject: str
    subject_id: str
    details: Mapping[str, Any]
