"""Clients: how many, of what kind, rank, industry, country, size and capital, and who is new."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.clients.models import Client
from portal.core.messages import N_
from portal.dossiers.models import Dossier
from portal.reports.queries.bands import capital_band
from portal.reports.queries.declaring import Cross, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import (
    CAPITAL,
    CLIENT_KIND,
    CLIENT_RANK,
    CLIENT_SIZE,
    COUNTRY,
    CURRENCY,
    INDUSTRY,
    TIME,
)

CLIENTS = Section("clients", N_("Clients"))


@CLIENTS.figure(
    N_("Clients"),
    N_(
        "Clients with an official dossier opened on or before the last day of the period; what they are is as the "
        "register has it on the day of counting."
    ),
    of=Thing.CLIENTS,
    by=(CLIENT_KIND, CLIENT_RANK, INDUSTRY, COUNTRY, CLIENT_SIZE),
    crossed=(
        Cross(CLIENT_KIND, CLIENT_RANK, N_("Clients by kind and rank")),
        Cross(CURRENCY, CAPITAL, N_("Clients by registered capital, in its currency")),
    ),
    timing=Timing.AT_END,
    is_key=True,
)
def clients_known(scope: Scope) -> Rows:
    held = select(Dossier.client_id).where(scope.known, Dossier.opened_on <= scope.last)
    return select(
        Client.id.label("subject"),
        Client.kind.label("client_kind"),
        Client.rank.label("client_rank"),
        Client.industry.label("industry"),
        Client.country.label("country"),
        Client.size.label("client_size"),
        Client.capital_currency.label("currency"),
        capital_band(Client.registered_capital).label("capital"),
    ).where(Client.id.in_(held))


@CLIENTS.figure(
    N_("New clients"),
    N_("Clients whose first official dossier was opened on a day of the period."),
    of=Thing.CLIENTS,
    by=(TIME, CLIENT_KIND, COUNTRY),
    is_key=True,
)
def new_clients(scope: Scope) -> Rows:
    first = (
        select(Dossier.client_id, func.min(Dossier.opened_on).label("day"))
        .where(scope.known)
        .group_by(Dossier.client_id)
        .subquery()
    )
    return (
        select(
            Client.id.label("subject"),
            first.c.day.label("day"),
            Client.kind.label("client_kind"),
            Client.country.label("country"),
        )
        .join(first, first.c.client_id == Client.id)
        .where(scope.on_days(first.c.day))
    )
