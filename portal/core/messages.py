"""Message ids: English sentences that the edge translates (gettext) for the person who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
