"""`flask audit`: the trail from the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext

from portal.audit.names import FAULT_NAMES
from portal.core import trail
from portal.core.trail import Fault, Verification
from portal.http.command import running_parts

audit_commands = AppGroup("audit", help="The trail.")

_SHOWN = 20


@audit_commands.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@with_appcontext
def verify(as_json: bool) -> None:
    """Check that nobody rewrote the trail. Names the first broken entry; exit code 1 when there is one.

    Note the last hash down somewhere else: an end that was cut off can only be told from it.
    """
    with running_parts().looking() as work:
        found = trail.verify(work.session, work.trail_key, work.now)
    if as_json:
        _print_json(found)
    else:
        _print_text(found)
    if not found.sound:
        sys.exit(1)


def _print_json(found: Verification) -> None:
    outcome = {
        "sound": found.sound,
        "entries": found.entries,
        "seals": found.seals,
        "last_hash": found.last_hash,
        "faults": [asdict(fault) for fault in found.faults],
    }
    click.echo(json.dumps(outcome, ensure_ascii=False, indent=2))


def _print_text(found: Verification) -> None:
    click.echo(gettext("%(entries)s entries, %(seals)s seals.", entries=found.entries, seals=found.seals))
    click.echo(gettext("Last hash: %(hash)s", hash=found.last_hash))
    if found.sound:
        click.echo(gettext("The trail is sound."))
        return
    click.echo(gettext("First broken entry: %(fault)s", fault=_said(found.faults[0])), err=True)
    for fault in found.faults[1:_SHOWN]:
        click.echo(gettext("  also: %(fault)s", fault=_said(fault)), err=True)
    if len(found.faults) > _SHOWN:
        click.echo(gettext("  and %(count)s more (--json lists all).", count=len(found.faults) - _SHOWN), err=True)


def _said(fault: Fault) -> str:
    named: dict[str, object] = {
        "entry": fault.entry_id,
        "seal": fault.sequence,
        "fault": gettext(FAULT_NAMES[fault.kind]),
        "explanation": gettext(fault.explanation),
    }
    if fault.sequence is None:
        return gettext("%(entry)s: %(fault)s, %(explanation)s", **named)
    return gettext("%(entry)s, seal %(seal)s: %(fault)s, %(explanation)s", **named)
