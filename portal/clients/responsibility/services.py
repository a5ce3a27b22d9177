"""Saying who looks after a client: one rank, both, or hundreds of clients at once, all or nothing.

Every change holds from its commit on (`portal.access.models.Responsibility`): there is none for a day to come. So
whoever is named may read at once, whoever hands over reads nothing more, and nobody who left meanwhile takes over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, select, update

from portal.access.models import Responsibility, ResponsibilityReason
from portal.access.queries import client_known_to
from portal.accounts.models import Person
from portal.accounts.queries import hold_people
from portal.clients.models import Client
from portal.clients.responsibility.rules import RANKS, may_change
from portal.clients.responsibility.telling import Change, Files, tell_of_changes
from portal.clients.rules import tidy
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork

LONGEST_REMARK = 300
FIELDS = {1: "first", 2: "second"}
"""The field of a form that a rank is chosen in."""
_CHANGED_MEANWHILE = N_(
    "Somebody else has named another responsible employee in the meantime. Nothing was changed. Look again and decide."
)


@dataclass(frozen=True)
class Assignment:
    """From now on `person_id` (None: nobody) is the contact of this rank for the client.

    `instead_of`: who is that now, as far as the acting person knows; None for nobody. Where that is no longer so,
    nothing is changed.
    """

    client_id: int
    rank: int
    person_id: int | None
    instead_of: int | None = None


@dataclass(frozen=True)
class _Place:
    """Somebody who holds a rank of a client at present."""

    row_id: int
    person_id: int


_Present = Mapping[int, Mapping[int, _Place]]
"""By client and rank."""


def assign(
    work: UnitOfWork,
    client_id: int,
    rank: int,
    person_id: int,
    dossier: Any,
    *,
    instead_of: int | None = None,
    reason: ResponsibilityReason = ResponsibilityReason.OTHER,
    remark: str = "",
) -> None:
    """Name one contact of one client, in place of `instead_of`. Raises like `transfer_clients`."""
    transfer_clients(work, [Assignment(client_id, rank, person_id, instead_of)], dossier, reason=reason, remark=remark)


def release(
    work: UnitOfWork,
    client_id: int,
    rank: int,
    person_id: int,
    dossier: Any,
    *,
    reason: ResponsibilityReason = ResponsibilityReason.OTHER,
    remark: str = "",
) -> None:
    """Release a contact of a client without a successor; without the other one it comes into the common pool.

    Raises like `transfer_clients`.
    """
    transfer_clients(work, [Assignment(client_id, rank, None, person_id)], dossier, reason=reason, remark=remark)


def transfer_clients(
    work: UnitOfWork,
    assignments: Sequence[Assignment],
    dossier: Any,
    *,
    reason: ResponsibilityReason,
    remark: str = "",
) -> int:
    """Carry out all of `assignments`, or none; returns how many contacts have changed. `dossier`: the mapped class.

    Who may is said by `portal.clients.responsibility.rules`. Those named are here to stay (neither departed nor
    leaving), first and second contact are two people, and who looks after a client with core dossiers has core
    clearance, as far as the acting person knows of them: a refusal must not tell that there are any. Raises NotFound
    (a client that is not known), Conflict (`instead_of` is not so), NotPermitted, Invalid.
    """
    actor = work.require(Permission.CLIENT_ASSIGN)
    remark = _checked_remark(remark)
    wanted = _by_place(assignments)
    # People are held before clients, and each in the order of their ids: so nobody waits in a circle.
    people = hold_people(work.session, {place.person_id for place in wanted.values() if place.person_id is not None})
    names = _hold_clients(work, actor, dossier, {client_id for client_id, _ in wanted})
    present = _present(work, names)
    changes = [row for row in wanted.values() if row.person_id != row.instead_of]
    _refuse_what_changed(wanted.values(), present)
    files = _files_of(work, dossier, names)
    _check_who_may(work, actor, changes, present, people)
    _check_people(actor, changes, present, people, names, files)
    old = _end(work, changes, present, reason)
    new = _begin(work, changes, reason)
    _record(work, changes, old, new, files, reason, remark)
    gained = [Change(row.person_id, row.client_id, new[row].id) for row in changes if row.person_id is not None]
    lost = [Change(row.instead_of, row.client_id, old[row].row_id) for row in changes if row.instead_of is not None]
    tell_of_changes(work, gained, lost, files)
    return len(changes)


def _checked_remark(remark: str) -> str:
    remark = tidy(remark, keep_lines=True)
    if len(remark) > LONGEST_REMARK:
        raise Invalid(fields={"remark": Message(N_("At most %(most)s characters, please."), {"most": LONGEST_REMARK})})
    return remark


def _by_place(assignments: Sequence[Assignment]) -> dict[tuple[int, int], Assignment]:
    wanted = {(row.client_id, row.rank): row for row in assignments}
    if len(wanted) < len(assignments) or any(row.rank not in RANKS for row in assignments):
        raise ValueError("each contact of a client, first or second, is named once")
    return wanted


def _hold_clients(work: UnitOfWork, actor: Actor, dossier: Any, ids: set[int]) -> dict[int, str]:
    """The names of the clients, which nobody else hands over until this is committed."""
    query = (
        select(Client.id, Client.name)
        .where(Client.id.in_(ids), client_known_to(actor, Client, dossier))
        .order_by(Client.id)
        .with_for_update(of=Client, key_share=True)
    )
    names = {row.id: row.name for row in work.session.execute(query)}
    if len(names) < len(ids):
        raise NotFound()
    return names


def _present(work: UnitOfWork, client_ids: Mapping[int, str]) -> dict[int, dict[int, _Place]]:
    found: dict[int, dict[int, _Place]] = {client_id: {} for client_id in client_ids}
    rows = work.session.execute(
        select(Responsibility.client_id, Responsibility.rank, Responsibility.id, Responsibility.person_id).where(
            Responsibility.client_id.in_(client_ids), Responsibility.until_date.is_(None)
        )
    )
    for client_id, rank, row_id, person_id in rows:
        found[client_id][rank] = _Place(row_id, person_id)
    return found


def _refuse_what_changed(assignments: Any, present: _Present) -> None:
    for row in assignments:
        place = present[row.client_id].get(row.rank)
        if (place.person_id if place else None) != row.instead_of:
            raise Conflict(_CHANGED_MEANWHILE)


def _files_of(work: UnitOfWork, dossier: Any, client_ids: Mapping[int, str]) -> dict[int, Files]:
    """For each client the dossier its entries and notices go with: one that is not core and official, if there is
    one, because who may know of that dossier may know of the entry."""
    rows = work.session.execute(
        select(dossier.client_id, dossier.id, dossier.level)
        .where(dossier.client_id.in_(client_ids))
        .order_by(
            case((dossier.level == Level.CORE, 1), else_=0), case((dossier.number.is_(None), 1), else_=0), dossier.id
        )
    )
    of_client: dict[int, list[tuple[int, Level]]] = defaultdict(list)
    for client_id, dossier_id, level in rows:
        of_client[client_id].append((dossier_id, level))
    return {
        client_id: Files(
            dossier_id=found[0][0],
            core_only=found[0][1] == Level.CORE,
            has_core=any(level == Level.CORE for _, level in found),
        )
        for client_id, found in of_client.items()
    }


def _check_who_may(
    work: UnitOfWork, actor: Actor, changes: Sequence[Assignment], present: _Present, people: Mapping[int, Person]
) -> None:
    ids = {place.person_id for row in changes for place in present[row.client_id].values()}
    rows = work.session.execute(select(Person.id, Person.department_id).where(Person.id.in_(ids)))
    departments = {row.id: row.department_id for row in rows}
    for row in changes:
        here = {departments[place.person_id] for place in present[row.client_id].values()}
        named = people.get(row.person_id) if row.person_id is not None else None
        if not may_change(actor, here, row.person_id, named.department_id if named else None):
            raise NotPermitted()


def _check_people(
    actor: Actor,
    changes: Sequence[Assignment],
    present: _Present,
    people: Mapping[int, Person],
    names: Mapping[int, str],
    files: Mapping[int, Files],
) -> None:
    after = {
        client_id: {rank: place.person_id for rank, place in places.items()} for client_id, places in present.items()
    }
    for row in changes:
        if row.person_id is None:
            after[row.client_id].pop(row.rank, None)
        else:
            after[row.client_id][row.rank] = row.person_id
    for row in changes:
        if row.person_id is None:
            continue
        person = people.get(row.person_id)
        if person is None or person.departed_at is not None or person.leaving_on is not None:
            problem = Message(N_("This person has left or is leaving and takes over nothing."))
        elif list(after[row.client_id].values()).count(person.id) > 1:
            values = {"person": person.name, "client": names[row.client_id]}
            problem = Message(N_("%(person)s looks after %(client)s already: two contacts are two people."), values)
        elif actor.cleared_for_core and files[row.client_id].has_core and person.clearance != Level.CORE:
            problem = Message(
                N_("%(person)s has no core clearance, which %(client)s needs."),
                {"person": person.name, "client": names[row.client_id]},
            )
        else:
            continue
        raise Invalid(fields={FIELDS[row.rank]: problem})


def _end(
    work: UnitOfWork, changes: Sequence[Assignment], present: _Present, reason: ResponsibilityReason
) -> dict[Assignment, _Place]:
    """End what is there now; in one statement, before anything new begins."""
    old = {row: present[row.client_id][row.rank] for row in changes if row.instead_of is not None}
    if old:
        work.session.execute(
            update(Responsibility)
            .where(Responsibility.id.in_([place.row_id for place in old.values()]))
            .values(until_date=work.today, ended_at=work.now, ended_by_id=work.person.id, ended_reason=reason)
        )
    return old


def _begin(
    work: UnitOfWork, changes: Sequence[Assignment], reason: ResponsibilityReason
) -> dict[Assignment, Responsibility]:
    new = {
        row: Responsibility(
            client_id=row.client_id,
            person_id=row.person_id,
            rank=row.rank,
            from_date=work.today,
            named_at=work.now,
            named_by_id=work.person.id,
            reason=reason,
        )
        for row in changes
        if row.person_id is not None
    }
    work.session.add_all(new.values())
    work.session.flush()
    return new


def _record(
    work: UnitOfWork,
    changes: Sequence[Assignment],
    old: Mapping[Assignment, _Place],
    new: Mapping[Assignment, Responsibility],
    files: Mapping[int, Files],
    reason: ResponsibilityReason,
    remark: str,
) -> None:
    for row in changes:
        details: dict[str, object] = {"client": row.client_id, "rank": row.rank, "why": reason}
        if row in new:
            action, row_id = "responsibility:begin", new[row].id
            details["person"] = row.person_id
            if row.instead_of is not None:
                details["instead_of"] = row.instead_of
        else:
            action, row_id = "responsibility:end", old[row].row_id
            details["person"] = row.instead_of
        work.record(
            action,
            f"responsibilities:{row_id}",
            dossier_id=files[row.client_id].dossier_id,
            details=details,
            personal={"remark": remark} if remark else None,
        )
