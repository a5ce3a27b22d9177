"""One commit to a Tantivy index."""

from collections.abc import Iterable
from pathlib import Path

import tantivy

from search_index.base import IndexDamaged, IndexDocument
from search_index.file_index import Identity
from search_index.tantivy.errors import tantivy_errors
from search_index.tantivy.schema import ID, make_schema, to_tantivy
from search_index.tantivy.storage import announced, verify

_MEMORY_BYTES = 64 << 20
"""What Tantivy gathers in memory before it writes a segment."""


def create(generation: Path) -> None:
    """Make an empty index in a new generation's directory."""
    with announced(generation), tantivy_errors("the index could not be created"):
        tantivy.Index(make_schema(), str(generation))


def commit(
    generation: Path, verified: set[Identity], updates: Iterable[IndexDocument], removals: Iterable[str]
) -> None:
    """Remove and add in one commit. The caller holds the writer's lock; ids among `updates` must not repeat."""
    verify(generation, verified)
    with tantivy_errors("the index could not be opened", IndexDamaged):
        index = tantivy.Index.open(str(generation))
    with announced(generation), tantivy_errors("the index could not be written"):
        writer = index.writer(_MEMORY_BYTES, 1)
        try:
            for id_ in removals:
                writer.delete_documents_by_term(ID, id_)
            # Operations are numbered through the whole life of an index, so these numbers are new.
            for ordinal, entry in enumerate(updates, writer.commit_opstamp + 1):
                writer.delete_documents_by_term(ID, entry.id)
                writer.add_document(to_tantivy(entry, ordinal))
            writer.commit()
        finally:
            # Also when it failed: lets go of Tantivy's lock and threads; what was not committed is forgotten.
            writer.wait_merging_threads()
