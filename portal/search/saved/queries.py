"""Somebody's saved searches, and what of the news may be told to them now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.core.permissions import Actor
from portal.documents.models import Document
from portal.dossiers.models import Dossier
from portal.search.hits import rights_now
from portal.search.saved.models import SavedSearch, SavedSearchFind
from search_index import Right


@dataclass(frozen=True)
class News:
    """A document that newly answers a saved search; where it may not be read, `document` is None and the dossier's
    register entry is all there is."""

    dossier: Dossier
    document: Document | None
    found_at: datetime


@dataclass(frozen=True)
class SavedRow:
    """A saved search with its news, the newest first."""

    saved: SavedSearch
    news: Sequence[News] = field(default_factory=tuple)


def saved_searches(session: Session, actor: Actor, today: date) -> list[SavedRow]:
    """The person's saved searches by name, each with the news not looked at yet."""
    rows = session.scalars(
        select(SavedSearch).where(SavedSearch.person_id == actor.id).order_by(SavedSearch.name)
    ).all()
    news = _news(session, actor, today)
    return [SavedRow(saved, _without_repeats(news.get(saved.id, ()))) for saved in rows]


def count_news(session: Session, actor: Actor, today: date) -> int:
    """How many of the person's saved searches have news."""
    return len(_news(session, actor, today))


def _news(session: Session, actor: Actor, today: date) -> dict[int, list[News]]:
    finds = session.scalars(
        select(SavedSearchFind)
        .join(SavedSearch)
        .where(SavedSearch.person_id == actor.id, SavedSearchFind.seen_at.is_(None))
        .options(joinedload(SavedSearchFind.document).joinedload(Document.dossier).joinedload(Dossier.client))
        .order_by(SavedSearchFind.id.desc())
    ).all()
    rights = rights_now(session, actor, today, {find.document.dossier_id for find in finds})
    news: dict[int, list[News]] = defaultdict(list)
    for find in finds:
        document = find.document
        right = rights.get(document.dossier_id)
        if right is not None and right >= find.needed_right:
            shown = document if right == Right.READ else None
            news[find.saved_search_id].append(News(document.dossier, shown, find.found_at))
    return news


def _without_repeats(news: Sequence[News]) -> list[News]:
    """One entry for a dossier of which nothing may be read, however many documents of it are new."""
    told: set[int] = set()
    kept: list[News] = []
    for each in news:
        if each.document is None and each.dossier.id in told:
            continue
        if each.document is None:
            told.add(each.dossier.id)
        kept.append(each)
    return kept
