"""The trail and the spine name no more of a dossier's inside than the reader may see in the dossier itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Person
from portal.core.permissions import Role
from portal.dossiers.models import Dossier, Volume
from portal.lending.models import Loan, Request, RequestLine
from tests.factories import make_person, make_place
from tests.web.documents_world import Visitor, World, make_world

TITLE, PLACE, OTHER_PLACE, SHEETS = "Secret merger talks", "Safe-7", "Safe-8", "7319"


@pytest.fixture
def world(app: Any, parts: Any) -> World:
    """A dossier that was given a title as a draft and is official now; a volume that was added and moved."""
    world = make_world(parts)
    with parts.writing() as work:
        make_person(work.session, None, Role.AUDITOR, login="auditor")
        for place in (PLACE, OTHER_PLACE):
            make_place(work.session, place)
        department = work.session.get_one(Dossier, world.draft).department_id
    edit = f"/dossiers/{world.draft}/edit"
    change = {"title": TITLE, "level": "important", "department_id": department}
    assert Visitor(app, "amparo").post(edit, change, shown_at=edit).status_code == 302
    with parts.writing() as work:
        values = {"state": "open", "number": "2026-9999"}
        work.session.execute(update(Dossier).where(Dossier.id == world.draft).values(values))
    keeper, add = Visitor(app, "keeper"), f"/dossiers/{world.draft}/volumes/add"
    assert keeper.post(add, {"place": PLACE, "sheets": SHEETS}, shown_at=add).status_code == 302
    with parts.looking() as work:
        volume = f"/volumes/{work.session.scalars(select(Volume.id).where(Volume.place == PLACE)).one()}/edit"
    assert keeper.post(volume, {"place": OTHER_PLACE, "sheets": SHEETS}, shown_at=volume).status_code == 302
    return world


def rows_about(app: Any, login: str, number: str) -> list[str]:
    page = Visitor(app, login).get("/audit").text
    return [row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if number in row]


def test_titles_places_and_sheets_are_for_readers(app: Any, world: World) -> None:
    auditor, keeper = (rows_about(app, login, "2026-9999") for login in ("auditor", "keeper"))
    assert len(auditor) == len(keeper) == 3, "that it happened, both may know"
    for inside in (TITLE, PLACE, OTHER_PLACE, SHEETS):
        assert any(inside in row for row in keeper)
        assert not any(inside in row for row in auditor)
    assert all("for those who may read the dossier" in row for row in auditor)
    assert not any("for those who may read the dossier" in row for row in keeper)
    assert any("Important" in row for row in auditor), "the level stands in the register"


def test_a_reader_who_may_not_know_the_borrower_reads_no_empty_name(app: Any, parts: Any, world: World) -> None:
    with parts.writing() as work:
        volume = work.session.scalars(select(Volume).where(Volume.dossier_id == world.general)).one()
        nobody = work.session.scalars(select(Person).where(Person.login == "nobody")).one()
        request = Request(filed_by_id=nobody.id, object="x", purpose="x", reason="x", created_at=work.now)
        line = RequestLine(
            request=request, dossier_id=world.general, reader_id=nobody.id, kind="borrow", state="fulfilled"
        )
        work.session.add(line)
        work.session.flush()
        days = {"issued_on": work.today, "due_on": work.today, "original_due_on": work.today}
        people = {"borrower_id": nobody.id, "issued_by_id": nobody.id}
        work.session.add(
            Loan(volume_id=volume.id, line_id=line.id, issued_at=work.now, sheets_issued=1, **people, **days)
        )
        volume.custody = "on_loan"
    here = f"/dossiers/{world.general}"
    amparo, clerk = (Visitor(app, login).get(here).text for login in ("amparo", "clerk"))
    assert "out to No Body until" in clerk
    assert "out to" not in amparo
    assert "out until" in amparo
