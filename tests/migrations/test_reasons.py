"""Texts of history move into a table of their own and back; a host's visitors are told apart, and no longer."""

from __future__ import annotations

from sqlalchemy import Engine, text

from portal.lending.rules import visitor_key
from portal.migrations.change import downgrade, upgrade
from tests.migrations.test_places import insert, rows

BEFORE, AFTER = "20261123a", "20261123b"


def fill(engine: Engine) -> None:
    """Two volumes with history, and two open requests of a host for visitors to one dossier each."""
    now = "2026-01-05 02:00:00" + ("" if engine.dialect.name == "sqlite" else "+00")
    insert(engine, "departments", id=1, name="Sales", row_version=1)
    insert(
        engine, "people", id=1, login="a", name="A", email="a@company.example", department_id=1,
        clearance="general", language="en", password_hash="x", created_at=now, row_version=1,
    )  # fmt: skip
    insert(
        engine, "clients", id=1, name="C", name_key="c", kind="buyer", country="CN", created_at=now, created_by_id=1,
        row_version=1,
    )  # fmt: skip
    for number in (1, 2):
        insert(
            engine, "dossiers", id=number, client_id=1, number=f"2026-000{number}", department_id=1, state="open",
            opened_by_id=1, created_at=now, rights_version=1, indexed_rights=1, level="general", row_version=1,
        )  # fmt: skip
        insert(
            engine, "volumes", id=number, dossier_id=number, ordinal=1, barcode=f"L{number}", sheets=1,
            custody="on_loan", condition="good", row_version=1,
        )  # fmt: skip
        insert(engine, "requests", id=number, filed_by_id=1, object="x", purpose="x", reason="x", created_at=now)
        insert(
            engine, "request_lines", id=number, request_id=number, dossier_id=number, reader_id=1, kind="room",
            state="submitted", row_version=1,
        )  # fmt: skip
        insert(
            engine, "outside_readers", id=number, request_id=number, name=f" Ｉgnacio  SOLER{number}",
            organisation="University", visit_on="2026-02-01",
        )  # fmt: skip
        insert(
            engine, "loans", id=number, volume_id=number, line_id=number, borrower_id=1, state="on_loan",
            issued_at=now, issued_on="2026-01-05", issued_by_id=1, due_on="2026-01-20", original_due_on="2026-01-20",
            in_reading_room=False, condition_issued="good", row_version=1,
        )  # fmt: skip
        reason = "Ana needs it" if number == 1 else ""
        insert(
            engine, "loan_events", id=number, loan_id=number, what="recalled", at=now, by_id=1,
            due_before="2026-01-20", due_after="2026-01-06", reason=reason,
        )  # fmt: skip
        insert(engine, "moves", id=number, kind="custody", volume_id=number, moved_at=now, reason=reason and "Shelf")
        insert(
            engine, "decisions", id=number, line_id=number, stage="head", approved=True, decided_by_id=1,
            decided_at=now, comment=reason and "Fine",
        )  # fmt: skip


TYPED = [("moves", "reason", "Shelf"), ("loan_events", "reason", "Ana needs it"), ("decisions", "comment", "Fine")]


def test_texts_move_aside_and_back(empty: Engine) -> None:
    upgrade(empty, BEFORE)
    fill(empty)
    upgrade(empty, AFTER)
    for table, column, typed in TYPED:
        joined = f"FROM {table} h LEFT JOIN erasable_texts t ON t.id = h.{column}_id ORDER BY h.id"
        assert rows(empty, f"SELECT t.content, h.{column}_id IS NULL {joined}") == [(typed, False), (None, True)]
    assert rows(empty, "SELECT count(*) FROM erasable_texts") == [(3,)]
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO erasable_texts (content) VALUES ('Later')"))
    assert rows(empty, "SELECT count(*) FROM erasable_texts") == [(4,)], "no id is given twice"
    assert rows(empty, "SELECT visitor FROM request_lines ORDER BY id") == [
        (visitor_key("ignacio soler1", "university"),),
        (visitor_key("Ignacio Soler2", "University"),),
    ]
    downgrade(empty, BEFORE)
    for table, column, typed in TYPED:
        assert rows(empty, f"SELECT {column} FROM {table} ORDER BY id") == [(typed,), ("",)]


def test_of_several_visitors_one_request_stays_open_in_the_older_schema(empty: Engine) -> None:
    upgrade(empty, BEFORE)
    fill(empty)
    upgrade(empty, AFTER)
    insert(
        empty, "request_lines", id=3, request_id=2, dossier_id=1, reader_id=1, kind="room", state="ready",
        visitor="another", row_version=1,
    )  # fmt: skip
    downgrade(empty, BEFORE)
    states = rows(empty, "SELECT id, state FROM request_lines ORDER BY id")
    assert states == [(1, "submitted"), (2, "submitted"), (3, "cancelled")]
