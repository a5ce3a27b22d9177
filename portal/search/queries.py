"""A question and its answer: what the index finds, as far as the database allows it to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.search.custody import Absences, absences
from portal.search.facets import Facet, facets_of
from portal.search.hits import DocumentHit, RegisterHit, hits_of
from portal.search.meaning import perhaps_meant
from portal.search.narrowing import COUNTED, ON_LOAN, ON_SHELF, Narrowing, both
from portal.search.rights import search_rights, stale_dossiers
from portal.search.vocabulary import vocabulary
from search_index import Order, Query, SearchIndex
from search_index.conditions import Condition
from search_index.language import Question, Trouble, parse

PAGE_SIZE = 20
MOST_ROWS = 10_000
"""Rows that can be turned to page by page; whoever has that many asks more closely."""
NO_NARROWING = Narrowing({})


@dataclass(frozen=True)
class Asked:
    """What somebody asks: the question as typed, how the answer is narrowed and ordered, which page of it, and the
    language of what is said about it."""

    text: str
    narrowing: Narrowing = NO_NARROWING
    order: Order = "relevance"
    page: int = 1
    per_page: int = PAGE_SIZE
    language: str = "en"


@dataclass(frozen=True)
class SearchPage:
    """One page of results. `total` counts readable documents, and dossiers of which only the entry is shown.
    `meant`: the question as it was perhaps meant, where nothing was found. `words`: the question's words alone, to
    be marked on the pages that are opened."""

    asked: Asked
    hits: Sequence[DocumentHit | RegisterHit] = ()
    total: int = 0
    number: int = 1
    pages: int = 1
    facets: Sequence[Facet] = ()
    troubles: Sequence[Trouble] = ()
    meant: str | None = None
    words: str = ""


def search(work: UnitOfWork, index: SearchIndex, asked: Asked) -> SearchPage:
    """Answer the acting person.

    The index finds and counts by tokens of the person's rights, without the dossiers whose rights have changed since
    they were indexed; the database decides about every row once more before it is shown.

    :raises search_index.SearchIndexError: the index cannot answer now
    """
    actor = work.require(Permission.SEARCH_USE)
    away = absences(work.session)

    def condition_of(text: str) -> Condition | None:
        asked_for = understand(work.session, away, text, asked.language).condition
        return both(asked_for, asked.narrowing.conditions(away))

    question = understand(work.session, away, asked.text, asked.language)
    query = Query(
        both(question.condition, asked.narrowing.conditions(away)),
        search_rights(work.session, actor, work.today),
        exclude=stale_dossiers(work.session),
        limit=asked.per_page,
        offset=(min(max(asked.page, 1), MOST_ROWS // asked.per_page) - 1) * asked.per_page,
        order=asked.order,
        facets=COUNTED,
        group_sets={ON_LOAN: away.on_loan, ON_SHELF: away.none_on_shelf},
    )
    results = index.search(query)
    last = max(1, -(-min(results.total, MOST_ROWS) // asked.per_page))
    if query.offset and not results.rows:
        query = replace(query, offset=(last - 1) * asked.per_page)
        results = index.search(query)
    hits = hits_of(work, actor, results.rows, question.words)
    return SearchPage(
        asked=asked,
        hits=hits,
        total=results.total - (len(results.rows) - len(hits)),
        number=query.offset // asked.per_page + 1,
        pages=last,
        facets=facets_of(work.session, actor, asked.narrowing, results),
        troubles=question.troubles,
        meant=None if results.total else perhaps_meant(work.session, index, query, question, asked.text, condition_of),
        words=_words_alone(question),
    )


def understand(session: Session, away: Absences, text: str, language: str = "en") -> Question:
    """The question as the portal understands it, with the fields of the archive."""
    return parse(text, vocabulary(session, away, language))


def _words_alone(question: Question) -> str:
    return " ".join(f'"{word.text}"' if " " in word.text else word.text for word in question.words)
