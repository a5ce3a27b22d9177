"""Reads about dossiers: the register, one entry, what waits for a decision. All go through the three rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.access.queries import known_to, readable_by, responsible_for
from portal.accounts.models import Department, Person
from portal.accounts.queries import holders_of, signatories, signs_as_head_for
from portal.accounts.rules import head_signers
from portal.clients.models import Client, ClientKind, ClientRank
from portal.clients.names import name_key
from portal.clients.responsibility.ordering import name_order
from portal.core.errors import NotFound
from portal.core.messages import N_
from portal.core.permissions import Actor, Level, Permission, Role
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.rules import AT_HOME, CustodyCount, custody_summary
from portal.dossiers.states import DossierState

PAGE_SIZE = 25
_AT_ONCE = 5_000
"""Ids in one statement: there is a limit to how many values it may carry."""


class WhereFilter(StrEnum):
    """Dossiers with all volumes in their places, or with one that is not."""

    ON_SHELF = "on_shelf"
    OUT = "out"


WHERE_NAMES: dict[WhereFilter, str] = {WhereFilter.ON_SHELF: N_("On shelf"), WhereFilter.OUT: N_("Out")}


class RegisterSort(StrEnum):
    """Columns the register can be sorted by."""

    NAME = "name"
    NUMBER = "number"
    DEPARTMENT = "department"
    OPENED = "opened"


@dataclass(frozen=True)
class RegisterFilter:
    """What part of the register is wanted. Kind and rank are client fields: they match readable dossiers only."""

    text: str = ""
    kind: ClientKind | None = None
    rank: ClientRank | None = None
    level: Level | None = None
    department_id: int | None = None
    where: WhereFilter | None = None
    mine: bool = False
    """Only clients the acting person looks after."""


@dataclass(frozen=True)
class RegisterRow:
    """One line of the register. `dossier`'s and its client's fields beyond the entry only if `readable`."""

    dossier: Dossier
    readable: bool
    custody: Sequence[CustodyCount]


@dataclass(frozen=True)
class RegisterPage:
    """One page of the register and how much there is in all."""

    rows: Sequence[RegisterRow]
    total: int
    number: int
    pages: int


def register_page(
    session: Session,
    actor: Actor,
    today: date,
    wanted: RegisterFilter,
    sort: RegisterSort = RegisterSort.NAME,
    *,
    descending: bool = False,
    number: int = 1,
) -> RegisterPage:
    """Page `number` (from 1; the last one if there are fewer) of the dossiers known to `actor`."""
    clauses = _register_clauses(actor, today, wanted)
    total = (
        session.scalar(
            select(func.count()).select_from(Dossier).join(Client, Client.id == Dossier.client_id).where(*clauses)
        )
        or 0
    )
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(number, 1), pages)
    query = _register_rows(actor, today).where(*clauses).order_by(*_register_order(sort, descending))
    query = query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return RegisterPage([_row(*found) for found in session.execute(query)], total, number, pages)


def whole_register(
    session: Session,
    actor: Actor,
    today: date,
    wanted: RegisterFilter,
    sort: RegisterSort = RegisterSort.NAME,
    *,
    descending: bool = False,
    most: int,
) -> tuple[Sequence[RegisterRow], int]:
    """The first `most` dossiers known to `actor`, for a list on paper, and how many there are.

    By name they stand as a reader looks for them, Chinese names by pinyin (`name_order`), which no database can.
    """
    clauses = _register_clauses(actor, today, wanted)
    query = select(Dossier.id, Client.name, Dossier.number).join(Dossier.client).join(Dossier.department)
    found = session.execute(query.where(*clauses).order_by(*_register_order(sort, descending))).all()
    if sort == RegisterSort.NAME:
        found = sorted(found, key=lambda row: (name_order(row[1]), row[2] or ""), reverse=descending)
    ids = [row[0] for row in found[:most]]
    rows: dict[int, RegisterRow] = {}
    for start in range(0, len(ids), _AT_ONCE):
        part = _register_rows(actor, today).where(Dossier.id.in_(ids[start : start + _AT_ONCE]))
        rows |= {dossier.id: _row(dossier, readable) for dossier, readable in session.execute(part)}
    return [rows[dossier_id] for dossier_id in ids], len(found)


def _register_rows(actor: Actor, today: date) -> Select[Dossier, bool]:
    return (
        select(Dossier, readable_by(actor, Dossier, today))
        .join(Dossier.client)
        .join(Dossier.department)
        .options(contains_eager(Dossier.client), contains_eager(Dossier.department), selectinload(Dossier.volumes))
    )


def _row(dossier: Dossier, readable: object) -> RegisterRow:
    return RegisterRow(dossier, bool(readable), custody_summary(volume.custody for volume in dossier.volumes))


def _register_clauses(actor: Actor, today: date, wanted: RegisterFilter) -> list[ColumnElement[bool]]:
    clauses = [known_to(actor, Dossier)]
    if text := wanted.text.strip():
        match = [Client.name.icontains(text, autoescape=True), Dossier.number.icontains(text, autoescape=True)]
        if key := name_key(text):
            match.append(Client.name_key.contains(key, autoescape=True))
        clauses.append(or_(*match))
    if wanted.kind or wanted.rank:
        clauses.append(readable_by(actor, Dossier, today))
    if wanted.kind:
        clauses.append(Client.kind == wanted.kind)
    if wanted.rank:
        clauses.append(Client.rank == wanted.rank)
    if wanted.level:
        clauses.append(Dossier.level == wanted.level)
    if wanted.department_id:
        clauses.append(Dossier.department_id == wanted.department_id)
    if wanted.where:
        away = exists().where(Volume.dossier_id == Dossier.id, Volume.custody.not_in(AT_HOME))
        clauses.append(away if wanted.where == WhereFilter.OUT else ~away)
    if wanted.mine:
        clauses.append(responsible_for(actor, Dossier.client_id, today))
    return clauses


def _register_order(sort: RegisterSort, descending: bool) -> list[Any]:
    columns: dict[RegisterSort, Any] = {
        RegisterSort.NAME: Client.name,
        RegisterSort.NUMBER: Dossier.number,
        RegisterSort.DEPARTMENT: Department.name,
        RegisterSort.OPENED: Dossier.opened_on,
    }
    column = columns[sort]
    directed = column.desc() if descending else column.asc()
    return [directed.nulls_last(), Client.name, Dossier.id]


def known_dossier(session: Session, actor: Actor, dossier_id: int, *, lock: bool = False) -> Dossier:
    """A dossier whose register entry `actor` may see, as it is now; otherwise NotFound."""
    return _one(session, dossier_id, known_to(actor, Dossier), lock)


def readable_dossier(session: Session, actor: Actor, dossier_id: int, today: date, *, lock: bool = False) -> Dossier:
    """A dossier whose contents `actor` may see, as it is now; otherwise NotFound."""
    return _one(session, dossier_id, readable_by(actor, Dossier, today), lock)


def dossier_to_work_on(session: Session, actor: Actor, dossier_id: int, today: date) -> Dossier:
    """A dossier `actor` works on and does not only read of: a grant is for reading. Otherwise NotFound."""
    return _one(session, dossier_id, readable_by(actor, Dossier, today, grants=False), False)


def _one(session: Session, dossier_id: int, right: ColumnElement[bool], lock: bool) -> Dossier:
    query = (
        select(Dossier)
        .where(Dossier.id == dossier_id, right)
        .options(selectinload(Dossier.client), selectinload(Dossier.department), selectinload(Dossier.volumes))
        .execution_options(populate_existing=True)
    )
    dossier = session.scalar(query.with_for_update(of=Dossier) if lock else query)
    if dossier is None:
        raise NotFound()
    return dossier


def is_readable(session: Session, actor: Actor, dossier_id: int, today: date) -> bool:
    """Whether `actor` may see what is inside."""
    clause = and_(Dossier.id == dossier_id, readable_by(actor, Dossier, today))
    return session.scalar(select(Dossier.id).where(clause)) is not None


def works_on(session: Session, actor: Actor, dossier_id: int, today: date) -> bool:
    """Whether `actor` may change what is inside, and not only read it under a grant."""
    clause = and_(Dossier.id == dossier_id, readable_by(actor, Dossier, today, grants=False))
    return session.scalar(select(Dossier.id).where(clause)) is not None


def may_decide_opening(session: Session, actor: Actor, dossier: Dossier) -> bool:
    """Whether `actor` may approve the opening or send it back, as far as the person goes (R3, R8).

    The head rules apply to who opened it, in the dossier's department. A core opening needs a signer with core
    clearance; where none of those who would sign has it, the general manager does.
    """
    opener = session.get_one(Person, dossier.opened_by_id)
    department = session.get_one(Department, dossier.department_id)
    if dossier.level != Level.CORE:
        return signs_as_head_for(session, actor, opener, department)
    if not actor.cleared_for_core or actor.id == opener.id:
        return False
    if signs_as_head_for(session, actor, opener, department):
        return True
    if actor.leaving:
        return False
    return Role.GENERAL_MANAGER in actor.roles and not _has_cleared_signer(session, opener, department)


def may_edit_draft(session: Session, actor: Actor, dossier: Dossier) -> bool:
    """Whether `actor` may change the draft and send it: who opened it, and records staff who do not sign it."""
    if actor.id == dossier.opened_by_id:
        return True
    return actor.may(Permission.DOSSIER_EDIT) and not may_decide_opening(session, actor, dossier)


def _has_cleared_signer(session: Session, opener: Person, department: Department) -> bool:
    people_ids, roles = head_signers(opener.id, opener.role_set, signatories(session, department))
    signers = [session.get_one(Person, person_id) for person_id in people_ids]
    signers += [person for role in roles for person in holders_of(session, role)]
    return any(
        person.clearance == Level.CORE and person.departed_at is None and person.leaving_on is None
        for person in signers
    )


def openings_to_decide(session: Session, actor: Actor) -> list[Dossier]:
    """Openings that wait for `actor`'s decision, longest waiting first."""
    waiting = _openings(session, and_(known_to(actor, Dossier), Dossier.state == DossierState.SUBMITTED))
    if not waiting:
        return []
    # Kept in hand, so that the session has them: else each opening asks for its opener, and for who leads there.
    leaders = {person_id for row in waiting for person_id in (row.department.head_id, row.department.deputy_id)}
    people = {row.opened_by_id for row in waiting} | leaders - {None}
    _people = session.scalars(select(Person).where(Person.id.in_(people)).options(selectinload(Person.roles))).all()
    return [dossier for dossier in waiting if may_decide_opening(session, actor, dossier)]


def own_openings(session: Session, actor: Actor) -> list[Dossier]:
    """Drafts and submitted openings of `actor`, oldest first."""
    mine = and_(Dossier.opened_by_id == actor.id, Dossier.state != DossierState.OPEN)
    return _openings(session, and_(known_to(actor, Dossier), mine))


def _openings(session: Session, clause: ColumnElement[bool]) -> list[Dossier]:
    query = (
        select(Dossier)
        .where(clause)
        .options(joinedload(Dossier.client), joinedload(Dossier.department))
        .order_by(func.coalesce(Dossier.submitted_at, Dossier.created_at), Dossier.id)
    )
    return list(session.scalars(query))
