"""Taking a file out of the watched folder: copied, examined, kept, recorded, and only then removed.

The order is what makes it safe. The content is in the store before the rows say so, and the rows are committed
before the file leaves the folder. A crash at any line leaves the file in the folder; the next look takes it up
again, and the unique rows of its content, name and time of change say whether it was taken already.
"""

from __future__ import annotations

import hashlib
import io
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from archive_store.base import ArchiveStore
from portal.arrivals import queries, states
from portal.arrivals.folder import Seen, WatchedFolder
from portal.arrivals.rules import NumberPatterns, Part, Sheet, part_name, parts_of, read_name, read_sheet_code
from portal.arrivals.services import Taken, take_in
from portal.core.messages import Message
from portal.core.unit_of_work import UnitOfWork
from portal.documents.intake import upload_limits
from portal.documents.reading.formats import (
    Accepted,
    EmptyFile,
    Refusal,
    TooManyPixels,
    WrongType,
    check_upload,
)
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.results import Failure
from portal.parts import Parts

log = logging.getLogger(__name__)

_MEBI = 2**20
_SECONDS_TO_LOOK = 600.0
"""Longest time spent on looking for cover sheets in one file: some thousand pages."""

_ENDS_THE_LOOK = frozenset({Failure.CRASHED, Failure.TIMEOUT, Failure.MEMORY})
"""Failures that cost seconds and a new child each: after one of them no further page is tried."""

_REFUSED: dict[type[Refusal], str] = {
    EmptyFile: states.EMPTY,
    WrongType: states.WRONG_TYPE,
    TooManyPixels: states.TOO_MANY_PIXELS,
}

Finishing = Callable[[], AbstractContextManager[UnitOfWork]]
"""Opens the unit of work that ends the job: what it changes and "done" are one commit."""


def take_file(parts: Parts, folder: WatchedFolder, seen: Seen, finishing: Finishing) -> None:
    """Take one file, as it was seen, out of the folder. One that has changed or gone is left alone.

    Raises what may pass by itself: OSError, the store's errors, ReaderBusy, ReaderNotStarted.
    """
    if seen.size > parts.settings.max_upload_bytes:
        _tell_of_large_file(parts, seen, finishing)
        return
    with tempfile.NamedTemporaryFile(prefix="legajo-arrival-") as copy:
        content = folder.copy(seen, copy.file)
        if content is None:
            return
        with parts.looking() as work:
            source = queries.source_of(work.session, _source(content, seen))
            taken = queries.is_taken(work.session, source)
            keeper = queries.keeper_id(work.session)
            patterns = queries.number_patterns(work.session)
        if not taken:
            if keeper is None:
                log.error("the watched folder waits: there is no records manager and no administrator yet")
                return
            examined = _Examination(parts, Path(copy.name), seen, patterns).parts()
            _record(source, examined, keeper, finishing)
    if not folder.remove(seen):
        log.warning("a file of the watched folder changed while it was taken; it will be taken once more")


def _record(source: str, examined: Sequence[Taken], keeper_id: int, finishing: Finishing) -> None:
    try:
        with finishing() as work:
            if not queries.is_taken(work.session, source):
                take_in(work, source, examined, keeper_id)
    except IntegrityError:
        log.info("another process took the same file of the watched folder")


def _source(content: str, seen: Seen) -> str:
    """What a file of the folder is recognised by when it is met again."""
    return hashlib.sha256(b"%s\n%d\n%s" % (content.encode(), seen.changed_ns, seen.name_bytes)).hexdigest()


def _tell_of_large_file(parts: Parts, seen: Seen, finishing: Finishing) -> None:
    """It is neither copied nor removed: a row in the tray says that it lies there."""
    source = _source(f"too large: {seen.size}", seen)
    limit = parts.settings.max_upload_bytes
    problem = Message(states.TOO_LARGE, {"size": -(-seen.size // _MEBI), "limit": limit // _MEBI})
    with parts.looking() as work:
        keeper = queries.keeper_id(work.session)
        name = read_name(seen.display_name, queries.number_patterns(work.session))
        if queries.is_taken(work.session, source) or keeper is None:
            return
    large = Taken(seen.display_name, seen.size, None, None, name.numbers, name.subject, problem=problem)
    _record(source, [large], keeper, finishing)


@dataclass
class _Examination:
    """Judges one copied file and puts what is to be kept of it into the store."""

    parts_of_portal: Parts
    path: Path
    seen: Seen
    patterns: NumberPatterns
    blind: bool = field(default=False, init=False)
    """Whether a page could not be looked at."""

    @property
    def _reader(self) -> PageReader:
        return self.parts_of_portal.reader

    @property
    def _store(self) -> ArchiveStore:
        return self.parts_of_portal.store

    def parts(self) -> list[Taken]:
        """The parts of the file, each in the store."""
        name = self.seen.display_name
        limits = upload_limits(self.parts_of_portal.settings)
        try:
            accepted = check_upload(self.path, name, limits, self._reader)
        except Refusal as error:
            return [self._whole(None, problem=Message(_REFUSED.get(type(error), states.DAMAGED)))]
        sheets = self._sheets(accepted)
        if not sheets:
            return [self._whole(accepted)]
        return self._divided(accepted, sheets)

    def _sheets(self, accepted: Accepted) -> dict[int, Sheet]:
        """The cover sheets, by page number."""
        found: dict[int, Sheet] = {}
        if accepted.reason is not None or not accepted.kind.has_page_images:
            return found
        deadline = time.monotonic() + _SECONDS_TO_LOOK
        for number in range(1, accepted.pages + 1):
            if time.monotonic() > deadline:
                self.blind = True
                break
            try:
                codes = self._reader.read_codes(self.path, accepted.kind, number)
            except ReadingFailed as error:
                self.blind = True
                if error.failure in _ENDS_THE_LOOK:
                    break
                continue
            key = self.parts_of_portal.settings.trail_key
            of_page = {sheet for code in codes if (sheet := read_sheet_code(code, key))}
            if len(of_page) > 1:
                self.blind = True  # Two sheets on one page lead nothing that anybody could tell.
            if of_page:
                found[number] = next(iter(of_page))
        return found

    def _divided(self, accepted: Accepted, sheets: dict[int, Sheet]) -> list[Taken]:
        ranges, all_sheets = parts_of(accepted.pages, sheets), tuple(sheets.values())
        if self.blind:
            return [self._whole(accepted, all_sheets, Message(states.NOT_ALL_SEEN))]
        if not any(part.pages for part in ranges):
            return [self._whole(accepted, all_sheets, Message(states.ONLY_A_SHEET))]
        taken = []
        for number, part in enumerate(ranges, 1):
            content = self._content(accepted, part)
            if content is None and len(ranges) > 1:
                return [self._whole(accepted, all_sheets, Message(states.NOT_TO_BE_SPLIT))]
            if content is None:
                return [self._whole(accepted, all_sheets)]  # The sheet stays in it.
            taken.append(self._part(accepted, part, part_name(accepted.name, number, len(ranges)), content))
        return taken

    def _content(self, accepted: Accepted, part: Part) -> bytes | None:
        """The pages of a part as a file; of a sheet with nothing behind it: the sheet."""
        first, last = (part.first, part.last) if part.pages else (part.first - 1, part.first - 1)
        try:
            return self._reader.pages_alone(self.path, accepted.kind, first, last)
        except ReadingFailed:
            return None

    def _part(self, accepted: Accepted, part: Part, name: str, content: bytes) -> Taken:
        kept = self._store.put(io.BytesIO(content))
        read = read_name(accepted.name, self.patterns)
        return Taken(
            name=name,
            size=kept.size,
            key=kept.key,
            kind=accepted.kind,
            named=read.numbers,
            subject=read.subject,
            sheets=(part.sheet,) if part.sheet else (),
            leaderless=part.sheet is None,
            problem=None if part.pages else Message(states.ONLY_A_SHEET),
        )

    def _whole(self, accepted: Accepted | None, sheets: Sequence[Sheet] = (), problem: Message | None = None) -> Taken:
        with self.path.open("rb") as stream:
            kept = self._store.put(stream)
        read = read_name(self.seen.display_name, self.patterns)
        return Taken(
            name=self.seen.display_name,
            size=kept.size,
            key=kept.key,
            kind=accepted.kind if accepted else None,
            named=read.numbers,
            subject=read.subject,
            sheets=tuple(sheets),
            problem=problem,
        )
