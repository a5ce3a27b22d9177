"""A client of the demonstration archive as the register's form would send it."""

from __future__ import annotations

from portal.clients.models import ClientKind, ClientRank
from portal.clients.rules import ClientData, ContactData
from portal.demonstration.model import Client


def client_data(client: Client) -> ClientData:
    """What is typed into the form for `client`."""
    return ClientData(
        name=client.name,
        kind=ClientKind(client.kind),
        country=client.country,
        rank=ClientRank(client.rank),
        legal_representative=client.legal_representative,
        address=client.address,
        postcode=client.postcode,
        phone=client.phone,
        fax=client.fax,
        email=client.email,
        business_scope=client.business_scope,
        registered_capital=str(client.capital),
        capital_currency=client.currency,
        registration_number=client.registration_number,
        industry=client.industry,
        size=client.size,
        cooperation_began=client.since,
        cooperation_progress=client.progress,
        contacts=[ContactData(row.name, row.position, row.phone, row.email) for row in client.contacts],
    )
