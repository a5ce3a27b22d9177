"""After a sign-off nothing open points to whoever has left, and before it a sign-off is refused exactly when something
is open: random archives, random leavers, against a second account of what is open, in plain Python (R17)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from archive_store.filesystem import FilesystemStore
from portal.accounts.models import Person
from portal.application import OBLIGATIONS
from portal.core.obligations import Side
from portal.core.trail import TrailEntry
from portal.dossiers.models import Dossier
from portal.handover.models import Handover, HandoverCertificate, HandoverSignature
from portal.handover.services import sign
from portal.handover.states import HandoverState
from portal.tables import METADATA
from tests.unit.handover.departing_story import ENDS_BY_ITSELF, OPEN_WHEN, STEPS, Story, step, still_open
from tests.unit.lending_world import make_world


def open_columns() -> set[str]:
    """Every foreign key to a person that the tables call open."""
    return {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.info.get("person") == "open"
    }


def test_every_open_key_to_a_person_is_somebodys_business() -> None:
    """A new foreign key that is open needs a source or an end, and a line above."""
    answered = [column for part in (*OBLIGATIONS.sources, *OBLIGATIONS.ends) for column in part.columns]
    assert sorted(answered) == sorted(open_columns())
    assert OPEN_WHEN.keys() == open_columns()


def test_every_key_to_a_person_is_open_or_historic() -> None:
    unclassified = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if any(key.column.table.name == "people" for key in column.foreign_keys)
        and column.info.get("person") not in ("open", "historic")
    }
    assert unclassified == set()


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore(tmp_path / "files")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, max_size=14), sides=st.permutations(["sign_department", "sign_records"]))
def test_nobody_leaves_with_any_of_it(
    session: Any, work_as: Any, store: Any, steps: list[str], sides: list[str]
) -> None:
    session.expunge_all()  # What an example before this one left behind was rolled back.
    with session.begin_nested() as trial:
        world = make_world(session, work_as)
        story = Story(world, store, world.reader)
        for name in steps:
            step(story, name)
            story.check()
        story.open()
        for _ in range(60):
            if not still_open(session, story.leaver.id) - ENDS_BY_ITSELF:
                break
            step(story, "close_one")
            step(story, sides[0])
        step(story, sides[0])
        step(story, sides[1])
        assert story.handover is not None
        assert story.handover.state == HandoverState.SIGNED_OFF
        story.check()
        trial.rollback()


class Crash(Exception):
    """The machine stops here."""


def test_a_sign_off_interrupted_at_any_statement_changes_nothing_and_can_be_done_again(
    session: Any, work_as: Any, store: Any
) -> None:
    world = make_world(session, work_as)
    story = Story(world, store, world.reader)
    story.get_grant()
    story.log_in()
    story.look_after()
    story.open()
    story.close_one()
    story.try_to_sign(Side.DEPARTMENT)
    assert story.handover is not None
    handover_id, leaver_id = story.handover.id, story.leaver.id
    session.commit()
    connection = session.connection()
    stop_at = done = 0

    def count(*_: Any) -> None:
        nonlocal done
        done += 1
        if done == stop_at:
            raise Crash()

    event.listen(connection.engine, "before_cursor_execute", count)
    try:
        while True:
            stop_at, done = stop_at + 1, -1000  # Looking is not counted.
            before = _state(session, handover_id, leaver_id)
            handover = session.get_one(Handover, handover_id)
            version = handover.row_version
            done = 0
            try:
                sign(world.work(world.records), store, OBLIGATIONS, handover_id, Side.RECORDS, version)
                break
            except Crash:
                session.rollback()
                done = -1000
                assert _state(session, handover_id, leaver_id) == before
                session.rollback()
            assert stop_at < 300
    finally:
        event.remove(connection.engine, "before_cursor_execute", count)
    assert stop_at > 10
    session.commit()
    story.check()
    assert session.scalars(select(HandoverCertificate.number)).all() == ["H2026-0001"]


def _state(session: Any, handover_id: int, leaver_id: int) -> tuple[Any, ...]:
    """What a half-done sign-off would have changed."""
    return (
        session.scalar(select(Handover.state).where(Handover.id == handover_id)),
        session.scalar(select(func.count(HandoverSignature.id))),
        session.scalar(select(func.count(HandoverCertificate.id))),
        session.scalar(select(func.count(TrailEntry.id))),
        session.scalar(select(Person.departed_at).where(Person.id == leaver_id)),
        sorted(still_open(session, leaver_id)),
        session.scalar(select(func.count(Dossier.id))),
    )
