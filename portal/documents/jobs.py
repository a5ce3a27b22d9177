"""What workers do with files: count the pages, read each one. Every handler may be run again at any time."""

from __future__ import annotations

import atexit
import logging
import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from archive_store.base import Corrupt, NotStored, StoreUnavailable
from portal.core.outbox import MAX_ATTEMPTS
from portal.documents import queries
from portal.documents.errors import FileUnavailable
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.reader import ReaderNotStarted, ReadingFailed
from portal.documents.reading.results import Failure, Inspection, PageText
from portal.documents.services import record_opened, record_page_failed, record_page_read, record_unopened
from portal.parts import Parts
from portal.queue import Job, WorkQueues

log = logging.getLogger(__name__)

_MAY_PASS = frozenset({Failure.CRASHED, Failure.TIMEOUT, Failure.MEMORY})
"""Failures that a busy machine can cause too: tried once more before they count."""

_FOR_GOOD = frozenset({Failure.DAMAGED, Failure.PASSWORD, Failure.TOO_MANY_PAGES, Failure.TOO_MANY_PIXELS})
"""Failures to open a file that lie in the file: another try gives the same."""

_MARGIN = timedelta(minutes=4)
"""What a job may take beside the reading itself: copying the file, starting the child, writing the result."""


def register_work(queues: WorkQueues, read_seconds: int) -> None:
    """Tell the queues who opens and reads; `read_seconds` is the longest time reading one page may take.

    Both are done in the reading queue: they share the child process, which does one thing at a time.
    """
    jobs = ReadingJobs()
    lease = timedelta(seconds=read_seconds) + _MARGIN
    queues.register("open_version", jobs.open_version, queue=WorkQueues.READING, lease=lease)
    queues.register("read_page", jobs.read_page, queue=WorkQueues.READING, lease=lease)


class ReadingJobs:
    """The handlers of `open_version` and `read_page`.

    A plain copy of the file being read is kept from page to page, so that a document of 1,000 pages is copied
    and parsed once. It goes when another file is asked for, with the document's last page, and at the end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lent: tuple[str, Path] | None = None
        self._until_returned = ExitStack()
        atexit.register(self.close)

    def open_version(self, job: Job) -> None:
        """Count the pages of a version and ask for each to be read; or say why the file cannot be opened."""
        version_id = int(job.key)
        with job.parts.looking() as work:
            unread = queries.unread_version(work.session, version_id)
        if unread is None:
            return
        found: Inspection | None = None
        try:
            with self._lock:
                path = self._path(job.parts, unread)
                found = job.parts.reader.inspect(path, FileKind(unread.file_kind))
            reason, for_good = found.reason, True
        except ReadingFailed as error:
            _once_more(error, job)
            reason, for_good = error.message.id, error.failure in _FOR_GOOD
        except (NotStored, Corrupt) as error:
            log.error("version %s cannot be opened: %s", version_id, error)
            reason, for_good = FileUnavailable.message_id, False
        except (StoreUnavailable, ReaderNotStarted) as error:
            _until_the_last(error, job)
            reason, for_good = FileUnavailable.message_id, False
        with job.finishing() as work:
            if found is not None and reason is None:
                record_opened(work, version_id, found.pages)
            else:
                record_unopened(work, version_id, reason or FileUnavailable.message_id, for_good=for_good)

    def read_page(self, job: Job) -> None:
        """Read one page and keep its text; or say why it cannot be read."""
        page_id = int(job.key)
        with job.parts.looking() as work:
            unread = queries.unread_page(work.session, page_id)
        if unread is None:
            return
        found: PageText | None = None
        reason = FileUnavailable.message_id
        try:
            with self._lock:
                path = self._path(job.parts, unread)
                found = job.parts.reader.read_page(path, FileKind(unread.file_kind), unread.page_number)
        except ReadingFailed as error:
            _once_more(error, job)
            reason = error.message.id
        except (NotStored, Corrupt) as error:
            log.error("page %s cannot be read: %s", page_id, error)
        except (StoreUnavailable, ReaderNotStarted) as error:
            _until_the_last(error, job)
        with job.finishing() as work:
            if found is not None:
                ended = record_page_read(work, page_id, found)
            else:
                ended = record_page_failed(work, page_id, reason)
        if ended:
            self.close()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._lent = None
            self._until_returned.close()

    def _path(self, parts: Parts, unread: queries.Unread) -> Path:
        if self._lent and self._lent[0] == unread.content_key and self._lent[1].exists():
            return self._lent[1]
        self._lent = None
        self._until_returned.close()
        copy = parts.store.local_copy(unread.content_key, suffix=FileKind(unread.file_kind).extension)
        path = self._until_returned.enter_context(copy)
        self._lent = (unread.content_key, path)
        return path


def _once_more(error: ReadingFailed, job: Job) -> None:
    """Raise again what may be different the next time; the outbox gives the work out once more."""
    if error.failure in _MAY_PASS and job.claim.attempts < 2:
        raise error


def _until_the_last(error: Exception, job: Job) -> None:
    """A disk or a program that is away may come back: raise again until the last attempt, which must end in words
    and a button that tries anew, not in a page that is "being read" for ever."""
    log.error("%s %s: %s", job.claim.kind, job.key, error)
    if job.claim.attempts < MAX_ATTEMPTS:
        raise error
