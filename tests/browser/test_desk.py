"""A clerk's morning at the counter with a barcode reader and the keyboard, and never a mouse."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.permissions import Actor, Role
from portal.dossiers.models import Volume
from portal.dossiers.states import Condition, Custody
from portal.lending import services
from portal.lending.models import Loan
from portal.lending.states import LoanState, RequestKind
from tests.browser.people import Colleague
from tests.factories import make_client, make_department, make_dossier, make_person
from tests.unit.lending_world import TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _actor(parts: Any, login: str) -> Actor:
    with parts.looking() as work:
        return actor_of(work.session, work.session.scalars(select(Person).where(Person.login == login)).one())


def _approved(parts: Any, dossier_id: int, reader: str) -> tuple[int, int]:
    """A request of this reader that waits at the desk: its id and version."""
    with parts.writing(_actor(parts, reader)) as work:
        [line] = services.file_request(work, kind=RequestKind.BORROW, dossier_ids=[dossier_id], **TEXTS).lines
        work.session.flush()
        line_id, version = line.id, line.row_version
    with parts.writing(_actor(parts, "wei")) as work:
        line = services.decide_as_head(work, line_id, version, approve=True)
        work.session.flush()
        return line_id, line.row_version


@pytest.fixture
def morning(parts: Any) -> list[str]:
    """Three volumes approved for Ana, two out with Luis; their barcodes."""
    with parts.writing() as work:
        session = work.session
        sales, records = make_department(session, "Sales"), make_department(session, "Information Department")
        make_person(session, sales, login="ana", name="Ana Ruiz")
        make_person(session, sales, login="luis", name="Luis Ortega")
        make_person(session, sales, login="wei", name="魏建国", head=True)
        clerk = make_person(session, records, Role.CLERK, login="tom", name="Tom Reed")
        client = make_client(session, clerk, "恒达机械有限公司")
        dossiers = [make_dossier(session, clerk, client, volumes=count) for count in (3, 2)]
        ids, barcodes = [row.id for row in dossiers], [volume.barcode for row in dossiers for volume in row.volumes]
    _approved(parts, ids[0], "ana")
    line = _approved(parts, ids[1], "luis")
    with parts.writing(_actor(parts, "tom")) as work:
        services.issue_line(work, *line)
    return barcodes


def _scan(page: Page, code: str) -> None:
    """What a barcode reader does: it types and presses Enter, and asks nobody where the focus is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def _answer(page: Page) -> Any:
    return page.get_by_role("region", name="Answer", exact=True)


def _field(page: Page) -> Any:
    return page.get_by_label("Scan or type a barcode")


def test_a_morning_at_the_counter(browser: Any, served: str, parts: Any, morning: list[str], shoot: Any) -> None:
    first, second, third, back_one, back_two = morning
    tom = Colleague(browser, served, "tom", "en")
    page = tom.page
    tom.open("/desk")
    expect(_field(page)).to_be_focused()

    # Ana, then her three volumes; the third is out of her reach until the network is back.
    _scan(page, "ana")
    expect(_answer(page)).to_contain_text("Ana Ruiz is at the desk.")
    for barcode in (first, second):
        _scan(page, barcode)
        expect(_answer(page)).to_contain_text(f"{barcode} for Ana Ruiz: press Enter to hand it out.")
        if barcode == first:
            shoot(page, "desk-1-scanned")
        page.keyboard.press("Enter")
        expect(_answer(page)).to_contain_text(f"Handed out to Ana Ruiz: {barcode}.")
        expect(_field(page)).to_be_focused()

    tom.context.set_offline(True)
    expect(page.get_by_text("The network is down.")).to_be_visible()
    _scan(page, third)
    expect(page.get_by_text("No connection. Nothing was changed.").first).to_be_visible()
    expect(_field(page)).to_have_value(third)
    shoot(page, "desk-2-offline")
    tom.context.set_offline(False)
    expect(page.get_by_text("The network is down.")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(_answer(page)).to_contain_text(f"{third} for Ana Ruiz")

    # The answer to the third issue is lost on its way back: sent again, it is done once.
    def swallow(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/desk/issue/**", swallow, times=1)
    page.keyboard.press("Enter")
    expect(_answer(page)).to_contain_text("it is not certain whether this was recorded")
    _scan(page, back_one)  # Whoever goes on scanning is told again: only Enter by itself sends anything.
    expect(_field(page)).to_have_value("")
    expect(_answer(page)).to_contain_text("it is not certain whether this was recorded")
    page.keyboard.press("Enter")
    expect(_answer(page)).to_contain_text("nothing was done twice")
    expect(_answer(page)).to_contain_text(f"{third} is out with Ana Ruiz")
    with parts.looking() as work:
        assert len(work.session.scalars(select(Loan).where(Loan.state == LoanState.ON_LOAN)).all()) == 5

    # A code of nothing is said plainly and changes nothing.
    page.keyboard.press("Escape")
    _scan(page, "NOSUCH1")
    expect(_answer(page)).to_contain_text("There is nothing with the code NOSUCH1.")
    shoot(page, "desk-3-unknown")

    # Luis brings his two in another order; one has suffered.
    _scan(page, back_two)
    expect(_answer(page)).to_contain_text(f"{back_two} is out with Luis Ortega")
    page.keyboard.press("Enter")
    expect(_answer(page)).to_contain_text(re.compile(f"{back_two} is back. Its place is "))
    _scan(page, back_one)
    expect(_answer(page)).to_contain_text(f"{back_one} is out with Luis Ortega")
    _tab_to(page, "Sheets counted")
    page.keyboard.type("39")
    _tab_to(page, "Condition")
    page.keyboard.type("Damaged")
    _tab_to(page, "Remark")
    page.keyboard.press("Enter")
    expect(_answer(page)).to_contain_text("40 sheets went out and 39 came back: say what happened.")
    shoot(page, "desk-4-damaged")
    expect(page.get_by_label("Remark").first).to_be_focused()
    page.keyboard.type("One sheet torn out")
    page.keyboard.press("Enter")
    expect(_answer(page)).to_contain_text(f"{back_one} is back.")
    expect(_field(page)).to_be_focused()
    last = page.get_by_role("region", name="The last answers")
    expect(last).to_contain_text(f"{back_one} is back.")
    expect(last).to_contain_text(f"Handed out to Ana Ruiz: {first}.")
    shoot(page, "desk-5-morning")
    with parts.looking() as work:
        volume = work.session.scalars(select(Volume).where(Volume.barcode == back_one)).one()
        assert (volume.custody, volume.condition, volume.sheets) == (Custody.ON_SHELF, Condition.DAMAGED, 39)
        loan = work.session.scalars(select(Loan).where(Loan.volume_id == volume.id)).one()
        assert (loan.state, loan.remark) == (LoanState.RETURNED, "One sheet torn out")
    tom.leave()


def _tab_to(page: Page, label: str) -> None:
    """Press Tab until the field with this label has the focus."""
    target = page.get_by_label(label).first
    for _ in range(8):
        page.keyboard.press("Tab")
        if target.evaluate("field => field === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {label}")
