"""What comes out of a query that was read: the question, and the troubles with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from search_index.analysis import Word
from search_index.conditions import Condition

MAX_WORDS = 32
MAX_LENGTH = 2000
"""Characters of a query that are read."""
MAX_DEPTH = 20
"""Parentheses within parentheses."""


class Problem(StrEnum):
    """What of a query could not be understood; the rest is searched all the same."""

    NO_WORDS = "no_words"
    """Nothing to search for was typed."""
    ONLY_EXCLUDED = "only_excluded"
    """It says only what is not wanted: nothing is searched."""
    UNCLOSED_QUOTE = "unclosed_quote"
    """Read as words."""
    UNCLOSED_PARENTHESIS = "unclosed_parenthesis"
    """Read as if it closed at the end."""
    EXTRA_PARENTHESIS = "extra_parenthesis"
    """It closes none, and is left out."""
    MISSING_SIDE = "missing_side"
    """AND or OR without something on both sides, NOT without something behind it; left out."""
    EMPTY_VALUE = "empty_value"
    """A field without a value; left out."""
    UNKNOWN_VALUE = "unknown_value"
    """A value that the field does not know; left out. `expected`: examples of what it knows."""
    UNKNOWN_FIELD = "unknown_field"
    """Searched as words. `expected`: fields with nearly the same name."""
    LONELY_MARK = "lonely_mark"
    """A * or ~ that stands behind no word; left out."""
    SHORT_PREFIX = "short_prefix"
    """A * behind a single letter; read as the letter alone."""
    TOO_DEEP = "too_deep"
    """Too many parentheses within each other; the innermost are left out."""
    TOO_MANY_WORDS = "too_many_words"
    """The words from here on are left out."""
    TOO_LONG = "too_long"
    """What is typed from here on is left out."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem, and where in the query it is: `start` and `end` are offsets into what was typed.

    `word`: the piece of the query it is about. `expected`: what could stand there, if that can be listed.
    """

    problem: Problem
    start: int
    end: int
    word: str = ""
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """`condition`: None where nothing was asked. `words`: those that speak for an entry, to be marked in texts.
    `troubles`: in the order of their places."""

    condition: Condition | None
    words: tuple[Word, ...] = ()
    troubles: tuple[Trouble, ...] = ()


class NotUnderstood(Exception):
    """Raised by a field's reader for a value that it does not know; `expected`: what it knows, if few."""

    def __init__(self, expected: tuple[str, ...] = ()) -> None:
        super().__init__("not a value of this field")
        self.expected = expected


FieldReader = Callable[[str], Condition]
"""From the value after the colon (without quotation marks) to a condition; raises `NotUnderstood`."""

NO_FIELDS: Mapping[str, FieldReader] = MappingProxyType({})
