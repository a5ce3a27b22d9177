"""Request lines as each person may see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
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
from portal.lending.states import OPEN_LINE_STATES, PAPER_KINDS, LineState, RequestKind

_WITH_ALL = (
    contains_eager(RequestLine.request).joinedload(Request.filed_by),
    contains_eager(RequestLine.request).joinedload(Request.outside),
    contains_eager(RequestLine.dossier).joinedload(Dossier.client),
    joinedload(RequestLine.reader),
    selectinload(RequestLine.volumes).joinedload(RequestedVolume.volume),
)


def _lines() -> Select[RequestLine]:
    return (
        select(RequestLine)
        .join(Request, Request.id == RequestLine.request_id)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .options(*_WITH_ALL)
    )


def own(actor: Actor) -> ColumnElement[bool]:
    """Lines the actor reads or filed."""
    return or_(RequestLine.reader_id == actor.id, Request.filed_by_id == actor.id)


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
    query = _lines().where(RequestLine.id == line_id, visible_to(actor, today))
    if lock:
        query = query.with_for_update(of=RequestLine).execution_options(populate_existing=True)
    return session.scalar(query)


def my_requests(session: Session, actor: Actor, *, limit: int = 200) -> Sequence[RequestLine]:
    """What the person asked for, for themselves or for others, newest first."""
    query = _lines().where(own(actor), known_to(actor, Dossier)).order_by(RequestLine.id.desc()).limit(limit)
    return session.scalars(query).all()


def waiting_for_my_decision(session: Session, actor: Actor, today: date) -> Sequence[RequestLine]:
    """What the person may sign now, oldest first."""
    return session.scalars(
        _lines()
        .options(
            selectinload(RequestLine.decisions).joinedload(Decision.decided_by),
            joinedload(RequestLine.reader).joinedload(Person.department),
            contains_eager(RequestLine.request).joinedload(Request.outside).selectinload(OutsideReader.papers),
        )
        .where(awaiting(actor, today))
        .order_by(RequestLine.submitted_at, RequestLine.id)
    ).all()


def all_requests(actor: Actor, today: date, states: Collection[LineState] = ()) -> Select[RequestLine]:
    """Every request the actor may open, newest first, for a page of them; `states` empty means any."""
    query = _lines().where(visible_to(actor, today)).order_by(RequestLine.id.desc())
    if set(states) >= set(LineState) - {LineState.DRAFT}:
        # Not a list of states: sorting all requests by one after the other took over a second.
        return query.where(RequestLine.state != LineState.DRAFT)
    return query.where(RequestLine.state.in_(states)) if states else query


def requests_of_dossier(session: Session, actor: Actor, dossier_id: int, today: date) -> Sequence[RequestLine]:
    """Requests for one dossier that the actor may open, newest first."""
    return session.scalars(all_requests(actor, today).where(RequestLine.dossier_id == dossier_id)).all()


def open_line(session: Session, reader_id: int, dossier_id: int, kind: RequestKind) -> RequestLine | None:
    """The one open line of this reader, dossier and kind (the partial unique index), lapsed or not."""
    return session.scalar(
        select(RequestLine).where(
            RequestLine.reader_id == reader_id,
            RequestLine.dossier_id == dossier_id,
            RequestLine.kind == kind,
            RequestLine.state.in_(OPEN_LINE_STATES),
        )
    )


def desk_queue(session: Session, actor: Actor, today: date) -> Sequence[RequestLine]:
    """Approved requests to fetch, in shelf order, the first volume still wanted giving the place.

    Lines none of whose wanted volumes stand on the shelf come last: they wait for a return.
    """
    return sorted(session.scalars(_ready(actor, today)).all(), key=_shelf_order)


def ready_lines(session: Session, actor: Actor, reader_id: int, today: date) -> Sequence[RequestLine]:
    """What is approved for this reader and waits to be handed out, as far as the actor may know, in shelf order."""
    lines = session.scalars(_ready(actor, today).where(RequestLine.reader_id == reader_id)).all()
    return sorted(lines, key=_shelf_order)


def count_to_fetch(session: Session, actor: Actor, today: date) -> int:
    """How many approved requests wait at the desk."""
    query = select(func.count(RequestLine.id)).join(RequestLine.dossier).where(_is_ready(actor, today))
    return session.scalar(query) or 0


def _ready(actor: Actor, today: date) -> Select[RequestLine]:
    return (
        _lines()
        .options(
            selectinload(RequestLine.volumes).joinedload(RequestedVolume.volume).joinedload(Volume.present_place),
            selectinload(RequestLine.decisions),
        )
        .where(_is_ready(actor, today))
    )


def _is_ready(actor: Actor, today: date) -> ColumnElement[bool]:
    return and_(
        RequestLine.state == LineState.READY,
        RequestLine.kind.in_(PAPER_KINDS),
        known_to(actor, Dossier),
        not_lapsed(today),
    )


def _shelf_order(line: RequestLine) -> tuple[bool, bool, str, int]:
    at_hand = volumes_at_hand(line)
    keys = [volume.shelf_key for volume in at_hand if volume.shelf_key is not None]
    return not at_hand, not keys, min(keys, default=""), line.id


def first_in_line(session: Session, volume_id: int, today: date) -> RequestLine | None:
    """For whom the volume is reserved: of the approved requests that still want it, the first approved.

    One for whom it was kept until a day that is past is no longer in line.
    """
    approved = (
        select(func.max(Decision.id)).where(Decision.line_id == RequestLine.id).correlate(RequestLine).scalar_subquery()
    )
    return session.scalar(
        select(RequestLine)
        .join(RequestedVolume, RequestedVolume.line_id == RequestLine.id)
        .where(
            RequestedVolume.volume_id == volume_id,
            RequestedVolume.outcome == "wanted",
            or_(RequestedVolume.hold_until.is_(None), RequestedVolume.hold_until >= today),
            RequestLine.state == LineState.READY,
            not_lapsed(today),
        )
        .order_by(approved, RequestLine.id)
        .limit(1)
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
        .with_for_update(of=RequestLine)
        .execution_options(populate_existing=True)
    ).all()


def missing_volumes(session: Session, actor: Actor) -> Sequence[Volume]:
    """Volumes recorded as missing that the actor may know of, in shelf order."""
    return session.scalars(
        select(Volume)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(Volume.custody == Custody.MISSING, known_to(actor, Dossier))
        .options(joinedload(Volume.dossier).joinedload(Dossier.client))
        .order_by(*in_shelf_order())
    ).all()


def any_lapsed(session: Session, today: date) -> bool:
    """Whether some request is past its last day and still open."""
    lapsed = select(RequestLine.id).where(~not_lapsed(today))
    return session.scalar(lapsed.limit(1)) is not None


def lapsed_lines(session: Session, today: date) -> Sequence[RequestLine]:
    """Open lines whose time is over, locked for the sweep; what another transaction holds is left for the next."""
    return session.scalars(
        select(RequestLine).where(~not_lapsed(today)).order_by(RequestLine.id).with_for_update(skip_locked=True)
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


def volumes_at_hand(line: RequestLine) -> list[Volume]:
    """The volumes the line still wants that can be handed out now."""
    return [
        row.volume
        for row in line.volumes
        if row.outcome == "wanted" and row.volume.custody in (Custody.ON_SHELF, Custody.RESERVED)
    ]


def volumes_to_lend(session: Session, dossier_ids: Collection[int]) -> Sequence[Volume]:
    """The volumes of these dossiers that can be asked for."""
    return session.scalars(
        select(Volume)
        .where(Volume.dossier_id.in_(dossier_ids), Volume.custody != Custody.DISPOSED)
        .order_by(Volume.dossier_id, Volume.ordinal)
    ).all()
