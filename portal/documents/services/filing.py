"""Filing a document: first the file is kept, then one commit says what it is.

`keep_file` checks everything and puts the file into the store; `file_document` writes the rows. Between the two
a caller ends its reading transaction, so that nobody waits for a disk while the database is held for writing.
A crash between them leaves a file that nothing refers to, which `flask archive check` finds, and never a row
without its file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePath

from sqlalchemy import select

from archive_store.base import ArchiveStore
from portal.core.errors import Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents.errors import AlreadyFiled
from portal.documents.models import Direction, Document, DocumentKind, DocumentVersion, ReadingState
from portal.documents.reading.formats import Accepted
from portal.documents.texts import one_line
from portal.dossiers.models import Dossier
from portal.dossiers.queries import dossier_to_work_on

_OLDEST = date(1800, 1, 1)
_SUBJECT_LENGTH = 300
_CORRESPONDENT_LENGTH = 200


@dataclass(frozen=True)
class DocumentFacts:
    """What is said of a document when it is filed. Without `subject`, its file name says what it is about."""

    kind: str
    direction: str
    dated: date | None
    subject: str = ""
    correspondent: str = ""


@dataclass(frozen=True)
class KeptFile:
    """A file that the store keeps and no row refers to yet. `size` in bytes.

    `subject` and `correspondent` are what a mail says of itself: taken over where the person said nothing.
    """

    key: str
    name: str
    kind: str
    size: int
    subject: str = ""
    correspondent: str = ""


def check_facts(work: UnitOfWork, facts: DocumentFacts) -> DocumentFacts:
    """The facts with their texts put in order. Raises Invalid with the fields that break a rule."""
    wrong: dict[str, Message] = {}
    subject, correspondent = one_line(facts.subject), one_line(facts.correspondent)
    if facts.kind not in list(DocumentKind):
        wrong["kind"] = Message(N_("Choose what kind of document this is."))
    if facts.direction not in list(Direction):
        wrong["direction"] = Message(N_("Choose which way the document went."))
    if facts.dated is None or facts.dated < _OLDEST:
        wrong["dated"] = Message(N_("Enter the date that stands on the document."))
    elif facts.dated > work.today:
        wrong["dated"] = Message(N_("The date of a document cannot lie in the future."))
    if len(subject) > _SUBJECT_LENGTH:
        wrong["subject"] = Message(N_("At most %(most)s characters."), {"most": _SUBJECT_LENGTH})
    if len(correspondent) > _CORRESPONDENT_LENGTH:
        wrong["correspondent"] = Message(N_("At most %(most)s characters."), {"most": _CORRESPONDENT_LENGTH})
    if wrong:
        raise Invalid(fields=wrong)
    return replace(facts, subject=subject, correspondent=correspondent)


def keep_file(
    work: UnitOfWork,
    store: ArchiveStore,
    dossier_id: int,
    facts: DocumentFacts,
    path: Path,
    accepted: Accepted,
    *,
    again: bool = False,
) -> KeptFile:
    """Check that the document may be filed and put the file at `path` into the store; writes no row.

    `accepted` is what `check_upload` said of the file; `again` files a content that the dossier has already.
    Raises Invalid, NotFound, NotPermitted, AlreadyFiled (then nothing was put) and the store's errors.
    """
    check_facts(work, facts)
    _dossier_to_file_in(work, dossier_id)
    with path.open("rb") as stream:
        key = hashlib.file_digest(stream, "sha256").hexdigest()
        _refuse_twin(work, dossier_id, key, accepted.name, again)
        stream.seek(0)
        stored = store.put(stream, limit=accepted.size)
    return KeptFile(stored.key, accepted.name, accepted.kind, stored.size)


def file_document(
    work: UnitOfWork,
    dossier_id: int,
    facts: DocumentFacts,
    kept: KeptFile,
    *,
    again: bool = False,
    filed_by_id: int | None = None,
) -> Document:
    """Write the rows of a document whose file is kept, and ask for it to be read.

    `filed_by_id` names who files where the portal itself acts (a command without --as); it means nothing when
    a person acts. Raises Invalid, NotFound, NotPermitted, AlreadyFiled.
    """
    facts = check_facts(work, facts)
    dossier = _dossier_to_file_in(work, dossier_id)
    _refuse_twin(work, dossier_id, kept.key, kept.name, again)
    person_id = work.actor.id if work.actor else filed_by_id
    if person_id is None:
        raise NotPermitted()
    document = Document(
        dossier_id=dossier.id,
        kind=DocumentKind(facts.kind),
        direction=Direction(facts.direction),
        dated=facts.dated,
        subject=facts.subject or one_line(kept.subject)[:_SUBJECT_LENGTH] or _subject_of(kept.name),
        correspondent=facts.correspondent or one_line(kept.correspondent)[:_CORRESPONDENT_LENGTH],
        filed_at=work.now,
        filed_by_id=person_id,
    )
    version = DocumentVersion(
        number=1,
        content_key=kept.key,
        file_name=kept.name,
        file_kind=kept.kind,
        byte_size=kept.size,
        state=ReadingState.WAITING,
        added_at=work.now,
        added_by_id=person_id,
    )
    document.versions = [version]
    work.session.add(document)
    work.session.flush()
    work.record(
        "document:add",
        f"documents:{document.id}",
        dossier_id=dossier.id,
        details={"kind": document.kind, "version": version.id, "content": kept.key, "filed_by": person_id},
        personal={
            "subject": document.subject,
            "correspondent": document.correspondent,
            "file_name": version.file_name,
        },
    )
    work.want("open_version", str(version.id))
    # What was said of it can be searched before its pages are read.
    work.want("index", f"document:{document.id}")
    return document


def _dossier_to_file_in(work: UnitOfWork, dossier_id: int) -> Dossier:
    """Whoever may read a dossier and file documents may file in it; for a draft: who works on its opening."""
    if work.actor is None:  # The portal itself: a command given by who runs the machine.
        dossier = work.session.get(Dossier, dossier_id)
        if dossier is None:
            raise NotFound()
        return dossier
    work.require(Permission.DOCUMENT_ADD)
    return dossier_to_work_on(work.session, work.person, dossier_id, work.today)


def _refuse_twin(work: UnitOfWork, dossier_id: int, key: str, name: str, again: bool) -> None:
    if again:
        return
    twin = work.session.execute(
        select(Document.id, Document.subject)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(Document.dossier_id == dossier_id, DocumentVersion.content_key == key)
        .order_by(Document.id)
        .limit(1)
    ).first()
    if twin:
        raise AlreadyFiled(twin.id, name=name, subject=twin.subject)


def _subject_of(file_name: str) -> str:
    """What a file name says: the name without its extension."""
    return one_line(PurePath(file_name).stem) or file_name
