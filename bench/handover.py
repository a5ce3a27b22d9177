"""Measures the day people leave: four leavers with 500 clients, 40 loans, 20 requests and 20 saved searches each.

    python -m bench.handover --folder /tmp/handover [--times 20] [--profile PAGE]

1,000 people, 10,000 clients, 20,000 volumes. The folder is filled anew for each run (PORTAL_DATABASE: an empty one).
One reader, whole requests through the WSGI application, on the clock. What is done once in a handover is done in
each of the four; the first warms up and is not counted.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, text, update

from bench.browsing import Browser, Measure, hidden_fields
from bench.desk import open_portal
from bench.desk_archive import HEAD, PASSWORD, Size
from portal.access.models import Responsibility
from portal.accounts.models import Department, Person, PersonRole
from portal.core.permissions import Level, Role
from portal.core.unit_of_work import UnitOfWork
from portal.extensions import db
from portal.handover.jobs import HandoverClock
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.states import LineState, LoanState, RequestKind
from portal.search.saved.models import SavedSearch

RECORDS = "person-40"
LEAVERS = (101, 102, 103, 104)
"""Ids of the leavers: of the archive of `bench.desk_archive`, where log-ins say the id."""
SUCCESSOR = 110
CLIENTS, SECOND, LOANS, REQUESTS, SEARCHES = 500, 100, 40, 20, 20
"""Of each leaver; of the clients the last SECOND as second contact."""


def give_them_what_they_owe(work: UnitOfWork) -> None:
    """Put the leavers into the department of HEAD, and clients, files, requests and searches into their hands."""
    session = work.session
    if session.get_bind().dialect.name == "postgresql":  # The archive has numbered its requests itself.
        session.execute(text("SELECT setval('request_lines_id_seq', (SELECT max(id) FROM request_lines))"))
    head = session.scalars(select(Person).where(Person.login == HEAD)).one()
    department = session.scalars(select(Department).where(Department.head_id == head.id)).one()
    people = {*LEAVERS, SUCCESSOR}
    session.execute(update(Person).where(Person.id.in_(people)).values(department_id=department.id))
    cleared = {*people, head.id, int(RECORDS.removeprefix("person-"))}
    session.execute(update(Person).where(Person.id.in_(cleared)).values(clearance=Level.CORE))
    session.add(PersonRole(person_id=int(RECORDS.removeprefix("person-")), role=Role.RECORDS_MANAGER))
    loans = session.scalars(select(Loan.id).where(Loan.state == LoanState.ON_LOAN).order_by(Loan.id)).all()
    for number, person_id in enumerate(LEAVERS):
        clients = range(number * CLIENTS + 1, (number + 1) * CLIENTS + 1)
        session.execute(delete(Responsibility).where(Responsibility.person_id == person_id))
        first = Responsibility.client_id.in_(clients[:-SECOND])
        session.execute(update(Responsibility).where(first).values(person_id=person_id))
        second = {"person_id": person_id, "rank": 2, "from_date": work.today}
        session.execute(insert(Responsibility), [{"client_id": each, **second} for each in clients[-SECOND:]])
        held = loans[number * LOANS : (number + 1) * LOANS]
        session.execute(update(Loan).where(Loan.id.in_(held)).values(borrower_id=person_id))
        for each in range(REQUESTS):
            session.add(_request(work, person_id, 5000 + number * REQUESTS + each))
        searches = [
            {"person_id": person_id, "name": f"Search {each}", "question": "flange", "saved_at": work.now}
            for each in range(SEARCHES)
        ]
        session.execute(insert(SavedSearch), searches)


def _request(work: UnitOfWork, person_id: int, dossier_id: int) -> Request:
    line = RequestLine(
        dossier_id=dossier_id,
        reader_id=person_id,
        kind=RequestKind.BORROW,
        state=LineState.SUBMITTED,
        submitted_at=work.now,
        expires_on=work.today + timedelta(days=14),
    )
    texts = {"object": "The contract", "purpose": "Compare prices", "reason": "Talks next week"}
    return Request(filed_by_id=person_id, created_at=work.now, lines=[line], **texts)


def close_everything_else(work: UnitOfWork) -> None:
    """What the counter and the leavers would do: files back, requests withdrawn, searches deleted."""
    mine = Loan.borrower_id.in_(LEAVERS)
    done = {"state": LoanState.RETURNED, "returned_on": work.today, "recorded_at": work.now, "sheets_returned": 40}
    received = {"received_by_id": 1}
    work.session.execute(update(Loan).where(mine, Loan.state == LoanState.ON_LOAN).values(**done, **received))
    lines = update(RequestLine).where(RequestLine.reader_id.in_(LEAVERS), RequestLine.state != LineState.FULFILLED)
    work.session.execute(lines.values(state=LineState.CANCELLED, closed_at=work.now))
    work.session.execute(delete(SavedSearch).where(SavedSearch.person_id.in_(LEAVERS)))


def open_handovers(app: Any, head: Browser) -> list[int]:
    """Open the handover of each leaver as their head would; returns the ids."""
    page, found = "/handovers/new", []
    for person_id in LEAVERS:
        with app.extensions["legajo"].looking() as work:
            day = (work.today + timedelta(days=14)).isoformat()
        form = {**head.hidden(page, page), "person_id": str(person_id), "kind": "leaving", "last_day": day}
        answer = head.post(page, {**form, "to_department_id": "0"}, 302)
        found.append(int(answer.headers["Location"].rpartition("/")[2]))
    return found


class Transfer:
    """All clients of a leaver handed to one successor: what the preview offers, then the act."""

    def __init__(self, head: Browser, handover_id: int) -> None:
        self._head, self._page = head, f"/handovers/{handover_id}/clients"
        self._fields = head.hidden(self._page, f"{self._page}/preview")
        self._fields |= {"person_id": str(SUCCESSOR), "which": "all"}
        self._preview = ""

    def preview(self) -> None:
        """Show what would be handed over."""
        self._preview = self._head.post(f"{self._page}/preview", self._fields, 200).text

    def hand_over(self) -> None:
        """Do it."""
        fields = hidden_fields(self._preview, f"{self._page}/hand-over")
        self._head.post(f"{self._page}/hand-over", fields, 302)


def measure(app: Any, times: int) -> None:
    """Print a row for each page and act."""
    parts = app.extensions["legajo"]
    with app.app_context():
        row = Measure(db.engine)
    head, records = (Browser(app, login, PASSWORD) for login in (HEAD, RECORDS))
    ids = open_handovers(app, head)
    repeat, one = range(times + 1), f"/handovers/{ids[0]}"
    row("checklist, as the head", [lambda: head.get(one) for _ in repeat])
    row("checklist, as the records manager", [lambda: records.get(one) for _ in repeat])
    row("checklist, all clients", [lambda: head.get(f"{one}?all=clients") for _ in repeat])
    row("handovers", [lambda: records.get("/handovers") for _ in repeat])
    row("clients to hand over", [lambda: head.get(f"{one}/clients") for _ in repeat])
    row("open items, PDF", [lambda: head.get(f"{one}/open-items.pdf") for _ in repeat[:6]])
    row("the timer's look, nothing new, 4 handovers", [lambda: HandoverClock().look(parts) for _ in repeat])
    transfers = [Transfer(head, each) for each in ids]
    row("preview of 500 clients", [each.preview for each in transfers])
    row("hand over 500 clients", [each.hand_over for each in transfers])
    row("checklist, clients closed", [lambda: head.get(one) for _ in repeat])
    row("letters, the list", [lambda: head.get(f"{one}/letters") for _ in repeat])
    letters = [{**head.hidden(f"/handovers/{each}/letters", f"/handovers/{each}/letters")} for each in ids]
    row(
        "write 500 letters",
        [
            lambda each=each, form=form: head.post(f"/handovers/{each}/letters", {**form, "channel": "print"}, 302)
            for each, form in zip(ids, letters, strict=True)
        ],
    )
    row("500 letters as one PDF", [lambda each=each: head.get(f"/handovers/{each}/letters.pdf") for each in ids])
    with parts.writing() as work:
        close_everything_else(work)
    HandoverClock().look(parts)
    for each in ids:
        _sign(head, each, "department")()
    row("second signature with certificate", [_sign(records, each, "records") for each in ids])
    row("checklist, signed off", [lambda: records.get(one) for _ in repeat])
    row("the timer's look, all closed", [lambda: HandoverClock().look(parts) for _ in repeat])


def _sign(who: Browser, handover_id: int, side: str) -> Any:
    page = f"/handovers/{handover_id}"
    return lambda: who.post(f"{page}/sign", {**who.hidden(page, f"{page}/sign"), "side": side}, 302)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--profile", help="a page of a handover, such as /letters: where its time goes, by function")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    app = open_portal(options.folder, Size(past_loans=20_000))
    with app.extensions["legajo"].writing() as work:
        give_them_what_they_owe(work)
    if options.profile is None:
        measure(app, options.times)
    else:
        head = Browser(app, HEAD, PASSWORD)
        page = f"/handovers/{open_handovers(app, head)[0]}{options.profile}"
        profiler = cProfile.Profile()
        profiler.runcall(lambda: [head.get(page) for _ in range(options.times)])
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    app.extensions["legajo"].close()


if __name__ == "__main__":
    main()
