"""The texts a page has and had: a person corrects or accepts what was read, and nothing is thrown away."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.errors import Conflict, Invalid, StaleVersion
from portal.core.messages import N_, Message
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries
from portal.documents.models import Document, DocumentVersion, Page, ReadingState, TextSource, TextVersion
from portal.documents.rules import LONGEST_TEXT
from portal.documents.services.progress import after_page, locked_version
from portal.documents.texts import storable

_BEING_READ = N_("This page is being read at the moment. Please look again when it has been read.")
_NOTHING_READ = N_("Nothing could be read of this page. Type its text, or try reading it again.")


def correct_text(work: UnitOfWork, document_id: int, number: int, text: str, over: int) -> Page:
    """Give a page of the current version the text that a person made of it; it can be searched at once.

    `over` is the number of the text that the person saw (`Page.text_number`). The text that was read stays in
    the history. Saving it unchanged accepts it. Raises NotPermitted, NotFound, StaleVersion, Conflict while the
    page is being read, Invalid for more than a page can hold.
    """
    document, version, page = _to_check(work, document_id, number, over)
    text = _tidy(text)
    if len(text) > LONGEST_TEXT:
        raise Invalid(fields={"text": Message(N_("At most %(most)s characters."), {"most": LONGEST_TEXT})})
    if page.state == ReadingState.READ and text == page.text:
        _accept(work, document, page)
        return page
    change_text(work, page, text, TextSource.CORRECTED)
    work.session.add(
        TextVersion(
            page_id=page.id,
            number=page.text_number,
            source=TextSource.CORRECTED,
            text=text,
            made_at=work.now,
            made_by_id=work.person.id,
        )
    )
    page.checked_at = work.now
    if page.state == ReadingState.FAILED:
        page.state, page.reason = ReadingState.READ, None
        after_page(work, version)
    _record(work, "page:correct", document, page)
    work.want("index", f"document:{document.id}")
    return page


def accept_text(work: UnitOfWork, document_id: int, number: int, over: int) -> Page:
    """Say that a page's text is right as it is, though recognition was not sure of it.

    `over` is the number of the text that the person saw. Raises NotPermitted, NotFound, StaleVersion, and
    Conflict when the page is being read or could not be read.
    """
    document, _, page = _to_check(work, document_id, number, over)
    if page.state != ReadingState.READ:
        raise Conflict(_NOTHING_READ)
    _accept(work, document, page)
    return page


def _accept(work: UnitOfWork, document: Document, page: Page) -> None:
    row = kept_text(work, page)
    row.accepted_at, row.accepted_by_id = work.now, work.person.id
    page.checked_at = work.now
    _record(work, "page:accept", document, page)


def _to_check(work: UnitOfWork, document_id: int, number: int, over: int) -> tuple[Document, DocumentVersion, Page]:
    work.require(Permission.DOCUMENT_CORRECT)
    document, page = queries.readable_page(work, document_id, number)
    version = locked_version(work, page.version_id)
    work.session.refresh(page)
    if version is None or page.state == ReadingState.WAITING:
        raise Conflict(_BEING_READ)
    if page.text_number != over:
        raise StaleVersion()
    return document, version, page


def _record(work: UnitOfWork, action: str, document: Document, page: Page) -> None:
    """The trail says whose text of which page, never the text."""
    work.record(
        action,
        f"pages:{page.id}",
        dossier_id=document.dossier_id,
        details={
            "document": document.id,
            "version": page.version_id,
            "page": page.number,
            "text_number": page.text_number,
        },
    )


def _tidy(text: str) -> str:
    """As a browser sends it, with the line ends of this house and without empty space around."""
    lines = storable(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def change_text(work: UnitOfWork, page: Page, text: str, source: TextSource) -> None:
    """Give the page another text; the one it had stays in its history. The same text changes nothing."""
    if page.text_number and text == page.text and source == page.source:
        return
    if page.text_number:
        kept_text(work, page)
    page.text, page.source = text, source
    page.text_number += 1


def kept_text(work: UnitOfWork, page: Page) -> TextVersion:
    """The row of the history that holds the page's present text; made now if only the portal touched it so far."""
    row = work.session.scalar(
        select(TextVersion).where(TextVersion.page_id == page.id, TextVersion.number == page.text_number)
    )
    if row is None:
        row = TextVersion(
            page_id=page.id,
            number=page.text_number,
            source=page.source or TextSource.NONE,
            text=page.text,
            made_at=page.read_at or work.now,
        )
        work.session.add(row)
        work.session.flush()
    return row
