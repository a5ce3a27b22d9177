"""Handing out at the counter: the guard, the loan, and what is not on the shelf (R11, R12)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.core.errors import Conflict, NotFound, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.states import CUSTODY_NAMES, Custody, CustodyAction
from portal.lending import queries
from portal.lending.errors import AlreadyOnLoan, ConfirmationNeeded, RequestLapsed
from portal.lending.models import Loan, RequestedVolume, RequestLine
from portal.lending.rules import IssueCheck, enough_signatures
from portal.lending.services.common import (
    hold_level,
    last_day_of_request,
    load_line,
    lock_volume,
    reader_obstacle,
    settle_volumes,
)
from portal.lending.states import LineAction, LineState, LoanState, RequestKind
from portal.lending.transitions import advance, possible
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import due_date


def check_issue(work: UnitOfWork, line: RequestLine, volume: Volume) -> IssueCheck:
    """What stands between this volume and the reader of this line, in three lists. Changes nothing."""
    return IssueCheck(
        tuple(_impossible(work, line, volume)),
        tuple(_to_confirm(work, line, volume)),
        tuple(_worth_knowing(work, line, volume)),
    )


def check_line(work: UnitOfWork, line: RequestLine) -> IssueCheck:
    """The same for all volumes of the line that are at hand; each thing is said once."""
    checks = [check_issue(work, line, volume) for volume in queries.volumes_at_hand(line)]
    obstacles = {error.message.id: error for check in checks for error in check.impossible}
    return IssueCheck(
        tuple(obstacles.values()),
        _once(check.needs_confirmation for check in checks),
        _once(check.worth_knowing for check in checks),
    )


def _once(lists: Iterable[tuple[Message, ...]]) -> tuple[Message, ...]:
    said: list[Message] = []
    for messages in lists:
        said += [message for message in messages if message not in said]
    return tuple(said)


def issue_volume(work: UnitOfWork, line_id: int, volume_id: int, version: int, *, confirmed: bool = False) -> Loan:
    """Hand one volume out. Raises AlreadyOnLoan, ConfirmationNeeded unless `confirmed`, or what else forbids it."""
    return issue_line(work, line_id, version, volume_ids=[volume_id], confirmed=confirmed)[0]


def issue_line(
    work: UnitOfWork,
    line_id: int,
    version: int,
    *,
    volume_ids: Collection[int] | None = None,
    confirmed: bool = False,
) -> list[Loan]:
    """Hand out these volumes of an approved request, all or none; without `volume_ids`, those on the shelf.

    The line is fulfilled with it when no volume is left to wait for.
    """
    work.require(Permission.LOAN_ISSUE)
    line = load_line(work, line_id)
    hold_level(work, line.dossier_id)
    wanted = [row for row in line.volumes if _chosen(row, volume_ids)]
    if not wanted or (volume_ids is not None and len(wanted) < len(set(volume_ids))):
        raise Conflict(N_("This volume was not asked for, or the request has been served."))
    checks = [check_issue(work, line, row.volume) for row in wanted]
    for check in checks:
        for obstacle in check.impossible:
            raise obstacle
    line.check_version(version)
    questions = _once(check.needs_confirmation for check in checks)
    if questions and not confirmed:
        raise ConfirmationNeeded(questions)
    loans = [_issue(work, line, row) for row in wanted]
    _close_if_served(work, line)
    return loans


def report_volume_not_found(work: UnitOfWork, line_id: int, volume_id: int, version: int) -> RequestLine:
    """Record that a volume asked for is not where it should be: it is missing, and the line does not wait for it."""
    work.require(Permission.LOAN_ISSUE)
    line = load_line(work, line_id, version)
    asked = next((row for row in line.volumes if row.volume_id == volume_id and row.outcome == "wanted"), None)
    if asked is None or line.state != LineState.READY:
        raise Conflict()
    volume = lock_volume(work.session, volume_id)
    if volume.custody == Custody.ON_LOAN:  # It is not on the shelf because somebody has it; that is no loss.
        raise _already_on_loan(work, volume)
    if volume.custody != Custody.MISSING:  # Somebody else's request may have found it missing before.
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
    actor = work.require(Permission.LOAN_RETURN)
    volume = queries.volume_for(work.session, actor, volume_id)
    if volume is None:
        raise NotFound()
    volume.check_version(version)
    if queries.lost_loan_of_volume(work.session, volume_id) is not None:
        raise Conflict(N_("This volume was lost on a loan: record it as found there."))
    volume = lock_volume(work.session, volume_id)
    advance(work, volume, CustodyAction.FIND)
    for line in queries.lines_that_missed(work.session, volume_id):
        _ask_again(work, line, volume_id)
    settle_volumes(work, [volume.id])
    work.record("volume:found", f"volumes:{volume.id}", dossier_id=volume.dossier_id)
    return volume


def _ask_again(work: UnitOfWork, line: RequestLine, volume_id: int) -> None:
    if queries.open_line(work.session, line.reader_id, line.dossier_id, line.kind) is not None:
        return  # The reader has asked anew meanwhile.
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


def _issue(work: UnitOfWork, line: RequestLine, asked: RequestedVolume) -> Loan:
    policy = current_policy(work.session)
    due = due_date(work.today, policy, office_calendar(work.session, policy))
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
    )
    try:
        with work.session.begin_nested():
            work.session.add(loan)
            work.session.flush()
    except IntegrityError:  # Another counter was quicker: the partial unique index let one through.
        raise _already_on_loan(work, asked.volume) from None
    advance(work, lock_volume(work.session, asked.volume_id), CustodyAction.ISSUE)
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
    )
    return loan


def _close_if_served(work: UnitOfWork, line: RequestLine) -> None:
    """A line is fulfilled with the last of its volumes, in the same transaction; with none found, not found."""
    outcomes = {row.outcome for row in line.volumes}
    if "wanted" not in outcomes:
        advance(work, line, LineAction.FULFIL if "issued" in outcomes else LineAction.REPORT_NOT_FOUND)
        line.closed_at = work.now
    work.session.flush()


def _already_on_loan(work: UnitOfWork, volume: Volume) -> AlreadyOnLoan:
    loan = queries.open_loan_of_volume(work.session, volume.id)
    if loan is None:  # It came back between the refusal and the question.
        return AlreadyOnLoan(volume.barcode, None, work.today)
    named = queries.may_name_holder(work.person, loan.borrower_id)
    return AlreadyOnLoan(volume.barcode, loan.borrower.name if named else None, loan.issued_on)


def _impossible(work: UnitOfWork, line: RequestLine, volume: Volume) -> list[PortalError]:
    found: list[PortalError] = []
    if volume.custody == Custody.ON_LOAN:
        found.append(_already_on_loan(work, volume))
    elif not possible(volume, CustodyAction.ISSUE):
        found.append(
            Conflict(
                N_("Volume %(volume)s cannot be handed out now: %(custody)s."),
                volume=volume.barcode,
                custody=Message(CUSTODY_NAMES[volume.custody]),
            )
        )
    if line.kind != RequestKind.BORROW or line.state != LineState.READY:
        found.append(Conflict(N_("This request is not waiting to be handed out.")))
    elif queries.has_lapsed(line, work.today):
        found.append(RequestLapsed())
    elif not any(row.volume_id == volume.id and row.outcome == "wanted" for row in line.volumes):
        found.append(Conflict(N_("This volume was not asked for, or the request has been served.")))
    approvals = sum(row.approved for row in line.decisions)
    if not enough_signatures(line.dossier.level, approvals):
        found.append(
            Conflict(N_("The dossier has become more confidential since this was approved: a signature is missing."))
        )
    if obstacle := reader_obstacle(work, line.reader_id, line.dossier_id):
        found.append(obstacle)
    return found


def _to_confirm(work: UnitOfWork, line: RequestLine, volume: Volume) -> list[Message]:
    questions = []
    first = queries.first_in_line(work.session, volume.id, work.today)
    if first is not None and first.id != line.id:
        questions.append(
            Message(
                N_("Volume %(volume)s is reserved for %(reader)s, whose request was approved first."),
                {"volume": volume.barcode, "reader": first.reader.name},
            )
        )
    if line.reader_id == work.person.id:
        questions.append(Message(N_("You are about to hand a file out to yourself.")))
    return questions


def _worth_knowing(work: UnitOfWork, line: RequestLine, volume: Volume) -> list[Message]:
    remarks = []
    held = work.session.scalar(
        select(func.count(Loan.id)).where(Loan.borrower_id == line.reader_id, Loan.state == LoanState.ON_LOAN)
    )
    if held:
        remarks.append(Message(N_("Other volumes the borrower holds: %(count)s."), {"count": held}))
    last = work.session.scalar(
        select(Loan)
        .where(Loan.volume_id == volume.id, Loan.state == LoanState.RETURNED)
        .order_by(Loan.id.desc())
        .limit(1)
    )
    if last is not None and last.sheets_returned != last.sheets_issued:
        remarks.append(
            Message(
                N_("Last time %(issued)s sheets of volume %(volume)s went out and %(returned)s came back."),
                {"issued": last.sheets_issued, "returned": last.sheets_returned, "volume": volume.barcode},
            )
        )
    calendar = office_calendar(work.session, current_policy(work.session))
    if not calendar.is_open(work.today):
        remarks.append(Message(N_("By the calendar the office is closed today.")))
    return remarks
