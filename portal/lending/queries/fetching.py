"""What waits at the desk to be handed out, in the order of the shelves, and who is first in line for a volume."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.access.queries import known_to
from portal.core.permissions import Actor
from portal.dossiers.models import Dossier, Place, Volume
from portal.dossiers.states import Custody
from portal.lending.models import Decision, RequestedVolume, RequestLine
from portal.lending.queries.paging import PAGE_ROWS, Page
from portal.lending.queries.requests import lines_to_list
from portal.lending.queries.signing import not_lapsed
from portal.lending.states import PAPER_KINDS, LineState

_LAST_NUMBER = 1_000_000
"""No page is past this: an offset no database takes is never asked for."""
_AT_HAND = (Custody.ON_SHELF, Custody.RESERVED)


def volumes_at_hand(line: RequestLine) -> list[Volume]:
    """The volumes the line still wants that can be handed out now."""
    return [row.volume for row in line.volumes if row.outcome == "wanted" and row.volume.custody in _AT_HAND]


def desk_queue(session: Session, actor: Actor, today: date, number: int = 1, size: int = PAGE_ROWS) -> Page:
    """Page `number` (from 1; past the end, the last one) of the approved requests to fetch, in shelf order.

    The first volume still wanted gives the place. Lines none of whose wanted volumes stand on the shelf come last:
    they wait for a return.
    """
    number = min(max(number, 1), _LAST_NUMBER)
    lines, total = _in_shelf_order(session, actor, today, limit=size, offset=(number - 1) * size)
    if not lines and number > 1:
        number = max(1, -(-count_to_fetch(session, actor, today) // size))
        lines, total = _in_shelf_order(session, actor, today, limit=size, offset=(number - 1) * size)
    return Page(lines, number, max(1, -(-total // size)), total)


def ready_lines(session: Session, actor: Actor, reader_id: int, today: date) -> Sequence[RequestLine]:
    """What is approved for this reader and waits to be handed out, as far as the actor may know, in shelf order."""
    return _in_shelf_order(session, actor, today, RequestLine.reader_id == reader_id)[0]


def line_to_fetch(session: Session, actor: Actor, line_id: int, today: date) -> RequestLine | None:
    """One of the requests to fetch."""
    return next(iter(_in_shelf_order(session, actor, today, RequestLine.id == line_id)[0]), None)


def count_to_fetch(session: Session, actor: Actor, today: date) -> int:
    """How many approved requests wait at the desk."""
    query = select(func.count(RequestLine.id)).join(RequestLine.dossier).where(_is_ready(actor, today))
    return session.scalar(query) or 0


def _in_shelf_order(
    session: Session,
    actor: Actor,
    today: date,
    *where: ColumnElement[bool],
    limit: int | None = None,
    offset: int | None = None,
) -> tuple[list[RequestLine], int]:
    """Some of the requests to fetch with what the counter looks at, and how many there are: two statements.

    Which they are is found out before anything else is read of them.
    """
    stands = Place.id == func.coalesce(Volume.present_place_id, Volume.home_place_id)
    order = (func.count(Volume.id) == 0, func.min(Place.sort_key).asc().nulls_last(), RequestLine.id)
    wanted = (
        select(
            RequestLine.id.label("id"),
            func.row_number().over(order_by=order).label("position"),
            func.count().over().label("total"),
        )
        .join(RequestLine.dossier)
        .outerjoin(
            RequestedVolume, and_(RequestedVolume.line_id == RequestLine.id, RequestedVolume.outcome == "wanted")
        )
        .outerjoin(Volume, and_(Volume.id == RequestedVolume.volume_id, Volume.custody.in_(_AT_HAND)))
        .outerjoin(Place, stands)
        .where(_is_ready(actor, today), *where)
        .group_by(RequestLine.id)
        .order_by("position")
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    rows = session.execute(
        lines_to_list()
        .join(wanted, wanted.c.id == RequestLine.id)
        .add_columns(wanted.c.total)
        .options(
            selectinload(RequestLine.volumes).joinedload(RequestedVolume.volume).joinedload(Volume.present_place),
            joinedload(RequestLine.decisions),
        )
        .order_by(wanted.c.position)
    )
    found = rows.unique().all()
    return [line for line, _ in found], found[0][1] if found else 0


def _is_ready(actor: Actor, today: date) -> ColumnElement[bool]:
    return and_(
        RequestLine.state == LineState.READY,
        RequestLine.kind.in_(PAPER_KINDS),
        known_to(actor, Dossier),
        not_lapsed(today),
    )


def first_in_line(session: Session, volume_id: int, today: date) -> RequestLine | None:
    """For whom the volume is reserved: of the approved requests that still want it, the first approved.

    One for whom it was kept until a day that is past is no longer in line.
    """
    return first_in_lines(session, [volume_id], today).get(volume_id)


def first_in_lines(session: Session, volume_ids: Collection[int], today: date) -> Mapping[int, RequestLine]:
    """The same for several volumes, by volume: one query however many. Whom nobody waits for is not there."""
    if not volume_ids:
        return {}
    approved = (
        select(func.max(Decision.id)).where(Decision.line_id == RequestLine.id).correlate(RequestLine).scalar_subquery()
    )
    rows = session.execute(
        select(RequestedVolume.volume_id, RequestLine)
        .join(RequestLine, RequestLine.id == RequestedVolume.line_id)
        .join(RequestLine.reader)
        .options(contains_eager(RequestLine.reader))
        .where(
            RequestedVolume.volume_id.in_(volume_ids),
            RequestedVolume.outcome == "wanted",
            or_(RequestedVolume.hold_until.is_(None), RequestedVolume.hold_until >= today),
            RequestLine.state == LineState.READY,
            not_lapsed(today),
        )
        .order_by(approved, RequestLine.id)
    )
    first: dict[int, RequestLine] = {}
    for volume_id, line in rows:
        first.setdefault(volume_id, line)
    return first
