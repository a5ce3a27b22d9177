"""What a person still owes the house, as each feature finds it: the day someone leaves asks them all (R17).

A feature offers an `ObligationSource` for what somebody must close by doing it, and an `AccountEnd` for what ends by
itself with the account. Both name the open foreign keys to a person they answer for (`portal.core.tables.open_person`);
a test fails for one that nobody answers for. `create_app` gathers them; `portal.handover` is the one who asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session

from portal.core.messages import N_, Message
from portal.core.unit_of_work import UnitOfWork


class Way(StrEnum):
    """How an obligation is closed: always by doing it."""

    RETURN = "return"
    TRANSFER = "transfer"
    END = "end"
    DELEGATE = "delegate"
    DECIDE = "decide"


WAY_NAMES: dict[Way, str] = {
    Way.RETURN: N_("Give back"),
    Way.TRANSFER: N_("Hand over"),
    Way.END: N_("End"),
    Way.DELEGATE: N_("Name somebody else"),
    Way.DECIDE: N_("Decide"),
}


class Side(StrEnum):
    """Who of the two sees to it that it is closed, and signs for it."""

    DEPARTMENT = "department"
    RECORDS = "records"


SIDE_NAMES: dict[Side, str] = {
    Side.DEPARTMENT: N_("Department"),
    Side.RECORDS: N_("Records department"),
}


@dataclass(frozen=True)
class Obligation:
    """One thing a person still owes. `subject` is "table:id"; `what` names it, dossier and all.

    Whoever may not know of `dossier_id` (or of the client, for `client_id`) is shown `unnamed` instead of `what`.
    """

    subject: str
    what: Message
    ways: tuple[Way, ...]
    path: str = ""
    """Where it is closed: a path of the portal, without the prefix it may be served under; "" on the checklist."""
    dossier_id: int | None = None
    client_id: int | None = None
    since: date | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Outcome:
    """How an obligation came to its end, and who ended it (None: the portal itself)."""

    how: Message
    by_id: int | None = None


def ids_of(subjects: Sequence[str]) -> list[int]:
    """The ids in subjects of one table."""
    return [int(subject.partition(":")[2]) for subject in subjects]


class ObligationSource(Protocol):
    """One kind of obligation, of one feature."""

    key: str
    """A word for addresses and the database, never changed."""
    name: str
    """Message id: the heading of its items."""
    unnamed: str
    """Message id: what an item is called to somebody who may not know of its dossier or client."""
    side: Side
    columns: frozenset[str]
    """The open foreign keys it answers for, as "loans.borrower_id"."""

    def owed(self, session: Session, person_id: int, today: date) -> Sequence[Obligation]:
        """Everything of this kind that the person owes today, oldest first."""
        ...

    def outcomes(
        self, session: Session, person_id: int, subjects: Sequence[str], since: datetime
    ) -> Mapping[str, Outcome]:
        """How these came to their end, as far as the database knows; `since` is when they were last seen open."""
        ...


class AccountEnd(Protocol):
    """Something that ends by itself, in the commit that closes the account or moves the person."""

    name: str
    """Message id: what it is, for the certificate."""
    columns: frozenset[str]

    def end(self, work: UnitOfWork, person_id: int, *, leaving: bool) -> int:
        """End all of it now; returns how many there were. `leaving`: for good, not for another department."""
        ...


@dataclass(frozen=True)
class Obligations:
    """All that the features offer, in the order in which a checklist shows it."""

    sources: tuple[ObligationSource, ...] = field(default=())
    ends: tuple[AccountEnd, ...] = field(default=())
