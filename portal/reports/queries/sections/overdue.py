"""Overdue volumes: who has them, and for how long."""

from __future__ import annotations

from sqlalchemy import Date, case, literal

from portal.core.messages import N_
from portal.lending.models import Loan
from portal.lending.states import LoanState
from portal.reports.queries.declaring import Dimension, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import DEPARTMENT
from portal.reports.queries.moments import days_between
from portal.reports.queries.sections.loans import loans_known, on_loan_at_end

OVERDUE = Section("overdue", N_("Overdue"))

LATENESS = Dimension(
    "lateness",
    N_("By days overdue"),
    words={
        "1": N_("1 to 3 days"),
        "4": N_("4 to 7 days"),
        "8": N_("8 to 30 days"),
        "31": N_("More than 30 days"),
    },
)


@OVERDUE.figure(
    N_("Volumes overdue"),
    N_(
        "Volumes that were out at the end of the period's last day although they were due before it, without those "
        "reported lost; the due date is the one that holds now, the department the borrower's."
    ),
    of=Thing.LOANS,
    by=(DEPARTMENT, LATENESS),
    timing=Timing.AT_END,
    is_key=True,
    is_listed=True,
    less_is_better=True,
)
def volumes_overdue(scope: Scope) -> Rows:
    late = days_between(Loan.due_on, literal(scope.last, Date()))
    band = case((late <= 3, "1"), (late <= 7, "4"), (late <= 30, "8"), else_="31")
    return loans_known(scope, band.label("lateness")).where(
        on_loan_at_end(scope), Loan.state != LoanState.LOST, Loan.due_on < scope.last
    )
