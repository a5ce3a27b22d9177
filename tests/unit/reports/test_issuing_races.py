"""Two at once, on two connections: one issue, one number, one submission."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person, PersonRole
from portal.accounts.queries import actor_of
from portal.core.errors import Conflict, PortalError
from portal.core.permissions import Role
from portal.dossiers.models import NumberSeries
from portal.reports.models.issued import Report, ReportStep
from portal.reports.services.issuing import issue_report
from portal.reports.services.preparing import submit_report, take_report_back
from portal.reports.states import ReportAction, ReportState
from tests.factories import make_person
from tests.unit.reports.issuing_world import Office, make_office

pytestmark = pytest.mark.usefixtures("light_figures")


def office_in(parts: Any, work: Any) -> Office:
    return make_office(work.session, lambda actor=None: parts.unit(work.session, actor), parts.store)


def at_once(parts: Any, acts: list[tuple[str, Callable[[Any], Any]]]) -> list[Exception]:
    """Let people, by log-in, do these acts in threads and transactions of their own; returns what went wrong."""
    barrier, errors = threading.Barrier(len(acts)), []

    def run(login: str, act: Callable[[Any], Any]) -> None:
        with parts.looking() as look:
            person = actor_of(look.session, look.session.scalars(select(Person).where(Person.login == login)).one())
        barrier.wait(10)
        try:
            with parts.writing(person) as work:
                act(work)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=one) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return errors


def test_two_who_issue_the_same_report_issue_it_once(parts: Any) -> None:
    with parts.writing() as work:
        office = office_in(parts, work)
        second = make_person(work.session, None, login="dir2", clearance=office.director.clearance)
        second.roles.append(PersonRole(role=Role.GENERAL_MANAGER))
        report = office.reviewed()
        report_id, version = report.id, report.row_version
    errors = at_once(
        parts,
        [(login, lambda work: issue_report(work, parts.store, report_id, version)) for login in ("dir", "dir2")],
    )
    assert len(errors) == 1
    assert isinstance(errors[0], Conflict)
    with parts.looking() as work:
        report = work.session.get_one(Report, report_id)
        assert (report.state, report.number) == (ReportState.ISSUED, "R2026-0001")
        assert work.session.scalars(select(NumberSeries.last).where(NumberSeries.series == "report")).all() == [1]


def test_many_reports_issued_at_once_are_numbered_without_gaps(parts: Any) -> None:
    with parts.writing() as work:
        office = office_in(parts, work)
        rows = [office.reviewed() for _ in range(6)]
        waiting = [(row.id, row.row_version) for row in rows]

    def issue(over: tuple[int, int]) -> Callable[[Any], Any]:
        return lambda work: issue_report(work, parts.store, *over)

    assert at_once(parts, [("dir", issue(over)) for over in waiting]) == []
    with parts.looking() as work:
        numbers = sorted(work.session.scalars(select(Report.number)))
    assert numbers == [f"R2026-{number:04d}" for number in range(1, 7)]


def test_a_report_sent_twice_at_once_is_frozen_once(parts: Any) -> None:
    with parts.writing() as work:
        report = office_in(parts, work).draft()
        report_id, version = report.id, report.row_version
    errors = at_once(parts, [("cle", lambda work: submit_report(work, parts.store, report_id, version))] * 2)
    assert len(errors) == 1
    assert isinstance(errors[0], PortalError)
    with parts.looking() as work:
        steps = work.session.scalars(select(ReportStep.action).where(ReportStep.report_id == report_id)).all()
    assert steps.count(ReportAction.SUBMIT) == 1


def test_nothing_is_issued_that_was_taken_back_meanwhile(parts: Any) -> None:
    """Whoever comes second is told that the state has changed."""
    with parts.writing() as work:
        office = office_in(parts, work)
        report = office.reviewed()
        report_id, version = report.id, report.row_version
    errors = at_once(
        parts,
        [
            ("dir", lambda work: issue_report(work, parts.store, report_id, version)),
            ("cle", lambda work: take_report_back(work, report_id, version)),
        ],
    )
    assert len(errors) == 1
    with parts.looking() as work:
        report = work.session.get_one(Report, report_id)
        assert (report.state == ReportState.ISSUED) == (report.number is not None) == (report.pdf_key is not None)
