"""Makes people, clients, dossiers, documents for tests: rows as the services would leave them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant, Responsibility
from portal.accounts.models import Department, Person, PersonRole
from portal.accounts.queries import actor_of
from portal.accounts.rules import card_number
from portal.clients.models import Client, ClientKind
from portal.core.permissions import Actor, Level, Role
from portal.documents.models import (
    Direction,
    Document,
    DocumentKind,
    DocumentVersion,
    Page,
    ReadingState,
    TextSource,
)
from portal.dossiers.models import Dossier, Place, Volume
from portal.dossiers.numbers import next_number
from portal.dossiers.rules import PLACE_SERIES, place_barcode, sort_key
from portal.dossiers.states import DossierState, PlaceKind

_numbers = itertools.count(1)
LONG_AGO = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse 7"
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A real hash, made cheap."""


def make_department(session: Session, name: str | None = None) -> Department:
    """A department without head."""
    department = Department(name=name or f"Department {next(_numbers)}")
    session.add(department)
    session.flush()
    return department


def make_person(
    session: Session,
    department: Department | None = None,
    *roles: Role,
    clearance: Level = Level.GENERAL,
    login: str | None = None,
    name: str | None = None,
    language: str = "en",
    head: bool = False,
    deputy: bool = False,
) -> Person:
    """A person whose password is PASSWORD; optionally head or deputy of the department."""
    number = next(_numbers)
    department = department or make_department(session)
    person = Person(
        login=login or f"person{number}",
        name=name or f"Person {number}",
        email=f"person{number}@company.example",
        department=department,
        clearance=clearance,
        language=language,
        password_hash=PASSWORD_HASH,
        created_at=LONG_AGO,
        card_number=card_number(number),
        roles=[PersonRole(role=role) for role in {Role.EMPLOYEE, *roles}],
    )
    session.add(person)
    session.flush()
    if head:
        department.head_id = person.id
    if deputy:
        department.deputy_id = person.id
    session.flush()
    return person


def actor(session: Session, person: Person) -> Actor:
    """The person as services see them, now."""
    session.flush()
    return actor_of(session, person)


def make_client(session: Session, by: Person, name: str | None = None, **fields: Any) -> Client:
    """A client with a name and little else."""
    name = name or f"Client {next(_numbers)} Ltd"
    values: dict[str, Any] = {"kind": ClientKind.SUPPLIER, "country": "CN", **fields}
    client = Client(name=name, name_key=name.casefold(), created_at=LONG_AGO, created_by_id=by.id, **values)
    session.add(client)
    session.flush()
    return client


def make_place(session: Session, path: str) -> Place:
    """The place with this path, as in A-03-2-14 (room, cabinet, shelf, box), made where it is missing."""
    place = None
    kinds = (PlaceKind.ROOM, PlaceKind.CABINET, PlaceKind.SHELF, PlaceKind.BOX)
    codes = path.split("-")
    for depth, (kind, code) in enumerate(zip(kinds, codes, strict=False), start=1):
        above, here = place, "-".join(codes[:depth])
        place = session.scalar(select(Place).where(Place.path == here))
        if place is None:
            parent_id = above.id if above else None
            last = session.scalar(select(func.max(Place.ordinal)).where(Place.parent_id == parent_id))
            place = Place(
                kind=kind,
                parent_id=parent_id,
                code=code,
                ordinal=(last or 0) + 1,
                barcode=place_barcode(next_number(session, PLACE_SERIES, 0)),
                path=here,
                sort_key=sort_key(above.sort_key if above else "", (last or 0) + 1),
            )
            session.add(place)
            session.flush()
    assert place is not None
    return place


def make_dossier(
    session: Session,
    by: Person,
    client: Client | None = None,
    *,
    level: Level = Level.GENERAL,
    department: Department | None = None,
    number: str | None = None,
    volumes: int = 1,
    state: DossierState = DossierState.OPEN,
    title: str = "",
    place: str | None = None,
) -> Dossier:
    """An official dossier (or a draft) with paper volumes of 40 sheets on the shelf, all in `place` if one is named."""
    serial = next(_numbers)
    homes = [make_place(session, place or f"A-01-{serial % 9 + 1}-{n}").id for n in range(1, volumes + 1)]
    dossier = Dossier(
        client=client or make_client(session, by),
        number=(number or f"2026-{serial:04d}") if state == DossierState.OPEN else None,
        title=title,
        level=level,
        department_id=(department.id if department else by.department_id),
        state=state,
        opened_by_id=by.id,
        created_at=LONG_AGO,
        opened_on=date(2026, 1, 5) if state == DossierState.OPEN else None,
        volumes=[
            Volume(ordinal=n, barcode=f"V{serial:05d}{n:02d}", sheets=40, home_place_id=home)
            for n, home in enumerate(homes, start=1)
        ],
    )
    session.add(dossier)
    session.flush()
    return dossier


def make_document(
    session: Session, by: Person, dossier: Dossier, *texts: str, subject: str = "A letter", **fields: Any
) -> Document:
    """A document that has been read: one page for each text. Its file is not in any store."""
    values: dict[str, Any] = {
        "kind": DocumentKind.LETTER,
        "direction": Direction.INCOMING,
        "dated": date(2026, 1, 20),
        **fields,
    }
    document = Document(dossier=dossier, subject=subject, filed_at=LONG_AGO, filed_by_id=by.id, **values)
    document.versions = [
        DocumentVersion(
            number=1,
            content_key=f"{next(_numbers):064x}",
            file_name="letter.pdf",
            file_kind="pdf",
            byte_size=1000,
            page_count=len(texts),
            state=ReadingState.READ,
            added_at=LONG_AGO,
            added_by_id=by.id,
            pages=[
                Page(
                    number=n,
                    state=ReadingState.READ,
                    source=TextSource.EMBEDDED,
                    text=text,
                    text_number=1,
                    read_at=LONG_AGO,
                )
                for n, text in enumerate(texts, 1)
            ],
        )
    ]
    session.add(document)
    session.flush()
    return document


def make_responsible(session: Session, person: Person, client: Client, rank: int = 1) -> Responsibility:
    """The person looks after the client since January."""
    row = Responsibility(client_id=client.id, person_id=person.id, rank=rank, from_date=date(2026, 1, 1))
    session.add(row)
    session.flush()
    return row


def make_grant(
    session: Session, person: Person, dossier: Dossier, by: Person, until: date, *, both_signed: bool = False
) -> ReadingGrant:
    """A reading grant."""
    row = ReadingGrant(
        person_id=person.id,
        dossier_id=dossier.id,
        both_signed=both_signed,
        granted_at=LONG_AGO,
        until_date=until,
        granted_by_id=by.id,
    )
    session.add(row)
    session.flush()
    return row
