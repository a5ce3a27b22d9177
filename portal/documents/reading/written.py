"""Files that hold text and no pictures of pages: office files, mail, plain text."""

from __future__ import annotations

from pathlib import Path

from portal.documents.reading.alphabets import decoded
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.mail import mail_pages, outlook_pages
from portal.documents.reading.office import check_package, word_pages, workbook_pages
from portal.documents.reading.paging import in_pages
from portal.documents.reading.results import Failure, PageText, Unreadable


class WrittenFile:
    """An opened text, mail or office file, as pages of text numbered from 1."""

    encrypted = False

    def __init__(self, path: Path, kind: FileKind, limits: ChildLimits) -> None:
        """Raises `Unreadable`."""
        try:
            self._texts = _pages(path, kind, limits)
        except (Unreadable, MemoryError):
            raise
        except Exception as error:
            # The libraries fail on broken files with whatever they happen to stumble over.
            raise Unreadable(Failure.DAMAGED, f"{type(error).__name__}: {error}"[:500]) from error
        if len(self._texts) > limits.max_pages:
            raise Unreadable(Failure.TOO_MANY_PAGES)

    @property
    def pages(self) -> int:
        return len(self._texts)

    def page(self, number: int) -> PageText:
        """The text of page `number`. Raises `Unreadable`."""
        if not 1 <= number <= self.pages:
            raise Unreadable(Failure.NO_SUCH_PAGE)
        text = self._texts[number - 1]
        return PageText(text, "embedded" if text.strip() else "none", None, 0, 0)

    def close(self) -> None:
        self._texts = []


def _pages(path: Path, kind: FileKind, limits: ChildLimits) -> list[str]:
    match kind:
        case FileKind.WORD:
            check_package(path, limits.max_unpacked_bytes)
            return word_pages(path)
        case FileKind.WORKBOOK:
            check_package(path, limits.max_unpacked_bytes)
            return workbook_pages(path, limits.max_pages)
        case FileKind.MAIL:
            return mail_pages(path)
        case FileKind.OUTLOOK:
            return outlook_pages(path)
        case FileKind.TEXT:
            return in_pages(decoded(path.read_bytes()).splitlines())
    raise ValueError(f"{kind} has pages that are drawn")
