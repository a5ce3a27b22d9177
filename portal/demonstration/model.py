"""The shapes of the demonstration archive: frozen dataclasses without behaviour of their own.

People, clients, dossiers, documents, requests and loans refer to each other by `key` (a person's is the
log-in name). Day offsets count calendar days from the day the archive is made for; negative is the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal.core.permissions import Level, Role

Language = Literal["en", "es", "zh"]
DossierState = Literal["draft", "submitted", "approved"]
DocumentKind = Literal["letter", "fax", "contract", "call_note", "yearly_report"]
Direction = Literal["in", "out", "internal"]
Form = Literal["pdf", "word", "mail"]


@dataclass(frozen=True)
class Department:
    """A department; `deputy` is None where the general manager decides in the head's place."""

    key: str
    name: str
    head: str
    deputy: str | None


@dataclass(frozen=True)
class Person:
    """Somebody with a log-in; `key` is the log-in name, `language` the one the portal greets them in."""

    key: str
    name: str
    email: str
    position: str
    department: str
    roles: frozenset[Role]
    clearance: Level
    language: Language


@dataclass(frozen=True)
class Contact:
    """Somebody at the client; the phone number is in international form."""

    name: str
    position: str
    phone: str
    email: str


@dataclass(frozen=True)
class Client:
    """A client with the standard fields; `capital` is in whole units of `currency` (ISO 4217)."""

    key: str
    name: str
    kind: str
    rank: Literal["key", "potential", "ordinary"]
    legal_representative: str
    address: str
    postcode: str
    country: str
    phone: str
    fax: str
    email: str
    business_scope: str
    capital: int
    currency: str
    registration_number: str
    industry: str
    size: str
    contacts: tuple[Contact, ...]
    since: date
    progress: str


@dataclass(frozen=True)
class Responsibility:
    """A person answers for a client from a day on; the first named of a client is the first contact."""

    client: str
    person: str
    since: date


@dataclass(frozen=True)
class ContactChange:
    """Somebody (None: nobody) answers for a client in place of another, `days` from the archive's day."""

    key: str
    client: str
    rank: int
    person: str | None
    instead_of: str | None
    by: str
    days: int
    reason: str
    remark: str


@dataclass(frozen=True)
class Volume:
    """One paper volume of a dossier: its number within the dossier, its sheets, its place on the shelves."""

    number: int
    sheets: int
    place: str


@dataclass(frozen=True)
class Dossier:
    """A dossier on a client; `decided_by` is None until it is approved."""

    key: str
    client: str
    title: str
    level: Level
    department: str
    opened_by: str
    opened_on: date
    state: DossierState
    decided_by: str | None
    volumes: tuple[Volume, ...]


@dataclass(frozen=True)
class SavedSearch:
    """A question somebody keeps, `days` from the archive's day: what is filed after that is news to them."""

    key: str
    person: str
    name: str
    question: str
    days: int


@dataclass(frozen=True)
class Decision:
    """One step of a request's life, `days` before (negative) or after the request's reference day; the house
    itself, not a person, lets a request expire."""

    action: Literal["submit", "approve_head", "approve_records", "reject", "cancel", "expire", "not_found"]
    person: str | None
    days: int
    comment: str = ""


@dataclass(frozen=True)
class Request:
    """A request for one dossier and the state it should be in.

    The reference day of its offsets is the day of issue when a loan came of it, else the archive's day.
    `volumes` is empty for reading.
    """

    key: str
    reader: str
    dossier: str
    kind: Literal["read", "borrow"]
    purpose: str
    reason: str
    state: Literal[
        "draft",
        "submitted",
        "head_approved",
        "ready",
        "fulfilled",
        "rejected",
        "cancelled",
        "expired",
        "not_found",
    ]
    created: int
    steps: tuple[Decision, ...] = ()
    volumes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Loan:
    """One volume handed over the counter for a request.

    An open loan says with `due` which due date it should have: for 0 and more the first possible one not
    before that offset, for less than 0 the last possible one not after it. A closed loan says with `issued`
    when it was handed out and with `returned_after_due` how it came back: 0 or less in time, more late.
    """

    key: str
    request: str
    volume: int
    issued_by: str
    due: int | None = None
    issued: int | None = None
    returned_after_due: int | None = None
    received_by: str | None = None
    remark: str = ""
    ends: Literal["returned", "lost", "voided"] = "returned"
    """How a closed loan ended; a voided one on the day of issue."""
