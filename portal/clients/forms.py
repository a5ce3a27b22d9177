"""The client's part of forms. What the fields must look like is checked by `portal.clients.rules`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import DateField, FieldList, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from portal.clients.countries import country_codes
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES, Client, ClientKind, ClientRank
from portal.clients.rules import ClientData, ContactData
from portal.core.errors import Invalid
from portal.http.edge import translate
from portal.http.forms import REQUIRED, EditForm, PortalForm

_OFTEN = ("CN", "ES", "MX", "US", "GB", "DE", "FR")
EMPTY_ROWS = 2
"""Rows for further contact persons that a form offers."""
_FEWEST_ROWS = 3


class ContactFields(Form):
    """One contact person; a row left empty is ignored, a row emptied removes the person."""

    id = HiddenField()
    name = StringField(_l("Name of the contact person"))
    position = StringField(_l("Position"))
    phone = StringField(_l("Telephone of the contact person"))
    email = StringField(_l("E-mail of the contact person"))

    def contact(self) -> ContactData:
        """The row as the services take it."""
        number = self.id.data or ""
        return ContactData(
            name=self.name.data or "",
            position=self.position.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
            id=int(number) if number.isdecimal() else None,
        )


class ClientFields(PortalForm):
    """The standard fields of rule R2."""

    name = StringField(_l("Name of the client"), [InputRequired(REQUIRED)])
    kind = SelectField(_l("Kind"), [InputRequired(REQUIRED)])
    rank = SelectField(_l("Rank"), [InputRequired(REQUIRED)])
    country = SelectField(
        _l("Country"),
        [InputRequired(REQUIRED)],
        description=_l("Telephone, postcode and registration number are checked by its rules."),
    )
    legal_representative = StringField(_l("Legal representative"))
    address = TextAreaField(_l("Address"), render_kw={"rows": 2})
    postcode = StringField(_l("Postcode"))
    phone = StringField(_l("Telephone"))
    fax = StringField(_l("Fax"))
    email = StringField(_l("E-mail"))
    business_scope = TextAreaField(_l("Business scope"), render_kw={"rows": 3})
    registered_capital = StringField(_l("Registered capital"), render_kw={"inputmode": "decimal"})
    capital_currency = StringField(_l("Currency of the capital"), description=_l("Three letters: CNY, EUR, MXN, USD."))
    registration_number = StringField(_l("Registration or tax number"))
    industry = StringField(_l("Industry"))
    size = StringField(_l("Size"), description=_l("Employees or turnover, as known."))
    cooperation_began = DateField(_l("Co-operation began on"), [Optional()])
    cooperation_progress = TextAreaField(_l("How far co-operation has come"), render_kw={"rows": 3})
    contacts = FieldList(FormField(ContactFields), label=_l("Contact persons"), min_entries=_FEWEST_ROWS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, _l(name)) for kind, name in CLIENT_KIND_NAMES.items()]
        self.rank.choices = [(rank.value, _l(name)) for rank, name in reversed(CLIENT_RANK_NAMES.items())]
        self.country.choices = country_choices()

    def client_data(self) -> ClientData:
        """The fields as the services take them."""
        texts = {
            name: getattr(self, name).data or ""
            for name in ClientData.__dataclass_fields__
            if name not in ("kind", "rank", "cooperation_began", "contacts")
        }
        return ClientData(
            **texts,
            kind=ClientKind(self.kind.data),
            rank=ClientRank(self.rank.data),
            cooperation_began=self.cooperation_began.data,
            contacts=[row.form.contact() for row in self.contacts],
        )

    def show_errors(self, error: Invalid) -> None:
        """Put errors of contact persons into their rows too (`contacts-0-phone`)."""
        super().show_errors(error)
        for name, message in error.fields.items():
            first, *rest = name.split("-")
            if first != "contacts" or len(rest) != 2:
                continue
            position, field_name = rest
            text = translate(message)
            field = self.contacts[int(position)].form[field_name]
            field.errors = [*field.errors, text]
            self.contacts.errors = [*self.contacts.errors, text]


class ClientEditForm(EditForm, ClientFields):
    """The fields of a stored client."""


def stored_values(client: Client) -> dict[str, Any]:
    """What a `ClientEditForm` over `client` shows, with empty rows for further contact persons."""
    values: dict[str, Any] = {
        name: getattr(client, name) for name in ClientData.__dataclass_fields__ if name != "contacts"
    }
    values |= {"kind": client.kind.value, "rank": client.rank.value, "row_version": client.row_version}
    values["registered_capital"] = (
        format_decimal(client.registered_capital, "#,##0.00", locale=get_locale())
        if client.registered_capital is not None
        else ""
    )
    rows: list[dict[str, Any]] = [
        {"id": row.id, "name": row.name, "position": row.position, "phone": row.phone, "email": row.email}
        for row in client.contacts
    ]
    empty = max(EMPTY_ROWS, _FEWEST_ROWS - len(rows))
    values["contacts"] = rows + [{} for _ in range(empty)]
    return values


def entered_but_lost(form: ClientFields, client: Client) -> Iterable[tuple[str, str]]:
    """Label and text of what was entered over a newer version and differs from what is stored now."""
    stored = stored_values(client)
    for name, field in form._fields.items():
        if name in ("csrf_token", "row_version", "contacts") or name not in stored:
            continue
        shown = "" if stored[name] is None else str(stored[name])
        entered = "" if field.data is None else str(field.data)
        if entered.strip() != shown.strip():
            yield str(field.label.text), entered
    known = {(row["name"], row["position"], row["phone"], row["email"]) for row in stored["contacts"] if row}
    for row in form.contacts:
        contact = row.form.contact()
        values = (contact.name, contact.position, contact.phone, contact.email)
        if any(values) and values not in known:
            yield str(form.contacts.label.text), " · ".join(value for value in values if value)


def country_choices() -> list[tuple[str, str]]:
    """Countries by name in the reader's language, those of most clients first."""
    names = get_locale().territories
    rest = sorted(country_codes() - set(_OFTEN), key=lambda code: names.get(code, code))
    return [("", "")] + [(code, names.get(code, code)) for code in (*_OFTEN, *rest)]


def country_name(code: str) -> str:
    """The country in the reader's language."""
    return str(get_locale().territories.get(code, code))
