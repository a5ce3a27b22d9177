"""Numbers out of a series: counted up in the transaction that uses the number, so that none is lost or given twice."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.dossiers.models import NumberSeries


def next_number(session: Session, series: str, year: int) -> int:
    """The number after the last one of `series` in `year`; the first is 1.

    The row stays locked until the transaction ends (SQLite: BEGIN IMMEDIATE locks the database), so that a
    concurrent taker waits, and a transaction that fails leaves no gap.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = NumberSeries.__table__
    insert = dialect.insert(table).values(series=series, year=year, last=1)
    taken: int = session.execute(
        insert.on_conflict_do_update(index_elements=["series", "year"], set_={"last": table.c.last + 1}).returning(
            table.c.last
        )
    ).scalar_one()
    return taken


def hold_series(session: Session, series: str, year: int) -> None:
    """Keep the series, and what it stands for, from all others until the transaction ends, without taking a number."""
    session.execute(
        select(NumberSeries.last).where(NumberSeries.series == series, NumberSeries.year == year).with_for_update()
    )
