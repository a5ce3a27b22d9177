"""What a list of rows is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from portal.reports.statistics.counted import Cell, Column, Name

Selected = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Link:
    """Where a cell leads: to the page of the thing `to` with this id; of a page of a document, its number too."""

    to: Literal["dossier", "client", "document", "page", "volume", "loan", "handover"]
    """A client's page belongs to a dossier of it: the id is the dossier's."""
    id: int
    number: int = 0


@dataclass(frozen=True)
class ListedRow:
    """One thing. `links` and `withheld` go by the place of the column, from 0."""

    cells: tuple[Cell | Name, ...]
    links: Mapping[int, Link] = field(default_factory=dict)
    withheld: frozenset[int] = frozenset()
    """What the person may know that there is, and not what it says."""
    is_open: bool = False
    """Whether the person may see what goes beyond the register: of the client, and of what is filed."""


@dataclass(frozen=True)
class Listing:
    """Things of one kind by their id. One that is missing from `rows` is not the person's to see."""

    columns: tuple[Column, ...]
    rows: Mapping[int, ListedRow]


def withheld_but(first: str, columns: Sequence[Column], links: Mapping[int, Link]) -> ListedRow:
    """A row of which the person may know the first cell only."""
    others = len(columns) - 1
    return ListedRow((first, *[None] * others), links, frozenset(range(1, others + 1)))
