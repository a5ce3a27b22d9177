"""What the measurements of pages share: a browser that fills in forms, statements counted, times printed as a table."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import numpy as np
from sqlalchemy import event

_FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Browser:
    """A logged-in client that fills in the hidden fields of the form it was shown."""

    def __init__(self, app: Any, login: str, password: str) -> None:
        self._client = app.test_client()
        answer = self._client.post(
            "/log-in", data={**self.hidden("/log-in", "/log-in"), "login": login, "password": password}
        )
        assert answer.status_code == 302, answer.text

    def get(self, path: str) -> Any:
        """A page, which must be there."""
        answer = self._client.get(path)
        assert answer.status_code == 200, (path, answer.status)
        return answer

    def hidden(self, page: str, action: str) -> dict[str, str]:
        """The hidden fields of the form on `page` that is sent to `action` (by default to the page itself)."""
        return hidden_fields(self._client.get(page).text, action, itself=action == page)

    def post(self, path: str, data: dict[str, str], status: int) -> Any:
        """Send a form; it must be answered with this status."""
        answer = self._client.post(path, data=data)
        assert answer.status_code == status, (path, answer.status, answer.text[:2000])
        return answer


def hidden_fields(text: str, action: str, *, itself: bool = False) -> dict[str, str]:
    """The hidden fields of the form in a page that is sent to `action`; of its first one, for a page `itself`."""
    start = text.find(f'action="{action}"')
    if start < 0 and itself:
        start = text.index("<form", text.index("<main"))
    assert start >= 0, f"there is no form for {action}"
    form = text[start : text.index("</form>", start)]
    fields = [dict(_ATTRIBUTE.findall(found)) for found in _FIELD.findall(form)]
    return {each["name"]: unescape(each.get("value", "")) for each in fields}


@contextmanager
def counting(engine: Any) -> Iterator[list[str]]:
    """The statements that reach the database inside the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Measure:
    """Times of whole requests, page by page."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        print("| page | times | p50 ms | p95 ms | statements |")
        print("|---|---|---|---|---|")

    def __call__(self, name: str, acts: list[Callable[[], Any]]) -> None:
        """Do each act once; the first of them warms up and is not counted."""
        taken: list[float] = []
        counts: list[int] = []
        for act in acts:
            with counting(self._engine) as statements:
                start = time.perf_counter()
                act()
                taken.append((time.perf_counter() - start) * 1000)
            counts.append(len(statements))
        taken, counts = taken[1:], counts[1:]
        p50, p95 = np.percentile(taken, 50), np.percentile(taken, 95)
        print(f"| {name} | {len(taken)} | {p50:.0f} | {p95:.0f} | {max(counts)} |", flush=True)
