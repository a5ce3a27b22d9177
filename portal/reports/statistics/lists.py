"""Custom lists: what a list may be of, the fields it may have, and how one is kept once it is counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.messages import N_
from portal.reports.periods import Period
from portal.reports.statistics.counted import Audience, Name, Register, Shape
from portal.reports.statistics.storing import (
    name_from,
    period_from,
    plain_name,
    plain_period,
    plain_register,
    register_from,
)

FORMAT = "legajo list 1"


class ListOf(StrEnum):
    """What the rows of a list are."""

    CLIENTS = "clients"
    DOSSIERS = "dossiers"
    LOANS = "loans"


LIST_NAMES: dict[ListOf, str] = {
    ListOf.CLIENTS: N_("List of clients"),
    ListOf.DOSSIERS: N_("List of dossiers"),
    ListOf.LOANS: N_("List of loans"),
}
LIST_DEFINITIONS: dict[ListOf, str] = {
    ListOf.CLIENTS: N_(
        "Clients with a dossier opened by the end of the period. Of a client whose data are not open to the department "
        "that asked, only name, dossiers and department are shown."
    ),
    ListOf.DOSSIERS: N_(
        "Dossiers opened by the end of the period. Documents and pages are shown where the department that asked may "
        "read the dossier."
    ),
    ListOf.LOANS: N_(
        "Volumes issued in the period, with the department that borrowed them. Days late are counted until the return, "
        "or until the day of counting."
    ),
}


@dataclass(frozen=True)
class ListField:
    """A column that may be chosen. `always`: it is in every such list."""

    name: str
    heading: str
    shape: Shape = "text"
    always: bool = False


FIELDS: dict[ListOf, tuple[ListField, ...]] = {
    ListOf.CLIENTS: (
        ListField("client", N_("Client"), always=True),
        ListField("dossiers", N_("Dossiers")),
        ListField("department", N_("Department")),
        ListField("kind", N_("Kind"), "message"),
        ListField("rank", N_("Rank"), "message"),
        ListField("country", N_("Country")),
        ListField("industry", N_("Industry")),
        ListField("size", N_("Size")),
        ListField("first", N_("First responsible employee")),
        ListField("second", N_("Second responsible employee")),
        ListField("began", N_("Co-operation began on"), "date"),
    ),
    ListOf.DOSSIERS: (
        ListField("dossier", N_("Dossier"), always=True),
        ListField("client", N_("Client")),
        ListField("department", N_("Department")),
        ListField("level", N_("Level"), "message"),
        ListField("opened_on", N_("Opened on"), "date"),
        ListField("volumes", N_("Volumes"), "count"),
        ListField("on_loan", N_("Volumes on loan"), "count"),
        ListField("documents", N_("Documents"), "count"),
        ListField("pages", N_("Pages"), "count"),
    ),
    ListOf.LOANS: (
        ListField("dossier", N_("Dossier"), always=True),
        ListField("volume", N_("Volume"), always=True),
        ListField("client", N_("Client")),
        ListField("borrower_department", N_("Department that borrowed")),
        ListField("issued_on", N_("Issued on"), "date"),
        ListField("due_on", N_("Due on"), "date"),
        ListField("returned_on", N_("Returned on"), "date"),
        ListField("days_late", N_("Days late"), "count"),
    ),
}
"""The allowed fields, in the order in which a list shows them. No telephone, address, e-mail or name of a contact."""


@dataclass(frozen=True)
class ListSpec:
    """What somebody wants a list of. An empty filter is none; `department` is an id as text."""

    of: ListOf
    fields: tuple[str, ...]
    kind: str = ""
    rank: str = ""
    department: str = ""
    level: str = ""

    @property
    def columns(self) -> tuple[ListField, ...]:
        """The fields shown, in their order, with those that always are."""
        return tuple(one for one in FIELDS[self.of] if one.always or one.name in self.fields)

    def as_plain(self) -> dict[str, Any]:
        """As it is kept in the database."""
        return {
            "of": self.of.value,
            "fields": list(self.fields),
            "kind": self.kind,
            "rank": self.rank,
            "department": self.department,
            "level": self.level,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> ListSpec:
        """What `as_plain` made, read back."""
        return cls(ListOf(plain["of"]), tuple(plain["fields"]), *(plain[name] for name in FILTERS))


FILTERS = ("kind", "rank", "department", "level")
"""By what a list may be narrowed."""


@dataclass(frozen=True)
class ListReport:
    """A list as it was counted for an audience: kept like the statistics, and shown from what was kept."""

    of: ListOf
    period: Period
    audience: Audience
    counted_at: datetime
    """The moment of counting, UTC."""
    zone: str
    """The office's time zone, by its name in the time zone database."""
    register: Register
    filters: tuple[tuple[str, Name], ...] = field(default=())
    """Heading (message id) and value of each filter."""


def stored_list(report: ListReport) -> bytes:
    """The canonical JSON (UTF-8), of which the checksum is taken (`storing.checksum`)."""
    plain = {
        "format": FORMAT,
        "of": report.of.value,
        "audience": report.audience.value,
        "counted_at": report.counted_at.isoformat(),
        "zone": report.zone,
        "period": plain_period(report.period),
        "filters": [{"heading": heading, "name": plain_name(name)} for heading, name in report.filters],
        "register": plain_register(report.register),
    }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_list(data: bytes) -> ListReport:
    """What `stored_list` made, read back; ValueError for anything else."""
    plain = json.loads(data)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise ValueError("this is no list of a format this version knows")
    return ListReport(
        of=ListOf(plain["of"]),
        period=period_from(plain["period"]),
        audience=Audience(plain["audience"]),
        counted_at=datetime.fromisoformat(plain["counted_at"]),
        zone=plain["zone"],
        register=register_from(plain["register"]),
        filters=tuple((one["heading"], name_from(one["name"])) for one in plain["filters"]),
    )
