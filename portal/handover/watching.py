"""What a leaver looks at and takes with them, from the opening of the handover on: read off the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, select
from sqlalchemy.orm import Session

from portal.access.queries import known_to
from portal.clients.models import Client
from portal.core.messages import N_
from portal.core.permissions import Actor
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.handover.models import Handover

WATCHED = {
    "page:look": N_("Pages looked at"),
    "document:download": N_("Originals downloaded"),
    "arrival:look": N_("Arrivals looked at"),
    "outside_reader:look": N_("Papers of outside readers looked at"),
    "client:look": N_("Client looked at"),
    "report:print": N_("Reports printed"),
    "label:print": N_("Labels printed"),
    "slip:print": N_("Loan slips printed"),
    "letter:print": N_("Overdue letters printed"),
    "access:refused": N_("Attempts that were refused"),
}
"""The actions that are listed, with what they are called."""


@dataclass(frozen=True)
class Watched:
    """How often the leaver did one thing with one dossier, and when first and last. Unnamed: number and client ""."""

    action: str
    count: int
    first: datetime
    last: datetime
    dossier_id: int | None
    number: str
    client: str


def watched(session: Session, actor: Actor, handover: Handover, limit: int, offset: int = 0) -> list[Watched]:
    """What was done since the opening, newest first; dossiers the acting person may not know of are one line."""
    query = _grouped(actor, handover).order_by(func.max(TrailEntry.at).desc()).limit(limit).offset(offset)
    return [
        Watched(row.action, row.times, row.first, row.last, row.id, row.number or "", row.name or "")
        for row in session.execute(query)
    ]


def count_watched(session: Session, actor: Actor, handover: Handover) -> int:
    """How many lines `watched` has in all."""
    return session.scalar(select(func.count()).select_from(_grouped(actor, handover).subquery())) or 0


def totals(session: Session, handover: Handover) -> dict[str, int]:
    """How often each watched thing was done."""
    rows = session.execute(
        select(TrailEntry.action, func.count().label("times")).where(*_since(handover)).group_by(TrailEntry.action)
    )
    return {row.action: row.times for row in rows}


def _since(handover: Handover) -> tuple[ColumnElement[bool], ...]:
    clauses = [
        TrailEntry.actor_id == handover.person_id,
        TrailEntry.at >= handover.opened_at,
        TrailEntry.action.in_(WATCHED),
    ]
    if handover.closed_at is not None:
        clauses.append(TrailEntry.at <= handover.closed_at)
    return tuple(clauses)


def _grouped(actor: Actor, handover: Handover) -> Select[str, int, datetime, datetime, int, str | None, str]:
    return (
        select(
            TrailEntry.action,
            cast(func.count(), Integer).label("times"),
            func.min(TrailEntry.at).label("first"),
            func.max(TrailEntry.at).label("last"),
            Dossier.id,
            Dossier.number,
            Client.name,
        )
        .outerjoin(Dossier, and_(Dossier.id == TrailEntry.dossier_id, known_to(actor, Dossier)))
        .outerjoin(Client, Client.id == Dossier.client_id)
        .where(*_since(handover))
        .group_by(TrailEntry.action, Dossier.id, Dossier.number, Client.name)
    )
