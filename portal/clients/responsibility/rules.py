"""Who may change who looks after a client. Pure: no database.

| the change | who may |
|---|---|
| name somebody for a client that has a contact | records manager; who leads the department of one of its contacts |
| release somebody without a successor | the same |
| name somebody for a client of the common pool | records manager; who leads the department of the one named |

To lead is to be head, or deputy while named. Nobody opens a client to themselves: a deputy, who unlike the head reads
nothing by office, names others only. Heads take a client for their people out of the common pool only, because
whoever is named reads its dossiers at once, and the heads with them.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum, auto

from portal.core.permissions import Actor, Permission

RANKS = (1, 2)
"""First and second contact."""
ENOUGH = 2
"""How many people look after a key or promising client at least (R2, R6)."""


class Situation(Enum):
    """Whether somebody looks after the client."""

    LOOKED_AFTER = auto()
    POOL = auto()


class Act(Enum):
    """What is done to one rank of one client."""

    NAME = auto()
    RELEASE = auto()


class Standing(Enum):
    """What the acting person is to the client and to the one named."""

    RECORDS_MANAGER = auto()
    LEADS_PRESENT = auto()
    """Leads the department of somebody who looks after the client."""
    LEADS_NAMED = auto()
    """Leads the department of the one named."""


WHO_MAY: dict[tuple[Situation, Act], frozenset[Standing]] = {
    (Situation.LOOKED_AFTER, Act.NAME): frozenset({Standing.RECORDS_MANAGER, Standing.LEADS_PRESENT}),
    (Situation.LOOKED_AFTER, Act.RELEASE): frozenset({Standing.RECORDS_MANAGER, Standing.LEADS_PRESENT}),
    (Situation.POOL, Act.NAME): frozenset({Standing.RECORDS_MANAGER, Standing.LEADS_NAMED}),
}


def may_change(
    actor: Actor, present_departments: Collection[int], named_id: int | None, named_department: int | None
) -> bool:
    """Whether `actor` may put `named_id` (None: nobody) into a rank of a client.

    `present_departments`: of those who look after it now; `named_department`: of the one named.
    """
    if actor.leaving:  # Whoever hands over decides nothing any more.
        return False
    situation = Situation.LOOKED_AFTER if present_departments else Situation.POOL
    act = Act.RELEASE if named_id is None else Act.NAME
    led = actor.headed_departments if named_id == actor.id else led_by(actor)
    standings = set()
    if actor.may(Permission.CLIENT_ASSIGN_ALL):
        standings.add(Standing.RECORDS_MANAGER)
    if led.intersection(present_departments):
        standings.add(Standing.LEADS_PRESENT)
    if named_department in led:
        standings.add(Standing.LEADS_NAMED)
    return bool(WHO_MAY.get((situation, act), frozenset()) & standings)


def may_change_something(actor: Actor, present_departments: Collection[int]) -> bool:
    """Whether there is any change of the client's responsible employees that `actor` may make."""
    if actor.may(Permission.CLIENT_ASSIGN_ALL):
        return True
    led = led_by(actor)
    return bool(led.intersection(present_departments) if present_departments else led)


def led_by(actor: Actor) -> frozenset[int]:
    """The departments `actor` leads, as head or as deputy."""
    return frozenset() if actor.leaving else actor.headed_departments | actor.deputised_departments


def may_see_loads(actor: Actor) -> bool:
    """Whether `actor` sees who looks after how many clients: heads, deputies, the records department, management."""
    return bool(led_by(actor)) or actor.may(Permission.CONTENTS_READ_ALL) or actor.may(Permission.LOANS_VIEW_ALL)
