"""The rows behind a figure as registers: for each `Thing` which columns a row has, and what the audience may see in
them."""

from __future__ import annotations

from portal.reports.queries.declaring import Figure, Scope
from portal.reports.queries.rows import rows_behind
from portal.reports.statistics.counted import Column, Register

MOST_LISTED = 500
"""How many rows of a register stand in a report."""


def listed(scope: Scope, figure: Figure) -> Register:
    """The rows of a figure as the report lists them."""
    behind = rows_behind(figure, scope, {}, whole=scope.period, limit=MOST_LISTED)
    rows = tuple((subject,) for subject, _ in behind.subjects)
    return Register((Column("Id", "count"),), rows, behind.rows - len(rows))
