"""Tables of the store (SQLAlchemy 2); core/records/migrations makes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, MetaData, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import String


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, kept as UTC without a zone so that SQLite and PostgreSQL sort them alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time needs its zone, got {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


# Named constraints: a later migration can only change what has a name.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own form


ID = String(32)


class PatientRow(Base):
    __tablename__ = "patients"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    record_number: Mapped[str] = mapped_column(String(60), index=True)
    search_text: Mapped[str] = mapped_column(Text)
    birth_year: Mapped[int | None]
    affected_side: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(120))
    onset: Mapped[date | None]
    notes: Mapped[str] = mapped_column(Text)
    simulated: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class VisitRow(Base):
    __tablename__ = "visits"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    label: Mapped[str] = mapped_column(String(120))
    notes: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class RecordingRow(Base):
    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    expression: Mapped[str | None] = mapped_column(String(32))
    original_name: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(String(200), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    mirrored: Mapped[bool]
    affected_side: Mapped[str] = mapped_column(String(16))
    facts: Mapped[dict[str, Any]]
    confirmed: Mapped[bool]
    created_at: Mapped[datetime]


class SegmentSetRow(Base):
    __tablename__ = "segment_sets"
    __table_args__ = (UniqueConstraint("recording_id", "version", name="uq_segment_sets_version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    version: Mapped[int]
    segments: Mapped[dict[str, Any]]
    who: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]


class AnalysisRow(Base):
    __tablename__ = "analyses"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    software_version: Mapped[str] = mapped_column(String(40))
    tracker_name: Mapped[str] = mapped_column(String(80))
    tracker_version: Mapped[str] = mapped_column(String(120))
    weights_sha256: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, Any]]
    segments_version: Mapped[int | None]
    folder: Mapped[str] = mapped_column(String(200), unique=True)
    hashes: Mapped[dict[str, Any]]


class JobRow(Base):
    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    patient_id: Mapped[str | None] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), index=True)
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), index=True)
    options: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    frames_done: Mapped[int] = mapped_column(default=0)
    frames_total: Mapped[int | None]
    seconds_left: Mapped[float | None]
    stage: Mapped[str] = mapped_column(String(120), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    analysis_id: Mapped[str | None] = mapped_column(ForeignKey("analyses.id", ondelete="SET NULL"))
    pid: Mapped[int | None]
    server: Mapped[str] = mapped_column(String(120), default="")
    heartbeat_at: Mapped[datetime | None]


class InvitationRow(Base):
    """A link for home recordings; the token itself is never stored."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    plan: Mapped[dict[str, Any]]
    message: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    expires_at: Mapped[datetime]
    max_recordings: Mapped[int]
    who: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]


class CaptureRow(Base):
    """A recording that a browser is making or made, before it becomes a recording of a visit."""

    __tablename__ = "captures"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"), index=True)
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    mime: Mapped[str] = mapped_column(String(80))
    plan: Mapped[dict[str, Any]]
    cues: Mapped[dict[str, Any]]
    camera: Mapped[dict[str, Any]]
    parts: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class LandmarkSetRow(Base):
    """Points that a person placed on one picture; a trigger made by the third migration refuses changes."""

    __tablename__ = "landmark_sets"
    __table_args__ = (
        UniqueConstraint("recording_id", "frame_index", "annotator", "version", name="uq_landmark_sets_version"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    frame_index: Mapped[int]
    frame_time_s: Mapped[float]
    frame_sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    annotator: Mapped[str] = mapped_column(String(120))
    version: Mapped[int]
    points: Mapped[list[list[float]]] = mapped_column(JSON)
    visible: Mapped[list[bool]] = mapped_column(JSON)
    tracker_name: Mapped[str] = mapped_column(String(80))
    tracker_version: Mapped[str] = mapped_column(String(120))
    weights_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class TreatmentRow(Base):
    """A treatment as entered; triggers of the fourth and fifth migration let it only be withdrawn, and that once."""

    __tablename__ = "treatments"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(24))
    description: Mapped[str] = mapped_column(Text)
    sites: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    who: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(120))
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="", server_default="")


class JudgementRow(Base):
    """What a clinician says of one item; triggers made by the fourth migration refuse changes and deletions."""

    __tablename__ = "judgements"
    __table_args__ = (UniqueConstraint("visit_id", "item", "version", name="uq_judgements_version"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"))
    analysis_id: Mapped[str | None] = mapped_column(ForeignKey("analyses.id", ondelete="SET NULL"), index=True)
    item: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    value: Mapped[float | str | None] = mapped_column(JSON(none_as_null=True))
    comment: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]


class PromTotalsRow(Base):
    """Totals of one questionnaire; triggers made by the fourth migration refuse changes and deletions."""

    __tablename__ = "prom_totals"
    __table_args__ = (UniqueConstraint("visit_id", "instrument", "version", name="uq_prom_totals_version"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"))
    instrument: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    totals: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    who: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]


class ConsentRow(Base):
    """What a patient consented to or not; triggers made by the fifth migration refuse changes and deletions."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("patient_id", "subject", "version", name="uq_consents_version"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    given: Mapped[bool]
    day: Mapped[date]
    note: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]


class AnalysisSummaryRow(Base):
    """The few numbers of an analysis that many patients are compared by; made again from result.json where it is missing."""

    __tablename__ = "analysis_summaries"

    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True)
    form: Mapped[int]
    content: Mapped[dict[str, Any]]


class AuditRow(Base):
    """Append-only: triggers made by the first migration refuse changes and deletions."""

    __tablename__ = "audit_events"
    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(64), index=True)
    details: Mapped[dict[str, Any]]
