"""The three rights of a person as filters over the index's tokens, worked out from the database for each query.

They say for official dossiers exactly what `portal.access.queries` says (a property test holds the two
together); other dossiers are not in the index.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant, Responsibility
from portal.access.queries import active_grant, looks_after
from portal.accounts.models import Person
from portal.core.permissions import Actor, Level, Permission
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.search.rules import client_token, dossier_key, level_token
from search_index import Filter, Rights

_TokenSets = tuple[frozenset[str], ...]
_STALE = select(Dossier.id).where(
    or_(
        and_(Dossier.state == DossierState.OPEN, Dossier.rights_version != Dossier.indexed_rights),
        and_(Dossier.state != DossierState.OPEN, Dossier.indexed_rights != 0),
    )
)


def search_rights(session: Session, actor: Actor, today: date) -> Rights:
    """What of the index `actor` may know, find and read today."""
    if not actor.may(Permission.REGISTER_VIEW):
        return Rights(Filter.nothing(), Filter.nothing(), Filter.nothing())
    without = frozenset() if actor.cleared_for_core else frozenset({level_token(Level.CORE)})
    readable = _readable(session, actor, today)
    return Rights(
        known=Filter((frozenset(),), without),
        findable=Filter((frozenset({level_token(Level.GENERAL)}), *readable), without),
        readable=Filter(readable, without),
    )


def stale_dossiers(session: Session) -> frozenset[str]:
    """Tokens of dossiers of which the index may still tell by rights they no longer have.

    Those whose rights changed since they were indexed, and those never indexed or no longer official.
    """
    return frozenset(dossier_key(dossier_id) for dossier_id in session.scalars(_STALE))


def _readable(session: Session, actor: Actor, today: date) -> _TokenSets:
    if actor.may(Permission.CONTENTS_READ_ALL):
        return (frozenset(),)
    clients = (frozenset({client_token(client_id)}) for client_id in _clients(session, actor, today))
    return (*clients, *_granted(session, actor, today))


def _clients(session: Session, actor: Actor, today: date) -> list[int]:
    """Clients the person looks after, or somebody of a department the person heads."""
    of_actor = or_(Responsibility.person_id == actor.id, Person.department_id.in_(actor.headed_departments))
    return list(
        session.scalars(
            select(Responsibility.client_id)
            .join(Person, Person.id == Responsibility.person_id)
            .where(of_actor, looks_after(today))
            .distinct()
        )
    )


def _granted(session: Session, actor: Actor, today: date) -> _TokenSets:
    """A grant opens its dossier; one that only the head has signed opens it unless it is core."""
    grants = session.execute(
        select(ReadingGrant.dossier_id, ReadingGrant.both_signed)
        .where(ReadingGrant.person_id == actor.id, active_grant(today))
        .distinct()
    )
    sets: list[frozenset[str]] = []
    for dossier_id, both_signed in grants:
        token = dossier_key(dossier_id)
        if both_signed:
            sets.append(frozenset({token}))
        else:
            sets += [frozenset({token, level_token(level)}) for level in Level if level != Level.CORE]
    return tuple(sets)
