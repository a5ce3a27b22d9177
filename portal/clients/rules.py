"""What a client's fields must look like, country by country (A1). Pure: no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from portal.clients.countries import clean_registration_number, country_codes, is_currency, is_postcode
from portal.clients.models import ClientKind, ClientRank
from portal.core.errors import Invalid
from portal.core.messages import N_, Message

LENGTHS: dict[str, int] = {
    "name": 200,
    "legal_representative": 120,
    "address": 300,
    "postcode": 20,
    "phone": 40,
    "fax": 40,
    "email": 254,
    "business_scope": 4000,
    "registration_number": 40,
    "industry": 120,
    "size": 60,
    "cooperation_progress": 4000,
}
"""Most characters of each text field."""
CONTACT_LENGTHS: dict[str, int] = {"name": 120, "position": 120, "phone": 40, "email": 254}
MOST_CONTACTS = 50
_SUM = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d+(?:[.,]\d{1,2})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LARGEST_CAPITAL = Decimal("9999999999999.99")
"""SQLite keeps numbers with decimals as floating point, exact to fifteen digits."""


@dataclass(frozen=True)
class ContactData:
    """Somebody at the client. `id` is None for a new one."""

    name: str
    position: str = ""
    phone: str = ""
    email: str = ""
    id: int | None = None


@dataclass(frozen=True)
class ClientData:
    """The standard fields of rule R2, as entered. `registered_capital` as text, in units of the currency."""

    name: str
    kind: ClientKind
    country: str
    rank: ClientRank = ClientRank.ORDINARY
    legal_representative: str = ""
    address: str = ""
    postcode: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    business_scope: str = ""
    registered_capital: str = ""
    capital_currency: str = ""
    registration_number: str = ""
    industry: str = ""
    size: str = ""
    cooperation_began: date | None = None
    cooperation_progress: str = ""
    contacts: Sequence[ContactData] = field(default_factory=tuple)


@dataclass(frozen=True)
class CleanClient:
    """Fields that passed, in the form in which they are stored."""

    data: ClientData
    capital: Decimal | None


def clean_client(data: ClientData, today: date) -> CleanClient:
    """`data` in the form in which it is stored; Invalid with a message for every field that breaks a rule.

    Fields of contact persons are named `contacts-<position>-<field>`, positions counted from 0.
    """
    wrong: dict[str, Message] = {}
    data = _trimmed(data, wrong)
    if not data.name:
        wrong.setdefault("name", Message(N_("Please enter the name of the client.")))
    if data.country not in country_codes():
        wrong["country"] = Message(N_("Please choose a country."))
        raise Invalid(fields=wrong)
    phone = _phone(data.phone, data.country, "phone", wrong)
    fax = _phone(data.fax, data.country, "fax", wrong)
    email = _email(data.email, "email", wrong)
    if data.postcode and not is_postcode(data.postcode, data.country):
        wrong.setdefault("postcode", Message(N_("This is not a postcode of the country chosen.")))
    number = _registration_number(data, wrong)
    capital = _capital(data, wrong)
    if data.cooperation_began and data.cooperation_began > today:
        wrong["cooperation_began"] = Message(N_("Co-operation cannot have begun in the future."))
    contacts = _contacts(data, wrong)
    if wrong:
        raise Invalid(fields=wrong)
    clean = replace(data, phone=phone, fax=fax, email=email, registration_number=number, contacts=contacts)
    return CleanClient(clean, capital)


def tidy(text: str, *, keep_lines: bool = False) -> str:
    """Entered text without outer, double and unprintable characters; on one line unless `keep_lines`."""
    text = _CONTROL.sub("", text)  # PostgreSQL refuses NUL, and no reader sees the others.
    if keep_lines:
        return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    return " ".join(text.split())


def parse_capital(text: str) -> Decimal | None:
    """A sum as people write it: 1000000, 1,000,000.50, 1.000.000,50; None when it is not one.

    A sum has two decimals at most, so a sign followed by three digits parts thousands.
    """
    compact = re.sub(r"[\s'’\u00a0\u202f]", "", text)
    if not _SUM.fullmatch(compact):
        return None
    match = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}))?", compact)
    assert match is not None
    whole = re.sub(r"[.,]", "", match[1])
    return Decimal(f"{whole}.{match[2] or '0'}").quantize(Decimal("0.01"))


def _trimmed(data: ClientData, wrong: dict[str, Message]) -> ClientData:
    """Text without outer blanks; one-line fields without line ends. Too long a text is named."""
    texts: dict[str, str] = {}
    for name, most in LENGTHS.items():
        value: str = getattr(data, name)
        lines = name in ("business_scope", "cooperation_progress", "address")
        texts[name] = tidy(value, keep_lines=lines)
        _check_length(texts[name], most, name, wrong)
    for name in ("postcode", "registration_number"):
        texts[name] = unicodedata.normalize("NFKC", texts[name]).upper()
    return replace(
        data,
        **texts,  # type: ignore[arg-type]
        country=data.country.strip().upper(),
        registered_capital=unicodedata.normalize("NFKC", tidy(data.registered_capital)),
        capital_currency=data.capital_currency.strip().upper(),
    )


def _check_length(text: str, most: int, name: str, wrong: dict[str, Message]) -> None:
    if len(text) > most:
        wrong[name] = Message(N_("At most %(most)s characters, please."), {"most": most})


def _phone(text: str, country: str, name: str, wrong: dict[str, Message]) -> str:
    """The number in international form; a number without country code is one of `country`."""
    if not text or name in wrong:
        return text
    try:
        number = phonenumbers.parse(text, country)
        valid = phonenumbers.is_valid_number(number)
    except phonenumbers.NumberParseException:
        valid = False
    if not valid:
        wrong[name] = Message(
            N_("This is not a telephone number of the country chosen. Write foreign numbers with + and country code.")
        )
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _email(text: str, name: str, wrong: dict[str, Message]) -> str:
    if not text or name in wrong:
        return text
    try:
        # Names reserved for examples and tests pass: the demonstration archive lives there.
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        wrong[name] = Message(N_("This is not an e-mail address."))
        return text


def _registration_number(data: ClientData, wrong: dict[str, Message]) -> str:
    if not data.registration_number or "registration_number" in wrong:
        return data.registration_number
    clean = clean_registration_number(data.registration_number, data.country)
    if clean is None:
        wrong["registration_number"] = Message(
            N_("This is not a registration or tax number of the country chosen: a digit may be wrong.")
        )
    return clean or data.registration_number


def _capital(data: ClientData, wrong: dict[str, Message]) -> Decimal | None:
    if data.capital_currency and not is_currency(data.capital_currency):
        wrong["capital_currency"] = Message(N_("This is not a currency code. Examples: CNY, EUR, MXN, USD."))
    if not data.registered_capital:
        return None
    capital = parse_capital(data.registered_capital)
    if capital is None:
        wrong["registered_capital"] = Message(N_("Please enter a sum in digits, with two decimals at most."))
    elif capital > _LARGEST_CAPITAL:
        wrong["registered_capital"] = Message(N_("This sum is larger than the register can hold."))
    elif not data.capital_currency:
        wrong.setdefault("capital_currency", Message(N_("Please say in which currency.")))
    return capital


def _contacts(data: ClientData, wrong: dict[str, Message]) -> tuple[ContactData, ...]:
    """Contact persons in stored form; rows without any entry are dropped."""
    clean: list[ContactData] = []
    for position, contact in enumerate(data.contacts):
        values = {name: tidy(getattr(contact, name)) for name in CONTACT_LENGTHS}
        if not any(values.values()):
            continue
        prefix = f"contacts-{position}-"
        for name, most in CONTACT_LENGTHS.items():
            _check_length(values[name], most, prefix + name, wrong)
        if not values["name"]:
            wrong[prefix + "name"] = Message(N_("Please enter the name of the contact person."))
        values["phone"] = _phone(values["phone"], data.country, prefix + "phone", wrong)
        values["email"] = _email(values["email"], prefix + "email", wrong)
        clean.append(ContactData(**values, id=contact.id))
    if len(clean) > MOST_CONTACTS:
        wrong["contacts"] = Message(N_("At most %(most)s contact persons, please."), {"most": MOST_CONTACTS})
    return tuple(clean)
