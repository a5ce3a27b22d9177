"""`flask reports`: reports from the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from portal.config import LANGUAGES
from portal.core.errors import PortalError
from portal.http.command import actor_named, fail, running_parts
from portal.http.edge import translator
from portal.reports.services import print_statistics

reports_commands = AppGroup("reports", help="Reports.")


@reports_commands.group("make")
def make() -> None:
    """Make a report."""


@make.command("statistics")
@click.option("--as", "login", required=True, metavar="USER", help="For whose eyes the figures are counted.")
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("-o", "output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def statistics(login: str, first: datetime, last: datetime, language: str, output: Path) -> None:
    """The period's statistics as PDF."""
    parts = running_parts()
    try:
        with parts.looking() as work:
            actor = actor_named(work.session, login)
        with parts.writing(actor) as work:
            pdf = print_statistics(work, first.date(), last.date(), language=language, translate=translator(language))
            output.write_bytes(pdf)
    except PortalError as error:
        fail(error)
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}")
    click.echo(f"{output}: {len(pdf)} bytes")
