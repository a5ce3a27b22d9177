"""Reminding those whose year ends soon: once for each acceptance, caught up on after days without the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.core.clock import Pace
from portal.core.unit_of_work import UnitOfWork
from portal.notices.kinds import NoticeKind
from portal.notices.models import Notice
from portal.notices.services import notify
from portal.parts import Parts
from portal.policy.queries import current_policy
from portal.undertaking.models import UndertakingAcceptance
from portal.undertaking.queries import force_today
from portal.undertaking.rules import good_until, last_lapsed, last_to_remind

EVERY = timedelta(hours=1)
"""How often the day is looked at again: the policy may have changed."""


@dataclass(frozen=True)
class ToRemind:
    """Somebody to be reminded, and the last day on which their acceptance is good."""

    person_id: int
    until: date
    occasion: str


def due_reminders(session: Session, today: date) -> Sequence[ToRemind]:
    """Who is to be reminded today and has not been.

    Nobody who will be asked for a newer version before their year ends.
    """
    policy = current_policy(session)
    force = force_today(session, today)
    if force.version_id is None or not policy.undertaking_remind_days:
        return ()
    months = policy.undertaking_months
    accepted_on = func.max(UndertakingAcceptance.accepted_on)
    rows = session.execute(
        select(UndertakingAcceptance.person_id, accepted_on.label("accepted_on"))
        .join(Person, Person.id == UndertakingAcceptance.person_id)
        .where(UndertakingAcceptance.version_id == force.version_id, Person.departed_at.is_(None))
        .group_by(UndertakingAcceptance.person_id)
        .having(
            accepted_on > last_lapsed(today, months),
            accepted_on <= last_to_remind(today, months, policy.undertaking_remind_days),
        )
        .order_by(UndertakingAcceptance.person_id)
    ).all()
    found = []
    for row in rows:
        until = good_until(row.accepted_on, months)
        if force.next_on is None or until < force.next_on:
            found.append(ToRemind(row.person_id, until, f"{force.version_id}:{row.accepted_on}"))
    told = _told(session, {item.occasion for item in found})
    return [item for item in found if (item.person_id, item.occasion) not in told]


def _told(session: Session, occasions: set[str]) -> set[tuple[int, str]]:
    if not occasions:
        return set()
    query = select(Notice.person_id, Notice.occasion).where(
        Notice.kind == NoticeKind.UNDERTAKING_DUE, Notice.occasion.in_(occasions)
    )
    return {(person_id, occasion) for person_id, occasion in session.execute(query)}


def remind(work: UnitOfWork) -> int:
    """Remind everybody who is due; returns how many. Repeating it does no harm."""
    due = due_reminders(work.session, work.today)
    return sum(
        notify(work, item.person_id, NoticeKind.UNDERTAKING_DUE, item.occasion, until=item.until) for item in due
    )


class UndertakingClock:
    """Reminds from time to time."""

    def __init__(self) -> None:
        self._pace = Pace(EVERY)

    def look(self, parts: Parts) -> None:
        """Remind whoever is due, if it is time to look. Writes only when there is somebody (the timer calls this)."""
        with parts.looking() as work:
            if self._pace.rests(work.now, work.today):
                return
            looked_at, day = work.now, work.today
            due = due_reminders(work.session, day)
        if due:
            with parts.writing() as work:
                remind(work)
        self._pace.looked(looked_at, day)
