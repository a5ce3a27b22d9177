"""Whatever Tantivy throws, as an error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from search_index.base import SearchIndexError


@contextmanager
def tantivy_errors(failure: str, kind: type[SearchIndexError] = SearchIndexError) -> Iterator[None]:
    """Let nothing of Tantivy's out of the block, but an error of this kind.

    Its errors are `ValueError`s; a panic in its Rust code arrives as a `BaseException` that no module exports.
    """
    try:
        yield
    except SearchIndexError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise kind(f"{failure}: {error}") from error
        raise
