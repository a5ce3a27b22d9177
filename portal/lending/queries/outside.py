"""Papers of outside readers: seen by those who decide, by the host and by records staff."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session, contains_eager

from portal.access.queries import known_to
from portal.core.permissions import Actor, Permission
from portal.dossiers.models import Dossier
from portal.lending.models import Decision, OutsideReader, OutsideReaderPaper, Request, RequestLine
from portal.lending.queries.signing import awaiting


def paper_for(session: Session, actor: Actor, paper_id: int, today: date) -> OutsideReaderPaper | None:
    """A paper, if the actor may look at it."""
    return session.scalar(
        select(OutsideReaderPaper)
        .join(OutsideReader, OutsideReader.id == OutsideReaderPaper.outside_id)
        .options(contains_eager(OutsideReaderPaper.outside_reader))
        .where(OutsideReaderPaper.id == paper_id, _may_see_papers(actor, today))
    )


def may_see_papers(session: Session, actor: Actor, outside: OutsideReader, today: date) -> bool:
    """Whether the actor may look at the papers of this outside reader."""
    query = select(OutsideReader.id).where(OutsideReader.id == outside.id, _may_see_papers(actor, today))
    return session.scalar(query) is not None


def _may_see_papers(actor: Actor, today: date) -> ColumnElement[bool]:
    """WHERE clause over OutsideReader."""
    decided = exists().where(Decision.line_id == RequestLine.id, Decision.decided_by_id == actor.id)
    records = true() if actor.may(Permission.LOAN_ISSUE) else false()
    return exists(
        select(RequestLine.id)
        .join(Request, Request.id == RequestLine.request_id)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .where(
            Request.id == OutsideReader.request_id,
            known_to(actor, Dossier),
            or_(Request.filed_by_id == actor.id, awaiting(actor, today), decided, records),
        )
        .correlate(OutsideReader)
    )


def kept_contents(session: Session) -> set[str]:
    """Keys of everything the store keeps for outside readers: for ever, as the requests they belong to."""
    return set(session.scalars(select(OutsideReaderPaper.content_key)))
