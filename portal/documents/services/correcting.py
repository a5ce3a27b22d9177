"""Putting right what was said of a document when it was filed."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.models import Direction, Document, DocumentKind
from portal.documents.services.filing import DocumentFacts, check_facts
from portal.dossiers.queries import dossier_to_work_on


def correct_document(work: UnitOfWork, document_id: int, facts: DocumentFacts) -> Document:
    """Give a document other facts; what stays the same is not recorded. An empty subject leaves the old one.

    Raises NotPermitted, NotFound unless the acting person works on the dossier, and Invalid.
    """
    work.require(Permission.DOCUMENT_ADD)
    document = queries.readable_document(work, document_id)
    dossier_to_work_on(work.session, work.person, document.dossier_id, work.today)
    facts = check_facts(work, facts)
    changed: dict[str, object] = {}
    for name, new in (
        ("kind", DocumentKind(facts.kind)),
        ("direction", Direction(facts.direction)),
        ("dated", facts.dated),
    ):
        if (old := getattr(document, name)) != new:
            changed[name] = {"old": str(old), "new": str(new)}
            setattr(document, name, new)
    personal: dict[str, object] = {}
    for name, text in (("subject", facts.subject or document.subject), ("correspondent", facts.correspondent)):
        if (old := getattr(document, name)) != text:
            personal[name] = {"old": old, "new": text}
            setattr(document, name, text)
    if changed or personal:
        work.session.flush()
        work.record(
            "document:correct",
            f"documents:{document.id}",
            dossier_id=document.dossier_id,
            details={"changed": changed},
            personal={"changed": personal} if personal else None,
        )
        work.want("index", f"document:{document.id}")
    return document
