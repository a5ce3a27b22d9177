"""Does the archive hold what its rows say, and is everything read that can be? `flask archive check`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, or_, select
from sqlalchemy.orm import Session

from archive_store.base import ArchiveStore, Corrupt, NotStored
from portal.core.outbox import MAX_ATTEMPTS, OutboxRow
from portal.documents.models import DocumentVersion, Page, ReadingState
from portal.documents.page_images import PageImages
from portal.documents.services import want_unread
from portal.parts import Parts

ORPHAN_AFTER = timedelta(hours=1)
"""A file put more recently may belong to a transaction that has not ended yet."""

_TEMPORARY_AFTER = 24 * 3600.0
_PICTURE_AFTER = 30 * 24 * 3600.0


@dataclass(frozen=True)
class BrokenVersion:
    """A version whose file the store cannot give out whole."""

    version_id: int
    document_id: int
    content: str


@dataclass(frozen=True)
class UnreadVersion:
    """A version that waits to be read though no work is under way for it."""

    version_id: int
    document_id: int


@dataclass
class ArchiveReport:
    """What a check found; every list is empty when all is well."""

    files: int = 0
    """Contents in the store that were read and hashed."""
    orphans: list[str] = field(default_factory=list)
    """Keys of files that no version refers to, put more than an hour ago."""
    missing: list[BrokenVersion] = field(default_factory=list)
    damaged: list[BrokenVersion] = field(default_factory=list)
    lost_papers: list[str] = field(default_factory=list)
    """Keys of missing or damaged files that belong to no document: of the tray of the watched folder, papers of outside
    readers, certificates, reports."""
    unread: list[UnreadVersion] = field(default_factory=list)
    removed_orphans: int = 0
    reading_again: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong that was not repaired."""
        return not (
            self.missing
            or self.damaged
            or self.lost_papers
            or len(self.orphans) > self.removed_orphans
            or len(self.unread) > self.reading_again
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "sound": self.sound}


def check_archive(parts: Parts) -> ArchiveReport:
    """Compare store and database, and hash every file again: takes as long as reading the whole store."""
    with parts.looking() as work:
        versions = work.session.execute(
            select(DocumentVersion.id, DocumentVersion.document_id, DocumentVersion.content_key)
        ).all()
        unread = _unread(work.session)
        waiting = parts.kept_contents(work.session, work.now)
        now = work.now
    report = ArchiveReport(unread=unread)
    wanted: dict[str, list[BrokenVersion]] = {}
    for row in versions:
        wanted.setdefault(row.content_key, []).append(BrokenVersion(row.id, row.document_id, row.content_key))
    for key in parts.store.keys():  # noqa: SIM118 - a store is no mapping
        report.files += 1
        if key not in wanted and key not in waiting:
            if _is_old(parts.store, key, now):
                report.orphans.append(key)
            continue
        rows = wanted.pop(key, [])
        try:
            parts.store.verify(key)
        except Corrupt:
            report.damaged += rows
        except NotStored:
            report.missing += rows
        else:
            waiting.discard(key)
    report.lost_papers = sorted(waiting)
    for key, rows in wanted.items():
        # A file that came while the keys were listed is not missing.
        report.missing += [] if parts.store.exists(key) else rows
    return report


def _is_old(store: ArchiveStore, key: str, now: datetime) -> bool:
    try:
        return bool(store.last_put(key) <= now - ORPHAN_AFTER)
    except NotStored:
        return False


def _unread(session: Session) -> list[UnreadVersion]:
    """Versions with something to read that no work in the outbox will do, and read ones without any page."""
    has_pages = exists().where(Page.version_id == DocumentVersion.id)
    rows = session.execute(
        select(DocumentVersion.id, DocumentVersion.document_id)
        .where(
            or_(
                and_(
                    DocumentVersion.state == ReadingState.WAITING,
                    DocumentVersion.page_count.is_(None),
                    ~_under_way("open_version", DocumentVersion.id),
                ),
                and_(
                    DocumentVersion.state == ReadingState.WAITING,
                    exists().where(
                        Page.version_id == DocumentVersion.id,
                        Page.state == ReadingState.WAITING,
                        ~_under_way("read_page", Page.id),
                    ),
                ),
                and_(DocumentVersion.state == ReadingState.READ, ~has_pages),
            )
        )
        .order_by(DocumentVersion.id)
    )
    return [UnreadVersion(row.id, row.document_id) for row in rows]


def _under_way(kind: str, key: Any) -> ColumnElement[bool]:
    return exists().where(
        OutboxRow.kind == kind,
        OutboxRow.key == cast(key, String),
        OutboxRow.wanted > OutboxRow.done,
        OutboxRow.attempts < MAX_ATTEMPTS,
    )


def repair_archive(parts: Parts, report: ArchiveReport) -> None:
    """Remove the orphans and have what is unread read; what is missing or damaged only a backup brings back.

    Also deletes what crashes left in the store's temporary folder (after a day) and pictures of pages nobody
    looked at for a month.
    """
    for key in report.orphans:
        report.removed_orphans += _remove_orphan(parts, key)
    for unread in report.unread:
        with parts.writing() as work:
            version = work.session.get_one(DocumentVersion, unread.version_id)
            if not version.pages:
                version.page_count = None
            want_unread(work, version)
        report.reading_again += 1
    parts.store.sweep_temporary(_TEMPORARY_AFTER)
    PageImages(parts.settings.page_images, parts.store, parts.renderer).sweep(_PICTURE_AFTER)


def _remove_orphan(parts: Parts, key: str) -> bool:
    """Remove one file, after looking once more that nothing refers to it. False when something does by now."""
    with parts.writing() as work:
        if work.session.scalar(select(DocumentVersion.id).where(DocumentVersion.content_key == key).limit(1)):
            return False
        if key in parts.kept_contents(work.session, work.now):
            return False
        if not _is_old(parts.store, key, work.now):
            return False
        work.record("archive:remove_orphan", "files:orphan", details={"content": key})
        parts.store.remove(key)
    return True
