"""What is let in at the door: judged by content and header, in the order in which it is cheapest to tell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.core.errors import PortalError
from portal.core.messages import N_
from portal.documents.reading.kinds import FileKind, is_plain_text, sniff
from portal.documents.reading.limits import UploadLimits
from portal.documents.reading.names import clean_name
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.results import Failure, Inspection

_MEGA = 1_000_000
_MEBI = 1024 * 1024


class Refusal(PortalError):
    """A file that is not taken. The message names the file (`name`) and says what is wrong with it."""

    status = 422


class EmptyFile(Refusal):
    message_id = N_("“%(name)s” is empty. Nothing was kept.")


class WrongType(Refusal):
    message_id = N_(
        "“%(name)s” is not a PDF, TIFF, JPEG or PNG file, a Word or Excel document without macros, a mail or plain "
        "text, whatever its name says. Nothing was kept."
    )


class TooManyBytes(Refusal):
    message_id = N_("“%(name)s” has %(size)s MB; the limit is %(limit)s MB. Nothing was kept.")


class TooManyPixels(Refusal):
    message_id = N_(
        "“%(name)s” claims a picture of %(size)s million pixels; the limit is %(limit)s million. Nothing was kept."
    )


class NoPages(Refusal):
    message_id = N_("“%(name)s” is damaged or incomplete: no page was found in it. Nothing was kept.")


@dataclass(frozen=True)
class Accepted:
    """A file that may be kept. `reason`: the message id of why it cannot be read (a password), else None.

    `pages` is 0 where they are not known yet: with a password, and for a workbook that takes long to open.
    """

    name: str
    kind: FileKind
    media_type: str
    size: int
    pages: int
    encrypted: bool
    reason: str | None


def check_upload(path: Path, original_name: str, limits: UploadLimits, reader: PageReader) -> Accepted:
    """Judge the uploaded file at `path`. Raises a `Refusal`; `original_name` is only used to speak of it."""
    name = clean_name(original_name)
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile(name=name)
    if size > limits.max_bytes:
        raise TooManyBytes(name=name, size=-(-size // _MEBI), limit=limits.max_bytes // _MEBI)
    kind = sniff(path) or _plain_text(path, name)
    if kind is None:
        raise WrongType(name=name)
    try:
        found = reader.inspect(path, kind, limits.page_tree_seconds)
    except ReadingFailed as error:
        if kind.has_page_images or error.failure is not Failure.TIMEOUT:
            raise NoPages(name=name) from error
        # Its pages are known only when all of it was read: a worker has more time for that.
        found = Inspection(pages=0)
    if found.largest_pixels > limits.max_pixels:
        raise TooManyPixels(name=name, size=-(-found.largest_pixels // _MEGA), limit=limits.max_pixels // _MEGA)
    return Accepted(name, kind, kind.media_type, size, found.pages, found.encrypted, found.reason)


def _plain_text(path: Path, name: str) -> FileKind | None:
    """Text has no mark to be known by, so what its content allows its name must say as well."""
    return FileKind.TEXT if name.lower().endswith(FileKind.TEXT.extension) and is_plain_text(path) else None
