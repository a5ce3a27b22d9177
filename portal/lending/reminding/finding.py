"""What there is to tell on a day, whether or not it has been told: loans, requests that wait, grants that end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant
from portal.access.queries import active_grant
from portal.accounts.models import Person
from portal.core.clock import office_date
from portal.dossiers.models import Volume
from portal.lending.models import Decision, Loan, RequestLine
from portal.lending.queries.requests import not_lapsed
from portal.lending.queries.signing import signers_of
from portal.lending.reminding.leaders import Leaders
from portal.lending.reminding.stages import last_day_spoken_of, present_stage
from portal.lending.states import LineState, LoanState
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.policy.queries import current_policy, office_calendar
from portal.policy.rules import OfficeCalendar, Policy


@dataclass(frozen=True)
class ToTell:
    """One notice for one person, as `portal.notices.services.notify` takes it."""

    person_id: int
    kind: NoticeKind
    occasion: str
    dossier_id: int
    loan_id: int | None = None
    line_id: int | None = None
    about_id: int | None = None
    params: Mapping[str, str | int | date] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, NoticeKind, str]:
        """What makes it once."""
        return self.person_id, self.kind, self.occasion


@dataclass(frozen=True)
class Day:
    """The day that is looked at, with the rules and the calendar in force."""

    today: date
    zone: ZoneInfo
    policy: Policy
    calendar: OfficeCalendar

    @classmethod
    def of(cls, session: Session, today: date, zone: ZoneInfo) -> Day:
        """The day with what the database says of rules and calendar."""
        policy = current_policy(session)
        return cls(today, zone, policy, office_calendar(session, policy))

    @property
    def spoken_of(self) -> date:
        """The latest end of which people are reminded today."""
        return last_day_spoken_of(self.today, self.policy.remind_days_before, self.calendar.is_open)


def loans_to_tell(session: Session, day: Day) -> Iterator[ToTell]:
    """The present stage of every open loan: to the borrower, and to those it is escalated to (R12)."""
    spoken_of = day.spoken_of
    rows = session.execute(
        select(
            Loan.id,
            Loan.borrower_id,
            Loan.issued_on,
            Loan.due_on,
            Volume.barcode,
            Volume.dossier_id,
            Person.department_id,
        )
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Person, Person.id == Loan.borrower_id)
        .where(Loan.state == LoanState.ON_LOAN, Loan.due_on <= spoken_of)
        .order_by(Loan.id)
    ).all()
    leaders = Leaders(session, {row.dossier_id for row in rows})
    for row in rows:
        stage = present_stage(row.issued_on, row.due_on, day.today, spoken_of)
        if stage is None:
            continue
        occasion = f"{row.id}:{row.due_on}:{stage.name}"
        params: dict[str, str | int | date] = {"volume": row.barcode, "due_on": row.due_on}
        if stage.days_late:
            params["days"] = stage.days_late
        yield ToTell(row.borrower_id, stage.kind, occasion, row.dossier_id, loan_id=row.id, params=params)
        told: list[int] = []
        if stage.days_late and stage.days_late >= day.policy.escalate_to_head_after:
            told += leaders.heads_of(row.borrower_id, row.department_id, row.dossier_id)
        if stage.days_late and stage.days_late >= day.policy.escalate_to_records_after:
            told += leaders.records_for(row.borrower_id, row.dossier_id)
        for person_id in dict.fromkeys(told):
            yield ToTell(
                person_id,
                NoticeKind.LOAN_LATE_OF,
                occasion,
                row.dossier_id,
                loan_id=row.id,
                about_id=row.borrower_id,
                params=params,
            )


def signatures_to_tell(session: Session, day: Day) -> Iterator[ToTell]:
    """Requests that have waited for a signature for so long, and again each time as long, to those who may sign."""
    every = day.policy.approver_reminder_days
    signed = select(func.max(Decision.decided_at)).where(Decision.line_id == RequestLine.id).scalar_subquery()
    rows: Sequence[tuple[RequestLine, datetime]] = [
        (line, since)
        for line, since in session.execute(
            select(RequestLine, func.coalesce(signed, RequestLine.submitted_at))
            .where(RequestLine.state.in_([LineState.SUBMITTED, LineState.HEAD_APPROVED]), not_lapsed(day.today))
            .order_by(RequestLine.id)
        )
        if since is not None
    ]
    for line, since in rows:
        waiting_since = office_date(since, day.zone)
        times = (day.today - waiting_since).days // every
        occasion = f"{line.id}:{line.state.value}:{times}"
        if times < 1 or _was_told(session, occasion, line.id):
            continue
        signers = signers_of(session, line)
        for person in signers.people if signers is not None else ():
            yield ToTell(
                person.id,
                NoticeKind.SIGNATURE_REMINDER,
                occasion,
                line.dossier_id,
                line_id=line.id,
                about_id=line.reader_id,
                params={"since": waiting_since},
            )


def _was_told(session: Session, occasion: str, line_id: int) -> bool:
    """Whether this reminder has gone out: finding out who may sign costs more than asking that."""
    told = select(Notice.id).where(
        Notice.line_id == line_id, Notice.kind == NoticeKind.SIGNATURE_REMINDER, Notice.occasion == occasion
    )
    return session.scalar(told.limit(1)) is not None


def grants_to_tell(session: Session, day: Day) -> Iterator[ToTell]:
    """Reading grants that end soon, to those who hold them; not on the day they were given."""
    grants = session.scalars(
        select(ReadingGrant)
        .join(Person, Person.id == ReadingGrant.person_id)
        .where(active_grant(day.today), ReadingGrant.until_date <= day.spoken_of, Person.departed_at.is_(None))
        .order_by(ReadingGrant.id)
    )
    for grant in grants:
        if office_date(grant.granted_at, day.zone) < day.today:
            yield ToTell(
                grant.person_id,
                NoticeKind.GRANT_ENDS_SOON,
                f"{grant.id}:{grant.until_date}",
                grant.dossier_id,
                params={"until": grant.until_date},
            )
