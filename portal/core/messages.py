"""Message ids: English sentences that the edge translates (gettext) for the person who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


def N_(message: str) -> str:
    """Mark `message` for the catalogues and return it unchanged; translation happens at the edge."""
    return message


@dataclass(frozen=True)
class Message:
    """A sentence still to be translated: gettext id and the values of its `%(name)s` placeholders."""

    id: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.id % dict(self.params) if self.params else self.id


def stored_params(params: Mapping[str, object]) -> dict[str, Any]:
    """The values of a sentence as JSON keeps them: a date as {"date": "2026-03-05"}, the rest as they are."""
    return {name: {"date": value.isoformat()} if isinstance(value, date) else value for name, value in params.items()}


def read_params(stored: Mapping[str, Any]) -> dict[str, object]:
    """What `stored_params` made, read back."""
    return {
        name: date.fromisoformat(value["date"]) if isinstance(value, dict) else value for name, value in stored.items()
    }


def stored_message(message: Message) -> dict[str, Any]:
    """A message as JSON keeps it: {"id": …, "params": {…}}."""
    return {"id": message.id, "params": stored_params(message.params)}


def read_message(stored: Mapping[str, Any]) -> Message:
    """What `stored_message` made, read back."""
    return Message(stored["id"], read_params(stored["params"]))
