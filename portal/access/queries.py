"""The three rights, as WHERE clauses over a mapped class: readable ⊆ findable ⊆ known, for everyone.

| right | what it opens |
|---|---|
| `known_to` | the register entry: client, number, department, on shelf or out |
| `findable_by` | a search match inside the text |
| `readable_by` | documents, pages, snippets, facets of documents, the client's fields beyond the name |

`access` knows dossiers and clients by table name only; the mapped classes come as arguments and need the
columns `id, client_id, level, state, department_id, opened_by_id` (dossiers) and `id` (clients).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from portal.access.models import ReadingGrant, Responsibility
from portal.accounts.models import Person
from portal.core.permissions import Actor, Level, Permission, Role

_OFFICIAL = "open"


def known_to(actor: Actor, dossier: Any) -> ColumnElement[bool]:
    """Dossiers whose register entry `actor` may see.

    General and important: every employee; core: only with core clearance. A dossier that is not official yet
    is known only to those who work on its opening.
    """
    if not actor.may(Permission.REGISTER_VIEW):
        return false()
    level = true() if actor.cleared_for_core else dossier.level != Level.CORE
    return and_(level, or_(dossier.state == _OFFICIAL, _works_on_opening(actor, dossier)))


def findable_by(actor: Actor, dossier: Any, today: date) -> ColumnElement[bool]:
    """Dossiers in whose text `actor` may have a search match."""
    return and_(
        known_to(actor, dossier),
        or_(dossier.level == Level.GENERAL, readable_by(actor, dossier, today)),
    )


def readable_by(actor: Actor, dossier: Any, today: date, *, grants: bool = True) -> ColumnElement[bool]:
    """Dossiers whose documents `actor` may see.

    The client's responsible employees, the heads of those employees' departments, the records department, and
    whoever holds a grant (for a core dossier: one that both head and records manager have signed). Without
    `grants`: those of them who may also work on the client, because a grant is for reading only.
    """
    return and_(
        known_to(actor, dossier),
        or_(
            true() if actor.may(Permission.CONTENTS_READ_ALL) else false(),
            responsible_for(actor, dossier.client_id, today),
            _heads_a_responsible(actor, dossier.client_id, today),
            _holds_grant(actor, dossier, today) if grants else false(),
            and_(dossier.state != _OFFICIAL, _works_on_opening(actor, dossier)),
        ),
    )


def responsible_for(actor: Actor, client_id: Any, today: date) -> ColumnElement[bool]:
    """Clients that `actor` looks after today."""
    return exists().where(
        Responsibility.client_id == client_id,
        Responsibility.person_id == actor.id,
        looks_after(today),
    )


def client_known_to(actor: Actor, client: Any, dossier: Any) -> ColumnElement[bool]:
    """Clients whose name `actor` may see: those with a dossier the person may know of.

    So a client with nothing but core dossiers is core itself, in the duplicate warning too.
    """
    return exists(select(dossier.id).where(dossier.client_id == client.id, known_to(actor, dossier)))


def client_readable_by(
    actor: Actor, client: Any, dossier: Any, today: date, *, grants: bool = True
) -> ColumnElement[bool]:
    """Clients whose fields beyond the name `actor` may see: those with a dossier the person may read."""
    readable = readable_by(actor, dossier, today, grants=grants)
    return exists(select(dossier.id).where(dossier.client_id == client.id, readable))


def active_grant(today: date) -> ColumnElement[bool]:
    """Grants that open something today."""
    return and_(ReadingGrant.ended_at.is_(None), ReadingGrant.until_date >= today)


def looks_after(today: date, row: Any = Responsibility) -> ColumnElement[bool]:
    """Responsibilities that hold on this day: the first day counts, the day of the end does not.

    `row`: the mapped class, or an alias of it.
    """
    return and_(row.from_date <= today, or_(row.until_date.is_(None), row.until_date > today))


def _works_on_opening(actor: Actor, dossier: Any) -> ColumnElement[bool]:
    if actor.may(Permission.CONTENTS_READ_ALL) or Role.GENERAL_MANAGER in actor.roles:
        return true()
    leads = actor.headed_departments | actor.deputised_departments
    return or_(dossier.opened_by_id == actor.id, dossier.department_id.in_(leads))


def _heads_a_responsible(actor: Actor, client_id: Any, today: date) -> ColumnElement[bool]:
    if not actor.headed_departments:
        return false()
    return exists().where(
        Responsibility.client_id == client_id,
        Responsibility.person_id == Person.id,
        Person.department_id.in_(actor.headed_departments),
        looks_after(today),
    )


def _holds_grant(actor: Actor, dossier: Any, today: date) -> ColumnElement[bool]:
    return exists().where(
        ReadingGrant.dossier_id == dossier.id,
        ReadingGrant.person_id == actor.id,
        active_grant(today),
        or_(dossier.level != Level.CORE, ReadingGrant.both_signed),
    )
