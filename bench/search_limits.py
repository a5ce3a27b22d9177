"""Two bare indexes on the same texts, as the limit of what an engine could reach: no rights, no facets, no stems, no
grouping; the twenty best and how many there are."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

import tantivy

from search_index import IndexDocument
from search_index.analysis.folding import HAN

_HAN = re.compile(f"([{HAN}])")
_SHOWN = 20
_BATCH = 500


class Bare(Protocol):
    """A bare index."""

    def fill(self, entries: Iterator[IndexDocument]) -> int:
        """Index all entries; returns how many."""
        ...

    def ask(self, question: str) -> int:
        """Find the best entries; returns how many there are in all."""
        ...


def spaced(text: str) -> str:
    """The text with Han characters as words of their own: the tokenizers at hand take a whole run for one."""
    return _HAN.sub(r" \1 ", text)


def _texts(entry: IndexDocument) -> str:
    return spaced("\n".join((entry.client, entry.number, entry.title, entry.correspondent, *entry.pages)))


def _is_han(question: str) -> bool:
    return _HAN.match(question) is not None


class BareSqlite:
    """A table of SQLite's FTS5."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(directory / "texts.db", check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(id UNINDEXED, text, tokenize = 'unicode61')"
        )

    def fill(self, entries: Iterator[IndexDocument]) -> int:
        """Index all entries, some hundreds in a transaction."""
        count = 0
        while batch := [(entry.id, _texts(entry)) for entry in islice(entries, _BATCH)]:
            with self._connection:
                self._connection.executemany("INSERT INTO texts VALUES (?, ?)", batch)
            count += len(batch)
        return count

    def ask(self, question: str) -> int:
        """Words, a phrase of Han characters, or the beginning of a word."""
        asked = f'"{spaced(question)}"' if _is_han(question) else question
        self._connection.execute(
            "SELECT id FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?", (asked, _SHOWN)
        ).fetchall()
        (total,) = self._connection.execute("SELECT count(*) FROM texts WHERE texts MATCH ?", (asked,)).fetchone()
        return int(total)


class BareTantivy:
    """Tantivy with its own analyser."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("text")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, str(directory))
        self._index.config_reader("manual")

    def fill(self, entries: Iterator[IndexDocument]) -> int:
        """Index all entries, some hundreds in a commit."""
        writer = self._index.writer(64 << 20, 1)
        count = 0
        while batch := list(islice(entries, _BATCH)):
            for entry in batch:
                writer.add_document(tantivy.Document(id=entry.id, text=_texts(entry)))
            writer.commit()
            count += len(batch)
        writer.wait_merging_threads()
        self._index.reload()
        return count

    def ask(self, question: str) -> int:
        """Words, a phrase of Han characters, or the beginning of a word."""
        searcher = self._index.searcher()
        if question.endswith("*"):
            query = tantivy.Query.regex_query(self._schema, "text", re.escape(question[:-1]) + ".*")
        else:
            asked = f'"{spaced(question)}"' if _is_han(question) else question
            query = self._index.parse_query(asked, ["text"], conjunction_by_default=True)
        found = searcher.search(query, _SHOWN)
        for _, address in found.hits:
            searcher.doc(address)
        return int(found.count or 0)  # type: ignore[attr-defined]  # missing in the stubs


BARE = {"sqlite fts5 (bare)": BareSqlite, "tantivy (bare)": BareTantivy}
