"""What a mail says of itself at its beginning, taken from the text that was read of it."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_LINES = 5
"""From, To, Cc, Date, Subject: `mail.py` writes each into a line of its own, in this order."""


@dataclass(frozen=True)
class MailHead:
    """Who wrote a mail, to whom, what about; empty where the mail does not say."""

    sender: str = ""
    recipient: str = ""
    subject: str = ""


def mail_head(text: str) -> MailHead:
    """The head of a mail whose first page reads `text`."""
    found: dict[str, str] = {}
    for line in text.split("\n")[:_MOST_LINES]:
        name, colon, value = line.partition(": ")
        if not colon:
            break
        found.setdefault(name, value.strip())
    return MailHead(found.get("From", ""), found.get("To", ""), found.get("Subject", ""))
