"""Run migrations on an engine."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Engine

from portal.migrations import alembic_config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`."""
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision` ("base" for empty)."""
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
