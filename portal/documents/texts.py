"""Text from files and forms, made fit for the database and for one line of a page."""

from __future__ import annotations

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def storable(text: str) -> str:
    """`text` without what a database refuses: PostgreSQL takes no NUL, UTF-8 no lone surrogate."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """`text` in one line: composed, spaces collapsed, without control and direction-changing characters."""
    visible = "".join(
        " " if c.isspace() else c
        for c in unicodedata.normalize("NFC", text)
        if c.isspace() or unicodedata.category(c) not in _HIDDEN
    )
    return " ".join(visible.split())
