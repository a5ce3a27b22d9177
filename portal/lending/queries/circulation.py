"""Renewals, recalls, announcements and holds, as they are read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, false, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.lending.models import LoanEvent, RequestedVolume, RequestLine
from portal.lending.states import LineState, LoanEventKind


@dataclass(frozen=True)
class LoanMarks:
    """What is to be said of an open loan besides its due date. Read off its history, stored nowhere."""

    renewals: int = 0
    recalled_at: datetime | None = None
    announced_at: datetime | None = None


def loan_marks(session: Session, loan_ids: Collection[int]) -> dict[int, LoanMarks]:
    """Renewals, recall and announcement of these loans, by id: one query however many."""
    found = dict.fromkeys(loan_ids, LoanMarks())
    where = LoanEvent.loan_id.in_(loan_ids) if loan_ids else false()
    for event in session.scalars(select(LoanEvent).where(where).order_by(LoanEvent.id)):
        before = found[event.loan_id]
        found[event.loan_id] = LoanMarks(
            before.renewals + (event.what == LoanEventKind.RENEWED),
            event.at if event.what == LoanEventKind.RECALLED else before.recalled_at,
            event.at if event.what == LoanEventKind.ANNOUNCED else before.announced_at,
        )
    return found


def marks_of(session: Session, loan_id: int) -> LoanMarks:
    """Renewals, recall and announcement of one loan."""
    return loan_marks(session, [loan_id])[loan_id]


def loan_history(session: Session, loan_id: int) -> Sequence[tuple[LoanEvent, str | None]]:
    """What happened to a loan, oldest first, with the name of who did it (None where the calendar did)."""
    rows = session.execute(
        select(LoanEvent, Person.name)
        .outerjoin(Person, Person.id == LoanEvent.by_id)
        .where(LoanEvent.loan_id == loan_id)
        .order_by(LoanEvent.id)
    ).all()
    return [(event, name) for event, name in rows]


def held_for(session: Session, volume_id: int, today: date) -> Sequence[RequestedVolume]:
    """The requests for which this volume is kept today, or was until now."""
    return session.scalars(
        select(RequestedVolume)
        .where(
            RequestedVolume.volume_id == volume_id,
            RequestedVolume.outcome == "wanted",
            RequestedVolume.hold_until >= today,
        )
        .order_by(RequestedVolume.id)
    ).all()


def _hold_is_over(today: date) -> ColumnElement[bool]:
    return and_(
        RequestedVolume.outcome == "wanted",
        RequestedVolume.hold_until < today,
        RequestedVolume.line_id == RequestLine.id,
        RequestLine.state == LineState.READY,
    )


def any_hold_over(session: Session, today: date) -> bool:
    """Whether a volume is still kept for somebody whose time to fetch it is over."""
    return (
        session.scalar(
            select(RequestLine.id).where(exists().where(_hold_is_over(today)).correlate(RequestLine)).limit(1)
        )
        is not None
    )


def lines_with_holds_over(session: Session, today: date) -> Sequence[RequestLine]:
    """Requests whose holds are over, locked for the sweep; what another transaction holds is left for the next."""
    return session.scalars(
        select(RequestLine)
        .where(exists().where(_hold_is_over(today)).correlate(RequestLine))
        .order_by(RequestLine.id)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
