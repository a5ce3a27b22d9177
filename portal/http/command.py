"""What commands share: the parts, the acting person named with --as, errors to stderr with exit code 1."""

from __future__ import annotations

import sys
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from portal.accounts.queries import actor_of, person_by_login
from portal.core.errors import Invalid, PortalError
from portal.core.messages import N_
from portal.core.permissions import Actor
from portal.http.edge import get_parts, translate
from portal.parts import Parts


def running_parts() -> Parts:
    """The parts of the application the command runs in."""
    return get_parts()


def fail(error: PortalError | str) -> NoReturn:
    """Say what is wrong on stderr and end with exit code 1."""
    if isinstance(error, PortalError):
        lines = [translate(error.message)]
        if isinstance(error, Invalid):
            lines += [f"  {name}: {translate(message)}" for name, message in error.fields.items()]
        error = "\n".join(lines)
    click.echo(f"Error: {error}", err=True)
    sys.exit(1)


def actor_named(session: Session, login: str) -> Actor:
    """The person a command acts as; raises Invalid for a name nobody has."""
    person = person_by_login(session, login)
    if person is None or person.departed_at is not None:
        raise Invalid(N_("There is nobody with the log-in name %(login)s."), login=login)
    return actor_of(session, person)
