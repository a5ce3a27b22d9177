"""What tests of the undertaking's pages do again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import event, select

from portal.extensions import db
from portal.undertaking.models import UndertakingAcceptance
from tests.web.visitor import Visitor

ADDRESS = "/undertaking"


def accept(visitor: Visitor, shown_at: str = ADDRESS, **data: str) -> Any:
    return visitor.post(shown_at, {"accepted": "y", **data}, shown_at=shown_at)


def acceptances(parts: Any) -> list[tuple[int, str, date]]:
    with parts.looking() as work:
        rows = work.session.scalars(select(UndertakingAcceptance).order_by(UndertakingAcceptance.id))
        return [(row.person_id, row.language, row.accepted_on) for row in rows]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)
