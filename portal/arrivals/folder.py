"""The watched folder on the disk: what lies in it, a copy of a file as it is now, taking one away.

Whoever can write into the folder chooses the names and may change files while they are read. So nothing here
follows a link, opens anything but a regular file, or removes a file other than the one that was copied.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from portal.documents.reading.names import clean_name

_AT_ONCE = 1 << 20
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".swp", ".lock", ".lck")
_OF_THE_SYSTEM = ("thumbs.db", "desktop.ini")
_MOST_FILES = 10_000
_ASIDE = ".legajo-"
"""How a file is called while it is taken away. One that is found under such a name was left by a process that died
over it; it is looked at like any other file."""
_LONGEST_NAME = 255
"""Bytes."""


@dataclass(frozen=True)
class Seen:
    """A file in the folder at one moment: its name, and what tells it from any other and from itself later."""

    name: str
    size: int
    changed_ns: int
    device: int
    inode: int

    @property
    def name_bytes(self) -> bytes:
        """The name as the disk has it."""
        return os.fsencode(self.name)

    @property
    def display_name(self) -> str:
        """The name as it can be shown and stored."""
        return clean_name(self.name_bytes.decode("utf-8", "replace"))

    def to_payload(self) -> dict[str, object]:
        """Plain values for a row of the outbox."""
        return {
            "name": self.name_bytes.hex(),
            "size": self.size,
            "changed_ns": self.changed_ns,
            "device": self.device,
            "inode": self.inode,
        }

    @classmethod
    def from_payload(cls, values: dict[str, object]) -> Self:
        """The counterpart of `to_payload`."""
        name = os.fsdecode(bytes.fromhex(str(values["name"])))
        size, changed, device, inode = (int(str(values[key])) for key in ("size", "changed_ns", "device", "inode"))
        return cls(name, size, changed, device, inode)

    @classmethod
    def of(cls, name: str, state: os.stat_result) -> Self:
        """A file by what the disk says of it."""
        return cls(name, state.st_size, state.st_mtime_ns, state.st_dev, state.st_ino)


class WatchedFolder:
    """The folder at `path`. Methods raise OSError when the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_usable(self) -> bool:
        """Whether the folder is there, and files in it can be listed and taken out."""
        return self._path.is_dir() and os.access(self._path, os.R_OK | os.W_OK | os.X_OK)

    def look(self) -> list[Seen]:
        """The regular files in the folder, oldest first: no folders, links, hidden or unfinished files."""
        seen = []
        with os.scandir(self._path) as entries:
            for entry in entries:
                if not _is_passed_over(entry.name) and (found := self._seen(entry.name)):
                    seen.append(found)
                if len(seen) == _MOST_FILES:
                    break
        return sorted(seen, key=lambda item: (item.changed_ns, item.name))

    def is_there(self, seen: Seen) -> bool:
        """Whether the file is still there and unchanged."""
        return self._seen(seen.name) == seen

    def is_being_written(self, seen: Seen) -> bool:
        """Whether some program on this machine has the file open for writing. False, too, if nobody can tell."""
        try:
            with self._opened(seen.name) as descriptor:
                # Should a writer come at this very moment, the kernel's signal must be one that is ignored.
                fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno == errno.EAGAIN
        return False

    def copy(self, seen: Seen, target: IO[bytes]) -> str | None:
        """Write the content of the file into `target` and return its SHA-256; None if it is not as it was seen."""
        digest = hashlib.sha256()
        with self._opened(seen.name) as descriptor:
            if Seen.of(seen.name, os.fstat(descriptor)) != seen:
                return None
            left = seen.size + 1
            while left > 0 and (block := os.read(descriptor, min(left, _AT_ONCE))):
                digest.update(block)
                target.write(block)
                left -= len(block)
            unchanged = left == 1 and Seen.of(seen.name, os.fstat(descriptor)) == seen
        target.flush()
        return digest.hexdigest() if unchanged and self.is_there(seen) else None

    def remove(self, seen: Seen) -> bool:
        """Take the file away, unless it is another by now; whether it went.

        Somebody may put another file under its name at any moment. So it is first given a name that only this
        process knows, and deleted if what stands under that name is the file that was seen; else it is put back.
        """
        if not self.is_there(seen):
            return False
        aside = _name_aside(seen.name)
        folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                os.rename(seen.name, aside, src_dir_fd=folder, dst_dir_fd=folder)
            except FileNotFoundError:
                return False
            state = os.lstat(aside, dir_fd=folder)
            if not stat.S_ISREG(state.st_mode) or Seen.of(seen.name, state) != seen:
                _put_back(aside, seen.name, folder)
                return False
            os.unlink(aside, dir_fd=folder)
            return True
        finally:
            os.close(folder)

    def _seen(self, name: str) -> Seen | None:
        try:
            state = os.lstat(self._path / name)
        except FileNotFoundError:
            return None
        return Seen.of(name, state) if stat.S_ISREG(state.st_mode) else None

    @contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        """A file to read from. Opening a pipe does not wait, opening a link fails."""
        descriptor = os.open(self._path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def _name_aside(name: str) -> str:
    """A name nobody else uses; it tells the old one where there is room for that."""
    alone = f"{_ASIDE}{secrets.token_hex(8)}"
    return f"{alone}-{name}" if len(os.fsencode(f"{alone}-{name}")) <= _LONGEST_NAME else alone


def _put_back(aside: str, name: str, folder: int) -> None:
    """Give a file its name again, unless a newer one has it: a link never takes the place of another file. It is then
    left as it is called, and seen under that name."""
    try:
        os.link(aside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return
    except OSError:  # Not a file, or a disk without links: then there is a moment between looking and naming.
        if not _exists(name, folder):
            os.rename(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    os.unlink(aside, dir_fd=folder)


def _exists(name: str, folder: int) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _is_passed_over(name: str) -> bool:
    """Hidden and temporary names: what programs write beside the file they are making."""
    lower = name.lower()
    if lower.startswith(_ASIDE):
        return False
    return lower.startswith((".", "~")) or lower.endswith(("~", *_UNFINISHED)) or lower in _OF_THE_SYSTEM
