"""Completeness: what clients lack: standard fields, the yearly report, people who look after them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, String, case, exists, func, literal, or_, select, true, union_all

from portal.access.models import Responsibility
from portal.access.queries import looks_after
from portal.clients.models import Client, ClientRank, ContactPerson
from portal.clients.responsibility.rules import ENOUGH
from portal.core.messages import N_
from portal.documents.models import Document, DocumentKind
from portal.dossiers.models import Dossier
from portal.reports.queries.declaring import Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import CLIENT_KIND, CLIENT_RANK, FIELD, FIELDS

COMPLETENESS = Section("completeness", N_("Completeness"))
_MAY_BE_NULL = ("registered_capital", "cooperation_began")
_CONTACTS = "contacts"


@COMPLETENESS.figure(
    N_("Clients with missing fields"),
    N_(
        "Clients with an official dossier that on the day of counting lack one or more of these: legal representative, "
        "address, postcode, telephone, fax, e-mail, business scope, registered capital, registration or tax number, "
        "industry, size, the date co-operation began, how far it has come, a contact person."
    ),
    of=Thing.CLIENTS,
    by=(CLIENT_KIND, CLIENT_RANK),
    timing=Timing.NOW,
    is_key=True,
    less_is_better=True,
    beyond_register=True,
)
def clients_incomplete(scope: Scope) -> Rows:
    return _clients().where(or_(*(_lacks(field) for field in FIELDS)), scope.known_clients)


@COMPLETENESS.figure(
    N_("Missing fields"),
    N_(
        "Fields without an entry on the day of counting, of clients with an official dossier; contact persons are one "
        "field, which is missing where nobody is named."
    ),
    of=Thing.CLIENTS,
    by=(FIELD, CLIENT_KIND),
    timing=Timing.NOW,
    less_is_better=True,
    beyond_register=True,
)
def fields_missing(scope: Scope) -> Rows:
    fields = union_all(*(select(literal(field, String()).label("field")) for field in FIELDS)).subquery()
    lacks = case(*((fields.c.field == field, _lacks(field)) for field in FIELDS))
    return (
        select(Client.id.label("subject"), fields.c.field.label("field"), Client.kind.label("client_kind"))
        .join(fields, true())
        .where(lacks, scope.known_clients)
    )


@COMPLETENESS.figure(
    N_("Missing yearly reports"),
    N_(
        "Clients with an official dossier opened by the end of the year before the one in which the period ends, for "
        "which no yearly report dated in that year was filed by the end of the last day of the period."
    ),
    of=Thing.CLIENTS,
    by=(CLIENT_KIND, CLIENT_RANK),
    timing=Timing.AT_END,
    less_is_better=True,
    beyond_register=True,
)
def yearly_reports_missing(scope: Scope) -> Rows:
    year = scope.last.year - 1
    first, last = date(year, 1, 1), date(year, 12, 31)
    reported = (
        select(Dossier.client_id)
        .join(Document, Document.dossier_id == Dossier.id)
        .where(
            scope.known,
            Document.kind == DocumentKind.YEARLY_REPORT,
            Document.dated.between(first, last),
            Document.filed_at < scope.ends,
        )
    )
    return _clients().where(_held_on(scope, last), Client.id.not_in(reported))


@COMPLETENESS.figure(
    N_("Clients with too few responsible employees"),
    N_(
        "Clients with an official dossier opened on or before the last day of the period that on that day had fewer "
        "responsible employees than their present rank demands: two for key and potential clients, one for ordinary "
        "ones."
    ),
    of=Thing.CLIENTS,
    by=(CLIENT_KIND, CLIENT_RANK),
    timing=Timing.AT_END,
    less_is_better=True,
    beyond_register=True,
)
def clients_short_of_people(scope: Scope) -> Rows:
    people = (
        select(Responsibility.client_id, func.count(Responsibility.person_id.distinct()).label("number"))
        .where(looks_after(scope.last))
        .group_by(Responsibility.client_id)
        .subquery()
    )
    demanded = case((Client.rank == ClientRank.ORDINARY, 1), else_=ENOUGH)
    return (
        _clients()
        .outerjoin(people, people.c.client_id == Client.id)
        .where(_held_on(scope, scope.last), func.coalesce(people.c.number, 0) < demanded)
    )


@COMPLETENESS.figure(
    N_("Clients without a responsible employee"),
    N_(
        "Clients with an official dossier opened on or before the last day of the period that nobody looked after on "
        "that day."
    ),
    of=Thing.CLIENTS,
    by=(CLIENT_KIND, CLIENT_RANK),
    timing=Timing.AT_END,
    less_is_better=True,
)
def clients_without_anyone(scope: Scope) -> Rows:
    looked_after = select(Responsibility.client_id).where(looks_after(scope.last))
    return _clients().where(_held_on(scope, scope.last), Client.id.not_in(looked_after))


def _clients() -> Rows:
    return select(Client.id.label("subject"), Client.kind.label("client_kind"), Client.rank.label("client_rank"))


def _held_on(scope: Scope, day: date) -> ColumnElement[bool]:
    """Clients with a known dossier that was open on `day`."""
    return Client.id.in_(select(Dossier.client_id).where(scope.known, Dossier.opened_on <= day))


def _lacks(field: str) -> ColumnElement[bool]:
    if field == _CONTACTS:
        return ~exists().where(ContactPerson.client_id == Client.id)
    column = getattr(Client, field)
    missing: ColumnElement[bool] = column.is_(None) if field in _MAY_BE_NULL else func.trim(column) == ""
    return missing
