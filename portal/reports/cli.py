"""`flask reports`: reports from the command line."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from portal.config import LANGUAGES
from portal.core.errors import PortalError
from portal.database import begin_snapshot
from portal.http.command import actor_named, fail, running_parts
from portal.http.edge import translator
from portal.reports.periods import Period, PeriodKind
from portal.reports.regular.cli import due
from portal.reports.services.exporting import FileFormat, export_statistics, record_export
from portal.reports.statistics.counted import Audience

reports_commands = AppGroup("reports", help="Reports.")
reports_commands.add_command(due)


@reports_commands.group("make")
def make() -> None:
    """Make a report."""


@make.command("statistics")
@click.option("--as", "login", required=True, metavar="USER", help="Who makes the report: it is recorded.")
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "--audience",
    type=click.Choice([audience.value for audience in Audience]),
    help="Whom the figures are for. Unless told: for readers of core dossiers, where the user is cleared for them.",
)
@click.option("-o", "output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def statistics(login: str, first: datetime, last: datetime, language: str, audience: str | None, output: Path) -> None:
    """The period's statistics as PDF."""
    parts = running_parts()
    try:
        with parts.looking() as work:
            actor = actor_named(work.session, login)
        chosen = Audience(audience) if audience else Audience.CORE if actor.cleared_for_core else Audience.EVERYONE
        with parts.looking(actor) as work:
            begin_snapshot(work.session)
            file = export_statistics(
                work,
                chosen,
                period_from_to(first.date(), last.date()),
                FileFormat.PDF,
                language=language,
                translate=translator(language),
            )
        with parts.writing(actor) as work:
            record_export(work, file)
            output.write_bytes(file.content)
    except PortalError as error:
        fail(error)
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}")
    click.echo(f"{output}: {len(file.content)} bytes")


def period_from_to(first: date, last: date) -> Period:
    """The period between two days: a month, quarter, half-year or year where it is exactly one."""
    for kind in PeriodKind:
        period = Period.containing(kind, first)
        if kind is not PeriodKind.DAYS and (period.first, period.last) == (first, last):
            return period
    return Period(PeriodKind.DAYS, first, last)
