"""The rows of dossiers, volumes, clients, documents and pages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from portal.access.queries import client_readable_by, known_to, readable_by
from portal.accounts.models import Department
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES, Client
from portal.core.clock import office_date
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES
from portal.documents.models import (
    DIRECTION_NAMES,
    DOCUMENT_KIND_NAMES,
    READING_STATE_NAMES,
    Document,
    DocumentVersion,
    Page,
)
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import CONDITION_NAMES, CUSTODY_NAMES, DossierState
from portal.reports.queries.declaring import Scope
from portal.reports.queries.listings.shape import Link, ListedRow, Listing, withheld_but
from portal.reports.statistics.counted import Column, Name

DOSSIER = Column(N_("Dossier"))
CLIENT = Column(N_("Client"))
DEPARTMENT = Column(N_("Department"))


def of_readable_client(scope: Scope) -> ColumnElement[bool]:
    """Whether the person may see the client's fields beyond the name. For selects that have `Client`."""
    return client_readable_by(scope.actor, Client, aliased(Dossier), scope.today)


def dossiers(scope: Scope, ids: Sequence[int]) -> Listing:
    """Number, client, department, level, opened on."""
    found = scope.session.execute(
        select(
            Dossier.id,
            Dossier.number,
            Client.name,
            Department.name,
            Dossier.level,
            Dossier.opened_on,
            of_readable_client(scope).label("readable"),
        )
        .join(Client, Client.id == Dossier.client_id)
        .join(Department, Department.id == Dossier.department_id)
        .where(scope.known, Dossier.id.in_(ids))
    )
    columns = (DOSSIER, CLIENT, DEPARTMENT, Column(N_("Level"), "message"), Column(N_("Opened on"), "date"))
    rows = {
        row.id: ListedRow(
            (row.number or "", row[2], row[3], LEVEL_NAMES[row.level], row.opened_on),
            {0: Link("dossier", row.id)},
            is_open=row.readable,
        )
        for row in found
    }
    return Listing(columns, rows)


def volumes(scope: Scope, ids: Sequence[int]) -> Listing:
    """Dossier, client, barcode, number within the dossier, custody, condition, sheets."""
    found = scope.session.execute(
        select(
            Volume.id,
            Volume.dossier_id,
            Dossier.number,
            Client.name,
            Volume.barcode,
            Volume.ordinal,
            Volume.custody,
            Volume.condition,
            Volume.sheets,
            of_readable_client(scope).label("readable"),
        )
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .where(scope.known, Volume.id.in_(ids))
    )
    columns = (
        DOSSIER,
        CLIENT,
        Column(N_("Volume")),
        Column(N_("Volume number"), "count"),
        Column(N_("Custody"), "message"),
        Column(N_("Condition"), "message"),
        Column(N_("Sheets"), "count"),
    )
    rows = {
        row.id: ListedRow(
            (
                row.number or "",
                row.name,
                row.barcode,
                row.ordinal,
                CUSTODY_NAMES[row.custody],
                CONDITION_NAMES[row.condition],
                row.sheets,
            ),
            {0: Link("dossier", row.dossier_id), 2: Link("volume", row.id)},
            is_open=row.readable,
        )
        for row in found
    }
    return Listing(columns, rows)


def clients(scope: Scope, ids: Sequence[int]) -> Listing:
    """Name and, for those who may read a dossier of theirs, kind, rank, country. A client without a known dossier is
    not there."""
    dossier = aliased(Dossier)
    one_dossier = (
        select(func.min(dossier.id))
        .where(dossier.client_id == Client.id, known_to(scope.actor, dossier), dossier.state == DossierState.OPEN)
        .correlate(Client)
        .scalar_subquery()
    )
    found = scope.session.execute(
        select(
            Client.id,
            Client.name,
            Client.kind,
            Client.rank,
            Client.country,
            one_dossier.label("dossier_id"),
            of_readable_client(scope).label("readable"),
        ).where(scope.known_clients, Client.id.in_(ids))
    )
    columns = (CLIENT, Column(N_("Kind"), "message"), Column(N_("Rank"), "message"), Column(N_("Country")))
    rows = {
        row.id: ListedRow(
            (row.name, CLIENT_KIND_NAMES[row.kind], CLIENT_RANK_NAMES[row.rank], Name(row.country, "country")),
            {0: Link("client", row.dossier_id)},
            is_open=True,
        )
        if row.readable
        else withheld_but(row.name, columns, {0: Link("dossier", row.dossier_id)})
        for row in found
    }
    return Listing(columns, rows)


def documents(scope: Scope, ids: Sequence[int]) -> Listing:
    """Dossier, kind, direction, date, filed on, subject: of documents in dossiers the person may read.

    Others are not there at all: the period alone would tell when something came into which dossier.
    """
    found = scope.session.execute(
        select(
            Document.id,
            Document.dossier_id,
            Dossier.number,
            Document.kind,
            Document.direction,
            Document.dated,
            Document.filed_at,
            Document.subject,
        )
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, readable_by(scope.actor, Dossier, scope.today), Document.id.in_(ids))
    )
    columns = (
        DOSSIER,
        Column(N_("Kind"), "message"),
        Column(N_("Direction"), "message"),
        Column(N_("Dated"), "date"),
        Column(N_("Filed on"), "date"),
        Column(N_("Subject")),
    )
    rows = {}
    for row in found:
        cells = (
            row.number or "",
            DOCUMENT_KIND_NAMES[row.kind],
            DIRECTION_NAMES[row.direction],
            row.dated,
            office_date(row.filed_at, scope.zone),
            row.subject,
        )
        rows[row.id] = ListedRow(cells, {0: Link("dossier", row.dossier_id), 5: Link("document", row.id)}, is_open=True)
    return Listing(columns, rows)


def pages(scope: Scope, ids: Sequence[int]) -> Listing:
    """Dossier, kind of the document, page number, how far it was read, subject: of dossiers the person may read."""
    found = scope.session.execute(
        select(
            Page.id,
            Page.number.label("page_number"),
            Page.state,
            Document.id.label("document_id"),
            Document.kind,
            Document.subject,
            Dossier.id.label("dossier_id"),
            Dossier.number,
        )
        .join(DocumentVersion, DocumentVersion.id == Page.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, readable_by(scope.actor, Dossier, scope.today), Page.id.in_(ids))
    )
    columns = (
        DOSSIER,
        Column(N_("Kind"), "message"),
        Column(N_("Page"), "count"),
        Column(N_("State"), "message"),
        Column(N_("Subject")),
    )
    rows = {}
    for row in found:
        links = {
            0: Link("dossier", row.dossier_id),
            2: Link("page", row.document_id, row.page_number),
            4: Link("document", row.document_id),
        }
        cells = (
            row.number or "",
            DOCUMENT_KIND_NAMES[row.kind],
            row.page_number,
            READING_STATE_NAMES[row.state],
            row.subject,
        )
        rows[row.id] = ListedRow(cells, links, is_open=True)
    return Listing(columns, rows)
