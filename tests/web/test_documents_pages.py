"""What is shown of a document: facts, pages, watermarked images, the original; each look recorded."""

from __future__ import annotations

import io
import re
import stat
from typing import Any

import pytest
from PIL import Image

from portal.core.clock import SetClock
from portal.documents.models import Page, ReadingState
from tests.web.documents_world import (
    LETTER,
    Visitor,
    World,
    only_document,
    pdf,
    trail_of,
    upload,
)


@pytest.fixture
def letter(app: Any, parts: Any, queues: Any, world: World, amparo: Visitor) -> str:
    """The address of a document of two pages, read."""
    upload(amparo, world.general, ("letter.pdf", pdf(LETTER, LETTER.replace("forty", "sixty"))))
    queues.work_until_idle()
    return f"/documents/{only_document(parts)}"


def test_the_page_of_a_document_leads_to_its_pages(amparo: Visitor, letter: str) -> None:
    page = amparo.get(letter).text
    assert f'href="{letter}/pages/1"' in page and f'href="{letter}/pages/2"' in page
    assert "Amparo Gil" in page and "letter.pdf" in page
    assert "Download the original" not in page


def test_the_viewer_shows_image_text_marks_and_neighbours(amparo: Visitor, letter: str) -> None:
    page = amparo.get(f"{letter}/pages/1?q=castings").text
    assert f'src="{letter}/pages/1/image?' in page
    assert ">castings</mark>" in page
    assert f'data-key="ArrowRight" href="{letter}/pages/2?q=castings"' in page
    assert "ArrowLeft" not in page
    assert "ArrowLeft" in amparo.get(f"{letter}/pages/2").text
    assert "<mark" not in amparo.get(f"{letter}/pages/2").text


def test_each_look_is_recorded(parts: Any, amparo: Visitor, letter: str, world: World) -> None:
    amparo.get(f"{letter}/pages/1")
    amparo.get(f"{letter}/pages/2/image")
    amparo.get(f"{letter}/pages/2/image")
    looks = [(entry.details["page"], entry.details["shown"]) for entry in trail_of(parts, "page:look")]
    assert looks == [(1, "page"), (2, "image"), (2, "image")]
    entry = trail_of(parts, "page:look")[0]
    assert entry.dossier_id == world.general and entry.address == "127.0.0.1"


def test_the_image_carries_name_time_and_dossier(
    app: Any, parts: Any, amparo: Visitor, letter: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.documents.routes import images as routes

    written: list[tuple[str, ...]] = []

    def noted(image: bytes, lines: tuple[str, ...]) -> bytes:
        written.append(lines)
        return original(image, lines)

    original = routes.watermark
    monkeypatch.setattr(routes, "watermark", noted)
    answer = amparo.get(f"{letter}/pages/1/image")
    assert written == [("Amparo Gil", "2026-03-02 09:00", world.general_number)]
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    marked = Image.open(io.BytesIO(answer.data))
    (cached,) = parts.settings.page_images.glob("*/*.jpg")
    plain = Image.open(cached)
    assert marked.width == plain.width and marked.height > plain.height
    assert marked.crop((0, 0, *plain.size)).convert("L").tobytes() != plain.convert("L").tobytes()


def test_the_cache_is_the_servers_own_and_serves_the_second_look(parts: Any, amparo: Visitor, letter: str) -> None:
    first = amparo.get(f"{letter}/pages/1/image")
    (cached,) = parts.settings.page_images.glob("*/*.jpg")
    assert stat.S_IMODE(cached.stat().st_mode) == 0o600
    assert stat.S_IMODE(parts.settings.page_images.stat().st_mode) == 0o700
    parts.renderer.close()
    assert amparo.get(f"{letter}/pages/1/image").data == first.data
    assert parts.renderer.process_id is None


def test_two_people_get_different_images(app: Any, amparo: Visitor, letter: str) -> None:
    address = f"{letter}/pages/1/image"
    assert amparo.get(address).data != Visitor(app, "clerk").get(address).data


def test_what_may_not_be_read_answers_as_if_it_were_not_there(
    app: Any, parts: Any, letter: str, clock: SetClock
) -> None:
    nobody = Visitor(app, "nobody")
    before = len(trail_of(parts, "page:look"))
    for rest in ("", "/reading", "/pages/1", "/pages/1/image"):
        there, absent = nobody.get(letter + rest), nobody.get(f"/documents/999999{rest}")
        assert there.status_code == absent.status_code == 404
        answers = [re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text) for answer in (there, absent)]
        assert answers[0].replace(letter, "") == answers[1].replace("/documents/999999", "")
    assert len(trail_of(parts, "page:look")) == before


def test_core_is_hidden_from_records_staff_without_clearance(app: Any, parts: Any, queues: Any, world: World) -> None:
    keeper = Visitor(app, "keeper")
    upload(keeper, world.core, ("secret.pdf", pdf()))
    queues.work_until_idle()
    address = f"/documents/{only_document(parts)}"
    clerk = Visitor(app, "clerk")
    for rest in ("", "/pages/1", "/pages/1/image", "/original"):
        assert clerk.get(address + rest).status_code == 404
        assert keeper.get(address + rest).status_code == 200
    assert len(trail_of(parts, "document:download")) == 1


def test_a_page_that_does_not_exist_is_not_found(amparo: Visitor, letter: str) -> None:
    for number in (0, 3, 10**12):
        assert amparo.get(f"{letter}/pages/{number}").status_code == 404
        assert amparo.get(f"{letter}/pages/{number}/image").status_code == 404


def test_the_original_is_for_records_staff_and_recorded(app: Any, parts: Any, amparo: Visitor, letter: str) -> None:
    assert amparo.get(f"{letter}/original").status_code == 403
    assert trail_of(parts, "document:download") == []
    answer = Visitor(app, "clerk").get(f"{letter}/original")
    assert answer.data == pdf(LETTER, LETTER.replace("forty", "sixty"))
    assert answer.headers["Content-Disposition"] == "attachment; filename=letter.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    (entry,) = trail_of(parts, "document:download")
    assert entry.subject == f"documents:{only_document(parts)}"


def test_a_lost_file_is_said_and_no_look_recorded(app: Any, parts: Any, amparo: Visitor, letter: str) -> None:
    (key,) = parts.store.keys()
    parts.store.remove(key)
    answer = amparo.get(f"{letter}/pages/1/image")
    assert answer.status_code == 500
    assert "missing from the archive or damaged" in answer.text
    assert Visitor(app, "clerk").get(f"{letter}/original").status_code == 500
    assert trail_of(parts, "page:look") == [] == trail_of(parts, "document:download")


def test_reading_progress_is_shown_until_it_is_done(
    app: Any, parts: Any, queues: Any, world: World, amparo: Visitor
) -> None:
    upload(amparo, world.general, ("letter.pdf", pdf()))
    address = f"/documents/{only_document(parts)}"
    assert f'data-poll="{address}/reading"' in amparo.get(address).text
    assert amparo.get(f"{address}/reading").headers["X-Done"] == "no"
    queues.work_until_idle()
    part = amparo.get(f"{address}/reading")
    assert part.headers["X-Done"] == "yes" and "<html" not in part.text
    assert "data-poll" not in amparo.get(address).text


def test_what_failed_is_tried_again_by_a_button(
    app: Any, parts: Any, queues: Any, amparo: Visitor, letter: str
) -> None:
    with parts.writing() as work:
        page = work.session.query(Page).filter_by(number=2).one()
        page.state = page.version.state = ReadingState.FAILED
        page.text, page.reason = "", "The page is too large to be read."
    shown = amparo.get(letter).text
    assert "Try reading again" in shown and "The page is too large to be read." in shown
    answer = amparo.post(f"{letter}/retry", {}, shown_at=letter, action=f"{letter}/retry")
    assert answer.status_code == 302
    queues.work_until_idle()
    assert "sixty castings" in amparo.get(f"{letter}/pages/2").text
    assert "Try reading again" not in amparo.get(letter).text
    assert len(trail_of(parts, "document:retry")) == 1


def test_one_page_is_tried_again_by_a_button(app: Any, parts: Any, queues: Any, amparo: Visitor, letter: str) -> None:
    with parts.writing() as work:
        page = work.session.query(Page).filter_by(number=2).one()
        page.state = page.version.state = ReadingState.FAILED
        page.text = ""
    address = f"{letter}/pages/2"
    answer = amparo.post(f"{address}/retry", {}, shown_at=address, action=f"{address}/retry")
    assert answer.status_code == 302 and answer.location == address
    queues.work_until_idle()
    assert "sixty castings" in amparo.get(address).text


def test_long_contents_have_pages(app: Any, parts: Any, world: World, amparo: Visitor) -> None:
    from portal.accounts.queries import person_by_login
    from portal.documents.queries import CONTENTS_ROWS
    from portal.dossiers.models import Dossier
    from tests.factories import make_document

    with parts.writing() as work:
        by = person_by_login(work.session, "amparo")
        dossier = work.session.get(Dossier, world.general)
        for number in range(CONTENTS_ROWS + 1):
            make_document(work.session, by, dossier, "text", subject=f"Letter number {number};")
    address = f"/dossiers/{world.general}"
    assert f'href="{address}?page=2"' in amparo.get(address).text
    assert "Letter number 0;" in amparo.get(f"{address}?page=2").text
    assert "Letter number 0;" not in amparo.get(address).text
