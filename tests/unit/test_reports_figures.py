"""The statistics against an independent count: plain Python over the raw rows, written apart from the SQL."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.clients.models import ClientKind
from portal.core.errors import Invalid, NotPermitted
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.dossiers.states import Custody, DossierState
from portal.lending.models import Decision, DecisionStage, Loan, Request, RequestLine
from portal.lending.states import LineState, LoanState, RequestKind
from portal.reports.figures import figure_tables, key_figures
from portal.reports.queries.former import Period, statistics
from portal.reports.services import make_statistics
from tests.factories import actor, make_client, make_department, make_document, make_dossier, make_person

SHANGHAI = ZoneInfo("Asia/Shanghai")


def moment(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI).astimezone(UTC)


def add_line(session: Any, person: Any, dossier: Any, kind: RequestKind, state: LineState, **times: Any) -> RequestLine:
    request = Request(
        filed_by_id=person.id, object="file", purpose="audit", reason="because", created_at=times["submitted_at"]
    )
    decided_at = times.pop("decided_at", None)
    line = RequestLine(request=request, dossier=dossier, reader=person, kind=kind, state=state, **times)
    session.add(line)
    session.flush()
    if decided_at:
        session.add(
            Decision(
                line_id=line.id, stage=DecisionStage.HEAD, approved=True, decided_by_id=person.id, decided_at=decided_at
            )
        )
    return line


def add_loan(
    session: Any,
    person: Any,
    dossier: Any,
    issued: date,
    returned: date | None,
    state: LoanState,
    *,
    in_room: bool = False,
) -> Loan:
    line = add_line(
        session,
        person,
        dossier,
        RequestKind.READ_IN_ROOM if in_room else RequestKind.BORROW,
        LineState.FULFILLED,
        submitted_at=moment(issued),
        decided_at=moment(issued),
    )
    loan = Loan(
        volume=dossier.volumes[0],
        line=line,
        borrower=person,
        state=state,
        issued_at=moment(issued),
        issued_on=issued,
        issued_by_id=person.id,
        due_on=issued if in_room else issued + timedelta(days=3),
        original_due_on=issued if in_room else issued + timedelta(days=3),
        in_reading_room=in_room,
        sheets_issued=40,
        returned_on=returned,
        recorded_at=moment(returned) if returned else None,
    )
    session.add(loan)
    session.flush()
    return loan


def random_archive(session: Any, seed: int) -> None:
    """Dossiers of every kind, level and state with documents, requests and loans around the edges of March."""
    dice = random.Random(seed)
    office = make_department(session)
    people = [make_person(session, office) for _ in range(4)]
    edge_days = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    days = edge_days + [date(2026, 3, 1) + timedelta(days=dice.randrange(31)) for _ in range(10)]
    for _ in range(12):
        client = make_client(session, people[0], kind=dice.choice(list(ClientKind)))
        dossier = make_dossier(
            session,
            people[0],
            client,
            level=dice.choice(list(Level)),
            volumes=dice.randint(1, 3),
            state=dice.choice([DossierState.OPEN, DossierState.OPEN, DossierState.DRAFT]),
        )
        for volume in dossier.volumes[1:]:
            volume.custody = dice.choice([Custody.ON_SHELF, Custody.DISPOSED])
        for _ in range(dice.randint(0, 3)):
            make_document(session, people[0], dossier, *["page"] * dice.randint(1, 4))
        for person in people:
            submitted = dice.choice(days)
            settled = submitted + timedelta(days=dice.randint(0, 5))
            hour = dice.choice([0, 12, 23])
            state = dice.choice([state for state in LineState if state is not LineState.DRAFT])
            closed = state in (LineState.REJECTED, LineState.CANCELLED, LineState.EXPIRED)
            approved = state in (LineState.READY, LineState.FULFILLED, LineState.NOT_FOUND)
            add_line(
                session,
                person,
                dossier,
                dice.choice(list(RequestKind)),
                state,
                submitted_at=moment(submitted, hour),
                closed_at=moment(settled, hour) if closed else None,
                decided_at=moment(settled, hour) if approved else None,
            )
        issued = dice.choice(days)
        state = dice.choice(list(LoanState))
        back = issued + timedelta(days=dice.randint(0, 8)) if state is LoanState.RETURNED else None
        add_loan(session, dice.choice(people), dossier, issued, back, state, in_room=dice.random() < 0.4)
    session.flush()


def counted_by_hand(session: Any, cleared: bool, first: date, last: date, today: date) -> dict[str, Any]:
    """The same figures, from the rows, without SQL."""
    known = [
        row
        for row in session.scalars(select(Dossier)).all()
        if row.state == DossierState.OPEN and (cleared or row.level != Level.CORE)
    ]
    ids = {row.id for row in known}
    lines = [row for row in session.scalars(select(RequestLine)).all() if row.dossier_id in ids]
    loans = [row for row in session.scalars(select(Loan)).all() if row.volume.dossier_id in ids]

    def office_day(value: datetime) -> date:
        return value.astimezone(SHANGHAI).date()

    def settled(line: RequestLine) -> date | None:
        if line.state in (LineState.READY, LineState.FULFILLED, LineState.NOT_FOUND):
            return office_day(max(d.decided_at for d in line.decisions))
        if line.state in (LineState.REJECTED, LineState.CANCELLED, LineState.EXPIRED):
            return office_day(line.closed_at)
        return None

    def requests(kind: RequestKind) -> tuple[int, ...]:
        mine = [line for line in lines if line.kind == kind]
        ended = [line for line in mine if settled(line) and first <= settled(line) <= last]
        return (
            sum(first <= office_day(line.submitted_at) <= last for line in mine),
            sum(line.state in (LineState.READY, LineState.FULFILLED, LineState.NOT_FOUND) for line in ended),
            sum(line.state == LineState.REJECTED for line in ended),
            sum(line.state == LineState.CANCELLED for line in ended),
            sum(
                office_day(line.submitted_at) <= last and (settled(line) is None or settled(line) > last)
                for line in mine
            ),
        )

    def out(loan: Loan, day: date) -> bool:
        return (
            loan.issued_on <= day
            and loan.state != LoanState.VOIDED
            and (loan.returned_on is None or loan.returned_on > day)
        )

    back = [x for x in loans if x.state == LoanState.RETURNED and first <= x.returned_on <= last]
    as_of = min(last, today)
    return {
        "dossiers": len(known),
        "volumes": sum(v.custody != Custody.DISPOSED for row in known for v in row.volumes),
        "read": requests(RequestKind.READ),
        "borrow": requests(RequestKind.BORROW),
        "room": requests(RequestKind.READ_IN_ROOM),
        "issued": sum(first <= x.issued_on <= last and x.state != LoanState.VOIDED for x in loans),
        "in room": sum(
            first <= x.issued_on <= last and x.state != LoanState.VOIDED and x.line.kind == RequestKind.READ_IN_ROOM
            for x in loans
        ),
        "returned": len(back),
        "late": sum(x.returned_on > x.due_on for x in back),
        "out": sum(out(x, last) for x in loans),
        "overdue": sorted(
            (x.volume.barcode, (as_of - x.due_on).days)
            for x in loans
            if out(x, as_of) and x.due_on < as_of and x.state != LoanState.LOST
        ),
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("clearance", [Level.GENERAL, Level.CORE])
def test_figures_agree_with_an_independent_count(session: Any, seed: int, clearance: Level) -> None:
    random_archive(session, seed)
    manager = actor(session, make_person(session, None, Role.MANAGER, clearance=clearance))
    first, last, today = date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 2)

    report = statistics(session, manager, Period(first, last, SHANGHAI), today)

    expected = counted_by_hand(session, clearance is Level.CORE, first, last, today)
    for holdings in (report.holdings_by_kind, report.holdings_by_level):
        assert sum(row.dossiers for row in holdings) == expected["dossiers"]
        assert sum(row.volumes for row in holdings) == expected["volumes"]
    for of, kind in (
        (report.read_requests, "read"),
        (report.borrow_requests, "borrow"),
        (report.room_requests, "room"),
    ):
        assert (of.submitted, of.approved, of.rejected, of.cancelled, of.waiting) == expected[kind]
    assert dict(key_figures(report))["Requests submitted"] == sum(
        expected[kind][0] for kind in ("read", "borrow", "room")
    )
    loans = report.loans
    assert (loans.issued, loans.in_reading_room, loans.returned, loans.returned_late, loans.still_out) == tuple(
        expected[name] for name in ("issued", "in room", "returned", "late", "out")
    )
    assert sorted((row.volume, row.days_late) for row in report.overdue) == expected["overdue"]
    assert sum(day.issued for day in report.loans_by_day) == expected["issued"]
    assert sum(day.returned for day in report.loans_by_day) == expected["returned"]


def test_the_reading_room_has_lines_of_its_own(session: Any) -> None:
    clerk = make_person(session, None, Role.CLERK)
    day = date(2026, 3, 2)
    for level in (Level.GENERAL, Level.CORE):
        add_loan(session, clerk, make_dossier(session, clerk, level=level), day, day, LoanState.RETURNED, in_room=True)
        add_loan(session, clerk, make_dossier(session, clerk, level=level), day, None, LoanState.ON_LOAN)
    report = statistics(session, actor(session, clerk), Period(day, day, SHANGHAI), day)
    tables = {table.name: {row[0]: row[1:] for row in table.rows} for table in figure_tables(report)}
    assert tables["requests"]["To read in the reading room"] == (1, 1, 0, 0, 0), (
        "that of the core dossier is not counted"
    )
    assert tables["requests"]["To borrow"] == (1, 1, 0, 0, 0)
    assert tables["loans"]["Issued"] == (2,)
    assert tables["loans"]["of these, for the reading room and the same day"] == (1,)
    assert dict(key_figures(report))["Requests submitted"] == 2


def test_documents_and_pages_are_those_of_the_newest_version(session: Any) -> None:
    clerk = make_person(session, None, Role.CLERK)
    dossier = make_dossier(session, clerk)
    make_document(session, clerk, dossier, "one", "two", "three")
    make_document(session, clerk, dossier, "four")

    report = statistics(
        session, actor(session, clerk), Period(date(2026, 1, 1), date(2026, 1, 31), SHANGHAI), date(2026, 3, 2)
    )

    (row,) = report.holdings_by_kind
    assert (row.dossiers, row.volumes, row.documents, row.pages) == (1, 1, 2, 4)


def test_an_employee_makes_no_report(session: Any, work_as: Any) -> None:
    employee = actor(session, make_person(session))
    with pytest.raises(NotPermitted):
        make_statistics(work_as(employee), date(2026, 1, 1), date(2026, 1, 31))


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 2, 1), date(2026, 1, 31)), (date(2000, 1, 1), date(2026, 1, 1))]
)
def test_a_period_that_makes_no_sense_is_refused(session: Any, work_as: Any, first: date, last: date) -> None:
    manager = actor(session, make_person(session, None, Role.MANAGER))
    with pytest.raises(Invalid):
        make_statistics(work_as(manager), first, last)
