"""`flask db`: the schema."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

from portal.extensions import db
from portal.migrations import newest_revision, present_revision
from portal.migrations.change import upgrade as upgrade_schema

db_commands = AppGroup("db", help="The database schema.")


@db_commands.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Bring the schema to the version this program expects. Safe to repeat."""
    before = present_revision(db.engine)
    upgrade_schema(db.engine)
    after = newest_revision()
    click.echo("The schema was already up to date." if before == after else f"The schema is now at {after}.")
