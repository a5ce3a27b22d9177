"""A notice as a mail: built from plain values, in the language of the person who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.config import MailSettings
from portal.core.messages import N_, Message
from portal.notices.wording import in_words

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent.parent / "templates" / "mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)
_GREETING = N_("Good day, %(name)s,")
_LEAD = N_("More about it in the portal:")
_FOOTER = N_("The portal of the client archive sent this; nobody reads answers to it. You find the same in your inbox.")


@dataclass(frozen=True)
class Addressee:
    """Who gets the mail, and in which language."""

    name: str
    email: str
    language: str


@dataclass(frozen=True)
class Content:
    """What the mail says. `notice_id` and `told_at` make its identity: the same notice is the same mail."""

    notice_id: int
    told_at: datetime
    title: Message
    sentence: Message


def letter(settings: MailSettings, portal_url: str, to: Addressee, content: Content) -> EmailMessage:
    """The mail; ValueError where the addressee's address is none.

    Sent twice (a crash after the server took it), it has the same Message-ID and date, so that mail programs show
    it once.
    """
    mail = EmailMessage()
    mail["From"] = Address(_one_line(settings.sender_name), addr_spec=settings.sender)
    mail["To"] = _address(to)
    mail["Subject"] = _one_line(in_words(content.title, to.language))
    mail["Date"] = format_datetime(content.told_at)
    host = urlsplit(portal_url).hostname
    mail["Message-ID"] = f"<notice-{content.notice_id}-{int(content.told_at.timestamp())}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    values = {
        "language": to.language,
        "title": in_words(content.title, to.language),
        "greeting": in_words(Message(_GREETING, {"name": _one_line(to.name)}), to.language),
        "sentence": in_words(content.sentence, to.language),
        "lead": in_words(Message(_LEAD), to.language),
        "link": f"{portal_url}/inbox/{content.notice_id}",
        "footer": in_words(Message(_FOOTER), to.language),
    }
    mail.set_content(_TEMPLATES.get_template("notice.txt").render(values))
    mail.add_alternative(_TEMPLATES.get_template("notice.html").render(values), subtype="html")
    return mail


@dataclass(frozen=True)
class OwnWords:
    """A mail that is no notice: a letter somebody wrote, with itself as a file. `identity` makes it one mail however
    often it is sent."""

    identity: str
    written_at: datetime
    subject: str
    body: str
    file_name: str
    pdf: bytes


def plain_letter(settings: MailSettings, portal_url: str, to: Addressee, words: OwnWords) -> EmailMessage:
    """The mail to somebody outside; ValueError where the address is none. It names no page of the portal."""
    mail = EmailMessage()
    mail["From"] = Address(_one_line(settings.sender_name), addr_spec=settings.sender)
    mail["To"] = _address(to)
    mail["Subject"] = _one_line(words.subject)
    mail["Date"] = format_datetime(words.written_at)
    host = urlsplit(portal_url).hostname
    mail["Message-ID"] = f"<{words.identity}-{int(words.written_at.timestamp())}@{host}>"
    mail.set_content(words.body)
    mail.add_attachment(words.pdf, maintype="application", subtype="pdf", filename=words.file_name)
    return mail


def _address(to: Addressee) -> Address:
    try:
        return Address(_one_line(to.name), addr_spec=to.email)
    except (ValueError, IndexError, MessageError) as error:  # IndexError: the library's parser stumbles over some.
        raise ValueError("not a mail address") from error


def _one_line(text: str) -> str:
    """What stands in a header: without line ends and other control characters, which would begin another header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
