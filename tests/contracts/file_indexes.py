"""The engines that keep their index in files, and how each is put to the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from search_index import whoosh
from search_index.file_index import FileIndex
from search_index.whoosh import schema

Damage = Callable[[bytes], bytes | None]
"""What becomes of a file's content; None: the file goes."""


@dataclass(frozen=True)
class FileEngine:
    """One engine. `files`: patterns of what an index consists of, seen from the generation's directory; `schema`: the
    module whose SCHEMA_VERSION its form holds."""

    make: Callable[..., FileIndex]
    files: tuple[str, ...]
    schema: object
    put: Callable[[Path, bytes], None]
    needs_while_open: Callable[[Path, bool], bool]
    """Whether an open index, too, rests on a file, which may be gone (True) or only be damaged."""
    state_notices: Callable[[Path], bool]
    """Whether an index that is open already learns of the damage when asked how it is."""
    writer_notices: Callable[[Path], bool]
    """Whether it does so when written to."""


def replaced(path: Path, content: bytes) -> None:
    """Put another file in its place: the one that is mapped into memory stays what it is. (Just opened, Tantivy looks
    at its files once more in a thread of its own, and a mapped file that shrinks then would end the test.)"""
    other = path.with_name(path.name + ".other")
    other.write_bytes(content)
    other.replace(path)


def _whoosh_needs(path: Path, is_gone: bool) -> bool:
    # The names of the last commit and its segments; their content has been read.
    return path.name == "current" or path.suffix == ".seg" or (path.suffix == ".toc" and is_gone)


FILE_ENGINES = {
    "whoosh": FileEngine(
        whoosh.WhooshIndex,
        ("*.toc", "*.seg", "*.toc.crc", "*.seg.crc", "format.json", "../current"),
        schema,
        Path.write_bytes,
        _whoosh_needs,
        # What has been compared once in a process is known to be whole.
        lambda path: path.suffix != ".crc",
        lambda path: path.suffix != ".crc",
    )
}
if find_spec("tantivy"):
    # Not in the environment of the other Whoosh.
    from search_index import tantivy
    from search_index.tantivy import engine

    _SEGMENT = ("*.idx", "*.pos", "*.term", "*.store", "*.fast", "*.fieldnorm", "*.del")
    _SUFFIXES = {pattern[1:] for pattern in _SEGMENT}

    FILE_ENGINES["tantivy"] = FileEngine(
        tantivy.TantivyIndex,
        (*_SEGMENT, "meta.json", "meta.crc", "format.json", "../current"),
        engine,
        replaced,
        lambda path, _: path.suffix in _SUFFIXES or path.name in {"meta.json", "current"},
        lambda path: path.name != "meta.crc",
        lambda _: True,
    )

of_each_file = pytest.mark.parametrize(
    ("engine", "pattern"),
    [(engine, pattern) for engine in FILE_ENGINES.values() for pattern in engine.files],
    ids=[f"{name}-{Path(pattern).name}" for name, engine in FILE_ENGINES.items() for pattern in engine.files],
)
of_each_engine = pytest.mark.parametrize("engine", FILE_ENGINES.values(), ids=FILE_ENGINES)


def generation(directory: Path) -> Path:
    """The directory of the generation that answers."""
    return directory / (directory / "current").read_text().strip()
