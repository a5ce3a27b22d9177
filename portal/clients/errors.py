"""What can stand in the way of saving a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.errors import Conflict
from portal.core.messages import N_, Message


@dataclass(frozen=True)
class Warned:
    """Something to know before saving. `key` names it, so that a confirmation covers what was shown only."""

    key: str
    message: Message
    dossier_id: int | None = None
    """A dossier of the client warned about, to look at; None where there is none."""


class NeedsConfirmation(Conflict):
    """Nothing is wrong for certain: the person looks at the warnings and saves anyway, or does not."""

    message_id = N_("Nothing was saved yet. Look at this first, then save anyway or correct the form.")

    def __init__(self, warnings: Sequence[Warned]) -> None:
        super().__init__()
        self.warnings = tuple(warnings)
