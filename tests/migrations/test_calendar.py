"""Days the office had set apart are kept when they become ranges, and when they become days again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from portal.migrations.change import downgrade, upgrade


def _days(engine: Any) -> list[tuple[str, bool, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT day, is_open, reason FROM calendar_exceptions ORDER BY day"))
        return [(str(row.day), bool(row.is_open), row.reason) for row in rows]


def test_days_set_apart_are_kept_up_and_down(engine: Any) -> None:
    downgrade(engine, "20261122e")
    insert = text("INSERT INTO calendar_exceptions (day, is_open, reason) VALUES (:day, :open, :reason)")
    kept = [("2026-03-05", False, "Stocktaking"), ("2026-03-07", True, "")]
    with engine.begin() as connection:
        for day, is_open, reason in kept:
            connection.execute(insert, {"day": day, "open": is_open, "reason": reason})
    upgrade(engine)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT from_day, until_day, set_by_id FROM calendar_exceptions ORDER BY id"))
        assert [(str(a), str(b), by) for a, b, by in rows] == [
            ("2026-03-05", "2026-03-05", None),
            ("2026-03-07", "2026-03-07", None),
        ]
        ranges = (
            "INSERT INTO calendar_exceptions (from_day, until_day, is_open, reason, undone_at) VALUES "
            "('2026-03-06', '2026-03-08', FALSE, 'Move', NULL), "
            "('2026-03-20', '2026-03-20', FALSE, 'By mistake', '2026-03-01 00:00:00+00')"
        )
        connection.execute(text(ranges))
    downgrade(engine, "20261122e")
    later = [("2026-03-06", False, "Move"), ("2026-03-07", False, "Move"), ("2026-03-08", False, "Move")]
    assert _days(engine) == [kept[0], *later]
