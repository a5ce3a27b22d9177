"""The texts of the documents on a page of results, read as far as somebody asks: a document may have a thousand pages,
and twenty of them may stand on one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.documents.models import DocumentVersion, Page, ReadingState

_FIRST_PAGES = 12
"""Pages of each document that are read together; most documents have no more."""
_PAGES_AT_A_TIME = 50

_CHARACTERS = 1_000_000
"""Characters of all documents of a page of results that are looked through (about half a second at worst)."""
_CHARACTERS_OF_EACH = 20_000
"""What is looked through of a document when those are used up: its first pages."""

_newest = (
    select(DocumentVersion.document_id, func.max(DocumentVersion.number).label("number"))
    .where(DocumentVersion.document_id.in_(bindparam("document_ids", expanding=True)))
    .group_by(DocumentVersion.document_id)
    .subquery()
)
_FIRST = (
    select(DocumentVersion.document_id, DocumentVersion.id, DocumentVersion.page_count, Page.number, Page.text)
    .join(
        _newest, (_newest.c.document_id == DocumentVersion.document_id) & (_newest.c.number == DocumentVersion.number)
    )
    .outerjoin(
        Page,
        (Page.version_id == DocumentVersion.id) & (Page.number <= _FIRST_PAGES) & (Page.state == ReadingState.READ),
    )
    .order_by(DocumentVersion.document_id, Page.number)
)
_FURTHER = (
    select(Page.number, Page.text)
    .where(Page.version_id == bindparam("version_id"), Page.number > bindparam("last"), Page.state == ReadingState.READ)
    .order_by(Page.number)
    .limit(_PAGES_AT_A_TIME)
)


class Budget:
    """How much text is looked through for one answer; what has more is looked through from its beginning only."""

    def __init__(self, characters: int = _CHARACTERS, of_each: int = _CHARACTERS_OF_EACH) -> None:
        """`characters` for all documents together, and `of_each` for one when those are used up."""
        self._left = characters
        self._of_each = of_each

    def spent_on(self, texts: Iterator[str]) -> Iterator[str]:
        """The texts of one document, in order, as far as the budget goes; of one page at least."""
        own = self._of_each
        for text in texts:
            yield text
            self._left -= len(text)
            own -= len(text)
            if self._left <= 0 and own <= 0:
                return


def texts_of(
    session: Session, document_ids: Sequence[int], budget: Budget | None = None
) -> Mapping[int, Iterator[str]]:
    """Document → the texts of the pages of its current version: page n at n - 1, empty where it has not been read.
    They end when the budget is spent.

    Take them before the session goes on to other things: pages behind the first few are read when it is their turn.
    """
    budget = budget or Budget()
    if not document_ids:
        return {}
    first: dict[int, list[tuple[int, str]]] = defaultdict(list)
    longer: dict[int, int] = {}
    for document_id, version_id, page_count, number, text in session.execute(_FIRST, {"document_ids": document_ids}):
        if number is not None:
            first[document_id].append((number, text))
        if page_count is None or page_count > _FIRST_PAGES:
            longer[document_id] = version_id
    return {
        document_id: budget.spent_on(_in_place(_pages(session, first[document_id], longer.get(document_id))))
        for document_id in document_ids
    }


def _pages(session: Session, first: list[tuple[int, str]], version_id: int | None) -> Iterator[tuple[int, str]]:
    yield from first
    last = _FIRST_PAGES
    while version_id is not None:
        rows = session.execute(_FURTHER, {"version_id": version_id, "last": last}).all()
        yield from ((row.number, row.text) for row in rows)
        if len(rows) < _PAGES_AT_A_TIME:
            break
        last = rows[-1].number


def _in_place(pages: Iterator[tuple[int, str]]) -> Iterator[str]:
    """The texts with empty ones for the pages between."""
    following = 1
    for number, text in pages:
        for _ in range(following, number):
            yield ""
        yield text
        following = number + 1
