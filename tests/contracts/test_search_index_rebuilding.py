"""Rebuilding: a new index is filled beside the live one, which answers and takes writes until it is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from search_index import IndexDocument, SearchIndex
from tests.contracts.search_corpus import (
    CORPUS,
    HENGDA,
    document,
    found,
    query,
)


class TestRebuild:
    def test_the_new_index_holds_what_it_was_given_and_no_more(self, index: SearchIndex) -> None:
        index.write([document(99, "pump", of=HENGDA)])
        assert index.rebuild(iter(CORPUS), chunk=2) == len(CORPUS)
        assert sorted(index.ids()) == sorted((entry.id, entry.fingerprint()) for entry in CORPUS)
        assert set(found(index, "pump")) == set()
        assert set(found(index, "合同")) == {"document:1", "document:2"}
        index.write([document(98, "valve", of=HENGDA)])
        assert set(found(index, "valve")) == {"document:98"}

    def test_a_rebuild_that_fails_leaves_the_old_index_answering(self, index: SearchIndex) -> None:
        index.write(CORPUS)

        def source() -> Iterator[IndexDocument]:
            yield from CORPUS[:4]
            raise RuntimeError("the database went away")

        with pytest.raises(RuntimeError, match="went away"):
            index.rebuild(source(), chunk=2)
        assert set(found(index, "takeover")) == {"document:4"}
        assert index.rebuild(CORPUS) == len(CORPUS)

    def test_what_is_written_meanwhile_is_found_at_once_and_afterwards(self, index: SearchIndex) -> None:
        index.write(CORPUS)

        def source() -> Iterator[IndexDocument]:
            yield from CORPUS[:3]
            index.write([document(5, "rewritten meanwhile", of=HENGDA)], ["document:4"])
            assert set(found(index, "rewritten")) == {"document:5"}
            yield from CORPUS[3:]
            index.write([document(50, "written at the end", of=HENGDA)], ["document:2"])

        index.rebuild(source(), chunk=2)
        assert set(found(index, "rewritten")) == {"document:5"}
        assert set(found(index, "written end")) == {"document:50"}
        ids = {id_ for id_, _ in index.ids()}
        assert ids == {entry.id for entry in CORPUS} - {"document:2", "document:4"} | {"document:50"}

    def test_people_search_while_it_runs(self, index: SearchIndex) -> None:
        entries = [document(n, f"pump number{n}", of=HENGDA) for n in range(60)]
        index.write(entries)
        over, wrong = Event(), []

        def look() -> None:
            while not over.is_set():
                try:
                    total = index.search(query("pump")).total
                except Exception as error:  # noqa: BLE001  (whatever it is, the test tells it)
                    wrong.append(error)
                    return
                if total != 60:
                    wrong.append(total)

        threads = [Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                index.rebuild(entries, chunk=10)
                index.write(entries[:5])
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert wrong == []
