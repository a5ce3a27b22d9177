"""The guard of the counter: what stands between a volume and a reader, in three lists (R11, R12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from portal.core.errors import Conflict, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.states import CONDITION_NAMES, CUSTODY_NAMES, Condition, Custody, CustodyAction
from portal.lending import queries
from portal.lending.errors import AlreadyOnLoan, ReaderOverdue, RequestLapsed
from portal.lending.models import Loan, RequestLine
from portal.lending.rules import IssueCheck, enough_signatures
from portal.lending.services.common import by_last_day, outside_obstacle, reader_barred
from portal.lending.states import LineState, LoanState, RequestKind
from portal.lending.transitions import possible
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import due_date

_BLOCKED = N_("The borrower holds an overdue file. Nothing further is given without a reason, which is recorded.")
_FRAGILE = (Condition.DAMP, Condition.DAMAGED, Condition.MOULD)
"""Paper that suffers further, or harms what lies beside it, when it is carried about."""


def check_issue(work: UnitOfWork, line: RequestLine, volume: Volume) -> IssueCheck:
    """What stands between this volume and the reader of this line, in three lists. Changes nothing."""
    impossible = list(_impossible(work, line, volume))
    to_confirm = list(_to_confirm(work, line, volume))
    held = queries.held_by(work.session, work.person, [line.reader_id], work.today).get(line.reader_id, queries.Held())
    needs_reason = False
    if obstacle := outside_obstacle(line) or reader_barred(work, line.reader_id, line.dossier_id):
        impossible.append(obstacle)
    elif held.overdue and _may_override(work, line):
        needs_reason = True
        to_confirm.append(Message(_BLOCKED))
    elif held.overdue:
        impossible.append(ReaderOverdue())
    policy = current_policy(work.session)
    calendar = office_calendar(work.session, policy)
    remarks = [*_holds_already(held.volumes), *_worth_knowing(work, volume)]
    if not calendar.is_open(work.today):
        remarks.append(Message(N_("By the calendar the office is closed today.")))
    return IssueCheck(
        tuple(impossible),
        tuple(to_confirm),
        tuple(remarks),
        needs_reason,
        by_last_day(due_date(work.today, policy, calendar), line.reader),
    )


def check_queue(work: UnitOfWork, lines: Sequence[RequestLine]) -> dict[int, IssueCheck]:
    """What can be said of approved requests of the clerk's queue with two queries: who is blocked, what has become
    more confidential, what is reserved for an earlier request. The guard of the issue itself asks everything."""
    held = queries.held_by(work.session, work.person, {line.reader_id for line in lines}, work.today)
    at_hand = {volume.id for line in lines for volume in queries.volumes_at_hand(line)}
    first = queries.first_in_lines(work.session, at_hand, work.today)
    return {
        line.id: IssueCheck(
            impossible=tuple(_known_obstacles(work, line, held.get(line.reader_id, queries.Held()))),
            needs_confirmation=tuple(
                _reserved(volume, first[volume.id])
                for volume in queries.volumes_at_hand(line)
                if first.get(volume.id, line).id != line.id
            ),
            worth_knowing=_holds_already(held.get(line.reader_id, queries.Held()).volumes),
        )
        for line in lines
    }


def _known_obstacles(work: UnitOfWork, line: RequestLine, held: queries.Held) -> Iterable[PortalError]:
    if held.overdue and not _may_override(work, line):
        yield ReaderOverdue()
    if not enough_signatures(line.dossier.level, sum(row.approved for row in line.decisions)):
        yield _signature_missing()


def _may_override(work: UnitOfWork, line: RequestLine) -> bool:
    """Nobody lets themselves off."""
    return work.person.may(Permission.LOAN_OVERRIDE) and work.person.id != line.reader_id


def together(checks: Iterable[IssueCheck]) -> IssueCheck:
    """Several checks as one; each thing is said once."""
    checks = list(checks)
    obstacles = {(error.message.id, str(error)): error for check in checks for error in check.impossible}
    return IssueCheck(
        tuple(obstacles.values()),
        _once(check.needs_confirmation for check in checks),
        _once(check.worth_knowing for check in checks),
        any(check.needs_reason for check in checks),
    )


def _once(lists: Iterable[tuple[Message, ...]]) -> tuple[Message, ...]:
    said: list[Message] = []
    for messages in lists:
        said += [message for message in messages if message not in said]
    return tuple(said)


def already_on_loan(work: UnitOfWork, volume: Volume) -> AlreadyOnLoan:
    """That the volume is out, and with whom, as far as the acting person may know."""
    loan = queries.open_loan_of_volume(work.session, volume.id)
    if loan is None:  # It came back between the refusal and the question.
        return AlreadyOnLoan(volume.barcode, None, work.today)
    named = queries.may_name_holder(work.person, loan.borrower_id)
    return AlreadyOnLoan(volume.barcode, loan.borrower.name if named else None, loan.issued_on)


def _impossible(work: UnitOfWork, line: RequestLine, volume: Volume) -> Iterable[PortalError]:
    if volume.custody == Custody.ON_LOAN:
        yield already_on_loan(work, volume)
    elif not possible(volume, CustodyAction.ISSUE):
        yield Conflict(
            N_("Volume %(volume)s cannot be handed out now: %(custody)s."),
            volume=volume.barcode,
            custody=Message(CUSTODY_NAMES[volume.custody]),
        )
    if line.kind == RequestKind.READ or line.state != LineState.READY:
        yield Conflict(N_("This request is not waiting to be handed out."))
    elif queries.has_lapsed(line, work.today):
        yield RequestLapsed()
    elif not any(row.volume_id == volume.id and row.outcome == "wanted" for row in line.volumes):
        yield Conflict(N_("This volume was not asked for, or the request has been served."))
    if not enough_signatures(line.dossier.level, sum(row.approved for row in line.decisions)):
        yield _signature_missing()


def _signature_missing() -> Conflict:
    return Conflict(N_("The dossier has become more confidential since this was approved: a signature is missing."))


def _to_confirm(work: UnitOfWork, line: RequestLine, volume: Volume) -> Iterable[Message]:
    first = queries.first_in_line(work.session, volume.id, work.today)
    if first is not None and first.id != line.id:
        yield _reserved(volume, first)
    if line.reader_id == work.person.id:
        yield Message(N_("You are about to hand a file out to yourself."))
    if volume.condition in _FRAGILE:
        yield Message(
            N_("The paper of volume %(volume)s has suffered (%(condition)s). Better have it repaired first."),
            {"volume": volume.barcode, "condition": Message(CONDITION_NAMES[volume.condition])},
        )


def _reserved(volume: Volume, first: RequestLine) -> Message:
    return Message(
        N_("Volume %(volume)s is reserved for %(reader)s, whose request was approved first."),
        {"volume": volume.barcode, "reader": first.reader.name},
    )


def _holds_already(volumes: int) -> tuple[Message, ...]:
    return (Message(N_("Other volumes the borrower holds: %(count)s."), {"count": volumes}),) if volumes else ()


def _worth_knowing(work: UnitOfWork, volume: Volume) -> Iterable[Message]:
    last = work.session.scalar(
        select(Loan)
        .where(Loan.volume_id == volume.id, Loan.state == LoanState.RETURNED)
        .order_by(Loan.id.desc())
        .limit(1)
    )
    if last is not None and last.sheets_returned != last.sheets_issued:
        yield Message(
            N_("Last time %(issued)s sheets of volume %(volume)s went out and %(returned)s came back."),
            {"issued": last.sheets_issued, "returned": last.sheets_returned, "volume": volume.barcode},
        )
    if volume.condition not in (Condition.GOOD, *_FRAGILE):
        yield Message(
            N_("Condition of volume %(volume)s: %(condition)s."),
            {"volume": volume.barcode, "condition": Message(CONDITION_NAMES[volume.condition])},
        )
