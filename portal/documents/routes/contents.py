"""What documents add to the page of a dossier: the list of what is filed, and the button that files more."""

from __future__ import annotations

from flask import request

from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.spine import Panel, RegisterEntry, SpineAction
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.routes.room import names
from portal.dossiers.queries import works_on


def contents_panel(work: UnitOfWork, entry: RegisterEntry) -> Panel:
    """The list of documents, for the Contents tab of a dossier (`portal.core.spine.ContentsSource`)."""
    page = queries.contents(work, entry.id, request.args.get("page", 1, type=int))
    may_file = _may_file(work, entry)
    return Panel("documents/_contents.html", {"page": page, "entry": entry, "may_file": may_file, **names()})


def document_actions(work: UnitOfWork, entry: RegisterEntry) -> list[SpineAction]:
    """Filing documents, for the spine of a dossier (`portal.core.spine.ActionSource`)."""
    return [SpineAction(N_("File documents"), f"/dossiers/{entry.id}/documents/new")] if _may_file(work, entry) else []


def _may_file(work: UnitOfWork, entry: RegisterEntry) -> bool:
    may = work.person.may(Permission.DOCUMENT_ADD)
    return may and works_on(work.session, work.person, entry.id, work.today)
