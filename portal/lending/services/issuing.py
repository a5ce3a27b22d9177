"""Handing out at the counter: the guard, the loan, and what is not on the shelf (R11, R12)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Person
from portal.core.errors import Conflict
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.services import load_volume
from portal.dossiers.states import Custody, CustodyAction
from portal.lending import queries
from portal.lending.errors import ConfirmationNeeded
from portal.lending.models import Loan, RequestedVolume, RequestLine
from portal.lending.services.checking import already_on_loan, check_issue, together
from portal.lending.services.common import (
    as_actor,
    by_last_day,
    checked_text,
    hold_level,
    hold_reader,
    last_day_of_request,
    load_line,
    settle_volumes,
    withdraw_from_readers,
)
from portal.lending.services.holding import hold, hold_volume
from portal.lending.states import LineAction, LineState, LoanState, RequestKind
from portal.lending.transitions import advance, possible
from portal.policy.queries import current_policy, hold_calendar, office_calendar
from portal.policy.rules import due_date


def issue_volume(
    work: UnitOfWork,
    line_id: int,
    volume_id: int,
    version: int,
    *,
    confirmed: Collection[str] = (),
    in_reading_room: bool = False,
    override_reason: str = "",
) -> Loan:
    """Hand one volume out. Rules and errors as for `issue_line`."""
    return issue_line(
        work,
        line_id,
        version,
        volume_ids=[volume_id],
        confirmed=confirmed,
        in_reading_room=in_reading_room,
        override_reason=override_reason,
    )[0]


def issue_line(
    work: UnitOfWork,
    line_id: int,
    version: int,
    *,
    volume_ids: Collection[int] | None = None,
    confirmed: Collection[str] = (),
    in_reading_room: bool = False,
    override_reason: str = "",
) -> list[Loan]:
    """Hand out these volumes of an approved request, all or none; without `volume_ids`, those on the shelf.

    `in_reading_room`: to be read in the room and back on the same day; always so for a request that asks for that.
    `override_reason`: why an overdue borrower gets it all the same (R12); kept with the loan, needs LOAN_OVERRIDE.
    `confirmed`: the keys (`rules.question_key`) of the questions the acting person was shown and said yes to.
    The line is fulfilled with it when no volume is left to wait for. Raises AlreadyOnLoan, ConfirmationNeeded where a
    question is not among those confirmed, Invalid, or what else forbids it.
    """
    work.require(Permission.LOAN_ISSUE)
    override_reason = checked_text("override_reason", override_reason, 500)
    hold_calendar(work.session)
    line = load_line(work, line_id)
    hold_level(work, line.dossier_id)
    hold_reader(work, line.reader_id)
    asked_for = (row.volume_id for row in line.volumes if volume_ids is None or row.volume_id in volume_ids)
    hold(work.session, Volume, asked_for)
    wanted = sorted((row for row in line.volumes if _chosen(row, volume_ids)), key=lambda row: row.volume_id)
    if not wanted or (volume_ids is not None and len(wanted) < len(set(volume_ids))):
        raise Conflict(N_("This volume was not asked for, or the request has been served."))
    check = together(check_issue(work, line, row.volume) for row in wanted)
    for obstacle in check.impossible:
        raise obstacle
    line.check_version(version)
    # Only what was shown can have been confirmed: what has come up since is asked.
    if not check.question_keys <= set(confirmed) or (check.needs_reason and not override_reason):
        raise ConfirmationNeeded(check.needs_confirmation, needs_reason=check.needs_reason)
    in_reading_room = in_reading_room or line.kind != RequestKind.BORROW
    reason = override_reason if check.needs_reason else ""
    loans = [_issue(work, line, row, in_reading_room, reason) for row in wanted]
    _close_if_served(work, line)
    return loans


def due_on_issue(work: UnitOfWork, borrower: Person | None = None, *, in_reading_room: bool = False) -> date:
    """When a volume handed out now, to anybody or to `borrower`, is due back: in the reading room, today."""
    if in_reading_room:
        return work.today
    policy = current_policy(work.session)
    due = due_date(work.today, policy, office_calendar(work.session, policy))
    return by_last_day(due, borrower) if borrower is not None else due


def report_volume_not_found(work: UnitOfWork, line_id: int, volume_id: int, version: int) -> RequestLine:
    """Record that a volume asked for is not where it should be: it is missing, and the line does not wait for it."""
    work.require(Permission.LOAN_ISSUE)
    line = load_line(work, line_id, version)
    asked = next((row for row in line.volumes if row.volume_id == volume_id and row.outcome == "wanted"), None)
    if asked is None or line.state != LineState.READY:
        raise Conflict()
    volume = hold_volume(work.session, volume_id)
    if volume.custody == Custody.ON_LOAN:  # It is not on the shelf because somebody has it; that is no loss.
        raise already_on_loan(work, volume)
    if volume.custody != Custody.MISSING:  # Somebody else's request may have found it missing before.
        withdraw_from_readers(work, volume, but=line)
        advance(work, volume, CustodyAction.LOSE)
    asked.outcome = "not_found"
    work.record(
        "volume:not_found",
        f"volumes:{volume.id}",
        dossier_id=line.dossier_id,
        details={"line": line.id},
    )
    _close_if_served(work, line)
    return line


def put_back(work: UnitOfWork, volume_id: int, version: int) -> Volume:
    """Record that a missing volume has turned up and stands in its place again.

    Requests that ended because it was missing wait for the clerk again, with a new last day.

    One that was lost on a loan comes back through `find_loan` instead.
    """
    work.require(Permission.LOAN_RETURN)
    queries.lines_that_missed(work.session, volume_id)  # Held before the volume.
    volume = load_volume(work, volume_id, version)
    if queries.lost_loan_of_volume(work.session, volume_id) is not None:
        raise Conflict(N_("This volume was lost on a loan: record it as found there."))
    advance(work, volume, CustodyAction.FIND)
    for line in queries.lines_that_missed(work.session, volume_id):
        _ask_again(work, line, volume_id)
    settle_volumes(work, [volume.id], came_in=[volume.id])
    work.record("volume:found", f"volumes:{volume.id}", dossier_id=volume.dossier_id)
    return volume


def _ask_again(work: UnitOfWork, line: RequestLine, volume_id: int) -> None:
    if queries.open_line(work.session, queries.AskedOnce.by(line)) is not None:
        return  # The reader has asked anew meanwhile.
    hold_reader(work, line.reader_id)
    if as_actor(work.session, line.reader_id) is None:
        return  # Whoever has left waits for nothing.
    advance(work, line, LineAction.TURN_UP)
    for asked in line.volumes:
        if asked.volume_id == volume_id:
            asked.outcome = "wanted"
    line.closed_at, line.expires_on = None, last_day_of_request(work)
    work.session.flush()
    work.record("request:turn_up", f"request_lines:{line.id}", dossier_id=line.dossier_id)


def _chosen(row: RequestedVolume, volume_ids: Collection[int] | None) -> bool:
    if volume_ids is not None:
        # One that has been issued meanwhile is kept, so that the guard can say who has it.
        return row.volume_id in volume_ids
    return row.outcome == "wanted" and possible(row.volume, CustodyAction.ISSUE)


def _issue(
    work: UnitOfWork, line: RequestLine, asked: RequestedVolume, in_reading_room: bool, override_reason: str
) -> Loan:
    due = due_on_issue(work, line.reader, in_reading_room=in_reading_room)
    loan = Loan(
        volume_id=asked.volume_id,
        line_id=line.id,
        borrower_id=line.reader_id,
        state=LoanState.ON_LOAN,
        issued_at=work.now,
        issued_on=work.today,
        issued_by_id=work.person.id,
        due_on=due,
        original_due_on=due,
        sheets_issued=asked.volume.sheets,
        in_reading_room=in_reading_room,
        condition_issued=asked.volume.condition,
        override_reason=override_reason,
    )
    try:
        with work.session.begin_nested():
            work.session.add(loan)
            work.session.flush()
    except IntegrityError:  # Another counter was quicker: the partial unique index let one through.
        raise already_on_loan(work, asked.volume) from None
    volume = hold_volume(work.session, asked.volume_id)
    withdraw_from_readers(work, volume, but=line)
    advance(work, volume, CustodyAction.ISSUE)
    asked.outcome = "issued"
    work.session.flush()
    work.record(
        "loan:issue",
        f"loans:{loan.id}",
        dossier_id=line.dossier_id,
        details={
            "volume": loan.volume_id,
            "line": line.id,
            "borrower": loan.borrower_id,
            "due_on": due.isoformat(),
            "sheets": loan.sheets_issued,
        },
        personal={"override_reason": override_reason} if override_reason else None,
    )
    if override_reason:
        work.record(
            "loan:override", f"loans:{loan.id}", dossier_id=line.dossier_id, details={"borrower": line.reader_id}
        )
    return loan


def _close_if_served(work: UnitOfWork, line: RequestLine) -> None:
    """A line is fulfilled with the last of its volumes, in the same transaction; with none found, not found."""
    outcomes = {row.outcome for row in line.volumes}
    if "wanted" not in outcomes:
        advance(work, line, LineAction.FULFIL if "issued" in outcomes else LineAction.REPORT_NOT_FOUND)
        line.closed_at = work.now
    work.session.flush()
