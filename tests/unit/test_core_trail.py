"""The trail: what a database administrator can do to it, and that verification finds it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.core import trail
from portal.core.trail import FIRST_LINK, Fault, TrailEntry, TrailPersonal, TrailSeal
from tests.conftest import START, TRAIL_KEY
from tests.factories import make_person
from tests.unit.trail_world import add, as_database_administrator, insert_by_hand, only_fault, seal, verify, writing


@pytest.fixture
def five(engine: Engine) -> list[int]:
    """Five sealed entries; their ids."""
    with writing(engine) as session:
        entries = [add(session, number) for number in range(5)]
        session.flush()
        ids = [entry.id for entry in entries]
    assert seal(engine) == 5
    return ids


def test_a_trail_left_alone_is_sound(engine: Engine, five: list[int]) -> None:
    found = verify(engine, later=timedelta(days=400))
    assert found.sound
    assert (found.entries, found.seals) == (5, 5)
    with Session(engine) as session:
        last = session.scalars(select(TrailSeal).order_by(TrailSeal.sequence.desc())).first()
        first = session.get_one(TrailSeal, 1)
    assert last is not None
    assert (last.sequence, last.hash) == (5, found.last_hash)
    assert first.previous == FIRST_LINK


def test_an_empty_trail_is_sound(engine: Engine) -> None:
    found = verify(engine)
    assert (found.sound, found.entries, found.seals, found.last_hash) == (True, 0, 0, FIRST_LINK)


def test_sealing_again_changes_nothing(engine: Engine, five: list[int]) -> None:
    before = verify(engine).last_hash
    assert seal(engine) == 0
    assert verify(engine).last_hash == before


def test_sealing_goes_on_in_batches(engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(5):
            add(session, number)
    with writing(engine) as session:
        assert trail.seal_pending(session, TRAIL_KEY, START, batch=3) == 3
    with writing(engine) as session:
        assert trail.seal_pending(session, TRAIL_KEY, START, batch=3) == 2
    assert verify(engine).sound


ALTERATIONS = {
    "at": "2020-01-01 00:00:00",
    "action": "thing:undo",
    "subject": "things:77",
    "dossier_id": 8,
    "address": "10.0.0.9",
    "details": '{"number": 99}',
    "personal_digest": "0" * 64,
    "nonce": "0" * 32,
    "digest": "0" * 64,
}


def test_every_column_of_an_entry_is_covered() -> None:
    assert set(ALTERATIONS) == set(TrailEntry.__table__.columns.keys()) - {"id", "actor_id"}


@pytest.mark.parametrize("column", ALTERATIONS)
def test_an_altered_entry_is_named(engine: Engine, five: list[int], column: str) -> None:
    with as_database_administrator(engine) as connection:
        connection.execute(
            text(f"UPDATE trail_entries SET {column} = :value WHERE id = :id"),
            {"value": ALTERATIONS[column], "id": five[2]},
        )
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id, fault.sequence) == ("altered", five[2], 3)


def test_an_entry_put_on_another_person_is_named(engine: Engine) -> None:
    with writing(engine) as session:
        doer, scapegoat = make_person(session).id, make_person(session).id
        entry = add(session, 1, actor_id=doer)
        session.flush()
        entry_id = entry.id
    seal(engine)
    with as_database_administrator(engine) as connection:
        connection.execute(text("UPDATE trail_entries SET actor_id = :other"), {"other": scapegoat})
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id) == ("altered", entry_id)


def test_an_altered_entry_not_sealed_yet_is_named_and_never_sealed(engine: Engine, five: list[int]) -> None:
    with writing(engine) as session:
        entry = add(session, 6)
        session.flush()
        entry_id = entry.id
    with as_database_administrator(engine) as connection:
        connection.execute(text("UPDATE trail_entries SET subject = 'things:0' WHERE id = :id"), {"id": entry_id})
    assert seal(engine) == 0
    assert only_fault(engine).entry_id == entry_id


def test_two_entries_that_change_places_are_named(engine: Engine, five: list[int]) -> None:
    """Each is genuine; only the seal knows which id it had."""
    with as_database_administrator(engine) as connection:
        for old, new in ((five[1], -1), (five[3], five[1]), (-1, five[3])):
            connection.execute(text("UPDATE trail_entries SET id = :new WHERE id = :old"), {"old": old, "new": new})
    faults = verify(engine).faults
    assert [(fault.kind, fault.entry_id) for fault in faults] == [("altered", five[1]), ("altered", five[3])]


def test_a_removed_entry_is_named(engine: Engine, five: list[int]) -> None:
    with as_database_administrator(engine) as connection:
        connection.execute(text("DELETE FROM trail_entries WHERE id = :id"), {"id": five[1]})
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id, fault.sequence) == ("removed", five[1], 2)


def test_an_entry_removed_together_with_its_seal_breaks_the_chain(engine: Engine, five: list[int]) -> None:
    with as_database_administrator(engine) as connection:
        connection.execute(text("DELETE FROM trail_seals WHERE entry_id = :id"), {"id": five[1]})
        connection.execute(text("DELETE FROM trail_entries WHERE id = :id"), {"id": five[1]})
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id, fault.sequence) == ("broken chain", five[2], 3)


def test_a_removed_seal_breaks_the_chain_also_when_the_sealer_runs_again(engine: Engine, five: list[int]) -> None:
    with as_database_administrator(engine) as connection:
        connection.execute(text("DELETE FROM trail_seals WHERE entry_id = :id"), {"id": five[1]})
    assert seal(engine) == 1
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id, fault.sequence) == ("broken chain", five[2], 3)


def test_an_end_cut_off_shows_in_the_last_hash(engine: Engine, five: list[int]) -> None:
    """What is gone without a gap can only be told from a last hash noted down before."""
    noted = verify(engine).last_hash
    with as_database_administrator(engine) as connection:
        connection.execute(text("DELETE FROM trail_seals WHERE sequence = 5"))
        connection.execute(text("DELETE FROM trail_entries WHERE id = :id"), {"id": five[4]})
    assert verify(engine).last_hash != noted


def test_an_inserted_entry_is_named_and_never_sealed(engine: Engine, five: list[int]) -> None:
    with as_database_administrator(engine) as connection:
        insert_by_hand(connection, 900, "a" * 64)
    assert seal(engine) == 0
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id, fault.sequence) == ("inserted", 900, None)


def test_an_inserted_entry_with_a_seal_made_up_for_it_is_named(engine: Engine, five: list[int]) -> None:
    last = verify(engine).last_hash
    with as_database_administrator(engine) as connection:
        insert_by_hand(connection, 900, "a" * 64)
        connection.execute(
            text(
                "INSERT INTO trail_seals (sequence, entry_id, entry_digest, previous, sealed_at, hash) "
                "VALUES (6, 900, :digest, :previous, '2026-03-02 01:00:00+00', :hash)"
            ),
            {"digest": "a" * 64, "previous": last, "hash": "b" * 64},
        )
    assert {fault.entry_id for fault in verify(engine).faults} == {900}


def test_a_genuine_entry_copied_to_a_second_place_is_named(engine: Engine, five: list[int]) -> None:
    """Its digest is right, so the sealer takes it in; but its nonce stands in the trail already."""
    with as_database_administrator(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO trail_entries (id, at, action, subject, details, nonce, digest) "
                "SELECT 900, at, action, subject, details, nonce, digest FROM trail_entries WHERE id = :id"
            ),
            {"id": five[1]},
        )
    assert only_fault(engine) == Fault("inserted", 900, None, "repeats an earlier entry")
    assert seal(engine) == 1
    assert only_fault(engine) == Fault("inserted", 900, 6, "repeats an earlier entry")


SEAL_ALTERATIONS = {
    "sequence": 50,
    "entry_digest": "0" * 64,
    "previous": "0" * 64,
    "sealed_at": "2020-01-01 00:00:00",
    "hash": "0" * 64,
}


def test_every_column_of_a_seal_is_covered() -> None:
    assert set(SEAL_ALTERATIONS) == set(TrailSeal.__table__.columns.keys()) - {"entry_id"}


@pytest.mark.parametrize("column", SEAL_ALTERATIONS)
def test_an_altered_seal_breaks_the_chain_there(engine: Engine, five: list[int], column: str) -> None:
    with as_database_administrator(engine) as connection:
        connection.execute(
            text(f"UPDATE trail_seals SET {column} = :value WHERE sequence = 3"), {"value": SEAL_ALTERATIONS[column]}
        )
    kinds = [(fault.kind, fault.entry_id) for fault in verify(engine).faults]
    expected = five[3] if column == "sequence" else five[2]  # Moved to the end, it is missed at its successor.
    assert kinds[0] == ("broken chain", expected)


def test_seals_that_change_entries_break_the_chain(engine: Engine, five: list[int]) -> None:
    with as_database_administrator(engine) as connection:
        for old, new in ((five[1], -1), (five[3], five[1]), (-1, five[3])):
            connection.execute(
                text("UPDATE trail_seals SET entry_id = :new WHERE entry_id = :old"), {"old": old, "new": new}
            )
    assert verify(engine).faults[0].entry_id == five[3]
    assert verify(engine).faults[0].sequence == 2


def test_a_chain_made_anew_without_the_key_is_found(engine: Engine, five: list[int]) -> None:
    """Somebody who knows the program but not the key alters an entry and computes every digest again."""
    with as_database_administrator(engine) as connection:
        connection.execute(text("DELETE FROM trail_seals"))
        connection.execute(text("UPDATE trail_entries SET subject = 'things:77' WHERE id = :id"), {"id": five[0]})
    guess = b"a key that was guessed"
    with writing(engine) as session:
        for entry in session.scalars(select(TrailEntry)):
            entry.digest = trail.entry_digest(guess, entry)
        session.flush()
        assert trail.seal_pending(session, guess, START) == 5
    assert verify(engine, key=guess).sound
    found = verify(engine)
    assert found.faults[0].entry_id == five[0]
    assert {fault.entry_id for fault in found.faults} == set(five)


@pytest.fixture
def with_personal(engine: Engine) -> int:
    """A sealed entry with personal values; its id."""
    with writing(engine) as session:
        entry = add(session, 1, personal={"old": "Ana", "new": "安娜"})
        session.flush()
        entry_id = entry.id
    seal(engine)
    return entry_id


def test_personal_values_stand_beside_the_entry_not_in_it(engine: Engine, with_personal: int) -> None:
    with Session(engine) as session:
        assert session.get_one(TrailPersonal, with_personal).content == {"old": "Ana", "new": "安娜"}
        assert "Ana" not in str(session.get_one(TrailEntry, with_personal).details)
    assert verify(engine).sound


def test_erased_personal_values_leave_the_trail_sound(engine: Engine, with_personal: int) -> None:
    with writing(engine) as session:
        session.delete(session.get_one(TrailPersonal, with_personal))
    assert verify(engine, later=timedelta(days=1)).sound


@pytest.mark.parametrize("assignment", ['content = \'{"old": "Eva"}\'', "salt = 'ff'"])
def test_altered_personal_values_are_named(engine: Engine, with_personal: int, assignment: str) -> None:
    with writing(engine) as session:
        session.connection().exec_driver_sql(f"UPDATE trail_personal SET {assignment}")
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id) == ("altered", with_personal)


def test_personal_values_put_beside_an_entry_that_had_none_are_named(engine: Engine, five: list[int]) -> None:
    with writing(engine) as session:
        session.add(TrailPersonal(entry_id=five[0], salt="", content={"name": "Eva"}))
    fault = only_fault(engine)
    assert (fault.kind, fault.entry_id) == ("altered", five[0])


def test_an_entry_without_seal_between_sealed_ones_is_reported_after_a_minute(engine: Engine, five: list[int]) -> None:
    """A seal taken out and the one after it put in its place, by somebody who has the key as well."""
    with as_database_administrator(engine) as connection:
        connection.execute(text("DELETE FROM trail_seals WHERE sequence > 3"))
        with Session(connection) as session:
            last = session.get_one(TrailEntry, five[4])
            forged = TrailSeal(
                sequence=4,
                entry_id=last.id,
                entry_digest=last.digest,
                previous=session.get_one(TrailSeal, 3).hash,
                sealed_at=START,
            )
            forged.hash = trail._seal_hash(TRAIL_KEY, forged)
            session.add(forged)
            session.flush()
    assert verify(engine, later=timedelta(seconds=60)).sound
    fault = only_fault(engine, later=timedelta(seconds=61))
    assert (fault.kind, fault.entry_id) == ("unsealed", five[3])


def test_entries_the_sealer_has_not_come_to_yet_are_no_fault(engine: Engine, five: list[int]) -> None:
    with writing(engine) as session:
        add(session, 6)
    assert verify(engine, later=timedelta(days=3)).sound


@pytest.mark.parametrize("table", ["trail_entries", "trail_seals"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_remove(engine: Engine, five: list[int], table: str, change: str) -> None:
    column = {"trail_entries": "subject = 'x'", "trail_seals": "hash = 'x'"}[table]
    with pytest.raises(DatabaseError, match="insert-only"), engine.begin() as connection:
        connection.execute(text(change.format(table, column)))
    assert verify(engine).sound


def test_postgresql_refuses_to_truncate(engine: Engine, five: list[int]) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="insert-only"), engine.begin() as connection:
        connection.execute(text("TRUNCATE trail_seals"))


def test_sqlite_cannot_replace_past_the_trigger(engine: Engine, five: list[int]) -> None:
    """INSERT OR REPLACE removes without a DELETE trigger, unless the connection asks for it:
    a trigger on the insertion refuses it."""
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    with pytest.raises(DatabaseError, match="insert-only"), engine.begin() as connection:
        connection.execute(
            text(
                "INSERT OR REPLACE INTO trail_entries (id, at, action, subject, details, nonce, digest) "
                "SELECT id, at, 'thing:undo', subject, details, nonce, digest FROM trail_entries WHERE id = :id"
            ),
            {"id": five[0]},
        )
    assert verify(engine).sound
