"""What a transaction of lending will change is taken first, in one order, so that none waits for another in a circle.

The order: the office calendar (`policy.queries.hold_calendar`), request lines, loans, volumes; of each kind all at
once, by id. Rows of `requested_volumes` have no lock of their own: they are changed by whoever holds their volume, or
their line before it is approved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.dossiers.models import Volume
from portal.lending.models import Loan, RequestedVolume, RequestLine

Row = TypeVar("Row", RequestLine, Loan, Volume)


def hold(session: Session, kind: type[Row], ids: Iterable[int]) -> dict[int, Row]:
    """The rows with these ids as they are now, kept from others until the commit; one query, in the order of the ids.

    Not `Session.get`: that refuses a row which another transaction has changed since it was first read here. No key of
    these rows ever changes, so that whoever only adds a row that points at them need not wait (`key_share`): a notice
    about somebody else's request is written while that one is held by another, who may wait for our volume.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    query = select(kind).where(kind.id.in_(wanted)).order_by(kind.id).with_for_update(of=kind, key_share=True)
    found = {row.id: row for row in session.scalars(query.execution_options(populate_existing=True))}
    if kind is Volume:
        _read_anew(session, wanted)
    return found


def _read_anew(session: Session, volume_ids: set[int]) -> None:
    """What requests want of these volumes may have changed while they were waited for."""
    rows = [row for row in session.identity_map.values() if isinstance(row, RequestedVolume)]
    stale = [row.id for row in rows if row.volume_id in volume_ids]
    if stale:
        query = select(RequestedVolume).where(RequestedVolume.id.in_(stale))
        session.scalars(query.execution_options(populate_existing=True)).all()


def hold_volume(session: Session, volume_id: int) -> Volume:
    """One volume as it is now, kept from others until the commit."""
    return hold(session, Volume, [volume_id])[volume_id]
