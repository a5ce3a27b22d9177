"""The rows of request lines, loans, grants, trail entries and handovers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import false, select, true

from portal.access.models import ReadingGrant
from portal.accounts.models import Department, Person
from portal.clients.models import Client
from portal.core.clock import office_date
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier, Volume
from portal.handover.models import Handover
from portal.handover.queries import shown_to
from portal.handover.states import HANDOVER_KIND_NAMES, HANDOVER_STATE_NAMES
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.queries.requests import visible_to
from portal.lending.states import LINE_STATE_NAMES, REQUEST_KIND_NAMES, LoanState
from portal.reports.queries.declaring import Scope
from portal.reports.queries.listings.holdings import CLIENT, DEPARTMENT, DOSSIER, of_readable_client
from portal.reports.queries.listings.shape import Link, ListedRow, Listing
from portal.reports.statistics.counted import Column


def request_lines(scope: Scope, ids: Sequence[int]) -> Listing:
    """Dossier, client, reader, kind, submitted, state: of the requests whose page the person may open."""
    found = scope.session.execute(
        select(
            RequestLine.id,
            RequestLine.dossier_id,
            Dossier.number,
            Client.name.label("client"),
            Person.name.label("reader"),
            RequestLine.kind,
            RequestLine.submitted_at,
            RequestLine.state,
        )
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .join(Person, Person.id == RequestLine.reader_id)
        .join(Request, Request.id == RequestLine.request_id)
        .where(scope.known, visible_to(scope.actor, scope.today), RequestLine.id.in_(ids))
    )
    columns = (
        DOSSIER,
        CLIENT,
        Column(N_("Reader")),
        Column(N_("Kind"), "message"),
        Column(N_("Submitted"), "moment"),
        Column(N_("State"), "message"),
    )
    rows = {
        row.id: ListedRow(
            (
                row.number or "",
                row.client,
                row.reader,
                REQUEST_KIND_NAMES[row.kind],
                row.submitted_at,
                LINE_STATE_NAMES[row.state],
            ),
            {0: Link("dossier", row.dossier_id)},
        )
        for row in found
    }
    return Listing(columns, rows)


LOAN_COLUMNS = (
    DOSSIER,
    CLIENT,
    Column(N_("Volume")),
    Column(N_("Borrower")),
    DEPARTMENT,
    Column(N_("Issued on"), "date"),
    Column(N_("Due on"), "deadline"),
    Column(N_("Days late"), "count"),
)
"""What stands in the report's register of overdue loans."""


def loans(scope: Scope, ids: Sequence[int]) -> Listing:
    """Dossier, client, volume, borrower, department, issued on, due on, days late, returned on."""
    found = scope.session.execute(
        select(
            Loan.id,
            Volume.dossier_id,
            Dossier.number,
            Client.name.label("client"),
            Volume.barcode,
            Person.name.label("borrower"),
            Department.name.label("department"),
            Loan.issued_on,
            Loan.due_on,
            Loan.returned_on,
            Loan.state,
            of_readable_client(scope).label("readable"),
        )
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .join(Person, Person.id == Loan.borrower_id)
        .join(Department, Department.id == Person.department_id)
        .where(scope.known, Loan.id.in_(ids))
    )
    rows = {}
    for row in found:
        rows[row.id] = ListedRow(
            (
                row.number or "",
                row.client,
                row.barcode,
                row.borrower,
                row.department,
                row.issued_on,
                row.due_on,
                days_late(row.state, row.due_on, row.returned_on, scope.last) or None,
                row.returned_on,
            ),
            {0: Link("dossier", row.dossier_id), 2: Link("loan", row.id)},
            is_open=row.readable,
        )
    return Listing((*LOAN_COLUMNS, Column(N_("Returned on"), "date")), rows)


def days_late(state: LoanState, due_on: date, returned_on: date | None, last: date) -> int:
    """How many days a loan was late when it came back, or at the end of `last` where it had not.

    0 for in time, and for what is lost or was voided: nobody waits for it.
    """
    if state not in (LoanState.ON_LOAN, LoanState.RETURNED):
        return 0
    end = last if returned_on is None else min(returned_on, last)
    return max(0, (end - due_on).days)


def grants(scope: Scope, ids: Sequence[int]) -> Listing:
    """Dossier, client, reader, from, until, ended on: of one's own grants, and for those who oversee them of all."""
    seen = true() if scope.actor.may(Permission.GRANT_REVOKE) else ReadingGrant.person_id == scope.actor.id
    found = scope.session.execute(
        select(
            ReadingGrant.id,
            ReadingGrant.dossier_id,
            Dossier.number,
            Client.name.label("client"),
            Person.name.label("reader"),
            ReadingGrant.granted_at,
            ReadingGrant.until_date,
            ReadingGrant.ended_at,
        )
        .join(Dossier, Dossier.id == ReadingGrant.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .join(Person, Person.id == ReadingGrant.person_id)
        .where(scope.known, seen, ReadingGrant.id.in_(ids))
    )
    columns = (
        DOSSIER,
        CLIENT,
        Column(N_("Reader")),
        Column(N_("From"), "date"),
        Column(N_("Until"), "date"),
        Column(N_("Ended on"), "date"),
    )
    rows = {
        row.id: ListedRow(
            (
                row.number or "",
                row.client,
                row.reader,
                office_date(row.granted_at, scope.zone),
                row.until_date,
                office_date(row.ended_at, scope.zone) if row.ended_at else None,
            ),
            {0: Link("dossier", row.dossier_id)},
        )
        for row in found
    }
    return Listing(columns, rows)


def trail_entries(scope: Scope, ids: Sequence[int]) -> Listing:
    """When, who, department, dossier, client: for those who may see the trail, and for others nothing."""
    found = scope.session.execute(
        select(
            TrailEntry.id,
            TrailEntry.at,
            Person.name.label("who"),
            Department.name.label("department"),
            Dossier.id.label("dossier_id"),
            Dossier.number,
            Client.name.label("client"),
        )
        .join(Dossier, Dossier.id == TrailEntry.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .outerjoin(Person, Person.id == TrailEntry.actor_id)
        .outerjoin(Department, Department.id == Person.department_id)
        .where(
            scope.known,
            true() if scope.actor.may(Permission.TRAIL_VIEW) else false(),
            TrailEntry.id.in_(ids),
        )
    )
    columns = (Column(N_("When"), "moment"), Column(N_("Who")), DEPARTMENT, DOSSIER, CLIENT)
    rows = {
        row.id: ListedRow(
            (row.at, row.who or "", row.department or "", row.number or "", row.client),
            {3: Link("dossier", row.dossier_id)},
        )
        for row in found
    }
    return Listing(columns, rows)


def handovers(scope: Scope, ids: Sequence[int]) -> Listing:
    """Person, kind, department, last day, state: of the handovers the person may see, and of no others."""
    found = scope.session.execute(
        select(
            Handover.id,
            Person.name.label("person"),
            Handover.kind,
            Department.name.label("department"),
            Handover.last_day,
            Handover.state,
        )
        .join(Person, Person.id == Handover.person_id)
        .join(Department, Department.id == Handover.from_department_id)
        .where(shown_to(scope.actor), Handover.id.in_(ids))
    )
    columns = (
        Column(N_("Person")),
        Column(N_("Kind"), "message"),
        DEPARTMENT,
        Column(N_("Last day"), "date"),
        Column(N_("State"), "message"),
    )
    rows = {
        row.id: ListedRow(
            (
                row.person,
                HANDOVER_KIND_NAMES[row.kind],
                row.department,
                row.last_day,
                HANDOVER_STATE_NAMES[row.state],
            ),
            {0: Link("handover", row.id)},
        )
        for row in found
    }
    return Listing(columns, rows)
