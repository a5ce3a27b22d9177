"""Loans: issued, returned, late, how long out, renewals, recalls, most asked dossiers, busiest hours."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select

from portal.accounts.models import Person
from portal.clients.models import Client
from portal.core.messages import N_
from portal.dossiers.models import Dossier, Volume
from portal.lending.models import Loan, LoanEvent
from portal.lending.states import LoanEventKind, LoanState
from portal.reports.queries.declaring import Cross, Dimension, Measure, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import CLIENT_KIND, DEPARTMENT, DOSSIER, HOUR, LEVEL, TIME, WEEKDAY
from portal.reports.queries.moments import days_between, weekday
from portal.reports.queries.planning import mostly
from portal.reports.statistics.counted import Chart, Unit

LOANS = Section("loans", N_("Loans"))

WHERE_READ = Dimension(
    "where_read",
    N_("By where they are read"),
    words={"room": N_("In the reading room"), "away": N_("Taken away")},
)


def on_loan_at_end(scope: Scope) -> ColumnElement[bool]:
    """Loans of volumes that were out at the end of the scope's last day, those reported lost among them."""
    return and_(
        Loan.state != LoanState.VOIDED,
        Loan.issued_on <= scope.last,
        or_(Loan.returned_on.is_(None), Loan.returned_on > scope.last),
    )


def loans_known(scope: Scope, *columns: ColumnElement[Any]) -> Rows:
    """Loans of volumes of known dossiers, with the borrower's department."""
    return (
        select(Loan.id.label("subject"), Person.department_id.label("department"), *columns)
        .join(Person, Person.id == Loan.borrower_id)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(scope.known)
    )


@LOANS.figure(
    N_("Volumes issued"),
    N_(
        "Volumes handed out on a day of the period; a loan voided on its day is not counted; the department is the "
        "borrower's."
    ),
    of=Thing.LOANS,
    by=(TIME, DEPARTMENT, LEVEL, WHERE_READ, DOSSIER),
    crossed=(Cross(WEEKDAY, HOUR, N_("When volumes are handed out"), Chart.HEAT),),
    is_key=True,
)
def volumes_issued(scope: Scope) -> Rows:
    return loans_known(
        scope,
        Loan.issued_on.label("day"),
        Dossier.level.label("level"),
        case((Loan.in_reading_room, "room"), else_="away").label("where_read"),
        Volume.dossier_id.label("dossier"),
        weekday(Loan.issued_on).label("weekday"),
        scope.hour_of(Loan.issued_at).label("hour"),
    ).where(scope.on_days(Loan.issued_on), Loan.state != LoanState.VOIDED)


@LOANS.figure(
    N_("Days out"),
    N_(
        "The mean number of days from issue to return, of the volumes that came back in the period: 0 for those back "
        "on the same day; the department is the borrower's."
    ),
    of=Thing.LOANS,
    name="days-out",
    by=(DEPARTMENT, CLIENT_KIND),
    measure=Measure.MEAN,
    amount="days",
    unit=Unit.DAYS,
)
@LOANS.figure(
    N_("Share returned late"),
    N_(
        "Of the volumes that came back in the period, the share that came back after the date on which it was due; the "
        "department is the borrower's."
    ),
    of=Thing.LOANS,
    name="late-share",
    by=(DEPARTMENT,),
    measure=Measure.SHARE,
    amount="is_late",
    unit=Unit.SHARE,
    is_key=True,
    less_is_better=True,
)
@LOANS.figure(
    N_("Returned late"),
    N_(
        "Volumes that came back in the period after the date on which they were due, renewals counted; the department "
        "is the borrower's."
    ),
    of=Thing.LOANS,
    name="returned-late",
    by=(DEPARTMENT,),
    amount="late",
    less_is_better=True,
)
@LOANS.figure(
    N_("Volumes returned"),
    N_("Volumes that came back on a day of the period, as the desk dated it; the department is the borrower's."),
    of=Thing.LOANS,
    by=(TIME, DEPARTMENT),
)
def volumes_returned(scope: Scope) -> Rows:
    returned = loans_known(
        scope,
        Loan.returned_on.label("day"),
        Client.kind.label("client_kind"),
        case((Loan.returned_on > Loan.due_on, 1)).label("late"),
        case((Loan.returned_on > Loan.due_on, 1), else_=0).label("is_late"),
        days_between(Loan.issued_on, Loan.returned_on).label("days"),
    )
    return returned.join(Client, Client.id == Dossier.client_id).where(
        mostly(Loan.state == LoanState.RETURNED), scope.on_days(Loan.returned_on)
    )


@LOANS.figure(
    N_("Volumes on loan"),
    N_(
        "Volumes that were out at the end of the period's last day, those reported lost included; the department is "
        "the borrower's."
    ),
    of=Thing.LOANS,
    by=(DEPARTMENT, LEVEL),
    timing=Timing.AT_END,
)
def volumes_on_loan(scope: Scope) -> Rows:
    return loans_known(scope, Dossier.level.label("level")).where(on_loan_at_end(scope))


def _events(scope: Scope, what: LoanEventKind) -> Rows:
    return (
        select(
            LoanEvent.loan_id.label("subject"),
            scope.day_of(LoanEvent.at).label("day"),
            Person.department_id.label("department"),
        )
        .join(Loan, Loan.id == LoanEvent.loan_id)
        .join(Person, Person.id == Loan.borrower_id)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(scope.known, LoanEvent.what == what, scope.happened(LoanEvent.at))
    )


@LOANS.figure(
    N_("Renewals"),
    N_("How often a loan was renewed in the period; the department is the borrower's."),
    of=Thing.LOANS,
    by=(TIME, DEPARTMENT),
)
def renewals(scope: Scope) -> Rows:
    return _events(scope, LoanEventKind.RENEWED)


@LOANS.figure(
    N_("Recalls"),
    N_("How often a volume on loan was asked back in the period; the department is the borrower's."),
    of=Thing.LOANS,
    by=(TIME, DEPARTMENT),
)
def recalls(scope: Scope) -> Rows:
    return _events(scope, LoanEventKind.RECALLED)
