"""Landmarks corrected by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "landmark_sets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recording_id", sa.String(length=32), nullable=False),
        sa.Column("frame_index", sa.Integer(), nullable=False),
        sa.Column("frame_time_s", sa.Double(), nullable=False),
        sa.Column("frame_sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("annotator", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("visible", sa.JSON(), nullable=False),
        sa.Column("tracker_name", sa.String(length=80), nullable=False),
        sa.Column("tracker_version", sa.String(length=120), nullable=False),
        sa.Column("weights_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_landmark_sets_recording_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_landmark_sets")),
        sa.UniqueConstraint("recording_id", "frame_index", "annotator", "version", name="uq_landmark_sets_version"),
    )
    _refuse_changes()


def _refuse_changes() -> None:
    """What a person placed is never changed: a correction is a new row. Rows go only with their recording."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_landmark_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'landmark sets are never changed'; END $$"
        )
        op.execute(
            "CREATE TRIGGER landmark_sets_no_update BEFORE UPDATE ON landmark_sets "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_landmark_change()"
        )
        return
    op.execute(
        "CREATE TRIGGER landmark_sets_no_update BEFORE UPDATE ON landmark_sets "
        "BEGIN SELECT RAISE(ABORT, 'landmark sets are never changed'); END"
    )
