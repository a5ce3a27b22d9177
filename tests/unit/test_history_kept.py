"""History is only added to: the database refuses the rest, but for the text beside it, which may be erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.core.erasable import ErasableText
from portal.dossiers.models import Move
from portal.dossiers.services import place_volume
from portal.lending import services
from portal.lending.models import Decision, LoanEvent
from tests.factories import make_place
from tests.unit.lending_world import World, make_world


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    """A volume was given another home, asked for, approved, lent and called back, each with a word why."""
    world = make_world(session, work_as)
    dossier = world.dossier()
    volume = dossier.volumes[0]
    make_place(session, "B-1")
    place_volume(world.work(world.clerk), volume.id, volume.row_version, "B-1", "Ana's shelf is full")
    line = world.sign(world.ask(dossier), comment="As Ana wishes")
    loan = world.issue(line)[0]
    services.recall_loan(world.work(world.clerk), loan.id, loan.row_version, reason="Ana needs it")
    session.flush()
    return world


def contents(world: World) -> list[tuple[str, ...]]:
    """Every line of history as the database has it."""
    return [
        tuple(map(str, row))
        for table in ("moves", "loan_events", "decisions")
        for row in world.session.execute(text(f"SELECT * FROM {table} ORDER BY id"))
    ]


@pytest.mark.parametrize("table", ["moves", "loan_events", "decisions", "erasable_texts"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {table}",
        "UPDATE {table} SET id = id + 1000",
        "UPDATE {table} SET {column} = {value}",
    ],
)
def test_the_database_refuses_to_rewrite_history(world: World, table: str, statement: str) -> None:
    column, value = {
        "moves": ("moved_by_id", "NULL"),
        "loan_events": ("reason_id", "NULL"),
        "decisions": ("comment_id", "NULL"),
        "erasable_texts": ("content", "'something else'"),
    }[table]
    before = contents(world)
    with pytest.raises(DBAPIError, match="insert-only"), world.session.begin_nested():
        world.session.execute(text(statement.format(table=table, column=column, value=value)))
    assert contents(world) == before


def test_sqlite_replaces_nothing_and_postgresql_truncates_nothing(world: World) -> None:
    sqlite = world.session.get_bind().dialect.name == "sqlite"
    for table in ("moves", "loan_events", "decisions", "erasable_texts"):
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table} CASCADE"
        with pytest.raises(DBAPIError, match="insert-only"), world.session.begin_nested():
            world.session.execute(text(statement))


def test_a_decision_is_not_replaced_by_another_of_the_same_signature(world: World) -> None:
    if world.session.get_bind().dialect.name != "sqlite":
        pytest.skip("only SQLite knows INSERT OR REPLACE")
    with pytest.raises(DBAPIError, match="insert-only"), world.session.begin_nested():
        world.session.execute(
            text(
                "INSERT OR REPLACE INTO decisions (line_id, stage, approved, decided_by_id, decided_at) "
                "SELECT line_id, stage, 0, decided_by_id, decided_at FROM decisions"
            )
        )


def test_what_was_typed_is_erased_and_nothing_else_changes(world: World) -> None:
    session, before = world.session, contents(world)
    texts = session.scalars(select(ErasableText.content)).all()
    assert sorted(texts) == ["Ana needs it", "Ana's shelf is full", "As Ana wishes"]
    session.execute(text("UPDATE erasable_texts SET content = NULL"))
    session.expire_all()
    assert contents(world) == before
    pointers = (Move.reason_id, LoanEvent.reason_id, Decision.comment_id)
    kept = [row for pointer in pointers for row in session.scalars(select(pointer).where(pointer.is_not(None)))]
    assert len(kept) == 3, "that something was typed stays known"
    assert session.scalars(select(ErasableText.content)).all() == [None] * 3


def test_nothing_is_kept_of_an_empty_text() -> None:
    assert ErasableText.of("") is None
