"""A better scan of a document: it takes the place of the file before, which stays with its pages and text."""

from __future__ import annotations

import hashlib
from pathlib import Path

from archive_store.base import ArchiveStore
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.errors import CannotReplace, SameFile
from portal.documents.models import Document, DocumentVersion, ReadingState
from portal.documents.reading.formats import Accepted
from portal.documents.services.filing import KeptFile
from portal.dossiers.queries import dossier_to_work_on


def document_to_replace(work: UnitOfWork, document_id: int) -> Document:
    """A document of which the acting person may add a better scan: who may file in its dossier may.

    Raises NotFound, NotPermitted.
    """
    work.require(Permission.DOCUMENT_ADD)
    document = queries.readable_document(work, document_id)
    dossier_to_work_on(work.session, work.person, document.dossier_id, work.today)
    return document


def keep_version(work: UnitOfWork, store: ArchiveStore, document_id: int, path: Path, accepted: Accepted) -> KeptFile:
    """Check that the file at `path` may become a version of the document and put it into the store; no row yet.

    `accepted` is what `check_upload` said of it. Raises NotFound, NotPermitted, CannotReplace, SameFile (then
    nothing was put) and the store's errors.
    """
    document = document_to_replace(work, document_id)
    if accepted.reason:
        raise CannotReplace(name=accepted.name)
    with path.open("rb") as stream:
        key = hashlib.file_digest(stream, "sha256").hexdigest()
        _refuse_same(document, key, accepted.name)
        stream.seek(0)
        stored = store.put(stream, limit=accepted.size)
    return KeptFile(stored.key, accepted.name, accepted.kind, stored.size)


def add_version(work: UnitOfWork, document_id: int, kept: KeptFile) -> DocumentVersion:
    """Make the kept file the document's newest version and ask for it to be read.

    What was searched stays searched until the pages of the new file have been read. Raises NotFound,
    NotPermitted, SameFile.
    """
    document = document_to_replace(work, document_id)
    work.session.refresh(document, with_for_update=True)
    work.session.expire(document, ["versions"])
    _refuse_same(document, kept.key, kept.name)
    version = DocumentVersion(
        document_id=document.id,
        number=document.current.number + 1,
        content_key=kept.key,
        file_name=kept.name,
        file_kind=kept.kind,
        byte_size=kept.size,
        state=ReadingState.WAITING,
        added_at=work.now,
        added_by_id=work.person.id,
    )
    work.session.add(version)
    work.session.flush()
    work.record(
        "document:add_version",
        f"documents:{document.id}",
        dossier_id=document.dossier_id,
        details={"version": version.id, "version_number": version.number, "content": kept.key},
        personal={"file_name": version.file_name},
    )
    work.want("open_version", str(version.id))
    return version


def _refuse_same(document: Document, key: str, name: str) -> None:
    for version in document.versions:
        if version.content_key == key:
            raise SameFile(name=name, number=version.number)
