"""Due dates of open loans follow the office calendar (R11): what would move, and the moving."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from portal.access.queries import known_to
from portal.core.clock import office_date
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier, Volume
from portal.lending.models import Loan, LoanEvent
from portal.lending.services.common import by_last_day
from portal.lending.services.history import note_event
from portal.lending.states import LoanEventKind, LoanState
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import OfficeCalendar, Policy, due_date, due_date_after_change
from portal.policy.services import Moved

_RECKONED_ANEW = (LoanEventKind.RENEWED, LoanEventKind.RECALLED)
"""After these a due date no longer rests on the day of issue alone."""


class LoansByCalendar:
    """The open loans as something that depends on the calendar (`portal.policy.services.Dependents`).

    Counted with the policy in force, from the day of issue or of the last renewal; one that was called back is due on
    the next open day after that, if not before. A loan read in the reading room is due on its day, whatever the
    calendar says. The first due date stays in `original_due_on`. When a date may move earlier:
    `portal.policy.rules.due_date_after_change`.
    """

    def would_move(self, work: UnitOfWork, policy: Policy, calendar: OfficeCalendar) -> Sequence[Moved]:
        """The open loans that would get another due date, as far as the acting person may know of their dossiers."""
        query = (
            select(Loan)
            .join(Volume, Volume.id == Loan.volume_id)
            .join(Dossier, Dossier.id == Volume.dossier_id)
            .where(Loan.state == LoanState.ON_LOAN, known_to(work.person, Dossier))
            .options(contains_eager(Loan.volume).contains_eager(Volume.dossier), joinedload(Loan.borrower))
            .order_by(Loan.due_on, Loan.id)
        )
        loans = work.session.scalars(query).all()
        return [
            Moved(loan.volume.barcode, loan.volume.dossier.number or "", loan.due_on, due)
            for loan, due in _moved(work, loans, policy, calendar)
        ]

    def move(self, work: UnitOfWork) -> int:
        """Give every open loan the due date of the calendar now in force; each that moves is in its history.

        Returns how many moved.
        """
        policy = current_policy(work.session)
        query = (
            select(Loan)
            .where(Loan.state == LoanState.ON_LOAN)
            .options(joinedload(Loan.volume), joinedload(Loan.borrower))
            .order_by(Loan.id)
            .with_for_update(of=Loan, key_share=True)
            .execution_options(populate_existing=True)
        )
        loans = work.session.scalars(query).all()
        moved = list(_moved(work, loans, policy, office_calendar(work.session, policy)))
        for loan, due in moved:
            before = loan.due_on
            event = note_event(work, loan, LoanEventKind.DUE_CHANGED, due)
            work.record(
                "loan:due_date",
                f"loans:{loan.id}",
                dossier_id=loan.volume.dossier_id,
                details={
                    "volume": loan.volume_id,
                    "borrower": loan.borrower_id,
                    "due_on": {"old": before.isoformat(), "new": due.isoformat()},
                },
            )
            notify(
                work,
                loan.borrower_id,
                NoticeKind.DUE_DATE_CHANGED,
                f"{loan.id}:{event.id}",
                dossier_id=loan.volume.dossier_id,
                loan_id=loan.id,
                volume=loan.volume.barcode,
                due_on=due,
                was_due_on=before,
            )
        return len(moved)


def _moved(
    work: UnitOfWork, loans: Sequence[Loan], policy: Policy, calendar: OfficeCalendar
) -> Iterator[tuple[Loan, date]]:
    """The loans whose due date becomes another, with the new one."""
    reckoned = _last_reckoned(work)
    for loan in loans:
        if loan.in_reading_room:
            continue
        by_rule = _by_rule(work, loan, reckoned.get(loan.id, {}), policy, calendar)
        due = due_date_after_change(loan.due_on, by_rule, work.today, calendar)
        if due != loan.due_on:
            yield loan, due


def _last_reckoned(work: UnitOfWork) -> dict[int, dict[LoanEventKind, LoanEvent]]:
    """For each open loan that was renewed or recalled, the last time of each."""
    query = (
        select(LoanEvent)
        .join(Loan, Loan.id == LoanEvent.loan_id)
        .where(Loan.state == LoanState.ON_LOAN, LoanEvent.what.in_(_RECKONED_ANEW))
        .order_by(LoanEvent.id)
    )
    found: dict[int, dict[LoanEventKind, LoanEvent]] = defaultdict(dict)
    for event in work.session.scalars(query):
        found[event.loan_id][event.what] = event
    return found


def _by_rule(
    work: UnitOfWork, loan: Loan, last: Mapping[LoanEventKind, LoanEvent], policy: Policy, calendar: OfficeCalendar
) -> date:
    """The due date as it would be given now: by the issue or the last renewal, and no later than a recall says."""
    if renewal := last.get(LoanEventKind.RENEWED):
        due = due_date(renewal.due_before, policy, calendar, days=policy.renewal_days)
    else:
        due = due_date(loan.issued_on, policy, calendar)
    if recall := last.get(LoanEventKind.RECALLED):
        tomorrow = office_date(recall.at, work.zone) + timedelta(days=1)
        due = min(due, calendar.next_open_day(tomorrow))
    return by_last_day(due, loan.borrower)
