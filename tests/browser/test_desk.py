"""A clerk's morning at the counter with a barcode reader and the keyboard, and never a mouse."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import select

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.clients.models import Client
from portal.core.permissions import Actor, Role
from portal.dossiers.models import Volume
from portal.dossiers.states import Condition, Custody
from portal.lending import services
from portal.lending.models import Loan
from portal.lending.states import LoanState, RequestKind
from tests.browser.counter import Counter
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


class Archive:
    """A small archive to lend from: Ana and Luis, whose head is 魏建国, and Tom at the counter."""

    def __init__(self, parts: Any) -> None:
        self.parts = parts
        with parts.writing() as work:
            session = work.session
            sales, records = make_department(session, "Sales"), make_department(session, "Information Department")
            make_person(session, sales, login="ana", name="Ana Ruiz")
            make_person(session, sales, login="luis", name="Luis Ortega")
            make_person(session, sales, login="wei", name="魏建国", head=True)
            clerk = make_person(session, records, Role.CLERK, login="tom", name="Tom Reed")
            for language in ("es", "zh"):
                make_person(session, records, Role.CLERK, login=f"clerk-{language}", language=language)
            self.client_id, self.clerk_id = make_client(session, clerk, "恒达机械有限公司").id, clerk.id

    def dossier(self, volumes: int, place: str | None = None) -> tuple[int, list[str]]:
        """A dossier with volumes on the shelf: its id and their barcodes."""
        with self.parts.writing() as work:
            session = work.session
            clerk = session.get_one(Person, self.clerk_id)
            client = session.get_one(Client, self.client_id)
            row = make_dossier(session, clerk, client, volumes=volumes, place=place)
            return row.id, [volume.barcode for volume in row.volumes]

    def ready(self, reader: str, volumes: int, place: str | None = None) -> list[str]:
        """Volumes of a new dossier, approved for this reader; their barcodes."""
        dossier_id, barcodes = self.dossier(volumes, place)
        _approved(self.parts, dossier_id, reader)
        return barcodes

    def out(self, reader: str, volumes: int) -> list[str]:
        """Volumes this reader holds; their barcodes."""
        dossier_id, barcodes = self.dossier(volumes)
        line = _approved(self.parts, dossier_id, reader)
        with self.parts.writing(_actor(self.parts, "tom")) as work:
            services.issue_line(work, *line)
        return barcodes

    def loans(self, barcode: str) -> list[Loan]:
        """Every entry of a volume in the loan register."""
        with self.parts.looking() as work:
            of_volume = select(Loan).join(Volume, Volume.id == Loan.volume_id).where(Volume.barcode == barcode)
            return list(work.session.scalars(of_volume.order_by(Loan.id)))

    def volume(self, barcode: str) -> Volume:
        """How a volume stands."""
        with self.parts.looking() as work:
            return work.session.scalars(select(Volume).where(Volume.barcode == barcode)).one()

    def states(self) -> list[LoanState]:
        """The states of all loans."""
        with self.parts.looking() as work:
            return list(work.session.scalars(select(Loan.state)))


@pytest.fixture
def archive(parts: Any) -> Archive:
    return Archive(parts)


def _swallow(route: Route) -> None:
    """The portal does it; its answer is lost on the way back."""
    route.fetch()
    route.abort("connectionreset")


def test_a_morning_at_the_counter(browser: Any, served: str, archive: Archive, shoot: Any) -> None:
    (first, second, third), (back_one, back_two) = archive.ready("ana", 3), archive.out("luis", 2)
    tom = Counter(browser, served, "tom", "en")
    page = tom.page

    # Ana, then her three volumes; the third is out of her reach until the network is back.
    tom.scan("ana")
    expect(tom.answer).to_contain_text("Ana Ruiz is at the desk.")
    for barcode in (first, second):
        tom.scan(barcode)
        expect(tom.answer).to_contain_text(f"{barcode} for Ana Ruiz: press Enter to hand it out.")
        tom.enter()
        expect(tom.answer).to_contain_text(f"Handed out to Ana Ruiz: {barcode}.")
        expect(tom.field).to_be_focused()

    tom.context.set_offline(True)
    expect(page.get_by_text("The network is down.")).to_be_visible()
    tom.scan(third)
    expect(page.get_by_text("No connection. Nothing was changed.").first).to_be_visible()
    expect(tom.field).to_have_value(third)
    tom.context.set_offline(False)
    expect(page.get_by_text("The network is down.")).to_be_hidden()
    tom.enter()
    expect(tom.answer).to_contain_text(f"{third} for Ana Ruiz")

    # The answer to the third issue is lost on its way back: sent again, it is done once.
    page.route("**/desk/issue/**", _swallow, times=1)
    tom.enter()
    expect(tom.answer).to_contain_text("it is not certain whether this was recorded")
    tom.scan(back_one)  # Whoever goes on scanning is told again: only Enter by itself sends anything.
    expect(tom.field).to_have_value("")
    expect(tom.answer).to_contain_text("it is not certain whether this was recorded")
    expect(tom.answer).to_contain_text(f"{back_one} was not looked up.")
    tom.enter()
    expect(tom.answer).to_contain_text("nothing was done twice")
    expect(tom.answer).to_contain_text(f"{third} is out with Ana Ruiz")
    assert archive.states() == [LoanState.ON_LOAN] * 5

    # A code of nothing is said plainly and changes nothing.
    page.keyboard.press("Escape")
    tom.scan("NOSUCH1")
    expect(tom.answer).to_contain_text("There is nothing with the code NOSUCH1.")

    # Luis brings his two in another order; one has suffered and goes to repair.
    tom.scan(back_two)
    expect(tom.answer).to_contain_text(f"{back_two} is out with Luis Ortega")
    tom.enter()
    expect(tom.answer).to_contain_text(re.compile(f"{back_two} is back. Its place is "))
    tom.scan(back_one)
    expect(tom.answer).to_contain_text(f"{back_one} is out with Luis Ortega")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Sheets counted").first).to_be_focused()
    page.keyboard.type("39")
    tom.tab_to("Condition")
    page.keyboard.type("Damaged")
    tom.tab_to("Send it to repair")
    page.keyboard.press("Space")
    tom.enter()
    expect(tom.answer).to_contain_text("40 sheets went out and 39 came back: say what happened.")
    expect(page.get_by_label("Remark").first).to_be_focused()
    page.keyboard.type("One sheet torn out")
    tom.enter()
    expect(tom.answer).to_contain_text(f"{back_one} is back and goes to repair.")
    expect(tom.field).to_be_focused()
    expect(tom.last_answers).to_contain_text(f"{back_one} is back")
    expect(tom.last_answers).to_contain_text(f"{back_one}: 40 sheets went out")
    expect(tom.last_answers).to_contain_text(f"Handed out to Ana Ruiz: {first}.")
    shoot(page, "desk-morning")
    volume = archive.volume(back_one)
    assert (volume.custody, volume.condition, volume.sheets) == (Custody.IN_REPAIR, Condition.DAMAGED, 39)
    [loan] = archive.loans(back_one)
    assert (loan.state, loan.remark) == (LoanState.RETURNED, "One sheet torn out")
    tom.leave()


def test_fifty_volumes_in_a_row(browser: Any, served: str, archive: Archive) -> None:
    """Out for two readers, and back in any order from anyone; the network goes in the middle of both."""
    (near_id, near), (far_id, far) = archive.dossier(25, "A-01-1"), archive.dossier(25, "B-01-1")
    _approved(archive.parts, far_id, "luis")
    _approved(archive.parts, near_id, "ana")
    tom = Counter(browser, served, "tom", "en")
    page = tom.page
    rows = page.get_by_role("region", name="To fetch, in shelf order").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("A-01-1")  # Asked for later, but nearer on the way along the shelves.
    expect(rows.nth(2)).to_contain_text("B-01-1")

    for reader, name, barcodes in (("ana", "Ana Ruiz", near), ("luis", "Luis Ortega", far)):
        tom.scan(reader)
        expect(tom.answer).to_contain_text(f"{name} is at the desk.")
        for count, barcode in enumerate(barcodes):
            if count == 10:
                page.route("**/desk/issue/**", _swallow, times=1)
            tom.scan(barcode)
            expect(tom.answer).to_contain_text(f"{barcode} for {name}: press Enter to hand it out.")
            tom.enter()
            if count == 10:
                expect(tom.answer).to_contain_text("it is not certain whether this was recorded")
                tom.enter()
                expect(tom.answer).to_contain_text(f"{barcode} is out with {name}")
            else:
                expect(tom.answer).to_contain_text(f"Handed out to {name}: {barcode}.")
            expect(tom.field).to_be_focused()
            expect(tom.field).to_have_value("")
    assert archive.states() == [LoanState.ON_LOAN] * 50

    page.keyboard.press("Escape")
    mixed = [barcode for pair in zip(reversed(near), far, strict=True) for barcode in pair]
    for count, barcode in enumerate(mixed):
        if count == 20:
            tom.context.set_offline(True)
            tom.scan(barcode)
            expect(tom.answer).to_contain_text("No connection. Nothing was changed.")
            tom.context.set_offline(False)
            tom.enter()
        else:
            tom.scan(barcode)
        expect(tom.answer).to_contain_text(f"{barcode} is out with")
        if count % 10 == 7:
            page.keyboard.press("Tab")
            page.keyboard.type("41")
            tom.tab_to("Remark")
            page.keyboard.type("One sheet more than was counted")
        tom.enter()
        expect(tom.answer).to_contain_text(f"{barcode} is back.")
        expect(tom.field).to_be_focused()
    assert archive.states() == [LoanState.RETURNED] * 50
    assert [archive.volume(barcode).sheets for barcode in mixed] == [
        41 if count % 10 == 7 else 40 for count in range(50)
    ]
    assert all(len(archive.loans(barcode)) == 1 for barcode in mixed)
    tom.leave()


def test_a_reader_quicker_than_the_network(browser: Any, served: str, archive: Archive) -> None:
    first, second, third = archive.ready("ana", 3)
    tom = Counter(browser, served, "tom", "en")
    page = tom.page

    def slowly(route: Route) -> None:
        time.sleep(0.3)
        route.continue_()

    page.route("**/desk/look?**", slowly)
    tom.scan("ana")
    for barcode in (first, second, third):
        tom.scan(barcode)
    expect(tom.answer).to_contain_text(f"{third} for Ana Ruiz: press Enter to hand it out.")
    expect(tom.field).to_have_value("")
    expect(tom.answer).to_contain_text(f"{second} was only looked up: nothing was done with it.")
    expect(tom.last_answers).to_contain_text(f"{first} was only looked up: nothing was done with it.")
    tom.enter()
    expect(tom.answer).to_contain_text(f"Handed out to Ana Ruiz: {third}.")
    assert [len(archive.loans(barcode)) for barcode in (first, second, third)] == [0, 0, 1]
    tom.leave()


def test_a_code_read_beside_the_field_is_a_code(browser: Any, served: str, archive: Archive) -> None:
    one, two, three = archive.out("luis", 3)
    tom = Counter(browser, served, "tom", "en")
    page = tom.page

    # Into a remark half written: it stays a remark, and nothing is sent.
    tom.scan(one)
    expect(tom.answer).to_contain_text(f"{one} is out with Luis Ortega")
    tom.tab_to("Remark")
    page.keyboard.type("The cover is loose")
    page.wait_for_timeout(200)  # Somebody stops writing and reaches for the next volume.
    tom.scan(two)
    expect(tom.answer).to_contain_text(f"{two} was not looked up. First press Enter to finish what is open here")
    expect(page.get_by_label("Remark").first).to_have_value("The cover is loose")
    tom.enter()
    expect(tom.answer).to_contain_text(f"{one} is back.")
    assert archive.loans(one)[0].remark == "The cover is loose"

    # Nothing was entered yet: the code is looked up, wherever the focus was.
    tom.scan(two)
    expect(tom.answer).to_contain_text(f"{two} is out with Luis Ortega")
    tom.tab_to("Sheets counted")
    tom.scan(three)
    expect(tom.answer).to_contain_text(f"{three} is out with Luis Ortega")
    expect(tom.answer).to_contain_text(f"{two} was only looked up: nothing was done with it.")
    expect(tom.field).to_be_focused()
    assert [archive.loans(barcode)[0].state for barcode in (two, three)] == [LoanState.ON_LOAN] * 2

    # Enter in the list of conditions sends what is there.
    tom.tab_to("Condition")
    tom.enter()
    expect(tom.answer).to_contain_text(f"{three} is back.")
    tom.leave()


def test_a_key_held_down_and_a_session_that_is_over(browser: Any, served: str, archive: Archive) -> None:
    [barcode] = archive.out("luis", 1)
    tom = Counter(browser, served, "tom", "en")
    page = tom.page
    page.keyboard.type(barcode)
    page.keyboard.down("Enter")
    expect(tom.answer).to_contain_text(f"{barcode} is out with Luis Ortega")
    page.keyboard.down("Enter")  # Held: only who lets go and presses again takes the volume back.
    page.keyboard.up("Enter")
    tom.context.clear_cookies()
    tom.scan(barcode)
    expect(tom.answer).to_contain_text("You are logged out, so nothing was changed.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Log in")).to_be_focused()
    with page.expect_navigation():
        tom.enter()
    expect(page.get_by_label("Log-in name")).to_be_visible()
    assert archive.states() == [LoanState.ON_LOAN]
    tom.leave()


def test_in_the_reading_room_until_this_evening(browser: Any, served: str, archive: Archive) -> None:
    barcode, other = archive.ready("ana", 2)
    tom = Counter(browser, served, "tom", "en")
    page = tom.page
    tom.scan("ana")
    expect(tom.answer).to_contain_text("Ana Ruiz is at the desk.")
    tom.scan(barcode)
    expect(tom.answer).to_contain_text(f"{barcode} for Ana Ruiz")
    page.keyboard.press("Tab")  # The first thing that can be entered, past everything else on the page.
    expect(page.get_by_label("To be read in the reading room, back today")).to_be_focused()
    page.keyboard.press("Space")
    tom.enter()
    expect(tom.answer).to_contain_text(f"Handed out to Ana Ruiz: {barcode}.")
    [loan] = archive.loans(barcode)
    assert (loan.in_reading_room, loan.due_on) == (True, loan.issued_on)

    page.keyboard.press("Tab")
    slips = page.get_by_role("link", name="Print the slips of today")
    expect(slips).to_be_focused()
    printed = page.request.get(f"{served}{slips.get_attribute('href')}")
    assert (printed.status, printed.headers["content-type"]) == (200, "application/pdf")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Roll of 80 mm").last).to_be_focused()
    tom.scan(other)  # A reader asks nobody where the focus is: the link is not followed.
    expect(tom.answer).to_contain_text(f"{other} for Ana Ruiz")
    tom.leave()


@pytest.mark.parametrize("language", ["es", "zh", "en"])
def test_the_counter_speaks(browser: Any, served: str, archive: Archive, shoot: Any, language: str) -> None:
    """Screens for people to look at, in the language of the clerk."""
    barcode, _ = archive.ready("ana", 2, "A-03-2-14")
    [back] = archive.out("luis", 1)
    tom = Counter(browser, served, "tom" if language == "en" else f"clerk-{language}", language)
    page = tom.page
    shoot(page, f"desk-queue-{language}")
    tom.scan("ana")
    tom.hears("%(name)s is at the desk.", name="Ana Ruiz")
    tom.scan(barcode)
    tom.hears("%(volume)s for %(name)s: press Enter to hand it out.", volume=barcode, name="Ana Ruiz")
    shoot(page, f"desk-offer-{language}")
    tom.enter()
    expect(page.get_by_role("link", name=tom.say("Print the slip"), exact=True)).to_be_visible()
    shoot(page, f"desk-handed-out-{language}")
    tom.scan(back)
    expect(tom.answer).to_contain_text("Luis Ortega")
    tom.tab_to("Sheets counted")
    page.keyboard.type("38")
    tom.enter()
    tom.hears("%(issued)s sheets went out and %(returned)s came back: say what happened.", issued=40, returned=38)
    shoot(page, f"desk-refused-{language}")
    page.keyboard.press("Escape")
    tom.scan("NOSUCH1")
    tom.hears("There is nothing with the code %(code)s.", code="NOSUCH1")
    tom.context.set_offline(True)
    tom.scan(back)
    tom.hears("No connection. Nothing was changed. The code is kept: press Enter to ask again.")
    shoot(page, f"desk-offline-{language}")
    tom.context.set_offline(False)
    tom.leave()
