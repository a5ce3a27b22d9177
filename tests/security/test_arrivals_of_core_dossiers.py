"""A file that names several dossiers goes out of sight when any of them becomes core."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.arrivals import queries, services
from portal.arrivals.rules import NamedNumber
from portal.arrivals.services import Taken
from portal.core.errors import NotFound
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from tests.factories import actor, make_dossier, make_person


@pytest.mark.parametrize("name", ["2026-0042 2026-0043 2026-0044 takeover.pdf", "2026_0042 2026_0043 2026_0044.pdf"])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_whichever_of_three_becomes_core(work_as: Any, session: Any, name: str, which: int) -> None:
    clerk = make_person(session, None, Role.CLERK)
    keeper = make_person(session, None, Role.RECORDS_MANAGER, clearance=Level.CORE)
    by = session.get_one(Person, keeper.id)
    numbers = [f"2026-004{last}" for last in (2, 3, 4)]
    for number in (*numbers, "2026-0099"):
        make_dossier(session, by, number=number)
    named = [NamedNumber(number, False) for number in numbers]
    taken = Taken(name, 9, "0" * 64, "pdf", named)
    (row,) = services.take_in(work_as(), "s" * 64, [taken], keeper.id)
    who, cleared = actor(session, clerk), actor(session, keeper)

    def make_core(number: str) -> None:
        dossier = session.scalars(select(Dossier).where(Dossier.number == number)).one()
        dossier.level = Level.CORE
        session.flush()

    make_core("2026-0099")
    assert queries.waiting_count(session, who) == 1, "one that it does not name changes nothing"
    make_core(numbers[which])
    assert queries.waiting_count(session, who) == 0
    with pytest.raises(NotFound):
        queries.visible_arrival(work_as(who), row.id)
    assert queries.waiting_count(session, cleared) == 1
