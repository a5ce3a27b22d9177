"""Everything the database says at one moment: all rows of all tables, read past the portal's own queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

import portal.application  # noqa: F401 — so that every table of the portal is known
from portal.core.permissions import Role
from portal.core.tables import Base
from portal.lending.states import LineState, LoanState

Rows = Mapping[Any, Row[Any]]


@dataclass(frozen=True)
class Facts:
    """The rows by table and key, and what day it is in the office."""

    tables: Mapping[str, Rows]
    now: datetime
    today: date

    def __getattr__(self, name: str) -> Rows:
        if name not in self.tables:
            raise AttributeError(name)
        return self.tables[name]

    @cached_property
    def policy(self) -> dict[str, Any]:
        """What was set of the policy; the house of these tests sets all that matters here."""
        return {name: row.value for name, row in self.tables["policy_values"].items()}

    @cached_property
    def roles(self) -> Mapping[int, set[Role]]:
        """The roles of each person."""
        found: dict[int, set[Role]] = defaultdict(set)
        for row in self.tables["person_roles"].values():
            found[row.person_id].add(row.role)
        return found

    @cached_property
    def present(self) -> list[int]:
        """People who have not left."""
        return [row.id for row in self.tables["people"].values() if row.departed_at is None]

    @cached_property
    def asked(self) -> Mapping[int, list[Row[Any]]]:
        """The volumes each line asks for."""
        return self._by("requested_volumes", "line_id")

    @cached_property
    def decided(self) -> Mapping[int, list[Row[Any]]]:
        """The decisions on each line."""
        return self._by("decisions", "line_id")

    @cached_property
    def events(self) -> Mapping[int, list[Row[Any]]]:
        """What happened to each loan, in order."""
        return self._by("loan_events", "loan_id")

    @cached_property
    def outside(self) -> set[int]:
        """Requests for outside readers."""
        return {row.request_id for row in self.tables["outside_readers"].values()}

    @cached_property
    def open_loans(self) -> list[Row[Any]]:
        """Files that are out."""
        return [row for row in self.tables["loans"].values() if row.state == LoanState.ON_LOAN]

    def wanted(self, line_id: int) -> list[int]:
        """The volumes a line still waits for."""
        return sorted(row.volume_id for row in self.asked.get(line_id, ()) if row.outcome == "wanted")

    def lapsed(self, line: Row[Any]) -> bool:
        """Whether the time of an open line is over; while a volume is kept for it, it is not."""
        if line.state not in (LineState.SUBMITTED, LineState.HEAD_APPROVED, LineState.READY):
            return False
        kept = any(
            row.outcome == "wanted" and row.hold_until and row.hold_until >= self.today
            for row in self.asked.get(line.id, ())
        )
        return line.expires_on is not None and line.expires_on < self.today and not kept

    def waiting(self, volume_id: int) -> list[int]:
        """The approved lines that wait for a volume, the first approved first."""
        found = []
        for line in self.tables["request_lines"].values():
            if line.state != LineState.READY or self.lapsed(line):
                continue
            for row in self.asked.get(line.id, ()):
                over = row.hold_until is not None and row.hold_until < self.today
                if row.volume_id == volume_id and row.outcome == "wanted" and not over:
                    found.append((max((one.id for one in self.decided.get(line.id, ())), default=0), line.id))
        return [line_id for _, line_id in sorted(found)]

    def overdue(self, person_id: int, *, but: int = 0) -> bool:
        """Whether a person holds a file that should be back, the loan `but` aside."""
        return any(
            loan.borrower_id == person_id and loan.due_on < self.today and loan.id != but for loan in self.open_loans
        )

    def approvals(self, line_id: int) -> set[int]:
        """Who has approved a line."""
        return {row.decided_by_id for row in self.decided.get(line_id, ()) if row.approved}

    def _by(self, table: str, column: str) -> Mapping[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = defaultdict(list)
        for _, row in sorted(self.tables[table].items()):
            found[getattr(row, column)].append(row)
        return found


_READ = {
    table.name: (
        select(table).order_by(*table.primary_key),
        tuple(table.columns.keys().index(column.key) for column in table.primary_key),
    )
    for table in Base.metadata.sorted_tables
}


def read_facts(connection: Connection, now: datetime, zone: ZoneInfo) -> Facts:
    """The facts as the connection sees them."""
    tables: dict[str, Rows] = {}
    for name, (query, places) in _READ.items():
        rows = connection.execute(query).all()
        tables[name] = {row[places[0]] if len(places) == 1 else tuple(row[n] for n in places): row for row in rows}
    return Facts(tables, now, now.astimezone(zone).date())
