"""Numbers no column holds, years no calendar knows, signs no field takes: an answer each time, never a failure."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.lending.models import Request
from tests.factories import PASSWORD
from tests.web.documents_world import Visitor, World, counts, pdf, upload

NUMBERS = (10**20, -(10**20), 2**63, 2**31, 0)


@pytest.fixture
def keeper(app: Any, world: World) -> Visitor:
    return Visitor(app, "keeper")


@pytest.mark.parametrize(
    "address",
    [
        "/requests/new?dossier={}&kind=read",
        "/dossiers/new?client={}",
        "/dossiers/{}",
        "/documents/{}",
        "/documents/{}/pages/1/image",
        "/requests/{}",
        "/loans/{}",
    ],
)
def test_an_id_that_cannot_be_is_not_found(keeper: Visitor, address: str) -> None:
    answers = {number: keeper.get(address.format(number)).status_code for number in (*NUMBERS, -1)}
    assert answers == dict.fromkeys(answers, 404)


@pytest.mark.parametrize(
    "address",
    [
        "/dossiers?page={}",
        "/dossiers?department={}",
        "/search?q=a&page={}",
        "/audit?page={}",
        "/requests?page={}",
        "/loans?page={}",
        "/dossiers/1?page={}",
    ],
)
def test_a_page_number_that_cannot_be_is_harmless(keeper: Visitor, address: str) -> None:
    answers = {number: keeper.get(address.format(number)).status_code for number in NUMBERS}
    assert answers == dict.fromkeys(answers, 200)


@pytest.mark.parametrize(
    ("address", "explained"),
    [
        ("/reports/statistics?first={0}-01-01&last={0}-12-31", True),
        ("/reports/statistics.pdf?first={0}-01-01&last={0}-12-31&language=en", False),
        ("/audit?first={0}-01-01", True),
        ("/audit?last={0}-12-31", True),
    ],
)
def test_a_year_no_office_knows_is_to_be_corrected(keeper: Visitor, address: str, explained: bool) -> None:
    for year in ("0001", "1899", "3000", "9999"):
        answer = keeper.get(address.format(year))
        assert answer.status_code == 422, year
        assert ("Please give a year from 1900 to 2999." in answer.text) == explained


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_document_of_such_a_year_is_not_filed(app: Any, parts: Any, world: World, year: str) -> None:
    answer = upload(Visitor(app, "amparo"), world.general, ("a.pdf", pdf()), dated=f"{year}-01-01")
    assert (answer.status_code, "Please give a year from 1900 to 2999." in answer.text) == (422, True)
    assert counts(parts) == (0, 0, 0)


@pytest.mark.parametrize(
    "target", ["/a%0d%0ab", "/a%0d%0aSet-Cookie:%20x=y", "/%0a/evil.example", "/%09%5Cevil", "/%00"]
)
def test_a_log_in_is_led_nowhere_unprintable(app: Any, world: World, target: str) -> None:
    visitor = Visitor(app)
    form = visitor.hidden_fields("/log-in")
    form = {name: form[name] for name in form if name != "next"} | {"login": "amparo", "password": PASSWORD}
    answer = visitor.client.post(f"/log-in?next={target}", data=form)
    if target == "/%00":
        assert answer.status_code == 400
    else:
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        assert visitor.get("/account").status_code == 200


def test_a_null_character_in_a_form_is_refused_and_changes_nothing(app: Any, parts: Any, world: World) -> None:
    amparo = Visitor(app, "amparo")
    with parts.looking() as work:
        amparo_id = work.session.scalars(select(Person.id).where(Person.login == "amparo")).one()
    address = f"/requests/new?dossier={world.general}&kind=borrow"
    ask = {"object": "The contract", "purpose": "Compare", "reason": "Talks", "reader_id": amparo_id, "act": "send"}
    for field in ("object", "purpose", "reason", "once"):
        answer = amparo.post(address, {**ask, field: "0123456789 abcdef\0"}, shown_at=address)
        assert answer.status_code == 400, field
    change = {"old": PASSWORD, "new": "another long one\0", "again": "another long one\0"}
    assert amparo.post("/account", change, shown_at="/account").status_code == 400
    with parts.looking() as work:
        assert work.session.scalars(select(Request)).all() == []
    assert Visitor(app, "amparo").get("/account").status_code == 200


@pytest.mark.parametrize(
    "address", ["/search?q=a%00", "/dossiers?text=%00", "/audit?number=%00", "/log-in?next=%00", "/desk?barcode=%00"]
)
def test_a_null_character_in_an_address_is_refused(keeper: Visitor, address: str) -> None:
    assert keeper.get(address).status_code == 400


@pytest.mark.parametrize("query", ["%F0%9F%98%80", "%ED%A0%80", "a" * 5000, "%22", "%25_", "%EF%BF%BF"])
def test_odd_words_find_nothing_and_break_nothing(keeper: Visitor, query: str) -> None:
    assert keeper.get(f"/search?q={query}").status_code == 200
    assert keeper.get(f"/desk?barcode={query}").status_code == 404
    assert keeper.get(f"/dossiers?text={query}").status_code == 200
