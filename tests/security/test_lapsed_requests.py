"""Requests nobody decided or fetched in time end by themselves, and give free what was kept for them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select

from portal import queue
from portal.core.trail import TrailEntry
from portal.dossiers.models import Volume
from portal.dossiers.states import Custody
from portal.lending.jobs import expire_lapsed_requests
from portal.lending.models import RequestLine
from portal.lending.states import LineState
from tests.unit.lending_world import make_world

ONE_ROUND_IS_ENOUGH = 60.0
"""Seconds after which a timer that does nothing has failed the test."""


def reserve(parts: Any) -> None:
    """An approved request, with the volume kept for it."""
    with parts.writing() as work:
        world = make_world(work.session, lambda actor=None: parts.unit(work.session, actor))
        assert world.approved(world.dossier()).state == LineState.READY


def states(parts: Any) -> tuple[LineState, Custody]:
    with parts.looking() as work:
        session = work.session
        return session.scalars(select(RequestLine.state)).one(), session.scalars(select(Volume.custody)).one()


def test_the_timer_ends_them(parts: Any, queues: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve(parts)
    assert states(parts) == (LineState.READY, Custody.RESERVED)
    clock.advance(days=60)
    monkeypatch.setattr(queue, "TICK_SECONDS", 0.05)
    queues.start()
    try:
        end = time.monotonic() + ONE_ROUND_IS_ENOUGH
        while states(parts)[0] != LineState.EXPIRED and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        queues.stop()
    assert states(parts) == (LineState.EXPIRED, Custody.ON_SHELF)
    with parts.looking() as work:
        entry = work.session.scalars(select(TrailEntry).where(TrailEntry.action == "request:expire")).one()
        assert entry.actor_id is None, "the portal itself did it"


def test_what_is_in_time_stays(parts: Any, clock: Any) -> None:
    reserve(parts)
    with parts.looking() as work:
        last_day = work.session.scalars(select(RequestLine.expires_on)).one()
        clock.advance(days=(last_day - work.today).days)
    expire_lapsed_requests(parts)
    assert states(parts) == (LineState.READY, Custody.RESERVED)
    clock.advance(days=1)
    expire_lapsed_requests(parts)
    assert states(parts) == (LineState.EXPIRED, Custody.ON_SHELF)


def test_where_nothing_is_due_nothing_is_written(parts: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer asks every few seconds: it must not take the database from people who write."""
    reserve(parts)

    begun: list[str] = []
    writing = type(parts).writing

    def note(self: Any, *arguments: Any) -> Any:
        begun.append("writing")
        return writing(self, *arguments)

    monkeypatch.setattr(type(parts), "writing", note)
    expire_lapsed_requests(parts)
    assert begun == []
    clock.advance(days=60)
    expire_lapsed_requests(parts)
    assert begun == ["writing"], "what is due is written, so the note itself works"
