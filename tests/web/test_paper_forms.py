"""Lists and covers through their pages: who may print what, in which order, and what no paper tells."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.lending.models import Loan, RequestLine
from portal.lending.states import RequestKind
from tests.factories import make_client, make_department, make_document, make_dossier, make_person, make_responsible
from tests.unit.printing.worlds import codes_of, pages_of, pages_toc, texts_of
from tests.web.test_lending_web import House
from tests.web.visitor import Visitor


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


@pytest.fixture
def numbers(house: House) -> dict[str, str]:
    """Dossiers of clients of three languages, one of them core: numbers by the client's name."""
    with house.parts.writing() as work:
        owner = work.session.scalars(select(Person).where(Person.login == "owner")).one()
        found = {}
        for name, level in (
            ("Zúñiga Hermanos SA", Level.GENERAL),
            ("恒达公司", Level.IMPORTANT),
            ("Ángel Orr", Level.GENERAL),
            ("«Harbour» Ltd", Level.GENERAL),
            ("阿里贸易", Level.GENERAL),
            ("3 Rivers Inc", Level.GENERAL),
            ("Secret Partner AG", Level.CORE),
        ):
            dossier = make_dossier(
                work.session, owner, make_client(work.session, owner, name), level=level, title=f"About {name[:3]}"
            )
            found[name] = dossier.number or ""
            if level != Level.CORE:
                make_responsible(work.session, owner, dossier.client)
    return found


def printed(visitor: Visitor, address: str) -> bytes:
    answer = visitor.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text
    return bytes(answer.data)


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(texts_of(pdf)))


def order_in(text: str, names: list[str]) -> list[str]:
    return sorted(names, key=text.index)


def test_the_client_list_stands_in_the_readers_order_and_follows_the_filters(
    house: House, numbers: dict[str, str]
) -> None:
    reader = house.as_("reader")
    page = reader.get("/dossiers?level=general&page=1").text
    link = re.search(r'href="(/dossiers/list\.pdf[^"]*)"', page)
    assert link and "level=general" in link[1] and "page" not in link[1]
    general = text_of(printed(reader, link[1].replace("&amp;", "&")))
    assert "恒达公司" not in general
    assert "Confidentiality General" in general
    whole = text_of(printed(reader, "/dossiers/list.pdf"))
    names = ["3 Rivers Inc", "阿里贸易", "Ángel Orr", "恒达公司", "Zúñiga Hermanos SA"]
    assert order_in(whole, names) == names  # 3, a li, angel, heng da, zuñiga
    turned = text_of(printed(reader, "/dossiers/list.pdf?sort=-name"))
    assert order_in(turned, names) == names[::-1]
    by_number = text_of(printed(reader, "/dossiers/list.pdf?sort=number"))
    assert order_in(by_number, list(numbers.values())[:-1]) == sorted(list(numbers.values())[:-1])
    entries = house.one(select(TrailEntry).where(TrailEntry.action == "paper:print").limit(1))[0]
    assert (entries.subject, entries.details) == ("papers:client_list", {"paper": "client_list", "entries": 5})
    assert "About" not in whole, "titles are for those who may read the dossier"
    assert "About" in text_of(printed(house.as_("owner"), "/dossiers/list.pdf"))


def test_a_cut_list_says_so(house: House, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.printing.queries.MOST_ROWS", 4)
    text = text_of(printed(house.as_("reader"), "/dossiers/list.pdf"))
    assert "4 of 6: the list was cut here" in text
    assert "Ángel Orr" in text
    assert "Zúñiga" not in text


@pytest.mark.parametrize("address", ["/dossiers/list.pdf", "/dossiers/index.pdf"])
def test_a_core_dossier_is_on_lists_by_number_only_and_not_at_all_for_others(
    house: House, numbers: dict[str, str], address: str
) -> None:
    core = numbers["Secret Partner AG"]
    for login in ("clerk", "cleared"):
        text = text_of(printed(house.as_(login), address))
        assert core in text
        assert "Secret" not in text
        assert "About Sec" not in text
        assert text.index(core) > text.index("Zúñiga")
    for login in ("reader", "owner", "manager"):
        text = text_of(printed(house.as_(login), address))
        assert core not in text
        assert "Core dossiers" not in text
    # A list that says what was looked for must not say whose dossier it is.
    found = text_of(printed(house.as_("clerk"), "/dossiers/list.pdf?text=secret"))
    assert core not in found
    assert core in text_of(printed(house.as_("clerk"), f"/dossiers/list.pdf?text={core}"))


def test_the_index_has_initials_by_pinyin_and_places_for_readers(house: House, numbers: dict[str, str]) -> None:
    pdf = printed(house.as_("clerk"), "/dossiers/index.pdf")
    assert [title for level, title in pages_toc(pdf) if level == 1] == [
        "0–9",
        "A",
        "H",
        "Z",
        "Core dossiers: by number only",
    ]
    text = text_of(pdf)
    names = ["3 Rivers Inc", "阿里贸易", "Ángel Orr", "«Harbour» Ltd", "恒达公司", "Zúñiga Hermanos SA"]
    assert order_in(text, names) == names
    assert "A-01-" in text
    assert "A-01-" not in text_of(printed(house.as_("reader"), "/dossiers/index.pdf"))


def test_a_cover_shows_what_a_cabinet_may_show(house: House, numbers: dict[str, str]) -> None:
    ids = dossier_ids(house)
    clerk = house.as_("clerk")
    plain = ids[numbers["恒达公司"]]
    assert f"/dossiers/{plain}/cover.pdf" in clerk.get(f"/dossiers/{plain}").text
    pdf = printed(clerk, f"/dossiers/{plain}/cover.pdf")
    (text,) = texts_of(pdf)
    assert numbers["恒达公司"] in text
    assert "恒达公司" in text
    with house.parts.looking() as work:
        barcode = work.session.get_one(Dossier, plain).volumes[0].barcode
    assert {code for _, code, _ in codes_of(pages_of(pdf)[0], 200)} == {barcode}
    entry = house.one(select(TrailEntry).where(TrailEntry.action == "paper:print"))[0]
    assert (entry.subject, entry.dossier_id, entry.details["paper"]) == (f"dossiers:{plain}", plain, "cover")
    core = ids[numbers["Secret Partner AG"]]
    text = text_of(printed(clerk, f"/dossiers/{core}/cover.pdf"))
    assert numbers["Secret Partner AG"] in text
    assert "Secret" not in text
    assert "About" not in text
    with house.parts.writing() as work:
        make_person(work.session, make_department(work.session), Role.CLERK, login="uncleared")
    assert house.as_("uncleared").get(f"/dossiers/{core}/cover.pdf").status_code == 404
    assert house.as_("uncleared").get("/dossiers/99999/cover.pdf").status_code == 404
    for login in ("reader", "manager", "owner"):
        assert house.as_(login).get(f"/dossiers/{plain}/cover.pdf").status_code == 403


def test_the_list_of_documents_is_for_readers_and_marked(house: House, numbers: dict[str, str]) -> None:
    plain = dossier_ids(house)[numbers["Ángel Orr"]]
    long = "长江三角洲一体化示范区国际贸易分公司" * 16
    with house.parts.writing() as work:
        dossier = work.session.get_one(Dossier, plain)
        owner = work.session.scalars(select(Person).where(Person.login == "owner")).one()
        make_document(work.session, owner, dossier, subject="The later letter", dated=date(2026, 2, 3))
        make_document(work.session, owner, dossier, subject=long[:300], dated=date(2025, 1, 3))
    address = f"/dossiers/{plain}/contents.pdf"
    assert address in house.as_("owner").get(f"/dossiers/{plain}").text
    pdf = printed(house.as_("owner"), address)
    text = text_of(pdf)
    assert long[:300] in re.sub(r"\s", "", text)
    assert re.sub(r"\s", "", text).index(long[:300]) < re.sub(r"\s", "", text).index("Thelaterletter")
    with house.parts.looking() as work:
        name = work.session.scalars(select(Person.name).where(Person.login == "owner")).one()
    for page in texts_of(pdf):
        assert page.count(f"Printed by {name} on") == 2, "in the foot, and across the page"
        assert numbers["Ángel Orr"] in page
    for login in ("reader", "manager", "head"):
        assert house.as_(login).get(address).status_code == 404
        assert house.as_(login).get("/dossiers/99999/contents.pdf").status_code == 404
        assert address not in house.as_(login).get(f"/dossiers/{plain}").text
    assert house.count(TrailEntry, TrailEntry.action == "paper:print") == 1


def dossier_ids(house: House) -> dict[str, int]:
    with house.parts.looking() as work:
        return {row[0]: row[1] for row in work.session.execute(select(Dossier.number, Dossier.id))}


def borrowed(house: House, level: Level = Level.GENERAL, name: str | None = None) -> int:
    dossier, _ = house.dossier(level, name=name)
    line = house.ask(dossier, login="reader" if level == Level.GENERAL else "cleared")
    house.decide(line)
    assert house.issue(line).status_code == 302
    with house.parts.looking() as work:
        return work.session.scalars(select(Loan.id).order_by(Loan.id.desc()).limit(1)).one()


def test_an_extract_of_the_loan_register(house: House, clock: Any) -> None:
    first = borrowed(house, name="First Client SL")
    clerk = house.as_("clerk")
    here = f"/loans/{first}"
    answer = clerk.post(
        f"{here}/return",
        {"sheets": "40", "returned_on": "2026-03-02", "condition": "good", "act": "return"},
        shown_at=here,
        action=f"{here}/return",
    )
    assert answer.status_code == 302, answer.text
    clock.advance(days=1)
    house.visitors.clear()
    borrowed(house, name="Second Client SL")
    clerk = house.as_("clerk")
    page = clerk.get("/loans?show=all&from=2026-03-01&until=2026-03-02").text
    assert "First Client SL" in page
    assert "Second Client SL" not in page
    link = re.search(r'href="(/loans/register\.pdf[^"]*)"', page)
    assert link
    text = text_of(printed(clerk, link[1].replace("&amp;", "&")))
    assert "First Client SL" in text
    assert "Returned Mar 2, 2026" in text
    assert "Handed out until Mar 2, 2026" in text
    assert "Second Client SL" not in text
    whole = text_of(printed(clerk, "/loans/register.pdf?show=all"))
    assert whole.index("First Client SL") < whole.index("Second Client SL")
    assert "Signature" in whole
    with house.parts.looking() as work:
        departments = dict(work.session.execute(select(Person.login, Person.department_id)).all())
    assert "Second" in text_of(printed(clerk, f"/loans/register.pdf?show=all&department={departments['reader']}"))
    empty = text_of(printed(clerk, f"/loans/register.pdf?show=all&department={departments['owner']}"))
    assert "No loan is entered for this choice." in empty
    for strange in ("from=never&until=2026-02-30", "show=x&department=99999999999", "department=0"):
        assert clerk.get(f"/loans/register.pdf?{strange}").status_code == 200
        assert clerk.get(f"/loans?{strange}").status_code == 200
    for login in ("reader", "head"):
        assert house.as_(login).get("/loans/register.pdf").status_code == 403


def test_the_extract_names_no_core_dossier(house: House) -> None:
    dossier, _ = house.dossier(Level.CORE, name="Secret Partner AG")
    with house.parts.writing() as work:
        owner = work.session.scalars(select(Person).where(Person.login == "cleared")).one()
        department = owner.department
        make_person(work.session, department, login="cleared_head", head=True, clearance=Level.CORE)
    line = house.ask(dossier, login="cleared", reason="About the Secret matter")
    house.decide(line, "cleared_head")
    house.decide(line, "records")
    assert house.issue(line).status_code == 302
    text = text_of(printed(house.as_("clerk"), "/loans/register.pdf"))
    with house.parts.looking() as work:
        number = work.session.get_one(Dossier, dossier).number or ""
    assert number in text
    assert "Secret" not in text
    plain = borrowed(house, name="Plain Partner SL")
    whole = text_of(printed(house.as_("clerk"), "/loans/register.pdf"))
    assert "Talks next week" in whole
    with house.parts.writing() as work:  # The same request, also for the core dossier.
        asked = work.session.get_one(Loan, plain).line
        work.session.add(
            RequestLine(
                request_id=asked.request_id, dossier_id=dossier, reader_id=asked.reader_id, kind=RequestKind.READ
            )
        )
    mixed = text_of(printed(house.as_("clerk"), "/loans/register.pdf"))
    assert "Plain Partner SL" in mixed
    assert "Talks next week" not in mixed
    with house.parts.writing() as work:
        work.session.scalars(select(Person).where(Person.login == "clerk")).one().clearance = Level.GENERAL
    house.visitors.clear()
    hidden = text_of(printed(house.as_("clerk"), "/loans/register.pdf"))
    assert number not in hidden
    assert "Talks next week" not in hidden
    assert "Entries 1" in hidden
    first = re.search(r"Signature (\d+) ", hidden)
    assert first and first[1] == "1", "no gap tells of the entry before it"
