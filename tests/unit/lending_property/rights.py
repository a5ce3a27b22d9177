"""Who may try what: the design's table of roles, acts and relations, a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from portal.core.permissions import Level, Role
from portal.lending.states import LineState
from tests.unit.lending_property.facts import Facts

EVERYBODY = frozenset(Role)
DESK = frozenset({Role.CLERK, Role.RECORDS_MANAGER})
CHIEF = frozenset({Role.RECORDS_MANAGER})
CALENDAR = frozenset({Role.RECORDS_MANAGER, Role.ADMINISTRATOR})
ACCOUNTS = frozenset({Role.ADMINISTRATOR})
NOBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class On:
    """What an act is done to; 0 for nothing of the kind."""

    line: int = 0
    loan: int = 0
    volume: int = 0
    grant: int = 0
    dossiers: tuple[int, ...] = ()
    person: int = 0
    department: int = 0
    place: int = 0
    exception: int = 0


@dataclass(frozen=True)
class Door:
    """Whom an act is open to: holders of one of the roles, and whoever stands in the relation to what it is done to."""

    roles: frozenset[Role] = NOBODY
    relation: Callable[[Facts, int, On], bool] | None = None


def _reads_or_filed(facts: Facts, who: int, on: On) -> bool:
    line = facts.request_lines[on.line]
    return who in (line.reader_id, facts.requests[line.request_id].filed_by_id)


def _signs(facts: Facts, who: int, on: On) -> bool:
    return who in signers(facts, facts.request_lines[on.line])


def _borrows(facts: Facts, who: int, on: On) -> bool:
    return bool(who == facts.loans[on.loan].borrower_id)


def _holds_grant(facts: Facts, who: int, on: On) -> bool:
    return bool(who == facts.reading_grants[on.grant].person_id)


MAY: dict[str, Door] = {
    "ask to read": Door(EVERYBODY),
    "ask to borrow": Door(EVERYBODY),
    "ask for the reading room": Door(EVERYBODY),
    "ask for an outside reader": Door(EVERYBODY),
    "send a draft": Door(relation=_reads_or_filed),
    "withdraw": Door(relation=_reads_or_filed),
    "decide": Door(relation=_signs),
    "hand out": Door(DESK),
    "report not found": Door(DESK),
    "put back": Door(DESK),
    "take back": Door(DESK),
    "lose": Door(DESK),
    "find": Door(DESK),
    "void": Door(CHIEF),
    "renew": Door(DESK, _borrows),
    "recall": Door(DESK),
    "announce": Door(relation=_borrows),
    "hand on": Door(DESK),
    "send to repair": Door(DESK),
    "end repair": Door(DESK),
    "send to scanning": Door(DESK),
    "end scanning": Door(DESK),
    "give another home": Door(DESK),
    "put down": Door(DESK),
    "move a box": Door(DESK),
    "give a grant back": Door(relation=_holds_grant),
    "take a grant back": Door(CHIEF),
    "change the level": Door(DESK),
    "move somebody": Door(ACCOUNTS),
    "change a clearance": Door(ACCOUNTS),
    "change a role": Door(ACCOUNTS),
    "name a deputy": Door(ACCOUNTS),
    "name a head": Door(ACCOUNTS),
    "close days": Door(CALENDAR),
    "open days": Door(CALENDAR),
    "undo days": Door(CALENDAR),
    "change the counting": Door(CALENDAR),
}
"""Who may try each act at all. Whether it is possible then: `rules`."""


def may(facts: Facts, act: str, who: int, on: On) -> bool:
    """Whether the table lets a person who is present try this."""
    door = MAY[act]
    return bool(facts.roles[who] & door.roles) or (door.relation is not None and door.relation(facts, who, on))


def cleared(facts: Facts, who: int, dossier_id: int) -> bool:
    """Core dossiers are for people with that clearance; all others are in everybody's register."""
    return bool(facts.dossiers[dossier_id].level != Level.CORE or facts.people[who].clearance == Level.CORE)


def here(facts: Facts, who: int) -> bool:
    """Whether a person has not left."""
    return facts.people[who].departed_at is None


def reads(facts: Facts, who: int, dossier_id: int, *, grants: set[tuple[int, int]]) -> bool:
    """Whether a person may read the dossier: the records department, who looks after the client, the head of one who
    does, and who holds one of these grants (person, dossier)."""
    if not cleared(facts, who, dossier_id):
        return False
    caring = {
        row.person_id
        for row in facts.responsibilities.values()
        if row.client_id == facts.dossiers[dossier_id].client_id
        and row.from_date <= facts.today
        and (row.until_date is None or row.until_date > facts.today)
    }
    heads = {facts.departments[facts.people[person_id].department_id].head_id for person_id in caring}
    return bool(facts.roles[who] & DESK) or who in caring | heads or (who, dossier_id) in grants


def open_grants(facts: Facts) -> set[tuple[int, int]]:
    """Whom a grant opens what today. A core dossier is opened by two signatures only."""
    return {
        (row.person_id, row.dossier_id)
        for row in facts.reading_grants.values()
        if row.ended_at is None
        and row.until_date >= facts.today
        and (row.both_signed or facts.dossiers[row.dossier_id].level != Level.CORE)
    }


def signers(facts: Facts, line: Row[Any]) -> set[int]:
    """Whose signature a line waits for."""
    barred = {line.reader_id, facts.requests[line.request_id].filed_by_id}
    if line.state == LineState.SUBMITTED:
        found = _leaders(facts, line.reader_id)
    elif line.state == LineState.HEAD_APPROVED:
        barred |= facts.approvals(line.id)
        able = {who for who in _holders(facts, Role.RECORDS_MANAGER) - barred if cleared(facts, who, line.dossier_id)}
        found = able or _holders(facts, Role.GENERAL_MANAGER)
    else:
        return set()
    return {who for who in found - barred if here(facts, who) and cleared(facts, who, line.dossier_id)}


def _holders(facts: Facts, role: Role) -> set[int]:
    return {who for who in facts.present if role in facts.roles[who]}


def _leaders(facts: Facts, reader: int) -> set[int]:
    """Who signs first for a reader: the head or the deputy; for a head the deputy; else the general manager."""
    department = facts.departments[facts.people[reader].department_id]
    if Role.GENERAL_MANAGER in facts.roles[reader]:
        return _holders(facts, Role.RECORDS_MANAGER)
    if Role.RECORDS_MANAGER in facts.roles[reader]:
        return _holders(facts, Role.GENERAL_MANAGER)
    named = {department.head_id, department.deputy_id} - {None, reader}
    if reader == department.head_id:
        named = {department.deputy_id} - {None, reader}
    return named or _holders(facts, Role.GENERAL_MANAGER)
