"""Fills a portal's database with a made-up archive (`bench.search_archive`): the rows a search page needs, in bulk.

No files are stored: pages have their text, not their images. Every number of the archive is one higher in the database,
where nothing has the number 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench.search_archive import Archive
from portal.access.models import Responsibility
from portal.accounts.models import Department, Person, PersonRole
from portal.clients.models import Client, ClientKind
from portal.core.permissions import Level, Role
from portal.core.tables import Base
from portal.documents.models import Direction, Document, DocumentKind, DocumentVersion, Page, ReadingState, TextSource
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody, DossierState
from search_index import DOSSIER, IndexDocument

PASSWORD = "bench horse 7"  # noqa: S105  of an archive that is thrown away
CLERK, EMPLOYEE = "clerk", "employee"
"""Log-ins of somebody who reads all that is not core, and of somebody who looks after three clients."""
_CLIENTS_OF_THE_EMPLOYEE = 3
_OUT_EVERY = 9
_AT_A_TIME = 2_000
_THEN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_DAY = date(2026, 1, 5)
_KINDS = {kind.value: kind for kind in DocumentKind}


def fill_database(session: Session, archive: Archive) -> None:
    """Put the whole archive into an empty, migrated database, and commit."""
    dossiers = [entry for entry in archive.entries() if entry.type == DOSSIER]
    _insert(
        session, Department, ({"id": n, "name": f"Department {n}"} for n in {_of(each, "dept") for each in dossiers})
    )
    _add_people(session)
    clients = {_of(entry, "client"): entry.client for entry in dossiers}
    _insert(session, Client, (_client(number, name) for number, name in clients.items()))
    _insert(session, Dossier, map(_dossier, dossiers))
    _insert(session, Volume, map(_volume, dossiers))
    chosen = sorted(clients)[:: max(1, len(clients) // _CLIENTS_OF_THE_EMPLOYEE)][:_CLIENTS_OF_THE_EMPLOYEE]
    _insert(session, Responsibility, ({"client_id": n, "person_id": 2, "rank": 1, "from_date": _DAY} for n in chosen))
    documents = (entry for entry in archive.entries() if entry.type != DOSSIER)
    while entries := list(islice(documents, _AT_A_TIME)):
        _insert(session, Document, map(_document, entries))
        _insert(session, DocumentVersion, map(_version, entries))
        _insert(session, Page, (row for entry in entries for row in _pages(entry)))
    session.commit()


def _insert(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, _AT_A_TIME)):
        session.execute(insert(table), batch)


def _of(entry: IndexDocument, family: str) -> int:
    """The number behind an entry's token of a family, as it is in the database."""
    return 1 + next(int(token.partition(":")[2]) for token in entry.tokens if token.startswith(f"{family}:"))


def _number(id_: str) -> int:
    return 1 + int(id_.partition(":")[2])


def _add_people(session: Session) -> None:
    password = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    for number, (login, role) in enumerate(((CLERK, Role.CLERK), (EMPLOYEE, Role.EMPLOYEE)), 1):
        person = Person(
            id=number,
            login=login,
            name=login.title(),
            department_id=1,
            password_hash=password,
            created_at=_THEN,
            roles=[PersonRole(role=each) for each in {Role.EMPLOYEE, role}],
        )
        session.add(person)
    session.flush()


def _client(number: int, name: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "name_key": name.casefold(),
        "kind": ClientKind.SUPPLIER,
        "country": "CN",
        "created_at": _THEN,
        "created_by_id": 1,
    }


def _dossier(entry: IndexDocument) -> dict[str, Any]:
    level = next(token.partition(":")[2] for token in entry.tokens if token.startswith("level:"))
    return {
        "id": _number(entry.id),
        "client_id": _of(entry, "client"),
        "number": entry.number,
        "title": entry.title,
        "level": Level(level),
        "department_id": _of(entry, "dept"),
        "state": DossierState.OPEN,
        "opened_by_id": 1,
        "created_at": _THEN,
        "opened_on": _DAY,
        "rights_version": 1,
        "indexed_rights": 0,
    }


def _volume(entry: IndexDocument) -> dict[str, Any]:
    number = _number(entry.id)
    custody = Custody.ON_LOAN if number % _OUT_EVERY == 0 else Custody.ON_SHELF
    return {"dossier_id": number, "ordinal": 1, "barcode": f"V{number:08d}", "custody": custody}


def _document(entry: IndexDocument) -> dict[str, Any]:
    kind = next(label.partition(":")[2] for label in entry.labels if label.startswith("kind:"))
    return {
        "id": _number(entry.id),
        "dossier_id": _number(entry.group),
        "kind": _KINDS.get(kind, DocumentKind.OTHER),
        "direction": Direction.INCOMING,
        "dated": entry.date,
        "subject": entry.title[:300],
        "correspondent": entry.correspondent[:200],
        "filed_at": _THEN,
        "filed_by_id": 1,
    }


def _version(entry: IndexDocument) -> dict[str, Any]:
    number = _number(entry.id)
    return {
        "id": number,
        "document_id": number,
        "number": 1,
        "content_key": f"{number:064x}",
        "file_name": "letter.pdf",
        "file_kind": "pdf",
        "byte_size": 1000,
        "page_count": len(entry.pages),
        "state": ReadingState.READ,
        "added_at": _THEN,
        "added_by_id": 1,
    }


def _pages(entry: IndexDocument) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(entry.pages, 1):
        yield {
            "version_id": _number(entry.id),
            "number": number,
            "state": ReadingState.READ,
            "source": TextSource.EMBEDDED,
            "text": text,
            "read_at": _THEN,
        }
