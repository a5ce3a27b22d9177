"""What takes long is read, counted and drawn first; the database is held only to write down that it was done."""

from __future__ import annotations

from flask import g
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import OnceKey
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_snapshot, begin_writing
from portal.http.edge import current_work


class SentTwice(Exception):
    """The same form was sent twice at the same moment, and the other one is through now."""


def now_reading() -> UnitOfWork:
    """The unit of work, from here on in a transaction that reads, and sees one moment only. Call before any change:
    what was changed is given up."""
    work = current_work()
    work.session.rollback()
    begin_snapshot(work.session)
    return work


def now_writing() -> UnitOfWork:
    """The unit of work, from here on in a transaction that writes. What was read before may have changed since.

    Raises SentTwice, which the guard answers, for a form that acts once.
    """
    work = current_work()
    work.session.rollback()
    begin_writing(work.session)
    key: str | None = g.get("once_key")
    if key is not None:
        keep_once_key(work, key)
    return work


def keep_once_key(work: UnitOfWork, key: str) -> None:
    """Write the key of a form that acts once into this transaction; `now_writing` does so again. Raises SentTwice."""
    g.once_key = key
    g.once_row = OnceKey(person_id=work.person.id, key=key, used_at=work.now)
    work.session.add(g.once_row)
    try:
        work.session.flush()
    except IntegrityError as error:
        work.session.rollback()
        raise SentTwice() from error


def lead_there(location: str) -> None:
    """To where the form that acts once leads, also when it is sent again."""
    g.once_row.location = location[:500]
