"""Rules of lending that need no database: how many signatures, who may give the second, what an issue meets."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from portal.core.errors import PortalError
from portal.core.messages import Message
from portal.core.permissions import Level, Role


def needs_records_signature(level: Level) -> bool:
    """Important and core dossiers also need the records manager (R9)."""
    return level in (Level.IMPORTANT, Level.CORE)


def enough_signatures(level: Level, approvals: int) -> bool:
    """Whether `approvals` signatures still suffice for a dossier of this level."""
    return approvals >= (2 if needs_records_signature(level) else 1)


@dataclass(frozen=True)
class Candidate:
    """Somebody who might sign second."""

    id: int
    roles: frozenset[Role]
    cleared_for_core: bool


def records_signers(candidates: Iterable[Candidate], level: Level, barred: frozenset[int]) -> frozenset[int]:
    """Who may sign second: the records managers; where none of them may, the general managers.

    `barred` are the reader, whoever filed the request, and whoever signed as head: nobody decides on their own
    request, and nobody signs twice.
    """
    able = [
        person for person in candidates if person.id not in barred and (person.cleared_for_core or level != Level.CORE)
    ]
    for role in (Role.RECORDS_MANAGER, Role.GENERAL_MANAGER):
        if signers := frozenset(person.id for person in able if role in person.roles):
            return signers
    return frozenset()


@dataclass(frozen=True)
class IssueCheck:
    """What stands between a volume and a borrower.

    `impossible`: errors, the first of which is raised; `needs_confirmation`: questions to the clerk;
    `worth_knowing`: remarks that stop nothing. `needs_reason`: one of the questions is a block (R12) that the
    acting person may override, with a reason that is kept.
    """

    impossible: tuple[PortalError, ...] = field(default=())
    needs_confirmation: tuple[Message, ...] = field(default=())
    worth_knowing: tuple[Message, ...] = field(default=())
    needs_reason: bool = False
    due_on: date | None = None
    """When it would be due back, handed out now to be taken away; None for a check of several."""

    @property
    def question_keys(self) -> frozenset[str]:
        """The keys of the questions, by which the answer says what it answers."""
        return frozenset(question_key(question) for question in self.needs_confirmation)


def question_key(question: Message) -> str:
    """What stands for a question to the clerk in a form: the same for the same question about the same things."""
    return _digest(str(question))


def visitor_key(name: str, organisation: str) -> str:
    """What stands for somebody from outside on a request line: the same however it is written, large or small."""
    words = [" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in (name, organisation)]
    return _digest("\n".join(words))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
