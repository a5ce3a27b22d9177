"""`flask user`: accounts from the command line."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from portal.accounts import services
from portal.accounts.models import Department
from portal.accounts.queries import person_by_login
from portal.core.errors import Invalid, PortalError
from portal.core.messages import N_
from portal.core.permissions import Level, Role
from portal.http.command import fail, running_parts

user = AppGroup("user", help="Accounts.")


@user.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), required=True)
@click.option("--department", required=True, help="Name of the department; made when there is none of that name.")
@click.option("--clearance", type=click.Choice([level.value for level in Level]), default="general", show_default=True)
@click.option("--display-name", default="", help="The person's name as others read it; the log-in name by default.")
@click.option("--email", default="")
@click.option("--language", type=click.Choice(["en", "es", "zh"]), default="en", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_appcontext
def add(
    name: str,
    roles: tuple[str, ...],
    department: str,
    clearance: str,
    display_name: str,
    email: str,
    language: str,
    password_stdin: bool,
) -> None:
    """Add the account NAME; the password is asked for, or read with --password-stdin."""
    password = _ask_password(password_stdin)
    try:
        with running_parts().writing() as work:
            place = work.session.scalar(select(Department).where(Department.name == department))
            place = place or services.add_department(work, department)
            person = services.add_person(
                work,
                login=name,
                name=display_name or name,
                password=password,
                roles=[Role(role) for role in roles],
                department_id=place.id,
                clearance=Level(clearance),
                language=language,
                email=email,
                password_length=running_parts().policy(work.session).password_length,
            )
            login = person.login
    except PortalError as error:
        fail(error)
    click.echo(f"{login} can log in.")


@user.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_appcontext
def set_password(name: str, password_stdin: bool) -> None:
    """Give the account NAME a new password; it is asked for, or read with --password-stdin."""
    password = _ask_password(password_stdin)
    try:
        with running_parts().writing() as work:
            person = person_by_login(work.session, name)
            if person is None or person.departed_at is not None:
                raise Invalid(N_("There is nobody with the log-in name %(login)s."), login=name)
            least = running_parts().policy(work.session).password_length
            services.reset_password(work, person, password, least=least)
    except PortalError as error:
        fail(error)
    click.echo(f"{name} has a new password; every open log-in has ended.")


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
