"""What people may try with uploads: hostile names, hostile content, ids that are not theirs."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from portal.documents.models import Document, DocumentVersion, ReadingState
from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.reader import REASONS
from portal.documents.reading.results import Failure
from tests.web.documents_world import (
    LETTER,
    Visitor,
    World,
    counts,
    only_document,
    pdf,
    picture,
    png,
    trail_of,
    upload,
)

SCRIPT = b"<script>alert(1)</script>"
BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("empty.pdf", b"", "is empty"),
    "truncated PDF": ("cut.pdf", pdf(LETTER)[:300], "damaged or incomplete"),
    "text named .pdf": ("note.pdf", b"Dear Sirs, please find attached.", "is not a PDF, TIFF, JPEG or PNG file"),
    "PNG of 30,000 × 30,000 pixels": ("huge.png", png(30_000, 30_000), "900 million pixels"),
    "HTML": ("page.pdf", b"<!doctype html>" + SCRIPT, "is not a PDF"),
    "SVG": ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", "is not a PDF"),
    "script": ("run.jpg", b"#!/bin/sh\necho hello\n", "is not a PDF"),
    "Windows program": ("setup.pdf", b"MZ\x90\x00" + bytes(500), "is not a PDF"),
    "zip": ("pages.tif", b"PK\x03\x04" + bytes(500), "is not a PDF"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_and_nothing_is_kept(parts: Any, world: World, amparo: Visitor, name: str) -> None:
    file_name, content, words = BAD[name]
    answer = upload(amparo, world.general, (file_name, content))
    assert answer.status_code == 422
    assert f"“{file_name}”" in answer.text and words in answer.text
    assert counts(parts) == (0, 0, 0)
    assert list(parts.store.keys()) == [] and list((parts.settings.files / "tmp").iterdir()) == []
    assert trail_of(parts, "document:add") == []
    assert amparo.get(f"/dossiers/{world.general}").status_code == 200


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\\\..\\\\windows\\\\system.pdf", "system.pdf"),
        ("/root/.ssh/id.pdf", "id.pdf"),
        ("客" * 300 + ".pdf", "客" * 83 + ".pdf"),
    ],
)
def test_a_hostile_name_becomes_a_plain_one(
    app: Any, parts: Any, world: World, amparo: Visitor, sent: str, shown: str
) -> None:
    assert upload(amparo, world.general, (sent, pdf())).status_code == 302
    with parts.looking() as work:
        assert work.session.scalars(select(DocumentVersion.file_name)).one() == shown
    files = [path for path in parts.settings.data.rglob("*") if path.is_file()]
    assert not any("passwd" in path.name or "客" in path.name for path in files)
    answer = Visitor(app, "clerk").get(f"/documents/{only_document(parts)}/original")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;") and shown in unquote(disposition)
    assert ".." not in disposition and "/" not in disposition.replace("UTF-8''", "")


def test_a_name_of_300_chinese_characters_is_refused_by_a_short_one(parts: Any, world: World, amparo: Visitor) -> None:
    answer = upload(amparo, world.general, ("客" * 300 + ".pdf", b""))
    assert answer.status_code == 422
    assert "“" + "客" * 83 + ".pdf” is empty" in answer.text


def test_subject_name_and_text_are_shown_as_text(
    app: Any, parts: Any, queues: Any, world: World, amparo: Visitor
) -> None:
    subject, correspondent = '<img src=x onerror="alert(1)">', "<b>Foundry</b>"
    text = "<script>alert(2)</script> castings " + LETTER
    upload(
        amparo, world.general, ("<svg onload=alert(3)>.pdf", pdf(text)), subject=subject, correspondent=correspondent
    )
    queues.work_until_idle()
    address = f"/documents/{only_document(parts)}"
    for page in (f"/dossiers/{world.general}", address, f"{address}/pages/1?q=castings+%3Cscript%3E"):
        shown = amparo.get(page).text
        assert "<img src=x" not in shown and "<b>Foundry" not in shown
        assert "<script>alert" not in shown and "<svg onload" not in shown
    plain = re.sub(r"<mark [^<>]*>", "<mark>", shown)
    assert "&lt;<mark>script</mark>&gt;alert(2)&lt;/<mark>script</mark>&gt; <mark>castings</mark>" in plain
    refused = upload(amparo, world.general, ("<svg onload=alert(3)>.pdf", pdf(text)))
    assert refused.status_code == 422 and "<svg onload" not in refused.text and "<img src=x" not in refused.text


def test_what_the_browser_says_of_a_file_counts_for_nothing(
    app: Any, parts: Any, world: World, amparo: Visitor
) -> None:
    address = f"/dossiers/{world.general}/documents/new"
    for content, name, claimed in (
        (pdf(), "page.html", "text/html"),
        (picture(), "drawing.svg", "image/svg+xml"),
    ):
        data = {
            **amparo.hidden_fields(address, address),
            "kind": "letter",
            "direction": "in",
            "dated": "2026-02-27",
            "files": (io.BytesIO(content), name, claimed),
        }
        assert amparo.client.post(address, data=data, content_type="multipart/form-data").status_code == 302
    clerk = Visitor(app, "clerk")
    with parts.looking() as work:
        ids = work.session.scalars(select(Document.id).order_by(Document.id)).all()
    one, two = (clerk.get(f"/documents/{document_id}/original") for document_id in ids)
    assert (one.mimetype, two.mimetype) == ("application/pdf", "image/png")
    assert one.headers["Content-Disposition"] == "attachment; filename=page.html.pdf"
    assert two.headers["Content-Disposition"] == "attachment; filename=drawing.svg.png"


def test_a_pdf_that_is_a_page_too_is_never_shown_as_one(app: Any, parts: Any, world: World, amparo: Visitor) -> None:
    upload(amparo, world.general, ("both.pdf", b"<html>" + SCRIPT + b"</html>\n" + pdf()))
    answer = Visitor(app, "clerk").get(f"/documents/{only_document(parts)}/original")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def state_of(parts: Any, document_id: int) -> tuple[ReadingState, str | None]:
    with parts.looking() as work:
        version = work.session.get(Document, document_id).current
        return version.state, version.reason


def test_a_bomb_ends_the_child_at_most_and_the_page_says_why(
    app: Any, parts: Any, queues: Any, clock: Any, world: World, amparo: Visitor
) -> None:
    object.__setattr__(parts.settings, "max_pixels", 10**9)
    parts.reader.limits = parts.renderer.limits = ChildLimits(memory_bytes=2**30, max_pixels=10**9)
    assert upload(amparo, world.general, ("bomb.png", png(30_000, 30_000))).status_code == 302
    queues.work_until_idle()
    clock.advance(seconds=6)  # What a busy machine may have caused is tried once more.
    assert upload(amparo, world.general, ("good.pdf", pdf())).status_code == 302
    queues.work_until_idle()
    with parts.looking() as work:
        ids = dict(work.session.execute(select(Document.subject, Document.id)).all())
    assert state_of(parts, ids["bomb"]) == (ReadingState.FAILED, REASONS[Failure.MEMORY])
    assert state_of(parts, ids["good"])[0] == ReadingState.READ
    for address in (f"/documents/{ids['bomb']}", f"/dossiers/{world.general}"):
        assert "Reading the file needs more memory than is allowed." in amparo.get(address).text
    assert amparo.get(f"/documents/{ids['bomb']}/pages/1/image").status_code == 422
    assert amparo.get(f"/documents/{ids['good']}/pages/1/image").status_code == 200


def test_a_file_with_a_password_is_kept_and_says_so(
    app: Any, parts: Any, queues: Any, world: World, amparo: Visitor
) -> None:
    assert upload(amparo, world.general, ("locked.pdf", pdf(encrypt=True))).status_code == 302
    queues.work_until_idle()
    address = f"/documents/{only_document(parts)}"
    shown = amparo.get(address).text
    assert "Kept, not readable: The file needs a password to be opened." in shown
    assert "locked" in amparo.get(f"/dossiers/{world.general}").text
    assert Visitor(app, "clerk").get(f"{address}/original").status_code == 200


def test_a_file_that_hides_more_than_it_claims_is_contained(
    app: Any, parts: Any, queues: Any, world: World, amparo: Visitor
) -> None:
    bomb = png(10, 10, bytes(100 << 20))
    upload(amparo, world.general, ("bomb.png", bomb))
    queues.work_until_idle()
    assert upload(amparo, world.general, ("good.pdf", pdf())).status_code == 302


def test_ids_tell_nothing_and_a_refused_look_is_none(app: Any, parts: Any, queues: Any, world: World) -> None:
    keeper, clerk = Visitor(app, "keeper"), Visitor(app, "clerk")
    upload(keeper, world.core, ("secret.pdf", pdf()))
    queues.work_until_idle()
    document_id = only_document(parts)
    for path in ("", "/reading", "/pages/1", "/pages/1/image", "/original"):
        answers = [clerk.get(f"/documents/{number}{path}") for number in (document_id, document_id + 1)]
        assert [answer.status_code for answer in answers] == [404, 404]
    for number in (document_id, document_id + 1):
        address = f"/documents/{number}/retry"
        token = clerk.hidden_fields("/account")["csrf_token"]
        data = {"csrf_token": token, "once": "0123456789abcdef0123"}
        assert clerk.client.post(address, data=data).status_code == 404
    assert trail_of(parts, "page:look") == [] == trail_of(parts, "document:download")
    nobody = Visitor(app, "nobody")
    assert nobody.get(f"/documents/{document_id}/original").status_code == 403
    assert nobody.get(f"/documents/{document_id + 1}/original").status_code == 403


def test_the_cache_of_images_is_reached_by_no_address(
    app: Any, parts: Any, queues: Any, world: World, amparo: Visitor
) -> None:
    upload(amparo, world.general, ("letter.pdf", pdf()))
    queues.work_until_idle()
    amparo.get(f"/documents/{only_document(parts)}/pages/1/image")
    (cached,) = parts.settings.page_images.glob("*/*.jpg")
    inside = cached.relative_to(parts.settings.data)
    for address in (f"/{inside}", f"/static/{inside}", f"/static/../{inside}", f"/static/..%2f{inside}"):
        assert amparo.get(address).status_code == 404
