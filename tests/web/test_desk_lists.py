"""The desk, the front page and the lists: limited, counted, turned page by page, at a fixed number of statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from portal.accounts.models import Department, Person
from portal.core.permissions import Role
from portal.dossiers.models import Volume
from portal.dossiers.states import Custody
from portal.home import queries as home
from portal.lending import services
from portal.lending.models import Loan, RequestLine
from portal.lending.queries import paging
from portal.lending.routes import desk, requests
from portal.lending.states import RequestKind
from tests.factories import actor, make_client, make_dossier, make_person
from tests.unit.lending_world import TEXTS
from tests.web.test_lending_web import House

MOST = 15
"""Statements of any page."""


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that reach a database meanwhile."""
    asked: list[str] = []

    def listen(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", listen)
    yield asked
    event.remove(Engine, "before_cursor_execute", listen)


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    house = House(app, parts)
    with parts.writing() as work:
        sales = work.session.scalars(select(Department).where(Department.name == "Sales")).one()
        for number in range(8):
            make_person(work.session, sales, login=f"buyer{number}", name=f"Buyer {number}")
    return house


def _as(work: Any, parts: Any, login: str) -> Any:
    return parts.unit(work.session, actor(work.session, _person(work, login)))


def _person(work: Any, login: str) -> Person:
    return work.session.scalars(select(Person).where(Person.login == login)).one()


def _version(work: Any, line_id: int) -> int:
    return int(work.session.get_one(RequestLine, line_id).row_version)


class Busy:
    """A desk with as much of everything as a test wants."""

    def __init__(self, house: House) -> None:
        self.house, self.parts = house, house.parts

    def ask(self, count: int, login: str = "reader", kind: RequestKind = RequestKind.BORROW) -> list[tuple[int, int]]:
        """Requests that wait for the head: line ids and volume ids."""
        found = []
        with self.parts.writing() as work:
            owner = _person(work, "owner")
            client = make_client(work.session, owner)
            for _ in range(count):
                dossier = make_dossier(work.session, owner, client)
                work.session.flush()
                [line] = services.file_request(
                    _as(work, self.parts, login), kind=kind, dossier_ids=[dossier.id], **TEXTS
                ).lines
                work.session.flush()
                found.append((line.id, dossier.volumes[0].id))
        return found

    def ready(self, count: int, login: str = "reader") -> list[tuple[int, int]]:
        """Requests that wait at the desk."""
        asked = self.ask(count, login)
        with self.parts.writing() as work:
            for line_id, _ in asked:
                version = _version(work, line_id)
                services.decide_as_head(_as(work, self.parts, "head"), line_id, version, approve=True)
        return asked

    def lend(self, count: int, login: str = "reader", *, announced: bool = False) -> None:
        """Volumes that are out."""
        asked = self.ready(count, login)
        with self.parts.writing() as work:
            for line_id, _ in asked:
                clerk = _as(work, self.parts, "clerk")
                [loan] = services.issue_line(clerk, line_id, _version(work, line_id))
                work.session.flush()
                if announced:
                    services.announce_return(_as(work, self.parts, login), loan.id, loan.row_version)

    def lose(self, count: int) -> None:
        """Volumes that are missing."""
        asked = self.ready(count, "colleague")
        with self.parts.writing() as work:
            for line_id, volume_id in asked:
                clerk = _as(work, self.parts, "clerk")
                services.report_volume_not_found(clerk, line_id, volume_id, _version(work, line_id))

    def statements(self, login: str, path: str) -> int:
        """Statements of a page that has been opened before."""
        visitor = self.house.as_(login)
        visitor.get(path)
        with counted() as found:
            assert visitor.get(path).status_code == 200, path
        return len(found)


@pytest.fixture
def busy(house: House) -> Busy:
    return Busy(house)


def _rows(text: str, head: str) -> str:
    """The section of the page under this heading."""
    return re.search(rf'<section aria-labelledby="{head}">.*?</section>', text, re.DOTALL)[0]


def test_the_queue_is_turned_page_by_page(house: House, busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "FETCHED", 3)
    lines = [line_id for line_id, _ in busy.ready(7)]
    clerk = house.as_("clerk")
    shown = []
    for number, more in ((1, "4 more requests wait"), (2, "1 more request waits"), (3, None)):
        section = _rows(clerk.get(f"/desk?page={number}").text, "fetch-head")
        shown += [int(each) for each in re.findall(r'action="/requests/(\d+)/issue"', section)]
        assert f"7 in all, page {number} of 3" in section
        assert (more in section) if more else ("more request" not in section)
        assert ("page=" + str(number + 1) in section) == (number < 3)
    assert sorted(shown) == sorted(lines)
    assert len(shown) == len(set(shown))


def test_what_is_out_announced_and_missing_is_limited_and_counted(
    house: House, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "SHOWN", 2)
    busy.lend(3, announced=True)
    busy.lose(4)
    clerk = house.as_("clerk")
    page = clerk.get("/desk").text
    for head, address, total in (
        ("out-head", "/loans", 3),
        ("announced-head", "/loans?show=announced", 3),
        ("missing-head", "/desk/missing", 4),
    ):
        section = _rows(page, head)
        assert f'<a href="{address}">Show all {total}</a>' in section
    assert _rows(page, "missing-head").count("It has turned up<") == 2
    assert clerk.get("/desk/missing").text.count("?barcode=") == 4
    assert len(re.findall(r'href="/loans/\d', clerk.get("/loans?show=announced").text)) == 3
    assert house.as_("reader").get("/desk/missing").status_code == 403


def test_missing_volumes_are_listed_to_the_end(house: House, busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    busy.lose(3)
    clerk = house.as_("clerk")
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    assert "more than 2" not in clerk.get("/desk/missing").text  # All on one page: nothing is left to count.
    monkeypatch.setattr(desk, "SHOWN", 1)
    assert "Show all: more than 2" in _rows(clerk.get("/desk").text, "missing-head")


def test_the_front_page_shows_the_first_and_the_way_to_the_rest(
    house: House, busy: Busy, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "ROWS", 2)
    busy.lend(3)
    clock.advance(days=5)
    house.visitors.clear()
    busy.ask(4, "colleague")
    page = house.as_("clerk").get("/").text
    overdue = _rows(page, "overdue")
    assert (overdue.count("<tr>"), '<a href="/loans?show=overdue">Show all 3</a>' in overdue) == (3, True)
    page = house.as_("head").get("/").text
    decide = _rows(page, "decide")
    assert (decide.count("<tr>"), '<a href="/requests#waiting-head">Show all 4</a>' in decide) == (3, True)
    page = house.as_("colleague").get("/").text
    assert _rows(page, "asked").count("<tr>") == 3
    assert "Show everything you asked for" in page


def test_requests_are_turned_list_by_list(house: House, busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SHOWN", 2)
    lines = {line_id for line_id, _ in busy.ask(5)}
    head, reader = house.as_("head"), house.as_("reader")
    for visitor, name in ((head, "waiting"), (reader, "mine")):
        found = set()
        for number in (1, 2, 3):
            section = _rows(visitor.get(f"/requests?{name}={number}").text, f"{name}-head")
            found |= {int(each) for each in re.findall(r'href="/requests/(\d+)"', section)}
            assert f"5 in all, page {number} of 3" in section
        assert found == lines
        turned = _rows(visitor.get(f"/requests?{name}=2&state=ready").text, f"{name}-head")
        assert f'href="/requests?state=ready&amp;{name}=3#{name}-head"' in turned


def test_the_list_to_decide_is_worked_off_from_the_oldest(
    house: House, busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.lending.routes.deciding.SHOWN", 2)
    lines = [line_id for line_id, _ in busy.ask(3)]
    head = house.as_("head")
    page = head.get("/requests/decide").text
    assert [int(each) for each in re.findall(r'id="line-(\d+)"', page)] == lines[:2]
    assert "These are the oldest." in page
    house.decide(lines[0])
    page = head.get("/requests/decide").text
    assert [int(each) for each in re.findall(r'id="line-(\d+)"', page)] == lines[1:]
    assert "These are the oldest." not in page


def test_pages_cost_a_fixed_number_of_statements(house: House, busy: Busy) -> None:
    pages = [
        ("clerk", "/desk"),
        ("clerk", "/desk?page=2"),
        ("clerk", "/desk/missing"),
        ("clerk", "/loans"),
        ("clerk", "/loans?show=overdue"),
        ("clerk", "/requests"),
        ("clerk", "/"),
        ("reader", "/"),
        ("reader", "/requests"),
        ("head", "/"),
        ("head", "/requests"),
        ("head", "/requests/decide"),
        ("records", "/"),
        ("records", "/requests"),
    ]
    numbers: list[dict[tuple[str, str], int]] = []
    for more in (2, 4):
        busy.lend(more, announced=True)
        busy.lose(more)
        busy.ready(more, "reader")
        busy.ask(more, "colleague")
        with house.parts.writing() as work:
            wanted = select(Volume.barcode).where(Volume.custody == Custody.RESERVED).limit(1)
            barcode = work.session.scalars(wanted).one()
            reader_id = _person(work, "reader").id
        one = [("clerk", f"/desk?person={reader_id}"), ("clerk", f"/desk?barcode={barcode}")]
        numbers.append({page: busy.statements(*page) for page in (*pages, *one)})
    few, many = ([*found.values()] for found in numbers)
    assert few == many, (numbers[0], numbers[1])
    assert max(many) <= MOST, numbers[1]


def test_an_opening_to_decide_costs_no_statement_of_its_own(house: House) -> None:
    numbers = []
    for more in (1, 6):
        with house.parts.writing() as work:
            for number in range(more):
                opener = make_person(work.session, _person(work, "reader").department, Role.EMPLOYEE)
                make_dossier(work.session, opener, make_client(work.session, opener), state="submitted", number=None)
                assert number >= 0
        numbers.append(Busy(house).statements("head", "/inbox"))
    assert numbers[0] == numbers[1]


def test_the_plain_field_takes_cards_log_ins_places_and_volumes(house: House, busy: Busy) -> None:
    [(line_id, volume_id)] = busy.ready(1)
    with house.parts.writing() as work:
        reader = _person(work, "reader")
        reader.card_number = "C0000000195"
        reader_id, barcode = reader.id, work.session.get_one(Volume, volume_id).barcode
        place_id = work.session.get_one(Volume, volume_id).home_place_id
        place = work.session.get_one(Volume, volume_id).place
    clerk = house.as_("clerk")
    for code in ("C0000000195", "c00000001 95", "reader"):
        assert clerk.get("/desk", query_string={"barcode": code}).location == f"/desk?person={reader_id}"
    assert clerk.get("/desk", query_string={"barcode": place}).location == f"/places/{place_id}"
    page = clerk.get(f"/desk?person={reader_id}").text
    assert "Rea Reader" in page
    assert f'action="/requests/{line_id}/issue"' in page
    assert f'name="person" value="{reader_id}"' in page
    assert house.as_("clerk").get("/desk?person=99999").status_code == 404
    sent = clerk.post(
        f"/requests/{line_id}/issue",
        {"volume_ids": [str(volume_id)]},
        shown_at=f"/desk?person={reader_id}",
        action=f"/requests/{line_id}/issue",
    )
    assert sent.status_code == 302
    assert house.count(Loan) == 1
    assert barcode in clerk.get(f"/desk?person={reader_id}").text  # What they hold now.


def test_a_volume_goes_to_the_person_at_the_desk_before_the_first_in_line(house: House, busy: Busy) -> None:
    dossier_id, (barcode,) = house.dossier()
    first, second = house.ask(dossier_id), house.ask(dossier_id, login="colleague")
    house.decide(first)
    house.decide(second)
    colleague = house.one(select(Person.id).where(Person.login == "colleague"))[0]
    clerk = house.as_("clerk")
    assert f'action="/requests/{first}/issue"' in clerk.get(f"/desk?barcode={barcode}").text
    page = clerk.get(f"/desk?barcode={barcode}&person={colleague}").text
    assert f'action="/requests/{second}/issue"' in page
    assert "is reserved for Rea Reader" in page


def test_a_dead_card_and_a_code_of_nothing_are_told_apart(house: House) -> None:
    clerk = house.as_("clerk")
    nothing = clerk.get("/desk?barcode=C0000000195")
    assert (nothing.status_code, "There is nothing with the code C0000000195." in nothing.text) == (404, True)
    with house.parts.writing() as work:
        leaver = _person(work, "colleague")
        leaver.card_number, leaver.departed_at = "C0000000195", work.now
    dead = clerk.get("/desk?barcode=C0000000195")
    assert (dead.status_code, "somebody who has left" in dead.text) == (404, True)
