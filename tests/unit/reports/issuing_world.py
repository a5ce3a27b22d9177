"""The people around a report, and a report as far as a test wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.reports.models.issued import Report
from portal.reports.periods import Period, PeriodKind
from portal.reports.services.distributing import add_recipients
from portal.reports.services.issuing import issue_report
from portal.reports.services.preparing import NewReport, prepare_report, submit_report
from portal.reports.services.reviewing import approve_report
from portal.reports.states import ReportKind
from portal.reports.statistics.counted import Audience
from tests.factories import actor, make_department, make_person

FEBRUARY = Period.containing(PeriodKind.MONTH, date(2026, 2, 1))
"""Over: the tests' clock says 2 March."""
MARCH = Period.containing(PeriodKind.MONTH, date(2026, 3, 1))


@dataclass
class Office:
    """Who prepares, reviews, issues and receives; `work_as` makes units of work, `store` keeps files."""

    session: Any
    work_as: Any
    store: Any
    clerk: Person
    manager: Person
    keeper: Person
    director: Person
    reader: Person

    def work(self, person: Person) -> Any:
        return self.work_as(actor(self.session, person))

    def draft(
        self,
        by: Person | None = None,
        *,
        period: Period = FEBRUARY,
        audience: Audience = Audience.EVERYONE,
        language: str = "en",
        title: str = "",
    ) -> Report:
        new = NewReport(ReportKind.STATISTICS, period, audience, language, title)
        return prepare_report(self.work(by or self.clerk), new)

    def submitted(self, **fields: Any) -> Report:
        report = self.draft(**fields)
        return submit_report(self.work(report.prepared_by), self.store, report.id, report.row_version)

    def reviewed(self, **fields: Any) -> Report:
        report = self.submitted(**fields)
        return approve_report(self.work(self.keeper), report.id, report.row_version)

    def issued(self, *recipients: Person, **fields: Any) -> Report:
        report = self.reviewed(**fields)
        if recipients:
            add_recipients(self.work(self.keeper), report.id, [person.id for person in recipients])
        return issue_report(self.work(self.director), self.store, report.id, report.row_version)


def make_office(session: Any, work_as: Any, store: Any) -> Office:
    """Everybody cleared for core, so that a test takes a clearance away where it matters."""
    records, sales, board = (make_department(session, name) for name in ("Records", "Sales", "Board"))
    core = {"clearance": Level.CORE}
    return Office(
        session,
        work_as,
        store,
        clerk=make_person(session, records, Role.CLERK, login="cle", name="Cle Rk", **core),
        manager=make_person(session, sales, Role.MANAGER, login="man", name="Man Ager", **core),
        keeper=make_person(session, records, Role.RECORDS_MANAGER, login="kee", name="Kee Per", **core),
        director=make_person(session, board, Role.GENERAL_MANAGER, login="dir", name="Dir Ector", **core),
        reader=make_person(session, sales, login="rea", name="Rea Der", **core),
    )
