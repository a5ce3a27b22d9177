"""One commit to a Whoosh index, and the tidying after it."""

import math
import re
import shutil
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.index import FileIndex

from search_index.base import IndexDocument
from search_index.file_index import Identity
from search_index.whoosh.codec import EntryWriter, SegmentFile
from search_index.whoosh.schema import make_schema
from search_index.whoosh.storage import CHECKSUM, INDEX_NAME, CheckedStorage, latest_commit

_TIER = 8
"""Segments of about the same size are merged when there are so many of them."""
_LARGEST_MERGED = 5_000
"""Entries; larger segments stay as they are. A merge of eight such takes some ten seconds and a gigabyte of memory."""

_LEFTOVER = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc(\..+)|{INDEX_NAME}\.tmp|.+\.ctmp")


def create(generation: Path, verified: set[Identity]) -> None:
    """Make an empty index in a new generation's directory."""
    storage = CheckedStorage(generation, verified)
    FileIndex.create(storage, make_schema(), INDEX_NAME)  # type: ignore[no-untyped-call]


def commit(
    generation: Path, verified: set[Identity], updates: Collection[IndexDocument], removals: Iterable[str]
) -> None:
    """Remove and add in one commit; tidy up in a second one, when what was written can already be found.

    The caller holds the writer's lock. Ids among `updates` must not repeat.
    """
    _remove_leftovers(generation)
    outdated = {*removals, *(document.id for document in updates)}
    with _Writer(generation, verified) as writer:
        deleted = _delete(writer, outdated)
        for document in updates:
            writer.add_entry(document)
        if not updates and not deleted:
            return
        writer.commit(merge=False)  # type: ignore[no-untyped-call]
    _tidy(generation, verified)


class _Writer:
    """A Whoosh writer that is cancelled unless it has been committed."""

    def __init__(self, generation: Path, verified: set[Identity]) -> None:
        storage = CheckedStorage(generation, verified)
        self._writer = EntryWriter(FileIndex(storage, indexname=INDEX_NAME))  # type: ignore[no-untyped-call]

    def __enter__(self) -> EntryWriter:
        return self._writer

    def __exit__(self, *error: object) -> None:
        if not self._writer.is_closed:
            self._writer.cancel()  # type: ignore[no-untyped-call]


def _delete(writer: EntryWriter, ids: Iterable[str]) -> int:
    """Delete the entries of these ids; returns how many there were."""
    deleted = 0
    ids = list(ids)
    for segment in writer.segments:
        file = SegmentFile(writer.storage, segment)
        for number in file.with_ids(ids):
            if not segment.is_deleted(number):
                segment.delete_document(number)
                deleted += 1
    return deleted


def _remove_leftovers(generation: Path) -> None:
    """What a killed writer left; Whoosh removes only its segments."""
    newest = latest_commit(generation)
    for path in generation.iterdir():
        leftover = _LEFTOVER.fullmatch(path.name)
        if not leftover or (leftover[2] == CHECKSUM and int(leftover[1]) == newest):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _tidy(generation: Path, verified: set[Identity]) -> None:
    """Merge small segments, and those that hold mostly deleted entries."""
    with _Writer(generation, verified) as writer:
        chosen = _to_merge(writer.segments)
        if chosen:
            writer.commit(mergetype=_merging(chosen))  # type: ignore[no-untyped-call]


def _to_merge(segments: Iterable[Any]) -> list[Any]:
    tiers: dict[int, list[Any]] = {}
    chosen: list[Any] = []
    for segment in segments:
        live = segment.doc_count_all() - segment.deleted_count()
        if live * 2 < segment.doc_count_all():
            chosen.append(segment)
        elif live <= _LARGEST_MERGED:
            tiers.setdefault(int(math.log(live, _TIER)), []).append(segment)
    for tier in sorted(tiers):
        if len(tiers[tier]) >= _TIER:
            chosen += tiers[tier]
    return chosen


def _merging(chosen: list[Any]) -> Callable[[Any, list[Any]], list[Any]]:
    """A merge policy in Whoosh's sense: adds the chosen segments to the writer's own, returns the others."""
    ids = {segment.segment_id() for segment in chosen}

    def merge(writer: Any, segments: list[Any]) -> list[Any]:
        for segment in chosen:
            if segment.doc_count():
                live = np.ones(segment.doc_count_all(), dtype=np.bool_)
                live[list(segment.deleted_docs())] = False
                writer.add_segment(SegmentFile(writer.storage, segment), live)
        return [segment for segment in segments if segment.segment_id() not in ids]

    return merge
