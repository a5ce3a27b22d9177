"""Pages of lists that are sorted by name in Python: no database sorts three languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PAGE_SIZE = 50


@dataclass(frozen=True)
class Part(Generic[T]):
    """One page of a list and how much there is in all."""

    rows: Sequence[T]
    number: int
    pages: int
    total: int


def part(rows: Iterable[T], number: int, size: int = PAGE_SIZE) -> Part[T]:
    """Page `number` (from 1; past the end, the last one) of a list."""
    listed = list(rows)
    pages = max(1, -(-len(listed) // size))
    number = min(max(number, 1), pages)
    return Part(listed[(number - 1) * size : number * size], number, pages, len(listed))
