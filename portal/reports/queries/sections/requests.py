"""Requests to read or borrow: how many, by whom and for what, how they were settled and how fast, what waits."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from portal.accounts.models import Person
from portal.core.messages import N_
from portal.core.permissions import Level
from portal.dossiers.models import Dossier
from portal.lending.models import Decision, Request, RequestLine
from portal.lending.states import LineState
from portal.reports.queries.declaring import Cross, Dimension, Measure, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import DEPARTMENT, DOSSIER, LEVEL, REQUEST_KIND, TIME
from portal.reports.queries.moments import seconds_between
from portal.reports.queries.planning import mostly
from portal.reports.statistics.counted import Unit

REQUESTS = Section("requests", N_("Requests"))

APPROVED_STATES = (LineState.READY, LineState.FULFILLED, LineState.NOT_FOUND)
"""Settled by the last signature, whatever became of the paper afterwards."""
CLOSED_STATES = (LineState.REJECTED, LineState.CANCELLED, LineState.EXPIRED)
"""Settled when the line was closed."""
UNSETTLED_STATES = (LineState.SUBMITTED, LineState.HEAD_APPROVED)

OUTCOME = Dimension(
    "outcome",
    N_("By outcome"),
    words={
        "open": N_("Waiting for a decision"),
        "approved": N_("Approved"),
        "rejected": N_("Rejected"),
        "cancelled": N_("Cancelled"),
        "expired": N_("Expired"),
    },
)
OUTCOME_SETTLED = replace(OUTCOME, words={key: name for key, name in (OUTCOME.words or {}).items() if key != "open"})
PURPOSE = Dimension("purpose", N_("By purpose"), most=15)


def _asking_for_core(scope: Scope) -> Subquery:
    """The requests (`id`) of the period that ask for a core dossier, alone or among others."""
    submitted = aliased(RequestLine)
    return (
        select(RequestLine.request_id.label("id"))
        .select_from(submitted)
        .join(RequestLine, RequestLine.request_id == submitted.request_id)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .where(mostly(Dossier.level == Level.CORE), scope.happened(submitted.submitted_at))
        .distinct()
        .subquery("asking_for_core")
    )


def _outcome() -> ColumnElement[str]:
    return case(
        (RequestLine.state.in_(APPROVED_STATES), "approved"),
        (RequestLine.state == LineState.REJECTED, "rejected"),
        (RequestLine.state == LineState.CANCELLED, "cancelled"),
        (RequestLine.state == LineState.EXPIRED, "expired"),
        else_="open",
    )


@REQUESTS.figure(
    N_("Requests submitted"),
    N_(
        "Requests submitted in the period, one for each dossier asked for; the department is the reader's, the outcome "
        "is what has become of them up to now, and the purpose of a request that also asks for a core dossier is "
        "stated only to those who are cleared for it."
    ),
    of=Thing.REQUEST_LINES,
    by=(TIME, REQUEST_KIND, DEPARTMENT, LEVEL, PURPOSE, OUTCOME, DOSSIER),
    crossed=(Cross(DEPARTMENT, REQUEST_KIND, N_("Requests of each department by kind")),),
    is_key=True,
)
def requests_submitted(scope: Scope) -> Rows:
    core = None if scope.actor.cleared_for_core else _asking_for_core(scope)
    # The words of a request that also asks for a core dossier may name it.
    purpose = Request.purpose if core is None else case((core.c.id.is_(None), Request.purpose), else_="")
    rows = (
        select(
            RequestLine.id.label("subject"),
            scope.day_of(RequestLine.submitted_at).label("day"),
            RequestLine.kind.label("request_kind"),
            Person.department_id.label("department"),
            Dossier.level.label("level"),
            purpose.label("purpose"),
            _outcome().label("outcome"),
            RequestLine.dossier_id.label("dossier"),
        )
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .join(Person, Person.id == RequestLine.reader_id)
        .join(Request, Request.id == RequestLine.request_id)
        .where(scope.known, scope.happened(RequestLine.submitted_at))
    )
    return rows if core is None else rows.outerjoin(core, core.c.id == Request.id)


def _settled_in(scope: Scope) -> Subquery:
    """Lines (`line`) with the moment (`at`) in the period when they had their last signature (`signed` 1), or when
    they were closed (0).

    From the period's signatures and closures, not from all lines, of which there are many times as many.
    """
    later = aliased(Decision)
    signed = select(Decision.line_id.label("line"), Decision.decided_at.label("at"), literal(1).label("signed")).where(
        scope.happened(Decision.decided_at),
        ~exists().where(
            later.line_id == Decision.line_id,
            later.id != Decision.id,
            or_(
                later.decided_at > Decision.decided_at,
                and_(later.decided_at == Decision.decided_at, later.id > Decision.id),
            ),
        ),
    )
    closed = select(RequestLine.id, RequestLine.closed_at, literal(0)).where(
        scope.happened(RequestLine.closed_at), RequestLine.state.in_(CLOSED_STATES)
    )
    return union_all(signed, closed).subquery("settled")


def _is_settled(settled: Subquery) -> ColumnElement[bool]:
    """Whether what `_settled_in` found settled the line: a signature, where it is approved."""
    return and_(
        RequestLine.submitted_at.is_not(None),
        mostly(or_(settled.c.signed == 0, RequestLine.state.in_(APPROVED_STATES))),
    )


@REQUESTS.figure(
    N_("Hours to decide"),
    N_(
        "The mean time from submission to the last signature or the rejection, of the requests approved or rejected in "
        "the period, nights and days off included; the department is the reader's."
    ),
    of=Thing.REQUEST_LINES,
    name="hours-to-decide",
    by=(DEPARTMENT, LEVEL, REQUEST_KIND),
    measure=Measure.MEAN,
    amount="seconds",
    unit=Unit.HOURS,
    is_key=True,
    less_is_better=True,
)
@REQUESTS.figure(
    N_("Requests settled"),
    N_(
        "Requests settled in the period: approved ones with their last signature, rejected, cancelled and expired ones "
        "when they were closed; the department is the reader's."
    ),
    of=Thing.REQUEST_LINES,
    by=(OUTCOME_SETTLED, REQUEST_KIND, DEPARTMENT),
)
def requests_settled(scope: Scope) -> Rows:
    settled = _settled_in(scope)
    is_decided = RequestLine.state.in_((*APPROVED_STATES, LineState.REJECTED))
    return (
        select(
            RequestLine.id.label("subject"),
            _outcome().label("outcome"),
            RequestLine.kind.label("request_kind"),
            Person.department_id.label("department"),
            Dossier.level.label("level"),
            case((is_decided, seconds_between(RequestLine.submitted_at, settled.c.at))).label("seconds"),
        )
        .select_from(settled)
        .join(RequestLine, RequestLine.id == settled.c.line)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .join(Person, Person.id == RequestLine.reader_id)
        .where(scope.known, _is_settled(settled))
    )


@REQUESTS.figure(
    N_("Requests waiting"),
    N_(
        "Requests submitted by the end of the period's last day and settled only after it, or not yet: an approved one "
        "is settled with its last signature, a rejected, cancelled or expired one when it was closed, even if it had "
        "been approved before; the department is the reader's."
    ),
    of=Thing.REQUEST_LINES,
    by=(DEPARTMENT, LEVEL, REQUEST_KIND),
    timing=Timing.AT_END,
    less_is_better=True,
)
def requests_waiting(scope: Scope) -> Rows:
    # An approved line has at least one signature, so that looking from the later signatures misses none.
    waiting = or_(
        RequestLine.state.in_(UNSETTLED_STATES),
        and_(RequestLine.state.in_(CLOSED_STATES), RequestLine.closed_at >= scope.ends),
        and_(
            RequestLine.state.in_(APPROVED_STATES),
            RequestLine.id.in_(select(Decision.line_id).where(Decision.decided_at >= scope.ends)),
        ),
    )
    return (
        select(
            RequestLine.id.label("subject"),
            Person.department_id.label("department"),
            Dossier.level.label("level"),
            RequestLine.kind.label("request_kind"),
        )
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .join(Person, Person.id == RequestLine.reader_id)
        .where(scope.known, RequestLine.submitted_at < scope.ends, waiting)
    )
