"""While a file is out: renewed, called back, announced, handed on over the counter; and the waiting line (R11, R12)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from portal.core.errors import Conflict, NotPermitted
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.states import Condition
from portal.lending import queries
from portal.lending.models import Loan, RequestedVolume, RequestLine
from portal.lending.rules import enough_signatures
from portal.lending.services.common import (
    by_last_day,
    checked_text,
    hold_level,
    load_line,
    reader_obstacle,
    settle_volumes,
)
from portal.lending.services.history import note_event
from portal.lending.services.holding import hold, hold_volume
from portal.lending.services.issuing import issue_volume
from portal.lending.services.returning import load_loan, return_volume
from portal.lending.services.telling import tell_expired
from portal.lending.states import LineAction, LineState, LoanAction, LoanEventKind
from portal.lending.transitions import advance
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify
from portal.policy.queries import current_policy, hold_calendar, office_calendar
from portal.policy.rules import due_date


def renew_loan(work: UnitOfWork, loan_id: int, version: int) -> Loan:
    """Give the borrower more time, at the wish of the borrower or by the counter.

    The new time is counted from the old due date, not from today: an overdue loan is never renewed, so the old date
    is not past, and whoever asks early loses nothing by it. The first due date and every one between are kept.
    Raises NotPermitted, ReaderOverdue, Conflict with what stands against it.
    """
    work.require(Permission.REQUEST_FILE)
    hold_calendar(work.session)
    loan = load_loan(work, loan_id, version)
    if not _own_or_counter(work, loan):
        raise NotPermitted()
    hold_level(work, loan.line.dossier_id)
    hold_volume(work.session, loan.volume_id)  # An approval at this moment is seen, or comes after the renewal.
    if obstacle := renewal_obstacle(work, loan):
        raise obstacle
    due = _renewed_due(work, loan)
    advance(work, loan, LoanAction.RENEW)
    note_event(work, loan, LoanEventKind.RENEWED, due)
    _record(work, "loan:renew", loan)
    return loan


def renewal_obstacle(work: UnitOfWork, loan: Loan) -> Conflict | None:
    """Why the loan cannot be renewed now; None where it can (as far as its state allows it at all)."""
    line = loan.line
    if loan.in_reading_room:
        return Conflict(N_("A file read in the reading room comes back on the same day."))
    if obstacle := reader_obstacle(work, loan.borrower_id, line.dossier_id):
        return obstacle
    if not enough_signatures(line.dossier.level, sum(row.approved for row in line.decisions)):
        return Conflict(N_("The dossier has become more confidential since this was approved: a signature is missing."))
    marks = queries.marks_of(work.session, loan.id)
    if marks.recalled_at is not None:
        return Conflict(N_("This file has been called back."))
    if queries.first_in_line(work.session, loan.volume_id, work.today) is not None:
        return Conflict(N_("Somebody else waits for this file."))
    if marks.renewals >= current_policy(work.session).most_renewals:
        return Conflict(N_("This loan cannot be renewed any more. Bring the file back and ask for it again."))
    if _renewed_due(work, loan) <= loan.due_on:
        return Conflict(N_("A renewal would not give more time."))
    return None


def _renewed_due(work: UnitOfWork, loan: Loan) -> date:
    policy = current_policy(work.session)
    calendar = office_calendar(work.session, policy)
    return by_last_day(due_date(loan.due_on, policy, calendar, days=policy.renewal_days), loan.borrower)


def recall_loan(work: UnitOfWork, loan_id: int, version: int, *, reason: str) -> Loan:
    """Call a file back: due on the next open day, told to the borrower. Never gives more time than there was."""
    work.require(Permission.LOAN_ISSUE)
    hold_calendar(work.session)
    loan = load_loan(work, loan_id, version)
    reason = checked_text("reason", reason, 500, required=True)
    if queries.marks_of(work.session, loan.id).recalled_at is not None:
        raise Conflict(N_("This file has been called back already."))
    advance(work, loan, LoanAction.RECALL)
    calendar = office_calendar(work.session, current_policy(work.session))
    due = min(loan.due_on, calendar.next_open_day(work.today + timedelta(days=1)))
    note_event(work, loan, LoanEventKind.RECALLED, due, reason)
    notify(
        work,
        loan.borrower_id,
        NoticeKind.LOAN_RECALLED,
        str(loan.id),
        dossier_id=loan.line.dossier_id,
        loan_id=loan.id,
        volume=loan.volume.barcode,
        due_on=due,
    )
    _record(work, "loan:recall", loan, reason)
    return loan


def announce_return(work: UnitOfWork, loan_id: int, version: int) -> Loan:
    """The borrower says "I am bringing it": the counter sees it. Said twice, it is kept once."""
    work.require(Permission.REQUEST_FILE)
    loan = load_loan(work, loan_id, version)
    if loan.borrower_id != work.person.id:
        raise NotPermitted()
    advance(work, loan, LoanAction.ANNOUNCE)
    if queries.marks_of(work.session, loan.id).announced_at is None:
        note_event(work, loan, LoanEventKind.ANNOUNCED, loan.due_on)
        _record(work, "loan:announce", loan)
    return loan


def transfer_loan(
    work: UnitOfWork,
    loan_id: int,
    version: int,
    to_line_id: int,
    to_version: int,
    *,
    sheets: int,
    remark: str = "",
    condition: Condition | None = None,
    confirmed: Collection[str] = (),
    override_reason: str = "",
) -> Loan:
    """Hand a file on over the counter: taken back and counted, and issued to another approved request, at once.

    All the rules of a return and of an issue hold; nothing happens where one of the two is refused.
    """
    work.require(Permission.LOAN_ISSUE)
    hold_calendar(work.session)
    load_line(work, to_line_id)  # Locked before the loan, in the order in which an issue takes its rows.
    before = return_volume(work, loan_id, version, sheets=sheets, remark=remark, condition=condition, handed_on=True)
    loan = issue_volume(
        work, to_line_id, before.volume_id, to_version, confirmed=confirmed, override_reason=override_reason
    )
    work.record(
        "loan:transfer",
        f"loans:{loan.id}",
        dossier_id=loan.line.dossier_id,
        details={"volume": loan.volume_id, "borrower": loan.borrower_id, "from_borrower": before.borrower_id},
    )
    return loan


def end_holds(work: UnitOfWork) -> int:
    """End what was kept at the desk and not fetched: it passes to the next in line, or back to the shelf.

    For a timer of the portal's own; returns how many requests it concerned.
    """
    lines = queries.lines_with_holds_over(work.session, work.today)
    hold(work.session, Volume, (row.volume_id for line in lines for row in _holds_over(work, line)))
    for line in lines:
        _end_holds(work, line)
    return len(lines)


def _holds_over(work: UnitOfWork, line: RequestLine) -> list[RequestedVolume]:
    return [row for row in line.volumes if row.outcome == "wanted" and row.hold_until and row.hold_until < work.today]


def _end_holds(work: UnitOfWork, line: RequestLine) -> None:
    over = _holds_over(work, line)
    for row in over:
        row.outcome = "not_fetched"
        work.record(
            "request:hold_end",
            f"request_lines:{line.id}",
            dossier_id=line.dossier_id,
            details={"volume": row.volume_id},
        )
    outcomes = {row.outcome for row in line.volumes}
    if "wanted" not in outcomes and line.state == LineState.READY:
        partly = "issued" in outcomes
        advance(work, line, LineAction.END_PARTLY if partly else LineAction.EXPIRE)
        line.closed_at = work.now
        if not partly:
            tell_expired(work, line)
    ended = [row.volume_id for row in over]
    settle_volumes(work, ended, came_in=ended)


def _own_or_counter(work: UnitOfWork, loan: Loan) -> bool:
    return loan.borrower_id == work.person.id or work.person.may(Permission.LOAN_ISSUE)


def _record(work: UnitOfWork, action: str, loan: Loan, reason: str = "") -> None:
    work.record(
        action,
        f"loans:{loan.id}",
        dossier_id=loan.line.dossier_id,
        details={"volume": loan.volume_id, "borrower": loan.borrower_id, "due_on": loan.due_on.isoformat()},
        personal={"reason": reason} if reason else None,
    )
