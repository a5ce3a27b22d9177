"""The pages of the watched folder: the tray, placing, discarding, checking, cover sheets, the front page's count."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from portal.accounts.models import Person
from portal.application import create_app
from portal.arrivals.models import Arrival
from portal.arrivals.rules import Sheet, read_sheet_code
from portal.core.permissions import Level
from portal.documents.models import Direction, Document, DocumentKind
from portal.dossiers.models import Dossier
from tests.arrivals_world import Folder, filed, joined, rows, sheet_pdf
from tests.web.documents_world import World, make_world, pdf, trail_of
from tests.web.visitor import Visitor

FACTS = {"kind": "letter", "direction": "in", "dated": "2026-02-27"}


@pytest.fixture
def folder(parts: Any, queues: Any, clock: Any, tmp_path: Path) -> Folder:
    (tmp_path / "arrivals").mkdir()
    return Folder(parts, queues, clock, tmp_path / "arrivals")


def arrived(folder: Folder, name: str = "scan0001.pdf", content: bytes | None = None) -> str:
    """The address of something new in the tray."""
    folder.put(name, content or pdf())
    folder.sweep()
    return f"/arrivals/{rows(folder.parts)[-1].id}"


def test_a_clerk_places_what_waits(app: Any, parts: Any, world: World, folder: Folder) -> None:
    address = arrived(folder)
    clerk = Visitor(app, "clerk")
    assert "1 arrival to place" in clerk.get("/").text
    tray = clerk.get("/arrivals").text
    assert "scan0001.pdf" in tray and "Neither its name nor a cover sheet names" in tray
    page = clerk.get(address).text
    assert f'src="{address}/image"' in page
    answer = clerk.post(address, {**FACTS, "number": "2031-0001"}, shown_at=address)
    assert answer.status_code == 422 and "There is no dossier with the number 2031-0001." in answer.text
    answer = clerk.post(
        address, {**FACTS, "number": world.general_number, "subject": "A waybill"}, shown_at=address, action=address
    )
    assert answer.status_code == 302 and answer.headers["Location"] == "/arrivals"
    assert filed(parts) == [(world.general, "letter", "A waybill", 1)]
    assert "“A waybill” is filed" in clerk.get("/arrivals").text
    assert "to place" not in clerk.get("/").text
    assert clerk.get(address).headers["Location"].startswith("/documents/")


def test_the_form_knows_what_sheet_and_name_say(app: Any, parts: Any, world: World, folder: Folder) -> None:
    code = folder.code(world.general_number, kind=DocumentKind.FAX, dated=date(2026, 2, 3))
    address = arrived(folder, f"{world.general_number} reply.pdf", sheet_pdf(code))
    page = Visitor(app, "clerk").get(address).text
    assert "It is only a cover sheet with nothing behind it." in page
    assert f'value="{world.general_number}"' in page and 'value="2026-02-03"' in page and 'value="reply"' in page
    assert '<option selected value="fax">' in page


def test_the_first_page_is_marked_and_each_look_recorded(app: Any, parts: Any, world: World, folder: Folder) -> None:
    address = arrived(folder)
    answer = Visitor(app, "clerk").get(f"{address}/image")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.height > image.width
    (look,) = trail_of(parts, "arrival:look")
    assert look.subject == f"arrivals:{address.rpartition('/')[2]}"


def test_a_file_nobody_can_draw_has_no_picture(app: Any, parts: Any, world: World, folder: Folder) -> None:
    address = arrived(folder, "tool.exe", b"MZ" * 99)
    clerk = Visitor(app, "clerk")
    page = clerk.get(address).text
    assert "The content of the file cannot be shown here." in page
    assert "can only be discarded" in page and "/image" not in page and "File it in this dossier" not in page
    assert clerk.get(f"{address}/image").status_code == 404


def test_of_a_file_without_pictures_the_beginning_of_its_text_is_shown(
    app: Any, parts: Any, world: World, folder: Folder
) -> None:
    address = arrived(folder, "holiday.txt", b"Holiday of <b>forty</b> castings\n" + b"lantern\n" * 300 + b"the end")
    clerk = Visitor(app, "clerk")
    page = clerk.get(address).text
    assert "Holiday of &lt;b&gt;forty&lt;/b&gt; castings" in page and "…</div>" in page
    assert "the end" not in page and "/image" not in page
    (look,) = trail_of(parts, "arrival:look")
    assert look.subject == f"arrivals:{address.rpartition('/')[2]}"
    refused = clerk.post(address, {**FACTS, "number": "2031-0001"}, shown_at=address, action=address)
    assert refused.status_code == 422 and "castings" in refused.text and filed(parts) == []
    assert len(trail_of(parts, "arrival:look")) == 3, "twice the page, once the refused form"
    facts = {**FACTS, "number": world.general_number}
    assert clerk.post(address, facts, shown_at=address, action=address).status_code == 302
    assert [row.state for row in rows(parts)] == ["filed"]


def test_a_text_that_cannot_be_read_says_so_and_can_be_filed(
    app: Any, parts: Any, world: World, folder: Folder
) -> None:
    address = arrived(folder, "empty lines.txt", b" \n \n")
    page = Visitor(app, "clerk").get(address).text
    assert "The content of the file cannot be shown here. No text was found on this page." in page
    assert "File it in this dossier" in page


@pytest.mark.parametrize("number", ["9999-0001", ""])
def test_the_reason_is_true_of_a_number_that_cannot_be_one_too(
    app: Any, parts: Any, world: World, folder: Folder, number: str
) -> None:
    address = arrived(folder, f"{number} nothing.txt".strip(), b"nothing")
    page = Visitor(app, "clerk").get(address).text
    assert "Neither its name nor a cover sheet names a dossier that you know of." in page


def test_hostile_names_are_text_on_the_page(app: Any, parts: Any, world: World, folder: Folder) -> None:
    address = arrived(folder, "<img src=x onerror=alert(1)> %(name)s {{7+7}} & 'more\".pdf")
    clerk = Visitor(app, "clerk")
    for page in (clerk.get("/arrivals").text, clerk.get(address).text, clerk.get(f"{address}/discard").text):
        assert "<img src=x" not in page and "{{7+7}} &amp; &#39;more_.pdf" in page


def test_what_is_there_already_is_filed_again_only_when_asked(
    app: Any, parts: Any, world: World, folder: Folder
) -> None:
    arrived(folder, f"{world.general_number} first.pdf")
    address = arrived(folder, "second.pdf")
    clerk = Visitor(app, "clerk")
    data = {**FACTS, "number": world.general_number}
    answer = clerk.post(address, data, shown_at=address, action=address)
    assert answer.status_code == 422
    assert f"The same content is in dossier {world.general_number} already, filed as “first”." in answer.text
    assert 'name="again"' in answer.text
    answer = clerk.post(address, {**data, "again": "y"}, shown_at=address, action=address)
    assert answer.status_code == 302 and len(filed(parts)) == 2


def test_discarding_and_putting_back(app: Any, parts: Any, world: World, folder: Folder) -> None:
    address = arrived(folder)
    clerk = Visitor(app, "clerk")
    discard = f"{address}/discard"
    assert clerk.post(discard, {"remark": " "}, shown_at=discard, action=discard).status_code == 422
    assert clerk.post(discard, {"remark": "a blank page"}, shown_at=discard, action=discard).status_code == 302
    tray = clerk.get("/arrivals").text
    assert "“scan0001.pdf” is discarded." in tray and "a blank page" in tray
    assert "Put it back into the tray" in clerk.get(address).text
    back = f"{address}/put-back"
    assert clerk.post(back, {}, shown_at=address, action=back).status_code == 302
    assert "Why it waits" in clerk.get(address).text
    assert [row.state for row in rows(parts)] == ["waiting"]


def test_a_form_over_an_older_state_changes_nothing(app: Any, parts: Any, world: World, folder: Folder) -> None:
    address = arrived(folder)
    clerk, other = Visitor(app, "clerk"), Visitor(app, "keeper")
    hidden = clerk.hidden_fields(address, address)
    for visitor, action, data in ((other, f"{address}/discard", {"remark": "x"}), (other, f"{address}/put-back", {})):
        shown = action if "discard" in action else address
        assert visitor.post(action, data, shown_at=shown, action=action).status_code == 302
    answer = clerk.client.post(address, data={**hidden, **FACTS, "number": world.general_number}, headers=clerk.headers)
    assert answer.status_code == 409 and "Someone else changed this" in answer.text
    assert filed(parts) == []


def test_the_kind_of_what_filed_itself_is_checked(app: Any, parts: Any, world: World, folder: Folder) -> None:
    arrived(folder, f"{world.general_number} fax.pdf")
    (row,) = rows(parts)
    clerk = Visitor(app, "clerk")
    assert "Check the kind" in clerk.get("/arrivals").text
    check = f"/arrivals/{row.id}/check"
    answer = clerk.post(check, {**FACTS, "kind": "fax"}, shown_at=check, action=check)
    assert answer.status_code == 302
    with parts.looking() as work:
        document = work.session.scalars(select(Document)).one()
        assert (document.kind, document.dated) == (DocumentKind.FAX, date(2026, 2, 27))
    tray = clerk.get("/arrivals").text
    assert "Checked" in tray and "Check the kind" not in tray


def test_core_arrivals_are_not_there_for_a_clerk(app: Any, parts: Any, world: World, folder: Folder) -> None:
    arrived(folder, f"{world.core_number} plan.pdf")
    arrived(folder, f"{world.core_number} copy.pdf")
    with parts.looking() as work:
        placed, waiting = work.session.scalars(select(Arrival.id).order_by(Arrival.id)).all()
    clerk, keeper = Visitor(app, "clerk"), Visitor(app, "keeper")
    assert world.core_number not in clerk.get("/arrivals").text
    assert "to place" not in clerk.get("/").text and "1 arrival to place" in keeper.get("/").text
    shown = keeper.get("/arrivals").text
    assert "copy.pdf" in shown and "plan" in shown
    nothing = "/arrivals/99999"
    for path in ("", "/discard", "/check", "/image"):
        for number in (placed, waiting):
            answer = clerk.get(f"/arrivals/{number}{path}")
            assert answer.status_code == clerk.get(nothing + path).status_code == 404
    assert keeper.get(f"/arrivals/{waiting}/image").status_code == 200


def test_without_a_folder_the_page_says_so(app: Any, world: World) -> None:
    assert "No folder is watched." in Visitor(app, "clerk").get("/arrivals").text


def test_a_folder_that_is_gone_is_told_of(settings: Any, clock: Any, tmp_path: Path) -> None:
    path = tmp_path / "arrivals"
    app = create_app(replace(settings, arrivals=path), clock=clock)
    try:
        make_world(app.extensions["legajo"])
        clerk = Visitor(app, "clerk")
        warning = "The watched folder cannot be read. Tell the administrator."
        assert warning in clerk.get("/arrivals").text
        path.mkdir()
        assert warning not in clerk.get("/arrivals").text
    finally:
        app.extensions["legajo"].close()


def test_only_records_staff_have_the_tray(app: Any, world: World) -> None:
    for login in ("amparo", "nobody", "admin"):
        visitor = Visitor(app, login)
        assert visitor.get("/arrivals").status_code == 403
        assert 'href="/arrivals"' not in visitor.get("/").text
    assert "Print a cover sheet" not in Visitor(app, "amparo").get(f"/dossiers/{world.general}").text


def codes_of(content: bytes) -> list[str]:
    """The QR codes on the first page of a PDF, printed and scanned at 100 dots per inch."""
    page = pypdfium2.PdfDocument(content)[0].render(scale=100 / 72).to_pil().convert("1").convert("L")
    return [code.text for code in zxingcpp.read_barcodes(page)]


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_a_printed_sheet_is_found_in_a_scan(app: Any, parts: Any, world: World, folder: Folder, language: str) -> None:
    with parts.writing() as work:
        work.session.scalars(select(Person).where(Person.login == "keeper")).one().language = language
    keeper = Visitor(app, "keeper")
    assert f"/dossiers/{world.general}/cover-sheet" in keeper.get(f"/dossiers/{world.general}").text
    assert keeper.get(f"/dossiers/{world.general}/cover-sheet").status_code == 200
    answer = keeper.get(f"/dossiers/{world.general}/cover-sheet.pdf?kind=contract&direction=out&dated=2026-02-03")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    (code,) = codes_of(answer.data)
    expected = Sheet(world.general_number, DocumentKind.CONTRACT, Direction.OUTGOING, date(2026, 2, 3))
    assert read_sheet_code(code, parts.settings.trail_key) == expected
    text = pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_range()
    assert world.general_number in text and "恒达机械有限公司" in text
    assert len(trail_of(parts, "arrival:sheet")) == 1
    with pikepdf.open(io.BytesIO(answer.data)) as file:
        fonts = [font for page in file.pages for font in page.Resources.Font.values()]
        assert fonts and all("/FontDescriptor" in font for font in fonts), "every font is embedded"
    folder.put("scan.pdf", joined(answer.data, pdf()))
    folder.sweep()
    assert filed(parts) == [(world.general, "contract", "scan", 1)]


def test_sheets_of_core_and_unopened_dossiers(app: Any, parts: Any, world: World) -> None:
    clerk, keeper = Visitor(app, "clerk"), Visitor(app, "keeper")
    for path in ("cover-sheet", "cover-sheet.pdf"):
        assert clerk.get(f"/dossiers/{world.core}/{path}").status_code == 404
        assert keeper.get(f"/dossiers/{world.core}/{path}").status_code == 200
        assert keeper.get(f"/dossiers/{world.draft}/{path}").status_code == 409
    assert keeper.get(f"/dossiers/{world.general}/cover-sheet.pdf?kind=poem").status_code == 422
    assert "Print a cover sheet" not in keeper.get(f"/dossiers/{world.draft}").text


def test_a_dossier_raised_to_core_leaves_the_tray_of_a_clerk(
    app: Any, parts: Any, world: World, folder: Folder
) -> None:
    address = arrived(folder, f"{world.general_number} tool.exe", b"MZ" * 99)
    clerk = Visitor(app, "clerk")
    assert clerk.get(address).status_code == 200
    with parts.writing() as work:
        work.session.get_one(Dossier, world.general).level = Level.CORE
    assert clerk.get(address).status_code == 404
    assert "tool.exe" not in clerk.get("/arrivals").text
