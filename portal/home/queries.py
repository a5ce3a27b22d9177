"""What waits for one person, gathered from the features. Lists, newest trouble first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant
from portal.core.permissions import Actor, Permission
from portal.documents.queries import ReadingProgress, reading_progress
from portal.dossiers.models import Dossier
from portal.dossiers.queries import openings_to_decide, own_openings
from portal.lending import queries as lending
from portal.lending.models import RequestLine
from portal.lending.queries import LoanCounts, LoanRow

NEWS_FOR = timedelta(days=14)
"""How long the front page tells that a request was refused, expired or came to nothing."""


@dataclass(frozen=True)
class Desk:
    """What the records department sees at a glance."""

    to_fetch: int
    loans: LoanCounts


@dataclass(frozen=True)
class FrontPage:
    """Everything the front page shows."""

    decisions: Sequence[RequestLine]
    openings: Sequence[Dossier]
    loans: Sequence[LoanRow]
    requests: Sequence[RequestLine]
    refused: Sequence[RequestLine]
    grants: Sequence[tuple[ReadingGrant, Dossier]]
    drafts: Sequence[Dossier]
    overdue: Sequence[LoanRow]
    desk: Desk | None
    reading: ReadingProgress

    @property
    def nothing(self) -> bool:
        """Nothing asked, held, owed or to decide: the page then says how to begin."""
        return not any(
            (
                self.decisions,
                self.openings,
                self.loans,
                self.requests,
                self.refused,
                self.grants,
                self.drafts,
                self.overdue,
            )
        )


def front_page(session: Session, actor: Actor, now: datetime, today: date) -> FrontPage:
    """Gather the front page of `actor`."""
    sees_all = actor.may(Permission.LOANS_VIEW_ALL)
    desk = None
    if actor.may(Permission.LOAN_ISSUE):
        desk = Desk(len(lending.desk_queue(session, actor, today)), lending.loan_counts(session, actor, today))
    return FrontPage(
        decisions=lending.waiting_for_my_decision(session, actor, today),
        openings=openings_to_decide(session, actor),
        loans=lending.my_loans(session, actor, today),
        requests=lending.my_requests(session, actor, only_open=True),
        refused=lending.lately_refused(session, actor, now - NEWS_FOR),
        grants=lending.my_grants(session, actor, today),
        drafts=own_openings(session, actor),
        overdue=lending.open_loans(session, actor, today, only_overdue=True) if sees_all else (),
        desk=desk,
        reading=reading_progress(session, actor, today),
    )


def inbox_count(session: Session, actor: Actor, today: date) -> int:
    """How many things wait for the person: decisions, openings to decide, own loans that are late."""
    late = sum(1 for row in lending.my_loans(session, actor, today) if row.days_late > 0)
    return lending.count_waiting_for_my_decision(session, actor, today) + len(openings_to_decide(session, actor)) + late
