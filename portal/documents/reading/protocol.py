"""The frames that parent and child exchange: a JSON head and an optional block of bytes behind it."""

from __future__ import annotations

import json
import os
import select
import struct
import time
from typing import Any

_LENGTHS = struct.Struct(">II")
_MAX_HEAD = 64 * 1024**2
_MAX_BODY = 256 * 1024**2
_READ_AT_ONCE = 1 << 20


class Closed(Exception):
    """The other side has gone."""


class TooLate(Exception):
    """The other side did not answer in time."""


class Garbled(Exception):
    """What arrived is not a frame."""


def write_frame(fd: int, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame to `fd`. Raises `Closed` when nobody reads any more."""
    text = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
    view = memoryview(_LENGTHS.pack(len(text), len(body)) + text + body)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except BrokenPipeError as error:
        raise Closed from error


def read_frame(fd: int, seconds: float | None = None) -> tuple[dict[str, Any], bytes]:
    """Read one frame from `fd`, waiting at most `seconds` in all (None: for ever).

    Raises `Closed` at the end of the stream, `TooLate`, or `Garbled` for lengths or a head that cannot be.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    head_length, body_length = _LENGTHS.unpack(_read_exactly(fd, _LENGTHS.size, deadline))
    if head_length > _MAX_HEAD or body_length > _MAX_BODY:
        raise Garbled(f"a frame of {head_length} + {body_length} bytes")
    text = _read_exactly(fd, head_length, deadline)
    try:
        head = json.loads(text)
    except ValueError as error:
        raise Garbled("a head that is not JSON") from error
    if not isinstance(head, dict):
        raise Garbled("a head that is not an object")
    return head, _read_exactly(fd, body_length, deadline)


def _read_exactly(fd: int, count: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            poll = select.poll()  # select() cannot watch descriptors above 1023
            poll.register(fd, select.POLLIN)
            if left <= 0 or not poll.poll(left * 1000):
                raise TooLate
        part = os.read(fd, min(count - len(parts), _READ_AT_ONCE))
        if not part:
            raise Closed
        parts += part
    return bytes(parts)
