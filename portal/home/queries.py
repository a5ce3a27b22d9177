"""What waits for one person, gathered from the features. Lists, newest trouble first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant
from portal.arrivals.queries import waiting_count
from portal.core.permissions import Actor, Permission
from portal.documents.queries import ReadingProgress, reading_progress
from portal.dossiers.models import Dossier
from portal.dossiers.queries import openings_to_decide, own_openings
from portal.dossiers.states import DossierState
from portal.lending import queries as lending
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.queries import LoanCounts, LoanRow
from portal.lending.queries.loans import overdue
from portal.lending.queries.signing import awaiting
from portal.search.saved.models import SavedSearch, SavedSearchFind
from portal.search.saved.queries import SavedRow, count_news, saved_searches

NEWS_FOR = timedelta(days=14)
"""How long the front page tells that a request was refused, expired or came to nothing."""
_STATEMENTS_KEPT = 200
"""One for each person of today: putting it together takes longer than the answer. Somebody whose role changes is
another `Actor`."""


@dataclass(frozen=True)
class Desk:
    """What the records department sees at a glance."""

    to_fetch: int
    loans: LoanCounts
    arrivals: int


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
    answered: Sequence[SavedRow]
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
                self.answered,
            )
        )


def front_page(session: Session, actor: Actor, now: datetime, today: date) -> FrontPage:
    """Gather the front page of `actor`."""
    sees_all = actor.may(Permission.LOANS_VIEW_ALL)
    desk = None
    if actor.may(Permission.LOAN_ISSUE):
        desk = Desk(
            to_fetch=len(lending.desk_queue(session, actor, today)),
            loans=lending.loan_counts(session, actor, today),
            arrivals=waiting_count(session, actor),
        )
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
        answered=[row for row in saved_searches(session, actor, today) if row.news],
        reading=reading_progress(session, actor, today),
    )


def inbox_count(session: Session, actor: Actor, today: date) -> int:
    """How many things wait for the person: decisions, openings to decide, own loans that are late, saved searches that
    something new answers. Every page asks: lists are read only where there is something to be listed."""
    decisions, late, openings, finds = session.execute(_glance(actor, today)).one()
    decided = len(openings_to_decide(session, actor)) if openings else 0
    return decisions + late + decided + (count_news(session, actor, today) if finds else 0)


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _glance(actor: Actor, today: date) -> Select[int, int, bool, bool]:
    """The number of decisions and of late loans; whether openings and finds are there at all."""
    decisions = (
        select(func.count(RequestLine.id))
        .join(Request, Request.id == RequestLine.request_id)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .where(awaiting(actor, today))
    )
    late = select(func.count(Loan.id)).where(Loan.borrower_id == actor.id, overdue(today))
    openings = exists().where(Dossier.state == DossierState.SUBMITTED)
    finds = exists().where(
        SavedSearchFind.saved_search_id == SavedSearch.id,
        SavedSearch.person_id == actor.id,
        SavedSearchFind.seen_at.is_(None),
    )
    return select(decisions.scalar_subquery(), late.scalar_subquery(), openings, finds)
