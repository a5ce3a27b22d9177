"""The pages that wait for a person: listed, corrected beside their image, accepted, read again."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from portal.documents.models import Page, ReadingState, TextSource
from tests.web.documents_world import (
    LETTER,
    Visitor,
    World,
    only_document,
    pdf,
    trail_of,
    upload,
)

LIST = "/documents/to-check"


@pytest.fixture
def clerk(app: Any, world: World) -> Visitor:
    return Visitor(app, "clerk")


@pytest.fixture
def scan(app: Any, parts: Any, queues: Any, world: World, clerk: Visitor) -> str:
    """The address of a document of two pages; of the first recognition was not sure, the second failed."""
    upload(clerk, world.general, ("scan.pdf", pdf(LETTER, LETTER)), subject="Waybill")
    queues.work_until_idle()
    with parts.writing() as work:
        first, second = work.session.query(Page).order_by(Page.number)
        first.source, first.confidence, first.text = TextSource.RECOGNISED, 0.619, "f0rty castngs"
        second.state = second.version.state = ReadingState.FAILED
        second.text, second.text_number, second.source = "", 0, None
        second.reason = "Reading the file takes more time than is allowed."
    return f"/documents/{only_document(parts)}"


def typed(page: str) -> str:
    """What stands in the text field of the form."""
    return unescape(re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)[1])


def test_the_list_leads_to_each_page_and_says_why(clerk: Visitor, scan: str) -> None:
    page = clerk.get(LIST).text
    assert f'href="{scan}/pages/1/text"' in page and f'href="{scan}/pages/2/text"' in page
    assert "61 % confidence" in page and "takes more time than is allowed" in page
    assert "2 in all" in page
    failed = clerk.get(f"{LIST}?why=failed").text
    assert f'href="{scan}/pages/1/text"' not in failed and f'href="{scan}/pages/2/text"' in failed
    assert "No page to check matches this filter." in clerk.get(f"{LIST}?kind=fax").text
    assert clerk.get(f"{LIST}?why=nonsense&kind=&department=99999999999&page=-3").status_code == 200


def test_the_way_to_the_list_and_to_a_correction_is_shown_to_records_staff(app: Any, clerk: Visitor, scan: str) -> None:
    assert f'href="{LIST}"' in clerk.get("/").text
    assert f'href="{scan}/pages/1/text"' in clerk.get(f"{scan}/pages/1").text
    amparo = Visitor(app, "amparo")
    assert f'href="{LIST}"' not in amparo.get("/").text
    assert "/pages/1/text" not in amparo.get(f"{scan}/pages/1").text


def test_an_empty_list_says_so(clerk: Visitor) -> None:
    assert "No page waits to be checked" in clerk.get(LIST).text


def test_the_list_is_for_records_staff(app: Any, scan: str) -> None:
    for login in ("amparo", "nobody", "admin"):
        visitor = Visitor(app, login)
        assert visitor.get(LIST).status_code == 403
        assert visitor.get(f"{scan}/pages/1/text").status_code == 403


def test_a_correction_is_shown_and_found_at_once(parts: Any, queues: Any, clerk: Visitor, scan: str) -> None:
    address = f"{scan}/pages/1/text"
    form = clerk.get(address).text
    assert typed(form) == "f0rty castngs" and f'src="{scan}/pages/1/image?' in form
    assert "Recognition was not sure" in form
    answer = clerk.post(address, {"text": "forty hexagonal castings"}, shown_at=address, action=address)
    assert (answer.status_code, answer.location) == (302, LIST)
    queues.work_until_idle()
    assert "Waybill" in clerk.get("/search?q=hexagonal").text
    assert f'href="{scan}/pages/1/text"' not in clerk.get(LIST).text
    shown = clerk.get(address).text
    assert "Corrected by a person" in shown and "Clara Clerk" in shown and "f0rty castngs" in shown
    assert "Try reading this page again" not in shown
    assert "hexagonal" not in str([(e.details, e.action) for e in trail_of(parts, "page:correct")])


def test_the_text_is_right_as_it_is(parts: Any, clerk: Visitor, scan: str) -> None:
    address = f"{scan}/pages/1/text"
    answer = clerk.post(f"{address}/accept", {}, shown_at=address, action=f"{address}/accept")
    assert (answer.status_code, answer.location) == (302, LIST)
    assert f'href="{address}"' not in clerk.get(LIST).text
    shown = clerk.get(address).text
    assert "found right by Clara Clerk" in shown and typed(shown) == "f0rty castngs"
    assert "The text is right as it is" not in shown
    assert len(trail_of(parts, "page:accept")) == 1


def test_two_people_at_one_page_do_not_overwrite_each_other(app: Any, parts: Any, clerk: Visitor, scan: str) -> None:
    address = f"{scan}/pages/1/text"
    seen_before = clerk.hidden_fields(address, address)
    keeper = Visitor(app, "keeper")
    keeper.post(address, {"text": "forty castings, says Kim"}, shown_at=address, action=address)
    looks = len(trail_of(parts, "page:look"))
    answer = clerk.client.post(address, data={**seen_before, "text": "forty castings, says Clara"})
    assert "Someone else changed this" in answer.text and "says Clara" in answer.text
    assert typed(answer.text) == "forty castings, says Kim"
    assert len(trail_of(parts, "page:look")) == looks + 1
    late = clerk.client.post(f"{address}/accept", data=seen_before)
    assert late.status_code == 409 and "says Kim" not in late.text
    assert typed(clerk.get(address).text) == "forty castings, says Kim"


def test_a_page_that_failed_is_typed_or_tried_again(parts: Any, queues: Any, clerk: Visitor, scan: str) -> None:
    address = f"{scan}/pages/2"
    form = clerk.get(f"{address}/text").text
    assert "The text is right as it is" not in form and typed(form) == ""
    assert clerk.post(f"{address}/retry", {}, shown_at=f"{address}/text", action=f"{address}/retry").status_code == 302
    assert "is being read at the moment" in clerk.get(f"{address}/text").text
    queues.work_until_idle()
    assert "forty castings" in typed(clerk.get(f"{address}/text").text)
    assert f'href="{address}/text"' not in clerk.get(LIST).text


def test_every_look_at_the_form_is_recorded(parts: Any, clerk: Visitor, scan: str, world: World) -> None:
    clerk.get(f"{scan}/pages/1/text")
    (look,) = trail_of(parts, "page:look")
    assert (look.dossier_id, look.details["page"], look.details["shown"]) == (world.general, 1, "page")


def test_core_pages_are_for_who_is_cleared(app: Any, parts: Any, queues: Any, world: World, clerk: Visitor) -> None:
    keeper = Visitor(app, "keeper")
    upload(keeper, world.core, ("scan.pdf", pdf()), subject="Secret waybill")
    queues.work_until_idle()
    with parts.writing() as work:
        page = work.session.query(Page).one()
        page.source, page.confidence = TextSource.RECOGNISED, 0.2
    address = f"/documents/{only_document(parts)}/pages/1/text"
    assert "Secret waybill" in keeper.get(LIST).text and keeper.get(address).status_code == 200
    assert "Secret waybill" not in clerk.get(LIST).text and "1 in all" not in clerk.get(LIST).text
    assert clerk.get(address).status_code == 404
    hidden = keeper.hidden_fields(address, address)
    token = clerk.hidden_fields("/account")["csrf_token"]
    data = {**hidden, "csrf_token": token, "text": "x"}
    assert clerk.client.post(address, data=data).status_code == 404
    assert clerk.client.post(f"{address}/accept", data=data).status_code == 404
    assert trail_of(parts, "page:correct") == []
