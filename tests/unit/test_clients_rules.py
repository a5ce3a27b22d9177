"""What a client's fields must look like, and which names are taken for the same company."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clients.countries import clean_registration_number, is_postcode
from portal.clients.models import ClientKind
from portal.clients.names import name_key, near
from portal.clients.rules import ClientData, ContactData, clean_client, parse_capital
from portal.core.errors import Invalid

TODAY = date(2026, 3, 2)
GOOD = ClientData(
    name="  Comercial   Alborán, S.L. ",
    kind=ClientKind.DISTRIBUTOR,
    country="es",
    address="Calle Mayor 1\n28013  Madrid",
    postcode="28013",
    phone="91 555 01 23",
    fax="+44 20 7946 0958",
    email="info@alboran.example",
    registered_capital="60.000,50",
    capital_currency="eur",
    registration_number="B-64717838",
    cooperation_began=date(2026, 3, 2),
    contacts=(
        ContactData("Ana Ruiz", "Compras", "91 555 01 24", "ana@alboran.example"),
        ContactData(""),
        ContactData("Luis"),
    ),
)


def faults(**changes: object) -> set[str]:
    """The names of the fields that are refused."""
    try:
        clean_client(replace(GOOD, **changes), TODAY)  # type: ignore[arg-type]
    except Invalid as error:
        return set(error.fields)
    return set()


def test_good_fields_are_stored_in_one_form() -> None:
    clean = clean_client(GOOD, TODAY)
    data = clean.data
    assert data.name == "Comercial Alborán, S.L."
    assert data.address == "Calle Mayor 1\n28013 Madrid"
    assert (data.phone, data.fax) == ("+34 915 55 01 23", "+44 20 7946 0958")
    assert (data.country, data.capital_currency, clean.capital) == ("ES", "EUR", Decimal("60000.50"))
    assert data.registration_number == "B64717838"
    assert [contact.name for contact in data.contacts] == ["Ana Ruiz", "Luis"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "a" * 201),
        ("country", "XX"),
        ("country", ""),
        ("phone", "12"),
        ("phone", "call me"),
        ("fax", "+34 1"),
        ("email", "nobody"),
        ("email", "a@b@c.example"),
        ("postcode", "2801"),
        ("postcode", "99999"),
        ("registration_number", "B64717839"),
        ("registered_capital", "much"),
        ("registered_capital", "1.000.50"),
        ("registered_capital", "-5"),
        ("registered_capital", "1" + "0" * 13),
        ("capital_currency", "XYZ"),
        ("capital_currency", ""),
        ("cooperation_began", date(2026, 3, 3)),
        ("business_scope", "x" * 4001),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    assert faults(**{field: value}) == {field}


def test_errors_of_contact_persons_name_their_row() -> None:
    contacts = (
        ContactData("", "Boss"),
        ContactData("Eva", phone="1", email="x"),
        ContactData("b" * 121),
    )
    assert faults(contacts=contacts) == {
        "contacts-0-name",
        "contacts-1-phone",
        "contacts-1-email",
        "contacts-2-name",
    }


def test_every_wrong_field_is_named_at_once() -> None:
    assert faults(name="", phone="1", email="x") == {"name", "phone", "email"}


def test_control_characters_do_not_reach_the_database() -> None:
    assert clean_client(replace(GOOD, name="Al\0bo\x07rán"), TODAY).data.name == "Alborán"


@pytest.mark.parametrize(
    ("country", "good", "bad"),
    [
        ("CN", "200120", "20012"),
        ("ES", "08001", "53001"),
        ("MX", "06600", "6600"),
        ("US", "94105-1234", "9410"),
        ("GB", "SW1A 1AA", "SW1A"),
        ("DE", "10115", "1011"),
        ("FR", "75001", "7500A"),
        ("KE", "00100", "!"),
    ],
)
def test_postcodes_by_country(country: str, good: str, bad: str) -> None:
    assert is_postcode(good, country)
    assert not is_postcode(bad, country)


@pytest.mark.parametrize(
    ("country", "entered", "stored"),
    [
        ("CN", "91330212ma2cx7q41u", "91330212MA2CX7Q41U"),
        ("CN", "91330212MA2CX7Q41V", None),
        ("ES", "B-64717838", "B64717838"),
        ("MX", "GODE 561231 GR8", "GODE561231GR8"),
        ("MX", "GODE569931GR8", None),
        ("US", "91-1144442", "911144442"),
        ("DE", "DE 136,695 976", "DE136695976"),
        ("DE", "DE136695977", None),
        ("DE", "HRB 12345 B", "HRB 12345 B"),
        ("GB", "GB 980 7806 84", "GB980780684"),
        ("GB", "08209948", "08209948"),
        ("KE", "C. 12/345", "C. 12/345"),
        ("KE", "<b>", None),
    ],
)
def test_registration_numbers_by_country(country: str, entered: str, stored: str | None) -> None:
    assert clean_registration_number(entered, country) == stored


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50000000", "50000000.00"),
        ("1,000,000", "1000000.00"),
        ("1.000.000,5", "1000000.50"),
        ("1 000 000.25", "1000000.25"),
        ("1.000", "1000.00"),
        ("0,99", "0.99"),
        ("12,34,567", None),
        ("1,000.000", None),
        ("", None),
        ("1e9", None),
    ],
)
def test_sums_as_people_write_them(text: str, value: str | None) -> None:
    assert parse_capital(text) == (Decimal(value) if value else None)


@given(st.integers(0, 10**13), st.integers(0, 99), st.sampled_from([",.", ".,", " ,", "'."]))
def test_any_grouped_sum_is_read_back(whole: int, cents: int, signs: str) -> None:
    text = f"{whole:,}".replace(",", signs[0]) + f"{signs[1]}{cents:02d}"
    assert parse_capital(text) == Decimal(f"{whole}.{cents:02d}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Ltd.", "ACME Limited"),
        ("Acme Trading Co., Ltd.", "Acme Trading"),
        ("Nopalera S.A. de C.V.", "NOPALERA, SA DE CV"),
        ("Comercial Perez S.L.", "Comercial Pérez, S. L."),
        ("宁波恒达机械制造有限公司", "寧波恆達機械製造股份有限公司"),
        ("Müller GmbH", "MULLER  Gmbh & Co. KG"),
        ("Harrowgate Fittings plc", "Harrogate Fittings PLC"),
    ],
)
def test_the_same_company_written_twice(one: str, other: str) -> None:
    assert near(name_key(one), name_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Ltd", "Apex Ltd"),
        ("上海大华贸易有限公司", "上海大众汽车有限公司"),
        ("Ltd", "S.A."),
        ("Industrias del Norte S.A.", "Industrias del Sur S.A."),
    ],
)
def test_different_companies(one: str, other: str) -> None:
    assert not near(name_key(one), name_key(other))


@given(st.text(max_size=300))
def test_a_key_is_short_and_stable(name: str) -> None:
    key = name_key(name)
    assert len(key) <= 200
    assert key == name_key(name.upper()) or name.upper().casefold() != name.casefold()
