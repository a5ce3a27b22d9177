"""Holdings: dossiers, volumes, documents and pages, by what they are and how old."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from portal.clients.models import Client
from portal.core.messages import N_
from portal.documents.models import Document, DocumentVersion
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import Custody
from portal.reports.queries.bands import age_band, size_band
from portal.reports.queries.declaring import Cross, Measure, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import (
    AGE,
    CLIENT_KIND,
    CLIENT_RANK,
    CONDITION,
    CUSTODY,
    DEPARTMENT,
    DOCUMENT_KIND,
    LEVEL,
    SIZE,
)

HOLDINGS = Section("holdings", N_("Holdings"))


@HOLDINGS.figure(
    N_("Dossiers held"),
    N_(
        "Official dossiers opened on or before the last day of the period; their age is the full years from the "
        "opening to that day, their size the volumes not disposed of on the day of counting."
    ),
    of=Thing.DOSSIERS,
    by=(CLIENT_KIND, CLIENT_RANK, LEVEL, DEPARTMENT, AGE, SIZE),
    crossed=(Cross(DEPARTMENT, LEVEL, N_("Dossiers by department and level")),),
    timing=Timing.AT_END,
    is_key=True,
)
def dossiers_held(scope: Scope) -> Rows:
    volumes = (
        select(Volume.dossier_id, func.count(Volume.id).label("number"))
        .where(Volume.custody != Custody.DISPOSED)
        .group_by(Volume.dossier_id)
        .subquery()
    )
    return (
        select(
            Dossier.id.label("subject"),
            *_of_client(),
            *_of_dossier(),
            age_band(Dossier.opened_on, scope.last).label("age"),
            size_band(func.coalesce(volumes.c.number, 0)).label("size"),
        )
        .join(Client, Client.id == Dossier.client_id)
        .outerjoin(volumes, volumes.c.dossier_id == Dossier.id)
        .where(scope.known, Dossier.opened_on <= scope.last)
    )


@HOLDINGS.figure(
    N_("Volumes held"),
    N_("Paper volumes of official dossiers, as they stand on the day of counting; those disposed of are left out."),
    of=Thing.VOLUMES,
    by=(CLIENT_KIND, CLIENT_RANK, LEVEL, DEPARTMENT, CUSTODY, CONDITION),
    timing=Timing.NOW,
    is_key=True,
)
def volumes_held(scope: Scope) -> Rows:
    return (
        select(
            Volume.id.label("subject"),
            *_of_client(),
            *_of_dossier(),
            Volume.custody.label("custody"),
            Volume.condition.label("condition"),
        )
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .where(scope.known, Volume.custody != Custody.DISPOSED)
    )


@HOLDINGS.figure(
    N_("Pages held"),
    N_(
        "Pages of the documents held at the end of the last day of the period: of each, those of the newest file it "
        "had then; a file whose pages could not be counted has none."
    ),
    of=Thing.DOCUMENTS,
    name="pages-held",
    by=(CLIENT_KIND, LEVEL, DEPARTMENT, DOCUMENT_KIND),
    measure=Measure.SUM,
    amount="pages",
    timing=Timing.AT_END,
    is_key=True,
)
@HOLDINGS.figure(
    N_("Documents held"),
    N_(
        "Documents of official dossiers that were filed by the end of the last day of the period; their age is the "
        "full years from the date they bear to that day."
    ),
    of=Thing.DOCUMENTS,
    by=(CLIENT_KIND, CLIENT_RANK, LEVEL, DEPARTMENT, DOCUMENT_KIND, AGE),
    timing=Timing.AT_END,
    is_key=True,
)
def documents_held(scope: Scope) -> Rows:
    later = aliased(DocumentVersion)
    superseded = exists().where(
        later.document_id == DocumentVersion.document_id,
        later.number > DocumentVersion.number,
        later.number > 1,  # Says nothing new, but leaves few rows to look through.
        later.added_at < scope.ends,
    )
    newest = and_(DocumentVersion.document_id == Document.id, DocumentVersion.added_at < scope.ends, ~superseded)
    return (
        select(
            Document.id.label("subject"),
            *_of_client(),
            *_of_dossier(),
            Document.kind.label("document_kind"),
            age_band(Document.dated, scope.last).label("age"),
            func.coalesce(DocumentVersion.page_count, 0).label("pages"),
        )
        .join(Dossier, Dossier.id == Document.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .outerjoin(DocumentVersion, newest)
        .where(scope.known, Document.filed_at < scope.ends)
    )


def _of_client() -> tuple[ColumnElement[Any], ...]:
    return Client.kind.label("client_kind"), Client.rank.label("client_rank")


def _of_dossier() -> tuple[ColumnElement[Any], ...]:
    return Dossier.level.label("level"), Dossier.department_id.label("department")
