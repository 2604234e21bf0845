"""Alembic's entrance: runs within the transaction and connection that core.records.database opened."""

from alembic import context

from core.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite rolls back changes of the schema, too, when the transaction is opened by hand, as ours is.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
