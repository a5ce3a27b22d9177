"""What every archive store offers, and the errors it raises.

A store keeps byte strings ("content") under a key that is the lower-case hexadecimal SHA-256 of the
plain content. The same content put twice is kept once. Content is never changed after it was put.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

_KEY = re.compile(r"[0-9a-f]{64}")


class ArchiveStoreError(Exception):
    """Base of every error that a store raises on purpose."""


class MalformedKey(ArchiveStoreError):
    """The text given as a key cannot be one, so nothing was looked up."""

    def __init__(self, key: str) -> None:
        super().__init__(f"not a key of the archive store: {key[:80]!r}")
        self.key = key


class NotStored(ArchiveStoreError):
    """No content is kept under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing is stored under {key}")
        self.key = key


class TooLarge(ArchiveStoreError):
    """The content went over the limit given to `put`; nothing of it was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the content is larger than {limit} bytes")
        self.limit = limit


class Corrupt(ArchiveStoreError):
    """What is kept under this key is not what was put there."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key} is damaged: {reason}")
        self.key = key
        self.reason = reason


class StoreUnavailable(ArchiveStoreError):
    """The disk or service behind the store refused (full, read-only, gone); nothing half-done is visible."""


@dataclass(frozen=True)
class Stored:
    """The receipt of `put`."""

    key: str
    """Lower-case hexadecimal SHA-256 of the plain content."""
    size: int
    """Length of the plain content in bytes."""


def checked_key(key: str) -> str:
    """Return `key` if it has the form of a key; raise `MalformedKey` otherwise."""
    if not _KEY.fullmatch(key):
        raise MalformedKey(key)
    return key


class ArchiveStore(Protocol):
    """A place that keeps content. Every method may raise `StoreUnavailable`; those that take a key,
    `MalformedKey`. Methods may be called from several threads and processes at once."""

    def put(self, stream: BinaryIO, *, limit: int | None = None) -> Stored:
        """Keep what `stream` yields from where it stands to its end, and return its key and size.

        When this returns, the content survives a power cut. When it raises, nothing new is visible.
        The same content put again succeeds; if what was kept has lost bytes, it is replaced.

        Raises `TooLarge` as soon as more than `limit` bytes were read. Errors of `stream` pass through.
        """

    def open(self, key: str) -> BinaryIO:
        """Return a seekable reader of the plain content; the caller closes it.

        Raises `NotStored`, or `Corrupt` if the file's header or length is wrong. The content itself is
        not hashed here: that is what `verify` does.
        """

    def exists(self, key: str) -> bool:
        """Say whether something is kept under `key`, damaged or not."""

    def size(self, key: str) -> int:
        """Length of the plain content in bytes. Raises `NotStored` or `Corrupt`."""

    def last_put(self, key: str) -> datetime:
        """When this content was last put, again or for the first time (aware, UTC). Raises `NotStored`.

        Whoever removes content that nothing refers to must leave alone what was put a short while ago:
        the transaction that will refer to it may not have ended yet.
        """

    def keys(self) -> Iterator[str]:
        """Yield every key, in order. Content put or removed meanwhile may or may not be among them."""

    def verify(self, key: str) -> None:
        """Read everything and hash it again. Raises `NotStored`, or `Corrupt` naming the key."""

    def remove(self, key: str) -> None:
        """Stop keeping this content: it is first moved out of sight in one step, then deleted.

        A crash between the two leaves a file that `sweep_temporary` deletes. Raises `NotStored`.
        """

    def sweep_temporary(self, older_than_seconds: float) -> int:
        """Delete what crashes left behind, if untouched for this long; return how many files went.

        The age must exceed the longest time a `local_copy` is in use.
        """

    def local_copy(self, key: str, *, suffix: str = "") -> AbstractContextManager[Path]:
        """Lend the plain content as a file that only this process's user may read, for tools which need
        a path; it is deleted when the context ends. `suffix` (such as ".pdf") ends its name.

        Raises `NotStored` or `Corrupt`, `ValueError` for a suffix that is not a plain extension.
        """
