"""Alembic migrations; core.records.database runs them when a database is opened."""
