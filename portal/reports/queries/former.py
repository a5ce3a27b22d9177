"""The period's figures, counted under the rights of the person they are made for.

Every number counts only what that person may know of (`known_to`): dossiers above their clearance are in no
sum. A period holds both its first and its last day, in the office's time zone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.queries import known_to
from portal.accounts.models import Department, Person
from portal.clients.models import CLIENT_KIND_NAMES, Client, ClientKind
from portal.core.clock import office_midnight
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, Actor, Level
from portal.documents.models import Document, DocumentVersion
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody, DossierState
from portal.lending.models import Decision, Loan, RequestLine
from portal.lending.states import LineState, LoanState, RequestKind
from portal.reports.figures import (
    Holdings,
    LoanFigures,
    LoansOfDay,
    OverdueLoan,
    RequestFigures,
    StatisticsReport,
)

ALL_LEVELS = N_("Readers cleared for core dossiers: every dossier is counted.")
WITHOUT_CORE = N_("Every employee: core dossiers are not counted.")

_APPROVED = (LineState.READY, LineState.FULFILLED, LineState.NOT_FOUND)
_CLOSED = (LineState.REJECTED, LineState.CANCELLED, LineState.EXPIRED)


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included, in the office's zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        """The moment the period begins."""
        return office_midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The moment the period is over."""
        return office_midnight(self.last + timedelta(days=1), self.zone)


def statistics(session: Session, actor: Actor, period: Period, today: date) -> StatisticsReport:
    """Count everything the statistics report says."""
    known = and_(known_to(actor, Dossier), Dossier.state == DossierState.OPEN)
    return StatisticsReport(
        period_from=period.first,
        period_to=period.last,
        audience=ALL_LEVELS if actor.cleared_for_core else WITHOUT_CORE,
        made_on=today,
        holdings_by_kind=_holdings(session, known, Client.kind, _kind_names()),
        holdings_by_level=_holdings(session, known, Dossier.level, _level_names(actor)),
        read_requests=_requests(session, known, RequestKind.READ, period),
        borrow_requests=_requests(session, known, RequestKind.BORROW, period),
        room_requests=_requests(session, known, RequestKind.READ_IN_ROOM, period),
        loans=_loans(session, known, period),
        overdue=_overdue(session, known, min(period.last, today)),
        loans_by_day=_loans_by_day(session, known, period),
    )


def _kind_names() -> dict[Any, str]:
    return {kind: CLIENT_KIND_NAMES[kind] for kind in ClientKind}


def _level_names(actor: Actor) -> dict[Any, str]:
    return {level: LEVEL_NAMES[level] for level in Level if level is not Level.CORE or actor.cleared_for_core}


def _holdings(session: Session, known: ColumnElement[bool], by: Any, names: dict[Any, str]) -> tuple[Holdings, ...]:
    """What is held, by client's kind or dossier's level. Disposed volumes are no longer held."""
    dossiers = select(by, func.count(Dossier.id)).join(Client, Client.id == Dossier.client_id)
    volumes = (
        select(by, func.count(Volume.id))
        .select_from(Volume)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .where(Volume.custody != Custody.DISPOSED)
    )
    newest = (
        select(DocumentVersion.document_id, func.max(DocumentVersion.number).label("number"))
        .group_by(DocumentVersion.document_id)
        .subquery()
    )
    documents = (
        select(by, func.count(Document.id), func.coalesce(func.sum(DocumentVersion.page_count), 0))
        .select_from(Document)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .join(newest, newest.c.document_id == Document.id)
        .join(
            DocumentVersion,
            and_(
                DocumentVersion.document_id == newest.c.document_id,
                DocumentVersion.number == newest.c.number,
            ),
        )
    )
    counted: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for position, query in ((0, dossiers), (1, volumes), (2, documents)):
        for key, *numbers in session.execute(query.where(known).group_by(by)):
            counted[key][position : position + len(numbers)] = [int(number) for number in numbers]
    return tuple(Holdings(name, *counted[key]) for key, name in names.items() if key in counted)


def _requests(session: Session, known: ColumnElement[bool], kind: RequestKind, period: Period) -> RequestFigures:
    """Request lines of one kind. A line is settled when its last signature is given or it is closed."""
    decided = select(Decision.line_id, func.max(Decision.decided_at).label("at")).group_by(Decision.line_id).subquery()
    settled = case(
        (RequestLine.state.in_(_APPROVED), decided.c.at),
        (RequestLine.state.in_(_CLOSED), RequestLine.closed_at),
        else_=None,
    )
    in_period = and_(settled >= period.begins, settled < period.ends)

    def of(*states: LineState) -> ColumnElement[int]:
        return _count_if(and_(in_period, RequestLine.state.in_(states)))

    row = session.execute(
        select(
            _count_if(and_(RequestLine.submitted_at >= period.begins, RequestLine.submitted_at < period.ends)),
            of(*_APPROVED),
            of(LineState.REJECTED),
            of(LineState.CANCELLED),
            _count_if(
                and_(
                    RequestLine.submitted_at < period.ends,
                    or_(settled.is_(None), settled >= period.ends),
                )
            ),
        )
        .select_from(RequestLine)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .outerjoin(decided, decided.c.line_id == RequestLine.id)
        .where(known, RequestLine.kind == kind, RequestLine.submitted_at.is_not(None))
    ).one()
    return RequestFigures(*(int(number) for number in row))


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _out_on(day: date) -> ColumnElement[bool]:
    """Loans that had not come back by the end of `day`."""
    return and_(
        Loan.issued_on <= day,
        Loan.state != LoanState.VOIDED,
        or_(Loan.returned_on.is_(None), Loan.returned_on > day),
    )


def _loans(session: Session, known: ColumnElement[bool], period: Period) -> LoanFigures:
    came_back = and_(Loan.state == LoanState.RETURNED, Loan.returned_on.between(period.first, period.last))
    issued = and_(Loan.issued_on.between(period.first, period.last), Loan.state != LoanState.VOIDED)
    row = session.execute(
        select(
            _count_if(issued),
            _count_if(came_back),
            _count_if(and_(came_back, Loan.returned_on > Loan.due_on)),
            _count_if(_out_on(period.last)),
            _count_if(and_(issued, Loan.in_reading_room)),
        )
        .select_from(Loan)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(known)
    ).one()
    return LoanFigures(*(int(number) for number in row))


def _overdue(session: Session, known: ColumnElement[bool], day: date) -> tuple[OverdueLoan, ...]:
    """Loans overdue at the end of `day`, the longest first."""
    borrower = aliased(Person)
    rows = session.execute(
        select(Loan, Volume, Dossier, Client.name, borrower.name, Department.name)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .join(borrower, borrower.id == Loan.borrower_id)
        .join(Department, Department.id == borrower.department_id)
        .where(known, _out_on(day), Loan.state != LoanState.LOST, Loan.due_on < day)
        .order_by(Loan.due_on, Loan.id)
    )
    return tuple(
        OverdueLoan(
            dossier_number=dossier.number or "",
            client=client,
            volume=volume.barcode,
            borrower=person,
            department=department,
            issued_on=loan.issued_on,
            due_on=loan.due_on,
            days_late=(day - loan.due_on).days,
        )
        for loan, volume, dossier, client, person, department in rows
    )


def _loans_by_day(session: Session, known: ColumnElement[bool], period: Period) -> tuple[LoansOfDay, ...]:
    def counted(day: Any, *conditions: ColumnElement[bool]) -> dict[date, int]:
        rows = session.execute(
            select(day, func.count(Loan.id))
            .join(Volume, Volume.id == Loan.volume_id)
            .join(Dossier, Dossier.id == Volume.dossier_id)
            .where(known, day.between(period.first, period.last), *conditions)
            .group_by(day)
        )
        return {on: int(number) for on, number in rows}

    issued = counted(Loan.issued_on, Loan.state != LoanState.VOIDED)
    returned = counted(Loan.returned_on, Loan.state == LoanState.RETURNED)
    return tuple(LoansOfDay(day, issued.get(day, 0), returned.get(day, 0)) for day in sorted({*issued, *returned}))
