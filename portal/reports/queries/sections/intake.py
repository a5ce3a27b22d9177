"""Intake: dossiers opened and how long that took, documents and pages filed, better scans."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.clients.models import Client
from portal.core.messages import N_
from portal.documents.models import Document, DocumentVersion
from portal.dossiers.models import Dossier
from portal.reports.queries.declaring import Measure, Rows, Scope, Section, Thing
from portal.reports.queries.dimensions import CLIENT_KIND, DEPARTMENT, DOCUMENT_KIND, LEVEL, TIME
from portal.reports.queries.moments import seconds_between
from portal.reports.statistics.counted import Unit

INTAKE = Section("intake", N_("Intake"))


@INTAKE.figure(
    N_("Dossiers opened"),
    N_("Dossiers whose opening was approved on a day of the period."),
    of=Thing.DOSSIERS,
    by=(TIME, CLIENT_KIND, LEVEL, DEPARTMENT),
    is_key=True,
)
def dossiers_opened(scope: Scope) -> Rows:
    return (
        select(
            Dossier.id.label("subject"),
            Dossier.opened_on.label("day"),
            Client.kind.label("client_kind"),
            Dossier.level.label("level"),
            Dossier.department_id.label("department"),
        )
        .join(Client, Client.id == Dossier.client_id)
        .where(scope.known, scope.on_days(Dossier.opened_on))
    )


@INTAKE.figure(
    N_("Time to open a dossier"),
    N_(
        "The mean time from handing in the draft, the last time if there were several, to its approval, of the "
        "dossiers opened in the period; dossiers that nobody handed in are left out."
    ),
    of=Thing.DOSSIERS,
    by=(DEPARTMENT,),
    measure=Measure.MEAN,
    unit=Unit.HOURS,
    less_is_better=True,
)
def hours_to_open(scope: Scope) -> Rows:
    return select(
        Dossier.id.label("subject"),
        Dossier.department_id.label("department"),
        seconds_between(Dossier.submitted_at, Dossier.decided_at).label("amount"),
    ).where(
        scope.known,
        scope.on_days(Dossier.opened_on),
        Dossier.submitted_at.is_not(None),
        Dossier.decided_at.is_not(None),
    )


@INTAKE.figure(
    N_("Documents filed"),
    N_("Documents filed into official dossiers on a day of the period."),
    of=Thing.DOCUMENTS,
    by=(TIME, DOCUMENT_KIND, DEPARTMENT),
    is_key=True,
)
def documents_filed(scope: Scope) -> Rows:
    return (
        select(
            Document.id.label("subject"),
            scope.day_of(Document.filed_at).label("day"),
            Document.kind.label("document_kind"),
            Dossier.department_id.label("department"),
        )
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, scope.happened(Document.filed_at))
    )


@INTAKE.figure(
    N_("Pages filed"),
    N_("Pages of the files added to official dossiers on a day of the period, first files and better scans alike."),
    of=Thing.DOCUMENTS,
    name="pages-filed",
    by=(TIME, DOCUMENT_KIND, DEPARTMENT),
    measure=Measure.SUM,
    amount="pages",
)
def files_added(scope: Scope) -> Rows:
    return (
        select(
            DocumentVersion.document_id.label("subject"),
            scope.day_of(DocumentVersion.added_at).label("day"),
            Document.kind.label("document_kind"),
            Dossier.department_id.label("department"),
            func.coalesce(DocumentVersion.page_count, 0).label("pages"),
            DocumentVersion.byte_size.label("bytes"),
        )
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, scope.happened(DocumentVersion.added_at))
    )


@INTAKE.figure(
    N_("Better scans"),
    N_("New files added on a day of the period to documents of official dossiers that had a file already."),
    of=Thing.DOCUMENTS,
    by=(DOCUMENT_KIND, DEPARTMENT),
)
def better_scans(scope: Scope) -> Rows:
    return (
        select(
            DocumentVersion.document_id.label("subject"),
            Document.kind.label("document_kind"),
            Dossier.department_id.label("department"),
        )
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, DocumentVersion.number > 1, scope.happened(DocumentVersion.added_at))
    )
