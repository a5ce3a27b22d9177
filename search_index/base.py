"""The contract every search engine fulfils: what is indexed and asked, what comes back, what can go wrong.

An index is a copy made for finding; the database says what is true. It can be thrown away and filled again,
and a page re-checks in the database whatever it is about to show.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol, Self

DOCUMENT = "document"
DOSSIER = "dossier"

NO_VALUES: Mapping[str, str | int] = MappingProxyType({})


class SearchIndexError(Exception):
    """Something is wrong with the index or its use; base of all errors raised here."""


class IndexDamaged(SearchIndexError):
    """The index is missing, truncated or garbled: it must be rebuilt."""


class IndexOutdated(SearchIndexError):
    """The index was made by another version in a form that this one cannot use: it must be rebuilt."""


class IndexBusy(SearchIndexError):
    """Another writer (or another rebuild) holds the index; to be tried again later."""


class IndexState(StrEnum):
    """How an index is."""

    OK = "ok"
    MISSING = "missing"
    OUTDATED = "outdated"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """One entry to be found: a document, or a dossier's entry in the register.

    `id`: unique, such as "document:12"; `type`: "document" or "dossier"; `group`: the id of the entry it
    counts under, a document's dossier. Ids, groups and tokens are short and without control characters.
    `tokens`: what rights are decided by, such as "level:core", "dept:3", "client:7", "dossier:5".
    `register`: client's name, dossier's number; matched by whoever knows the entry, Chinese also as pinyin.
    `title`: the document's own fields, matched by readers only.
    `pages`: its text, matched by finders and readers; a phrase does not cross pages.
    `stored`: small values handed back with a hit. `date`: to sort by.
    """

    id: str
    type: str
    tokens: frozenset[str]
    register: str = ""
    title: str = ""
    pages: tuple[str, ...] = ()
    group: str = ""
    stored: Mapping[str, str | int] = field(default_factory=lambda: NO_VALUES)
    date: datetime.date | None = None

    def __post_init__(self) -> None:
        if self.type not in {DOCUMENT, DOSSIER}:
            raise ValueError(f"unknown type of entry: {self.type!r}")
        for name in (self.id, self.group, *self.tokens):
            if len(name) > 200 or not (name.isprintable() or name == ""):
                raise ValueError(f"not an id, group or token: {name!r}")
        if not self.id:
            raise ValueError("an entry needs an id")

    def fingerprint(self) -> str:
        """A digest of everything that is indexed: two entries with the same one need not be indexed again."""
        digest = hashlib.sha256()
        content = [
            self.id,
            self.type,
            sorted(self.tokens),
            self.register,
            self.title,
            self.group,
            sorted(self.stored.items()),
            self.date.isoformat() if self.date else "",
            len(self.pages),
        ]
        digest.update(json.dumps(content).encode())
        for page in self.pages:
            digest.update(json.dumps(page).encode())
        return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries a person has a right to, told by their tokens.

    An entry passes if it holds all tokens of at least one set of `any_of` and none of `without`.
    """

    any_of: tuple[frozenset[str], ...]
    without: frozenset[str] = frozenset()

    @classmethod
    def everything(cls) -> Self:
        """Every entry passes."""
        return cls((frozenset(),))

    @classmethod
    def everything_but(cls, *tokens: str) -> Self:
        """Every entry passes that holds none of the tokens."""
        return cls((frozenset(),), frozenset(tokens))

    @classmethod
    def nothing(cls) -> Self:
        """No entry passes."""
        return cls(())

    def passes(self, tokens: frozenset[str]) -> bool:
        """Whether an entry with these tokens passes."""
        return self.without.isdisjoint(tokens) and any(wanted <= tokens for wanted in self.any_of)


@dataclass(frozen=True, slots=True)
class Rights:
    """The three rights of the person who asks. What is not known is not findable, what is not findable is not
    readable: an engine applies them nested, whatever the filters say."""

    known: Filter
    findable: Filter
    readable: Filter

    @classmethod
    def everything(cls) -> Self:
        """All three for every entry: for checks and measurements, never for a person."""
        return cls(Filter.everything(), Filter.everything(), Filter.everything())


Order = Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question. Every word must match:

    * an entry that may be read: in register, title or pages;
    * a document that may be found but not read: in register or pages, at least one word in the pages;
    * a dossier that is known but not readable: in the register.

    `exclude`: entries with any of these tokens are left out (dossiers whose rights have changed since they
    were indexed). `types`: empty for all. `limit` and `offset` choose the hits shown, not what is counted.
    """

    text: str
    rights: Rights
    exclude: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    limit: int = 20
    offset: int = 0
    order: Order = "relevance"


class Match(NamedTuple):
    """One entry that matches: light, for counting and choosing. `readable`: under the rights of the query."""

    id: str
    type: str
    group: str
    readable: bool
    score: float
    date: datetime.date | None


class Hit(NamedTuple):
    """A match that is shown, with what was kept with it."""

    id: str
    type: str
    group: str
    readable: bool
    score: float
    date: datetime.date | None
    tokens: frozenset[str]
    stored: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Results:
    """`hits`: those asked for by limit and offset. `matched`: all, best first. `problems`: codes of
    `analysis.Problem` for what of the query was not understood."""

    hits: tuple[Hit, ...] = ()
    matched: Sequence[Match] = ()
    problems: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many entries match."""
        return len(self.matched)


class SearchIndex(Protocol):
    """An engine. Any number of threads and processes may search while one writes.

    Every method may raise `SearchIndexError` and nothing else but `ValueError` for a wrong argument.
    """

    def write(self, updates: Iterable[IndexDocument], removals: Iterable[str] = ()) -> None:
        """Remove the ids, add or replace the documents, in one commit: all of it or nothing.

        Waits for another writer and raises `IndexBusy` when that takes too long. Searchable on return.
        """
        ...

    def search(self, query: Query) -> Results:
        """Answer a question from the last committed state."""
        ...

    def ids(self) -> Iterator[tuple[str, str]]:
        """The id and fingerprint of every entry, in no order: to compare with the database."""
        ...

    def rebuild(self, documents: Iterable[IndexDocument], chunk: int = 500) -> int:
        """Fill a new index from all documents, `chunk` at a time, and put it in the place of the present one,
        which answers (and takes writes, kept in both) until then. Returns how many were indexed."""
        ...

    def state(self) -> IndexState:
        """How the index is; never raises."""
        ...

    def close(self) -> None:
        """Let go of files and memory; the object can be used again and will open them anew."""
        ...
