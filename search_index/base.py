"""The contract every search engine fulfils: what is indexed and asked, what comes back, what can go wrong.

An index is a copy made for finding; the database says what is true. It can be thrown away and filled again,
and a page re-checks in the database whatever it is about to show.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol, Self

from search_index.conditions import Condition

DOCUMENT = "document"
DOSSIER = "dossier"

NO_SETS: Mapping[str, frozenset[str]] = MappingProxyType({})
NO_FACETS: Mapping[str, Mapping[str, int]] = MappingProxyType({})
NO_COUNTS: Mapping[str, int] = MappingProxyType({})


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
    counts under, a document's dossier (a dossier's is its own). Ids, groups, tokens and labels are short and
    without control characters.
    `tokens`: what rights are decided by and what everyone sees who knows of the entry, such as "level:core",
    "dept:3", "client:7", "dossier:5". `labels`: what only its readers see of it, such as "kind:fax", "year:2026".
    `client`: the client's name, Chinese also found by pinyin; `number`: the dossier's number; both matched by
    whoever knows the entry. `title`: subject and kind of a document, title of a dossier; `correspondent`: who a
    document is from or to; both matched by readers only.
    `pages`: its text, matched by finders and readers; a phrase does not cross pages (nor fields).
    `date`: to sort and to narrow by, readers only.
    """

    id: str
    type: str
    tokens: frozenset[str]
    client: str = ""
    number: str = ""
    title: str = ""
    correspondent: str = ""
    pages: tuple[str, ...] = ()
    group: str = ""
    labels: frozenset[str] = frozenset()
    date: datetime.date | None = None

    def __post_init__(self) -> None:
        if self.type not in {DOCUMENT, DOSSIER}:
            raise ValueError(f"unknown type of entry: {self.type!r}")
        for name in (self.id, self.group, *self.tokens, *self.labels):
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
            sorted(self.labels),
            self.client,
            self.number,
            self.title,
            self.correspondent,
            self.group,
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


Order = Literal["relevance", "newest", "oldest"]


class Right(IntEnum):
    """What a person may do with an entry; each includes the ones before it."""

    KNOW = 1
    FIND = 2
    READ = 3


@dataclass(frozen=True, slots=True)
class Query:
    """A question under a person's rights (`search_index.conditions` says what an entry must fulfil):

    * an entry that may be read is judged by all it holds;
    * a document that may be found but not read is judged without what is hidden, and a word that speaks for it
      must occur in its pages;
    * a dossier that may be known but not read is judged by what the register shows.

    No condition finds nothing. `exclude`: entries with any of these tokens are left out (dossiers whose rights have
    changed since they were indexed). `types`: empty for all. `limit` and `offset` choose the rows handed back, not
    what is counted. `facets`: families of tokens and labels to count, such as "kind" for "kind:fax".
    `group_sets`: sets of groups by a name; the rows that belong to each are counted too.
    """

    condition: Condition | None
    rights: Rights
    exclude: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    limit: int = 20
    offset: int = 0
    order: Order = "relevance"
    facets: tuple[str, ...] = ()
    group_sets: Mapping[str, frozenset[str]] = field(default_factory=lambda: NO_SETS)

    def __post_init__(self) -> None:
        if self.limit < 0 or self.offset < 0:
            raise ValueError("limit and offset cannot be negative")


class Row(NamedTuple):
    """One result: a document that may be read, or a dossier's entry in the register (`document` empty).

    Entries of one dossier that may not be read are one row, together with the dossier's own entry. `right`: the
    least right under which what matched may be told (READ when only a reader may know why). `inside`: the row stands
    for documents, not (only) for the register entry. `score`: the best of its matches; `date`: of a document that may
    be read.
    """

    group: str
    document: str
    right: Right
    inside: bool
    score: float
    date: datetime.date | None


@dataclass(frozen=True, slots=True)
class Results:
    """`rows`: those asked for by limit and offset, best first (newest or oldest first; rows without a date last);
    of equals dossiers first, then in order of ids. `total`: how many rows there are.

    `facets`: family → value ("fax" of "kind:fax") → rows that hold it; a dossier's row holds the tokens of the entries
    it stands for, a document's its tokens and labels; values without a row are left out. `groups`: name of a group
    set → rows whose group is in it.
    """

    rows: tuple[Row, ...] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: NO_FACETS)
    groups: Mapping[str, int] = field(default_factory=lambda: NO_COUNTS)


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

    def turn(self, timeout: float = 30.0) -> AbstractContextManager[None]:
        """Take the turn of bringing the index up to date: for the length of the block nobody else who shares this
        index holds it, in no thread or process (of no machine, where the index is shared by several).

        Whoever reads what is true, writes it, and notes that it is written, does so in one turn; two at once could
        leave the older of two readings under the newer note. `write`, `search` and `rebuild` need no turn.

        :raises IndexBusy: somebody else held it for `timeout` seconds
        """
        ...

    def close(self) -> None:
        """Let go of files and memory; the object can be used again and will open them anew."""
        ...
