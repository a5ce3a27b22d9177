"""What an entry must fulfil to be found: a tree of conditions, the same for every engine.

Who may not read a document must not learn of it by asking. So each condition tells which part of an entry it
looks at, and an engine judges an entry by the parts that the person may see:

* `READ`: everything.
* `FIND` (a document that may be found but not read): client, number, tokens, pages. Title, correspondent, labels
  and date are hidden: a condition on them is never fulfilled, and neither is its opposite.
* `KNOW` (a dossier's entry that may be known but not read): client, number, tokens. Its title is hidden in the
  same way; labels, date and pages it has none, so a condition on them is not fulfilled, its opposite is.

A `Text` condition on several fields looks at those of them that are not hidden.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from search_index.analysis.sought import Word


class Field(StrEnum):
    """The texts of an entry."""

    CLIENT = "client"
    """Name of the client; Chinese also as pinyin."""
    NUMBER = "number"
    """Number of the dossier."""
    TITLE = "title"
    CORRESPONDENT = "correspondent"
    PAGES = "pages"


REGISTER = frozenset({Field.CLIENT, Field.NUMBER})
"""What everyone sees who knows of the entry."""
HIDDEN_FROM_FINDERS = frozenset({Field.TITLE, Field.CORRESPONDENT})
ANYWHERE = frozenset(Field)


@dataclass(frozen=True, slots=True)
class Text:
    """The word occurs in at least one of the fields."""

    word: Word
    fields: frozenset[Field] = ANYWHERE


@dataclass(frozen=True, slots=True)
class HasToken:
    """The entry holds at least one of the tokens, such as "level:core" or "dossier:7". An empty set: nothing does."""

    any_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasLabel:
    """The entry holds at least one of the labels, such as "kind:fax". For readers only."""

    any_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dated:
    """The entry's date is from `first` to `last`, both included; None leaves that end open. An entry without a date
    has none in any range. For readers only."""

    first: datetime.date | None = None
    last: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part is fulfilled; at least one part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part is fulfilled; at least one part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not fulfilled."""

    part: Condition


Condition = Text | HasToken | HasLabel | Dated | AllOf | AnyOf | Not


def without_inner_not(condition: Condition, *, negated: bool = False) -> Condition:
    """The same condition with every `Not` directly at a leaf, as an engine needs it to hide what is hidden."""
    if isinstance(condition, Not):
        return without_inner_not(condition.part, negated=not negated)
    if isinstance(condition, AllOf | AnyOf):
        parts = tuple(without_inner_not(part, negated=negated) for part in condition.parts)
        return AllOf(parts) if isinstance(condition, AllOf) is not negated else AnyOf(parts)
    return Not(condition) if negated else condition


def wanted_texts(condition: Condition) -> Iterator[Text]:
    """The text conditions that speak for an entry, not against it: they count in the ranking, and are marked."""
    return (text for text, wanted in _signed_texts(condition, wanted=True) if wanted)


def all_texts(condition: Condition) -> Iterator[Text]:
    """All text conditions, wanted or not."""
    return (text for text, _ in _signed_texts(condition, wanted=True))


def _signed_texts(condition: Condition, *, wanted: bool) -> Iterator[tuple[Text, bool]]:
    """Each text, and whether it is wanted: an even number of `Not` stands before it."""
    match condition:
        case Text():
            yield condition, wanted
        case Not(part):
            yield from _signed_texts(part, wanted=not wanted)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _signed_texts(part, wanted=wanted)
