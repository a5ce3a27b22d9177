"""Request lines as each person may see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union_all
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.access.models import ReadingGrant
from portal.access.queries import active_grant, known_to
from portal.accounts.models import Person
from portal.core.permissions import Actor, Permission
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.queries import in_shelf_order
from portal.dossiers.states import Custody
from portal.lending.models import Decision, OutsideReader, Request, RequestedVolume, RequestLine
from portal.lending.queries.signing import awaiting, not_lapsed, signs_as_head
from portal.lending.states import OPEN_LINE_STATES, LineState, RequestKind


def lines_to_list() -> Select[RequestLine]:
    """Request lines with what a list says of each: request, dossier, client, reader."""
    return (
        select(RequestLine)
        .join(Request, Request.id == RequestLine.request_id)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .options(
            contains_eager(RequestLine.request).joinedload(Request.outside),
            contains_eager(RequestLine.dossier).joinedload(Dossier.client),
            joinedload(RequestLine.reader),
        )
    )


def lines_with_volumes() -> Select[RequestLine]:
    """Request lines with that, who filed them and the volumes they ask for."""
    return lines_to_list().options(
        contains_eager(RequestLine.request).joinedload(Request.filed_by),
        selectinload(RequestLine.volumes).joinedload(RequestedVolume.volume),
    )


def own(actor: Actor) -> ColumnElement[bool]:
    """Lines the actor reads or filed."""
    return or_(RequestLine.reader_id == actor.id, Request.filed_by_id == actor.id)


def own_by_index(actor: Actor) -> ColumnElement[bool]:
    """The same lines, for lists of them alone: each half by its index, or every request of the house is looked at."""
    read = select(RequestLine.id).where(RequestLine.reader_id == actor.id)
    filed = select(RequestLine.id).join(Request, Request.id == RequestLine.request_id)
    return RequestLine.id.in_(union_all(read, filed.where(Request.filed_by_id == actor.id)))


def sees_all_requests(actor: Actor) -> bool:
    """The records department, and whoever gives second signatures, see every request that was sent."""
    return actor.may(Permission.LOAN_ISSUE) or actor.may(Permission.REQUEST_DECIDE_RECORDS)


def visible_to(actor: Actor, today: date) -> ColumnElement[bool]:
    """Lines whose page the actor may open.

    One's own, those of the people one signs for, those one decided, and all that were sent for records staff.
    """
    decided = exists().where(Decision.line_id == RequestLine.id, Decision.decided_by_id == actor.id)
    sent = RequestLine.state != LineState.DRAFT
    # Whatever waits for somebody's signature, or has one, was sent: no need to look for it among all.
    doors = [own(actor), awaiting(actor, today), decided, and_(sent, signs_as_head(actor))]
    if sees_all_requests(actor):
        doors = [own(actor), sent]
    return and_(known_to(actor, Dossier), or_(*doors))


def line_for(session: Session, actor: Actor, line_id: int, today: date, *, lock: bool = False) -> RequestLine | None:
    """The line, if the actor may open its page; `lock` keeps others from changing it until the commit."""
    query = lines_with_volumes().where(RequestLine.id == line_id, visible_to(actor, today))
    if lock:
        query = query.with_for_update(of=RequestLine, key_share=True).execution_options(populate_existing=True)
    return session.scalar(query)


def line_of_reader(session: Session, actor: Actor, line_id: int, reader_id: int) -> RequestLine | None:
    """A reader's line, locked, also a draft that nobody else may open, if `actor` may know of its dossier."""
    query = lines_with_volumes().where(
        RequestLine.id == line_id, RequestLine.reader_id == reader_id, known_to(actor, Dossier)
    )
    return session.scalar(query.with_for_update(of=RequestLine).execution_options(populate_existing=True))


def my_requests(actor: Actor) -> Select[RequestLine]:
    """What the person asked for, for themselves or for others, newest first, for a page of it."""
    return lines_to_list().where(own_by_index(actor), known_to(actor, Dossier)).order_by(RequestLine.id.desc())


def to_decide(actor: Actor, today: date) -> Select[RequestLine]:
    """What the person may sign now, oldest first, for a page of it."""
    return lines_to_list().where(awaiting(actor, today)).order_by(RequestLine.submitted_at, RequestLine.id)


def waiting_for_my_decision(
    session: Session, actor: Actor, today: date, *, limit: int | None = None
) -> Sequence[RequestLine]:
    """The same, or the first `limit` of it, with all that whoever signs should look at."""
    return session.scalars(
        lines_with_volumes()
        .options(
            selectinload(RequestLine.decisions).options(joinedload(Decision.decided_by), joinedload(Decision.comment)),
            joinedload(RequestLine.reader).joinedload(Person.department),
            contains_eager(RequestLine.request).joinedload(Request.outside).selectinload(OutsideReader.papers),
        )
        .where(awaiting(actor, today))
        .order_by(RequestLine.submitted_at, RequestLine.id)
        .limit(limit)
    ).all()


def all_requests(actor: Actor, today: date, states: Collection[LineState] = ()) -> Select[RequestLine]:
    """Every request the actor may open, newest first, for a page of them; `states` empty means any."""
    query = lines_to_list().where(visible_to(actor, today)).order_by(RequestLine.id.desc())
    if set(states) >= set(LineState) - {LineState.DRAFT}:
        # Not a list of states: sorting all requests by one after the other took over a second.
        return query.where(RequestLine.state != LineState.DRAFT)
    return query.where(RequestLine.state.in_(states)) if states else query


def requests_of_dossier(session: Session, actor: Actor, dossier_id: int, today: date) -> Sequence[RequestLine]:
    """Requests for one dossier that the actor may open, newest first."""
    return session.scalars(all_requests(actor, today).where(RequestLine.dossier_id == dossier_id)).all()


@dataclass(frozen=True)
class AskedOnce:
    """What can be asked for once at a time: the key of the partial unique index."""

    reader_id: int
    dossier_id: int
    kind: RequestKind
    visitor: str

    @classmethod
    def by(cls, line: RequestLine) -> AskedOnce:
        """What this line asks for."""
        return cls(line.reader_id, line.dossier_id, line.kind, line.visitor)


def open_line(session: Session, asked: AskedOnce) -> RequestLine | None:
    """The one open line that asks for this, lapsed or not."""
    return session.scalar(
        select(RequestLine).where(
            RequestLine.reader_id == asked.reader_id,
            RequestLine.dossier_id == asked.dossier_id,
            RequestLine.kind == asked.kind,
            RequestLine.visitor == asked.visitor,
            RequestLine.state.in_(OPEN_LINE_STATES),
        )
    )


def lines_that_missed(session: Session, volume_id: int) -> Sequence[RequestLine]:
    """Requests that ended because this volume was not found, oldest first, locked for a change."""
    return session.scalars(
        select(RequestLine)
        .join(RequestedVolume, RequestedVolume.line_id == RequestLine.id)
        .where(
            RequestLine.state == LineState.NOT_FOUND,
            RequestedVolume.volume_id == volume_id,
            RequestedVolume.outcome == "not_found",
        )
        .order_by(RequestLine.id)
        .with_for_update(of=RequestLine, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def missing_volumes(actor: Actor) -> Select[Volume]:
    """Volumes recorded as missing that the actor may know of, in shelf order, for a page of them."""
    return (
        select(Volume)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(Volume.custody == Custody.MISSING, known_to(actor, Dossier))
        .options(contains_eager(Volume.dossier).joinedload(Dossier.client))
        .order_by(*in_shelf_order())
    )


def any_lapsed(session: Session, today: date) -> bool:
    """Whether some request is past its last day and still open."""
    lapsed = select(RequestLine.id).where(~not_lapsed(today))
    return session.scalar(lapsed.limit(1)) is not None


def lapsed_lines(session: Session, today: date) -> Sequence[RequestLine]:
    """Open lines whose time is over, locked for the sweep; what another transaction holds is left for the next."""
    return session.scalars(
        select(RequestLine)
        .where(~not_lapsed(today))
        .order_by(RequestLine.id)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()


def my_grants(session: Session, actor: Actor, today: date) -> Sequence[tuple[ReadingGrant, Dossier]]:
    """Dossiers that a grant opens to the person today, the first to end on top."""
    rows = session.execute(
        select(ReadingGrant, Dossier)
        .join(Dossier, Dossier.id == ReadingGrant.dossier_id)
        .where(ReadingGrant.person_id == actor.id, active_grant(today), known_to(actor, Dossier))
        .options(joinedload(Dossier.client))
        .order_by(ReadingGrant.until_date, ReadingGrant.id)
    ).all()
    return [(grant, dossier) for grant, dossier in rows]


def grant_of(session: Session, actor: Actor, line: RequestLine) -> ReadingGrant | None:
    """The grant a request to read has led to, for the reader alone, while it opens something or has ended."""
    if line.grant_id is None or line.reader_id != actor.id:
        return None
    return session.get(ReadingGrant, line.grant_id)


def has_lapsed(line: RequestLine, today: date) -> bool:
    """Whether the line is open although its time is over; the sweep may not have run yet."""
    if line.state not in OPEN_LINE_STATES or line.expires_on is None or line.expires_on >= today:
        return False
    return not any(
        row.outcome == "wanted" and row.hold_until is not None and row.hold_until >= today for row in line.volumes
    )


def volumes_to_lend(session: Session, dossier_ids: Collection[int]) -> Sequence[Volume]:
    """The volumes of these dossiers that can be asked for."""
    return session.scalars(
        select(Volume)
        .where(Volume.dossier_id.in_(dossier_ids), Volume.custody != Custody.DISPOSED)
        .order_by(Volume.dossier_id, Volume.ordinal)
    ).all()
