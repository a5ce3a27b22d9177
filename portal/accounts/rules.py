"""Rules about passwords, log-in delays, card numbers, and who signs for whom. Pure: no database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from portal.core.permissions import Role

FREE_ATTEMPTS = 3
"""Wrong passwords before the delay begins."""
LONGEST_DELAY = timedelta(minutes=15)


def login_delay(failures: int) -> timedelta:
    """How long an account waits after `failures` wrong passwords in a row: 0, 0, 0, 2 s, 4 s, 8 s … 15 min."""
    if failures <= FREE_ATTEMPTS:
        return timedelta(0)
    return min(timedelta(seconds=2.0 ** min(failures - FREE_ATTEMPTS, 20)), LONGEST_DELAY)


CARD_BODIES = 10**8
"""How many card numbers there are."""


def card_number(body: int) -> str:
    """The card number with these eight digits: C, the digits, and two check digits (ISO 7064, mod 97-10).

    One digit read wrongly, or two that changed places, give a number that is none. ValueError beyond eight digits.
    """
    if not 0 <= body < CARD_BODIES:
        raise ValueError(f"a card number has eight digits: {body}")
    return f"C{body:08d}{98 - body * 100 % 97:02d}"


def read_card_number(text: str) -> str | None:
    """The card number that a reader or a person typed, as it is kept; None when it is none."""
    number = re.sub(r"[\s-]", "", text).upper()
    good = re.fullmatch(r"C[0-9]{10}", number) and int(number[1:]) % 97 == 1 and int(number[-2:]) > 1
    return number if good else None


@dataclass(frozen=True)
class Signatories:
    """Who leads the department of the person whose request (or opening) is to be signed."""

    head_id: int | None
    deputy_id: int | None


def head_signers(
    person_id: int, person_roles: frozenset[Role], department: Signatories
) -> tuple[frozenset[int], frozenset[Role]]:
    """Who may sign as head for `person_id`: the persons, and the roles whose holders may.

    Nobody decides on their own: a head's goes to the deputy, else to the general manager; the records
    manager's to the general manager, the general manager's to the records manager (design: the three rights).
    """
    if Role.GENERAL_MANAGER in person_roles:
        return frozenset(), frozenset({Role.RECORDS_MANAGER})
    if Role.RECORDS_MANAGER in person_roles:
        return frozenset(), frozenset({Role.GENERAL_MANAGER})
    if person_id == department.head_id:
        deputy = frozenset(other for other in (department.deputy_id,) if other and other != person_id)
        return (deputy, frozenset()) if deputy else (frozenset(), frozenset({Role.GENERAL_MANAGER}))
    leaders = frozenset(
        leader for leader in (department.head_id, department.deputy_id) if leader and leader != person_id
    )
    return (leaders, frozenset()) if leaders else (frozenset(), frozenset({Role.GENERAL_MANAGER}))
