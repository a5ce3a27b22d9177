"""Telling people what is due, each thing once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.unit_of_work import UnitOfWork
from portal.lending.reminding.finding import Day, ToTell, grants_to_tell, loans_to_tell, signatures_to_tell
from portal.notices.kinds import REMINDERS, NoticeKind
from portal.notices.models import Notice
from portal.notices.services import notify

_KINDS = (*REMINDERS, NoticeKind.GRANT_ENDS_SOON)
"""Kinds whose occasions are compared with what was told; requests that wait ask for themselves."""


@dataclass(frozen=True)
class Reminded:
    """How many notices a run has written."""

    borrowers: int = 0
    escalations: int = 0
    signatures: int = 0
    grants: int = 0

    @property
    def notices(self) -> int:
        """All of them."""
        return self.borrowers + self.escalations + self.signatures + self.grants


def due_notices(session: Session, today: date, zone: ZoneInfo) -> list[ToTell]:
    """What is to be told on `today` and has not been; in one order, so that two runs at once do not lock each other."""
    day = Day.of(session, today, zone)
    due = list(chain(loans_to_tell(session, day), signatures_to_tell(session, day), grants_to_tell(session, day)))
    if not due:
        return []
    told = {
        (row.person_id, row.kind, row.occasion)
        for row in session.execute(
            select(Notice.person_id, Notice.kind, Notice.occasion).where(
                Notice.kind.in_(_KINDS),
                Notice.person_id.in_({item.person_id for item in due}),
                Notice.occasion.in_({item.occasion for item in due}),
            )
        )
    }
    return sorted((item for item in due if item.key not in told), key=lambda item: item.key)


def remind(work: UnitOfWork, on: date | None = None) -> Reminded:
    """Tell people what is due today (a date in the office's zone), or `on` another day; nothing twice."""
    told: Counter[NoticeKind] = Counter()
    for item in due_notices(work.session, on or work.today, work.zone):
        told[item.kind] += notify(
            work,
            item.person_id,
            item.kind,
            item.occasion,
            dossier_id=item.dossier_id,
            loan_id=item.loan_id,
            line_id=item.line_id,
            about_id=item.about_id,
            **item.params,
        )
    return Reminded(
        borrowers=sum(told[kind] for kind in REMINDERS if kind != NoticeKind.LOAN_LATE_OF),
        escalations=told[NoticeKind.LOAN_LATE_OF],
        signatures=told[NoticeKind.SIGNATURE_REMINDER],
        grants=told[NoticeKind.GRANT_ENDS_SOON],
    )
