"""What is sent after the log-in has ended: refused in a way that no script takes for success."""

from __future__ import annotations

import io
from typing import Any

from tests.web.documents_world import Visitor, World, counts, pdf


def send_late(app: Any, world: World, clock: Any, **headers: str) -> Any:
    """The answer to an upload from a page that was left open until the log-in had ended."""
    visitor, here = Visitor(app, "amparo"), f"/dossiers/{world.general}/documents/new"
    fields = visitor.hidden_fields(here, here) | {"kind": "letter", "direction": "in", "dated": "2026-02-27"}
    clock.advance(hours=11)
    data = {**fields, "files": [(io.BytesIO(pdf()), "a.pdf")]}
    return visitor.client.post(here, data=data, headers=headers, content_type="multipart/form-data")


def test_a_script_gets_401_and_no_page_that_looks_like_success(app: Any, parts: Any, world: World, clock: Any) -> None:
    answer = send_late(app, world, clock, Accept="application/json")
    assert answer.status_code == 401
    assert "Location" not in answer.headers, "a browser would follow it to a page with status 200"
    assert counts(parts) == (0, 0, 0)
    assert list(parts.store.keys()) == []


def test_a_browser_is_led_to_the_log_in(app: Any, parts: Any, world: World, clock: Any) -> None:
    answer = send_late(app, world, clock, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/log-in")
    assert counts(parts) == (0, 0, 0)
