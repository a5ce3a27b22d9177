"""The figures of requests, loans and overdue volumes. Small examples, counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from portal.clients.models import ClientKind
from portal.core.permissions import Level
from portal.dossiers.states import DossierState
from portal.lending.states import LineState, LoanEventKind, LoanState, RequestKind
from portal.reports.periods import Period, PeriodKind
from portal.reports.statistics.counted import Audience
from tests.unit.reports.figures_archive import AFTER_MARCH, BEFORE_MARCH, MARCH, MARCH_BEGINS, MARCH_ENDS, by, cells
from tests.unit.reports.lending_archive import LendingArchive, office

DAY = date(2026, 3, 4)
"""A Wednesday in March."""
NOON = office(DAY)


@pytest.fixture
def archive(session: Any) -> LendingArchive:
    return LendingArchive(session)


# Requests


def test_requests_submitted(archive: LendingArchive) -> None:
    archive.line(MARCH_BEGINS, LineState.HEAD_APPROVED, head=NOON)
    archive.line(MARCH_ENDS, LineState.READY, head=AFTER_MARCH, kind=RequestKind.READ, purpose="Prices")
    archive.line(NOON, LineState.NOT_FOUND, head=NOON, reader=archive.bo)
    archive.line(NOON, LineState.REJECTED, closed_at=NOON, reader=archive.bo)
    archive.line(NOON, LineState.DRAFT)
    archive.line(BEFORE_MARCH)
    archive.line(AFTER_MARCH)
    archive.line(NOON, of=archive.core)
    archive.line(NOON, of=archive.dossier(state=DossierState.DRAFT))
    counted = archive.count("requests-submitted")
    assert (counted.total.this, counted.total.previous, counted.total.last_year) == (4, 1, 0)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-04": 2, "2026-03-31": 1}
    assert by(counted, "request_kind") == {"borrow": 3, "read": 1}
    assert by(counted, "department") == {str(archive.sales.id): 2, str(archive.purchasing.id): 2}
    assert by(counted, "level") == {"general": 4}
    assert by(counted, "purpose") == {"Audit": 3, "Prices": 1}
    assert by(counted, "outcome") == {"open": 1, "approved": 2, "rejected": 1}
    assert by(counted, "dossier") == {str(archive.file.id): 4}
    assert cells(counted, "department-request_kind") == {
        (str(archive.sales.id), "borrow"): 1,
        (str(archive.sales.id), "read"): 1,
        (str(archive.purchasing.id), "borrow"): 2,
    }
    assert archive.count("requests-submitted", audience=Audience.CORE).total.this == 5


def test_requests_are_settled_by_the_last_signature_or_the_closing(archive: LendingArchive) -> None:
    april = office(date(2026, 4, 2))
    archive.line(BEFORE_MARCH, LineState.FULFILLED, head=BEFORE_MARCH, records=MARCH_BEGINS, closed_at=april)
    archive.line(NOON, LineState.FULFILLED, head=NOON, records=AFTER_MARCH, closed_at=AFTER_MARCH)  # April
    archive.line(NOON, LineState.READY, head=NOON, records=MARCH_ENDS, kind=RequestKind.READ_IN_ROOM)
    archive.line(NOON, LineState.CANCELLED, head=NOON, closed_at=MARCH_ENDS, reader=archive.bo)
    archive.line(NOON, LineState.CANCELLED, head=NOON, closed_at=AFTER_MARCH)  # April, though signed in March
    archive.line(BEFORE_MARCH, LineState.EXPIRED, closed_at=NOON)
    archive.line(NOON, LineState.REJECTED, closed_at=NOON)
    archive.line(NOON, LineState.HEAD_APPROVED, head=NOON)
    archive.line(NOON, LineState.READY, head=NOON, of=archive.core)
    counted = archive.count("requests-settled")
    assert counted.total.this == 5
    assert by(counted, "outcome") == {"approved": 2, "cancelled": 1, "expired": 1, "rejected": 1}
    assert by(counted, "request_kind") == {"borrow": 4, "room": 1}
    assert by(counted, "department") == {str(archive.sales.id): 4, str(archive.purchasing.id): 1}
    assert archive.count("requests-settled", audience=Audience.CORE).total.this == 6


def test_a_draft_given_up_was_no_request(archive: LendingArchive) -> None:
    archive.line(NOON, LineState.CANCELLED, closed_at=NOON).submitted_at = None
    assert archive.count("requests-settled").total.this == 0
    assert archive.count("requests-submitted").total.this == 0


def test_hours_to_decide(archive: LendingArchive) -> None:
    archive.line(NOON, LineState.FULFILLED, head=NOON + timedelta(hours=1), records=NOON + timedelta(hours=3))
    archive.line(NOON, LineState.REJECTED, closed_at=NOON + timedelta(minutes=30), reader=archive.bo)
    archive.line(NOON, LineState.CANCELLED, closed_at=NOON + timedelta(hours=40))
    archive.line(NOON, LineState.EXPIRED, closed_at=NOON + timedelta(hours=40))
    archive.line(NOON, LineState.READY, head=NOON + timedelta(hours=90), of=archive.core)
    counted = archive.count("hours-to-decide")
    # (3 + 0.5) / 2 = 1.75 hours, in tenths and rounded.
    assert (counted.total.this, counted.total.previous) == (18, None)
    assert by(counted, "department") == {str(archive.sales.id): 30, str(archive.purchasing.id): 5}
    assert by(counted, "level") == {"general": 18}
    assert by(counted, "request_kind") == {"borrow": 18}


def test_requests_waiting_at_the_end(archive: LendingArchive) -> None:
    archive.line(MARCH_ENDS)
    archive.line(NOON, LineState.HEAD_APPROVED, head=NOON, reader=archive.bo)
    archive.line(NOON, LineState.FULFILLED, head=NOON, records=AFTER_MARCH)
    archive.line(NOON, LineState.CANCELLED, closed_at=AFTER_MARCH, kind=RequestKind.READ)
    archive.line(AFTER_MARCH)
    archive.line(NOON, LineState.FULFILLED, head=MARCH_ENDS)
    archive.line(NOON, LineState.EXPIRED, closed_at=MARCH_ENDS)
    archive.line(NOON, of=archive.core)
    counted = archive.count("requests-waiting")
    assert (counted.total.this, counted.total.previous) == (4, 0)
    assert by(counted, "department") == {str(archive.sales.id): 3, str(archive.purchasing.id): 1}
    assert by(counted, "request_kind") == {"borrow": 3, "read": 1}
    assert archive.count("requests-waiting", audience=Audience.CORE).total.this == 5


# Loans


def test_volumes_issued(archive: LendingArchive) -> None:
    archive.loan(date(2026, 3, 1), hour=0)  # A Sunday.
    archive.loan(DAY, DAY, hour=9, in_reading_room=True, borrower=archive.bo)
    archive.loan(DAY, state=LoanState.LOST, hour=9)
    archive.loan(date(2026, 3, 31), hour=23, of=archive.dossier(level=Level.IMPORTANT))
    archive.loan(DAY, state=LoanState.VOIDED)
    archive.loan(date(2026, 2, 28))
    archive.loan(date(2026, 4, 1))
    archive.loan(DAY, of=archive.core)
    counted = archive.count("volumes-issued")
    assert (counted.total.this, counted.total.previous) == (4, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-04": 2, "2026-03-31": 1}
    assert by(counted, "department") == {str(archive.sales.id): 3, str(archive.purchasing.id): 1}
    assert by(counted, "level") == {"general": 3, "important": 1}
    assert "core" not in [group.key for group in counted.breakdown("level").groups]
    assert by(counted, "where_read") == {"room": 1, "away": 3}
    assert by(counted, "dossier")[str(archive.file.id)] == 3
    assert cells(counted, "weekday-hour") == {("6", "0"): 1, ("2", "9"): 2, ("1", "23"): 1}
    core = archive.count("volumes-issued", audience=Audience.CORE)
    assert core.total.this == 5
    assert by(core, "level") == {"general": 3, "important": 1, "core": 1}


def test_of_many_dossiers_the_most_asked_are_shown(archive: LendingArchive) -> None:
    for _ in range(21):
        archive.loan(DAY, of=archive.dossier())
    archive.loan(DAY)
    archive.loan(DAY)
    shown = archive.count("volumes-issued").breakdown("dossier")
    assert (len(shown.groups), shown.left_out) == (20, 2)
    assert shown.groups[0].key == str(archive.file.id)
    assert shown.groups[0].name.text == f"{archive.file.number} {archive.file.client.name}"
    assert shown.rest is not None
    assert (shown.groups[0].values.this, shown.rest.this) == (2, 2)


def test_volumes_returned(archive: LendingArchive) -> None:
    archive.loan(date(2026, 2, 20), date(2026, 3, 1), due_on=date(2026, 2, 28))  # late, 9 days
    archive.loan(DAY, date(2026, 3, 7), borrower=archive.bo)  # on the day it was due, 3 days
    archive.loan(DAY, DAY, in_reading_room=True, of=archive.dossier(client=archive.client(kind=ClientKind.BANK)))
    archive.loan(date(2026, 3, 31), date(2026, 3, 31))  # 0 days
    archive.loan(DAY, date(2026, 4, 1))
    archive.loan(DAY, date(2026, 2, 28))
    archive.loan(DAY, state=LoanState.LOST)
    archive.loan(DAY, DAY, of=archive.core)
    counted = archive.count("volumes-returned")
    assert (counted.total.this, counted.total.previous) == (4, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-07": 1, "2026-03-04": 1, "2026-03-31": 1}
    late = archive.count("returned-late")
    assert (late.total.this, by(late, "department")) == (1, {str(archive.sales.id): 1})
    share = archive.count("late-share")
    # 1 of 4; of sales 1 of 3; in tenths of a percent.
    assert (share.total.this, by(share, "department")) == (250, {str(archive.sales.id): 333})
    days = archive.count("days-out")
    # (9 + 3 + 0 + 0) / 4 days, in tenths.
    assert days.total.this == 30
    assert by(days, "department") == {str(archive.sales.id): 30, str(archive.purchasing.id): 30}
    assert by(days, "client_kind") == {"supplier": 40}
    assert archive.count("volumes-returned", audience=Audience.CORE).total.this == 5


def test_days_out_over_a_leap_day(archive: LendingArchive) -> None:
    archive.loan(date(2024, 2, 28), date(2024, 3, 1))
    assert archive.count("days-out", Period.containing(PeriodKind.MONTH, date(2024, 3, 1))).total.this == 20


def test_volumes_on_loan(archive: LendingArchive) -> None:
    archive.loan(date(2026, 3, 31))
    archive.loan(DAY, date(2026, 4, 1), borrower=archive.bo)
    archive.loan(DAY, state=LoanState.LOST)
    archive.loan(date(2026, 2, 28), date(2026, 3, 31))  # Back on the last day; out at the end of February.
    archive.loan(date(2026, 4, 1))
    archive.loan(DAY, state=LoanState.VOIDED)
    archive.loan(DAY, of=archive.core)
    counted = archive.count("volumes-on-loan")
    assert (counted.total.this, counted.total.previous) == (3, 1)
    assert by(counted, "department") == {str(archive.sales.id): 2, str(archive.purchasing.id): 1}
    assert by(counted, "level") == {"general": 3}


def test_renewals_and_recalls(archive: LendingArchive) -> None:
    loan, hidden = archive.loan(date(2026, 2, 10)), archive.loan(date(2026, 2, 10), of=archive.core)
    for at in (BEFORE_MARCH, MARCH_BEGINS, MARCH_ENDS, AFTER_MARCH):
        archive.event(loan, LoanEventKind.RENEWED, at)
    archive.event(hidden, LoanEventKind.RENEWED, NOON)
    archive.event(loan, LoanEventKind.RECALLED, NOON)
    archive.event(loan, LoanEventKind.ANNOUNCED, NOON)
    renewed, recalled = archive.count("renewals"), archive.count("recalls")
    assert (renewed.total.this, renewed.total.previous) == (2, 1)
    assert by(renewed, "day") == {"2026-03-01": 1, "2026-03-31": 1}
    assert by(renewed, "department") == {str(archive.sales.id): 2}
    assert (recalled.total.this, by(recalled, "day")) == (1, {"2026-03-04": 1})
    assert archive.count("renewals", audience=Audience.CORE).total.this == 3


# Overdue


def test_volumes_overdue(archive: LendingArchive) -> None:
    for days in (0, 1, 3, 4, 7, 8, 30, 31):
        archive.loan(date(2026, 2, 1), due_on=MARCH.last - timedelta(days=days))
    archive.loan(date(2026, 2, 1), date(2026, 4, 1), due_on=DAY, borrower=archive.bo)  # Came back the day after.
    archive.loan(date(2026, 2, 1), MARCH.last, due_on=DAY)
    archive.loan(date(2026, 2, 1), state=LoanState.LOST, due_on=DAY)
    archive.loan(date(2026, 2, 1), state=LoanState.VOIDED, due_on=DAY)
    archive.loan(date(2026, 2, 1), of=archive.core, due_on=DAY)
    counted = archive.count("volumes-overdue")
    assert counted.total.this == 8
    assert by(counted, "lateness") == {"1": 2, "4": 2, "8": 3, "31": 1}
    assert by(counted, "department") == {str(archive.sales.id): 7, str(archive.purchasing.id): 1}
    assert counted.register is not None
    assert len(counted.register.rows) == 8
    assert archive.count("volumes-overdue", audience=Audience.CORE).total.this == 9


def test_a_period_that_is_not_over_ends_today(archive: LendingArchive) -> None:
    archive.loan(date(2026, 3, 2), due_on=date(2026, 3, 5))
    archive.loan(date(2026, 2, 2), due_on=date(2026, 2, 5))
    archive.loan(date(2026, 2, 5))
    archive.loan(date(2026, 2, 11), date(2026, 2, 12))
    archive.line(office(date(2026, 2, 10), 23, 59))
    today = date(2026, 3, 10)
    overdue = archive.count("volumes-overdue", today=today)
    # Due on 5 March (5 days), 5 February (33 days) and 8 February (30 days); compared is the first ten days of
    # February, at whose end two were overdue.
    assert (overdue.total.this, overdue.total.previous) == (3, 2)
    assert by(overdue, "lateness") == {"4": 1, "8": 1, "31": 1}
    assert by(archive.count("volumes-issued", today=today), "day") == {"2026-03-02": 1}
    assert archive.count("volumes-issued", today=today).total.previous == 2
    assert archive.count("requests-waiting", today=today).total.this == 1
