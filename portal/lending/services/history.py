"""What happens to an open loan: kept beside it, with the due date before and after, and only ever added to."""

from __future__ import annotations

from datetime import date

from portal.core.erasable import ErasableText
from portal.core.unit_of_work import UnitOfWork
from portal.lending.models import Loan, LoanEvent
from portal.lending.states import LoanEventKind


def note_event(work: UnitOfWork, loan: Loan, what: LoanEventKind, due_on: date, reason: str = "") -> LoanEvent:
    """Add an event to the loan's history and give the loan its new due date (the old one where it stays)."""
    event = LoanEvent(
        loan_id=loan.id,
        what=what,
        at=work.now,
        by_id=work.actor.id if work.actor else None,
        due_before=loan.due_on,
        due_after=due_on,
        reason=ErasableText.of(reason),
    )
    work.session.add(event)
    loan.due_on = due_on
    work.session.flush()
    return event
