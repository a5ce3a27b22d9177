"""The part of a random archive that is kept: clients, dossiers, volumes, documents with versions, pages and texts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portal.access.models import Responsibility
from portal.clients.models import Client, ClientKind, ClientRank, ContactPerson
from portal.core.permissions import Level
from portal.core.tables import Base
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
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Condition, Custody, DossierState

if TYPE_CHECKING:
    from tests.unit.reports.archives import Drawing

Add = Callable[[type[Base], list[dict[str, Any]]], None]
_CLIENTS = 45
_DOSSIERS = 90
_DOCUMENTS = 220
_LONG_AGO = datetime(2011, 1, 1, tzinfo=UTC)
_TEXTS = ("legal_representative", "address", "postcode", "phone", "fax", "email", "business_scope")
_MORE_TEXTS = ("registration_number", "cooperation_progress")
_CAPITALS = ("0", "999999.99", "1000000", "9999999.99", "10000000", "99999999.99", "100000000", "5000000000.01")


def fill(drawing: Drawing, add: Add) -> dict[int, int]:
    """Clients and what is kept about them; returns the dossier of each volume."""
    add(Client, [_client(drawing, number) for number in range(1, _CLIENTS + 1)])
    with_contact = [number for number in range(1, _CLIENTS + 1) if drawing.chance.random() < 0.7]
    add(ContactPerson, [{"client_id": each, "name": "Somebody"} for each in with_contact for _ in range(each % 3 or 1)])
    add(Responsibility, [row for number in range(1, _CLIENTS + 1) for row in _responsible(drawing, number)])
    dossiers = [_dossier(drawing, number) for number in range(1, _DOSSIERS + 1)]
    add(Dossier, dossiers)
    places = [(each["id"], n) for each in dossiers for n in range(1, drawing.one_of((0, 1, 1, 2, 3, 4, 11)) + 1)]
    volumes = [_volume(drawing, number, *each) for number, each in enumerate(places, 1)]
    add(Volume, volumes)
    documents = [_document(drawing, number) for number in range(1, _DOCUMENTS + 1)]
    add(Document, documents)
    versions = [each for document in documents for each in _versions(drawing, document)]
    for number, version in enumerate(versions, 1):
        version["id"] = number
    add(DocumentVersion, versions)
    pages = [each for version in versions for each in _pages(drawing, version)]
    for number, page in enumerate(pages, 1):
        page["id"] = number
    add(Page, pages)
    add(TextVersion, [each for page in pages for each in _texts(drawing, page)])
    return {volume["id"]: volume["dossier_id"] for volume in volumes}


def _client(drawing: Drawing, number: int) -> dict[str, Any]:
    chance, full = drawing.chance, number % 3 == 0
    texts = {name: "x" if full else drawing.one_of(("x", "x", "x", "", "   ")) for name in (*_TEXTS, *_MORE_TEXTS)}
    capital = Decimal(drawing.one_of(_CAPITALS))
    return {
        **texts,
        "id": number,
        "name": f"Client {number}",
        "name_key": f"client {number}",
        "kind": drawing.one_of(tuple(ClientKind)),
        "rank": drawing.one_of(tuple(ClientRank)),
        "country": drawing.one_of(("CN", "ES", "MX", "AR", "DE")),
        "registered_capital": capital if full or chance.random() < 0.7 else None,
        "capital_currency": drawing.one_of(("CNY", "EUR", "MXN", "")),
        "industry": f"Industry {chance.randrange(25)}" if full or chance.random() < 0.8 else "",
        "size": drawing.one_of(("1-10", "11-50", "500+")) if full or chance.random() < 0.7 else "",
        "cooperation_began": drawing.day() if full or chance.random() < 0.7 else None,
        "created_at": _LONG_AGO,
        "created_by_id": 1,
    }


def _responsible(drawing: Drawing, client: int) -> list[dict[str, Any]]:
    """Up to two at a time; where one goes, the next may come at once, or later, or on the very day of naming."""
    rows: list[dict[str, Any]] = []
    for rank in (1, 2):
        # Odd people first, even ones second: so that nobody is both.
        who = [each for each in drawing.people if each % 2 == rank % 2]
        begin: date | None = drawing.day() if drawing.chance.random() < 0.7 else None
        while begin is not None:
            end = drawing.day(begin) if drawing.chance.random() < 0.6 else None
            rows.append({
                "client_id": client,
                "person_id": drawing.one_of(who),
                "rank": rank,
                "from_date": begin,
                "until_date": end,
            })  # fmt: skip
            begin = None
            if end is not None and drawing.chance.random() < 0.5:
                begin = drawing.one_of((end, drawing.day(end)))
    return rows


def _dossier(drawing: Drawing, number: int) -> dict[str, Any]:
    state = drawing.one_of((DossierState.OPEN,) * 8 + (DossierState.DRAFT, DossierState.SUBMITTED))
    opened = drawing.day() if state is DossierState.OPEN else None
    submitted = None if state is DossierState.DRAFT else drawing.perhaps(likely=0.8)
    decided = drawing.perhaps(submitted, 0.8) if submitted and state is DossierState.OPEN else None
    return {
        "id": number,
        "client_id": 1 + drawing.chance.randrange(_CLIENTS - 3),
        "number": f"2020-{number:05d}" if state is DossierState.OPEN else None,
        "department_id": drawing.one_of(drawing.departments),
        "level": drawing.one_of((Level.GENERAL, Level.GENERAL, Level.IMPORTANT, Level.CORE)),
        "state": state,
        "opened_by_id": drawing.person(),
        "created_at": _LONG_AGO,
        "submitted_at": submitted,
        "decided_at": decided,
        "decided_by_id": 1 if decided else None,
        "opened_on": opened,
    }


def _volume(drawing: Drawing, number: int, dossier: int, ordinal: int) -> dict[str, Any]:
    return {
        "id": number,
        "dossier_id": dossier,
        "ordinal": ordinal,
        "barcode": f"V{number:06d}",
        "custody": drawing.one_of(tuple(Custody)),
        "condition": drawing.one_of(tuple(Condition)),
    }


def _document(drawing: Drawing, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "dossier_id": 1 + drawing.chance.randrange(_DOSSIERS),
        "kind": drawing.one_of((*DocumentKind, DocumentKind.YEARLY_REPORT)),
        "direction": drawing.one_of(tuple(Direction)),
        "dated": drawing.day(ahead=20),
        "subject": f"Document {number}",
        "filed_at": drawing.moment(),
        "filed_by_id": drawing.person(),
    }


def _versions(drawing: Drawing, document: dict[str, Any]) -> list[dict[str, Any]]:
    rows, added = [], document["filed_at"]
    for number in range(1, drawing.one_of((0, 1, 1, 1, 2, 3)) + 1):
        rows.append({
            "document_id": document["id"],
            "number": number,
            "content_key": f"{document['id']:060x}{number:04x}",
            "file_name": "scan.pdf",
            "file_kind": drawing.one_of(("pdf", "tiff", "jpeg")),
            "byte_size": drawing.one_of((0, 1, 20_000, 2_000_000_000)),
            "page_count": drawing.one_of((None, 0, 1, 2, 300)),
            "state": drawing.one_of(tuple(ReadingState)),
            "added_at": added,
            "added_by_id": drawing.person(),
        })  # fmt: skip
        added = drawing.moment(added + timedelta(microseconds=1)) if added < drawing.now else added
    return rows


def _pages(drawing: Drawing, version: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for number in range(1, drawing.one_of((0, 1, 1, 2)) + 1):
        state = drawing.one_of((ReadingState.READ, *ReadingState))
        read = state is ReadingState.READ
        rows.append({
            "version_id": version["id"],
            "number": number,
            "state": state,
            "source": drawing.one_of(tuple(TextSource)) if read else None,
            "text": "words" if read else "",
            "read_at": drawing.moment(version["added_at"]) if read else None,
        })  # fmt: skip
    return rows


def _texts(drawing: Drawing, page: dict[str, Any]) -> list[dict[str, Any]]:
    if page["state"] is not ReadingState.READ or drawing.chance.random() < 0.5:
        return []
    first = {"page_id": page["id"], "number": 1, "source": TextSource.RECOGNISED, "text": "words"}
    rows = [{**first, "made_at": page["read_at"], "made_by_id": None}]
    for number in range(2, drawing.one_of((2, 3, 4))):
        corrected = {**first, "number": number, "source": TextSource.CORRECTED}
        rows.append({**corrected, "made_at": drawing.moment(page["read_at"]), "made_by_id": drawing.person()})
    return rows
