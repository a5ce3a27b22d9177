"""Raising the level of a dossier while others sign for it or hand it out: never one signature where two are due.

PostgreSQL only: SQLite has one writer at a time, so the two cannot meet there.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.access.models import ReadingGrant
from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.errors import PortalError
from portal.core.permissions import Actor, Level
from portal.core.trail import TrailEntry
from portal.dossiers import services as dossiers
from portal.dossiers.models import Dossier
from portal.dossiers.queries import is_readable
from portal.lending import services
from portal.lending.models import Loan, RequestLine
from portal.lending.services import decisions, issuing
from portal.lending.states import LineState, RequestKind
from tests.unit.lending_world import make_world

pytestmark = pytest.mark.skipif(
    not os.environ.get("PORTAL_TEST_DATABASE", "").startswith("postgresql"), reason="SQLite has one writer at a time"
)

RAISING = "raises the level"


@dataclass(frozen=True)
class Case:
    """Ids, row versions and actors of a general dossier with a request to read and an approved one to borrow."""

    dossier: tuple[int, int]
    reading: tuple[int, int]
    borrowing: tuple[int, int]
    reader: int
    head: Actor
    clerk: Actor
    records: Actor


@pytest.fixture
def case(session: Any, work_as: Callable[..., Any]) -> Case:
    world = make_world(session, work_as)
    dossier = world.dossier()
    reading, borrowing = world.ask(dossier, RequestKind.READ), world.sign(world.ask(dossier))
    made = Case(
        (dossier.id, dossier.row_version),
        (reading.id, reading.row_version),
        (borrowing.id, borrowing.row_version),
        world.reader.id,
        *(world.act(person) for person in (world.head, world.clerk, world.records)),
    )
    session.commit()
    session.close()
    return made


@pytest.fixture
def raise_level(parts: Any, case: Case) -> Iterator[Callable[[], threading.Thread]]:
    """`raise_level()` begins to; returns once it is through or waits for a lock."""

    def act() -> None:
        with parts.writing(case.records) as work:
            dossiers.change_level(work, *case.dossier, Level.IMPORTANT)

    def begin() -> threading.Thread:
        thread = threading.Thread(target=act, name=RAISING)
        thread.start()
        while thread.is_alive() and not _somebody_waits(parts):
            time.sleep(0.01)
        return thread

    yield begin
    _join_all()


def _join_all() -> None:
    for thread in threading.enumerate():
        if thread.name == RAISING:
            thread.join()


def _somebody_waits(parts: Any) -> bool:
    with parts.looking() as work:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
        in_this = " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
        return bool(work.session.scalar(text(waiting + in_this)))


def _reads(parts: Any, case: Case) -> bool:
    with parts.looking() as work:
        reader = actor_of(work.session, work.session.get_one(Person, case.reader))
        return is_readable(work.session, reader, case.dossier[0], work.today)


def _level(session: Session, case: Case) -> Level:
    return session.get_one(Dossier, case.dossier[0]).level


@pytest.fixture
def raise_level_before(
    monkeypatch: pytest.MonkeyPatch, raise_level: Callable[[], threading.Thread]
) -> Callable[[ModuleType, str], None]:
    """`raise_level_before(module, name)` begins to raise the level when that function is first called."""

    def prepare(module: ModuleType, name: str) -> None:
        real = getattr(module, name)

        def act(*args: Any, **options: Any) -> Any:
            monkeypatch.setattr(module, name, real)
            raise_level()
            return real(*args, **options)

        monkeypatch.setattr(module, name, act)

    return prepare


def test_a_level_raised_in_the_middle_of_a_signature_ends_the_grant_it_gives(
    parts: Any, case: Case, raise_level_before: Callable[..., None]
) -> None:
    """The line and the level have been read when the other transaction begins."""
    raise_level_before(decisions, "checked_text")
    with parts.writing(case.head) as work:
        services.decide_as_head(work, *case.reading, approve=True)
    _join_all()
    with parts.looking() as work:
        (grant,) = work.session.scalars(select(ReadingGrant)).all()
        assert (_level(work.session, case), grant.both_signed) == (Level.IMPORTANT, False)
        assert grant.ended_at is not None
    assert not _reads(parts, case)


def test_a_level_is_not_raised_in_the_middle_of_handing_out(
    parts: Any, case: Case, raise_level_before: Callable[..., None]
) -> None:
    raise_level_before(issuing, "_issue")
    with parts.writing(case.clerk) as work:
        services.issue_line(work, *case.borrowing)
    _join_all()
    with parts.looking() as work:
        actions = ("loan:issue", "dossier:level")
        told = work.session.scalars(
            select(TrailEntry.action).where(TrailEntry.action.in_(actions)).order_by(TrailEntry.id)
        ).all()
        assert tuple(told) == actions, "it was handed out while one signature was enough"


def test_a_signature_counts_by_the_level_of_the_moment_it_is_given(
    parts: Any, case: Case, raise_level: Callable[[], threading.Thread]
) -> None:
    """The page of the head was made, and the dossier read, before the level was raised."""
    with parts.writing(case.head) as work:
        assert work.session.get_one(RequestLine, case.reading[0]).dossier.level == Level.GENERAL
        raise_level().join()
        line = services.decide_as_head(work, *case.reading, approve=True)
        assert line.state == LineState.HEAD_APPROVED, "the second signature is still due"
    with parts.looking() as work:
        assert work.session.scalars(select(ReadingGrant)).all() == []
    assert not _reads(parts, case)


def test_nothing_is_handed_out_on_signatures_for_a_lower_level(
    parts: Any, case: Case, raise_level: Callable[[], threading.Thread]
) -> None:
    with pytest.raises(PortalError), parts.writing(case.clerk) as work:
        assert work.session.get_one(RequestLine, case.borrowing[0]).dossier.level == Level.GENERAL
        raise_level().join()
        services.issue_line(work, *case.borrowing)
    with parts.looking() as work:
        assert work.session.scalars(select(Loan)).all() == []
        assert _level(work.session, case) == Level.IMPORTANT
