"""Several dossiers in one form, deciding from the list, and grants overseen, through the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from portal.access.models import ReadingGrant
from portal.accounts.models import Person
from portal.core.permissions import Level
from portal.dossiers.models import Dossier
from portal.lending.models import Decision, RequestedVolume, RequestLine
from portal.lending.states import LineState
from tests.factories import actor
from tests.web.test_lending_web import ASK, House


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to a database meanwhile."""
    asked: list[str] = []

    def listen(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", listen)
    yield asked
    event.remove(Engine, "before_cursor_execute", listen)


def number(house: House, dossier_id: int) -> str:
    return str(house.one(select(Dossier.number).where(Dossier.id == dossier_id))[0])


def states(house: House) -> list[LineState]:
    with house.parts.looking() as work:
        return list(work.session.scalars(select(RequestLine.state).order_by(RequestLine.id)))


def send(house: House, address: str, login: str = "reader", **more: Any) -> Any:
    visitor = house.as_(login)
    volumes = re.findall(r'name="volume_ids"[^>]*value="(\d+)"', visitor.get(address).text)
    reader = house.one(select(Person.id).where(Person.login == login))[0]
    data = {**ASK, "volume_ids": volumes, "reader_id": str(reader), "act": "send", **more}
    return visitor.post(address, data, shown_at=address)


def decide(house: House, line_id: int, login: str = "head", at: int = 0, **more: Any) -> Any:
    address = f"/requests/decide/{line_id}" + (f"?at={at}" if at else "")
    data = {"decision": "approve", **more}
    return house.as_(login).post(address, data, shown_at="/requests/decide", action=address)


def test_numbers_are_added_and_taken_off_without_scripts(house: House) -> None:
    one, two, three = (house.dossier()[0] for _ in range(3))
    typed = f"{number(house, two).lower()}, {number(house, three)}；2099-7777"
    page = house.as_("reader").get(f"/requests/new?kind=borrow&dossier={one}&numbers={typed}")
    assert page.status_code == 200
    for dossier_id in (one, two, three):
        assert number(house, dossier_id) in page.text
    assert "These numbers are not in the register: 2099-7777" in page.text


def test_what_was_typed_stays_while_dossiers_are_added_and_taken_off(house: House) -> None:
    one, two, three = (house.dossier()[0] for _ in range(3))
    answer = send(house, f"/requests/new?kind=borrow&dossier={one}&dossier={two}", take_off=str(one))
    assert (answer.status_code, house.count(RequestLine)) == (422, 0)
    assert f'/requests/new?kind=borrow&amp;dossier={two}"' in answer.text
    assert all(words in answer.text for words in ASK.values())
    assert "Nothing has been sent yet." in answer.text and "Please fill in" not in answer.text
    answer = send(house, f"/requests/new?kind=borrow&dossier={two}", numbers=f"{number(house, three)} 2099-7777")
    assert (answer.status_code, house.count(RequestLine)) == (422, 0), "numbers not added yet are added, not ignored"
    assert f'/requests/new?kind=borrow&amp;dossier={two}&amp;dossier={three}"' in answer.text
    assert "These numbers are not in the register: 2099-7777" in answer.text
    ticked = len(re.findall(r'<input checked[^>]*name="volume_ids"', answer.text))
    assert ticked == len(re.findall(r'name="volume_ids"', answer.text)), "the volumes of the new one too"


def test_numbers_tell_nothing_of_core_dossiers(house: House) -> None:
    core, _ = house.dossier(Level.CORE, name="Hengda Secret Ltd")
    page = house.as_("reader").get(f"/requests/new?kind=read&numbers={number(house, core)}").text
    unknown = house.as_("reader").get("/requests/new?kind=read&numbers=2099-7777").text
    assert "Hengda" not in page
    assert f"These numbers are not in the register: {number(house, core)}" in page
    assert "These numbers are not in the register: 2099-7777" in unknown


def test_a_form_without_dossiers_asks_for_numbers(house: House) -> None:
    page = house.as_("reader").get("/requests/new?kind=read").text
    assert "Nothing is asked for yet." in page
    assert 'name="purpose"' not in page


def test_the_register_leads_to_one_request_for_what_is_marked(house: House) -> None:
    ids = [house.dossier()[0] for _ in range(2)]
    page = house.as_("reader").get("/dossiers").text
    assert [f'name="dossier" value="{dossier_id}"' in page for dossier_id in ids] == [True, True]
    address = "/requests/new?" + "&".join(f"dossier={dossier_id}" for dossier_id in ids) + "&kind=borrow"
    answer = send(house, address)
    assert (answer.status_code, answer.location) == (302, "/requests")
    assert states(house) == [LineState.SUBMITTED, LineState.SUBMITTED]


def test_what_stands_against_each_is_said_and_nothing_sent(house: House) -> None:
    one, two = house.dossier()[0], house.dossier()[0]
    house.ask(two)
    answer = send(house, f"/requests/new?kind=borrow&dossier={one}&dossier={two}")
    assert answer.status_code == 409 or answer.status_code == 422
    assert f"<li>{number(house, two)}: There is already an open request" in answer.text
    assert f"<li>{number(house, one)}:" not in answer.text
    assert house.count(RequestLine) == 1


def test_the_form_for_twenty_dossiers_asks_the_database_no_more_often(house: House) -> None:
    ids = [house.dossier()[0] for _ in range(20)]
    reader = house.as_("reader")
    with counted() as one:
        reader.get(f"/requests/new?kind=borrow&dossier={ids[0]}")
    address = "/requests/new?kind=borrow" + "".join(f"&dossier={dossier_id}" for dossier_id in ids)
    with counted() as twenty:
        assert reader.get(address).status_code == 200
    assert len(twenty) <= min(15, len(one) + 1)


def test_the_list_shows_what_a_decision_needs(house: House) -> None:
    line_id = house.ask(house.dossier(Level.IMPORTANT, name="Ribalta Tiles SL")[0])
    page = house.as_("head").get("/requests/decide").text
    for words in ("Ribalta Tiles SL", "Important", "Rea Reader", *ASK.values(), "To be decided by", "Mar 16"):
        assert words in page, words
    house.decide(line_id)
    second = house.as_("records").get("/requests/decide").text
    assert "Signed by" in second and "Hea Dofsales" in second
    assert "Nothing waits for your signature" in house.as_("head").get("/requests/decide").text


def test_approving_goes_on_to_the_next(house: House) -> None:
    lines = [house.ask(house.dossier()[0]) for _ in range(3)]
    answer = decide(house, lines[1], at=1)
    assert (answer.status_code, answer.location) == (302, "/requests/decide?at=1")
    assert states(house) == [LineState.SUBMITTED, LineState.READY, LineState.SUBMITTED]
    page = house.as_("head").get(answer.location).text
    focused = re.findall(r'aria-labelledby="line-(\d+)"\s+autofocus', page)
    assert focused == [str(lines[2])]


def test_a_rejection_asks_for_its_comment_in_the_row(house: House) -> None:
    one, two = (house.ask(house.dossier()[0]) for _ in range(2))
    refused = decide(house, two, at=1, decision="reject", comment=" ")
    assert refused.status_code == 422
    row = refused.text.split(f'id="line-{two}"')[1]
    assert "<details data-reject open>" in row
    assert "Please fill in this field." in row
    assert "<details data-reject open>" not in refused.text.split(f'id="line-{two}"')[0]
    assert decide(house, two, at=1, decision="reject", comment="Not needed").status_code == 302
    assert states(house) == [LineState.SUBMITTED, LineState.REJECTED]
    assert one


def test_a_volume_is_left_out_from_the_list_and_on_the_page(house: House) -> None:
    for way in ("list", "page"):
        dossier_id, _ = house.dossier(volumes=2)
        line_id = house.ask(dossier_id)
        first = house.volumes_of(line_id)["volume_ids"][0]
        if way == "list":
            answer = decide(house, line_id, leave_out=[first])
        else:
            here = f"/requests/{line_id}"
            answer = house.as_("head").post(
                f"{here}/decide",
                {"decision": "approve", "leave_out": [first]},
                shown_at=here,
                action=f"{here}/decide",
            )
        assert answer.status_code == 302
        with house.parts.looking() as work:
            query = select(RequestedVolume.outcome).where(RequestedVolume.line_id == line_id)
            assert list(work.session.scalars(query.order_by(RequestedVolume.id))) == ["refused", "wanted"]
        assert "Left out" in house.as_("reader").get(f"/requests/{line_id}").text


def test_leaving_out_everything_is_refused_in_the_row(house: House) -> None:
    line_id = house.ask(house.dossier(volumes=2)[0])
    answer = decide(house, line_id, leave_out=house.volumes_of(line_id)["volume_ids"])
    assert answer.status_code == 422
    assert "Nothing would be left: reject the request instead." in answer.text
    assert answer.text.count('name="leave_out"') == answer.text.count(" checked>") == 2, "what was marked stays marked"
    assert "<details data-reject open>" not in answer.text, "the trouble is with the approval"
    assert house.count(Decision) == 0


def test_a_decision_of_the_list_is_made_once_and_over_the_version_shown(house: House) -> None:
    line_id = house.ask(house.dossier()[0])
    address = f"/requests/decide/{line_id}"
    form = {**house.as_("head").hidden_fields("/requests/decide", address), "decision": "approve"}
    cancelled = house.ask(house.dossier()[0])
    stale_address = f"/requests/decide/{cancelled}?at=1"
    stale = {**house.as_("head").hidden_fields("/requests/decide", stale_address), "decision": "approve"}
    here = f"/requests/{cancelled}"
    house.as_("reader").post(f"{here}/cancel", {}, shown_at=here, action=f"{here}/cancel")
    assert house.as_("head").client.post(stale_address, data=stale).status_code == 409
    answers = [house.as_("head").client.post(address, data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert house.count(Decision) == 1
    assert states(house) == [LineState.READY, LineState.CANCELLED]


def test_a_rejected_request_says_why_and_leads_to_a_new_one(house: House) -> None:
    dossier_id, _ = house.dossier(volumes=2)
    line_id = house.ask(dossier_id)
    decide(house, line_id, decision="reject", comment="Ask after the stocktaking")
    again = f"/requests/new?kind=borrow&amp;dossier={dossier_id}"
    page = house.as_("reader").get(f"/requests/{line_id}").text
    assert "rejected it:" in page and "Ask after the stocktaking" in page and again in page
    assert "On shelf" not in page.split("Volumes asked for")[1], "where the paper is now is not about this request"
    assert again not in house.as_("head").get(f"/requests/{line_id}").text


def test_what_happens_next_is_said_to_whom_it_concerns(house: House) -> None:
    line_id = house.ask(house.dossier()[0])
    decide(house, line_id)
    assert "Collect them at the desk by" in house.as_("reader").get(f"/requests/{line_id}").text
    seen_by_head = house.as_("head").get(f"/requests/{line_id}").text
    assert "Collect them" not in seen_by_head and "fetches the volumes for Rea Reader" in seen_by_head


def test_strangers_decide_nothing_from_the_list(house: House) -> None:
    line_id = house.ask(house.dossier()[0])
    for who in ("owner", "reader", "clerk"):
        visitor = house.as_(who)
        assert f'"line-{line_id}"' not in visitor.get("/requests/decide").text
        fields = visitor.hidden_fields("/requests/new?kind=read&dossier=1")
        version = house.one(select(RequestLine.row_version))[0]
        data = {**fields, "decision": "approve", "row_version": str(version)}
        assert visitor.client.post(f"/requests/decide/{line_id}", data=data).status_code in (403, 404)
    assert states(house) == [LineState.SUBMITTED]


def test_the_list_of_many_stays_within_its_queries(house: House) -> None:
    for _ in range(8):
        house.ask(house.dossier(volumes=2)[0])
    head = house.as_("head")
    with counted() as queries:
        assert head.get("/requests/decide").text.count("data-decide ") == 8
    assert len(queries) <= 15


def test_the_records_manager_oversees_and_takes_back(house: House) -> None:
    dossier_id, _ = house.dossier(name="Ribalta Tiles SL")
    house.decide(house.ask(dossier_id, kind="read"))
    grant_id = house.one(select(ReadingGrant.id))[0]
    with house.parts.writing() as work:
        work.actor = actor(work.session, work.session.scalars(select(Person).where(Person.login == "reader")).one())
        work.record("page:look", "pages:1", dossier_id=dossier_id)
    records, reader_ = house.as_("records"), house.as_("reader")
    page = records.get("/grants").text
    assert "Ribalta Tiles SL" in page and "1 look, the last on" in page
    assert "1 look, the last on" in reader_.get("/requests").text
    for who in ("reader", "clerk", "head", "manager"):
        assert house.as_(who).get("/grants").status_code == 403
    here, revoke = f"/grants/{grant_id}", f"/grants/{grant_id}/revoke"
    assert records.post(revoke, {"reason": ""}, shown_at=here, action=revoke).status_code == 422
    assert reader_.get(f"/dossiers/{dossier_id}").text.count("Ask to read") == 0
    assert records.post(revoke, {"reason": "The talks are over"}, shown_at=here, action=revoke).status_code == 302
    assert "taken back by the records manager" in records.get(here).text
    line_id = house.one(select(func.max(RequestLine.id)))[0]
    told = reader_.get(f"/requests/{line_id}").text
    assert "taken back by the records manager" in told and "The talks are over" in told
    assert "Ask to read" in reader_.get(f"/dossiers/{dossier_id}").text
    assert "No reading grant is open" in records.get("/grants").text
    assert "Ended" in records.get("/grants?show=all").text
