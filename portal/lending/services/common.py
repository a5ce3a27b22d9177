"""What the services of lending share: rows loaded under the rights, reservations kept true."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.access.queries import known_to, readable_by
from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Actor, Level
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody, CustodyAction, DossierState
from portal.lending import queries
from portal.lending.errors import NothingOfCore, ReaderOverdue, RequestLapsed
from portal.lending.models import RequestLine
from portal.lending.services.holding import hold
from portal.lending.services.telling import tell_kept, tell_withdrawn
from portal.lending.transitions import advance
from portal.policy.queries import current_policy, office_calendar

REQUIRED = N_("Please fill in this field.")
TOO_LONG = N_("At most %(most)s characters, please.")


def refuse(field: str, message_id: str, **params: object) -> NoReturn:
    """Raise Invalid for one field of the form."""
    raise Invalid(fields={field: Message(message_id, params)})


def checked_text(field: str, text: str, most: int, *, required: bool = False) -> str:
    """`text` trimmed, within `most` characters; Invalid otherwise."""
    text = text.strip()
    if required and not text:
        refuse(field, REQUIRED)
    if len(text) > most:
        refuse(field, TOO_LONG, most=most)
    return text


def load_line(work: UnitOfWork, line_id: int, version: int | None = None) -> RequestLine:
    """The line, locked, if the acting person may open it; StaleVersion over an older `version`."""
    line = queries.line_for(work.session, work.person, line_id, work.today, lock=True)
    if line is None:
        raise NotFound()
    if version is not None:
        line.check_version(version)
    return line


def requestable_dossier(work: UnitOfWork, dossier_id: int) -> Dossier:
    """An official dossier the acting person may know of."""
    dossier = work.session.scalar(
        select(Dossier).where(
            Dossier.id == dossier_id, Dossier.state == DossierState.OPEN, known_to(work.person, Dossier)
        )
    )
    if dossier is None:
        raise NotFound()
    return dossier


def hold_level(work: UnitOfWork, dossier_id: int) -> None:
    """Read the dossier anew and keep its level until the commit: signatures are counted by it."""
    query = select(Dossier).where(Dossier.id == dossier_id).with_for_update(read=True, of=Dossier)
    work.session.scalars(query.execution_options(populate_existing=True)).one()


def hold_reader(work: UnitOfWork, person_id: int) -> None:
    """Read the reader anew and keep their department until the commit: it says who signs, and ends grants."""
    query = select(Person).where(Person.id == person_id).with_for_update(read=True, of=Person)
    work.session.scalars(query.execution_options(populate_existing=True)).one()


def as_actor(session: Session, person_id: int) -> Actor | None:
    """An active person as the rights see them."""
    person = session.scalar(
        select(Person).where(Person.id == person_id, Person.departed_at.is_(None)).options(selectinload(Person.roles))
    )
    return actor_of(session, person) if person else None


def knows(session: Session, actor: Actor, dossier_id: int) -> bool:
    """Whether `actor` may know of the dossier."""
    return _is(session, Dossier.id == dossier_id, known_to(actor, Dossier))


def may_read(work: UnitOfWork, actor: Actor, dossier_id: int) -> bool:
    """Whether `actor` may read the dossier today without asking."""
    return _is(work.session, Dossier.id == dossier_id, readable_by(actor, Dossier, work.today))


def _is(session: Session, *where: object) -> bool:
    return session.scalar(select(Dossier.id).where(*where)) is not None  # type: ignore[arg-type]


def reader_obstacle(work: UnitOfWork, reader_id: int, dossier_id: int) -> Conflict | None:
    """Why the reader may be given nothing of this dossier now: departed, not cleared, overdue (R12)."""
    if barred := reader_barred(work, reader_id, dossier_id):
        return barred
    return ReaderOverdue() if queries.holds_overdue(work.session, reader_id, work.today) else None


def reader_barred(work: UnitOfWork, reader_id: int, dossier_id: int) -> Conflict | None:
    """Why the reader may be given nothing of this dossier at all, whatever they hold: departed, not cleared."""
    reader = as_actor(work.session, reader_id)
    if reader is None:
        return Conflict(N_("The reader has left the company."))
    if not knows(work.session, reader, dossier_id):
        return Conflict(N_("The reader may not know of this dossier."))
    last_day = work.session.get_one(Person, reader_id).leaving_on
    if last_day is not None and last_day < work.today:
        return Conflict(N_("The last day of the reader has passed: nothing further is given."))
    return None


def by_last_day(due: date, borrower: Person) -> date:
    """A due date, for somebody who leaves no later than the last day (R17)."""
    return min(due, borrower.leaving_on) if borrower.leaving_on is not None else due


def outside_obstacle(line: RequestLine) -> Conflict | None:
    """Why an outside reader may not be shown this dossier, whatever was signed when it was less confidential."""
    return NothingOfCore() if line.request.outside and line.dossier.level == Level.CORE else None


def check_not_lapsed(work: UnitOfWork, line: RequestLine) -> None:
    """RequestLapsed for an open line past its time, whether or not the sweep has run."""
    if queries.has_lapsed(line, work.today):
        raise RequestLapsed()


def settle_volumes(work: UnitOfWork, volume_ids: Iterable[int], *, came_in: Collection[int] = ()) -> None:
    """Keep reservations true: what stands on the shelf is reserved while an approved request wants it.

    `came_in`: those of the volumes that have just come back, or were kept for somebody who did not fetch them. Each
    is now kept for the next in line for some days, and they are told.
    """
    work.session.flush()
    for volume_id, volume in hold(work.session, Volume, volume_ids).items():
        first = queries.first_in_line(work.session, volume_id, work.today)
        if first and volume.custody == Custody.ON_SHELF:
            advance(work, volume, CustodyAction.RESERVE)
        elif not first and volume.custody == Custody.RESERVED:
            advance(work, volume, CustodyAction.RELEASE)
        if volume_id in came_in and first and volume.custody == Custody.RESERVED:
            _keep_for(work, first, volume)
        work.session.flush()


def _keep_for(work: UnitOfWork, line: RequestLine, volume: Volume) -> None:
    until = last_day_of_hold(work)
    for asked in line.volumes:
        if asked.volume_id == volume.id:
            asked.hold_until = until
    tell_kept(work, line, volume, until)


def release_volumes(work: UnitOfWork, line: RequestLine) -> None:
    """The line waits no longer: what it kept others waiting for is free, and what was held for it passes on."""
    held = [row.volume_id for row in line.volumes if row.outcome == "wanted" and row.hold_until is not None]
    settle_volumes(work, wanted_volume_ids(line), came_in=held)


def withdraw_from_readers(work: UnitOfWork, volume: Volume, *, but: RequestLine | None = None) -> None:
    """The volume is about to leave its shelf, for nobody it was promised to, or for `but`.

    Whoever it was reserved or kept for waits again: they keep their turn, no hold of theirs runs out, and they are
    told, so that they do not come for nothing. `settle_volumes` tells them when it is back. For a volume that is held.
    """
    kept = queries.held_for(work.session, volume.id, work.today)
    first = queries.first_in_line(work.session, volume.id, work.today)
    promised = {asked.line_id: asked.line for asked in kept} | ({first.id: first} if first else {})
    for asked in kept:
        asked.hold_until = None
    for line_id, line in sorted(promised.items()):
        if but is None or line_id != but.id:
            tell_withdrawn(work, line, volume)
    work.session.flush()


def last_day_of_hold(work: UnitOfWork) -> date:
    """The last day on which a volume that comes in today is kept: so many open days from tomorrow on."""
    policy = current_policy(work.session)
    return office_calendar(work.session, policy).after_open_days(work.today, policy.hold_days)


def wanted_volume_ids(line: RequestLine) -> list[int]:
    """The volumes the line still waits for."""
    return [row.volume_id for row in line.volumes if row.outcome == "wanted"]


def last_day_of_request(work: UnitOfWork) -> date:
    """The last day of a request sent or approved today: the office must be open on it, or nobody could fetch."""
    policy = current_policy(work.session)
    return office_calendar(work.session, policy).next_open_day(work.today + timedelta(days=policy.request_days))
