"""Before there was a tree of places, a volume's place was a text: it becomes a tree, and the text again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Integer, String, inspect, text

from portal.migrations.change import downgrade, upgrade

BEFORE, WITH_PLACES = "20261122c", "20261122d"
TEXTS = [
    "A-03-2-14",
    "A-03-2-2",
    "A-03-10-1",
    "",
    "A-03-2-14",
    "B-07",
    "Safe",
    "HQ-1-2-3-4",
    "HQ-1",
    "by a door, 2-3-",
]


def insert(engine: Engine, table: str, **values: Any) -> None:
    """Add a row; texts and numbers that it must have and this test does not care for are empty and 0."""
    for column in inspect(engine).get_columns(table):
        if not column["nullable"] and isinstance(column["type"], String):
            values.setdefault(column["name"], "")
        elif not column["nullable"] and isinstance(column["type"], Integer):
            values.setdefault(column["name"], 0)
    columns = ", ".join(values)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES (:{', :'.join(values)})"), values)


def fill(engine: Engine) -> None:
    """A dossier with a volume for each text, the first of them lent: what points at volumes must stay."""
    now = "2026-01-05 02:00:00+00"
    moment = now[:19] if engine.dialect.name == "sqlite" else now
    insert(engine, "departments", id=1, name="Sales", row_version=1)
    insert(
        engine, "people", id=1, login="a", name="A", email="a@company.example", department_id=1,
        clearance="general", language="en", password_hash="x", created_at=moment, row_version=1,
    )  # fmt: skip
    insert(
        engine, "clients", id=1, name="C", name_key="c", kind="buyer", country="CN", created_at=moment,
        created_by_id=1, row_version=1,
    )  # fmt: skip
    insert(
        engine, "dossiers", id=1, client_id=1, number="2026-0001", title="", department_id=1, state="open",
        opened_by_id=1, created_at=moment, decision_comment="", rights_version=1, indexed_rights=1,
        level="general", row_version=1,
    )  # fmt: skip
    for number, place in enumerate(TEXTS, start=1):
        insert(
            engine, "volumes", id=number, dossier_id=1, ordinal=number, barcode=f"L{number}", sheets=1, place=place,
            custody="on_shelf", row_version=1,
        )  # fmt: skip
    insert(engine, "requests", id=1, filed_by_id=1, object="x", purpose="x", reason="x", created_at=moment)
    insert(
        engine, "request_lines", id=1, request_id=1, dossier_id=1, reader_id=1, kind="borrow", state="ready",
        row_version=1,
    )  # fmt: skip
    insert(engine, "requested_volumes", id=1, line_id=1, volume_id=1, outcome="wanted")


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_texts_become_a_tree_and_texts_again(empty: Engine) -> None:
    old = empty
    upgrade(old, BEFORE)
    fill(old)
    upgrade(old, WITH_PLACES)
    homes = rows(
        old, "SELECT v.id, COALESCE(p.path, '') FROM volumes v LEFT JOIN places p ON p.id = v.home_place_id ORDER BY 1"
    )
    assert homes == list(enumerate(TEXTS, start=1)), "the path of the home is the text there was"
    tree = rows(old, "SELECT path, kind, ordinal FROM places ORDER BY sort_key")
    assert tree == [
        ("A", "room", 1),
        ("A-03", "cabinet", 1),
        ("A-03-2", "shelf", 1),
        ("A-03-2-2", "box", 1),
        ("A-03-2-14", "box", 2),
        ("A-03-10", "shelf", 2),
        ("A-03-10-1", "box", 1),
        ("B", "room", 2),
        ("B-07", "cabinet", 1),
        ("HQ", "site", 3),
        ("HQ-1", "room", 1),
        ("HQ-1-2", "cabinet", 1),
        ("HQ-1-2-3", "shelf", 1),
        ("HQ-1-2-3-4", "box", 1),
        ("Safe", "room", 4),
        ("by a door, 2-3-", "room", 5),
    ]
    barcodes = [barcode for (barcode,) in rows(old, "SELECT barcode FROM places ORDER BY barcode")]
    assert barcodes == [f"P{number:06d}" for number in range(1, 17)]
    assert rows(old, "SELECT last FROM number_series WHERE series = 'place'") == [(16,)], "the next one is P000017"
    assert rows(old, "SELECT volume_id FROM requested_volumes") == [(1,)], "who points at a volume still does"
    downgrade(old, BEFORE)
    assert rows(old, "SELECT id, place FROM volumes ORDER BY id") == list(enumerate(TEXTS, start=1))
    assert rows(old, "SELECT series FROM number_series") == []
    upgrade(old, WITH_PLACES)
    assert rows(old, "SELECT path, kind, ordinal FROM places ORDER BY sort_key") == tree
