"""`flask demo`: makes the demonstration archive in an empty data folder."""

from __future__ import annotations

from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from portal.core.errors import PortalError
from portal.demonstration.archive import demonstration_archive
from portal.demonstration.fill import check_fillable, fill
from portal.demonstration.log_ins import log_in_sheet
from portal.demonstration.reading import read_what_is_quick
from portal.http.command import fail, running_parts
from portal.queue import WorkQueues
from portal.server import check_schema

SHEET = "demonstration"
"""File in the data folder with the log-ins; that it is there says that the archive was made."""


@click.command("demo")
@click.option(
    "--today",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day the archive is made for (YYYY-MM-DD): its dates count back from there. Today by default.",
)
@with_appcontext
def demo(day: datetime | None) -> None:
    """Fill an empty archive with an invented company, its clients, dossiers and papers, and print the log-ins."""
    parts = running_parts()
    settings = parts.settings
    if settings.production:
        fail(
            "The demonstration archive is never made in production (PORTAL_ENV=production): "
            "everybody in it has a password that anyone can read."
        )
    check_schema()
    queues: WorkQueues = current_app.extensions["legajo_queues"]
    try:
        with parts.looking() as work:
            today = day.date() if day else work.today
            check_fillable(work, today)
        click.echo(f"Making the demonstration archive for {today.isoformat()} in {settings.data} ...")
        archive = demonstration_archive(today)
        filled = fill(parts, archive)
    except PortalError as error:
        fail(error)
    # From here on the archive is whole: a server reads, indexes and seals what this command does not get to.
    sheet = log_in_sheet(archive, f"http://{settings.host}:{settings.port}/")
    (settings.data / SHEET).write_text(sheet, encoding="utf-8")
    click.echo("Reading the documents that hold their text ...")
    read_what_is_quick(parts, queues, archive, filled)
    queues.seal()
    click.echo(sheet, nl=False)
