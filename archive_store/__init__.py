"""Keeps files under the hash of their content. Knows nothing of the portal, of Flask or of a database."""

from archive_store.base import (
    ArchiveStore,
    ArchiveStoreError,
    Corrupt,
    MalformedKey,
    NotStored,
    Stored,
    StoreUnavailable,
    TooLarge,
)
from archive_store.filesystem import FilesystemStore

__all__ = [
    "ArchiveStore",
    "ArchiveStoreError",
    "Corrupt",
    "FilesystemStore",
    "MalformedKey",
    "NotStored",
    "StoreUnavailable",
    "Stored",
    "TooLarge",
]
