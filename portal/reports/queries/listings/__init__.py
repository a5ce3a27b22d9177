"""The rows behind a figure as lists: for each `Thing` which columns a row has, where it leads, and what the audience
and the acting person may see in them.

Every select asks again for what may be known (`Scope.known`): a figure that counted too much would still name nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.lending.models import Loan
from portal.reports.periods import Period
from portal.reports.queries.counting import names_of, value_of
from portal.reports.queries.declaring import Dimension, Figure, Measure, Scope, Thing
from portal.reports.queries.listings import holdings, uses
from portal.reports.queries.listings.shape import Link, ListedRow, Listing
from portal.reports.queries.rows import rows_behind
from portal.reports.statistics.counted import Cell, Column, Name, Register

__all__ = ["MOST_LISTED", "Link", "ListedRow", "Listing", "Shown", "ShownRow", "listed", "rows_shown"]

MOST_LISTED = 500
"""How many rows of a register stand in a report."""

LISTINGS: dict[Thing, Callable[[Scope, Sequence[int]], Listing]] = {
    Thing.DOSSIERS: holdings.dossiers,
    Thing.VOLUMES: holdings.volumes,
    Thing.DOCUMENTS: holdings.documents,
    Thing.PAGES: holdings.pages,
    Thing.CLIENTS: holdings.clients,
    Thing.REQUEST_LINES: uses.request_lines,
    Thing.LOANS: uses.loans,
    Thing.GRANTS: uses.grants,
    Thing.TRAIL_ENTRIES: uses.trail_entries,
    Thing.HANDOVERS: uses.handovers,
}

OWN_COLUMN: frozenset[str] = frozenset({"field", "age", "size", "outcome", "text_source", "where_read", "file_kind"})
"""Dimensions that say something of a row which its thing's columns do not."""


@dataclass(frozen=True)
class ShownRow:
    """A row of a figure: the thing, its keys' names, and what it counts for (None: one)."""

    thing: ListedRow
    names: tuple[Name, ...]
    amount: int | None


@dataclass(frozen=True)
class Shown:
    """One page of the rows of a figure, or of one cell of it."""

    columns: tuple[Column, ...]
    by: tuple[Dimension, ...]
    """What the rows' `names` are of."""
    rows: tuple[ShownRow, ...]
    withheld: int
    """How many rows of this page the person may not see, or not under the keys that were chosen."""
    total: int
    """How many rows there are in all."""
    value: int | None
    """The figure they make."""
    has_amounts: bool
    """Whether rows count for more or less than one."""


def rows_shown(
    figure: Figure, scope: Scope, keys: Mapping[str, str], *, whole: Period, offset: int, limit: int
) -> Shown:
    """The rows of `figure` with these `keys`; see `rows_behind`.

    Where the figure or a key tells more of a row than the register, rows of which the person may know no more than
    that are withheld.
    """
    by = tuple(one for one in figure.dimensions if one.name in OWN_COLUMN and one.name not in keys)
    behind = rows_behind(figure, scope, keys, whole=whole, offset=offset, limit=limit, with_keys=by)
    listing = LISTINGS[figure.of](scope, list(dict.fromkeys(subject for subject, _ in behind.subjects)))
    names = [dict(names_of(one, (row[place] for row in behind.keys), scope)) for place, one in enumerate(by)]
    told = [one for one in figure.dimensions if one.name in keys or one in by]
    tells = figure.beyond_register or any(one.beyond_register for one in told)
    seen = {subject: row for subject, row in listing.rows.items() if row.is_open or not tells}
    rows = tuple(
        ShownRow(
            seen[subject],
            tuple(names[place][key] for place, key in enumerate(row_keys)),
            None if figure.measure is Measure.ROWS else value_of(figure, 1, amount or 0),
        )
        for (subject, amount), row_keys in zip(behind.subjects, behind.keys, strict=True)
        if subject in seen
    )
    withheld, has_amounts = len(behind.subjects) - len(rows), figure.measure is not Measure.ROWS
    return Shown(listing.columns, by, rows, withheld, behind.rows, behind.value, has_amounts)


def listed(scope: Scope, figure: Figure) -> Register:
    """The rows of a figure as the report lists them: of loans the longest late first, of others the newest."""
    if figure.of is Thing.LOANS:
        return _loans_late(scope, figure)
    shown = rows_shown(figure, scope, {}, whole=scope.period, offset=0, limit=MOST_LISTED)
    return Register(shown.columns, tuple(_cells(row.thing.cells) for row in shown.rows), shown.total - len(shown.rows))


def _loans_late(scope: Scope, figure: Figure) -> Register:
    counted = figure.rows_of(scope)
    total = scope.session.scalar(select(func.count()).select_from(counted)) or 0
    ids = scope.session.scalars(
        select(Loan.id).join(counted, counted.c.subject == Loan.id).order_by(Loan.due_on, Loan.id).limit(MOST_LISTED)
    ).all()
    found = uses.loans(scope, ids).rows
    rows = tuple(_cells(found[loan].cells[: len(uses.LOAN_COLUMNS)]) for loan in ids if loan in found)
    return Register(uses.LOAN_COLUMNS, rows, total - len(rows))


def _cells(cells: tuple[Cell | Name, ...]) -> tuple[Cell, ...]:
    return tuple(cell.text if isinstance(cell, Name) else cell for cell in cells)
