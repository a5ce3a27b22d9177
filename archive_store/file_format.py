"""How one content is laid out in one file: a header, then the content.

    offset  length  meaning
    0       8       magic, b"\\x89LEGAJO\\n"
    8       2       format version, big-endian; 1 = plain content
    10      2       length of the whole header, big-endian; the content starts there
    12      8       length of the plain content, big-endian

Version and header length stand at fixed places for good, so that a later version may put more into the
header (a cipher, a nonce, a wrapped key) and old files stay readable. The first magic byte is not ASCII and
the last is a line feed: a file that was taken for text on its way shows it.
"""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO, cast

from archive_store.base import Corrupt

MAGIC = b"\x89LEGAJO\n"
PLAIN = 1
_LAYOUT = struct.Struct(">8sHHQ")
HEADER_LENGTH = _LAYOUT.size


def header(size: int) -> bytes:
    """The header of a file whose plain content is `size` bytes long."""
    return _LAYOUT.pack(MAGIC, PLAIN, HEADER_LENGTH, size)


def content_size(file: BinaryIO, key: str) -> int:
    """Read the header at the start of `file` and return the content's length in bytes.

    Leaves `file` at the first byte of the content. Raises `Corrupt` if the header is not ours or the file
    is shorter or longer than it says.
    """
    start = file.read(HEADER_LENGTH)
    if len(start) < HEADER_LENGTH:
        raise Corrupt(key, "the file ends inside its header")
    magic, version, length, size = _LAYOUT.unpack(start)
    if magic != MAGIC:
        raise Corrupt(key, "the file does not begin as a stored file does")
    if version != PLAIN:
        raise Corrupt(key, f"unknown format version {version}")
    if length != HEADER_LENGTH:
        raise Corrupt(key, f"impossible header length {length}")
    present = os.fstat(file.fileno()).st_size - HEADER_LENGTH
    if present != size:
        raise Corrupt(key, f"{present} bytes of content where {size} were stored")
    return int(size)


def plain_reader(file: BinaryIO) -> io.BufferedReader:
    """A buffered, seekable reader of the content of `file`, which stands just behind its header."""
    return io.BufferedReader(_BehindHeader(file), buffer_size=128 * 1024)


class _BehindHeader(io.RawIOBase):
    """A view of a file in which position 0 is the first byte behind the header."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        return cast(io.RawIOBase, self._file).readinto(buffer) or 0

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_SET:
            if offset < 0:
                raise ValueError(f"negative seek position {offset}")
            return self._file.seek(offset + HEADER_LENGTH) - HEADER_LENGTH
        start = self._file.tell() if whence == io.SEEK_CUR else os.fstat(self._file.fileno()).st_size
        return self.seek(max(0, start - HEADER_LENGTH + offset))

    def tell(self) -> int:
        return self._file.tell() - HEADER_LENGTH

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
