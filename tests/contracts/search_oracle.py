"""What an answer must be, worked out entry by entry with `search_index.judging`."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from search_index import DOCUMENT, IndexDocument, Query, Results, Right
from search_index.judging import Judged, rows

Key = tuple[str, str]
"""Group and document of a row."""


@dataclass
class ExpectedRow:
    """What is known of a row without an engine."""

    right: Right
    inside: bool = False
    date: datetime.date | None = None
    values: set[str] = field(default_factory=set)


def expected_rows(entries: Iterable[IndexDocument], query: Query) -> dict[Key, ExpectedRow]:
    """The rows, with what they are counted under."""
    entries = list(entries)
    expected = {key: ExpectedRow(right) for key, right in rows(entries, query).items()}
    for entry in entries:
        judged = Judged(entry)
        if not judged.answers(query):
            continue
        alone = entry.type == DOCUMENT and judged.right_under(query.rights) == Right.READ
        row = expected[entry.group, entry.id if alone else ""]
        row.inside |= entry.type == DOCUMENT
        row.values |= entry.tokens | (entry.labels if alone else frozenset())
        row.date = entry.date if alone else None
    return expected


def check(results: Results, entries: Iterable[IndexDocument], query: Query) -> None:
    """Compare an answer that has all rows in its window with what it must be."""
    expected = expected_rows(entries, query)
    answered = {(row.group, row.document): (row.right, row.inside, row.date) for row in results.rows}
    assert answered == {key: (row.right, row.inside, row.date) for key, row in expected.items()}
    assert len(results.rows) == results.total == len(expected)
    for family in query.facets:
        counted = Counter(
            value.partition(":")[2]
            for row in expected.values()
            for value in row.values
            if value.startswith(family + ":")
        )
        assert results.facets[family] == counted
    assert results.groups == {
        name: sum(group in wanted for group, _ in expected) for name, wanted in query.group_sets.items()
    }
    if query.order != "relevance":
        sign = -1 if query.order == "newest" else 1
        dates = [(row.date is None, sign * (row.date or datetime.date.min).toordinal()) for row in results.rows]
        keys = [
            (date, row.document != "", row.document or row.group) for date, row in zip(dates, results.rows, strict=True)
        ]
        assert keys == sorted(keys)
    else:
        relevance = [(-row.score, row.document != "", row.document or row.group) for row in results.rows]
        assert relevance == sorted(relevance)
