"""What the pages of a handover cost: a limited number of statements, the same for few things and for many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.application import OBLIGATIONS
from portal.core.permissions import Level, Role
from portal.handover.jobs import HandoverClock
from portal.lending import services as lending
from portal.lending.models import Loan, RequestLine
from portal.lending.states import LineState, LoanState, RequestKind
from portal.search.saved.models import SavedSearch
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.web.visitor import Visitor

MOST = 11 + len(OBLIGATIONS.sources)
"""Each feature is asked once what is owed, however much it is."""
TEXTS = {"object_": "The contract", "purpose": "Compare prices", "reason": "Talks next week"}
CHANGES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that reach a database meanwhile, without the BEGIN of SQLite."""
    asked: list[str] = []

    def listen(*arguments: Any) -> None:
        if not arguments[2].startswith("BEGIN"):
            asked.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", listen)
    yield asked
    event.remove(Engine, "before_cursor_execute", listen)


class Handover:
    """An open handover of somebody who owes something of every kind; `owe_more` makes it more of each."""

    def __init__(self, app: Any, parts: Any) -> None:
        self.app, self.parts = app, parts
        with parts.writing() as work:
            session = work.session
            sales, records = make_department(session, "Sales"), make_department(session, "Records")
            leaver = make_person(session, sales, login="leaver", clearance=Level.CORE)
            make_person(session, sales, login="head", head=True, clearance=Level.CORE)
            make_person(session, sales, login="colleague")
            make_person(session, records, Role.CLERK, login="clerk", clearance=Level.CORE)
            make_person(session, records, Role.RECORDS_MANAGER, login="records", head=True, clearance=Level.CORE)
            make_person(session, make_department(session, "Board"), Role.GENERAL_MANAGER, login="general", head=True)
            make_department(session, "Purchasing").head_id = leaver.id
            self.leaver_id = leaver.id
        self.owe_more(1)
        self.visitors = {login: Visitor(app, login) for login in ("head", "records", "leaver")}
        data = {"person_id": str(self.leaver_id), "kind": "leaving", "last_day": "2026-03-09", "to_department_id": "0"}
        assert self.visitors["head"].post("/handovers/new", data, shown_at="/handovers/new").status_code == 302

    def person(self, work: Any, login: str) -> Person:
        return work.session.scalars(select(Person).where(Person.login == login)).one()

    def owe_more(self, count: int) -> None:
        """So many more files, requests, drafts, searches and clients."""
        for _ in range(count):
            with self.parts.writing() as work:
                leaver, owner = self.person(work, "leaver"), self.person(work, "colleague")
                dossiers = [make_dossier(work.session, owner) for _ in range(3)]
                make_dossier(work.session, leaver, make_client(work.session, leaver), state="draft")
                client = make_client(work.session, leaver)
                make_dossier(work.session, leaver, client)
                make_responsible(work.session, leaver, client)
                name = f"Of client {client.id}"
                saved = SavedSearch(person_id=leaver.id, name=name, question="flange", saved_at=work.now)
                work.session.add(saved)
                work.session.flush()
                ids = [row.id for row in dossiers]
                actor = actor_of(work.session, leaver)
            with self.parts.writing(actor) as work:
                for dossier_id in ids[:2]:
                    lending.file_request(work, kind=RequestKind.BORROW, dossier_ids=[dossier_id], **TEXTS)
            with self.parts.writing() as work:
                line = work.session.scalars(select(RequestLine).order_by(RequestLine.id.desc())).first()
                line.state, line.closed_at = LineState.FULFILLED, work.now
                work.session.add(_loan(work, line))

    def statements(self, login: str, path: str) -> int:
        """Statements of a page that has been opened before."""
        self.visitors[login].get(path)
        with counted() as found:
            assert self.visitors[login].get(path).status_code == 200, path
        return len(found)


def _loan(work: Any, line: RequestLine) -> Loan:
    return Loan(
        volume_id=line.volumes[0].volume_id,
        line_id=line.id,
        borrower_id=line.reader_id,
        state=LoanState.ON_LOAN,
        issued_at=work.now,
        issued_on=work.today,
        issued_by_id=line.reader_id,
        due_on=work.today,
        original_due_on=work.today,
        sheets_issued=1,
    )


@pytest.fixture
def handover(app: Any, parts: Any) -> Handover:
    return Handover(app, parts)


def test_the_checklist_and_its_pages_cost_a_fixed_number_of_statements(handover: Handover) -> None:
    page = "/handovers/1"
    pages = [
        *((login, page) for login in ("head", "records", "leaver")),
        ("records", "/handovers"),
        ("head", f"{page}/clients"),
        ("head", f"{page}/letters"),
        ("head", f"{page}/open-items.pdf"),
        ("records", f"{page}/watched"),
    ]
    numbers = []
    for more in (1, 7):
        handover.owe_more(more)
        HandoverClock().look(handover.parts)
        numbers.append({each: handover.statements(*each) for each in pages})
    assert numbers[0] == numbers[1]
    assert max(numbers[1].values()) <= MOST, numbers[1]
    head, data = handover.visitors["head"], {"which": "all", "person_id": "0"}
    preview = f"{page}/clients/preview"
    shown = head.post(preview, data, shown_at=f"{page}/clients", action=preview).text
    expected = re.search(r'name="expected" value="(\w+)"', shown)
    assert expected
    fields = {**data, "expected": expected[1]}
    head.post(f"{page}/clients/hand-over", fields, shown_at=f"{page}/clients", action=preview)
    assert "Told: 0 of 9" in head.get(page).text
    assert max(handover.statements("head", each) for each in (page, f"{page}/letters")) <= MOST


def test_a_look_of_the_timer_writes_nothing_while_nothing_changes_and_looks_at_nothing_closed(
    handover: Handover,
) -> None:
    HandoverClock().look(handover.parts)
    with counted() as asked:
        HandoverClock().look(handover.parts)
    assert asked
    assert not [each for each in asked if each.startswith(CHANGES)]
    head = handover.visitors["head"]
    head.post("/handovers/1/call-off", {}, shown_at="/handovers/1", action="/handovers/1/call-off")
    with counted() as asked:
        HandoverClock().look(handover.parts)
    assert len(asked) == 1
