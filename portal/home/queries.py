"""What waits for one person, gathered from the features. Lists, newest trouble first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.access.models import ReadingGrant
from portal.arrivals.queries import waiting_count
from portal.clients.responsibility.queries import Shortage, shortage
from portal.clients.responsibility.rules import led_by
from portal.core.permissions import Actor, Permission
from portal.documents.queries import ReadingProgress, reading_progress
from portal.dossiers.models import Dossier
from portal.dossiers.queries import openings_to_decide, own_openings
from portal.dossiers.states import DossierState
from portal.handover.queries import Glance, glances_to_sign, own_glance
from portal.home.inbox import shown_notices
from portal.lending import queries as lending
from portal.lending.models import Decision, Loan, Request, RequestLine
from portal.lending.queries import LoanCounts, LoanFilter, LoanRow, Page, my_requests, page_of, to_decide
from portal.lending.queries.loans import overdue
from portal.lending.queries.signing import awaiting
from portal.lending.states import OPEN_LINE_STATES, LineState
from portal.notices.kinds import KINDS_COUNTED_ELSEWHERE
from portal.notices.models import Notice
from portal.notices.queries import unread
from portal.policy.queries import current_policy
from portal.reports.models.issued import Report
from portal.reports.models.regular import RegularReport
from portal.reports.queries.issued import waiting_reports
from portal.reports.regular.queries import to_sign
from portal.reports.regular.states import STAGES
from portal.reports.states import UNISSUED
from portal.search.saved.models import SavedSearch, SavedSearchFind
from portal.search.saved.queries import SavedRow, count_news, saved_searches

NEWS_FOR = timedelta(days=14)
"""How long the front page tells that a request was refused, expired or came to nothing."""
ROWS = 20
"""Rows of a list on the front page; the whole of it has a page of its own."""
HANDOVERS = 5
"""Handovers on the front page."""
REPORTS = 5
"""Reports on the front page."""
_NO_ROWS = Page((), 1, 1, 0)
_IN_VAIN = (LineState.REJECTED, LineState.EXPIRED, LineState.NOT_FOUND)
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
class Waiting:
    """What waits for the person: requests and openings to decide, own loans that are late, saved searches that
    something new answers, and unread notices of anything else. The inbox lists it all."""

    decisions: int
    openings: int
    late: int
    answered: int
    notices: int
    drafts: bool
    """Whether the person is opening dossiers; not counted."""
    regulars: bool
    """Whether any regular report waits for a signature; not counted, because a notice tells of it."""
    reports: bool
    """Whether any report is on its way to be issued; not counted likewise."""

    @property
    def total(self) -> int:
        """The number beside "Inbox"."""
        return self.decisions + self.openings + self.late + self.answered + self.notices


@dataclass(frozen=True)
class HeldFile:
    """A file in the person's hands, and what they can do about it with one click."""

    row: LoanRow
    may_renew: bool = False
    """As far as the loan itself tells; whether somebody waits for the file is asked when they press the button."""
    may_announce: bool = False
    recalled: bool = False


@dataclass(frozen=True)
class FrontPage:
    """Everything the front page shows. Long lists are shown as far as `ROWS`, with how much there is in all."""

    waiting: Waiting
    decisions: Page
    openings: Sequence[Dossier]
    loans: Sequence[HeldFile]
    asked: Page
    """What the person asked for that is open or came to nothing lately."""
    grants: Sequence[tuple[ReadingGrant, Dossier]]
    drafts: Sequence[Dossier]
    overdue: Page
    desk: Desk | None
    answered: Sequence[SavedRow]
    reading: ReadingProgress
    shortage: Shortage | None
    """Clients without enough people, for those who can name somebody."""
    leaving: Glance | None
    """The person's own handover, while they leave."""
    handovers: Sequence[Glance]
    """Handovers the person signs, the next last day first; the whole list has a page of its own."""
    regulars: Sequence[RegularReport]
    """Regular reports that wait for the person's signature."""
    reports: Sequence[Report]
    """Reports the person prepares, reviews or issues next; the whole list has a page of its own."""

    @property
    def requests(self) -> Sequence[RequestLine]:
        """Of what was asked for: what is on its way."""
        return [line for line in self.asked.rows if line.state not in _IN_VAIN]

    @property
    def refused(self) -> Sequence[RequestLine]:
        """Of what was asked for: what came to nothing, the latest first."""
        return sorted((line for line in self.asked.rows if line.state in _IN_VAIN), key=_closed_at, reverse=True)

    @property
    def nothing(self) -> bool:
        """Nothing asked, held, owed or to decide: the page then says how to begin."""
        return not any(
            (
                self.decisions.total,
                self.openings,
                self.loans,
                self.asked.total,
                self.grants,
                self.drafts,
                self.overdue.total,
                self.answered,
                self.waiting.notices,
                self.shortage,
                self.leaving,
                self.handovers,
                self.regulars,
                self.reports,
            )
        )


def front_page(session: Session, actor: Actor, now: datetime, today: date) -> FrontPage:
    """Gather the front page of `actor`. What a glance says is not there is not asked for."""
    waiting = what_waits(session, actor, today)
    sees_all = actor.may(Permission.LOANS_VIEW_ALL)
    desk = None
    if actor.may(Permission.LOAN_ISSUE):
        desk = Desk(
            to_fetch=lending.count_to_fetch(session, actor, today),
            loans=lending.loan_counts(session, actor, today),
            arrivals=waiting_count(session, actor),
        )
    names_people = actor.may(Permission.CLIENT_ASSIGN_ALL) or led_by(actor)
    return FrontPage(
        waiting=waiting,
        decisions=page_of(session, to_decide(actor, today), 1, ROWS) if waiting.decisions else _NO_ROWS,
        openings=openings_to_decide(session, actor) if waiting.openings else (),
        loans=_held_files(session, actor, today),
        asked=page_of(session, _asked(actor, now - NEWS_FOR), 1, ROWS),
        grants=lending.my_grants(session, actor, today),
        drafts=own_openings(session, actor) if waiting.drafts else (),
        overdue=lending.some_loans(session, actor, today, LoanFilter.OVERDUE, ROWS) if sees_all else _NO_ROWS,
        desk=desk,
        answered=[row for row in saved_searches(session, actor, today) if row.news] if waiting.answered else (),
        reading=reading_progress(session, actor, today),
        shortage=shortage(session, actor, Dossier, today) if names_people else None,
        leaving=own_glance(session, actor),
        handovers=glances_to_sign(session, actor, HANDOVERS),
        regulars=to_sign(session, actor) if waiting.regulars else (),
        reports=waiting_reports(session, actor, REPORTS) if waiting.reports else (),
    )


def _held_files(session: Session, actor: Actor, today: date) -> list[HeldFile]:
    rows = lending.my_loans(session, actor, today)
    if not rows:
        return []
    most = current_policy(session).most_renewals
    marks = lending.loan_marks(session, [row.loan.id for row in rows])
    held = []
    for row in rows:
        mark = marks[row.loan.id]
        renewable = not row.days_late and not row.loan.in_reading_room and mark.recalled_at is None
        held.append(
            HeldFile(
                row,
                may_renew=row.dossier_known and renewable and mark.renewals < most,
                may_announce=row.dossier_known and mark.announced_at is None,
                recalled=mark.recalled_at is not None,
            )
        )
    return held


def _asked(actor: Actor, since: datetime) -> Select[RequestLine]:
    """What the person asked for, for themselves or for others, that is open or came to nothing since then."""
    return (
        my_requests(actor)
        .where(
            or_(
                RequestLine.state.in_([LineState.DRAFT, *OPEN_LINE_STATES]),
                and_(RequestLine.state.in_(_IN_VAIN), RequestLine.closed_at >= since),
            )
        )
        .options(joinedload(RequestLine.decisions).joinedload(Decision.decided_by))
    )


def _closed_at(line: RequestLine) -> datetime:
    return line.closed_at or datetime.min.replace(tzinfo=UTC)


def what_waits(session: Session, actor: Actor, today: date) -> Waiting:
    """What waits for the person. Every page asks: lists are read only where there is something to be listed."""
    decisions, late, notices, openings, finds, drafts, regulars, reports = session.execute(_glance(actor, today)).one()
    return Waiting(
        decisions=decisions,
        openings=len(openings_to_decide(session, actor)) if openings else 0,
        late=late,
        answered=count_news(session, actor, today) if finds else 0,
        notices=notices,
        drafts=drafts,
        regulars=regulars,
        reports=reports and actor.may(Permission.REPORT_MAKE),
    )


def inbox_count(session: Session, actor: Actor, today: date) -> int:
    """How many things wait for the person."""
    return what_waits(session, actor, today).total


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _glance(actor: Actor, today: date) -> Select[int, int, int, bool, bool, bool, bool, bool]:
    """The number of decisions, late loans and unread notices; whether openings, finds, drafts, and reports that wait
    for somebody are there at all."""
    decisions = (
        select(func.count(RequestLine.id))
        .join(Request, Request.id == RequestLine.request_id)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .where(awaiting(actor, today))
    )
    late = select(func.count(Loan.id)).where(Loan.borrower_id == actor.id, overdue(today))
    notices = select(func.count(Notice.id)).where(
        unread(actor), shown_notices(actor), Notice.kind.not_in(KINDS_COUNTED_ELSEWHERE)
    )
    openings = exists().where(Dossier.state == DossierState.SUBMITTED)
    drafts = exists().where(Dossier.opened_by_id == actor.id, Dossier.state != DossierState.OPEN)
    finds = exists().where(
        SavedSearchFind.saved_search_id == SavedSearch.id,
        SavedSearch.person_id == actor.id,
        SavedSearchFind.seen_at.is_(None),
    )
    counts = [query.scalar_subquery() for query in (decisions, late, notices)]
    regulars = exists().where(RegularReport.state.in_(list(STAGES)))
    reports = exists().where(Report.state.in_(UNISSUED))
    return select(*counts, openings, finds, drafts, regulars, reports)
