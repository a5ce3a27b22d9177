"""The viewer's pages and pictures: what is shown to whom, what of it stands in the trail, what is drawn."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import numpy as np
import pytest
from PIL import Image

from portal.core.clock import SetClock
from portal.documents.boxes import packed
from portal.documents.models import DocumentVersion, Page, ReadingState
from portal.documents.reading.results import TextBox
from portal.documents.routes import pages
from portal.documents.routes.pages import COUNTED_AT_ONCE, STRIP_PAGES
from portal.documents.viewing import HitCounter
from portal.dossiers.models import Dossier
from tests.factories import make_document
from tests.web.documents_world import (
    LETTER,
    Visitor,
    World,
    only_document,
    pdf,
    trail_of,
    upload,
)

PLAIN = LETTER.replace("castings", "fittings")
RECTANGLE = re.compile(r'<rect [^>]*data-hit="(\d+)"[^>]*class="hit-box([^"]*)"')


@pytest.fixture
def letter(parts: Any, queues: Any, world: World, amparo: Visitor) -> str:
    """The address of a read letter: "castings" stands once on page 1, twice on page 2, never on page 3."""
    upload(amparo, world.general, ("letter.pdf", pdf(LETTER, LETTER * 2, PLAIN)))
    queues.work_until_idle()
    return f"/documents/{only_document(parts)}"


def image_of(page: str) -> str:
    """The address of the page's image, as the page gives it."""
    found = re.search(r'<img class="page-image"[^>]* src="([^"]+)"', page)
    assert found
    return unescape(found[1])


def opened(answer: Any) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.data))


def looks(parts: Any) -> list[tuple[int, str]]:
    return [(entry.details["page"], entry.details["shown"]) for entry in trail_of(parts, "page:look")]


def add_version(parts: Any, *texts: str) -> None:
    """A second version of the only document."""
    kept = parts.store.put(io.BytesIO(pdf(*texts)))
    with parts.writing() as work:
        old = work.session.query(DocumentVersion).one()
        work.session.add(
            DocumentVersion(
                document_id=old.document_id,
                number=2,
                content_key=kept.key,
                file_name="better.pdf",
                file_kind="pdf",
                byte_size=1,
                page_count=len(texts),
                state=ReadingState.READ,
                added_at=old.added_at,
                added_by_id=old.added_by_id,
                pages=[Page(number=n, state=ReadingState.READ, text=text) for n, text in enumerate(texts, 1)],
            )
        )


# --- the trail


def test_a_page_with_its_image_at_every_width_is_one_look(parts: Any, amparo: Visitor, letter: str) -> None:
    address = image_of(amparo.get(f"{letter}/pages/1").text)
    assert opened(amparo.get(address)).width == 1400
    assert opened(amparo.get(f"{address}&width=2400")).width == 2400
    amparo.get(f"{letter}/pages/1/thumbnail")
    amparo.get(f"{letter}/pages/1/hits?q=castings")
    assert looks(parts) == [(1, "page")]


def test_an_address_that_was_passed_on_is_a_look_of_its_own(
    app: Any, parts: Any, amparo: Visitor, letter: str, clock: SetClock
) -> None:
    address = image_of(amparo.get(f"{letter}/pages/1").text)
    Visitor(app, "clerk").get(address)
    amparo.get(address.replace("/pages/1/", "/pages/2/"))
    amparo.get(re.sub("look=[^&]+", "look=bm90aGluZw.x", address))
    assert looks(parts) == [(1, "page"), (1, "image"), (2, "image"), (1, "image")]
    clock.put(clock.now() + timedelta(hours=2))
    amparo = Visitor(app, "amparo")
    amparo.get(address)
    assert looks(parts)[4:] == [(1, "image")], "after an hour it is a new look"


def test_what_is_sent_ahead_is_recorded_as_that(parts: Any, amparo: Visitor, letter: str) -> None:
    page = unescape(amparo.get(f"{letter}/pages/2").text)
    ahead = re.search(r'data-ahead="([^"]*)"', page)
    assert ahead and [address.split("?")[0] for address in ahead[1].split()] == [
        f"{letter}/pages/3/image",
        f"{letter}/pages/1/image",
    ]
    opened(amparo.get(ahead[1].split()[0]))
    assert looks(parts) == [(2, "page")]
    (entry,) = trail_of(parts, "page:send_ahead")
    assert entry.details["page"] == 3


# --- rights


def without_token(text: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)


def test_none_of_it_is_for_those_who_may_not_read(app: Any, parts: Any, amparo: Visitor, letter: str) -> None:
    ours = image_of(amparo.get(f"{letter}/pages/1").text)
    nobody = Visitor(app, "nobody")
    before = len(looks(parts))
    for rest in (
        "/pages",
        "/pages/1/thumbnail",
        "/pages/1/hits?q=castings",
        "/pages/1/image?ahead=1",
        "/versions/1/pages/1/image",
        "/compare",
    ):
        there, absent = nobody.get(letter + rest), nobody.get(f"/documents/999999{rest}")
        assert there.status_code == absent.status_code == 404, rest
        assert without_token(there.text).replace(letter, "") == without_token(absent.text).replace(
            "/documents/999999", ""
        )
    assert nobody.get(ours).status_code == 404
    assert nobody.post(f"{letter}/pages/1/turn", {"rotation": 90}, shown_at="/account").status_code == 404
    assert len(looks(parts)) == before and trail_of(parts, "page:send_ahead") == [] == trail_of(parts, "page:turn")


def test_a_right_that_ended_ends_for_an_open_page(app: Any, parts: Any, amparo: Visitor, letter: str) -> None:
    from portal.access.models import Responsibility

    address = image_of(amparo.get(f"{letter}/pages/1").text)
    with parts.writing() as work:
        work.session.query(Responsibility).delete()
    assert amparo.get(address).status_code == 404


@pytest.mark.parametrize("rest", ["/pages/1/thumbnail", "/pages/1/image", "/versions/1/pages/1/image"])
def test_no_picture_stays_in_a_cache(amparo: Visitor, letter: str, rest: str) -> None:
    answer = amparo.get(letter + rest)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


# --- pictures


def test_thumbnails_are_too_small_to_read_and_marked_all_the_same(
    app: Any, parts: Any, amparo: Visitor, letter: str
) -> None:
    address = f"{letter}/pages/1/thumbnail"
    mine, theirs = opened(amparo.get(address)), opened(Visitor(app, "clerk").get(address))
    assert mine.width <= 160 and mine.height <= 200
    assert mine.tobytes() != theirs.tobytes()
    (kept,) = parts.settings.page_images.glob("*/*small.jpg")
    plain = np.asarray(Image.open(kept).convert("L")).astype(int)
    assert (np.abs(plain - np.asarray(mine.convert("L"))) > 30).mean() > 0.02


def test_a_thumbnail_is_made_of_what_is_drawn_already(parts: Any, amparo: Visitor, letter: str) -> None:
    amparo.get(f"{letter}/pages/1/image")
    parts.renderer.close()
    opened(amparo.get(f"{letter}/pages/1/thumbnail"))
    opened(amparo.get(f"{letter}/pages/1/thumbnail?turn=90"))
    assert parts.renderer.process_id is None


def test_only_the_widths_there_are_get_drawn(parts: Any, amparo: Visitor, letter: str) -> None:
    for width in ("99999", "1", "-5", "wide", "2400"):
        amparo.get(f"{letter}/pages/1/image?width={width}&turn=45")
    assert sorted(path.name[64:] for path in parts.settings.page_images.glob("*/*.jpg")) == [
        "-1-1400.jpg",
        "-1-2400.jpg",
    ]


def test_the_page_knows_the_size_of_an_image_that_was_drawn(amparo: Visitor, letter: str) -> None:
    first = amparo.get(f"{letter}/pages/1").text
    assert 'width="1400"' not in first
    size = opened(amparo.get(image_of(first))).size
    again = amparo.get(f"{letter}/pages/1").text
    assert f'width="{size[0]}" height="{size[1]}"' in again


def test_boxes_end_where_the_strip_under_the_page_begins(amparo: Visitor, letter: str) -> None:
    page = amparo.get(f"{letter}/pages/1").text
    share = re.search(r'class="strip-space" viewBox="0 0 1 ([\d.]+)"', page)
    assert share
    for width in (1400, 2400):
        image = opened(amparo.get(f"{image_of(page)}&width={width}"))
        drawn = round(width * 595 / 420)
        assert image.height - drawn == pytest.approx(float(share[1]) * width, abs=1.5)


# --- turning


def turn(visitor: Visitor, letter: str, rotation: object, number: int = 1) -> Any:
    address = f"{letter}/pages/{number}"
    return visitor.post(f"{address}/turn", {"rotation": rotation}, shown_at=address, action=f"{address}/turn")


def test_a_page_is_turned_once_for_everybody(app: Any, parts: Any, amparo: Visitor, letter: str) -> None:
    assert turn(amparo, letter, 90).location == f"{letter}/pages/1"
    turn(amparo, letter, 90)
    (entry,) = trail_of(parts, "page:turn")
    assert entry.details["rotation"] == 90
    clerk = Visitor(app, "clerk")
    lying = opened(clerk.get(image_of(clerk.get(f"{letter}/pages/1").text)))
    assert lying.width > lying.height
    turned, upright = (opened(clerk.get(f"{letter}/pages/{number}/thumbnail")) for number in (1, 2))
    assert turned.width > upright.width
    page = clerk.get(f"{letter}/pages/1").text
    assert 'id="turn-left" name="rotation" value="0"' in page and 'id="turn-right" name="rotation" value="180"' in page


@pytest.mark.parametrize("rotation", ["45", "-90", "360", "x", ""])
def test_a_turn_that_is_none_is_refused(parts: Any, amparo: Visitor, letter: str, rotation: str) -> None:
    assert turn(amparo, letter, rotation).status_code == 422
    assert trail_of(parts, "page:turn") == []


# --- hits


def test_hits_are_numbered_through_the_document(amparo: Visitor, letter: str) -> None:
    page = unescape(amparo.get(f"{letter}/pages/2?q=castings&hit=3").text)
    assert "Hit 3 of 3" in page and "Next hit</span>" in page
    assert f'href="{letter}/pages/2?q=castings&hit=2#hit-2"' in page
    assert RECTANGLE.findall(page) == [("2", ""), ("3", " current")]
    assert re.findall(r'<mark [^>]*data-hit="(\d)"( class="current")?>castings</mark>', page) == [
        ("2", ""),
        ("3", ' class="current"'),
    ]
    none = unescape(amparo.get(f"{letter}/pages/3?q=castings").text)
    assert "3 hits, none on this page" in none and f"{letter}/pages/2?q=castings&hit=3#hit-3" in none
    assert "No hits in this document" in amparo.get(f"{letter}/pages/1?q=absent").text


@pytest.mark.parametrize("hit", ["0", "2", "99999999999", "x", "-1"])
def test_a_hit_that_stands_elsewhere_is_the_first_of_the_page(amparo: Visitor, letter: str, hit: str) -> None:
    page = amparo.get(f"{letter}/pages/1?q=castings&hit={hit}").text
    assert "Hit 1 of 3" in page and RECTANGLE.findall(page) == [("1", " current")]


def test_a_hit_in_a_corrected_text_is_marked_in_the_text_only(parts: Any, amparo: Visitor, letter: str) -> None:
    with parts.writing() as work:
        page = work.session.query(Page).filter_by(number=1).one()
        page.text = page.text.replace("waybill", "bill of lading")
    shown = amparo.get(f"{letter}/pages/1?q=lading+castings").text
    assert RECTANGLE.findall(shown) == [("1", " current")], "castings has its box, lading has none"
    assert '<mark id="hit-2" data-hit="2">lading</mark>' in shown
    assert "marked in the text only" in shown


def test_hits_of_long_documents_are_counted_after_the_page_is_shown(parts: Any, world: World, amparo: Visitor) -> None:
    from portal.accounts.queries import person_by_login

    texts = ["castings here " + "and nothing else " * 50] * 110
    assert sum(map(len, texts)) > COUNTED_AT_ONCE
    with parts.writing() as work:
        by = person_by_login(work.session, "amparo")
        row = make_document(work.session, by, work.session.get(Dossier, world.general), *texts)
        row.versions[0].pages[69].boxes = packed([TextBox(0.1, 0.1, 0.5, 0.2, "castings here")])
        address = f"/documents/{row.id}/pages/70"
    first = unescape(amparo.get(f"{address}?q=castings").text)
    assert f'data-load="{address}/hits?q=castings"' in first and "Hit " not in first
    assert RECTANGLE.findall(first) == [("1", "")], "the box is there, its number not yet"
    followed = unescape(amparo.get(f"{address}?q=castings&hit=70").text)
    assert f'data-load="{address}/hits?q=castings&hit=70"' in followed, "the hit of the address is not forgotten"
    assert '<input type="hidden" name="hit" value="70">' in followed, "nor over turning the page"
    ways = unescape(amparo.get(f"{address}/hits?q=castings").text)
    assert f"Hit 70 of {len(texts)}" in ways and 'data-first="70"' in ways
    assert "<html" not in ways and "castings here" not in ways
    assert f"Hit 70 of {len(texts)}" in amparo.get(f"{address}?q=castings").text, "counted once, remembered"
    assert f"of {len(texts)}" in amparo.get(f"{address}?q=here&count=1").text


def test_hits_of_huge_documents_are_counted_a_part_at_a_time_and_it_says_so(
    parts: Any, world: World, amparo: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.accounts.queries import person_by_login

    texts = ["castings here " + "and nothing else " * 50] * 110
    budget = 40 * len(texts[0])
    assert budget < COUNTED_AT_ONCE
    monkeypatch.setattr(pages, "_counter", HitCounter(budget=budget))
    with parts.writing() as work:
        by = person_by_login(work.session, "amparo")
        row = make_document(work.session, by, work.session.get(Dossier, world.general), *texts)
        address = f"/documents/{row.id}/pages"
    ways = amparo.get(f"{address}/3/hits?q=castings").text
    assert "Hit 3 of at least 40" in ways
    page = unescape(amparo.get(f"{address}/3?q=castings").text)
    assert "Hit 3 of at least 40" in page and f'data-load="{address}/3/hits?q=castings"' in page
    ahead = unescape(amparo.get(f"{address}/100?q=castings").text)
    assert "At least 40 hits; counted as far as page 40" in ahead
    assert f'href="{address}/40?q=castings&hit=40#hit-40"' in ahead
    assert "At least 80 hits; counted as far as page 80" in amparo.get(f"{address}/100?q=castings&count=1").text
    assert "Hit 100 of 110" in amparo.get(f"{address}/100/hits?q=castings").text
    assert "Count on" not in amparo.get(f"{address}/100?q=castings").text


def test_the_strip_shows_a_part_of_long_documents(parts: Any, world: World, amparo: Visitor) -> None:
    from portal.accounts.queries import person_by_login

    with parts.writing() as work:
        by = person_by_login(work.session, "amparo")
        row = make_document(work.session, by, work.session.get(Dossier, world.general), *["text"] * 120)
        address = f"/documents/{row.id}/pages"
    page = amparo.get(f"{address}/70").text
    assert page.count("/thumbnail") == STRIP_PAGES
    assert f'href="{address}/50">Earlier pages' in page and f'href="{address}/101">Later pages' in page
    assert amparo.get(f"{address}?number=500&q=a").location == f"{address}/120?q=a"
    assert amparo.get(f"{address}?number=x").location == f"{address}/1"


def test_files_without_page_images_show_their_text(parts: Any, world: World, amparo: Visitor) -> None:
    from portal.accounts.queries import person_by_login

    with parts.writing() as work:
        by = person_by_login(work.session, "amparo")
        row = make_document(work.session, by, work.session.get(Dossier, world.general), "ten castings", "two castings")
        row.versions[0].file_kind = "docx"
        address = f"/documents/{row.id}/pages/1"
    page = amparo.get(f"{address}?q=castings").text
    assert "<img" not in page and "Turn right" not in page
    assert "Hit 1 of 2" in page and 'id="page-text" data-part="text" open' in page
    assert looks(parts) == [(1, "text")]
    assert "Shown to Amparo Gil, 2026-03-02 09:00" in page, "text on a screen says who reads it as an image does"
    for rest in ("image", "thumbnail"):
        assert amparo.get(f"{address}/{rest}").status_code == 404


# --- versions


def test_two_versions_side_by_side_are_two_looks(parts: Any, amparo: Visitor, letter: str) -> None:
    add_version(parts, LETTER, LETTER.replace("forty", "sixty"))
    page = amparo.get(f"{letter}/compare?left=1&right=2&page=2").text
    left, right = re.findall(r'<img class="page-image" src="([^"]+)"', unescape(page))
    assert f"{letter}/versions/1/pages/2/image" in left and f"{letter}/versions/2/pages/2/image" in right
    assert opened(amparo.get(left)).tobytes() != opened(amparo.get(right)).tobytes()
    first, second = trail_of(parts, "page:look")
    assert first.details["version"] != second.details["version"]
    assert first.details["page"] == second.details["page"] == 2
    assert f'href="{letter}/compare?page=1"' in amparo.get(f"{letter}/pages/1").text


def test_comparing_starts_with_the_two_newest_and_stays_within_the_pages(
    parts: Any, amparo: Visitor, letter: str
) -> None:
    add_version(parts, LETTER)
    page = amparo.get(f"{letter}/compare?page=99").text
    assert "Page 3 of 3" in page and "This version has no page 3." in page
    assert '<option value="1" selected>' in page and '<option value="2" selected>' in page
    assert looks(parts) == [(3, "image")]
    assert amparo.get(f"{letter}/compare?left=3").status_code == 404


def test_the_image_of_an_older_version_is_its_own(parts: Any, amparo: Visitor, letter: str) -> None:
    before = opened(amparo.get(f"{letter}/pages/2/image")).tobytes()
    add_version(parts, LETTER)
    assert amparo.get(f"{letter}/pages/2/image").status_code == 404
    assert opened(amparo.get(f"{letter}/versions/1/pages/2/image")).tobytes() == before
    assert amparo.get(f"{letter}/versions/7/pages/1/image").status_code == 404
    assert looks(parts) == [(2, "image"), (2, "image")]
