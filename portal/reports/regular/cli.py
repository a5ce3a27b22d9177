"""`flask reports due`: the drafts of regular reports from cron."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import with_appcontext

from portal.http.command import fail, running_parts
from portal.reports.regular.services import make_due_drafts


@click.command("due")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="An earlier day than today.")
@with_appcontext
def due(day: datetime | None) -> None:
    """Make the drafts of regular reports that are due; what has been made is not made again."""
    with running_parts().writing() as work:
        on = day.date() if day is not None else work.today
        if on > work.today:
            fail(f"{on} is still to come: a draft is made once its period is over.")
        made = make_due_drafts(work, on)
    click.echo(f"{on}: {made} drafts made.")
