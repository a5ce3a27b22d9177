"""The inbox: what a person has been told, and where each notice leads. Rights are asked for when it is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.access.queries import known_to
from portal.core.messages import Message
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.lending.queries import Page, line_for, loan_for, page_of
from portal.notices import queries
from portal.notices.models import Notice
from portal.notices.wording import sentence_of, title_of


@dataclass(frozen=True)
class InboxRow:
    """A notice in words. It says nothing of a dossier the person may not know of."""

    notice: Notice
    title: Message
    sentence: Message


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
    return queries.shown_to(Dossier, known_to(actor, Dossier))


def inbox_page(session: Session, actor: Actor, number: int) -> tuple[Page, list[InboxRow]]:
    """One page of the inbox, newest first."""
    found = page_of(session, queries.inbox(actor, shown_notices(actor)), number)
    numbers = known_numbers(session, actor, {row.dossier_id for row in found.rows if row.dossier_id is not None})
    rows = []
    for notice in found.rows:
        sentence = sentence_of(notice, numbers.get(notice.dossier_id or 0))
        if sentence is not None:
            rows.append(InboxRow(notice, title_of(notice), sentence))
    return found, rows


def target_of(work: UnitOfWork, notice: Notice) -> Target | None:
    """The page with the most about the notice that the person may open today; None for none."""
    session, actor, today = work.session, work.person, work.today
    if notice.line_id is not None and line_for(session, actor, notice.line_id, today) is not None:
        return Target("lending.request_page", {"line_id": notice.line_id})
    if notice.loan_id is not None and loan_for(session, actor, notice.loan_id) is not None:
        return Target("lending.loan_page", {"loan_id": notice.loan_id})
    if notice.dossier_id is not None and known_numbers(session, actor, [notice.dossier_id]):
        return Target("dossiers.contents", {"dossier_id": notice.dossier_id})
    return None
