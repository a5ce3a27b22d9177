"""One page of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Page:
    """Some rows of a list, which page they are, and how much there is in all."""

    rows: Sequence[Any]
    number: int
    pages: int
    total: int


def page_of(session: Session, query: Select[Any], number: int, size: int = 50) -> Page:
    """Page `number` (from 1) of the entities `query` selects; past the end, the last page."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // size))
    number = min(max(number, 1), pages)
    rows = session.scalars(query.limit(size).offset((number - 1) * size)).unique().all()
    return Page(rows, number, pages, total)
