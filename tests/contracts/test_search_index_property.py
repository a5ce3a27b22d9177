"""Every engine against the contract in plain words (`search_index.judging`), over archives, rights and questions
that nobody thought of."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_index import Filter, IndexDocument, Query, Rights
from search_index.analysis import Element, Word, phrase_of, words_of
from search_index.conditions import AllOf, AnyOf, Condition, Dated, Field, HasLabel, HasToken, Not, Text
from tests.contracts.search_corpus import ENGINES
from tests.contracts.search_oracle import check

WORDS = (
    "pump",
    "pumps",
    "dump",
    "blue",
    "valve",
    "valves",
    "合同",
    "合同书",
    "书",
    "电汇",
    "恒达",
    "HT-2026",
    "2026",
    "é",
)
GROUPS = ("dossier:1", "dossier:2", "dossier:3", "")
TOKENS = ("level:a", "level:b", "dept:1", "dept:2", "dossier:1")
LABELS = ("kind:fax", "kind:plan", "year:2026", "level:a")
DAYS = tuple(datetime.date(2026, 1, 1) + datetime.timedelta(n) for n in range(3))

some_tokens = st.frozensets(st.sampled_from(TOKENS), max_size=3)
some_labels = st.frozensets(st.sampled_from(LABELS), max_size=2)
texts = st.lists(st.sampled_from(WORDS), max_size=4).flatmap(
    lambda found: st.sampled_from(["，", " "]).map(lambda s: s.join(found))
)
dates = st.none() | st.sampled_from(DAYS)

documents = st.builds(
    IndexDocument,
    id=st.integers(1, 30).map("document:{}".format),
    type=st.just("document"),
    tokens=some_tokens,
    client=texts,
    number=texts,
    title=texts,
    correspondent=texts,
    pages=st.lists(texts, max_size=3).map(tuple),
    group=st.sampled_from(GROUPS),
    labels=some_labels,
    date=dates,
)
dossiers = st.builds(
    lambda group, tokens, client, number, title: IndexDocument(
        group, "dossier", tokens, client, number, title, group=group
    ),
    st.sampled_from(GROUPS[:3]),
    some_tokens,
    texts,
    texts,
    texts,
)
archives = st.lists(documents | dossiers, min_size=1, max_size=10, unique_by=lambda entry: entry.id)

filters = st.just(Filter.everything()) | st.builds(Filter, st.lists(some_tokens, max_size=2).map(tuple), some_tokens)
rights = st.builds(Rights, filters, filters, filters) | st.just(Rights.everything())

PIECES = ("p", "pu", "pump", "val", "合", "书", "同书", "b", "h", "20")
TYPED = ("pump", "dumps", "blue", "vlave", "合同", "2026")
elements = st.one_of(
    st.sampled_from(("pump", "blue", "valv", "合同", "同书", "书", "2026", "ht")).map(lambda term: ((term,), False, 0)),
    st.just((("pump", "blue"), False, 0)),
    st.sampled_from(PIECES).map(lambda term: ((term,), True, 0)),
    st.tuples(st.sampled_from(TYPED), st.integers(1, 2)).map(lambda pair: ((pair[0],), False, pair[1])),
)


@st.composite
def sequences(draw: st.DrawFn) -> tuple[Element, ...]:
    chosen = draw(st.lists(elements, min_size=1, max_size=3))
    offset = 0
    found: list[Element] = []
    for terms, prefix, distance in chosen:
        found.append(Element(terms, offset, prefix, distance))
        offset += draw(st.integers(1, 2))
    return tuple(found)


def _one_word(text: str) -> Word:
    (found,) = words_of(text)
    return found


words = st.one_of(
    st.sampled_from(WORDS).map(_one_word),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(
        lambda some: phrase_of(" ".join(some)) or _one_word("pump")
    ),
    st.builds(
        Word,
        st.just("made"),
        st.lists(sequences(), min_size=1, max_size=2).map(tuple),
        st.none() | st.sampled_from(("he", "hengda", "hd", "d")),
    ),
)
fields = st.just(frozenset(Field)) | st.frozensets(st.sampled_from(Field), min_size=1)
leaves = st.one_of(
    st.builds(Text, words, fields),
    st.builds(Text, words),
    st.builds(HasToken, some_tokens),
    st.builds(HasLabel, some_labels),
    st.builds(Dated, dates, dates),
)


def _branches(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, several) | st.builds(AnyOf, several) | st.builds(Not, parts)


conditions: st.SearchStrategy[Condition] = st.recursive(leaves, _branches, max_leaves=5)
queries = st.builds(
    Query,
    condition=conditions,
    rights=rights,
    exclude=st.just(frozenset[str]()) | some_tokens,
    types=st.sampled_from([frozenset[str](), frozenset({"document"}), frozenset({"dossier"})]),
    limit=st.just(100),
    order=st.sampled_from(["relevance", "newest", "oldest"]),
    facets=st.just(("kind", "year", "level", "dept", "none")),
    group_sets=st.just({"one": frozenset({"dossier:1"}), "some": frozenset({"dossier:2", "dossier:9", ""})}),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(entries=archives, asked=st.lists(queries, min_size=1, max_size=12), cut=st.integers(0, 10))
@pytest.mark.parametrize("engine", ENGINES)
def test_an_answer_is_what_the_contract_says(
    engine: str, tmp_path_factory: pytest.TempPathFactory, entries: list[IndexDocument], asked: list[Query], cut: int
) -> None:
    index = ENGINES[engine](tmp_path_factory.mktemp("property") / "index")
    for part in (entries[:cut], entries[cut:]):
        index.write(part)
    for query in asked:
        whole = index.search(query)
        check(whole, entries, query)
        for offset in range(0, whole.total, 3):
            window = index.search(dataclasses.replace(query, limit=3, offset=offset))
            assert window.rows == whole.rows[offset : offset + 3]
    index.close()
