"""The inbox: what a person has been told, and where each notice leads. Rights are asked for when it is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.access.queries import known_to
from portal.core.messages import Message
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.handover.models import Handover
from portal.handover.queries import handovers
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.queries import Page, line_for, loan_for, page_of
from portal.lending.queries.loans import overdue
from portal.lending.queries.signing import awaiting
from portal.notices import queries
from portal.notices.kinds import (
    CORE_OCCASION,
    HANDOVER_KINDS,
    KINDS_COUNTED_ELSEWHERE,
    REGULAR_KINDS,
    REPORT_KINDS,
    NoticeKind,
)
from portal.notices.models import Notice
from portal.notices.wording import sentence_of, title_of
from portal.reports.queries.issued import report_for
from portal.reports.regular.queries import regular_for

_UNDERTAKING = {
    NoticeKind.UNDERTAKING_DUE: "undertaking.own",
    NoticeKind.UNDERTAKING_TO_APPROVE: "undertaking.versions",
    NoticeKind.UNDERTAKING_SENT_BACK: "undertaking.versions",
}
"""Where a notice about the undertaking leads: to a page that is everybody's, whatever has become of them."""


@dataclass(frozen=True)
class InboxRow:
    """A notice in words. It says nothing of a dossier the person may not know of."""

    notice: Notice
    title: Message
    sentence: Message
    settled: bool = False
    """What it asks of the person is done, by them or by somebody else: it is news no longer, read or not."""


@dataclass(frozen=True)
class Target:
    """The page a notice leads to."""

    endpoint: str
    values: Mapping[str, Any]


def known_numbers(session: Session, actor: Actor, dossier_ids: Collection[int]) -> Mapping[int, str]:
    """The numbers of those of the dossiers that `actor` may know of, by id."""
    if not dossier_ids:
        return {}
    rows = session.execute(
        select(Dossier.id, Dossier.number).where(Dossier.id.in_(dossier_ids), known_to(actor, Dossier))
    )
    return {row.id: row.number or "" for row in rows}


def shown_notices(actor: Actor) -> ColumnElement[bool]:
    """WHERE clause over Notice: those that say something to the person today."""
    shown = queries.shown_to(Dossier, known_to(actor, Dossier))
    if actor.cleared_for_core:
        return shown
    of_reports = (*REPORT_KINDS, *REGULAR_KINDS)
    return and_(shown, or_(Notice.kind.not_in(of_reports), Notice.occasion.not_like(f"{CORE_OCCASION}%")))


def inbox_page(session: Session, actor: Actor, number: int, today: date) -> tuple[Page, list[InboxRow]]:
    """One page of the inbox, newest first."""
    found = page_of(session, queries.inbox(actor, shown_notices(actor)), number)
    numbers = known_numbers(session, actor, {row.dossier_id for row in found.rows if row.dossier_id is not None})
    open_lines, open_loans = _still_open(session, actor, found.rows, today)
    rows = []
    for notice in found.rows:
        sentence = sentence_of(notice, numbers.get(notice.dossier_id or 0))
        if sentence is not None:
            still_open = notice.line_id in open_lines or notice.loan_id in open_loans
            settled = notice.kind in KINDS_COUNTED_ELSEWHERE and not still_open
            rows.append(InboxRow(notice, title_of(notice), sentence, settled))
    return found, rows


def _still_open(
    session: Session, actor: Actor, notices: Sequence[Notice], today: date
) -> tuple[Collection[int | None], Collection[int | None]]:
    """Of what these notices ask for: the lines that wait for the person's signature, their loans that are late."""
    asking = [notice for notice in notices if notice.kind in KINDS_COUNTED_ELSEWHERE]
    line_ids = {notice.line_id for notice in asking if notice.line_id is not None}
    loan_ids = {notice.loan_id for notice in asking if notice.loan_id is not None}
    lines = (
        select(RequestLine.id)
        .join(Request, Request.id == RequestLine.request_id)
        .join(Dossier, Dossier.id == RequestLine.dossier_id)
        .where(RequestLine.id.in_(line_ids), awaiting(actor, today))
    )
    loans = select(Loan.id).where(Loan.id.in_(loan_ids), overdue(today))
    return (
        set(session.scalars(lines)) if line_ids else set(),
        set(session.scalars(loans)) if loan_ids else set(),
    )


def target_of(work: UnitOfWork, notice: Notice) -> Target | None:
    """The page with the most about the notice that the person may open today; None for none."""
    session, actor, today = work.session, work.person, work.today
    if notice.kind in _UNDERTAKING:
        return Target(_UNDERTAKING[notice.kind], {})
    if notice.kind in (NoticeKind.CLIENTS_GIVEN, NoticeKind.CLIENTS_TAKEN):
        return Target("clients.of_person", {"person_id": actor.id})
    if notice.kind in HANDOVER_KINDS:
        handover_id = int(notice.occasion.partition(":")[0])
        may = session.scalar(handovers(actor).where(Handover.id == handover_id)) is not None
        return Target("handover.page", {"handover_id": handover_id}) if may else None
    if notice.kind in REPORT_KINDS:
        report_id = int(notice.occasion.removeprefix(CORE_OCCASION).partition(":")[0])
        may = report_for(session, actor, report_id) is not None
        return Target("reports.report", {"report_id": report_id}) if may else None
    if notice.kind in REGULAR_KINDS:
        regular_id = int(notice.occasion.removeprefix(CORE_OCCASION).partition(":")[0])
        may = regular_for(session, actor, regular_id) is not None
        return Target("reports.regular_page", {"regular_id": regular_id}) if may else None
    if notice.line_id is not None and line_for(session, actor, notice.line_id, today) is not None:
        return Target("lending.request_page", {"line_id": notice.line_id})
    if notice.loan_id is not None and loan_for(session, actor, notice.loan_id) is not None:
        return Target("lending.loan_page", {"loan_id": notice.loan_id})
    if notice.dossier_id is not None and known_numbers(session, actor, [notice.dossier_id]):
        return Target("dossiers.contents", {"dossier_id": notice.dossier_id})
    return None
