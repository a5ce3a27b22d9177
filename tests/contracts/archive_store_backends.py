"""The back ends of `archive_store` that the contract is run against. A new one adds a class to `BACKENDS`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import archive_store.filesystem as filesystem
from archive_store import ArchiveStore, FilesystemStore


class FilesystemBackend:
    """The file-system store, and what only a test may do: look and reach behind it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "files"
        self.store: ArchiveStore = FilesystemStore(self.root)
        self.source = f"from archive_store import FilesystemStore as S; s = S(Path({str(self.root)!r}))"

    def stored_bytes(self, key: str) -> Path:
        return self.root / key[:2] / key[2:4] / key

    def leftovers(self) -> list[Path]:
        return [path for name in ("tmp", "removed") for path in (self.root / name).iterdir()]


BACKENDS = (FilesystemBackend,)


def child(backend: FilesystemBackend, source: str) -> subprocess.Popen[bytes]:
    """Start a real process that runs `source` with the store as `s`."""
    program = f"import io, sys, time; from pathlib import Path; {backend.source}\n{source}"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(filesystem.__file__).parents[1])},
    )
