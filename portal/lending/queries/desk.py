"""What the counter asks about what was scanned: a person, a volume or a place, each with few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.accounts.models import Department, Person
from portal.accounts.queries import person_by_card, person_by_login
from portal.core.permissions import Actor
from portal.dossiers.models import Place, Volume
from portal.dossiers.queries import find_place, volume_with_barcode
from portal.lending.models import Request, RequestedVolume, RequestLine
from portal.lending.queries.fetching import ready_lines
from portal.lending.queries.loans import LoanRow, loans_of_person
from portal.lending.states import LineState

Scanned = Volume | Person | Place


@dataclass(frozen=True)
class AtTheDesk:
    """A person in front of the counter: what they hold and what is ready for them, as far as the clerk may know."""

    person: Person
    department: str
    blocked: bool
    """They hold an overdue file: nothing further is given (R12)."""
    held: Sequence[LoanRow]
    ready: Sequence[RequestLine]


def what_is(session: Session, actor: Actor, code: str) -> Scanned | None:
    """What a code typed or scanned at the counter names: a volume, a place, a person's card or log-in; or nothing.

    A volume of a dossier the actor may not know of is nothing, too.
    """
    code = code.strip()
    if not code:
        return None
    return (
        _person(person_by_card(session, code))
        or volume_with_barcode(session, actor, code)
        or find_place(session, code)
        or _person(person_by_login(session, code))
    )


def _person(found: Person | None) -> Person | None:
    return found if found is not None and found.departed_at is None else None


def at_the_desk(session: Session, actor: Actor, person_id: int, today: date) -> AtTheDesk | None:
    """The person with what the counter should know of them; None for nobody, or somebody who has left."""
    row = session.execute(
        select(Person, Department.name)
        .join(Department, Department.id == Person.department_id)
        .where(Person.id == person_id, Person.departed_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    held, blocked = loans_of_person(session, actor, person_id, today)
    return AtTheDesk(row[0], row[1], blocked, held, ready_lines(session, actor, person_id, today))


def line_that_wants(session: Session, reader_id: int, volume_id: int) -> RequestLine | None:
    """The approved request of this reader that still waits for this volume, lapsed or not."""
    wanting = aliased(RequestedVolume)
    lines = session.scalars(
        select(RequestLine)
        .join(wanting, wanting.line_id == RequestLine.id)
        .where(
            RequestLine.reader_id == reader_id,
            RequestLine.state == LineState.READY,
            wanting.volume_id == volume_id,
            wanting.outcome == "wanted",
        )
        .options(
            joinedload(RequestLine.reader),
            joinedload(RequestLine.dossier),
            joinedload(RequestLine.request).joinedload(Request.outside),
            joinedload(RequestLine.volumes),
            joinedload(RequestLine.decisions),
        )
        .order_by(RequestLine.id)
    )
    return lines.unique().first()
