"""Fills a portal's database with a busy records department: people, volumes, years of loans. Made up, in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from portal.access.models import Responsibility
from portal.accounts.models import Department, Person, PersonRole
from portal.clients.models import Client, ClientKind
from portal.core.permissions import Level, Role
from portal.core.tables import Base
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody, DossierState
from portal.lending.models import Decision, DecisionStage, Loan, Request, RequestedVolume, RequestLine
from portal.lending.states import LineState, LoanState, RequestKind

PASSWORD = "bench horse 7"  # noqa: S105  of an archive that is thrown away
CLERK, BORROWER, HEAD = "clerk", "person-7", "person-1"
_DEPARTMENTS = 20
_VOLUMES_A_DOSSIER = 2
_AT_A_TIME = 2_000


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    people: int = 1_000
    volumes: int = 20_000
    past_loans: int = 200_000
    open_loans: int = 2_000
    ready: int = 200
    """Approved requests that wait at the desk."""
    years: int = 4
    """Over how many years the past loans are spread."""

    def part(self, share: float) -> Size:
        """The same archive in small."""
        return Size(*(max(20, int(number * share)) for number in (20_000, 20_000, 200_000, 2_000, 200)))


def fill(session: Session, size: Size, today: date) -> None:
    """Put everything into an empty, migrated database, and commit. The same for the same day."""
    chance = random.Random(20261122)
    add_rows(session, Department, ({"name": f"Department {n}"} for n in range(1, _DEPARTMENTS + 1)))
    _people(session, size)
    dossiers = size.volumes // _VOLUMES_A_DOSSIER
    add_rows(session, Client, (_client(n) for n in range(1, dossiers + 1)))
    first = today - timedelta(days=365 * size.years)
    add_rows(session, Responsibility, (_responsible(n, size, first) for n in range(1, dossiers + 1)))
    add_rows(session, Dossier, (_dossier(n, first) for n in range(1, dossiers + 1)))
    add_rows(session, Volume, (_volume(n, size) for n in range(1, size.volumes + 1)))
    loans = [*_past_loans(size, first, today, chance), *_open_loans(size, today, chance)]
    add_rows(session, Request, (_request(loan) for loan in loans))
    add_rows(session, RequestLine, (_line(number, loan) for number, loan in enumerate(loans, 1)))
    add_rows(session, Decision, (_decision(number, loan) for number, loan in enumerate(loans, 1)))
    add_rows(session, RequestedVolume, (_wish(number, loan, "issued") for number, loan in enumerate(loans, 1)))
    add_rows(session, Loan, (_loan(number, loan) for number, loan in enumerate(loans, 1)))
    _ready_requests(session, size, today, loans)
    session.commit()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))  # As autovacuum does within a minute.
        session.commit()


@dataclass(frozen=True)
class _Lent:
    volume: int
    borrower: int
    issued_on: date
    returned_on: date | None


def add_rows(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Insert many rows into a table, a few thousand at a time."""
    remaining = iter(rows)
    while batch := list(islice(remaining, _AT_A_TIME)):
        session.execute(insert(table), batch)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(2, 0), UTC)


def _people(session: Session, size: Size) -> None:
    password = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    then = datetime(2020, 1, 1, tzinfo=UTC)

    def person(number: int) -> dict[str, Any]:
        return {
            "login": CLERK if number == size.people else f"person-{number}",
            "name": f"Person {number}",
            "department_id": 1 + number % _DEPARTMENTS,
            "password_hash": password,
            "clearance": Level.CORE if number % 10 == 0 else Level.GENERAL,
            "created_at": then,
        }

    add_rows(session, Person, (person(number) for number in range(1, size.people + 1)))
    add_rows(session, PersonRole, ({"person_id": n, "role": Role.EMPLOYEE} for n in range(1, size.people + 1)))
    add_rows(session, PersonRole, [{"person_id": size.people, "role": Role.CLERK}])
    for number in range(1, min(_DEPARTMENTS, size.people) + 1):
        session.execute(update(Department).where(Department.id == 1 + number % _DEPARTMENTS).values(head_id=number))


def _client(number: int) -> dict[str, Any]:
    return {
        "name": f"Client {number}",
        "name_key": f"client {number}",
        "kind": ClientKind.SUPPLIER,
        "country": "CN",
        "created_at": datetime(2020, 1, 1, tzinfo=UTC),
        "created_by_id": 1,
    }


def _responsible(number: int, size: Size, day: date) -> dict[str, Any]:
    return {"client_id": number, "person_id": 1 + number % size.people, "rank": 1, "from_date": day}


def _dossier(number: int, day: date) -> dict[str, Any]:
    return {
        "client_id": number,
        "number": f"2020-{number:05d}",
        "department_id": 1 + number % _DEPARTMENTS,
        "level": Level.CORE if number % 25 == 0 else Level.GENERAL,
        "state": DossierState.OPEN,
        "opened_by_id": 1,
        "created_at": _moment(day),
        "opened_on": day,
    }


def _volume(number: int, size: Size) -> dict[str, Any]:
    if number <= size.open_loans:
        custody = Custody.ON_LOAN
    else:
        custody = Custody.RESERVED if number <= size.open_loans + size.ready else Custody.ON_SHELF
    return {
        "dossier_id": 1 + (number - 1) // _VOLUMES_A_DOSSIER,
        "ordinal": 1 + (number - 1) % _VOLUMES_A_DOSSIER,
        "barcode": f"V{number:06d}",
        "sheets": 40 + number % 60,
        "custody": custody,
    }


def _past_loans(size: Size, first: date, today: date, chance: random.Random) -> Iterator[_Lent]:
    days = (today - first).days - 10
    for number in range(size.past_loans):
        issued = first + timedelta(days=number * days // size.past_loans)
        returned = issued + timedelta(days=chance.choice((0, 1, 1, 2, 3, 3, 5)))
        yield _Lent(chance.randint(1, size.volumes), chance.randint(1, size.people), issued, returned)


def _open_loans(size: Size, today: date, chance: random.Random) -> Iterator[_Lent]:
    for number in range(1, size.open_loans + 1):
        # One in ten is overdue.
        ago = chance.randint(5, 9) if number % 10 == 0 else chance.randint(0, 2)
        yield _Lent(number, chance.randint(1, size.people), today - timedelta(days=ago), None)


def _request(loan: _Lent) -> dict[str, Any]:
    return {
        "filed_by_id": loan.borrower,
        "object": "The contract",
        "purpose": "Compare prices",
        "reason": "Talks next week",
        "created_at": _moment(loan.issued_on),
    }


def _line(number: int, loan: _Lent, state: LineState = LineState.FULFILLED) -> dict[str, Any]:
    return {
        "id": number,
        "request_id": number,
        "dossier_id": 1 + (loan.volume - 1) // _VOLUMES_A_DOSSIER,
        "reader_id": loan.borrower,
        "kind": RequestKind.BORROW,
        "state": state,
        "submitted_at": _moment(loan.issued_on),
        "closed_at": _moment(loan.issued_on) if state == LineState.FULFILLED else None,
        "expires_on": loan.issued_on + timedelta(days=14),
    }


def _decision(number: int, loan: _Lent) -> dict[str, Any]:
    return {
        "line_id": number,
        "stage": DecisionStage.HEAD,
        "approved": True,
        "decided_by_id": 1,
        "decided_at": _moment(loan.issued_on),
    }


def _wish(number: int, loan: _Lent, outcome: str) -> dict[str, Any]:
    return {"line_id": number, "volume_id": loan.volume, "outcome": outcome}


def _loan(number: int, loan: _Lent) -> dict[str, Any]:
    due = loan.issued_on + timedelta(days=3)
    return {
        "volume_id": loan.volume,
        "line_id": number,
        "borrower_id": loan.borrower,
        "state": LoanState.RETURNED if loan.returned_on else LoanState.ON_LOAN,
        "issued_at": _moment(loan.issued_on),
        "issued_on": loan.issued_on,
        "issued_by_id": 1,
        "due_on": due,
        "original_due_on": due,
        "sheets_issued": 40,
        "returned_on": loan.returned_on,
        "recorded_at": _moment(loan.returned_on) if loan.returned_on else None,
        "received_by_id": 1 if loan.returned_on else None,
        "sheets_returned": 40 if loan.returned_on else None,
    }


def _ready_requests(session: Session, size: Size, today: date, loans: list[_Lent]) -> None:
    """Approved requests of people who owe nothing, a volume each, for the desk to hand out."""
    owing = {loan.borrower for loan in loans if loan.returned_on is None}
    free = [number for number in range(1, size.people) if number not in owing] or [size.people]
    wishes = [
        _Lent(size.open_loans + number, free[number % len(free)], today, None) for number in range(1, size.ready + 1)
    ]
    numbered = list(enumerate(wishes, len(loans) + 1))
    add_rows(session, Request, (_request(wish) for _, wish in numbered))
    add_rows(session, RequestLine, (_line(number, wish, LineState.READY) for number, wish in numbered))
    add_rows(session, Decision, (_decision(number, wish) for number, wish in numbered))
    add_rows(session, RequestedVolume, (_wish(number, wish, "wanted") for number, wish in numbered))
