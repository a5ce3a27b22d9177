"""The raw rows of an archive, and what of them an audience may know in a period. No SQL but reading whole tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.tables import Base

_TABLES = (
    "departments",
    "people",
    "clients",
    "contact_persons",
    "responsibilities",
    "dossiers",
    "volumes",
    "documents",
    "document_versions",
    "pages",
    "page_texts",
    "requests",
    "request_lines",
    "decisions",
    "loans",
    "loan_events",
    "reading_grants",
    "trail_entries",
    "handovers",
)


class Raw:
    """Every row of every table the figures speak of."""

    def __init__(self, session: Session) -> None:
        self.tables: dict[str, list[Any]] = {
            name: list(session.execute(select(Base.metadata.tables[name]))) for name in _TABLES
        }
        self.by_id: dict[str, dict[int, Any]] = {
            name: {row.id: row for row in rows} for name, rows in self.tables.items()
        }

    def __getitem__(self, table: str) -> list[Any]:
        return self.tables[table]

    def one(self, table: str, id_: int) -> Any:
        """The row with this id."""
        return self.by_id[table][id_]

    def belonging(self, table: str, column: str) -> dict[int, list[Any]]:
        """The rows of a table by the id they belong to."""
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self[table]:
            found[getattr(row, column)].append(row)
        return found

    @cached_property
    def versions(self) -> dict[int, list[Any]]:
        """The versions of each document, the oldest first."""
        found = self.belonging("document_versions", "document_id")
        return {key: sorted(rows, key=lambda row: int(row.number)) for key, rows in found.items()}

    @cached_property
    def decisions(self) -> dict[int, list[Any]]:
        """The decisions on each request line."""
        return self.belonging("decisions", "line_id")

    @cached_property
    def contacts(self) -> dict[int, list[Any]]:
        """The contact persons of each client."""
        return self.belonging("contact_persons", "client_id")

    @cached_property
    def responsibilities(self) -> dict[int, list[Any]]:
        """Who looks or looked after each client."""
        return self.belonging("responsibilities", "client_id")


@dataclass(frozen=True)
class Counted:
    """One thing that counts: its id, by what it is divided, and how much it amounts to."""

    subject: int
    keys: dict[str, str | date]
    amount: int = 1


@dataclass(frozen=True)
class View:
    """What one audience knows of an archive, and a period."""

    raw: Raw
    core: bool
    """Whether core dossiers are known."""
    zone: ZoneInfo
    first: date
    last: date
    """Never after today."""

    @cached_property
    def dossiers(self) -> dict[int, Any]:
        """The known dossiers."""
        return {
            row.id: row
            for row in self.raw["dossiers"]
            if row.state.value == "open" and (self.core or row.level.value != "core")
        }

    @cached_property
    def clients(self) -> dict[int, list[Any]]:
        """The known clients with their known dossiers."""
        found: dict[int, list[Any]] = defaultdict(list)
        for row in self.dossiers.values():
            found[row.client_id].append(row)
        return found

    @cached_property
    def documents(self) -> dict[int, Any]:
        """The documents of known dossiers."""
        return {row.id: row for row in self.raw["documents"] if row.dossier_id in self.dossiers}

    def day(self, moment: datetime) -> date:
        """What the calendar at the office said."""
        return moment.astimezone(self.zone).date()

    def during(self, when: date | datetime | None) -> bool:
        """Whether a day, or the day of a moment, lies in the period."""
        return when is not None and self.first <= self._as_day(when) <= self.last

    def by_the_end(self, when: date | datetime | None) -> bool:
        """Whether it had come by the end of the last day."""
        return when is not None and self._as_day(when) <= self.last

    def _as_day(self, when: date | datetime) -> date:
        return self.day(when) if isinstance(when, datetime) else when

    def client_of(self, dossier_id: int) -> Any:
        """The client a dossier is about."""
        return self.raw.one("clients", self.dossiers[dossier_id].client_id)

    def department_of(self, person_id: int | None) -> str:
        """The department somebody is in now."""
        return "" if person_id is None else str(self.raw.one("people", person_id).department_id)

    def divided(self, dossier_id: int, document: Any = None) -> dict[str, str | date]:
        """By what things of a dossier, or of a document in it, can be divided."""
        dossier, client = self.dossiers[dossier_id], self.client_of(dossier_id)
        keys: dict[str, str | date] = {
            "client_kind": client.kind.value,
            "client_rank": client.rank.value,
            "level": dossier.level.value,
            "department": str(dossier.department_id),
            "dossier": str(dossier_id),
        }
        if document is not None:
            keys["document_kind"] = document.kind.value
        return keys


def full_years(begin: date, end: date) -> int:
    """How many birthdays there were; who is born on 29 February has it on 1 March in other years."""
    had_it = (end.month, end.day) >= (begin.month, begin.day)
    return end.year - begin.year - (not had_it)


def band(number: int, starts: Iterable[int]) -> str:
    """The band a number is in: the largest start it reaches."""
    return str(max(start for start in starts if number >= start))
