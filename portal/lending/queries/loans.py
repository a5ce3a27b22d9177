"""The loan register as each person may see it. "Overdue" is computed from the office's date, never stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.access.queries import known_to
from portal.accounts.models import Person
from portal.core.messages import N_
from portal.core.permissions import Actor, Permission
from portal.dossiers.models import Dossier, Volume
from portal.lending.models import Loan, LoanEvent
from portal.lending.queries.paging import Page, page_of
from portal.lending.states import LoanEventKind, LoanState
from portal.policy.rules import is_overdue


class LoanFilter(StrEnum):
    """Parts of the register."""

    OPEN = "open"
    OVERDUE = "overdue"
    ANNOUNCED = "announced"
    RETURNED = "returned"
    LOST = "lost"
    ALL = "all"


LOAN_FILTER_NAMES: dict[LoanFilter, str] = {
    LoanFilter.OPEN: N_("On loan"),
    LoanFilter.OVERDUE: N_("Overdue"),
    LoanFilter.ANNOUNCED: N_("On their way back"),
    LoanFilter.RETURNED: N_("Returned"),
    LoanFilter.LOST: N_("Lost"),
    LoanFilter.ALL: N_("All"),
}


@dataclass(frozen=True)
class LoanRow:
    """A loan, how late it is, and whether the viewer may be told which dossier it is."""

    loan: Loan
    days_late: int
    dossier_known: bool = True


@dataclass(frozen=True)
class LoanCounts:
    """Open loans the viewer may see."""

    on_loan: int
    overdue: int
    due_today: int


def overdue(today: date) -> ColumnElement[bool]:
    """Open loans due before today."""
    return and_(Loan.state == LoanState.ON_LOAN, Loan.due_on < today)


def loans_with_dossiers() -> Select[Any]:
    """Loans with what every list of them shows: volume, dossier and client, the borrower and their department.

    `Dossier` and `Volume` are joined, for WHERE and ORDER BY.
    """
    return (
        select(Loan)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .options(
            contains_eager(Loan.volume).contains_eager(Volume.dossier).joinedload(Dossier.client),
            joinedload(Loan.borrower).joinedload(Person.department),
        )
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Loans the actor may see with the borrower's name: all for those allowed, else one's own."""
    everyone = true() if actor.may(Permission.LOANS_VIEW_ALL) else Loan.borrower_id == actor.id
    return and_(everyone, known_to(actor, Dossier))


def may_name_holder(actor: Actor, holder_id: int) -> bool:
    """Whether the actor may be told who holds a volume (R7: the register itself says on shelf or out)."""
    return actor.id == holder_id or actor.may(Permission.LOANS_VIEW_ALL)


def _rows(session: Session, query: Select[Any], today: date) -> Sequence[LoanRow]:
    return [LoanRow(loan, days_late(loan, today)) for loan in session.scalars(query)]


def days_late(loan: Loan, today: date) -> int:
    """Days past the due date, for an open loan until today, for a returned one until its return; 0 if in time."""
    end = today if loan.state == LoanState.ON_LOAN else loan.returned_on
    return (end - loan.due_on).days if end and is_overdue(loan.due_on, end) else 0


def my_loans(session: Session, actor: Actor, today: date) -> Sequence[LoanRow]:
    """What the person holds, the first due on top.

    A file in one's hands stays on the list whatever became of one's clearance; but then it is not named.
    """
    query = (
        loans_with_dossiers()
        .add_columns(known_to(actor, Dossier))
        .where(Loan.borrower_id == actor.id, Loan.state == LoanState.ON_LOAN)
    )
    rows = session.execute(query.order_by(Loan.due_on, Loan.id)).all()
    return [LoanRow(loan, days_late(loan, today), bool(known)) for loan, known in rows]


def holds_overdue(session: Session, person_id: int, today: date) -> bool:
    """Whether the person has a file that should be back: then nothing further (R12)."""
    return bool(session.scalar(select(Loan.id).where(Loan.borrower_id == person_id, overdue(today)).limit(1)))


@dataclass(frozen=True)
class Held:
    """How many volumes a person holds that the actor may know of, and how many should be back, whichever they are: who
    owes a file gets nothing further (R12)."""

    volumes: int = 0
    overdue: int = 0


def held_by(session: Session, actor: Actor, person_ids: Collection[int], today: date) -> dict[int, Held]:
    """What these people hold, by person: one query however many. Who holds nothing is not there."""
    if not person_ids:
        return {}
    known = func.sum(case((known_to(actor, Dossier), 1), else_=0))
    rows = session.execute(
        select(Loan.borrower_id, known, func.sum(case((Loan.due_on < today, 1), else_=0)))
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(Loan.borrower_id.in_(person_ids), Loan.state == LoanState.ON_LOAN)
        .group_by(Loan.borrower_id)
    )
    return {person_id: Held(int(volumes), int(late)) for person_id, volumes, late in rows}


@dataclass(frozen=True)
class LoanChoice:
    """What part of the register is wanted: of a state, handed out from one day to another (both included), to people
    of a department."""

    part: LoanFilter = LoanFilter.OPEN
    first: date | None = None
    last: date | None = None
    department_id: int | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """Period and department as conditions."""
        clauses: list[ColumnElement[bool]] = []
        if self.first is not None:
            clauses.append(Loan.issued_on >= self.first)
        if self.last is not None:
            clauses.append(Loan.issued_on <= self.last)
        if self.department_id is not None:
            of_department = select(Person.id).where(Person.department_id == self.department_id)
            clauses.append(Loan.borrower_id.in_(of_department))
        return clauses


def register(actor: Actor, today: date, part: LoanFilter) -> Select[Any]:
    """A part of the register for a page of it: open loans by due date (overdue first), closed ones newest first."""
    parts = {
        LoanFilter.OPEN: Loan.state == LoanState.ON_LOAN,
        LoanFilter.OVERDUE: overdue(today),
        LoanFilter.ANNOUNCED: and_(Loan.state == LoanState.ON_LOAN, _is_announced()),
        LoanFilter.RETURNED: Loan.state == LoanState.RETURNED,
        LoanFilter.LOST: Loan.state == LoanState.LOST,
        LoanFilter.ALL: true(),
    }
    query = loans_with_dossiers().where(visible_to(actor), parts[part])
    if part in (LoanFilter.OPEN, LoanFilter.OVERDUE, LoanFilter.ANNOUNCED):
        return query.order_by(Loan.due_on, Loan.id)
    return query.order_by(Loan.id.desc())


def some_loans(session: Session, actor: Actor, today: date, part: LoanFilter, size: int) -> Page:
    """The first `size` of a part of the register as rows, and how many there are (as far as they are counted)."""
    found = page_of(session, register(actor, today, part), 1, size)
    return replace(found, rows=as_rows(found.rows, today))


def loans_of_person(session: Session, actor: Actor, person_id: int, today: date) -> tuple[Sequence[LoanRow], bool]:
    """What the person holds, as far as the actor may see it, the first due on top; and whether anything they hold,
    whatever the actor may know of it, should be back: then nothing further is given (R12)."""
    query = (
        loans_with_dossiers()
        .add_columns(visible_to(actor))
        .where(Loan.borrower_id == person_id, Loan.state == LoanState.ON_LOAN)
        .order_by(Loan.due_on, Loan.id)
    )
    rows = session.execute(query).all()
    blocked = any(is_overdue(loan.due_on, today) for loan, _ in rows)
    return as_rows([loan for loan, visible in rows if visible], today), blocked


def _is_announced() -> ColumnElement[bool]:
    """Loans whose borrowers have said that they are bringing them."""
    return exists().where(LoanEvent.loan_id == Loan.id, LoanEvent.what == LoanEventKind.ANNOUNCED)


def as_rows(loans: Sequence[Loan], today: date) -> Sequence[LoanRow]:
    """Loans of a page of the register, with how late each is."""
    return [LoanRow(loan, days_late(loan, today)) for loan in loans]


def loans_of_dossier(session: Session, actor: Actor, dossier_id: int, today: date) -> Sequence[LoanRow]:
    """The dossier's loan history as far as the actor may see names, newest first."""
    query = loans_with_dossiers().where(visible_to(actor), Dossier.id == dossier_id).order_by(Loan.id.desc())
    return _rows(session, query, today)


def loans_of_line(session: Session, actor: Actor, line_id: int, today: date) -> Sequence[LoanRow]:
    """What was handed out on a request, as far as the actor may see."""
    query = loans_with_dossiers().where(visible_to(actor), Loan.line_id == line_id).order_by(Loan.id)
    return _rows(session, query, today)


def loan_for(session: Session, actor: Actor, loan_id: int, *, lock: bool = False) -> Loan | None:
    """The loan, if the actor may see it; `lock` keeps others from changing it until the commit."""
    query = loans_with_dossiers().where(Loan.id == loan_id, visible_to(actor))
    if lock:
        query = query.with_for_update(of=Loan, key_share=True).execution_options(populate_existing=True)
    loan: Loan | None = session.scalar(query)
    return loan


def open_loan_of_volume(session: Session, volume_id: int) -> Loan | None:
    """The one open loan of a volume (the partial unique index)."""
    return session.scalar(
        select(Loan)
        .where(Loan.volume_id == volume_id, Loan.state == LoanState.ON_LOAN)
        .options(joinedload(Loan.borrower))
    )


def lost_loan_of_volume(session: Session, volume_id: int) -> Loan | None:
    """The loan on which a missing volume was lost, if any."""
    return session.scalar(
        select(Loan).where(Loan.volume_id == volume_id, Loan.state == LoanState.LOST).order_by(Loan.id.desc()).limit(1)
    )


def volume_for(session: Session, actor: Actor, volume_id: int) -> Volume | None:
    """The volume, if the actor may know of its dossier."""
    return session.scalar(
        select(Volume)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(Volume.id == volume_id, known_to(actor, Dossier))
    )


def loan_counts(session: Session, actor: Actor, today: date) -> LoanCounts:
    """How many volumes are out, overdue, and due today, as far as the actor may see."""
    row = session.execute(
        select(
            func.count(Loan.id),
            func.coalesce(func.sum(case((Loan.due_on < today, 1), else_=0)), 0),
            func.coalesce(func.sum(case((Loan.due_on == today, 1), else_=0)), 0),
        )
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(visible_to(actor), Loan.state == LoanState.ON_LOAN)
    ).one()
    return LoanCounts(row[0], int(row[1]), int(row[2]))


def holders(session: Session, volume_ids: Collection[int]) -> dict[int, Loan]:
    """The open loans of these volumes, by volume."""
    where = Loan.volume_id.in_(volume_ids) if volume_ids else false()
    loans = session.scalars(
        select(Loan).where(where, Loan.state == LoanState.ON_LOAN).options(joinedload(Loan.borrower))
    )
    return {loan.volume_id: loan for loan in loans}
