"""Reasons of withdrawals, and what patients have consented to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Withdrawals of earlier versions had no reason: it is empty there.
    op.add_column("treatments", sa.Column("withdrawn_reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("prom_totals", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name=op.f("fk_consents_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("patient_id", "subject", "version", name="uq_consents_version"),
    )
    _refuse("consents", "consents_no_update", "UPDATE")
    _refuse("prom_totals", "prom_totals_no_update_of_reason", "UPDATE OF reason")
    # A treatment is withdrawn once; who, when and why stay.
    _refuse(
        "treatments",
        "treatments_no_second_withdrawal",
        "UPDATE OF withdrawn_at, withdrawn_by, withdrawn_reason",
        "OLD.withdrawn_at IS NOT NULL",
    )
    _refuse_deletions_of_consents()


def _refuse(table: str, trigger: str, change: str, when: str = "") -> None:
    """A change of a row is refused; with ``when`` only where that holds."""
    condition = f"WHEN ({when}) " if when else ""
    if _is_postgresql():
        _function(f"refuse_{trigger}", f"RAISE EXCEPTION '{table} are never changed'")
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {change} ON {table} "
            f"FOR EACH ROW {condition}EXECUTE FUNCTION refuse_{trigger}()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {trigger} BEFORE {change} ON {table} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
    )


def _refuse_deletions_of_consents() -> None:
    """Consents go only together with their patient: when the cascade reaches them, that is gone already."""
    words = "consents are never deleted alone"
    still_there = "EXISTS (SELECT 1 FROM patients WHERE id = OLD.patient_id)"
    if _is_postgresql():
        body = f"IF {still_there} THEN RAISE EXCEPTION '{words}'; END IF; RETURN OLD"
        _function("refuse_consents_deletion", body)
        op.execute(
            "CREATE TRIGGER consents_no_delete BEFORE DELETE ON consents "
            "FOR EACH ROW EXECUTE FUNCTION refuse_consents_deletion()"
        )
        return
    op.execute(
        f"CREATE TRIGGER consents_no_delete BEFORE DELETE ON consents WHEN {still_there} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
