"""Somebody with a browser: logs in for real, sends real CSRF tokens, keys and row versions."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from tests.factories import PASSWORD

_HIDDEN = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'(\w[\w-]*)="([^"]*)"')


class Visitor:
    """A logged-in test client. `post` takes the hidden fields of a form from the page that shows it."""

    def __init__(self, app: Any, login: str | None = None, language: str = "en") -> None:
        self.client = app.test_client()
        self.headers = {"Accept-Language": language}
        if login:
            answer = self.post("/log-in", {"login": login, "password": PASSWORD}, shown_at="/log-in")
            assert answer.status_code == 302, answer.text

    def get(self, address: str, **options: Any) -> Any:
        """The answer to a GET."""
        return self.client.get(address, headers=self.headers, **options)

    def hidden_fields(self, shown_at: str, action: str | None = None) -> dict[str, str]:
        """Name and value of the hidden inputs of the form with this action (or of the whole page)."""
        page = self.get(shown_at).text
        if action is not None:
            forms = re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL)
            page = "".join(form for form in forms if f'action="{action}"' in unescape(form))
        found = {}
        for tag in _HIDDEN.findall(page):
            attributes = dict(_ATTRIBUTE.findall(tag))
            if attributes.get("type") == "hidden" and "name" in attributes:
                found[attributes["name"]] = unescape(attributes.get("value", ""))
        return found

    def post(
        self, address: str, data: dict[str, Any], *, shown_at: str, action: str | None = None, **options: Any
    ) -> Any:
        """Send a form with the hidden fields of the page it is shown on; `data` wins over them."""
        hidden = self.hidden_fields(shown_at, action)
        hidden.pop("next", None)
        return self.client.post(address, data={**hidden, **data}, headers=self.headers, **options)
