"""Who may ask for a regular report, who signs it, and when one is due. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from portal.core.permissions import Actor, Role
from portal.policy.rules import OfficeCalendar
from portal.reports.periods import Period, PeriodKind
from portal.reports.regular.states import RegularStage, RegularState

MOST_MISSED = 12
"""Periods that are caught up at most, the latest of them: nobody reads the reports of years gone by."""
PREPARERS = frozenset({Role.CLERK, Role.MANAGER})
"""Whose holders prepare drafts; the records manager reviews them."""


@dataclass(frozen=True)
class Candidate:
    """Somebody who might sign."""

    id: int
    roles: frozenset[Role]


def departments_asked_for(actor: Actor) -> frozenset[int]:
    """The departments for which `actor` may ask: those they lead, and as a manager their own. No leaver asks."""
    if actor.leaving:
        return frozenset()
    own = {actor.department_id} if actor.roles & {Role.MANAGER, Role.GENERAL_MANAGER} else set()
    return actor.headed_departments | actor.deputised_departments | own


def first_state(asker_roles: frozenset[Role]) -> RegularState:
    """Where a request begins: the records manager has spoken by asking, so that the general manager's signature is
    still wanted."""
    if Role.RECORDS_MANAGER in asker_roles and Role.GENERAL_MANAGER not in asker_roles:
        return RegularState.FOR_GENERAL
    return RegularState.FOR_RECORDS


def is_last_signature(stage: RegularStage, asker_roles: frozenset[Role]) -> bool:
    """Whether the request is active with this signature: the general manager's own needs the records manager alone."""
    return stage is RegularStage.GENERAL or Role.GENERAL_MANAGER in asker_roles


def signers(
    stage: RegularStage,
    candidates: Iterable[Candidate],
    *,
    asker_id: int,
    asker_roles: frozenset[Role],
    signed: int | None,
) -> frozenset[int]:
    """Who may sign at `stage`. `asker_id`: nobody signs their own; `signed`: who gave the first signature, if any.

    Somebody who is both records manager and general manager, and the only general manager, leaves the first signature
    to others: where one person would sign twice, the general manager signs second. Nobody: somebody must be named.
    """
    able = [one for one in candidates if one.id not in (asker_id, signed)]
    general = frozenset(one.id for one in able if Role.GENERAL_MANAGER in one.roles)
    if stage is RegularStage.GENERAL:
        return general
    records = frozenset(one.id for one in able if Role.RECORDS_MANAGER in one.roles)
    if len(general) == 1 and not is_last_signature(stage, asker_roles):
        return records - general
    return records


def made_on(period: Period, calendar: OfficeCalendar) -> date:
    """The day the draft for `period` appears: the first working day after it."""
    return calendar.next_open_day(period.last + timedelta(days=1))


def periods_due(every: PeriodKind, active_on: date, today: date, calendar: OfficeCalendar) -> list[Period]:
    """The periods whose day has come by `today`, oldest first: those that were not over when it became active."""
    due: list[Period] = []
    period = Period.containing(every, today).before()
    while period.last >= active_on and len(due) < MOST_MISSED:
        if made_on(period, calendar) <= today:
            due.append(period)
        period = period.before()
    return due[::-1]
