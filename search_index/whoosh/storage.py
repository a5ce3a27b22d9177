"""Files of one Whoosh index, each with a checksum beside it, on the disk before they count.

Whoosh notices neither a truncated nor a garbled file until it reads nonsense from it (or the process dies of
a mapped file that has become shorter), and it does not ask the system to write its files out.
"""

import os
import zlib
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile

from search_index.base import IndexDamaged
from search_index.file_index import Identity, identity
from search_index.generations import Generations, sync_directory

INDEX_NAME = "MAIN"
CHECKSUM = ".crc"
_CHECKED = (".toc", ".seg")
_BLOCK = 1 << 20

Mark = tuple[str | None, int]
"""Name of the current generation and number of its last commit: what an open reader is compared with."""


def _checksum(path: Path, *, sync: bool = False) -> str:
    total, size = 0, 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            total = zlib.crc32(block, total)
            size += len(block)
        if sync:
            os.fsync(stream.fileno())
    return f"{size} {total:08x}"


class CheckedStorage(FileStorage):
    """A directory of index files.

    Written: when a table of contents takes its name, it and every file it needs have their checksums, and all
    is on the disk. Opened: tables of contents and segments are compared with theirs, once for each file.
    `opened` tells which files an open reader rests on. One object for one reader or writer, not for several.
    """

    def __init__(self, directory: Path, verified: set[Identity]) -> None:
        super().__init__(str(directory))  # type: ignore[no-untyped-call]
        self._directory = directory
        self._created: set[str] = set()
        self._verified = verified
        self.opened: dict[Path, Identity] = {}

    def create_file(self, name: str, *args: Any, **kwargs: Any) -> StructFile:
        """Create a file, to be made durable by the next commit."""
        self._created.add(name)
        created: StructFile = super().create_file(name, *args, **kwargs)  # type: ignore[no-untyped-call]
        return created

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Rename a file; naming a table of contents is the commit."""
        if newname.endswith(".toc"):
            self._created.discard(oldname)
            self._seal(oldname, newname)
            for name in self._created:
                if name.endswith(_CHECKED) and self._directory.joinpath(name).exists():
                    self._seal(name, name)
            self._created.clear()
            sync_directory(self._directory)
        super().rename_file(oldname, newname, safe=safe)  # type: ignore[no-untyped-call]
        sync_directory(self._directory)

    def _seal(self, name: str, known_as: str) -> None:
        checksum = _checksum(self._directory / name, sync=True)
        with self._directory.joinpath(known_as + CHECKSUM).open("w", encoding="ascii") as stream:
            stream.write(checksum)
            stream.flush()
            os.fsync(stream.fileno())

    def open_file(self, name: str, *args: Any, **kwargs: Any) -> StructFile:
        """Open a file, having compared it with its checksum.

        :raises IndexDamaged: it is not what was written
        """
        path = self._directory / name
        if name.endswith(_CHECKED):
            self._verify(path)
        opened: StructFile = super().open_file(name, *args, **kwargs)  # type: ignore[no-untyped-call]
        return opened

    def _verify(self, path: Path) -> None:
        found = identity(path)
        if found is None:
            raise FileNotFoundError(path)
        if found not in self._verified:
            try:
                expected = path.with_name(path.name + CHECKSUM).read_text(encoding="ascii")
            except (OSError, ValueError) as error:
                raise IndexDamaged(f"{path.name} has no checksum") from error
            if _checksum(path) != expected:
                raise IndexDamaged(f"{path.name} is not what was written")
            self._verified.add(found)
        self.opened[path] = found


def latest_commit(generation: Path) -> int:
    """The number of the last commit; -1 where there is none."""
    prefix, suffix = f"_{INDEX_NAME}_", ".toc"
    try:
        names = [path.name for path in generation.iterdir()]
    except OSError:
        return -1
    numbers = (name[len(prefix) : -len(suffix)] for name in names if name.startswith(prefix) and name.endswith(suffix))
    return max((int(number) for number in numbers if number.isdecimal()), default=-1)


def mark(generations: Generations) -> Mark:
    """What changes with every commit and every finished rebuild."""
    name = generations.current_name()
    return name, latest_commit(generations.directory / name) if name else -1
