"""Taking back: return, loss, recovery, and the loan that should never have been entered (R11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.core.errors import Conflict, NotFound
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Volume
from portal.dossiers.rules import MOST_SHEETS
from portal.dossiers.states import CONDITION_NAMES, Condition, CustodyAction, is_worse
from portal.lending import queries
from portal.lending.models import Loan, RequestLine
from portal.lending.services.common import checked_text, refuse, settle_volumes, wanted_volume_ids
from portal.lending.services.holding import hold, hold_volume
from portal.lending.states import LineAction, LineState, LoanAction
from portal.lending.transitions import advance


@dataclass(frozen=True)
class _Back:
    """What came back over the counter, as the clerk says."""

    sheets: int
    returned_on: date | None
    remark: str
    condition: Condition | None
    to_repair: bool = False
    handed_on: bool = False


def return_volume(
    work: UnitOfWork,
    loan_id: int,
    version: int,
    *,
    sheets: int,
    returned_on: date | None = None,
    remark: str = "",
    condition: Condition | None = None,
    to_repair: bool = False,
    handed_on: bool = False,
) -> Loan:
    """Strike a loan off: sheets counted, a difference or damage remarked on, the volume back on the shelf.

    `returned_on` is the date it came back (today by default), not before the issue and not in the future; when
    it was recorded is kept beside it. `condition` is that of the paper now (as handed out by default); `to_repair`
    sends it to be mended. Otherwise it is kept at once for the next in line, who is told; not where it is
    `handed_on` over the counter in the same transaction.
    """
    back = _Back(sheets, returned_on, remark, condition, to_repair, handed_on)
    return _take_back(work, loan_id, version, LoanAction.RETURN, CustodyAction.RETURN, back)


def find_loan(
    work: UnitOfWork,
    loan_id: int,
    version: int,
    *,
    sheets: int,
    returned_on: date | None = None,
    remark: str = "",
    condition: Condition | None = None,
    to_repair: bool = False,
) -> Loan:
    """A volume lost on a loan has turned up: the loan ends as returned. Rules as for `return_volume`."""
    back = _Back(sheets, returned_on, remark, condition, to_repair)
    return _take_back(work, loan_id, version, LoanAction.FIND, CustodyAction.FIND, back)


def lose_loan(work: UnitOfWork, loan_id: int, version: int, *, remark: str) -> Loan:
    """The borrower cannot give the volume back: the entry is closed as lost, with the reason, and stays."""
    work.require(Permission.LOAN_RETURN)
    loan = load_loan(work, loan_id, version)
    remark = checked_text("remark", remark, 500, required=True)
    advance(work, loan, LoanAction.LOSE)
    loan.remark, loan.recorded_at, loan.received_by_id = remark, work.now, work.person.id
    advance(work, _volume(work, loan), CustodyAction.LOSE)
    _record(work, "loan:lose", loan, remark)
    return loan


def void_loan(work: UnitOfWork, loan_id: int, version: int, *, reason: str) -> Loan:
    """Undo an issue entered by mistake, on the same day only; the request waits for the clerk again."""
    work.require(Permission.LOAN_VOID)
    shown = queries.loan_for(work.session, work.person, loan_id)
    hold(work.session, RequestLine, [shown.line_id] if shown else [])  # Lines before loans.
    loan = load_loan(work, loan_id, version)
    if loan.issued_on != work.today:
        raise Conflict(N_("A loan can be voided only on the day it was entered. Take the volume back instead."))
    reason = checked_text("reason", reason, 500, required=True)
    advance(work, loan, LoanAction.VOID)
    loan.remark, loan.recorded_at, loan.received_by_id = reason, work.now, work.person.id
    concerned = {loan.volume_id, *wanted_volume_ids(loan.line)}
    volume = hold(work.session, Volume, concerned)[loan.volume_id]
    _reopen(work, loan)
    advance(work, volume, CustodyAction.RETURN)
    settle_volumes(work, concerned)
    _record(work, "loan:void", loan, reason)
    return loan


def _take_back(
    work: UnitOfWork, loan_id: int, version: int, action: LoanAction, custody: CustodyAction, back: _Back
) -> Loan:
    actor = work.require(Permission.LOAN_RETURN)
    loan = load_loan(work, loan_id, version)
    day, remark, condition = _checked(work, loan, back)
    advance(work, loan, action)
    loan.returned_on, loan.recorded_at, loan.received_by_id = day, work.now, actor.id
    loan.sheets_returned, loan.condition_returned = back.sheets, condition
    loan.remark = f"{loan.remark}\n{remark}".strip()[:500]
    volume = _volume(work, loan)
    advance(work, volume, custody)
    volume.sheets, volume.condition = back.sheets, condition
    if back.to_repair:
        advance(work, volume, CustodyAction.SEND_TO_REPAIR)
    settle_volumes(work, [volume.id], came_in=() if back.handed_on else [volume.id])
    _record(work, f"loan:{action.value}", loan, remark)
    if back.to_repair:
        work.record("volume:to_repair", f"volumes:{volume.id}", dossier_id=volume.dossier_id)
    return loan


def _checked(work: UnitOfWork, loan: Loan, back: _Back) -> tuple[date, str, Condition]:
    """Date, remark and condition of a return; Invalid where one breaks a rule."""
    day = back.returned_on or work.today
    if day > work.today:
        refuse("returned_on", N_("The date of return cannot be in the future."))
    if day < loan.issued_on:
        refuse("returned_on", N_("The date of return cannot be before the date of issue."))
    if back.sheets < 0:
        refuse("sheets", N_("A number of sheets cannot be negative."))
    if back.sheets > MOST_SHEETS:
        refuse("sheets", N_("A volume has at most %(most)s sheets."), most=MOST_SHEETS)
    remark = checked_text("remark", back.remark, 500)
    if back.sheets != loan.sheets_issued and not remark:
        refuse(
            "remark",
            N_("%(issued)s sheets went out and %(returned)s came back: say what happened."),
            issued=loan.sheets_issued,
            returned=back.sheets,
        )
    condition = back.condition or loan.condition_issued
    if is_worse(condition, loan.condition_issued) and not remark:
        refuse(
            "remark",
            N_("It went out as “%(before)s” and came back as “%(now)s”: say what happened."),
            before=Message(CONDITION_NAMES[loan.condition_issued]),
            now=Message(CONDITION_NAMES[condition]),
        )
    return day, remark, condition


def load_loan(work: UnitOfWork, loan_id: int, version: int) -> Loan:
    """The loan, locked, if the acting person may see it; StaleVersion over an older `version`."""
    loan = queries.loan_for(work.session, work.person, loan_id, lock=True)
    if loan is None:
        raise NotFound()
    loan.check_version(version)
    return loan


def _volume(work: UnitOfWork, loan: Loan) -> Volume:
    work.session.flush()
    return hold_volume(work.session, loan.volume_id)


def _reopen(work: UnitOfWork, loan: Loan) -> None:
    """What the voided loan had fulfilled is wanted again, unless the reader has meanwhile asked anew."""
    line = loan.line
    for asked in line.volumes:
        if asked.volume_id == loan.volume_id:
            asked.outcome = "wanted"
    again = queries.open_line(work.session, queries.AskedOnce.by(line))
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
    if loan.returned_on is not None and loan.condition_returned is not None:
        details["returned_on"] = loan.returned_on.isoformat()
        details["condition"] = loan.condition_returned.value
    work.record(
        action,
        f"loans:{loan.id}",
        dossier_id=loan.volume.dossier_id,
        details=details,
        personal={"remark": remark} if remark else None,
    )
    work.session.flush()
