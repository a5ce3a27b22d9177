"""The files of one Tantivy index, looked at before Tantivy maps them into memory.

A mapped file that is shorter than it was ends the process, and garbled bytes are found out late or never. Every file
of a segment ends with a checksum of its own, which Tantivy writes but does not compare; `meta.json`, which names
the segments, gets one from us.

    meta.json       Tantivy's: the commit
    meta.crc        its checksum
    writing         there while a writer is at work: until it goes, meta.json may be newer than meta.crc
"""

import json
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from search_index.base import IndexDamaged
from search_index.file_index import Identity, identity
from search_index.generations import write_durably

META = "meta.json"
_SEAL = "meta.crc"
_WRITING = "writing"
_COMPONENTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_SEGMENT = re.compile(r"[0-9a-f]{32}")
_FOOTER = struct.Struct("<II")
"""Length of the footer (JSON) and Tantivy's number for "this is one", the last bytes of a file."""
_FOOTER_MARK = 1337
_LONGEST_FOOTER = 4096
_BLOCK = 1 << 20


def verify(generation: Path, verified: set[Identity]) -> dict[Path, Identity]:
    """Compare the files of the last commit with their checksums, each that is not in `verified` yet.

    :returns: what an open reader of this commit rests on
    :raises IndexDamaged: something is missing or not what was written
    """
    files: dict[Path, Identity] = {}
    try:
        for path in _files_of_commit(generation):
            found = identity(path)
            if found is None:
                raise IndexDamaged(f"{path.name} is missing")
            if found not in verified:
                _compare(path)
                verified.add(found)
            files[path] = found
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise IndexDamaged(f"the files of the index cannot be read: {error!r}") from error
    return files


def unchanged(files: dict[Path, Identity]) -> bool:
    """Whether all these files are still what they were."""
    return all(identity(path) == before for path, before in files.items())


@contextmanager
def announced(generation: Path) -> Iterator[None]:
    """For the length of the block the commit may change; afterwards it is sealed again.

    A process killed inside leaves a commit, old or new, without our seal; the next writer puts it on.
    """
    write_durably(generation / _WRITING, "")
    try:
        yield
    finally:
        # What is committed is committed: where there is no room for the seal, the announcement stays.
        with suppress(OSError):
            write_durably(generation / _SEAL, f"{zlib.crc32((generation / META).read_bytes()):08x}")
            (generation / _WRITING).unlink()


def _files_of_commit(generation: Path) -> Iterator[Path]:
    for segment in _read_meta(generation)["segments"]:
        name = segment["segment_id"].replace("-", "")
        if not _SEGMENT.fullmatch(name):
            raise IndexDamaged(f"{META} names something that is no segment")
        for component in _COMPONENTS:
            yield generation / f"{name}.{component}"
        if segment["deletes"]:
            yield generation / f"{name}.{int(segment['deletes']['opstamp'])}.del"


def _read_meta(generation: Path) -> dict[str, Any]:
    content = (generation / META).read_bytes()
    if not (generation / _WRITING).exists():
        sealed = (generation / _SEAL).read_text(encoding="ascii")
        if sealed != f"{zlib.crc32(content):08x}":
            raise IndexDamaged(f"{META} is not what was written")
    meta: dict[str, Any] = json.loads(content)
    return meta


def _compare(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - _LONGEST_FOOTER))
        end = stream.read()
        length, mark = _FOOTER.unpack(end[-_FOOTER.size :])
        footer = json.loads(end[-_FOOTER.size - length : -_FOOTER.size])
        expected, _ = footer["crc"], footer["version"]["index_format_version"]
        if mark != _FOOTER_MARK:
            raise IndexDamaged(f"{path.name} does not end as it was written")
        remaining = size - _FOOTER.size - length
        stream.seek(0)
        total = 0
        while remaining and (block := stream.read(min(_BLOCK, remaining))):
            total = zlib.crc32(block, total)
            remaining -= len(block)
    if total != expected:
        raise IndexDamaged(f"{path.name} is not what was written")
