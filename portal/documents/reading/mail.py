"""The text of mail: as sent over the internet (.eml) and as Outlook keeps it (.msg).

Attachments are named, not opened: what matters among them is filed as a document of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email import policy
from email.message import MIMEPart
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path

from oxmsg import Message
from oxmsg.domain import constants

from portal.documents.reading.alphabets import decoded
from portal.documents.reading.paging import in_pages

_SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_SILENT = {"script", "style", "title"}
_BLOCKS = {
    *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3"),
    *("h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"),
}
_CELLS = {"td", "th"}


def mail_pages(path: Path) -> list[str]:
    """Headers, body and the names of the attachments of an internet mail."""
    with path.open("rb") as stream:
        if not stream.readline().startswith(b"From "):  # that line leads a mail in a mailbox file
            stream.seek(0)
        mail = BytesParser(policy=policy.default).parse(stream)
    headers = [(name, value) for name in _SHOWN_HEADERS if (value := _header(mail, name))]
    return _pages(headers, _body(mail), [_name_of(part) for part in mail.iter_attachments()])


def _header(mail: MIMEPart, name: str) -> str:
    """A header as it reads; one that the library stumbles over as it stands in the file."""
    try:
        return str(mail[name] or "")
    except Exception:  # the parser of addresses and dates fails in many ways on what is no address or date
        return next((str(value) for key, value in mail.raw_items() if key.lower() == name.lower()), "")


def _body(mail: MIMEPart) -> str:
    """The plain text of a mail, or what its HTML says where there is none."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    text = _text_of(plain) if plain is not None else ""
    return text if text.strip() or html is None else text_of_html(_text_of(html))


def _text_of(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    return decoded(content, part.get_content_charset()) if isinstance(content, bytes) else ""


def _name_of(part: MIMEPart) -> str:
    """What an attachment is called; a mail inside a mail by its subject."""
    if part.get_content_type() == "message/rfc822":
        return next((_header(inner, "Subject") for inner in part.iter_parts()), "") or "message/rfc822"
    return part.get_filename() or part.get_content_type()


def outlook_pages(path: Path) -> list[str]:
    """Headers, body and the names of the attachments of a mail that Outlook saved."""
    mail = Message.load(str(path))
    headers = {name.title(): value for name, value in mail.message_headers.items()}
    known = {
        "From": mail.sender or mail.properties.str_prop_value(constants.PID_SENDER_NAME),
        "To": headers.get("To") or "; ".join(f"{person.name} <{person.email_address}>" for person in mail.recipients),
        "Cc": headers.get("Cc"),
        "Date": headers.get("Date") or (mail.sent_date and mail.sent_date.strftime("%Y-%m-%d %H:%M %Z")),
        "Subject": mail.subject,
    }
    text = mail.body or ""
    if not text.strip():
        text = text_of_html(_html_of(mail))
    names = [attachment.file_name or attachment.mime_type or "" for attachment in mail.attachments]
    return _pages([(name, value) for name, value in known.items() if value], text, names)


def _html_of(mail: Message) -> str:
    raw = mail.properties.binary_prop_value(constants.PID_HTML)
    if not raw:
        return mail.html_body or ""
    says = mail.properties.int_prop_value(constants.PID_INTERNET_CODEPAGE) is not None
    return decoded(raw, mail.properties.body_encoding if says else None)


def _pages(headers: Iterable[tuple[str, str]], text: str, names: Iterable[str]) -> list[str]:
    lines = [f"{name}: {' '.join(value.split())}" for name, value in headers]
    lines += ["", *text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]
    lines += [f"[{' '.join(name.split())}]" for name in names]
    return in_pages(lines)


def text_of_html(html: str) -> str:
    """What a reader of the HTML sees: blocks in lines of their own, cells parted by tabs, no scripts or styles."""
    reader = _HtmlText()
    reader.feed(html)
    reader.close()
    lines = "".join(reader.pieces).split("\n")
    text = "\n".join(line.strip(" \t") for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class _HtmlText(HTMLParser):
    """Collects the text of an HTML body. Character references are resolved; there are no entities to expand."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append("\t")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        elif tag == "body":
            self._silent.clear()
        elif tag in _BLOCKS and tag != "br":
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(re.sub(r"\s+", " ", data.replace("\N{NO-BREAK SPACE}", " ")))
