"""Treatments, the clinician's judgements, totals of questionnaires, and summaries of analyses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_tables()
    # A treatment is withdrawn, a judgement and a total are followed by newer ones: what was entered stays as it was.
    _refuse_changes("treatments", "id, patient_id, day, kind, description, sites, who, created_at")
    _refuse_changes("judgements", "id, visit_id, item, version, value, comment, who, created_at")
    _refuse_changes("prom_totals", "id, visit_id, instrument, version, totals, who, created_at")
    _refuse_deletions("treatments", "patients", "patient_id")
    _refuse_deletions("judgements", "visits", "visit_id")
    _refuse_deletions("prom_totals", "visits", "visit_id")
    _keep_analysis_of_judgements()


def _create_tables() -> None:
    op.create_table(
        "treatments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name=op.f("fk_treatments_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatments")),
    )
    op.create_index(op.f("ix_treatments_patient_id"), "treatments", ["patient_id"], unique=False)
    op.create_table(
        "judgements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("analysis_id", sa.String(length=32), nullable=True),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_judgements_visit_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.id"], name=op.f("fk_judgements_analysis_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
        sa.UniqueConstraint("visit_id", "item", "version", name="uq_judgements_version"),
    )
    op.create_index(op.f("ix_judgements_analysis_id"), "judgements", ["analysis_id"], unique=False)
    op.create_table(
        "prom_totals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("visit_id", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_prom_totals_visit_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prom_totals")),
        sa.UniqueConstraint("visit_id", "instrument", "version", name="uq_prom_totals_version"),
    )
    op.create_table(
        "analysis_summaries",
        sa.Column("analysis_id", sa.String(length=32), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.id"], name=op.f("fk_analysis_summaries_analysis_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("analysis_id", name=op.f("pk_analysis_summaries")),
    )


def _refuse_changes(table: str, columns: str) -> None:
    """Every UPDATE that names one of the columns is refused; the others may change."""
    words = f"{table} are never changed"
    if _is_postgresql():
        _function(f"refuse_{table}_change", f"RAISE EXCEPTION '{words}'")
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_{table}_change()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def _refuse_deletions(table: str, parent: str, column: str) -> None:
    """Rows go only together with what they belong to: when the cascade reaches them, that is gone already."""
    words = f"{table} are never deleted alone"
    if _is_postgresql():
        _function(
            f"refuse_{table}_deletion",
            f"IF EXISTS (SELECT 1 FROM {parent} WHERE id = OLD.{column}) THEN RAISE EXCEPTION '{words}'; END IF; "
            "RETURN OLD",
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_{table}_deletion()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {parent} WHERE id = OLD.{column}) "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def _keep_analysis_of_judgements() -> None:
    """A judgement forgets its analysis only when that is deleted."""
    words = "judgements are never changed"
    still_there = "NEW.analysis_id IS NOT NULL OR EXISTS (SELECT 1 FROM analyses WHERE id = OLD.analysis_id)"
    if _is_postgresql():
        _function("refuse_judgements_move", f"IF {still_there} THEN RAISE EXCEPTION '{words}'; END IF; RETURN NEW")
        op.execute(
            "CREATE TRIGGER judgements_no_move BEFORE UPDATE OF analysis_id ON judgements "
            "FOR EACH ROW EXECUTE FUNCTION refuse_judgements_move()"
        )
        return
    op.execute(
        f"CREATE TRIGGER judgements_no_move BEFORE UPDATE OF analysis_id ON judgements WHEN {still_there} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
