"""Fixtures of the contracts: each test runs against every engine, every back end. Nothing of the portal here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from archive_store import ArchiveStore
from search_index import SearchIndex
from tests.contracts.archive_store_backends import BACKENDS, FilesystemBackend
from tests.contracts.search_corpus import CORPUS, ENGINES

if "postgres" in ENGINES:
    from tests.contracts.postgres_indexes import drop_indexes


ENGINE_TESTS = {"test_search_index_tantivy.py": "tantivy", "test_search_index_postgres.py": "psycopg"}
collect_ignore = [name for name, library in ENGINE_TESTS.items() if find_spec(library) is None]
"""What only some environments have; the portal's has all, or it does not start."""


@pytest.fixture(scope="session", autouse=True)
def _without_traces() -> Iterator[None]:
    """Drops what the tests have made on a server."""
    yield
    if "postgres" in ENGINES:
        drop_indexes()


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    """An empty index."""
    made = ENGINES[request.param](tmp_path / "index")
    yield made
    made.close()


@pytest.fixture(scope="module", params=ENGINES)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """The corpus, indexed in two commits; not to be written to."""
    made = ENGINES[request.param](tmp_path_factory.mktemp("archive") / "index")
    made.write(CORPUS[:5])
    made.write(CORPUS[5:])
    yield made
    made.close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> FilesystemBackend:
    """A back end of the archive store, empty."""
    return request.param(tmp_path)


@pytest.fixture
def store(backend: FilesystemBackend) -> ArchiveStore:
    """The store of the back end."""
    return backend.store
