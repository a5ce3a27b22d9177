"""A better scan takes the place of an old one, which stays; files without page images show their text."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.queries import actor_of, person_by_login
from portal.documents.models import DocumentVersion, Page, ReadingState, TextSource
from portal.documents.queries import ReadingProgress, reading_progress
from portal.dossiers.models import Dossier
from tests.factories import make_grant
from tests.unit.office_files import mail_file, word_file
from tests.web.documents_world import (
    LETTER,
    Visitor,
    World,
    counts,
    only_document,
    pdf,
    trail_of,
    upload,
)

BETTER = LETTER.replace("forty", "hexagonal")


@pytest.fixture
def letter(app: Any, parts: Any, queues: Any, world: World, amparo: Visitor) -> str:
    """The address of a document of two pages, read and indexed."""
    upload(amparo, world.general, ("letter.pdf", pdf(LETTER, LETTER)), subject="Waybill")
    queues.work_until_idle()
    return f"/documents/{only_document(parts)}"


def replace(visitor: Visitor, letter: str, name: str, content: bytes, **fields: Any) -> Any:
    """Send a better scan as its form does."""
    address = f"{letter}/versions/new"
    hidden = visitor.hidden_fields(address, address)
    data = {**hidden, "file": (io.BytesIO(content), name), **fields}
    return visitor.client.post(address, data=data, content_type="multipart/form-data")


def versions(parts: Any) -> list[tuple[int, str, ReadingState]]:
    with parts.looking() as work:
        rows = work.session.scalars(select(DocumentVersion).order_by(DocumentVersion.number))
        return [(row.number, row.file_name, row.state) for row in rows]


def test_a_better_scan_is_shown_and_searched_and_the_old_one_stays(
    app: Any, parts: Any, queues: Any, amparo: Visitor, letter: str, world: World
) -> None:
    assert f'href="{letter}/versions/new"' in amparo.get(letter).text
    answer = replace(amparo, letter, "better.pdf", pdf(BETTER))
    assert (answer.status_code, answer.location) == (302, letter)
    assert "Waybill" in amparo.get("/search?q=forty").text  # Until the new file is read.
    queues.work_until_idle()
    assert versions(parts) == [(1, "letter.pdf", ReadingState.READ), (2, "better.pdf", ReadingState.READ)]
    assert "Waybill" in amparo.get("/search?q=hexagonal").text
    assert "Waybill" not in amparo.get("/search?q=forty").text
    assert "hexagonal" in amparo.get(f"{letter}/pages/1").text
    assert amparo.get(f"{letter}/pages/2").status_code == 404
    page = amparo.get(letter).text
    assert f'href="{letter}/versions/1/pages/1"' in page and "better.pdf" in page and "letter.pdf" in page
    old = amparo.get(f"{letter}/versions/1/pages/2").text
    assert "forty castings" in old and f'src="{letter}/versions/1/pages/2/image' in old
    assert "its text is not searched" in old
    assert amparo.get(f"{letter}/versions/1/pages/2/image").mimetype == "image/jpeg"
    (entry,) = trail_of(parts, "document:add_version")
    assert entry.dossier_id == world.general and entry.details["version_number"] == 2
    assert trail_of(parts, "page:look")[-2].details["version"] != entry.details["version"]


def test_pages_of_an_old_version_are_neither_counted_nor_to_be_checked(
    app: Any, parts: Any, queues: Any, amparo: Visitor, letter: str
) -> None:
    with parts.writing() as work:
        for page in work.session.query(Page):
            page.source, page.confidence = TextSource.RECOGNISED, 0.3
        work.session.query(Page).filter_by(number=2).one().state = ReadingState.FAILED
    assert progress(parts).failed == 1
    clerk = Visitor(app, "clerk")
    assert "2 in all" in clerk.get("/documents/to-check").text
    replace(amparo, letter, "better.pdf", pdf(BETTER))
    queues.work_until_idle()
    assert "No page waits to be checked" in clerk.get("/documents/to-check").text
    assert progress(parts).pages == 0, "nothing is being read, and nothing has failed"


def progress(parts: Any) -> ReadingProgress:
    with parts.looking() as work:
        person = actor_of(work.session, person_by_login(work.session, "clerk"))
        return reading_progress(work.session, person, work.today)


def test_who_adds_a_version_is_told_of_corrected_text(parts: Any, amparo: Visitor, letter: str) -> None:
    warning = "People have corrected the text of this document."
    assert warning not in amparo.get(f"{letter}/versions/new").text
    with parts.writing() as work:
        work.session.query(Page).filter_by(number=2).one().source = TextSource.CORRECTED
    assert warning in amparo.get(f"{letter}/versions/new").text
    replace(amparo, letter, "better.pdf", pdf(BETTER))
    assert warning not in amparo.get(f"{letter}/versions/new").text, "the current version is as it was read"


def test_an_old_version_is_for_who_may_read_the_document(app: Any, parts: Any, amparo: Visitor, letter: str) -> None:
    replace(amparo, letter, "better.pdf", pdf(BETTER))
    nobody = Visitor(app, "nobody")
    for address in ("versions/1/pages/1", "versions/1/pages/1/image", "versions/new"):
        assert nobody.get(f"{letter}/{address}").status_code == 404
    assert amparo.get(f"{letter}/versions/1/original").status_code == 403
    for address in ("versions/3/pages/1", "versions/1/pages/9", "versions/2/pages/1"):
        assert amparo.get(f"{letter}/{address}").status_code == 404
    clerk = Visitor(app, "clerk")
    assert clerk.get(f"{letter}/versions/1/original").data == pdf(LETTER, LETTER)
    assert clerk.get(f"{letter}/original").data == pdf(BETTER)
    assert clerk.get(f"{letter}/versions/3/original").status_code == 404


def test_who_reads_under_a_grant_adds_no_version(app: Any, parts: Any, letter: str, world: World) -> None:
    with parts.writing() as work:
        nobody, amparo = (person_by_login(work.session, login) for login in ("nobody", "amparo"))
        make_grant(work.session, nobody, work.session.get_one(Dossier, world.general), amparo, date(2026, 12, 31))
    visitor = Visitor(app, "nobody")
    page = visitor.get(letter)
    assert page.status_code == 200 and "versions/new" not in page.text
    token = visitor.hidden_fields("/account")["csrf_token"]
    data = {"csrf_token": token, "once": "k" * 20, "file": (io.BytesIO(pdf(BETTER)), "better.pdf")}
    answer = visitor.client.post(f"{letter}/versions/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 404
    assert counts(parts)[1] == 1 and len(list(parts.store.keys())) == 1


def test_sent_twice_it_is_one_version(parts: Any, amparo: Visitor, letter: str) -> None:
    address = f"{letter}/versions/new"
    once = amparo.hidden_fields(address, address)["once"]
    for _ in range(2):
        assert replace(amparo, letter, "better.pdf", pdf(BETTER), once=once).location == letter
    assert counts(parts)[1] == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pdf(LETTER, LETTER), "is the same file as version 1"),
        (pdf(BETTER, encrypt=True), "needs a password"),
        (b"Dear Sirs", "is not a PDF, TIFF, JPEG or PNG file"),
        (b"", "Choose a file."),
    ],
    ids=["same", "encrypted", "text", "nothing"],
)
def test_what_is_no_better_scan_is_refused(
    parts: Any, amparo: Visitor, letter: str, content: bytes, words: str
) -> None:
    answer = replace(amparo, letter, "better.pdf" if content else "", content)
    assert answer.status_code == 422 and words in answer.text
    assert counts(parts)[1] == 1 and len(list(parts.store.keys())) == 1


def test_a_word_document_and_a_mail_are_searched_and_shown_as_text(
    app: Any, parts: Any, queues: Any, amparo: Visitor, world: World
) -> None:
    upload(
        amparo, world.general, ("contrato.docx", word_file(["El suministro hexagonal", "合同书"])), subject="Contrato"
    )
    upload(amparo, world.general, ("carta.eml", mail_file("Rogamos la devolución.", "", ["x.pdf"])), subject="Carta")
    queues.work_until_idle()
    assert "Contrato" in amparo.get("/search?q=hexagonal").text
    assert "Carta" in amparo.get("/search?q=devoluciones").text
    with parts.looking() as work:
        word, mail = work.session.scalars(select(DocumentVersion.document_id).order_by(DocumentVersion.id))
    page = amparo.get(f"/documents/{word}/pages/1").text
    assert "El suministro hexagonal" in page and "/image" not in page and "Shown to Amparo Gil" in page
    assert [entry.details["shown"] for entry in trail_of(parts, "page:look")] == ["text"]
    for address in ("pages/1/image", "pages/1/thumbnail", "versions/1/pages/1/image"):
        assert amparo.get(f"/documents/{word}/{address}").status_code == 404
    clerk = Visitor(app, "clerk")
    old = clerk.get(f"/documents/{mail}/versions/1/pages/1").text
    assert "Rogamos la devolución." in old and "Shown to Clara Clerk" in old and "[x.pdf]" in old
    form = clerk.get(f"/documents/{mail}/pages/1/text").text
    assert "Shown to Clara Clerk" in form and "/image" not in form
    original = clerk.get(f"/documents/{mail}/original")
    assert (original.mimetype, original.headers["X-Content-Type-Options"]) == ("message/rfc822", "nosniff")
    assert original.headers["Content-Disposition"].startswith("attachment;")
