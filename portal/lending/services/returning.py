"""Taking back: return, loss, recovery, and the loan that should never have been entered (R11)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.core.errors import Conflict, NotFound
from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.states import CustodyAction
from portal.lending import queries
from portal.lending.models import Loan, RequestLine
from portal.lending.services.common import checked_text, lock_volume, refuse, settle_volumes
from portal.lending.states import LineAction, LineState, LoanAction
from portal.lending.transitions import advance


def return_volume(
    work: UnitOfWork,
    loan_id: int,
    version: int,
    *,
    sheets: int,
    returned_on: date | None = None,
    remark: str = "",
) -> Loan:
    """Strike a loan off: sheets counted, a difference remarked on, the volume back on the shelf.

    `returned_on` is the date it came back (today by default), not before the issue and not in the future; when
    it was recorded is kept beside it. The volume is reserved at once if an approved request waits for it.
    """
    return _take_back(work, loan_id, version, LoanAction.RETURN, CustodyAction.RETURN, sheets, returned_on, remark)


def find_loan(
    work: UnitOfWork,
    loan_id: int,
    version: int,
    *,
    sheets: int,
    returned_on: date | None = None,
    remark: str = "",
) -> Loan:
    """A volume lost on a loan has turned up: the loan ends as returned. Rules as for `return_volume`."""
    return _take_back(work, loan_id, version, LoanAction.FIND, CustodyAction.FIND, sheets, returned_on, remark)


def lose_loan(work: UnitOfWork, loan_id: int, version: int, *, remark: str) -> Loan:
    """The borrower cannot give the volume back: the entry is closed as lost, with the reason, and stays."""
    work.require(Permission.LOAN_RETURN)
    loan = _load(work, loan_id, version)
    remark = checked_text("remark", remark, 500, required=True)
    advance(work, loan, LoanAction.LOSE)
    loan.remark, loan.recorded_at, loan.received_by_id = remark, work.now, work.person.id
    advance(work, _volume(work, loan), CustodyAction.LOSE)
    _record(work, "loan:lose", loan, remark)
    return loan


def void_loan(work: UnitOfWork, loan_id: int, version: int, *, reason: str) -> Loan:
    """Undo an issue entered by mistake, on the same day only; the request waits for the clerk again."""
    work.require(Permission.LOAN_VOID)
    loan = _load(work, loan_id, version)
    if loan.issued_on != work.today:
        raise Conflict(N_("A loan can be voided only on the day it was entered. Take the volume back instead."))
    reason = checked_text("reason", reason, 500, required=True)
    advance(work, loan, LoanAction.VOID)
    loan.remark, loan.recorded_at, loan.received_by_id = reason, work.now, work.person.id
    _reopen(work, loan)
    advance(work, _volume(work, loan), CustodyAction.RETURN)
    settle_volumes(work, [loan.volume_id])
    _record(work, "loan:void", loan, reason)
    return loan


def _take_back(
    work: UnitOfWork,
    loan_id: int,
    version: int,
    action: LoanAction,
    custody: CustodyAction,
    sheets: int,
    returned_on: date | None,
    remark: str,
) -> Loan:
    actor = work.require(Permission.LOAN_RETURN)
    loan = _load(work, loan_id, version)
    day = returned_on or work.today
    if day > work.today:
        refuse("returned_on", N_("The date of return cannot be in the future."))
    if day < loan.issued_on:
        refuse("returned_on", N_("The date of return cannot be before the date of issue."))
    if sheets < 0:
        refuse("sheets", N_("A number of sheets cannot be negative."))
    remark = checked_text("remark", remark, 500)
    if sheets != loan.sheets_issued and not remark:
        refuse(
            "remark",
            N_("%(issued)s sheets went out and %(returned)s came back: say what happened."),
            issued=loan.sheets_issued,
            returned=sheets,
        )
    advance(work, loan, action)
    loan.returned_on, loan.recorded_at, loan.received_by_id = day, work.now, actor.id
    loan.sheets_returned = sheets
    loan.remark = f"{loan.remark}\n{remark}".strip()[:500]
    volume = _volume(work, loan)
    advance(work, volume, custody)
    volume.sheets = sheets
    settle_volumes(work, [loan.volume_id])
    _record(work, f"loan:{action.value}", loan, remark)
    return loan


def _load(work: UnitOfWork, loan_id: int, version: int) -> Loan:
    loan = queries.loan_for(work.session, work.person, loan_id, lock=True)
    if loan is None:
        raise NotFound()
    loan.check_version(version)
    return loan


def _volume(work: UnitOfWork, loan: Loan) -> Volume:
    work.session.flush()
    return lock_volume(work.session, loan.volume_id)


def _reopen(work: UnitOfWork, loan: Loan) -> None:
    """What the voided loan had fulfilled is wanted again, unless the reader has meanwhile asked anew."""
    query = select(RequestLine).where(RequestLine.id == loan.line_id).with_for_update()
    line = work.session.scalars(query.execution_options(populate_existing=True)).one()
    for asked in line.volumes:
        if asked.volume_id == loan.volume_id:
            asked.outcome = "wanted"
    again = queries.open_line(work.session, line.reader_id, line.dossier_id, line.kind)
    if line.state == LineState.FULFILLED and again is None:
        advance(work, line, LineAction.REOPEN)
        line.closed_at = None
    work.session.flush()


def _record(work: UnitOfWork, action: str, loan: Loan, remark: str) -> None:
    details: dict[str, object] = {
        "volume": loan.volume_id,
        "borrower": loan.borrower_id,
        "sheets": loan.sheets_returned,
    }
    if loan.returned_on is not None:
        details["returned_on"] = loan.returned_on.isoformat()
    work.record(
        action,
        f"loans:{loan.id}",
        dossier_id=loan.volume.dossier_id,
        details=details,
        personal={"remark": remark} if remark else None,
    )
    work.session.flush()
