"""The way of a file into the archive, up to the point where rows are written: judged, then kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from archive_store.base import ArchiveStoreError
from portal.config import Settings
from portal.core.errors import PortalError
from portal.core.unit_of_work import UnitOfWork
from portal.documents.errors import NotKept
from portal.documents.models import Direction
from portal.documents.reading.formats import check_upload
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.limits import UploadLimits
from portal.documents.reading.mail_head import MailHead, mail_head
from portal.documents.services import DocumentFacts, KeptFile, check_facts, keep_file, keep_version
from portal.documents.texts import storable
from portal.parts import Parts

_MAILS = frozenset({FileKind.MAIL, FileKind.OUTLOOK})


@dataclass(frozen=True)
class Refused:
    """A file that was not taken, and why."""

    name: str
    error: PortalError


def upload_limits(settings: Settings) -> UploadLimits:
    """What is refused at the door, by the settings."""
    return UploadLimits(max_bytes=settings.max_upload_bytes, max_pixels=settings.max_pixels)


def receive(
    parts: Parts,
    work: UnitOfWork,
    dossier_id: int,
    facts: DocumentFacts,
    path: Path,
    name: str,
    *,
    again: bool = False,
) -> KeptFile:
    """Judge the file at `path`, which its sender called `name`, and put it into the store. Writes no row.

    It may take seconds: `work` should only be reading. Raises Refusal, NotKept and what `keep_file` raises.
    """
    check_facts(work, facts)
    # Drawing pages takes moments where recognising text takes seconds: people wait for this answer.
    accepted = check_upload(path, name, upload_limits(parts.settings), parts.renderer)
    try:
        kept = keep_file(work, parts.store, dossier_id, facts, path, accepted, again=again)
    except ArchiveStoreError as error:
        raise NotKept(name=accepted.name) from error
    if accepted.kind not in _MAILS or (facts.subject.strip() and facts.correspondent.strip()):
        return kept
    head = _head_of(parts, path, accepted.kind)
    other = head.recipient if facts.direction == Direction.OUTGOING else head.sender
    return replace(kept, subject=storable(head.subject), correspondent=storable(other))


def _head_of(parts: Parts, path: Path, kind: FileKind) -> MailHead:
    """What a mail says of itself; nothing where it cannot be read now."""
    try:
        return mail_head(parts.renderer.read_page(path, kind, 1).text)
    except PortalError:
        return MailHead()


def receive_version(parts: Parts, work: UnitOfWork, document_id: int, path: Path, name: str) -> KeptFile:
    """Judge the file at `path`, a better scan of a document, and put it into the store. Writes no row.

    Raises Refusal, NotKept and what `keep_version` raises.
    """
    accepted = check_upload(path, name, upload_limits(parts.settings), parts.renderer)
    try:
        return keep_version(work, parts.store, document_id, path, accepted)
    except ArchiveStoreError as error:
        raise NotKept(name=accepted.name) from error


@contextmanager
def as_path(stream: BinaryIO) -> Iterator[Path]:
    """The content of `stream` as a file that only this process's user may read, for as long as the context."""
    with tempfile.NamedTemporaryFile(prefix="legajo-upload-") as file:
        shutil.copyfileobj(stream, file, 1 << 20)
        file.flush()
        yield Path(file.name)
