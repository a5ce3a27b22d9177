"""Recounted: completeness, and clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.reports.recount.view import Counted, View

_WORDS = (
    "legal_representative",
    "address",
    "postcode",
    "phone",
    "fax",
    "email",
    "business_scope",
    "registration_number",
    "industry",
    "size",
    "cooperation_progress",
)
_VALUES = ("registered_capital", "cooperation_began")
_DEMANDED = {"key": 2, "potential": 2, "ordinary": 1}
_MILLION = Decimal(1_000_000)


def _keys(client: Any) -> dict[str, str | date]:
    return {
        "client_kind": client.kind.value,
        "client_rank": client.rank.value,
        "country": client.country,
        "industry": client.industry,
        "client_size": client.size,
        "currency": client.capital_currency,
        "capital": _capital(client.registered_capital),
    }


def _capital(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    if amount < _MILLION:
        return "0"
    if amount < 10 * _MILLION:
        return "1"
    return "10" if amount < 100 * _MILLION else "100"


def _missing(view: View, client: Any) -> list[str]:
    fields = [name for name in _WORDS if not getattr(client, name).strip(" ")]
    fields += [name for name in _VALUES if getattr(client, name) is None]
    return fields if view.raw.contacts.get(client.id) else [*fields, "contacts"]


def _known(view: View) -> Iterator[Any]:
    return (view.raw.one("clients", each) for each in view.clients)


def clients_incomplete(view: View) -> Iterator[Counted]:
    """Known clients with a gap."""
    return (Counted(each.id, _keys(each)) for each in _known(view) if _missing(view, each))


def fields_missing(view: View) -> Iterator[Counted]:
    """The gaps, one by one."""
    for client in _known(view):
        for name in _missing(view, client):
            yield Counted(client.id, _keys(client) | {"field": name})


def yearly_reports_missing(view: View) -> Iterator[Counted]:
    """Clients we had in the year before without its yearly report."""
    year = view.last.year - 1
    reported = {
        view.dossiers[document.dossier_id].client_id
        for document in view.documents.values()
        if document.kind.value == "yearly_report" and document.dated.year == year and view.by_the_end(document.filed_at)
    }
    for client_id, dossiers in view.clients.items():
        if client_id not in reported and any(each.opened_on <= date(year, 12, 31) for each in dossiers):
            yield Counted(client_id, _keys(view.raw.one("clients", client_id)))


def _at_the_end(view: View) -> Iterator[tuple[Any, set[int]]]:
    """Clients that were known by the end, and who looked after them on that day."""
    for client_id, dossiers in view.clients.items():
        if any(view.by_the_end(each.opened_on) for each in dossiers):
            people = {
                each.person_id
                for each in view.raw.responsibilities.get(client_id, ())
                if each.from_date <= view.last and not (each.until_date and each.until_date <= view.last)
            }
            yield view.raw.one("clients", client_id), people


def clients_short_of_people(view: View) -> Iterator[Counted]:
    """Those with fewer people than their rank demands."""
    for client, people in _at_the_end(view):
        if len(people) < _DEMANDED[client.rank.value]:
            yield Counted(client.id, _keys(client))


def clients_without_anyone(view: View) -> Iterator[Counted]:
    """Those nobody looked after."""
    return (Counted(client.id, _keys(client)) for client, people in _at_the_end(view) if not people)


def clients_known(view: View) -> Iterator[Counted]:
    """Those there were at the end."""
    return (Counted(client.id, _keys(client)) for client, _ in _at_the_end(view))


def new_clients(view: View) -> Iterator[Counted]:
    """Those whose first dossier was opened in the period."""
    for client_id, dossiers in view.clients.items():
        first = min(each.opened_on for each in dossiers)
        if view.during(first):
            yield Counted(client_id, _keys(view.raw.one("clients", client_id)) | {"day": first})
