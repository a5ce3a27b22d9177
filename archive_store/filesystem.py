"""An archive store in a folder of a file system."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from archive_store.base import (
    Corrupt,
    MalformedKey,
    NotStored,
    Stored,
    StoreUnavailable,
    TooLarge,
    checked_key,
)
from archive_store.file_format import HEADER_LENGTH, content_size, header, plain_reader

_CHUNK = 1024 * 1024
_FOLDER_MODE = 0o750
_SUFFIX = re.compile(r"(\.[A-Za-z0-9]{1,10})?")


class FilesystemStore:
    """Keeps each content in one file, `root/ab/cd/<key>`, readable by its owner only.

    `root/tmp/` holds what is being written or lent as a path, `root/removed/` what is being deleted; both
    lie under the root so that a rename never crosses file systems.
    """

    def __init__(self, root: Path) -> None:
        """Use the folder `root`, which is made if absent. Raises `StoreUnavailable`."""
        with _disk_errors(f"cannot use {root}"):
            root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            self._root = root.resolve(strict=True)
            self._temporary = self._root / "tmp"
            self._removed = self._root / "removed"
            for folder in (self._temporary, self._removed):
                folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)

    def put(self, stream: BinaryIO, *, limit: int | None = None) -> Stored:
        """See `ArchiveStore.put`."""
        digest = hashlib.sha256()
        size = 0
        with self._temporary_file("put-") as (file, path):
            # The true header is written last: until then no tool can take the file for a whole one.
            _write(file, bytes(HEADER_LENGTH))
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if limit is not None and size > limit:
                    raise TooLarge(limit)
                digest.update(chunk)
                _write(file, chunk)
            with _disk_errors("cannot finish writing"):
                os.lseek(file, 0, os.SEEK_SET)
                _write(file, header(size))
                os.fsync(file)
            stored = Stored(digest.hexdigest(), size)
            self._publish(path, stored)
        return stored

    def open(self, key: str) -> BufferedReader:
        """See `ArchiveStore.open`."""
        return plain_reader(self._open_checked(key)[0])

    def exists(self, key: str) -> bool:
        """See `ArchiveStore.exists`."""
        path = self._path(key)
        with _disk_errors(f"cannot look up {key}"):
            return path.is_file()

    def size(self, key: str) -> int:
        """See `ArchiveStore.size`."""
        file, size = self._open_checked(key)
        file.close()
        return size

    def last_put(self, key: str) -> datetime:
        """See `ArchiveStore.last_put`."""
        path = self._path(key)
        with _disk_errors(f"cannot look up {key}", missing=key):
            return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)

    def keys(self) -> Iterator[str]:
        """See `ArchiveStore.keys`."""
        for first in _subfolders(self._root, name_length=2):
            for second in _subfolders(first, name_length=2):
                with _disk_errors(f"cannot list {second}"):
                    names = sorted(os.listdir(second))
                for name in names:
                    with suppress(MalformedKey):
                        if checked_key(name).startswith(first.name + second.name):
                            yield name

    def verify(self, key: str) -> None:
        """See `ArchiveStore.verify`."""
        with self.open(key) as content, _disk_errors(f"cannot read {key}"):
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != key:
            raise Corrupt(key, f"its content hashes to {found}")

    def remove(self, key: str) -> None:
        """See `ArchiveStore.remove`."""
        path = self._path(key)
        aside = self._removed / f"{key}-{secrets.token_hex(8)}"
        with _disk_errors(f"cannot remove {key}", missing=key):
            path.rename(aside)
            _sync_folder(self._removed)
            _sync_folder(path.parent)
        with _disk_errors(f"cannot delete {aside}"):
            # A sweep in another process may have been faster.
            aside.unlink(missing_ok=True)

    def sweep_temporary(self, older_than_seconds: float) -> int:
        """See `ArchiveStore.sweep_temporary`."""
        latest = time.time() - older_than_seconds
        swept = 0
        for folder in (self._temporary, self._removed):
            with _disk_errors(f"cannot sweep {folder}"):
                for entry in list(os.scandir(folder)):
                    with suppress(FileNotFoundError):
                        if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime <= latest:
                            os.unlink(entry.path)
                            swept += 1
        return swept

    @contextmanager
    def local_copy(self, key: str, *, suffix: str = "") -> Iterator[Path]:
        """See `ArchiveStore.local_copy`."""
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"not a file extension: {suffix!r}")
        with self.open(key) as content, self._temporary_file("copy-", suffix) as (file, path):
            with _disk_errors(f"cannot copy {key}"), os.fdopen(os.dup(file), "wb") as target:
                shutil.copyfileobj(content, target, _CHUNK)
            yield path

    def _path(self, key: str) -> Path:
        """Where `key` is kept. Raises `MalformedKey` if that is not inside the root."""
        path = self._root / checked_key(key)[:2] / key[2:4] / key
        # A link planted in the store must not lead out of it.
        with _disk_errors(f"cannot resolve {key}"):
            inside = path.resolve().is_relative_to(self._root)
        if not inside:
            raise MalformedKey(key)
        return path

    def _open_checked(self, key: str) -> tuple[BinaryIO, int]:
        """Open the file of `key` behind its header; return it and the content's length."""
        path = self._path(key)
        with _disk_errors(f"cannot open {key}", missing=key):
            file: BinaryIO = open(path, "rb", buffering=0)  # noqa: SIM115 - the caller closes it
        try:
            with _disk_errors(f"cannot read {key}"):
                return file, content_size(file, key)
        except BaseException:
            file.close()
            raise

    @contextmanager
    def _temporary_file(self, prefix: str, suffix: str = "") -> Iterator[tuple[int, Path]]:
        """A new file descriptor and its path; both are gone afterwards, unless the file was renamed."""
        with _disk_errors("cannot make a temporary file"):
            # mkstemp makes the file readable by its owner only.
            file, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=self._temporary)
        path = Path(name)
        try:
            yield file, path
        finally:
            os.close(file)
            path.unlink(missing_ok=True)

    def _publish(self, written: Path, stored: Stored) -> None:
        """Make the finished file `written` visible under its key, unless a whole one is there already."""
        path = self._path(stored.key)
        with _disk_errors(f"cannot keep {stored.key}"):
            _make_folders(path.parent, self._root)
            if not self._renew(path, stored):
                os.replace(written, path)
            # Also for a file that was there: another process may have renamed it a moment ago.
            _sync_folder(path.parent)

    def _renew(self, path: Path, stored: Stored) -> bool:
        """Mark an existing file as put again; False if there is none or bytes are missing from it."""
        try:
            os.utime(path)
            return self.size(stored.key) == stored.size
        except (FileNotFoundError, NotStored, Corrupt):
            return False


@contextmanager
def _disk_errors(doing: str, *, missing: str | None = None) -> Iterator[None]:
    """Turn what the operating system refuses into `StoreUnavailable`, an absent file into `NotStored`."""
    try:
        yield
    except FileNotFoundError as error:
        if missing is not None:
            raise NotStored(missing) from error
        raise StoreUnavailable(f"{doing}: {error}") from error
    except OSError as error:
        raise StoreUnavailable(f"{doing}: {error}") from error


def _write(file: int, data: bytes) -> None:
    with _disk_errors("cannot write"):
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]


def _make_folders(folder: Path, root: Path) -> None:
    """Make `folder` and what is missing between it and `root`, so that they survive a power cut."""
    if folder == root or folder.is_dir():
        return
    _make_folders(folder.parent, root)
    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _subfolders(folder: Path, *, name_length: int) -> list[Path]:
    with _disk_errors(f"cannot list {folder}"), os.scandir(folder) as entries:
        return sorted(
            Path(entry.path)
            for entry in entries
            if len(entry.name) == name_length and entry.is_dir(follow_symlinks=False)
        )
