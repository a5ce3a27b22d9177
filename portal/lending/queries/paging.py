"""One page of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

PAGE_ROWS = 50
MOST_COUNTED = 1_000
"""How far a list is counted: to count a register of many years takes longer than to show a page of it."""
_LAST_NUMBER = 1_000_000
"""A page past this is past the end of everything; an offset no database takes is never asked for."""


@dataclass(frozen=True)
class Page:
    """Some rows of a list, which page they are, and how much there is in all."""

    rows: Sequence[Any]
    number: int
    pages: int
    """How many pages there are; where `more`, at least so many."""
    total: int
    more: bool = False
    """There are more than `total` rows: they were not counted any further."""


def page_of(session: Session, query: Select[Any], number: int, size: int = PAGE_ROWS) -> Page:
    """Page `number` (from 1) of the entities `query` selects, in its total order; past the end, the last page.

    One statement (three past the end). A list of more than `MOST_COUNTED` rows is not counted to its end.
    """
    number = min(max(number, 1), _LAST_NUMBER)
    rows, total = _rows(session, query, number, size)
    if not rows and number > 1:
        total = session.scalar(select(func.count()).select_from(_ids(query).order_by(None).subquery())) or 0
        number = max(1, -(-total // size))
        rows, total = _rows(session, query, number, size)
    if total <= MOST_COUNTED:
        return Page(rows[:size], number, max(1, -(-total // size)), total)
    if len(rows) > size:
        return Page(rows[:size], number, max(number + 1, MOST_COUNTED // size + 1), MOST_COUNTED, more=True)
    return Page(rows, number, number, (number - 1) * size + len(rows))


def _rows(session: Session, query: Select[Any], number: int, size: int) -> tuple[Sequence[Any], int]:
    """The rows of the page and the first of the next, and how many there are, as far as they are counted.

    First which, then what: a far page costs no joins for display.
    """
    wanted = _ids(query).limit(size + 1).offset((number - 1) * size)
    counted = _ids(query).order_by(None).limit(MOST_COUNTED + 1)
    total = select(func.count()).select_from(counted.subquery()).scalar_subquery()
    found = session.execute(query.where(_entity(query).id.in_(wanted)).add_columns(total)).unique().all()
    return [row[0] for row in found], found[0][-1] if found else 0


def _ids(query: Select[Any]) -> Select[int]:
    return query.with_only_columns(_entity(query).id).correlate(None)


def _entity(query: Select[Any]) -> Any:
    return query.column_descriptions[0]["entity"]
