"""The clock, the columns, the unit of work: small things everything stands on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.core.clock import SetClock, SystemClock
from portal.core.errors import Invalid, NotPermitted, StaleVersion
from portal.core.messages import Message
from portal.core.outbox import OutboxRow
from portal.core.permissions import Level, Permission, Role
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.policy.models import PolicyValue
from tests.conftest import START
from tests.factories import actor, make_dossier, make_person


def test_a_set_clock_stands_until_it_is_moved() -> None:
    clock = SetClock(datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    clock.advance(days=1, minutes=5)
    assert clock.now() == datetime(2026, 3, 3, 1, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        clock.put(datetime(2026, 3, 2))  # noqa: DTZ001 - a naive one is the point


def test_the_machines_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_moments_come_back_as_they_went_in(session: Any) -> None:
    madrid = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    person = make_person(session)
    person.created_at = madrid
    session.commit()
    session.expire_all()
    assert person.created_at == madrid
    assert person.created_at.utcoffset() == timedelta(0)


def test_a_naive_moment_is_refused(session: Any) -> None:
    person = make_person(session)
    person.created_at = datetime(2026, 7, 1, 12, 30)  # noqa: DTZ001 - a naive one is the point
    with pytest.raises(StatementError, match="naive"):
        session.flush()


def test_a_word_the_program_does_not_know_is_refused_on_the_way_in_and_out(session: Any) -> None:
    person = make_person(session)
    person.clearance = "topmost"
    with pytest.raises(StatementError, match="topmost"):
        session.flush()
    session.rollback()
    person_id = make_person(session).id
    session.execute(text("UPDATE people SET clearance = 'topmost' WHERE id = :id"), {"id": person_id})
    session.expire_all()
    with pytest.raises(ValueError, match="topmost"):
        session.scalars(select(type(person))).all()


def test_a_form_over_an_older_version_is_refused(session: Any) -> None:
    dossier = make_dossier(session, make_person(session))
    seen = dossier.row_version
    dossier.check_version(seen)
    dossier.title = "Contracts"
    session.flush()
    with pytest.raises(StaleVersion):
        dossier.check_version(seen)


def test_two_sessions_that_change_one_row_do_not_lose_an_update(engine: Any, session: Any) -> None:
    """The version also guards the flush: what was read before another commit cannot overwrite it."""
    dossier_id = make_dossier(session, make_person(session)).id
    session.commit()
    with Session(engine) as first, Session(engine) as second:
        early_version = second.get_one(Dossier, dossier_id).row_version
        second.rollback()  # Ends the reading transaction: the form is being filled in.
        first.get_one(Dossier, dossier_id).title = "one"
        first.commit()
        with pytest.raises(StaleVersion):
            second.get_one(Dossier, dossier_id, populate_existing=True).check_version(early_version)
        second.rollback()
        stale = second.get_one(Dossier, dossier_id)
        second.execute(text("UPDATE dossiers SET row_version = row_version + 1"))
        stale.title = "two"
        with pytest.raises(StaleDataError):
            second.flush()


def test_a_unit_of_work_records_who_and_when_and_what(work_as: Any, session: Any) -> None:
    person = make_person(session)
    work = work_as(actor(session, person))
    work.address = "10.0.0.7"
    dossier = make_dossier(session, person)
    work.record("dossier:edit", f"dossiers:{dossier.id}", dossier_id=dossier.id, details={"level": Level.CORE})
    session.flush()
    entry = session.scalars(select(TrailEntry)).one()
    assert (entry.at, entry.actor_id, entry.address, entry.dossier_id) == (START, person.id, "10.0.0.7", dossier.id)
    assert (entry.action, entry.subject) == ("dossier:edit", f"dossiers:{dossier.id}")
    assert entry.details == {"level": "core"}


def test_today_is_the_offices_date(work_as: Any, clock: SetClock) -> None:
    work = work_as()
    clock.put(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    assert work.today == date(2026, 3, 3)


def test_without_a_person_or_the_permission_nothing_is_allowed(work_as: Any, session: Any) -> None:
    with pytest.raises(NotPermitted):
        work_as().require(Permission.REGISTER_VIEW)
    clerk = work_as(actor(session, make_person(session, None, Role.CLERK)))
    assert clerk.require(Permission.LOAN_ISSUE) is clerk.person
    with pytest.raises(NotPermitted):
        clerk.require(Permission.PEOPLE_MANAGE)


def test_work_starts_only_after_the_commit(work_as: Any, session: Any, engine: Any) -> None:
    told: list[tuple[frozenset[str], int]] = []
    work = work_as()

    def start(kinds: frozenset[str]) -> None:
        with Session(engine) as other:
            told.append((kinds, len(other.scalars(select(OutboxRow)).all())))

    work.start_work = start
    work.want("read", "1")
    work.want("index", "1")
    assert told == []
    work.commit()
    assert told == [(frozenset({"read", "index"}), 2)]
    work.session.add(PolicyValue(name="loan_days", value=4))
    work.commit()
    assert len(told) == 1


def test_messages_fill_their_placeholders_and_errors_carry_fields() -> None:
    assert str(Message("Wait %(seconds)s seconds.", {"seconds": 4})) == "Wait 4 seconds."
    assert str(Message("100 % sure")) == "100 % sure"
    error = Invalid(fields={"name": Message("Please fill in this field.")})
    assert error.status == 422
    assert list(error.fields) == ["name"]
