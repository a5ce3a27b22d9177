"""Fills a portal's database with five years of a busy archive: what the statistics count. Made up, in bulk."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from bench.desk_archive import Size, add_rows, fill
from portal.access.models import ReadingGrant
from portal.accounts.models import Person, PersonRole
from portal.clients.models import Client, ClientKind, ClientRank, ContactPerson
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.documents.models import (
    Direction,
    Document,
    DocumentKind,
    DocumentVersion,
    Page,
    ReadingState,
    TextSource,
    TextVersion,
)
from portal.dossiers.models import Dossier
from portal.handover.models import Handover
from portal.handover.states import HandoverKind, HandoverState
from portal.lending.models import LoanEvent
from portal.lending.states import LoanEventKind

REPORTER = "person-2"
"""Log-in of somebody who makes reports and is cleared for core dossiers."""
_YEARS = 5
_COUNTRIES = ("CN", "CN", "CN", "MX", "ES", "AR", "DE", "US", "JP")
_STATES = (ReadingState.READ,) * 12 + (ReadingState.WAITING, ReadingState.FAILED, ReadingState.NOT_READABLE)


@dataclass(frozen=True)
class Amounts:
    """How much there is."""

    clients: int = 10_000
    documents: int = 100_000
    loans: int = 300_000
    looks: int = 200_000

    def part(self, share: float) -> Amounts:
        """The same archive in small."""
        return Amounts(*(max(20, int(n * share)) for n in (self.clients, self.documents, self.loans, self.looks)))


def fill_archive(session: Session, amounts: Amounts, today: date) -> None:
    """Put everything into an empty, migrated database, and commit. The same for the same day."""
    size = Size(
        volumes=2 * amounts.clients,
        past_loans=amounts.loans,
        open_loans=amounts.clients // 10,
        ready=amounts.clients // 50,
        years=_YEARS,
    )
    fill(session, size, today)
    chance = random.Random(20261123)
    first = today - timedelta(days=365 * _YEARS)
    _vary_clients(session, amounts, chance, first)
    _documents(session, amounts, chance, first, today)
    events = (_event(n, amounts, first, today) for n in range(1, amounts.loans // 10 + 1))
    add_rows(session, LoanEvent, events)
    grants = (_grant(chance, amounts, first, today) for _ in range(amounts.loans // 20))
    add_rows(session, ReadingGrant, grants)
    add_rows(session, TrailEntry, (_look(chance, n, amounts, first, today) for n in range(amounts.looks)))
    add_rows(session, Handover, (_handover(chance, n, first, today) for n in range(3, 203)))
    reporter = session.scalars(select(Person).where(Person.login == REPORTER)).one()
    reporter.clearance = Level.CORE
    session.execute(insert(PersonRole), [{"person_id": reporter.id, "role": Role.RECORDS_MANAGER}])
    session.commit()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))  # As autovacuum does within a minute.
        session.commit()


def _moment(chance: random.Random, first: date, today: date) -> datetime:
    day = first + timedelta(days=chance.randrange((today - first).days))
    return datetime.combine(day, time(chance.randrange(24), chance.randrange(60), chance.randrange(60)), UTC)


def _vary_clients(session: Session, amounts: Amounts, chance: random.Random, first: date) -> None:
    kinds, ranks, levels = tuple(ClientKind), tuple(ClientRank), tuple(Level)
    session.execute(
        update(Client),
        [
            {
                "id": number,
                "row_version": 1,
                "kind": chance.choice(kinds),
                "rank": chance.choice(ranks),
                "country": chance.choice(_COUNTRIES),
                "industry": f"Industry {chance.randrange(40)}",
                "size": chance.choice(("1–10", "11–50", "51–500", "")),
                "registered_capital": chance.choice((None, Decimal(500_000), Decimal(20_000_000))),
                "capital_currency": chance.choice(("CNY", "EUR", "MXN", "")),
                **{name: chance.choice(("known", "known", "")) for name in ("address", "phone", "email", "postcode")},
            }
            for number in range(1, amounts.clients + 1)
        ],
    )
    add_rows(session, ContactPerson, ({"client_id": n, "name": "Contact"} for n in range(1, amounts.clients + 1, 2)))
    opened = (first + timedelta(days=chance.randrange(365 * _YEARS)) for _ in range(amounts.clients))
    session.execute(
        update(Dossier),
        [
            {"id": number, "opened_on": day, "level": chance.choice(levels), "row_version": 1}
            for number, day in enumerate(opened, 1)
        ],
    )


def _documents(session: Session, amounts: Amounts, chance: random.Random, first: date, today: date) -> None:
    kinds, directions = tuple(DocumentKind), tuple(Direction)
    filed = [_moment(chance, first, today) for _ in range(amounts.documents)]
    add_rows(
        session,
        Document,
        (
            {
                "id": number,
                "dossier_id": 1 + number % amounts.clients,
                "kind": chance.choice(kinds),
                "direction": chance.choice(directions),
                "dated": at.date() - timedelta(days=chance.randrange(60)),
                "subject": f"Document {number}",
                "filed_at": at,
                "filed_by_id": 1,
            }
            for number, at in enumerate(filed, 1)
        ),
    )
    add_rows(session, DocumentVersion, (_version(chance, n, n, 1, at) for n, at in enumerate(filed, 1)))
    again = range(10, amounts.documents + 1, 10)
    better = (
        _version(chance, amounts.documents + n, document, 2, filed[document - 1] + timedelta(days=20))
        for n, document in enumerate(again, 1)
    )
    add_rows(session, DocumentVersion, better)
    read = range(1, amounts.documents + 1, 4)
    pages = ((version, number, filed[version - 1] + timedelta(minutes=5)) for version in read for number in (1, 2))
    add_rows(session, Page, (_page(chance, n, *page) for n, page in enumerate(pages, 1)))
    corrected = range(1, 2 * len(read) + 1, 15)  # The first of each fifteen pages was read.
    texts = (
        {
            "page_id": page,
            "number": 1,
            "source": TextSource.CORRECTED,
            "text": "words",
            "made_at": _moment(chance, first, today),
            "made_by_id": 1,
        }
        for page in corrected
    )
    add_rows(session, TextVersion, texts)


def _version(chance: random.Random, id_: int, document: int, number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": id_,
        "document_id": document,
        "number": number,
        "content_key": f"{id_:064x}",
        "file_name": "scan.pdf",
        "file_kind": chance.choice(("pdf", "pdf", "tiff", "jpeg")),
        "byte_size": chance.randrange(20_000, 4_000_000),
        "page_count": chance.randrange(1, 30),
        "state": ReadingState.READ,
        "added_at": at,
        "added_by_id": 1,
    }


def _page(chance: random.Random, id_: int, version: int, number: int, at: datetime) -> dict[str, Any]:
    state = _STATES[(id_ - 1) % len(_STATES)]
    read = state is ReadingState.READ
    return {
        "id": id_,
        "version_id": version,
        "number": number,
        "state": state,
        "source": chance.choice((TextSource.EMBEDDED, TextSource.RECOGNISED)) if read else None,
        "text": "words",
        "read_at": at if read else None,
    }


def _event(number: int, amounts: Amounts, first: date, today: date) -> dict[str, Any]:
    """Something that happened to one loan in ten; loans are numbered as they were issued."""
    loan = 10 * number
    day = first + timedelta(days=loan * ((today - first).days - 10) // amounts.loans + 2)
    return {
        "loan_id": loan,
        "what": LoanEventKind.RECALLED if number % 7 == 0 else LoanEventKind.RENEWED,
        "at": datetime.combine(day, time(3), UTC),
        "by_id": 1,
        "due_before": day,
        "due_after": day + timedelta(days=3),
    }


def _grant(chance: random.Random, amounts: Amounts, first: date, today: date) -> dict[str, Any]:
    granted = _moment(chance, first, today)
    return {
        "person_id": chance.randrange(1, 1_000),
        "dossier_id": chance.randrange(1, amounts.clients + 1),
        "both_signed": True,
        "granted_at": granted,
        "until_date": granted.date() + timedelta(days=chance.randrange(1, 40)),
        "granted_by_id": 1,
    }


def _look(chance: random.Random, number: int, amounts: Amounts, first: date, today: date) -> dict[str, Any]:
    return {
        "at": _moment(chance, first, today),
        "actor_id": chance.randrange(1, 1_000),
        "action": "document:download" if number % 10 == 0 else "page:look",
        "subject": f"documents:{chance.randrange(1, amounts.documents + 1)}",
        "dossier_id": chance.randrange(1, amounts.clients + 1),
        "details": {},
        "nonce": f"{number:032x}",
        "digest": f"{number:064x}",
    }


def _handover(chance: random.Random, person: int, first: date, today: date) -> dict[str, Any]:
    opened = _moment(chance, first, today)
    return {
        "person_id": person,
        "kind": HandoverKind.LEAVING,
        "last_day": opened.date() + timedelta(days=14),
        "from_department_id": 1 + person % 20,
        "state": HandoverState.SIGNED_OFF,
        "opened_at": opened,
        "opened_by_id": 1,
        "closed_at": opened + timedelta(days=15),
        "closed_by_id": 1,
    }
