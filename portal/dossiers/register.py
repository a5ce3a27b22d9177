"""The register's address line: filters, sorting and page as query arguments, read leniently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from flask import url_for

from portal.clients.models import ClientKind, ClientRank
from portal.core.permissions import Level
from portal.dossiers.queries import RegisterFilter, RegisterSort, WhereFilter

E = TypeVar("E", bound=StrEnum)


def read_filter(arguments: Mapping[str, str]) -> RegisterFilter:
    """The filter an address asks for; what is not a word of the house is left out."""
    department = arguments.get("department", "")
    return RegisterFilter(
        text=arguments.get("text", "")[:200].replace("\0", ""),
        kind=_word(ClientKind, arguments.get("kind")),
        rank=_word(ClientRank, arguments.get("rank")),
        level=_word(Level, arguments.get("level")),
        department_id=int(department) if department.isdecimal() and len(department) < 10 else None,
        where=_word(WhereFilter, arguments.get("where")),
        mine=arguments.get("mine") == "1",
    )


def read_sort(arguments: Mapping[str, str]) -> tuple[RegisterSort, bool]:
    """The column and whether descending: `sort=number` or `sort=-number`."""
    asked = arguments.get("sort", "")
    return _word(RegisterSort, asked.removeprefix("-")) or RegisterSort.NAME, asked.startswith("-")


def register_link(arguments: Mapping[str, str]) -> Callable[..., str]:
    """Makes addresses of the register that keep the filter: `link(page=2)`, `link(sort="-name")`."""
    kept = {name: value for name, value in arguments.items() if value and name != "page"}

    def link(**changes: object) -> str:
        return f"{url_for('dossiers.register')}?{urlencode({**kept, **changes})}"

    return link


def _word(words: type[E], value: str | None) -> E | None:
    return words(value) if value in set(words) else None
