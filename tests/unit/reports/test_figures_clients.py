"""The figures of completeness, clients and correspondence. Small examples, counted by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal.accounts.models import Person
from portal.clients.models import Client, ClientKind, ClientRank, ContactPerson
from portal.core.permissions import Level
from portal.documents.models import Direction, DocumentKind
from portal.dossiers.states import DossierState
from portal.reports.queries.bands import CAPITALS
from portal.reports.statistics.counted import Audience
from tests.factories import make_person, make_responsible
from tests.unit.reports.figures_archive import AFTER_MARCH, MARCH_ENDS, Archive, by, cells


@pytest.fixture
def archive(session: Any) -> Archive:
    return Archive(session)


# Completeness


def complete_client(archive: Archive, **fields: Any) -> Client:
    client = archive.client(
        **{
            "legal_representative": "L. Wang",
            "address": "1 Quay",
            "postcode": "200001",
            "phone": "1",
            "fax": "2",
            "email": "a@b.example",
            "business_scope": "Trade",
            "registered_capital": Decimal(0),
            "registration_number": "R1",
            "industry": "Steel",
            "size": "50",
            "cooperation_began": date(2020, 1, 1),
            "cooperation_progress": "Well",
            **fields,
        }
    )
    client.contacts.append(ContactPerson(name="M. Li"))
    archive.dossier(client=client)
    return client


def test_missing_fields(archive: Archive) -> None:
    complete_client(archive)
    complete_client(archive, fax="  ", registered_capital=None, kind=ClientKind.BANK)
    complete_client(archive, cooperation_began=None).contacts.clear()
    archive.client()  # Without a dossier: nobody knows it.
    counted = archive.count("clients-incomplete")
    assert (counted.total.this, counted.total.previous) == (2, None)
    assert by(counted, "client_kind") == {"supplier": 1, "bank": 1}
    fields = archive.count("fields-missing")
    assert fields.total.this == 4
    assert by(fields, "field") == {"fax": 1, "registered_capital": 1, "cooperation_began": 1, "contacts": 1}
    assert by(fields, "client_kind") == {"supplier": 2, "bank": 2}
    assert len(fields.breakdown("field").groups) == 14


def test_a_client_with_a_name_only_misses_every_field(archive: Archive) -> None:
    archive.dossier()
    assert archive.count("fields-missing").total.this == 14


@pytest.mark.parametrize(
    ("dated", "filed_at", "level", "kind", "missing"),
    [
        (date(2025, 12, 31), MARCH_ENDS, Level.GENERAL, DocumentKind.YEARLY_REPORT, 0),
        (date(2025, 1, 1), MARCH_ENDS, Level.GENERAL, DocumentKind.YEARLY_REPORT, 0),
        (date(2026, 1, 1), MARCH_ENDS, Level.GENERAL, DocumentKind.YEARLY_REPORT, 1),
        (date(2024, 12, 31), MARCH_ENDS, Level.GENERAL, DocumentKind.YEARLY_REPORT, 1),
        (date(2025, 12, 31), AFTER_MARCH, Level.GENERAL, DocumentKind.YEARLY_REPORT, 1),
        (date(2025, 12, 31), MARCH_ENDS, Level.CORE, DocumentKind.YEARLY_REPORT, 1),
        (date(2025, 12, 31), MARCH_ENDS, Level.GENERAL, DocumentKind.LETTER, 1),
    ],
)
def test_the_yearly_report_of_the_year_before(
    archive: Archive, dated: date, filed_at: datetime, level: Level, kind: DocumentKind, missing: int
) -> None:
    client = archive.client()
    archive.dossier(date(2025, 12, 31), client)
    archive.document(archive.dossier(date(2026, 3, 1), client, level=level), filed_at, dated=dated, kind=kind)
    archive.dossier(date(2026, 1, 1))  # A client since this year owes no report of the last.
    assert archive.count("yearly-reports-missing").total.this == missing


def test_clients_with_too_few_people_on_the_last_day(archive: Archive) -> None:
    amparo, bruno = (make_person(archive.session) for _ in range(2))

    def client(rank: ClientRank, *people: tuple[Person, date, date | None]) -> None:
        made = archive.client(rank=rank)
        archive.dossier(date(2026, 3, 31), made)
        for place, (person, from_date, until_date) in enumerate(people, start=1):
            row = make_responsible(archive.session, person, made, place)
            row.from_date, row.until_date = from_date, until_date

    begin, last = date(2026, 1, 1), date(2026, 3, 31)
    client(ClientRank.KEY, (amparo, begin, None), (bruno, last, None))
    client(ClientRank.KEY, (amparo, begin, None), (bruno, begin, last))  # The day of the end counts no more.
    client(ClientRank.POTENTIAL, (amparo, begin, None), (bruno, last + timedelta(days=1), None))
    client(ClientRank.ORDINARY, (amparo, begin, last + timedelta(days=1)))
    client(ClientRank.ORDINARY, (amparo, begin, last))
    client(ClientRank.POTENTIAL)
    archive.dossier(date(2026, 4, 1))  # Not yet a client on that day.
    short = archive.count("clients-short-of-people")
    assert (short.total.this, short.total.previous) == (4, 0)
    assert by(short, "client_rank") == {"key": 1, "potential": 2, "ordinary": 1}
    alone = archive.count("clients-without-anyone")
    assert (alone.total.this, alone.total.previous) == (2, 0)
    assert by(alone, "client_rank") == {"ordinary": 1, "potential": 1}


# Clients


def test_clients_by_what_they_are(archive: Archive) -> None:
    steel = archive.client(industry="Steel", size="50", rank=ClientRank.KEY, country="ES")
    for day in (date(2026, 3, 1), date(2026, 3, 31)):  # Two dossiers, one client.
        archive.dossier(day, steel)
    archive.dossier(date(2026, 3, 31), archive.client(kind=ClientKind.BANK))
    archive.dossier(date(2026, 4, 1))
    archive.dossier(state=DossierState.DRAFT)
    counted = archive.count("clients-known")
    assert (counted.total.this, counted.total.previous) == (2, 0)
    assert by(counted, "client_kind") == {"supplier": 1, "bank": 1}
    assert by(counted, "industry") == {"Steel": 1, "": 1}
    assert by(counted, "client_size") == {"50": 1, "": 1}
    assert by(counted, "country") == {"ES": 1, "CN": 1}
    assert cells(counted, "client_kind-client_rank") == {("supplier", "key"): 1, ("bank", "ordinary"): 1}


def test_clients_by_registered_capital_in_its_currency(archive: Archive) -> None:
    for amount in ("0", "999999.99", "1000000", "9999999.99", "10000000", "99999999.99", "100000000"):
        archive.dossier(client=archive.client(registered_capital=Decimal(amount), capital_currency="CNY"))
    archive.dossier(client=archive.client(capital_currency="EUR"))
    archive.dossier()
    counted = archive.count("clients-known")
    assert cells(counted, "currency-capital") == {
        ("CNY", "0"): 2,
        ("CNY", "1"): 2,
        ("CNY", "10"): 2,
        ("CNY", "100"): 1,
        ("EUR", ""): 1,
        ("", ""): 1,
    }
    columns = next(one for one in counted.crossings if one.name == "currency-capital").column_names
    assert [key for key, _ in columns] == list(CAPITALS)


def test_a_client_is_new_when_its_first_dossier_is_opened(archive: Archive) -> None:
    old, new, secret = archive.client(), archive.client(country="ES"), archive.client()
    archive.dossier(date(2026, 2, 28), old)
    archive.dossier(date(2026, 3, 5), old)
    archive.dossier(date(2026, 3, 31), new)
    archive.dossier(date(2026, 4, 1), new)
    archive.dossier(date(2026, 2, 1), secret, level=Level.CORE)
    archive.dossier(date(2026, 3, 1), secret)  # To everyone, it is new.
    counted = archive.count("new-clients")
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-31": 1}
    assert by(counted, "country") == {"CN": 1, "ES": 1}
    cleared = archive.count("new-clients", audience=Audience.CORE)
    assert (cleared.total.this, cleared.total.previous) == (1, 2)


# Correspondence


def test_correspondence_is_counted_by_the_date_it_bears(archive: Archive) -> None:
    dossier = archive.dossier(client=archive.client(rank=ClientRank.POTENTIAL))
    for day, kind, direction in (
        (date(2026, 2, 28), DocumentKind.LETTER, Direction.INCOMING),
        (date(2026, 3, 1), DocumentKind.LETTER, Direction.INCOMING),
        (date(2026, 3, 31), DocumentKind.FAX, Direction.OUTGOING),
        (date(2026, 3, 31), DocumentKind.CALL_NOTE, Direction.INTERNAL),
        (date(2026, 3, 15), DocumentKind.CONTRACT, Direction.INCOMING),
        (date(2026, 4, 1), DocumentKind.FAX, Direction.OUTGOING),
    ):
        archive.document(dossier, AFTER_MARCH, dated=day, kind=kind, direction=direction)
    archive.document(archive.dossier(level=Level.CORE), dated=date(2026, 3, 15))
    counted = archive.count("correspondence")
    assert (counted.total.this, counted.total.previous) == (3, 1)
    assert by(counted, "day") == {"2026-03-01": 1, "2026-03-31": 2}
    assert by(counted, "direction") == {"in": 1, "out": 1, "internal": 1}
    assert by(counted, "client_rank") == {"potential": 3}
    assert [group.key for group in counted.breakdown("correspondence_kind").groups] == ["letter", "fax", "call_note"]
    assert cells(counted, "correspondence_kind-direction") == {
        ("letter", "in"): 1,
        ("fax", "out"): 1,
        ("call_note", "internal"): 1,
    }
