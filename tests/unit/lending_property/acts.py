"""The acts themselves: what they can be tried on, and how the services are told to do them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

from portal.accounts import services as accounts
from portal.accounts.models import Department, Person
from portal.core.permissions import Level, Role
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers import services as dossiers
from portal.dossiers.states import Condition, Custody, PlaceKind
from portal.lending import services as lending
from portal.lending.errors import ConfirmationNeeded
from portal.lending.models import OutsidePaper
from portal.lending.services.due_dates import LoansByCalendar
from portal.lending.states import LineState, LoanState, RequestKind
from portal.policy import services as policy
from tests.unit.lending_property.facts import Facts
from tests.unit.lending_property.rights import On, open_grants
from tests.unit.lending_property.rules import BORROW, READ, ROOM, How, counting_after, is_future_return, level_after
from tests.unit.lending_world import TEXTS

Targets = Callable[[Facts], Iterable[On]]
Do = Callable[[UnitOfWork, Facts, On, How], object]
LOANS = LoansByCalendar()
ROLES = (Role.CLERK, Role.RECORDS_MANAGER, Role.GENERAL_MANAGER, Role.MANAGER, Role.AUDITOR)


def _version(row: Any, how: How) -> int:
    return int(row.row_version) - how.stale


def _lines(*states: LineState) -> Targets:
    return lambda facts: (On(line=row.id) for row in facts.request_lines.values() if row.state in states)


def _asked_volumes(facts: Facts) -> Iterable[On]:
    for row in facts.requested_volumes.values():
        yield On(line=row.line_id, volume=row.volume_id)
    yield from _lines(LineState.READY)(facts)


def _loans(*states: LoanState) -> Targets:
    return lambda facts: (On(loan=row.id) for row in facts.loans.values() if row.state in states)


def _to_void(facts: Facts) -> Iterable[On]:
    yield from (On(loan=loan.id) for loan in facts.open_loans)
    yield from list(_loans(LoanState.RETURNED)(facts))[-1:]


def _volumes(*among: Custody) -> Targets:
    return lambda facts: (On(volume=row.id) for row in facts.volumes.values() if row.custody in among)


def _readers(facts: Facts) -> list[int]:
    """People, often those to whom a grant is open: what happens to them matters."""
    return [*facts.people, *sorted(reader for reader, _ in open_grants(facts)) * 8]


def _dossiers(facts: Facts) -> Iterable[On]:
    """Dossiers, often those that a grant opens."""
    opened = sorted(dossier for _, dossier in open_grants(facts)) * 8
    return (On(dossiers=(dossier,)) for dossier in [*facts.dossiers, *opened])


def _to_ask(facts: Facts) -> Iterable[On]:
    ids = sorted(facts.dossiers)
    for loan in facts.open_loans:  # Often what somebody else has at present.
        for reader in facts.people:
            yield On(person=reader, dossiers=(facts.volumes[loan.volume_id].dossier_id,))
    for reader in facts.people:
        yield from (On(person=reader, dossiers=(one,)) for one in ids)
        yield from (On(person=reader, dossiers=(one, other)) for one, other in zip(ids, ids[1:], strict=False))


def _to_hand_on(facts: Facts) -> Iterable[On]:
    for loan in facts.open_loans:
        for row in facts.requested_volumes.values():
            if row.volume_id == loan.volume_id or row.line_id == loan.line_id:
                yield On(loan=loan.id, line=row.line_id)


def _boxes(facts: Facts) -> list[int]:
    return [row.id for row in facts.places.values() if row.kind == PlaceKind.BOX]


def _shelves(facts: Facts) -> list[int]:
    return [row.id for row in facts.places.values() if row.kind == PlaceKind.SHELF]


def _departments(facts: Facts) -> Iterable[On]:
    for department, person in product(facts.departments, [0, *facts.people]):
        yield On(department=department, person=person)


def _ask(work: UnitOfWork, facts: Facts, on: On, how: How, kind: RequestKind) -> None:
    one = None
    if how.number % 2 and kind != READ and len(on.dossiers) == 1:
        one = [row.id for row in facts.volumes.values() if row.dossier_id == on.dossiers[0]][:1]
    lending.file_request(
        work, kind=kind, dossier_ids=on.dossiers, reader_id=on.person, volume_ids=one, draft=how.part, **TEXTS
    )


def _ask_for_outside(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    papers = [lending.KeptPaper(paper, "0" * 64, "paper.pdf", "pdf", 100, 1) for paper in OutsidePaper]
    visit = lending.Visit("Visi Tor", "Court", facts.today + timedelta(days=1))
    lending.file_outside_request(work, visit=visit, papers=papers, dossier_ids=on.dossiers, **TEXTS)


def _decide(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    line = facts.request_lines[on.line]
    act = lending.decide_as_records if line.state == LineState.HEAD_APPROVED else lending.decide_as_head
    wanted = facts.wanted(on.line)
    left_out = wanted[:1] if how.part and how.approve and len(wanted) > 1 else []
    act(work, on.line, _version(line, how), approve=how.approve, comment="Because.", leave_out=left_out)


def _answering(work: UnitOfWork, how: How, act: Callable[..., object]) -> None:
    """What asks the clerk something is tried once to see the questions, then again with them answered."""
    confirmed: frozenset[str] = frozenset()
    if how.confirmed:
        try:
            with work.session.begin_nested() as asking:
                act(confirmed=confirmed)
                asking.rollback()
        except ConfirmationNeeded as error:
            confirmed = error.keys
        work.session.expire_all()
    act(confirmed=confirmed)


def _hand_out(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    act = partial(
        lending.issue_line,
        work,
        on.line,
        _version(facts.request_lines[on.line], how),
        volume_ids=[on.volume] if on.volume else None,
        in_reading_room=how.room,
        override_reason="The court is waiting." if how.reason else "",
    )
    _answering(work, how, act)


def _hand_on(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    loan, line = facts.loans[on.loan], facts.request_lines[on.line]
    act = partial(
        lending.transfer_loan,
        work,
        on.loan,
        _version(loan, how),
        on.line,
        line.row_version,
        sheets=loan.sheets_issued,
        override_reason="The court is waiting." if how.reason else "",
    )
    _answering(work, how, act)


def _take_back(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    loan = facts.loans[on.loan]
    returned_on = loan.issued_on if how.number % 5 == 0 else None
    if is_future_return(how):
        returned_on = facts.today + timedelta(days=1)
    act = lending.find_loan if loan.state == LoanState.LOST else lending.return_volume
    act(
        work,
        on.loan,
        _version(loan, how),
        sheets=loan.sheets_issued - how.number % 2,
        returned_on=returned_on,
        condition=list(Condition)[how.number % len(Condition)] if how.room else None,
        remark="Counted.",
        to_repair=how.part,
    )


def _on_loan(service: Callable[..., object], **said: str) -> Do:
    return lambda work, facts, on, how: service(work, on.loan, _version(facts.loans[on.loan], how), **said)


def _on_line(service: Callable[..., object]) -> Do:
    return lambda work, facts, on, how: service(work, on.line, _version(facts.request_lines[on.line], how))


def _on_volume(service: Callable[..., object], **said: Any) -> Do:
    return lambda work, facts, on, how: service(work, on.volume, _version(facts.volumes[on.volume], how), **said)


def _to_place(service: Callable[..., object]) -> Do:
    def carry(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
        service(work, on.volume, _version(facts.volumes[on.volume], how), facts.places[on.place].barcode)

    return carry


def _move_box(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    dossiers.move_place(
        work, on.place, _version(facts.places[on.place], how), facts.places[on.department].barcode, "More room"
    )


def _not_found(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    lending.report_volume_not_found(work, on.line, on.volume, _version(facts.request_lines[on.line], how))


def _change_level(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    row = facts.dossiers[on.dossiers[0]]
    dossiers.change_level(work, row.id, _version(row, how), level_after(facts, how))


def _change_rights(work: UnitOfWork, facts: Facts, on: On, how: How, **changes: Any) -> None:
    row = facts.people[on.person]
    now = {"roles": facts.roles[row.id], "department_id": row.department_id, "clearance": row.clearance}
    person = work.session.get_one(Person, row.id)
    accounts.change_rights(work, person, version=_version(row, how), **{**now, **changes})


def _move_person(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    _change_rights(work, facts, on, how, department_id=on.department)


def _change_clearance(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    cleared = facts.people[on.person].clearance == Level.CORE
    _change_rights(work, facts, on, how, clearance=Level.GENERAL if cleared else Level.CORE)


def _change_role(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    _change_rights(work, facts, on, how, roles=facts.roles[on.person] ^ {ROLES[how.number % len(ROLES)]})


def _lead(work: UnitOfWork, facts: Facts, on: On, how: How, *, head: bool) -> None:
    row = facts.departments[on.department]
    ids = (on.person or None, row.deputy_id) if head else (row.head_id, on.person or None)
    department = work.session.get_one(Department, row.id)
    accounts.lead_department(work, department, *ids, version=_version(row, how))


def _set_days(work: UnitOfWork, facts: Facts, on: On, how: How, *, is_open: bool) -> None:
    first = facts.today + timedelta(days=how.number % 12 - 1)
    last = first + timedelta(days=how.number % 4)
    policy.set_days(work, policy.DaysApart(first, last, is_open, "Stocktaking"), LOANS)


def _change_counting(work: UnitOfWork, facts: Facts, on: On, how: How) -> None:
    version = max(facts.policy_changes, default=0) - how.stale
    counted, moves = counting_after(how)
    rules = policy.CalendarRules((0, 1, 2, 3, 4), "", counted, moves)
    policy.change_rules(work, version, rules, LOANS)


def _once(facts: Facts) -> Iterable[On]:
    yield On()


ACTS: dict[str, tuple[Targets, Do]] = {
    "ask to read": (_to_ask, lambda work, facts, on, how: _ask(work, facts, on, how, READ)),
    "ask to borrow": (_to_ask, lambda work, facts, on, how: _ask(work, facts, on, how, BORROW)),
    "ask for the reading room": (_to_ask, lambda work, facts, on, how: _ask(work, facts, on, how, ROOM)),
    "ask for an outside reader": (_to_ask, _ask_for_outside),
    "send a draft": (_lines(LineState.DRAFT, LineState.CANCELLED), _on_line(lending.submit_line)),
    "withdraw": (_lines(*LineState), _on_line(lending.cancel_line)),
    "decide": (_lines(*LineState), _decide),
    "hand out": (_asked_volumes, _hand_out),
    "report not found": (_asked_volumes, _not_found),
    "put back": (_volumes(Custody.MISSING, Custody.ON_SHELF), _on_volume(lending.put_back)),
    "take back": (_loans(LoanState.ON_LOAN, LoanState.RETURNED), _take_back),
    "lose": (_loans(LoanState.ON_LOAN, LoanState.LOST), _on_loan(lending.lose_loan, remark="Left on a train.")),
    "find": (_loans(LoanState.LOST), _take_back),
    "void": (_to_void, _on_loan(lending.void_loan, reason="Entered by mistake.")),
    "renew": (_loans(LoanState.ON_LOAN, LoanState.LOST), _on_loan(lending.renew_loan)),
    "recall": (_loans(LoanState.ON_LOAN, LoanState.LOST), _on_loan(lending.recall_loan, reason="Needed at court.")),
    "announce": (_loans(LoanState.ON_LOAN, LoanState.LOST), _on_loan(lending.announce_return)),
    "hand on": (_to_hand_on, _hand_on),
    "send to repair": (_volumes(*Custody), _on_volume(lending.send_to_repair, reason="A torn page.")),
    "end repair": (_volumes(*Custody), _on_volume(lending.end_repair, condition=Condition.WORN)),
    "send to scanning": (_volumes(*Custody), _on_volume(lending.send_to_scanning)),
    "end scanning": (_volumes(*Custody), _on_volume(lending.end_scanning)),
    "give another home": (
        lambda facts: (On(volume=v, place=p) for v, p in product(facts.volumes, _boxes(facts))),
        _to_place(dossiers.place_volume),
    ),
    "put down": (
        lambda facts: (On(volume=v, place=p) for v, p in product(facts.volumes, _boxes(facts))),
        _to_place(dossiers.put_volume),
    ),
    "move a box": (
        lambda facts: (On(place=box, department=shelf) for box, shelf in product(_boxes(facts), _shelves(facts))),
        _move_box,
    ),
    "give a grant back": (
        lambda facts: (On(grant=grant) for grant in facts.reading_grants),
        lambda work, facts, on, how: lending.end_grant(work, on.grant),
    ),
    "take a grant back": (
        lambda facts: (On(grant=grant) for grant in facts.reading_grants),
        lambda work, facts, on, how: lending.revoke_grant(work, on.grant, "No longer needed."),
    ),
    "change the level": (_dossiers, _change_level),
    "move somebody": (
        lambda facts: (On(person=p, department=d) for p, d in product(_readers(facts), facts.departments)),
        _move_person,
    ),
    "change a clearance": (lambda facts: (On(person=person) for person in facts.people), _change_clearance),
    "change a role": (lambda facts: (On(person=person) for person in facts.people), _change_role),
    "name a deputy": (_departments, lambda work, facts, on, how: _lead(work, facts, on, how, head=False)),
    "name a head": (_departments, lambda work, facts, on, how: _lead(work, facts, on, how, head=True)),
    "close days": (_once, lambda work, facts, on, how: _set_days(work, facts, on, how, is_open=False)),
    "open days": (_once, lambda work, facts, on, how: _set_days(work, facts, on, how, is_open=True)),
    "undo days": (
        lambda facts: (On(exception=row) for row in facts.calendar_exceptions),
        lambda work, facts, on, how: policy.undo_days(work, on.exception, LOANS),
    ),
    "change the counting": (_once, _change_counting),
}
"""What each act can be tried on, also where it is not possible, and how it is done."""
