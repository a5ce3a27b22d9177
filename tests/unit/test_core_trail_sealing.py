"""Sealing the trail while others write, and a property: whatever is done to a sealed entry is found."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.core import trail
from portal.database import begin_writing
from tests.conftest import START, TRAIL_KEY
from tests.unit.trail_world import add, as_database_administrator, insert_by_hand, seal, verify, writing


def test_a_rolled_back_transaction_leaves_no_entry(engine: Engine) -> None:
    with Session(engine) as session:
        begin_writing(session)
        add(session, 1, personal={"name": "Ana"})
        session.flush()
        session.rollback()
    assert verify(engine).entries == 0


def test_entries_committed_out_of_order_are_all_sealed(engine: Engine) -> None:
    """PostgreSQL gives the lower id to the transaction that began first, whichever commits first."""
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer: ids are committed in order")
    with Session(engine) as slow:
        early = add(slow, 1)
        slow.flush()
        with writing(engine) as quick:
            late = add(quick, 2)
            quick.flush()
            late_id = late.id
        assert early.id < late_id
        assert seal(engine) == 1
        slow.commit()
    assert seal(engine) == 1
    found = verify(engine, later=timedelta(days=1))
    assert (found.sound, found.seals) == (True, 2)


def test_many_sealers_and_writers_at_once_make_one_chain(engine: Engine) -> None:
    writers, each = 3, 12
    errors: list[BaseException] = []
    written = threading.Event()

    def guarded(action: Any) -> None:
        try:
            action()
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    def write() -> None:
        for number in range(each):
            with writing(engine) as session:
                add(session, number)

    def keep_sealing() -> None:
        while not written.is_set():
            with writing(engine) as session:
                trail.seal_pending(session, TRAIL_KEY, START, batch=3)

    hands = [threading.Thread(target=guarded, args=(write,)) for _ in range(writers)]
    sealers = [threading.Thread(target=guarded, args=(keep_sealing,)) for _ in range(3)]
    for thread in [*hands, *sealers]:
        thread.start()
    for thread in hands:
        thread.join()
    written.set()
    for thread in sealers:
        thread.join()
    while seal(engine):
        pass
    assert errors == []
    found = verify(engine, later=timedelta(days=1))
    assert found.faults == ()
    assert (found.entries, found.seals) == (writers * each, writers * each)


TAMPERINGS = st.one_of(
    st.tuples(st.just("entry"), st.sampled_from(["action", "subject", "details", "nonce", "digest", "at"])),
    st.tuples(st.just("seal"), st.sampled_from(["entry_digest", "previous", "hash", "sealed_at"])),
    st.tuples(st.just("remove"), st.sampled_from(["trail_entries", "trail_seals"])),
    st.tuples(st.just("insert"), st.just("")),
)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(-1e9, 1e9)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    details=st.lists(st.dictionaries(st.text("xyz", min_size=1), JSON_VALUES, max_size=3), min_size=2, max_size=6),
    seal_after=st.sets(st.integers(0, 5)),
    tampering=TAMPERINGS,
    at=st.integers(0, 5),
)
def test_whatever_is_done_to_one_sealed_entry_is_found(
    engine: Engine, details: list[dict[str, Any]], seal_after: set[int], tampering: tuple[str, str], at: int
) -> None:
    """Any content, sealed at any moments, is sound; any one tampering before the last seal is found."""
    with as_database_administrator(engine) as connection:
        for table in ("trail_seals", "trail_personal", "trail_entries"):
            connection.execute(text(f"DELETE FROM {table}"))
    for number, content in enumerate(details):
        with writing(engine) as session:
            add(session, number, details=content)
        if number in seal_after:
            seal(engine)
    seal(engine)
    sound = verify(engine, later=timedelta(days=1))
    assert (sound.faults, sound.seals) == ((), len(details))

    what, column = tampering
    place = at % (len(details) - 1)  # Not the last one: an end cut off only shows in the last hash.
    with as_database_administrator(engine) as connection:
        ids = list(connection.scalars(text("SELECT entry_id FROM trail_seals ORDER BY sequence")))
        value = "2001-01-01 00:00:00" if column in ("at", "sealed_at") else '"changed"'
        if what == "entry":
            connection.execute(
                text(f"UPDATE trail_entries SET {column} = :value WHERE id = :id"), {"value": value, "id": ids[place]}
            )
        elif what == "seal":
            connection.execute(
                text(f"UPDATE trail_seals SET {column} = :value WHERE entry_id = :id"),
                {"value": value, "id": ids[place]},
            )
        elif what == "remove":
            identity = "id" if column == "trail_entries" else "entry_id"
            connection.execute(text(f"DELETE FROM {column} WHERE {identity} = :id"), {"id": ids[place]})
        else:
            insert_by_hand(connection, max(ids) + 7, "c" * 64)
    assert not verify(engine, later=timedelta(days=1)).sound
