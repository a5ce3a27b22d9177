"""What can go wrong in lending, each with what the person should know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from portal.core.errors import Conflict, PortalError
from portal.core.messages import N_, Message
from portal.lending.rules import question_key


class AlreadyOnLoan(Conflict):
    """The volume is out. `holder` is None where the acting person may not know who has it."""

    def __init__(self, volume: str, holder: str | None, since: date) -> None:
        self.holder, self.since = holder, since
        if holder is None:
            super().__init__(N_("Volume %(volume)s has been on loan since %(since)s."), volume=volume, since=since)
        else:
            super().__init__(
                N_("Volume %(volume)s is already on loan: %(holder)s has had it since %(since)s."),
                volume=volume,
                holder=holder,
                since=since,
            )


class AlreadyRequested(Conflict):
    """The reader already has an open request of this kind for the dossier: `line_id`."""

    message_id = N_("There is already an open request for this dossier. Nothing was sent twice.")

    def __init__(self, line_id: int | None = None) -> None:
        super().__init__()
        self.line_id = line_id


class SeveralRefused(Conflict):
    """A request for several dossiers is filed whole or not at all: `reasons` says for each number what stands
    against it."""

    message_id = N_("Nothing was sent. A request for several dossiers is filed whole, and these stand against it:")

    def __init__(self, reasons: Sequence[tuple[str, Message]]) -> None:
        super().__init__()
        self.reasons = tuple(reasons)


class PaperCannotBeShown(PortalError):
    """A paper of an outside reader of which whoever signs would see nothing."""

    message_id = N_(
        "“%(name)s” cannot be shown page by page: scan the paper as PDF, TIFF, JPEG or PNG without a password. "
        "Nothing was kept."
    )
    status = 422


class NothingOfCore(Conflict):
    """People from outside are shown nothing of a core dossier, whoever signs."""

    message_id = N_("An outside reader may see nothing of a core dossier.")


class ReaderOverdue(Conflict):
    """An overdue borrower gets nothing further (R12)."""

    message_id = N_("The reader holds an overdue file. Nothing further is given until it is back.")


class RequestLapsed(Conflict):
    """The time to decide the request, or to fetch the file, is over."""

    message_id = N_("This request has expired. It has to be filed again.")


class ConfirmationNeeded(Conflict):
    """The action is possible, but not without a word of the person: `questions`."""

    message_id = N_("This needs your confirmation. Nothing was changed yet.")

    def __init__(self, questions: Sequence[Message], *, needs_reason: bool = False) -> None:
        super().__init__()
        self.questions = tuple(questions)
        self.keys = frozenset(question_key(question) for question in self.questions)
        self.needs_reason = needs_reason
