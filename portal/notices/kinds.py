"""The kinds of notices and what each says: tables of data, in message ids.

A sentence may name `%(dossier)s` (its number, put in when the notice is shown, for whoever may know of it) and
`%(person)s` (whom it is about); every other placeholder is a parameter that `notify` must be given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from portal.core.messages import N_

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class NoticeKind(StrEnum):
    """What a notice tells."""

    LOAN_DUE_SOON = "loan_due_soon"
    LOAN_DUE_TODAY = "loan_due_today"
    LOAN_LATE = "loan_late"
    LOAN_LATE_OF = "loan_late_of"
    LOAN_RECALLED = "loan_recalled"
    DUE_DATE_CHANGED = "due_date_changed"
    HOLD_READY = "hold_ready"
    HOLD_WITHDRAWN = "hold_withdrawn"
    REQUEST_APPROVED = "request_approved"
    REQUEST_READY = "request_ready"
    REQUEST_REFUSED = "request_refused"
    REQUEST_EXPIRED = "request_expired"
    SIGNATURE_WANTED = "signature_wanted"
    SIGNATURE_REMINDER = "signature_reminder"
    GRANT_ENDS_SOON = "grant_ends_soon"
    GRANT_ENDED = "grant_ended"
    CLIENT_GIVEN = "client_given"
    CLIENT_TAKEN = "client_taken"
    CLIENTS_GIVEN = "clients_given"
    CLIENTS_TAKEN = "clients_taken"
    HANDOVER_OPENED = "handover_opened"
    HANDOVER_LATE = "handover_late"
    HANDOVER_TO_SIGN = "handover_to_sign"
    UNDERTAKING_DUE = "undertaking_due"
    UNDERTAKING_TO_APPROVE = "undertaking_to_approve"
    UNDERTAKING_SENT_BACK = "undertaking_sent_back"
    REPORT_TO_REVIEW = "report_to_review"
    REPORT_TO_ISSUE = "report_to_issue"
    REPORT_RETURNED = "report_returned"
    REPORT_GIVEN = "report_given"
    REPORT_ISSUED = "report_issued"
    REPORT_WITHDRAWN = "report_withdrawn"
    REPORT_REPLACED = "report_replaced"
    REPORT_DRAFT_READY = "report_draft_ready"
    REPORT_DRAFT_BEGUN = "report_draft_begun"
    REGULAR_TO_SIGN = "regular_to_sign"
    REGULAR_ACTIVE = "regular_active"
    REGULAR_REFUSED = "regular_refused"
    REGULAR_ENDED = "regular_ended"
    REGULAR_GIVEN = "regular_given"
    REGULAR_TO_PREPARE = "regular_to_prepare"
    REGULAR_UNCLEARED = "regular_uncleared"


@dataclass(frozen=True)
class Wording:
    """What a kind says. `unnamed` is said to whoever may no longer know of the dossier; without one, they are told
    nothing at all."""

    title: str
    sentence: str
    unnamed: str | None = None

    @property
    def params(self) -> frozenset[str]:
        """The parameters its sentences need."""
        names = _PLACEHOLDER.findall(self.sentence + (self.unnamed or ""))
        return frozenset(names) - {"dossier", "person"}

    @property
    def names_dossier(self) -> bool:
        """Whether it names a dossier."""
        return "%(dossier)s" in self.sentence

    @property
    def names_person(self) -> bool:
        """Whether it says whom it is about."""
        return "%(person)s" in self.sentence


WORDINGS: dict[NoticeKind, Wording] = {
    NoticeKind.LOAN_DUE_SOON: Wording(
        N_("A file is due back soon"),
        N_("Volume %(volume)s of dossier %(dossier)s is due back on %(due_on)s."),
        N_("Volume %(volume)s, which you hold, is due back on %(due_on)s."),
    ),
    NoticeKind.LOAN_DUE_TODAY: Wording(
        N_("A file is due back today"),
        N_("Volume %(volume)s of dossier %(dossier)s is due back today, %(due_on)s."),
        N_("Volume %(volume)s, which you hold, is due back today, %(due_on)s."),
    ),
    NoticeKind.LOAN_LATE: Wording(
        N_("A file is overdue"),
        N_(
            "Volume %(volume)s of dossier %(dossier)s was due back on %(due_on)s; days late: %(days)s. "
            "Until it is back nothing further can be handed out to you."
        ),
        N_(
            "Volume %(volume)s, which you hold, was due back on %(due_on)s; days late: %(days)s. "
            "Until it is back nothing further can be handed out to you."
        ),
    ),
    NoticeKind.LOAN_LATE_OF: Wording(
        N_("A borrower is late"),
        N_(
            "%(person)s should have brought back volume %(volume)s of dossier %(dossier)s on %(due_on)s; "
            "days late: %(days)s."
        ),
    ),
    NoticeKind.LOAN_RECALLED: Wording(
        N_("A file is called back"),
        N_("Volume %(volume)s of dossier %(dossier)s is needed: please bring it back by %(due_on)s."),
        N_("Volume %(volume)s, which you hold, is needed: please bring it back by %(due_on)s."),
    ),
    NoticeKind.DUE_DATE_CHANGED: Wording(
        N_("A due date has changed"),
        N_("Volume %(volume)s of dossier %(dossier)s is now due back on %(due_on)s; it was %(was_due_on)s."),
        N_("Volume %(volume)s, which you hold, is now due back on %(due_on)s; it was %(was_due_on)s."),
    ),
    NoticeKind.HOLD_READY: Wording(
        N_("Your turn has come"),
        N_("Volume %(volume)s of dossier %(dossier)s is back and kept for you at the desk until %(until)s."),
    ),
    NoticeKind.HOLD_WITHDRAWN: Wording(
        N_("A file reserved for you is away"),
        N_(
            "Volume %(volume)s of dossier %(dossier)s, which was reserved for you, cannot be fetched for now. "
            "You keep your turn and are told when it is back."
        ),
    ),
    NoticeKind.REQUEST_APPROVED: Wording(
        N_("Your request to read is approved"),
        N_("You may read dossier %(dossier)s on the screen until %(until)s."),
    ),
    NoticeKind.REQUEST_READY: Wording(
        N_("Your request to borrow is approved"),
        N_(
            "The records department gets dossier %(dossier)s from the shelf for you: "
            "collect it at the desk until %(until)s."
        ),
    ),
    NoticeKind.REQUEST_REFUSED: Wording(
        N_("Your request was refused"),
        N_("%(person)s refused the request for dossier %(dossier)s."),
    ),
    NoticeKind.REQUEST_EXPIRED: Wording(
        N_("Your request has expired"),
        N_("The request for dossier %(dossier)s was not decided, or the file was not fetched, in time."),
    ),
    NoticeKind.SIGNATURE_WANTED: Wording(
        N_("A request waits for your signature"),
        N_("%(person)s asks for dossier %(dossier)s."),
    ),
    NoticeKind.SIGNATURE_REMINDER: Wording(
        N_("A request still waits for your signature"),
        N_("%(person)s has been waiting since %(since)s for a decision about dossier %(dossier)s."),
    ),
    NoticeKind.GRANT_ENDS_SOON: Wording(
        N_("A permission to read ends soon"),
        N_("You may read dossier %(dossier)s until %(until)s."),
    ),
    NoticeKind.GRANT_ENDED: Wording(
        N_("A permission to read has ended"),
        N_("Dossier %(dossier)s is no longer open to you on the screen."),
    ),
    NoticeKind.UNDERTAKING_DUE: Wording(
        N_("Your confidentiality undertaking is to be renewed"),
        N_("What you accepted is good until %(until)s. Please read the rules again and accept them before that."),
    ),
    NoticeKind.UNDERTAKING_TO_APPROVE: Wording(
        N_("A confidentiality undertaking waits for your approval"),
        N_("%(person)s has sent a new version of the rules that everybody accepts."),
    ),
    NoticeKind.UNDERTAKING_SENT_BACK: Wording(
        N_("The confidentiality undertaking was sent back"),
        N_("%(person)s did not approve the draft; the reason stands on its page."),
    ),
    NoticeKind.CLIENT_GIVEN: Wording(
        N_("You look after a client"),
        N_("%(person)s named you to look after the client of dossier %(dossier)s, from %(day)s on."),
    ),
    NoticeKind.CLIENT_TAKEN: Wording(
        N_("You no longer look after a client"),
        N_("Since %(day)s you no longer look after the client of dossier %(dossier)s, as %(person)s decided."),
    ),
    NoticeKind.CLIENTS_GIVEN: Wording(
        N_("You look after further clients"),
        N_("%(person)s named you to look after further clients, from %(day)s on: %(count)s."),
    ),
    NoticeKind.CLIENTS_TAKEN: Wording(
        N_("You no longer look after some clients"),
        N_("Since %(day)s you no longer look after some clients, as %(person)s decided: %(count)s."),
    ),
    NoticeKind.HANDOVER_OPENED: Wording(
        N_("A handover has been opened"),
        N_("%(person)s hands over until %(last_day)s. The checklist says what is still open."),
    ),
    NoticeKind.HANDOVER_LATE: Wording(
        N_("A handover is late"),
        N_(
            "The last day of %(person)s was %(last_day)s, and the handover is not signed off. "
            "Things still open: %(open)s."
        ),
    ),
    NoticeKind.HANDOVER_TO_SIGN: Wording(
        N_("A handover waits for your signature"),
        N_("Nothing is open any more in the handover of %(person)s."),
    ),
    NoticeKind.REPORT_TO_REVIEW: Wording(
        N_("A report waits for your review"),
        N_("%(person)s has sent the report of %(first)s to %(last)s for review."),
    ),
    NoticeKind.REPORT_TO_ISSUE: Wording(
        N_("A report waits to be issued"),
        N_("%(person)s has reviewed the report of %(first)s to %(last)s."),
    ),
    NoticeKind.REPORT_RETURNED: Wording(
        N_("Your report was sent back"),
        N_("%(person)s sent back the report of %(first)s to %(last)s; the remarks stand on its page."),
    ),
    NoticeKind.REPORT_GIVEN: Wording(
        N_("A report was handed to you"),
        N_("%(person)s handed you the report of %(first)s to %(last)s: please see it through."),
    ),
    NoticeKind.REPORT_ISSUED: Wording(
        N_("A report was issued for you"),
        N_("Report %(number)s of %(first)s to %(last)s is issued, and you are on its distribution list."),
    ),
    NoticeKind.REPORT_WITHDRAWN: Wording(
        N_("A report was withdrawn"),
        N_("Report %(number)s of %(first)s to %(last)s is withdrawn: please do not use its figures any more."),
    ),
    NoticeKind.REPORT_REPLACED: Wording(
        N_("A report was replaced"),
        N_("Report %(number)s of %(first)s to %(last)s is withdrawn; report %(successor)s takes its place."),
    ),
    NoticeKind.REPORT_DRAFT_READY: Wording(
        N_("The draft of a regular report is there"),
        N_("The draft of “%(title)s” for %(first)s to %(last)s is there: look it through and send it for review."),
    ),
    NoticeKind.REPORT_DRAFT_BEGUN: Wording(
        N_("A regular report will come to you for review"),
        N_("%(person)s prepares “%(title)s” for %(first)s to %(last)s."),
    ),
    NoticeKind.REGULAR_TO_SIGN: Wording(
        N_("A regular report waits for your signature"),
        N_("%(person)s asks for the regular report “%(title)s”."),
    ),
    NoticeKind.REGULAR_ACTIVE: Wording(
        N_("A regular report was approved"),
        N_("“%(title)s” is approved. Its first draft appears on the first working day after the period."),
    ),
    NoticeKind.REGULAR_REFUSED: Wording(
        N_("A regular report was refused"),
        N_("%(person)s refused “%(title)s”; the reason stands on its page."),
    ),
    NoticeKind.REGULAR_ENDED: Wording(
        N_("A regular report was ended"),
        N_("%(person)s ended “%(title)s”: no further drafts are made."),
    ),
    NoticeKind.REGULAR_GIVEN: Wording(
        N_("A regular report was handed to you"),
        N_("%(person)s handed you the regular report “%(title)s” of your department."),
    ),
    NoticeKind.REGULAR_TO_PREPARE: Wording(
        N_("You prepare a regular report"),
        N_("%(person)s named you to prepare the drafts of “%(title)s”."),
    ),
    NoticeKind.REGULAR_UNCLEARED: Wording(
        N_("A regular report cannot be made"),
        N_(
            "“%(title)s” is for core readers, but whoever answers for it or prepares it is not cleared for core. "
            "No draft is made until somebody cleared is named."
        ),
    ),
}

KINDS_SHOWN_UNNAMED = tuple(kind for kind, wording in WORDINGS.items() if wording.unnamed is not None)
"""Kinds that reach a person who may not know of the dossier, without naming it."""

HANDOVER_KINDS = (NoticeKind.HANDOVER_OPENED, NoticeKind.HANDOVER_LATE, NoticeKind.HANDOVER_TO_SIGN)
"""Their occasion begins with the id of the handover, and they lead there."""

REPORT_KINDS = (
    NoticeKind.REPORT_TO_REVIEW,
    NoticeKind.REPORT_TO_ISSUE,
    NoticeKind.REPORT_RETURNED,
    NoticeKind.REPORT_GIVEN,
    NoticeKind.REPORT_ISSUED,
    NoticeKind.REPORT_WITHDRAWN,
    NoticeKind.REPORT_REPLACED,
    NoticeKind.REPORT_DRAFT_READY,
    NoticeKind.REPORT_DRAFT_BEGUN,
)
"""Their occasion is the report's id, a colon and the stage, and they lead there."""
REGULAR_KINDS = (
    NoticeKind.REGULAR_TO_SIGN,
    NoticeKind.REGULAR_ACTIVE,
    NoticeKind.REGULAR_REFUSED,
    NoticeKind.REGULAR_ENDED,
    NoticeKind.REGULAR_GIVEN,
    NoticeKind.REGULAR_TO_PREPARE,
    NoticeKind.REGULAR_UNCLEARED,
)
"""Likewise with the id of a regular report."""
CORE_OCCASION = "core-"
"""How the occasion of a notice begins that only people cleared for core may be shown."""

REMINDERS = (
    NoticeKind.LOAN_DUE_SOON,
    NoticeKind.LOAN_DUE_TODAY,
    NoticeKind.LOAN_LATE,
    NoticeKind.LOAN_LATE_OF,
)
"""Stages of one loan: the next one says all that the one before said."""

KINDS_COUNTED_ELSEWHERE = (NoticeKind.SIGNATURE_WANTED, NoticeKind.SIGNATURE_REMINDER, NoticeKind.LOAN_LATE)
"""What the number beside "Inbox" counts until it is dealt with, not until it is read: decisions, own late loans."""
