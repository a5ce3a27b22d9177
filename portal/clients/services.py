"""Writing the register of clients: each change goes into the trail field by field."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm.attributes import flag_modified

from portal.access.queries import known_to
from portal.clients.errors import NeedsConfirmation, Warned
from portal.clients.models import Client, ContactPerson
from portal.clients.names import name_key
from portal.clients.queries import editable_client, similar_clients
from portal.clients.rules import CleanClient, ClientData, ContactData, clean_client
from portal.core.messages import N_, Message
from portal.core.permissions import Level, Permission
from portal.core.unit_of_work import UnitOfWork

_COMPANY_FIELDS = (
    "name",
    "kind",
    "rank",
    "country",
    "address",
    "postcode",
    "phone",
    "fax",
    "email",
    "business_scope",
    "registered_capital",
    "capital_currency",
    "registration_number",
    "industry",
    "size",
    "cooperation_began",
    "cooperation_progress",
)
_PERSONAL_FIELDS = ("legal_representative",)
_CONTACT_FIELDS = ("name", "position", "phone", "email")


def duplicate_warnings(
    work: UnitOfWork, name: str, registration_number: str, dossier: Any, *, but: int | None = None
) -> list[Warned]:
    """A warning for every client known to the acting person that may be the same one (A2)."""
    actor = work.person
    warnings = []
    for similar in similar_clients(work.session, actor, dossier, name, registration_number, but=but):
        sentence = (
            N_("%(name)s has the same registration number.")
            if similar.same_number
            else N_("%(name)s has nearly the same name.")
        )
        first = _first_known_dossier(work, dossier, similar.id)
        warnings.append(Warned(f"client:{similar.id}", Message(sentence, {"name": similar.name}), first))
    return warnings


def _first_known_dossier(work: UnitOfWork, dossier: Any, client_id: int) -> int | None:
    found: int | None = work.session.scalar(
        select(dossier.id)
        .where(dossier.client_id == client_id, known_to(work.person, dossier))
        .order_by(dossier.id)
        .limit(1)
    )
    return found


def confirm(warnings: Sequence[Warned], confirmed: Collection[str]) -> None:
    """Raise NeedsConfirmation unless every warning is among those the person was shown and accepted."""
    if any(warning.key not in confirmed for warning in warnings):
        raise NeedsConfirmation(warnings)


def add_client(work: UnitOfWork, clean: CleanClient) -> Client:
    """Add a client with its contact persons: part of opening its first dossier, which has checked who may,
    has warned, and calls `record_added` once the dossier has its id."""
    actor = work.require(Permission.CLIENT_EDIT)
    client = Client(created_at=work.now, created_by_id=actor.id)
    for name, value in _company_values(clean).items():
        setattr(client, name, value)
    client.name_key = name_key(client.name)
    client.contacts = [_new_contact(contact) for contact in clean.data.contacts]
    work.session.add(client)
    work.session.flush()
    return client


def record_added(work: UnitOfWork, client: Client, dossier_id: int) -> None:
    """The trail entry of a new client. It names the dossier, because the dossier's level decides who may see
    the entry."""
    details = {name: _plain(getattr(client, name)) for name in _COMPANY_FIELDS if getattr(client, name)}
    work.record(
        "client:add",
        f"clients:{client.id}",
        dossier_id=dossier_id,
        details=details,
        personal={
            **{name: getattr(client, name) for name in _PERSONAL_FIELDS if getattr(client, name)},
            "contacts": [_contact_values(contact) for contact in client.contacts],
        },
    )


def edit_client(
    work: UnitOfWork,
    client_id: int,
    version: int,
    data: ClientData,
    dossier: Any,
    *,
    confirmed: Collection[str] = (),
) -> Client:
    """Change a client's fields and contact persons; returns the client.

    Only for those who work on the client (`editable_client`; `dossier` is the mapped class). Raises NotFound,
    StaleVersion, Invalid, and NeedsConfirmation when the new name or number is like another client's.
    """
    actor = work.require(Permission.CLIENT_EDIT)
    client = editable_client(work.session, actor, client_id, work.today, dossier, lock=True)
    client.check_version(version)
    clean = clean_client(data, work.today)
    if (clean.data.name, clean.data.registration_number) != (client.name, client.registration_number):
        confirm(
            duplicate_warnings(work, clean.data.name, clean.data.registration_number, dossier, but=client.id),
            confirmed,
        )
    company, personal = _change_fields(client, clean)
    contacts = _change_contacts(client, clean.data.contacts)
    if not company and not personal and not contacts:
        return client
    if contacts:
        personal["contacts"] = contacts
        flag_modified(client, "name")  # Contact persons are part of the form: they count for its version.
    work.session.flush()
    # The entry goes with a dossier that is not core, if there is one: the client is then known without clearance.
    dossier_ids = work.session.scalars(
        select(dossier.id)
        .where(dossier.client_id == client.id)
        .order_by(case((dossier.level == Level.CORE, 1), else_=0), dossier.id)
    ).all()
    work.record(
        "client:edit",
        f"clients:{client.id}",
        dossier_id=dossier_ids[0],
        details={"changed": company, "contacts_changed": len(contacts)},
        personal=personal,
    )
    for dossier_id in dossier_ids:
        work.want("index", f"dossier:{dossier_id}")
    return client


def _company_values(clean: CleanClient) -> dict[str, Any]:
    values = {name: getattr(clean.data, name) for name in (*_COMPANY_FIELDS, *_PERSONAL_FIELDS)}
    values["registered_capital"] = clean.capital
    return values


def _change_fields(client: Client, clean: CleanClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set what differs; returns old and new values of company data and of personal data."""
    company: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for name, new in _company_values(clean).items():
        old = getattr(client, name)
        if old == new:
            continue
        target = personal if name in _PERSONAL_FIELDS else company
        target[name] = {"old": _plain(old), "new": _plain(new)}
        setattr(client, name, new)
    if "name" in company:
        client.name_key = name_key(client.name)
    return company, personal


def _change_contacts(client: Client, wanted: Sequence[ContactData]) -> list[dict[str, Any]]:
    """Make the contact persons those `wanted`; returns old and new values of each that changed."""
    changes: list[dict[str, Any]] = []
    present = {contact.id: contact for contact in client.contacts}
    kept: list[ContactPerson] = []
    for data in wanted:
        contact = present.pop(data.id, None) if data.id is not None else None
        new = _contact_values(data)
        if contact is None:
            contact = _new_contact(data)
            changes.append({"old": None, "new": new})
        elif (old := _contact_values(contact)) != new:
            for name, value in new.items():
                setattr(contact, name, value)
            changes.append({"old": old, "new": new})
        kept.append(contact)
    changes += [{"old": _contact_values(gone), "new": None} for gone in present.values()]
    client.contacts = kept
    return changes


def _new_contact(data: ContactData) -> ContactPerson:
    return ContactPerson(**_contact_values(data))


def _contact_values(contact: ContactPerson | ContactData) -> dict[str, str]:
    return {name: getattr(contact, name) for name in _CONTACT_FIELDS}


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    return str(value) if isinstance(value, (date, Decimal)) else value
