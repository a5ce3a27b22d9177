"""Who may do what in a handover, and when one is late. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.clients.responsibility.rules import led_by
from portal.core.permissions import Actor, Level, Permission, Role
from portal.lending.rules import Candidate, records_signers

FARTHEST_DAY = 366
"""Days ahead for which a handover is opened at most: further away a date is a slip of the pen."""


@dataclass(frozen=True)
class Leader:
    """How the acting person stands to whoever leaves."""

    is_leaver: bool
    leads: bool
    """Signs as head for them: their head or the deputy while named, else the general manager."""


def may_open(actor: Actor, stands: Leader) -> bool:
    """The head, the records manager or the administrator opens a handover; nobody their own, and no leaver."""
    if stands.is_leaver or actor.leaving:
        return False
    return stands.leads or actor.may(Permission.HANDOVER_MANAGE)


def may_see(actor: Actor, stands: Leader) -> bool:
    """The checklist is for those who close it: the leaver, their head, the records department, the administrator."""
    return stands.is_leaver or stands.leads or actor.may(Permission.HANDOVER_VIEW)


def may_manage(actor: Actor, stands: Leader) -> bool:
    """Change the day, call it off, hand clients over, write to them, close for a leaver who cannot."""
    return may_open(actor, stands)


def may_hand_clients(actor: Actor, department_id: int) -> bool:
    """Hand over clients of somebody who leaves the department: its head or the deputy, and the records manager."""
    if actor.leaving:
        return False
    return actor.may(Permission.CLIENT_ASSIGN_ALL) or department_id in led_by(actor)


def may_close(actor: Actor, stands: Leader) -> bool:
    """Hand on drafts and saved searches, withdraw requests: the leaver, and who closes it for them."""
    return stands.is_leaver or may_manage(actor, stands)


def may_hand_search(_actor: Actor, stands: Leader) -> bool:
    """Give a saved search to somebody: the leaver alone, because what it asks is nobody else's business."""
    return stands.is_leaver


def records_side(candidates: Iterable[Candidate], leaver_id: int, signed_as_head: int | None) -> frozenset[int]:
    """Who signs for the records department: a records manager, else the general manager; nobody twice, no leaver."""
    barred = frozenset({leaver_id} | ({signed_as_head} if signed_as_head is not None else set()))
    return records_signers(candidates, Level.GENERAL, barred)


def is_late(last_day: date, today: date) -> bool:
    """Whether the last day has passed."""
    return today > last_day


RECORDS_ROLES = (Role.RECORDS_MANAGER, Role.GENERAL_MANAGER)
"""Whose holders may sign for the records department."""
