"""Recounted: requests, loans, reading on screen, handovers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.unit.reports.recount.holding import seconds_from
from tests.unit.reports.recount.view import Counted, View, band

_APPROVED = ("ready", "fulfilled", "not_found")
_CLOSED = ("rejected", "cancelled", "expired")


def _requests(view: View) -> Iterator[tuple[Any, datetime | None, dict[str, Any]]]:
    """Lines that were sent, when they were settled, and by what they are divided."""
    for line in view.raw["request_lines"]:
        if line.submitted_at is None or line.dossier_id not in view.dossiers:
            continue
        state, settled = line.state.value, None
        if state in _APPROVED:
            settled = max((each.decided_at for each in view.raw.decisions.get(line.id, ())), default=None)
        elif state in _CLOSED:
            settled = line.closed_at
        outcome = "approved" if state in _APPROVED else state if state in _CLOSED else "open"
        yield (
            line,
            settled,
            view.divided(line.dossier_id)
            | {
                "department": view.department_of(line.reader_id),
                "request_kind": line.kind.value,
                "outcome": outcome,
                "purpose": _purpose(view, line.request_id),
            },
        )


def _purpose(view: View, request_id: int) -> str:
    """Not stated for everyone, where a core dossier is among what was asked for."""
    asked = {line.dossier_id for line in view.raw["request_lines"] if line.request_id == request_id}
    core = any(view.raw.one("dossiers", each).level.value == "core" for each in asked)
    return "" if core and not view.core else str(view.raw.one("requests", request_id).purpose)


def requests_submitted(view: View) -> Iterator[Counted]:
    """Sent in the period."""
    for line, _, keys in _requests(view):
        if view.during(line.submitted_at):
            yield Counted(line.id, keys | {"day": view.day(line.submitted_at)})


def requests_settled(view: View) -> Iterator[Counted]:
    """Settled in the period, one way or the other."""
    return (Counted(line.id, keys) for line, settled, keys in _requests(view) if view.during(settled))


def hours_to_decide(view: View) -> Iterator[Counted]:
    """The seconds until a yes or a no."""
    for line, settled, keys in _requests(view):
        if settled and view.during(settled) and line.state.value in (*_APPROVED, "rejected"):
            yield Counted(line.id, keys, seconds_from(line.submitted_at, settled))


def requests_waiting(view: View) -> Iterator[Counted]:
    """Sent by the end and not settled by then."""
    for line, settled, keys in _requests(view):
        if view.by_the_end(line.submitted_at) and not view.by_the_end(settled):
            yield Counted(line.id, keys)


def _loans(view: View) -> Iterator[tuple[Any, dict[str, Any]]]:
    for loan in view.raw["loans"]:
        dossier_id = view.raw.one("volumes", loan.volume_id).dossier_id
        if dossier_id in view.dossiers:
            yield loan, view.divided(dossier_id) | {"department": view.department_of(loan.borrower_id)}


def volumes_issued(view: View) -> Iterator[Counted]:
    """Handed out in the period."""
    for loan, keys in _loans(view):
        if loan.state.value != "voided" and view.during(loan.issued_on):
            more = {
                "day": loan.issued_on,
                "where_read": "room" if loan.in_reading_room else "away",
                "weekday": str(loan.issued_on.isoweekday() - 1),
                "hour": str(loan.issued_at.astimezone(view.zone).hour),
            }
            yield Counted(loan.id, keys | more)


def _returned(view: View) -> Iterator[tuple[Any, dict[str, Any]]]:
    for loan, keys in _loans(view):
        if loan.state.value == "returned" and view.during(loan.returned_on):
            yield loan, keys | {"day": loan.returned_on}


def volumes_returned(view: View) -> Iterator[Counted]:
    """Back in the period."""
    return (Counted(loan.id, keys) for loan, keys in _returned(view))


def returned_late(view: View) -> Iterator[Counted]:
    """Those that came too late."""
    return (Counted(loan.id, keys) for loan, keys in _returned(view) if loan.returned_on > loan.due_on)


def late_share(view: View) -> Iterator[Counted]:
    """One for a late return, nothing for one in time."""
    return (Counted(loan.id, keys, int(loan.returned_on > loan.due_on)) for loan, keys in _returned(view))


def days_out(view: View) -> Iterator[Counted]:
    """How long those were out."""
    return (Counted(loan.id, keys, (loan.returned_on - loan.issued_on).days) for loan, keys in _returned(view))


def _out_at_the_end(view: View) -> Iterator[tuple[Any, dict[str, Any]]]:
    for loan, keys in _loans(view):
        out = view.by_the_end(loan.issued_on) and not view.by_the_end(loan.returned_on)
        if loan.state.value != "voided" and out:
            yield loan, keys


def volumes_on_loan(view: View) -> Iterator[Counted]:
    """Out at the end."""
    return (Counted(loan.id, keys) for loan, keys in _out_at_the_end(view))


def volumes_overdue(view: View) -> Iterator[Counted]:
    """Of these, those that should have been back."""
    for loan, keys in _out_at_the_end(view):
        late = (view.last - loan.due_on).days
        if loan.state.value != "lost" and late > 0:
            yield Counted(loan.id, keys | {"lateness": band(late, (1, 4, 8, 31))})


def overdue_register(view: View) -> list[tuple[Any, ...]]:
    """Dossier, client, volume, borrower, department, issued, due, days late: who is the latest stands first."""
    loans = sorted((view.raw.one("loans", each.subject) for each in volumes_overdue(view)), key=lambda x: x.id)
    return [_listed(view, loan) for loan in sorted(loans, key=lambda loan: loan.due_on)]


def _listed(view: View, loan: Any) -> tuple[Any, ...]:
    volume, borrower = view.raw.one("volumes", loan.volume_id), view.raw.one("people", loan.borrower_id)
    return (
        view.dossiers[volume.dossier_id].number,
        view.client_of(volume.dossier_id).name,
        volume.barcode,
        borrower.name,
        view.raw.one("departments", borrower.department_id).name,
        loan.issued_on,
        loan.due_on,
        (view.last - loan.due_on).days,
    )


def _happened_to_loans(view: View, what: str) -> Iterator[Counted]:
    known = {loan.id: keys for loan, keys in _loans(view)}
    for event in view.raw["loan_events"]:
        if event.loan_id in known and event.what.value == what and view.during(event.at):
            yield Counted(event.loan_id, known[event.loan_id] | {"day": view.day(event.at)})


def renewals(view: View) -> Iterator[Counted]:
    """Renewed in the period."""
    return _happened_to_loans(view, "renewed")


def recalls(view: View) -> Iterator[Counted]:
    """Called back in the period."""
    return _happened_to_loans(view, "recalled")


def _grants(view: View) -> Iterator[tuple[Any, dict[str, Any]]]:
    for grant in view.raw["reading_grants"]:
        if grant.dossier_id in view.dossiers:
            keys = {"department": view.department_of(grant.person_id), "day": view.day(grant.granted_at)}
            yield grant, view.divided(grant.dossier_id) | keys


def grants_given(view: View) -> Iterator[Counted]:
    """Given in the period."""
    return (Counted(grant.id, keys) for grant, keys in _grants(view) if view.during(grant.granted_at))


def grants_open(view: View) -> Iterator[Counted]:
    """Good on the last day, and not ended by its end."""
    for grant, keys in _grants(view):
        ended = view.by_the_end(grant.ended_at) or grant.until_date < view.last
        if view.by_the_end(grant.granted_at) and not ended:
            yield Counted(grant.id, keys)


def _noted(view: View, action: str) -> Iterator[Counted]:
    for entry in view.raw["trail_entries"]:
        if entry.action == action and entry.dossier_id in view.dossiers and view.during(entry.at):
            keys = {"department": view.department_of(entry.actor_id), "day": view.day(entry.at)}
            yield Counted(entry.id, view.divided(entry.dossier_id) | keys)


def page_looks(view: View) -> Iterator[Counted]:
    """Looks at pages."""
    return _noted(view, "page:look")


def downloads(view: View) -> Iterator[Counted]:
    """Originals given out."""
    return _noted(view, "document:download")


def _handovers(view: View) -> Iterator[tuple[Any, dict[str, Any]]]:
    for row in view.raw["handovers"]:
        yield row, {"handover_kind": row.kind.value, "department": str(row.from_department_id)}


def handovers_opened(view: View) -> Iterator[Counted]:
    """Opened in the period."""
    return (Counted(row.id, keys) for row, keys in _handovers(view) if view.during(row.opened_at))


def handovers_signed_off(view: View) -> Iterator[Counted]:
    """Signed off in the period."""
    for row, keys in _handovers(view):
        if row.state.value == "signed_off" and view.during(row.closed_at):
            yield Counted(row.id, keys)


def handovers_open(view: View) -> Iterator[Counted]:
    """Open at the end."""
    for row, keys in _handovers(view):
        if view.by_the_end(row.opened_at) and not view.by_the_end(row.closed_at):
            yield Counted(row.id, keys)
