"""Bytes of text turned into text, also where nothing says, or something wrong says, how they are written."""

from __future__ import annotations

from charset_normalizer import from_bytes

from portal.documents.reading.kinds import BYTE_ORDER_MARKS

_LIKELY = ["gb18030", "big5", "cp1252"]
"""What office programs wrote before UTF-8, in the portal's three languages."""

_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "us-ascii": "utf-8", "ascii": "utf-8", "iso-8859-1": "cp1252"}
"""What is declared, and what senders mean by it."""


def decoded(content: bytes, declared: str | None = None) -> str:
    """The text of `content`; `declared` is the encoding its sender claims."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    for encoding in filter(None, (declared and _WIDER.get(declared.lower(), declared), "utf-8")):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    best = from_bytes(content, cp_isolation=_LIKELY).best()
    return str(best) if best else content.decode("cp1252", "replace")
