"""A borrower's inbox in a real browser, at desktop and phone width: what it says, where it leads, what is read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.core.permissions import Level, Role
from portal.lending.reminding import remind
from portal.notices.kinds import NoticeKind
from portal.notices.services import notify
from tests.browser.people import Colleague
from tests.factories import actor, make_grant
from tests.unit.lending_world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def company(parts: Any, clock: Any) -> None:
    """A borrower with a late file, a file due soon, a grant and a refusal; a head who has something to sign."""
    with parts.writing() as work:

        def work_as(who: Any) -> Any:
            work.actor = who
            return work

        world: World = make_world(work.session, work_as)
        for person, login in ((world.reader, "rea"), (world.head, "hea"), (world.clerk, "cle")):
            person.login = login
        world.lend(world.dossier(Level.CORE))
        clock.put(datetime(2026, 3, 5, 1, tzinfo=UTC))
        line = world.ask(world.dossier(), by=world.colleague)
        clock.put(datetime(2026, 3, 9, 1, tzinfo=UTC))
        dossier = world.dossier()
        make_grant(work.session, world.reader, dossier, world.head, date(2026, 3, 20))
        until, about = date(2026, 3, 12), {"about_id": world.head.id}
        notify(work, world.reader.id, NoticeKind.HOLD_READY, "1", dossier_id=dossier.id, volume="V0001", until=until)
        notify(work, world.reader.id, NoticeKind.REQUEST_REFUSED, "1", dossier_id=dossier.id, **about)
        work.actor = None
        remind(work)
        assert line.reader_id == world.colleague.id
        assert Role.MANAGER in actor(work.session, world.head).roles


def test_a_borrower_reads_the_inbox(browser: Any, served: str, company: None, shoot: Any) -> None:
    rea = Colleague(browser, served, "rea", "en")
    page = rea.page
    shoot(page, "front-page-borrower")
    page.get_by_role("link", name=re.compile("^Inbox")).click()
    expect(page.get_by_role("heading", name="Inbox", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="A file is overdue")).to_be_visible()
    expect(page.get_by_text("1 overdue loan")).to_be_visible()
    shoot(page, "inbox")
    page.set_viewport_size({"width": 390, "height": 860})
    assert page.evaluate(SIDEWAYS) <= 0
    counted = int(page.locator(".inbox .count").inner_text())
    page.get_by_role("link", name="Your turn has come").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".inbox .count")).to_have_text(str(counted - 1))
    rea.open("/inbox")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("All notices are marked as read.")).to_be_visible()
    expect(page.locator(".inbox .count")).to_have_text("1")  # The late file is still out.
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
    assert rea.complaints == []


def test_a_head_finds_what_waits(browser: Any, served: str, company: None, shoot: Any) -> None:
    head = Colleague(browser, served, "hea", "en")
    head.open("/inbox")
    page = head.page
    expect(page.get_by_role("link", name="A borrower is late")).to_be_visible()
    expect(page.get_by_role("link", name="A request still waits for your signature")).to_be_visible()
    shoot(page, "inbox-head")
    page.get_by_role("link", name="1 request to decide").click()
    expect(page.get_by_role("heading", name="Requests for you to decide")).to_be_visible()
    assert head.complaints == []
