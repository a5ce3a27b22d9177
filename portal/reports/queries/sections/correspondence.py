"""Correspondence: letters, faxes and call notes, by kind and direction."""

from __future__ import annotations

from sqlalchemy import select

from portal.clients.models import Client
from portal.core.messages import N_
from portal.documents.models import Document
from portal.dossiers.models import Dossier
from portal.reports.queries.declaring import Cross, Rows, Scope, Section, Thing
from portal.reports.queries.dimensions import (
    CLIENT_RANK,
    CORRESPONDENCE_KIND,
    CORRESPONDENCE_KINDS,
    DEPARTMENT,
    DIRECTION,
    TIME,
)

CORRESPONDENCE = Section("correspondence", N_("Correspondence"))


@CORRESPONDENCE.figure(
    N_("Letters, faxes and call notes"),
    N_("Letters, faxes and call notes in official dossiers that bear a date of the period, whenever they were filed."),
    of=Thing.DOCUMENTS,
    by=(TIME, CORRESPONDENCE_KIND, DIRECTION, DEPARTMENT, CLIENT_RANK),
    crossed=(Cross(CORRESPONDENCE_KIND, DIRECTION, N_("Correspondence by kind and direction")),),
    is_key=True,
)
def correspondence(scope: Scope) -> Rows:
    return (
        select(
            Document.id.label("subject"),
            Document.dated.label("day"),
            Document.kind.label("correspondence_kind"),
            Document.direction.label("direction"),
            Dossier.department_id.label("department"),
            Client.rank.label("client_rank"),
        )
        .join(Dossier, Dossier.id == Document.dossier_id)
        .join(Client, Client.id == Dossier.client_id)
        .where(scope.known, scope.on_days(Document.dated), Document.kind.in_(CORRESPONDENCE_KINDS))
    )
