"""Reading grants as the records manager oversees them, and how often each was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session, joinedload

from portal.access.models import ReadingGrant
from portal.access.queries import active_grant, known_to
from portal.accounts.models import Person
from portal.core.permissions import Actor
from portal.core.tables import UtcDateTime
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier


@dataclass(frozen=True)
class Looks:
    """How many page looks a grant has led to, and when the last one was."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True)
class GrantRow:
    """A grant with what a page says of it."""

    grant: ReadingGrant
    reader: Person
    dossier: Dossier
    looks: Looks
    open: bool
    """It opens something today."""


def all_grants(actor: Actor, today: date, *, only_open: bool) -> Select[ReadingGrant]:
    """Grants for dossiers the actor may know of, newest first, for a page of them."""
    query = (
        select(ReadingGrant)
        .join(Dossier, Dossier.id == ReadingGrant.dossier_id)
        .join(Person, Person.id == ReadingGrant.person_id)
        .where(known_to(actor, Dossier))
        .order_by(ReadingGrant.id.desc())
    )
    return query.where(active_grant(today), Person.departed_at.is_(None)) if only_open else query


def grant_for(session: Session, actor: Actor, grant_id: int) -> ReadingGrant | None:
    """The grant, if the actor may know of its dossier."""
    return session.scalar(
        select(ReadingGrant)
        .join(Dossier, Dossier.id == ReadingGrant.dossier_id)
        .where(ReadingGrant.id == grant_id, known_to(actor, Dossier))
    )


def grant_rows(session: Session, grants: Sequence[ReadingGrant], today: date, zone: ZoneInfo) -> Sequence[GrantRow]:
    """What a page says of these grants, in their order."""
    readers = _by_id(session, select(Person).where(Person.id.in_([grant.person_id for grant in grants])))
    dossiers = session.scalars(
        select(Dossier)
        .where(Dossier.id.in_([grant.dossier_id for grant in grants]))
        .options(joinedload(Dossier.client))
    )
    by_dossier = {dossier.id: dossier for dossier in dossiers}
    looks = looks_under(session, grants, zone)
    return [
        GrantRow(
            grant,
            readers[grant.person_id],
            by_dossier[grant.dossier_id],
            looks.get(grant.id, Looks()),
            grant.ended_at is None and grant.until_date >= today and readers[grant.person_id].departed_at is None,
        )
        for grant in grants
    ]


def _by_id(session: Session, query: Select[Person]) -> dict[int, Person]:
    return {person.id: person for person in session.scalars(query)}


def looks_under(session: Session, grants: Sequence[ReadingGrant], zone: ZoneInfo) -> Mapping[int, Looks]:
    """How often pages were looked at under each grant: the reader's looks at the dossier while it was open."""
    if not grants:
        return {}
    spans = union_all(
        *(
            select(
                literal(grant.id).label("grant_id"),
                literal(grant.person_id).label("person_id"),
                literal(grant.dossier_id).label("dossier_id"),
                literal(grant.granted_at, UtcDateTime).label("since"),
                literal(_closes_at(grant, zone), UtcDateTime).label("until"),
            )
            for grant in grants
        )
    ).subquery()
    rows = session.execute(
        select(spans.c.grant_id, func.count(TrailEntry.id), func.max(TrailEntry.at))
        .join(
            TrailEntry,
            (TrailEntry.dossier_id == spans.c.dossier_id)
            & (TrailEntry.actor_id == spans.c.person_id)
            & (TrailEntry.at >= spans.c.since)
            & (TrailEntry.at < spans.c.until),
        )
        .where(TrailEntry.action == "page:look")
        .group_by(spans.c.grant_id)
    )
    return {grant_id: Looks(count, last) for grant_id, count, last in rows}


def _closes_at(grant: ReadingGrant, zone: ZoneInfo) -> datetime:
    """The moment from which the grant opens nothing any more."""
    midnight = datetime.combine(grant.until_date + timedelta(days=1), time.min, zone)
    return min(grant.ended_at, midnight) if grant.ended_at else midnight


def any_grant_of_departed(session: Session, today: date) -> bool:
    """Whether somebody who has left still has an open grant."""
    query = (
        select(ReadingGrant.id)
        .join(Person, Person.id == ReadingGrant.person_id)
        .where(Person.departed_at.is_not(None), active_grant(today))
    )
    return session.scalar(query.limit(1)) is not None
