"""A letter for the viewer's tests, and when its page is there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.web.documents_world import LETTER, Visitor, make_world, only_document, pdf, upload

PLAIN = LETTER.replace("castings", "fittings")


def file_letter(app: Any, parts: Any, queues: Any) -> int:
    """A letter of five pages in the archive; "castings" stands once on page 1, twice on page 2, once on page 4.

    To be called before there is a browser: filing uses Flask's test client, which Playwright's event loop disturbs.
    """
    world = make_world(parts)
    pages = (LETTER, LETTER * 2, PLAIN, LETTER, PLAIN)
    upload(Visitor(app, "amparo"), world.general, ("letter.pdf", pdf(*pages)), subject="Delivery of castings")
    queues.work_until_idle()
    return only_document(parts)


def loaded(page: Any) -> None:
    """Wait until the image of the page is there."""
    image = page.locator("#page-image")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 900
