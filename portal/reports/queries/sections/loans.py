"""Loans: issued, returned, late, how long out, renewals, recalls, most asked dossiers, busiest hours."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.messages import N_
from portal.dossiers.models import Dossier, Volume
from portal.lending.models import Loan
from portal.lending.states import LoanState
from portal.reports.queries.declaring import Cross, Rows, Scope, Section, Thing
from portal.reports.queries.dimensions import DEPARTMENT, DOSSIER, HOUR, TIME, WEEKDAY
from portal.reports.queries.moments import office_hour, weekday
from portal.reports.statistics.counted import Chart

LOANS = Section("loans", N_("Loans"))


@LOANS.figure(
    N_("Volumes issued"),
    N_("Volumes handed out on a day of the period; a loan voided on its day is not counted."),
    of=Thing.LOANS,
    by=(TIME, DEPARTMENT, DOSSIER),
    crossed=(Cross(WEEKDAY, HOUR, N_("When volumes are handed out"), Chart.HEAT),),
    is_key=True,
)
def volumes_issued(scope: Scope) -> Rows:
    return (
        select(
            Loan.id.label("subject"),
            Loan.issued_on.label("day"),
            Person.department_id.label("department"),
            Volume.dossier_id.label("dossier"),
            weekday(Loan.issued_on).label("weekday"),
            office_hour(Loan.issued_at, scope.zone).label("hour"),
        )
        .join(Person, Person.id == Loan.borrower_id)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(scope.known, scope.on_days(Loan.issued_on), Loan.state != LoanState.VOIDED)
    )
