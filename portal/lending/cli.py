"""`flask lending`: what falls due, from the command line or from cron."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import AppGroup, with_appcontext

from portal.http.command import running_parts
from portal.lending.reminding import remind
from portal.lending.services.due_dates import LoansByCalendar
from portal.policy.queries import hold_calendar

lending_commands = AppGroup("lending", help="Loans and requests.")


@lending_commands.command("remind")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Another day than today.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def remind_all(day: datetime | None, as_json: bool) -> None:
    """Tell borrowers, heads, approvers and readers what is due; what has been told is not told again."""
    with running_parts().writing() as work:
        on = day.date() if day is not None else work.today
        told = remind(work, on)
    if as_json:
        click.echo(json.dumps({"on": on.isoformat(), **asdict(told), "notices": told.notices}))
        return
    click.echo(
        f"{on}: {told.notices} notices: {told.borrowers} to borrowers, {told.escalations} about late borrowers, "
        f"{told.signatures} to approvers, {told.grants} to readers."
    )


@lending_commands.command("due-dates")
@with_appcontext
def reckon_due_dates() -> None:
    """Reckon the due dates of open loans anew: after newer holiday data have been installed."""
    with running_parts().writing() as work:
        hold_calendar(work.session, to_change=True)
        moved = LoansByCalendar().move(work)
    click.echo(f"{moved} open loans have another due date now.")
